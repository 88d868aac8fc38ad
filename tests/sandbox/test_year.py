"""A year of a shop: it is always the same, plausible, and can be seen in few looks."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop.order_documents import EXTRA_COSTS
from tap_bigcommerce_carts.sandbox.shop.year import Year
from tap_bigcommerce_carts.sandbox.shop.year.hours import hours
from tap_bigcommerce_carts.sandbox.shop.year.shoppers import Shopper
from tests.support.harness import Clock

BEGIN = datetime(2025, 6, 2, 12, 20, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DAYS, BROWSING = 140, 7


def opened(days: int = DAYS, checkouts: float = 16) -> tuple[Shop, Clock]:
    """Return a shop that opens now, and its clock."""
    clock = Clock(BEGIN)
    shop = Shop(clock=clock)
    shop.year = Year(shop, checkouts=checkouts, browsing_days=BROWSING, days=days)
    return shop, clock


@pytest.fixture(scope="module")
def lived() -> Shop:
    """A shop after its year, only for reading."""
    shop, clock = opened()
    clock.advance(days=DAYS)
    shop.catch_up()
    return shop


@pytest.fixture(scope="module")
def orders(lived: Shop) -> list[dict[str, Any]]:
    """The last order of each cart."""
    by_cart = {order["cart_id"]: dict(order) for order in lived.orders.values()}
    for order in by_cart.values():
        order["at"] = lived.order_records[order["id"]].created
    return list(by_cart.values())


def is_left(order: dict[str, Any]) -> bool:
    return order["status_id"] in (0, 6)


def test_the_same_seed_gives_the_same_year_in_one_leap_or_in_many() -> None:
    at_once, clock = opened(days=20)
    clock.advance(days=20)
    at_once.catch_up()
    slowly, clock = opened(days=20)
    for _ in range(20 * 8):
        clock.advance(hours=3)
        slowly.catch_up()
    assert dict(at_once.orders) == dict(slowly.orders)
    assert at_once.carts.truths() == slowly.carts.truths()
    assert len(at_once.orders) > 200


def test_nothing_happens_before_its_time() -> None:
    shop, clock = opened(days=20)
    shop.catch_up()
    assert not shop.orders
    for _ in range(20):
        now = clock.advance(days=1)
        shop.catch_up()
        assert max(shop.modified(key) for key in shop.orders) <= now
    assert max(shop.modified(key) for key in shop.orders) > now - 4 * HOUR


def test_a_third_of_the_checkouts_is_left_and_a_tenth_to_a_fifth_of_these_comes_back(
    lived: Shop, orders: list[dict[str, Any]]
) -> None:
    back = sum(each.outcome == "came_back" for each in lived.carts.truths())
    left = sum(map(is_left, orders)) + back
    assert 0.25 < left / len(orders) < 0.42
    assert 0.08 < back / left < 0.22
    declined = sum(order["status_id"] == 6 for order in orders)
    assert 0.005 < declined / len(orders) < 0.05


def test_most_come_back_within_hours(lived: Shop) -> None:
    away = [
        (order.modified - order.created).total_seconds() / 3600
        for order in lived.order_records.values()
        if order.status_id == 11 and order.modified - order.created > HOUR
    ]
    assert len(away) > 40
    assert 6 < median(away) < 16
    assert max(away) > 48


def test_who_is_to_pay_more_leaves_more_often(orders: list[dict[str, Any]]) -> None:
    def added(order: dict[str, Any]) -> float:
        extra = sum(Decimal(order[f"{cost}_cost_ex_tax"]) for cost in EXTRA_COSTS)
        return float(extra / Decimal(order["total_ex_tax"]))

    left = mean(added(order) for order in orders if is_left(order))
    placed = mean(added(order) for order in orders if not is_left(order))
    assert left > 1.3 * placed > 0


def test_totals_count_all_that_is_added(orders: list[dict[str, Any]]) -> None:
    assert {Decimal(order["handling_cost_ex_tax"]) > 0 for order in orders} == {True, False}
    for order in orders:
        for kind in ("ex_tax", "inc_tax"):
            extra = sum(Decimal(order[f"{cost}_cost_{kind}"]) for cost in EXTRA_COSTS)
            off = Decimal(order["discount_amount"]) + Decimal(order["coupon_discount"])
            assert Decimal(order[f"total_{kind}"]) == (
                Decimal(order[f"subtotal_{kind}"]) + extra - off
            )


def test_it_is_as_mixed_as_a_real_one(lived: Shop, orders: list[dict[str, Any]]) -> None:
    assert {order["default_currency_code"] for order in orders} == {"EUR", "USD"}
    assert {order["channel_id"] for order in orders} == {1, 2, 1017}
    groups = Counter(each["customer_group_id"] for each in lived.customers.values())
    assert set(groups) == {0, 1, 2}
    guests = sum(order["customer_id"] == 0 for order in orders) / len(orders)
    assert 0.3 < guests < 0.7
    paid = Counter(order["payment_method"] for order in orders if not is_left(order))
    assert len(paid) == 4
    assert "" not in paid
    bought = Counter(order["billing_address"]["email"] for order in orders if not is_left(order))
    assert 0.1 < sum(n > 1 for n in bought.values()) / len(bought) < 0.5
    assert {each.type for each in lived.log.entries} == {"payment", "shipping"}


def test_it_has_a_rhythm(orders: list[dict[str, Any]]) -> None:
    weekdays = Counter(order["at"].weekday() for order in orders)
    assert weekdays[6] > 1.2 * weekdays[2]
    times = Counter(order["at"].hour for order in orders)
    assert times[19] + times[20] > 5 * (times[2] + times[3])
    middle = BEGIN + timedelta(days=DAYS // 2)
    later = sum(order["at"] > middle for order in orders)
    assert later > 1.1 * (len(orders) - later)


def test_shoppers_who_are_held_out_come_back_less_often(lived: Shop) -> None:
    held_out: dict[bool, Counter[bool]] = {True: Counter(), False: Counter()}
    for each in lived.carts.truths():
        if each.outcome in ("came_back", "expired", "left_at_payment"):
            held_out[Shopper(each.email).is_held_out][each.outcome == "came_back"] += 1
    rates = {who: counts[True] / counts.total() for who, counts in held_out.items()}
    assert rates[True] < 0.8 * rates[False]
    assert 0.1 < held_out[True].total() / sum(map(Counter.total, held_out.values())) < 0.3


def test_an_address_is_held_out_as_the_marts_have_it() -> None:
    """By `md5sum` four begin with 1becba04, ce323034, 5b6c9a05, fd574dc4; 33333333 is a fifth."""
    assert [Shopper(f"guest{n}@example.com").is_held_out for n in (1, 2, 4, 5)] == [
        *(True, False, False, False),
    ]
    held_out = [Shopper(f"guest{n}@example.com").is_held_out for n in range(1000)]
    assert 150 < sum(held_out) < 250


def test_carts_end_at_every_step_in_the_last_days_alone(lived: Shop) -> None:
    early = [each for each in lived.carts.truths() if each.outcome == "left_early"]
    assert min(each.created for each in early) > BEGIN + timedelta(days=DAYS - BROWSING)
    steps = Counter(_step(lived, each.cart_id) for each in early)
    assert set(steps) == {"filled", "email", "address", "shipping"}
    assert any(each.outcome == "emptied" for each in lived.carts.truths())


def _step(shop: Shop, cart_id: str) -> str:
    cart = shop.carts.get(cart_id)
    assert cart
    if cart.shipping:
        return "shipping"
    if cart.address:
        return "address"
    return "email" if cart.email else "filled"


def test_few_looks_see_every_cart_that_an_hourly_look_would() -> None:
    days = 30
    shop, clock = opened(days=days)
    assert shop.year
    looks = set(shop.year.hours(shop.year.end))
    assert len(looks) < 24 * days / 3
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    clock.now = BEGIN + HOUR
    while clock.now < shop.year.end:
        shop.catch_up()
        idle = shop.by_modified.between(None, (clock.now - HOUR).timestamp(), 0)
        there = {str(shop.order_records[key].cart_id) for _, key in idle}
        seen[True] |= there
        if clock.now in looks:
            seen[False] |= there
        clock.advance(hours=1)
    back = {each.cart_id for each in shop.carts.truths() if each.outcome == "came_back"}
    assert len(seen[True] & back) > 10
    assert seen[False] & back == seen[True] & back


MINUTES = st.integers(0, 10 * 24 * 60)


@given(st.lists(st.tuples(MINUTES, st.integers(0, 3000)), max_size=30))
def test_hours_see_what_every_hour_would(drawn: list[tuple[int, int]]) -> None:
    first, last = BEGIN, BEGIN + 10 * DAY
    spans = [
        (first + timedelta(minutes=begin), first + timedelta(minutes=begin + long))
        for begin, long in drawn
    ]
    found = hours(spans, first, last)
    every = [first + n * HOUR for n in range(10 * 24 + 1)]
    assert set(found) <= set(every)
    assert found == sorted(set(found))
    for begin, end in spans:
        if any(begin <= hour <= end for hour in every):
            assert any(begin <= hour <= end for hour in found)
    edges = [*found, last]
    assert all(b - a <= DAY for a, b in pairwise(edges))


@pytest.fixture
def ask() -> Callable[..., requests.Response]:
    def post(sandbox: Sandbox, what: str, **body: Any) -> requests.Response:
        return requests.post(f"{sandbox.url}/_sandbox/{what}", json=body, timeout=10)

    return post


def test_other_processes_learn_of_the_year(ask: Callable[..., requests.Response]) -> None:
    shop, _ = opened(days=10)
    assert shop.year
    with Sandbox(shop) as sandbox:
        answer = ask(sandbox, "year", hours=5).json()
    assert answer["end"] == "2025-06-12T12:20:00Z"
    assert answer["browsing_from"] == "2025-06-05T12:20:00Z"
    assert answer["hours"][0] == "2025-06-02T13:20:00Z"
    assert answer["hours"][-1] <= "2025-06-12T07:20:00Z"


def test_a_shop_without_a_plan_says_so(ask: Callable[..., requests.Response]) -> None:
    with Sandbox(Shop(clock=Clock(BEGIN))) as sandbox:
        answer = ask(sandbox, "year")
    assert answer.status_code == 400
    assert answer.json() == {"error": "this shop has no year before it"}
