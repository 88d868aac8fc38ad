"""Reads what the page tells out of the marts, in a few queries that every warehouse answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = list[dict[str, Any]]

# An amount in the store's currency where there is a rate, else in its own. Amounts of different
# codes are never added up.
_AMOUNT = "coalesce(value_in_store_currency, value, 0)"
_CODE = """coalesce(
    case when value_in_store_currency is null then currency_code else store_currency_code end,
    currency_code, 'unknown'
)"""
_COUNTS = f"""
    count(*) as carts,
    sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
    sum(case when outcome = 'unknown' then 1 else 0 end) as unknown,
    sum({_AMOUNT}) as value,
    sum(case when outcome = 'recovered' then {_AMOUNT} else 0 end) as value_recovered
"""
QUERIES = {
    "rules": "select * from {schema}.mart_rules",
    "stores": "select * from {schema}.store_coverage order by store",
    "days": """
        select
            day,
            sum(carts_abandoned) as carts,
            sum(carts_recovered) as recovered,
            sum(checkouts) as checkouts,
            sum(case when is_outcome_known then carts_abandoned else 0 end) as known
        from {schema}.abandonment_daily
        group by day
        order by day
    """,
    "values": f"""
        select abandoned_on as day, {_CODE} as code, outcome, sum({_AMOUNT}) as value
        from {{schema}}.cart_outcomes
        group by 1, 2, 3
        order by 1, 2, 3
    """,
    "hours": """
        select abandoned_on as day, hours_to_recover as hours, count(*) as carts
        from {schema}.cart_outcomes
        where hours_to_recover is not null
        group by 1, 2
    """,
    "products": """
        select name, sku, times_abandoned, units, value_in_store_currency, store_currency_code,
            recovered_share
        from {schema}.abandoned_products
        order by times_abandoned desc, units desc, name, store, product_id
        limit 10
    """,
    "channels": f"""
        select store, channel_id, {_CODE} as code, {_COUNTS}
        from {{schema}}.cart_outcomes
        group by 1, 2, 3
        order by 1, 2, 3
    """,
    "currencies": """
        select
            coalesce(currency_code, 'unknown') as code,
            count(*) as carts,
            sum(case when outcome = 'recovered' then 1 else 0 end) as recovered,
            sum(case when outcome = 'unknown' then 1 else 0 end) as unknown,
            sum(coalesce(value, 0)) as value,
            sum(case when outcome = 'recovered' then coalesce(value, 0) else 0 end)
                as value_recovered,
            sum(case when exchange_rate is null then 1 else 0 end) as no_rate
        from {schema}.cart_outcomes
        group by 1
        order by 2 desc, 1
    """,
}


class NoMartsError(Exception):
    """The marts cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Marts:
    """What the queries found."""

    rules: dict[str, Any]
    stores: Rows
    days: Rows
    values: Rows
    hours: Rows
    products: Rows
    channels: Rows
    currencies: Rows

    @classmethod
    def read(cls, warehouse: str, schema: str) -> Marts:
        """Ask a warehouse: a DuckDB file, or an address as SQLAlchemy writes it.

        Raises:
            NoMartsError: it cannot be reached, or there are no marts in it.
        """
        ask = _sqlalchemy if "://" in warehouse else _duckdb
        statements = {name: sql.format(schema=schema) for name, sql in QUERIES.items()}
        try:
            found = ask(warehouse, statements)
        except (duckdb.Error, SQLAlchemyError, ImportError, OSError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise NoMartsError(
                f"The marts cannot be read; build them with `dbt build` first. {reason}"
            ) from None
        (rules,) = found.pop("rules")
        return cls(rules=rules, **found)


def _duckdb(file: str, statements: dict[str, str]) -> dict[str, Rows]:
    with duckdb.connect(file, read_only=True) as connection:

        def ask(sql: str) -> Rows:
            result = connection.sql(sql)
            return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

        return _all(ask, statements)


def _sqlalchemy(address: str, statements: dict[str, str]) -> dict[str, Rows]:
    with create_engine(address, poolclass=NullPool).connect() as connection:

        def ask(sql: str) -> Rows:
            return [dict(row) for row in connection.execute(text(sql)).mappings()]

        return _all(ask, statements)


def _all(ask: Callable[[str], Rows], statements: dict[str, str]) -> dict[str, Rows]:
    return {name: ask(sql) for name, sql in statements.items()}
