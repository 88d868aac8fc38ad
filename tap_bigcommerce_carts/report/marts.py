"""Reads what the page shows from the marts, in a few queries that every warehouse answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from tap_bigcommerce_carts.errors import NoMartsError

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = list[dict[str, Any]]


def _converted(value: str, code: str) -> tuple[str, str]:
    """Return an amount in the store's currency where there is a rate, else its own, and its code.

    The two are chosen together, so that no amount stands under a currency it is not in.
    """
    converted = f"{value}_in_store_currency"
    known = f"{converted} is not null and store_currency_code is not null"
    return (
        f"case when {known} then {converted} else {value} end",
        f"case when {known} then store_currency_code else coalesce({code}, 'unknown') end",
    )


_AMOUNT, _CODE = _converted("value", "currency_code")
_MONEY, _MONEY_CODE = _converted("recovered_order_value", "recovered_order_currency_code")
_MOST = "times_abandoned desc, units desc, name, store, product_id"
# Sums are null, not 0, where nothing is known to add up.
QUERIES = {
    "rules": "select * from {schema}.mart_rules",
    "stores": "select * from {schema}.store_coverage order by store",
    "days": """
        select
            day,
            sum(carts_abandoned) as carts,
            sum(case when is_outcome_known then carts_abandoned end) as known,
            sum(carts_recovered) as recovered,
            sum(carts_lost) as lost,
            sum(carts_open) as still_open,
            sum(case when not is_outcome_known then carts_abandoned else 0 end) as unknown,
            sum(checkouts) as checkouts
        from {schema}.abandonment_daily
        group by day
        order by day
    """,
    "values": f"""
        select
            abandoned_on as day, store, channel_id, {_CODE} as code, outcome,
            count(*) as carts, sum({_AMOUNT}) as value
        from {{schema}}.cart_outcomes
        group by 1, 2, 3, 4, 5
        order by 1, 2, 3, 4, 5
    """,
    "money": f"""
        select
            abandoned_on as day, store, channel_id, {_MONEY_CODE} as code,
            sum({_MONEY}) as value
        from {{schema}}.cart_outcomes
        where outcome = 'recovered'
        group by 1, 2, 3, 4
        order by 1, 2, 3, 4
    """,
    "hours": """
        select abandoned_on as day, hours_to_recover as hours, count(*) as carts
        from {schema}.cart_outcomes
        where hours_to_recover is not null
        group by 1, 2
    """,
    "products": f"""
        select
            store, product_id, name, sku, times_abandoned, units, value_in_store_currency,
            store_currency_code, recovered_share
        from {{schema}}.abandoned_products
        order by {_MOST}
        limit 10
    """,
    "variants": f"""
        select
            variants.store, variants.product_id, variants.variant_id, variants.sku,
            variants.times_abandoned, variants.units, variants.value_in_store_currency,
            variants.store_currency_code, variants.recovered_share
        from {{schema}}.abandoned_variants as variants
        inner join (
            select store, product_id from {{schema}}.abandoned_products order by {_MOST} limit 10
        ) as products
            on products.store = variants.store and products.product_id = variants.product_id
        order by variants.times_abandoned desc, variants.units desc, variants.variant_id
    """,
    "currencies": """
        select
            store, coalesce(currency_code, 'unknown') as code, outcome,
            count(*) as carts, sum(value) as value
        from {schema}.cart_outcomes
        group by 1, 2, 3
        order by 1, 2, 3
    """,
    "paid": """
        select
            store, coalesce(recovered_order_currency_code, 'unknown') as code,
            sum(recovered_order_value) as value
        from {schema}.cart_outcomes
        where outcome = 'recovered'
        group by 1, 2
        order by 1, 2
    """,
}


@dataclass(frozen=True, slots=True)
class Marts:
    """What the queries found.

    Attributes:
        rules: what the marts were made by.
        stores: what was loaded of each.
        days: carts, what became of them, and checkouts, by day.
        values: carts and their value by day, storefront, currency and outcome.
        money: what the orders came to that carts came back as, by the cart's day.
        hours: how long carts were away that came back.
        products: those most often left behind.
        variants: of these products.
        currencies: carts and their value in the shopper's own currency.
        paid: the money of the orders in theirs.
    """

    rules: dict[str, Any]
    stores: Rows
    days: Rows
    values: Rows
    money: Rows
    hours: Rows
    products: Rows
    variants: Rows
    currencies: Rows
    paid: Rows

    @classmethod
    def read(cls, warehouse: str, schema: str) -> Marts:
        """Ask a warehouse: a DuckDB file, or an address as SQLAlchemy writes it.

        Raises:
            NoMartsError: it cannot be reached, or there are no marts in it.

        Args:
            warehouse: the file's path, or the address.
            schema: where the marts are.
        """
        ask = _sqlalchemy if "://" in warehouse else _duckdb
        statements = {name: sql.format(schema=schema) for name, sql in QUERIES.items()}
        try:
            found = ask(warehouse, statements)
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
