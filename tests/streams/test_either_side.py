"""What no document says of the API may be so or not: the rows are the same.

Each switch of the sandbox for such a thing is a question of `bigcommerce-carts doctor --probe`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import NOON, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop
    from tests.support.harness import Output

STREAMS = ("abandoned_carts", "abandoned_cart_line_items", "customers", "orders")
BOTH = ("min_date_modified", "max_date_modified")
# Since when, and before when; orders stand at both, and at what pages end with.
START, END = NOON - timedelta(hours=30), NOON - timedelta(hours=10)
SWITCHES: list[dict[str, Any]] = [
    {"exclusive_order_dates": BOTH[:1]},
    {"exclusive_order_dates": BOTH[1:]},
    {"exclusive_order_dates": BOTH, "exclusive_dates": True, "most_rows": 2},
    {"most_included": 2},
    {"consignments_as_array": True, "warning_position": "order", "lower_headers": True},
    {"empty_line_items": True, "warning_position": "consignments"},
    {"no_rate_headers": True, "no_date": True},
    # What loads of these streams do not ask for.
    {
        "exclusive_ids": True,
        "incomplete_uncounted": True,
        "count_unlisted": True,
        "carts_end_at_payment": True,
        "checkout_order_ids": True,
        "without_checkout": True,
        "incomplete_transactions": True,
        "no_transactions_as_204": True,
        "bare_dates_as": "store",
        "store_offset": 7200,
        "v3_limit_capped": True,
        "most_ids": 1,
        "customers_cursor": False,
        "end_cursor_null": True,
        "cursors_keep_sort": True,
        "ignored": ("no_such_field",),
        "wrong_store_as_404": True,
        "default_site_unlisted": True,
    },
]


def stock(shop: Shop) -> None:
    """Orders and customers, of which some share a second, at and between the bounds."""
    for hours in (30, 28, 28, 27, 26, 26, 26, 25, 24):
        shop.add_order(modified=NOON - timedelta(hours=hours), lines=2)
        shop.add_customer(modified=NOON - timedelta(hours=hours))
    shop.add_order(modified=NOON - timedelta(hours=23), lines=51)
    # The last second that is read, the first that is not, and that before the first.
    for off in (
        timedelta(hours=10, seconds=1),
        timedelta(hours=10),
        timedelta(hours=30, seconds=1),
    ):
        shop.add_order(modified=NOON - off)
        shop.add_customer(modified=NOON - off)
    shop.add_order(11, modified=NOON - timedelta(hours=22))
    # Two orders of one cart, one of them placed, and one that was archived.
    shared = shop.orders[min(shop.orders)]["cart_id"]
    for status_id in (0, 11):
        number = shop.add_order(status_id, modified=NOON - timedelta(hours=21))
        shop.set(number, cart_id=shared)
    shop.set(shop.add_order(modified=NOON - timedelta(hours=20)), is_deleted=True)


def read(config: dict[str, Any]) -> Output:
    dates = {"start_date": START.isoformat(), "end_date": END.isoformat()}
    return run({**config, **dates, "page_size": 3}, streams=STREAMS)


def tables(output: Output) -> dict[str, list[str]]:
    return {name: sorted(map(repr, output.rows(name))) for name in STREAMS}


@pytest.mark.parametrize("switches", SWITCHES, ids=lambda each: " ".join(list(each)[:3]))
def test_the_rows_are_the_same_on_either_side(
    shop: Shop, store: Sandbox, config: dict[str, Any], switches: dict[str, Any]
) -> None:
    stock(shop)
    as_it_is = read(config)
    assert len(as_it_is.rows("orders")) == 15
    assert len(as_it_is.rows("abandoned_carts")) == 13
    assert len(as_it_is.rows("customers")) == 10
    for name, value in switches.items():
        setattr(store.faults, name, value)
    assert tables(read(config)) == tables(as_it_is)


def test_where_archived_orders_are_not_listed_only_those_are_missing(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """The row of before stays in the warehouse; `verify` names it."""
    stock(shop)
    as_it_is = read(config)
    store.faults.list_archived = False
    (archived,) = (number for number in shop.orders if shop.orders[number]["is_deleted"])
    found = read(config)
    assert set(as_it_is.ids("orders")) - set(found.ids("orders")) == {archived}
    assert set(as_it_is.ids("abandoned_carts")) - set(found.ids("abandoned_carts")) == {
        str(archived)
    }
