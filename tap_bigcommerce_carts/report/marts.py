"""Reads what the page shows from the marts, in a few queries that every warehouse answers.

Each query groups by storefront and currency (a *cell*) and by day, so that what it counts can be
added up for any choice of them. A part of the marts that is not there is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import duckdb
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tap_bigcommerce_carts.errors import NoMartsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Rows = list[dict[str, Any]]

# The page's periods in days, beside all days; each ends on the last settled day.
PERIODS = (7, 30, 90)
NOT_SETTLED, OLDER = 0, 99

_CELL = "store, channel_id, currency_code"
_CELLS = _CELL.replace(",", "")
_CHECKOUTS = f"{_CELLS} checkout_on outcome value"


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the marts.

    Attributes:
        sql: with the places {schema}, and {span} for the shortest period that a day is in.
        needs: columns by mart, without which it cannot be asked.
    """

    sql: str
    needs: Mapping[str, str]


def _span(day: str) -> str:
    """Return SQL that names the shortest of the page's periods that a day is in."""
    periods = " ".join(f"when {day} > {{after_{days}}} then {days}" for days in PERIODS)
    return f"case when {day} > {{after_0}} then {NOT_SETTLED} {periods} else {OLDER} end"


def _split(column: str, needs: str = "", *, money: bool = True) -> Query:
    """Return the query that splits the checkouts by something."""
    left = "case when outcome <> 'placed' then"
    amounts = (
        f""",
            sum({left} value end) as value,
            sum({left} value_in_store_currency end) as value_converted"""
        if money
        else ""
    )
    return Query(
        f"""
        select
            {_CELL}, {_span("checkout_on")} as span, {column} as label,
            count(*) as checkouts,
            sum({left} 1 else 0 end) as carts,
            sum(case when outcome = 'recovered' then 1 else 0 end) as recovered{amounts}
        from {{schema}}.checkouts
        group by 1, 2, 3, 4, 5
        order by 1, 2, 3, 4, 5
        """,
        {"checkouts": f"{_CHECKOUTS} value_in_store_currency {needs or column}"},
    )


def _left_behind(by: str) -> Query:
    """Return the query that counts carts by what was left in them, as the mart of products does."""
    columns = ", ".join(f"lines.{name}" for name in by.split())
    return Query(
        f"""
        select
            carts.store, carts.channel_id, carts.currency_code,
            {_span("carts.abandoned_on")} as span, {columns},
            count(distinct carts.cart_key) as carts,
            count(distinct case when carts.outcome = 'recovered' then carts.cart_key end)
                as recovered,
            sum(lines.quantity) as units,
            sum(lines.value) as value,
            sum(lines.value_in_store_currency) as value_converted
        from {{schema}}.cart_outcome_lines as lines
        inner join {{schema}}.cart_outcomes as carts
            on carts.store = lines.store and carts.cart_key = lines.cart_key
        where lines.product_id is not null and not lines.is_part_of_bundle
        group by carts.store, carts.channel_id, carts.currency_code, 4, {columns}
        order by carts.store, carts.channel_id, carts.currency_code, 4, {columns}
        """,
        {
            "cart_outcome_lines": "store cart_key product_id is_part_of_bundle quantity value "
            f"value_in_store_currency {by}",
            "cart_outcomes": f"{_CELLS} cart_key abandoned_on outcome",
        },
    )


