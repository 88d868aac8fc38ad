"""A warehouse that holds one cart, as API2Cart tells of it, and nothing else."""

from pathlib import Path

import duckdb

# The other columns are not there at all.
_TABLE = """
    create table {name} (
        store varchar, platform varchar, id varchar, order_id hugeint, cart_id varchar,
        date_created timestamp, date_modified timestamp, customer_email varchar,
        total_inc_tax double, default_currency_code varchar, currency_code varchar
    )
"""
_CART = """
    insert into {name} values (
        'shop.example.com', 'api2cart', 'a-1', null, 'a-1',
        '2026-03-01 10:00:00', '2026-03-01 11:00:00', 'a@example.com', 40, 'EUR', null
    )
"""


def one_cart(file: Path, schema: str = "bigcommerce", prefix: str = "") -> None:
    """Write the cart into a DuckDB file, in the form that the loader's older DuckDB writes."""
    name = f"{schema}.{prefix}abandoned_carts"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as w (storage_version 'v1.0.0')")
        connection.execute(f"use w; create schema {schema}")
        connection.execute(_TABLE.format(name=name))
        connection.execute(_CART.format(name=name))
