"""Random stores: the marts say what the definitions say, worked out in plain Python.

`LONG=1` draws 2,000 stores in place of 250.
"""

import os
from dataclasses import asdict
from datetime import datetime
from typing import Any

import pytest

from tests.support.warehouse.engines import DuckDB, Engine, Rows
from tests.support.warehouse.funnel_rows import TESTER
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.oracle import Oracle, Row, Rules
from tests.support.warehouse.random_stores import random_stores, together
from tests.support.warehouse.raw import fill

STORES = 2000 if os.environ.get("LONG") else 250
AS_OF = datetime.fromisoformat("2026-03-31 12:00")
RULES = {
    "as they come": Rules(AS_OF),
    "all others": Rules(
        AS_OF,
        lost_after_days=3,
        infer_recovery=True,
        not_sale_status_ids=(5, 4),
        archived_are_sales=True,
        test_emails=(TESTER,),
        time_zone="America/New_York",
        price_bands=(10, 90),
    ),
}


SHOPS = random_stores(STORES)


@pytest.fixture(scope="module")
def loaded(engine: Engine) -> dict[str, dict[str, Rows]]:
    """Load the stores; fewer into PostgreSQL."""
    shops = SHOPS if isinstance(engine, DuckDB) else dict(list(SHOPS.items())[:60])
    fill(engine, **together(shops))
    return shops


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
def test_the_marts_say_what_the_definitions_say(
    engine: Engine, dbt: Dbt, loaded: dict[str, dict[str, Rows]], rules: Rules
) -> None:
    variables = asdict(rules) | {"as_of": str(rules.as_of)}
    dbt(engine, "build", "--full-refresh", **variables)
    oracles = {name: Oracle(shop, rules) for name, shop in loaded.items()}
    for mart, column in MARTS.items():
        expected = {
            (name, key): row
            for name, one in oracles.items()
            for key, row in getattr(one, mart).items()
        }
        assert differences(found(engine, mart, column), expected) == {}
    for mart in ("abandonment_daily", "cart_funnel_daily"):
        expected = {
            (name, *place): row
            for name, one in oracles.items()
            for place, row in getattr(one, mart).items()
        }
        assert differences(found(engine, mart, "day channel_id currency_code"), expected) == {}
    stores: dict[Any, Row] = {
        (name,): one.store_coverage
        for name, one in oracles.items()
        if any(loaded[name][table] for table in ("abandoned_carts", "orders", "carts"))
    }
    assert differences(found(engine, "store_coverage", ""), stores) == {}


def found(engine: Engine, mart: str, key: str) -> dict[tuple[Any, ...], Row]:
    """Return the columns of a mart that the definitions speak of, by its key."""
    names = COLUMNS[mart].split()
    return {
        (row["store"], *(row[name] for name in key.split())): {name: row[name] for name in names}
        for row in engine.query(f"select * from {SCHEMA}.{mart}")
        # Days on which nothing but the money of other days' carts came in.
        if mart != "abandonment_daily" or row["carts_abandoned"] or row["orders_placed"]
    }


def differences(told: dict[Any, Row], expected: dict[Any, Row]) -> dict[Any, Any]:
    """Return what differs, column by column: as told, and as expected."""
    nothing: Row = {}
    return {
        key: {
            name: (told.get(key, nothing).get(name), expected.get(key, nothing).get(name))
            for name in {**told.get(key, nothing), **expected.get(key, nothing)}
            if told.get(key, nothing).get(name) != expected.get(key, nothing).get(name)
        }
        for key in {*told, *expected}
        if told.get(key) != expected.get(key)
    }


MARTS = {
    "cart_outcomes": "cart_key",
    "checkouts": "checkout_key",
    "cart_funnel": "cart_key",
    "shoppers": "shopper_key",
}
_CHECKOUT = """cart_key order_id outcome local_hour local_weekday checkout_week seconds_to_recover
    value currency_code exchange_rate value_in_store_currency store_currency_code
    recovered_order_value recovered_order_currency_code recovered_order_value_in_store_currency
    items_value shipping_cost handling_cost tax discount coupon_discount coupon_use extra_costs
    extra_cost_share price_band items_total line_item_count payment_method order_source channel_id
    channel_name customer_id customer_group_id customer_group_name shopper_key is_returning
    country_iso2"""
COLUMNS = {
    "cart_outcomes": f"""{_CHECKOUT} abandoned_cart_id attempts began_at abandoned_at abandoned_on
        recovered_at hours_to_recover recovering_order_id is_same_order is_inferred
        is_contactable""",
    "checkouts": f"{_CHECKOUT} checkout_at checkout_on order_status_id order_payment_method",
    "cart_funnel": """cart_key stage step outcome is_inferred is_in_inbox filled_at filled_on
        left_at placed_at order_id value currency_code channel_id shipping_options
        coupon_discount grand_total""",
    "abandonment_daily": """carts_abandoned value_abandoned is_outcome_known carts_recovered
        carts_lost carts_open orders_placed checkouts abandonment_rate recovery_rate
        value_recovered value_lost value_open value_placed median_hours_to_recover""",
    "cart_funnel_daily": """is_early_stage_known is_outcome_known carts_filled
        left_before_payment emptied still_open left_at_payment placed recovered carts_with_step
        reached_email reached_address reached_shipping reached_payment reached_placed""",
    "shoppers": """is_contactable is_returning customer_group_name carts_abandoned carts_recovered
        carts_lost carts_open value_in_store_currency carts_without_rate
        first_abandoned_at last_abandoned_at""",
    "store_coverage": """store_currency_code has_orders has_inbox carts orders inbox_carts
        inbox_since""",
}