_STEPS = "reached_email reached_address reached_shipping reached_payment reached_placed"
_LIFT = (
    "attribution_days, shoppers_mailed, recovered_mailed, rate_mailed, shoppers_held_out, "
    "recovered_held_out, rate_held_out, lift, lift_low, lift_high"
)
_RULES = Query(
    "select * from {schema}.mart_rules",
    {
        "mart_rules": "as_of time_zone lost_after_days not_sale_status_ids archived_are_sales "
        "infer_recovery"
    },
)
# Sums are null, not 0, where nothing is known to add up.
QUERIES = {
    "stores": Query(
        "select * from {schema}.store_coverage order by carts desc, store",
        {
            "store_coverage": "store store_currency_code carts carts_without_rate has_orders "
            "first_abandoned_at first_order_at"
        },
    ),
    "days": Query(
        f"""
        select
            {_CELL}, day, checkouts, carts_abandoned as carts, carts_recovered as recovered,
            carts_lost as lost, carts_open as still_open, value_abandoned as value,
            value_recovered, value_lost, value_open, recovered_order_value as came_in
        from {{schema}}.abandonment_daily
        order by 1, 2, 3, 4
        """,
        {
            "abandonment_daily": f"{_CELLS} day checkouts carts_abandoned carts_recovered "
            "carts_lost carts_open value_abandoned value_recovered value_lost value_open "
            "recovered_order_value"
        },
    ),
    # The same money in the store's own currency.
    "converted": Query(
        f"""
        select
            {_CELL}, abandoned_on as day,
            sum(value_in_store_currency) as value,
            sum(case when outcome = 'recovered' then value_in_store_currency end)
                as value_recovered,
            sum(case when outcome = 'lost' then value_in_store_currency end) as value_lost,
            sum(case when outcome = 'open' then value_in_store_currency end) as value_open,
            case
                when
                    sum(
                        case
                            when outcome = 'recovered'
                                and recovered_order_value_in_store_currency is null then 1
                            else 0
                        end
                    ) = 0
                    then sum(recovered_order_value_in_store_currency)
            end as came_in,
            sum(case when value_in_store_currency is null then 1 else 0 end) as without_rate
        from {{schema}}.cart_outcomes
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
        """,
        {
            "cart_outcomes": f"{_CELLS} abandoned_on outcome value_in_store_currency "
            "recovered_order_value_in_store_currency"
        },
    ),
    "recoveries": Query(
        f"""
        select {_CELL}, abandoned_on as day, seconds_to_recover as seconds
        from {{schema}}.cart_outcomes
        where seconds_to_recover is not null
        order by 1, 2, 3, 4, 5
        """,
        {"cart_outcomes": f"{_CELLS} abandoned_on seconds_to_recover"},
    ),
    "funnel": Query(
        f"""
        select
            {_CELL}, day, carts_filled as filled,
            left_at_payment + placed + recovered as payment, placed + recovered as placed
        from {{schema}}.cart_funnel_daily
        where is_early_stage_known and is_outcome_known
        order by 1, 2, 3, 4
        """,
        {
            "cart_funnel_daily": f"{_CELLS} day carts_filled left_at_payment placed recovered "
            "is_early_stage_known is_outcome_known"
        },
    ),
    "steps": Query(
        f"""
        select
            {_CELL}, day, carts_with_step as filled, reached_email as email,
            reached_address as address, reached_shipping as shipping, reached_payment as payment,
            reached_placed as placed
        from {{schema}}.cart_funnel_daily
        where carts_with_step > 0 and is_outcome_known
        order by 1, 2, 3, 4
        """,
        {"cart_funnel_daily": f"{_CELLS} day carts_with_step {_STEPS} is_outcome_known"},
    ),
    # Of each week up to which day all of its carts are known.
    "curve": Query(
        f"""
        select
            {_CELL}, {_span("cohort_week")} as span, known_to, days_since as label,
            sum(carts) as carts, sum(carts_recovered) as recovered
        from (
            select
                {_CELL}, cohort_week, days_since, carts, carts_recovered,
                max(days_since) over (partition by {_CELL}, cohort_week) as known_to
            from {{schema}}.recovery_curve
            where is_complete
        ) as days
        group by 1, 2, 3, 4, 5, 6
        order by 1, 2, 3, 4, 5, 6
        """,
        {"recovery_curve": f"{_CELLS} cohort_week days_since carts carts_recovered is_complete"},
    ),
    "products": _left_behind("product_id"),
    "variants": _left_behind("product_id variant_id"),
    "product_names": Query(
        "select store, product_id, name, sku from {schema}.abandoned_products",
        {"abandoned_products": "store product_id name sku"},
    ),
    "variant_names": Query(
        "select store, product_id, variant_id, sku from {schema}.abandoned_variants",
        {"abandoned_variants": "store product_id variant_id sku"},
    ),
    "channels": Query(
        """
        select store, channel_id, max(channel_name) as name
        from {schema}.checkouts where channel_name is not null group by 1, 2
        """,
        {"checkouts": "store channel_id channel_name"},
    ),
    "groups": _split(
        """
        coalesce(
            customer_group_name,
            'Group ' || cast(customer_group_id as varchar(20)),
            case when is_guest then 'Guests' end
        )
        """,
        "customer_group_name customer_group_id is_guest",
    ),
    "countries": _split("country_iso2"),
    "hours": _split("100 * local_weekday + local_hour", "local_weekday local_hour", money=False),
    "prices": _split("price_band"),
    "returning": _split(
        "case when is_returning then 'Bought before' when not is_returning then 'New' end",
        "is_returning",
    ),
    "coupons": _split("coupon_use"),
    "extra_costs": _split(
        """
        case
            when extra_cost_share = 0 then 0 when extra_cost_share <= 0.05 then 1
            when extra_cost_share <= 0.1 then 2 when extra_cost_share <= 0.2 then 3
            when extra_cost_share > 0.2 then 4
        end
        """,
        "extra_cost_share",
    ),
    # A share of nothing but itself can be averaged over currencies.
    "extra_shares": Query(
        f"""
        select
            {_CELL}, {_span("checkout_on")} as span, outcome as label,
            count(*) as checkouts, sum(cast(extra_cost_share as decimal(20, 4))) as share
        from {{schema}}.checkouts
        where extra_cost_share is not null
        group by 1, 2, 3, 4, 5
        order by 1, 2, 3, 4, 5
        """,
        {"checkouts": f"{_CHECKOUTS} extra_cost_share"},
    ),
    "recoverable": Query(
        f"""
        select
            {_CELL}, age_order as label, age_band, carts, carts_contactable, value,
            expected_value, expected_low, expected_high, expected_share_error, largest_value,
            sqrt(cast(expected_variance as double precision)) as expected_spread
        from {{schema}}.recoverable_value
        order by 1, 2, 3, 4
        """,
        {
            "recoverable_value": f"{_CELLS} age_order age_band carts carts_contactable value "
            "expected_value expected_low expected_high expected_share_error largest_value "
            "expected_variance"
        },
    ),
    "to_remind": Query(
        f"""
        select
            {_CELL},
            case
                when hours_since < 24 then 0 when hours_since < 48 then 1
                when hours_since < 168 then 2 when hours_since < 720 then 3 else 4
            end as label,
            sum(case when is_held_out then 0 else 1 end) as carts,
            sum(case when is_held_out then 1 else 0 end) as held_out,
            sum(case when is_held_out then 0 when is_left_at_payment then 1 else 0 end)
                as at_payment,
            sum(case when is_held_out then 0 else value end) as value
        from {{schema}}.carts_to_remind
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
        """,
        {"carts_to_remind": f"{_CELLS} is_left_at_payment is_held_out value hours_since"},
    ),
    "lift": Query(
        f"select store, {_LIFT} from {{schema}}.reminder_lift order by store",
        {"reminder_lift": f"store {_LIFT.replace(',', '')}"},
    ),
    "problems": Query(
        f"""
        select store, {_span("day")} as span, kind as label, sum(problems) as problems
        from {{schema}}.store_problems_daily
        group by 1, 2, 3
        order by 1, 2, 3
        """,
        {"store_problems_daily": "store day kind problems"},
    ),
}
_NEEDED = ("stores", "days", "converted")


