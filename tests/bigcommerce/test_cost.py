"""What a run costs in requests, and that faults and changes cost no row."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import KINDS, Sandbox, Shop
from tap_bigcommerce_carts.sandbox.faults import REFUSALS
from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, command, error_lines, run

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def by_route(store: Sandbox) -> Counter[str]:
    return Counter(request.route for request in store.requests)


@pytest.mark.parametrize(("count", "requests"), [(0, 1), (1, 2), (249, 2), (251, 2), (700, 3)])
def test_carts_with_lines_cost_a_request_per_page(
    shop: Shop, store: Sandbox, config: dict[str, Any], count: int, requests: int
) -> None:
    """`ceil(n / 250)` list requests for carts and lines together, and nothing else.

    One more where no page is full: the store may give fewer at once than it was asked for.
    """
    for turn in range(count):
        shop.add_order(modified=NOON - timedelta(hours=20, seconds=turn * 7), lines=2)
    output = run(config, streams=CARTS)
    assert len(output.rows("abandoned_carts")) == count
    assert len(output.rows("abandoned_cart_line_items")) == 2 * count
    assert by_route(store) == {"/v2/orders": requests}


def test_a_page_that_is_just_full_is_followed_by_one_more(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """The next request starts at the last date seen, so each page after the first repeats one."""
    for turn in range(1000):
        shop.add_order(modified=NOON - timedelta(hours=20, seconds=turn * 7))
    run(config, streams=CARTS)
    assert by_route(store)["/v2/orders"] == ceil(1000 / 249)


@pytest.mark.parametrize("stream", ["orders", "customers"])
def test_orders_and_customers_cost_a_request_per_page(
    shop: Shop, store: Sandbox, config: dict[str, Any], stream: str
) -> None:
    for turn in range(600):
        at = NOON - timedelta(hours=20, seconds=turn * 7)
        shop.add_order(modified=at, status_id=11)
        shop.add_customer(modified=at)
    output = run(config, streams=[stream])
    assert len(output.rows(stream)) == 600
    assert by_route(store)[f"/v{2 if stream == 'orders' else 3}/{stream}"] == ceil(600 / 250)


def test_only_carts_whose_lines_are_not_all_there_are_asked_for_again(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """A cut cart of 73 lines, one of exactly 50, an empty one: one request each, lines whole."""
    at = NOON - timedelta(hours=9)
    cut, just, empty, _plain = (
        shop.add_order(modified=at + timedelta(seconds=turn), lines=lines)
        for turn, lines in enumerate((73, 50, 2, 4))
    )
    store.faults.empty_line_items = (empty,)
    output = run(config, streams=CARTS)
    counts = Counter(row["abandoned_cart_id"] for row in output.rows("abandoned_cart_line_items"))
    assert sorted(counts.values()) == [2, 4, 50, 73]
    asked = [request.path for request in store.requests if "products" in request.path]
    assert sorted(asked) == sorted(
        f"/stores/{store.store_hash}/v2/orders/{each}/products" for each in (cut, just, empty)
    )


def test_more_lines_than_a_page_of_products_are_all_read(
    shop: Shop, config: dict[str, Any]
) -> None:
    for turn, lines in enumerate((250, 251)):
        shop.add_order(modified=NOON - timedelta(hours=9 - turn), lines=lines)
    output = run(config, streams=CARTS)
    keys = {(row["abandoned_cart_id"], row["id"]) for row in output.rows(CARTS[1])}
    assert len(keys) == len(output.rows(CARTS[1])) == 501


@pytest.mark.parametrize("position", ["consignment", "consignments", "order"])
@pytest.mark.parametrize("as_array", [False, True])
def test_a_warning_is_found_wherever_it_stands(
    shop: Shop, store: Sandbox, config: dict[str, Any], position: Any, as_array: Any
) -> None:
    store.faults.warning_position = position
    store.faults.consignments_as_array = as_array
    shop.add_order(modified=NOON - timedelta(hours=9), lines=60)
    output = run(config, streams=CARTS)
    assert len(output.rows("abandoned_cart_line_items")) == 60


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_with_faults_in_15_percent_of_the_answers_every_row_is_there(
    tmp_path: Path, seed: int
) -> None:
    shop = Shop.seeded(carts=400, seed=5)
    with Sandbox(shop) as store:
        store.quota = None
        store.faults.rate = 0.15
        store.faults.seed = seed
        # A refusal does not pass.
        store.faults.kinds = tuple(kind for kind in KINDS if kind not in REFUSALS)
        store.faults.slow_seconds = 0.05
        output = command({**store.config(), "page_size": 20}, folder=tmp_path)
        failed = Counter(request.fault for request in store.requests if request.fault)
    assert (output.code, error_lines(output)) == (0, [])
    assert sum(failed.values()) > 10
    carts = {str(each) for each, order in shop.orders.items() if order["status_id"] == 0}
    lines = {(cart, line["id"]) for cart in carts for line in shop.lines(int(cart))}
    assert set(output.ids("abandoned_carts")) == carts
    assert {(row["abandoned_cart_id"], row["id"]) for row in output.rows(CARTS[1])} == lines
    assert set(output.ids("orders")) == set(shop.orders)
    assert set(output.ids("customers")) == set(shop.customers)


def test_with_an_order_moved_at_every_third_request_no_row_is_lost_over_two_runs() -> None:
    clock = Clock()
    shop = Shop.seeded(carts=600, seed=5, clock=clock)
    oldest = sorted(shop.orders, key=shop.modified)

    def move(number: int, _request: Request) -> None:
        clock.advance(seconds=1)
        if number % 3 == 0 and oldest:
            shop.touch(oldest.pop(0))

    with Sandbox(shop) as store:
        store.quota = None
        settings = {**store.config(), "page_size": 10}
        store.before(move)
        first = run(settings, streams=DEFAULT_STREAMS)
        store.before(None)
        clock.advance(hours=2)
        second = run(settings, state=first.state, streams=DEFAULT_STREAMS)
    assert {*first.ids("orders"), *second.ids("orders")} == set(shop.orders)
    carts = {str(each) for each, order in shop.orders.items() if order["status_id"] == 0}
    assert {*first.ids("abandoned_carts"), *second.ids("abandoned_carts")} == carts
    newest = {row["id"]: row for output in (first, second) for row in output.rows("orders")}
    for each, row in newest.items():
        assert row["date_modified"] == shop.modified(each).strftime("%Y-%m-%dT%H:%M:%SZ")
