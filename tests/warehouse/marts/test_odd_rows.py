"""Rows that are odd but real: the marts are built, their tests hold, and nothing is made up."""

from decimal import Decimal

import pytest

from tests.support.warehouse.engines import Engine
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.odd_rows import CARTS, CUSTOMERS, LINES, ORDERS, cart
from tests.support.warehouse.raw import fill


def test_amounts_may_be_text(engine: Engine, dbt: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a loader leaves them that has no type of its own for `x-singer.decimal`."""
    for each in ("money", "rate"):
        monkeypatch.setitem(engine.types, each, "text")
    fill(engine, abandoned_carts=[*CARTS, cart(14, total_inc_tax="")])
    model = "stg_bigcommerce__abandoned_carts"
    dbt(engine, "run", "--select", model)
    found = engine.query(
        "select order_id, total_inc_tax, store_default_to_transactional_exchange_rate as rate"
        f" from {SCHEMA}_staging.{model} order by order_id"
    )
    nothing = None, None
    assert [(row["total_inc_tax"], row["rate"]) for row in found] == [
        *(nothing, (Decimal("-12.5000"), None), nothing, nothing, (5, None), (7, None)),
        *((7, None), (8, Decimal("1e-10")), (9, -1), nothing, nothing),
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
        13: (None, None),
    }
    (product,) = engine.query(f"select * from {SCHEMA}.abandoned_products")
    assert (product["times_abandoned"], product["variants"], product["units"]) == (2, 3, -1)
    assert product["value_in_store_currency"] == 80_000_000_000 - 12.5