@dataclass(frozen=True, slots=True)
class Marts:
    """What the queries found.

    Attributes:
        rules: what the marts were made by.
        found: rows by the query's name; a query that could not be asked is not among them.
    """

    rules: dict[str, Any]
    found: dict[str, Rows]

    @property
    def stores(self) -> Rows:
        """What was loaded of each store, the one with most carts first."""
        return self.found["stores"]

    @property
    def today(self) -> date:
        """The day on which the marts were built, where days are counted."""
        return today(self.rules)

    @property
    def settled(self) -> date:
        """The last day whose carts are all recovered or lost."""
        return settled(self.rules)

    @classmethod
    def read(cls, warehouse: str, schema: str) -> Marts:
        """Ask a warehouse: a DuckDB file, or an address as SQLAlchemy writes it.

        Raises:
            NoMartsError: it cannot be reached, or there are no marts in it.

        Args:
            warehouse: the file's path, or the address.
            schema: where the marts are.
        """
        connected = _sqlalchemy if "://" in warehouse else _duckdb
        try:
            return connected(warehouse, lambda ask: cls._asked(ask, schema))
        except (ValueError, TypeError):
            # Their words could repeat a password.
            raise NoMartsError(
                "The warehouse's address cannot be read; it is a DuckDB file, or like "
                "postgresql+psycopg://user:password@host:5432/database."
            ) from None
        except (duckdb.Error, SQLAlchemyError, ImportError, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise NoMartsError(
                f"The marts cannot be read; build them with `dbt build` first. {reason}"
            ) from None

    @classmethod
    def _asked(cls, ask: Callable[[str], Rows], schema: str) -> Marts:
        there = {
            (row["mart"].lower(), row["name"].lower())
            for row in ask(
                "select table_name as mart, column_name as name from information_schema.columns "
                f"where lower(table_schema) = '{schema.lower()}'"
            )
        }
        needed = [_RULES, *(QUERIES[name] for name in _NEEDED)]
        if lacking := sorted({each for query in needed for each in _lacking(query, there)}):
            raise NoMartsError(
                "The marts cannot be read; build them with `dbt build` first. They lack "
                f"{', '.join('.'.join(each) for each in lacking)}."
            )
        (rules,) = ask(_RULES.sql.format(schema=schema))
        last = settled(rules)
        places = {
            f"after_{days}": f"cast('{last - timedelta(days=days)}' as date)"
            for days in (0, *PERIODS)
        }
        return cls(
            rules,
            {
                name: ask(query.sql.format(schema=schema, **places))
                for name, query in QUERIES.items()
                if not _lacking(query, there)
            },
        )


def today(rules: Mapping[str, Any]) -> date:
    """Return the day on which the marts were built, where days are counted."""
    moment: datetime = rules["as_of"].replace(tzinfo=UTC)
    try:
        zone = ZoneInfo(rules["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        return moment.date()
    return moment.astimezone(zone).date()


def settled(rules: Mapping[str, Any]) -> date:
    """Return the last day whose carts are all recovered or lost."""
    return today(rules) - timedelta(days=int(rules["lost_after_days"]) + 1)


def _lacking(query: Query, there: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the columns, each with its mart, that a query needs and are not there."""
    return {
        (mart, column) for mart, columns in query.needs.items() for column in columns.split()
    } - there


def _duckdb(file: str, asked: Callable[[Callable[[str], Rows]], Marts]) -> Marts:
    with duckdb.connect(file, read_only=True) as connection:

        def ask(sql: str) -> Rows:
            result = connection.sql(sql)
            return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

        return asked(ask)


def _sqlalchemy(address: str, asked: Callable[[Callable[[str], Rows]], Marts]) -> Marts:
    with create_engine(address, poolclass=NullPool).connect() as connection:

        def ask(sql: str) -> Rows:
            return [dict(row) for row in connection.execute(text(sql)).mappings()]

        return asked(ask)
