"""Rows that are odd but real: the marts are built, their tests hold, and nothing is made up."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.raw import fill

STORE = 'o\'neil "x" 日本'


def cart(number: int, **more: Any) -> dict[str, Any]:
    """Return a cart of which next to nothing is known."""
    row = {"store": STORE, "id": str(number), "date_modified": "2026-03-01 10:00:00"}
    return row | {"order_id": number, "platform": "bigcommerce"} | more


def order(number: int, **more: Any) -> dict[str, Any]:
    """Return an order of which next to nothing is known."""
    return {"store": STORE, "id": number, "date_modified": "2026-03-01 11:00:00"} | more


def line(number: int, cart: int, **more: Any) -> dict[str, Any]:
    """Return a line of a cart."""
    row = {"store": STORE, "abandoned_cart_id": str(cart), "id": number}
    return row | {"cart_date_modified": "2026-03-01 10:00:00"} | more


EURO = {"default_currency_code": "EUR", "store_default_currency_code": "EUR"}
CARTS: Rows = [
    cart(1),
    cart(2, total_inc_tax="-12.5000", **EURO),  # a discount beyond its value
    cart(3, total_inc_tax="1e30", **EURO),  # no number of money
    cart(4, cart_id="", default_currency_code="", customer_email=" "),
    cart(5, cart_id="c5", total_inc_tax=5, date_created="2026-03-02 10:00:00", **EURO),
    cart(6, total_inc_tax=7, date_modified="0001-01-01 00:00:00", **EURO),
    cart(7, total_inc_tax=7, date_modified="9998-12-31 23:59:59", **EURO),
    cart(
        8,
        total_inc_tax=8,
        default_currency_code="JPY",
        store_default_to_transactional_exchange_rate="1e-10",
        store_default_currency_code="EUR",
    ),
    cart(9, total_inc_tax=9, store_default_to_transactional_exchange_rate=-1, **EURO),
]
ORDERS: Rows = [
    order(2, status_id=11, total_inc_tax="-12.5000", **EURO),
    order(5, status_id=11, cart_id="c5", date_created="2026-03-05 10:00:00", is_deleted=None),
    order(10, status_id=99, cart_id="c5", total_inc_tax=None),
    order(11, status_id=None, cart_id="c11"),
    order(12, status_id=6, total_inc_tax="-3"),
]
LINES: Rows = [
    line(1, 2, product_id=7, quantity=-1, total_inc_tax="-12.5000", name="it's; --"),
    line(2, 2, product_id=7, variant_id=1, quantity=None, total_inc_tax="1e30"),
    line(3, 8, product_id=7, variant_id=2, quantity=0, total_inc_tax=8),
    line(4, 9, product_id=None, name=None),
]
CUSTOMERS: Rows = [
    {"store": STORE, "id": number, "email": " A@example.com", "date_modified": "2026-03-01"}
    for number in (1, 2)
]


def test_amounts_may_be_text(engine: Engine, dbt: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a loader leaves them that has no type of its own for `x-singer.decimal`."""
    for each in ("money", "rate"):
        monkeypatch.setitem(engine.types, each, "text")
    fill(engine, abandoned_carts=CARTS)
    model = "stg_bigcommerce__abandoned_carts"
    dbt(engine, "run", "--select", model)
    found = engine.query(
        "select order_id, total_inc_tax, store_default_to_transactional_exchange_rate as rate"
        f" from {SCHEMA}_staging.{model} order by order_id"
    )
    nothing = None, None
    assert [(row["total_inc_tax"], row["rate"]) for row in found] == [
        *(nothing, (Decimal("-12.5000"), None), nothing, nothing, (5, None), (7, None)),
        *((7, None), (8, Decimal("1e-10")), (9, -1)),
    ]


def test_odd_rows_are_built_and_tested_like_others(engine: Engine, dbt: Dbt) -> None:
    fill(
        engine,
        abandoned_carts=CARTS,
        orders=ORDERS,
        abandoned_cart_line_items=LINES,
        customers=CUSTOMERS,
    )
    dbt(engine, "build", as_of="2026-03-30 10:00:00", time_zone="Asia/Tokyo")
    found = engine.query(f"select * from {SCHEMA}.cart_outcomes")
    money = {row["order_id"]: (row["value"], row["value_in_store_currency"]) for row in found}
    assert money == {
        1: (None, None),
        2: (-12.5, -12.5),
        3: (None, None),
        4: (None, None),
        5: (5, 5),
        6: (7, 7),
        7: (7, 7),
        8: (8, 80_000_000_000),
        9: (9, 9),
        12: (-3, None),
    }
    (product,) = engine.query(f"select * from {SCHEMA}.abandoned_products")
    assert (product["times_abandoned"], product["variants"], product["units"]) == (2, 3, -1)
    assert product["value_in_store_currency"] == 80_000_000_000 - 12.5
