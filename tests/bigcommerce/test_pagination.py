"""Lists that are not as they were asked for: short pages, and filters that count for nothing."""

from __future__ import annotations

from datetime import timedelta
from itertools import accumulate
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_bigcommerce_carts.bigcommerce.pagination import ListPage, read_by_number, v3_page
from tap_bigcommerce_carts.bigcommerce.parallel_windows import ParallelWindows
from tap_bigcommerce_carts.bigcommerce.walk import Walk
from tap_bigcommerce_carts.errors import HeavyRequestError, StoreError
from tap_bigcommerce_carts.model import Window
from tests.support.changing_list import END, START, Exclusive, Memory, flat, walked
from tests.support.harness import NOON, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
EARLIER = NOON - timedelta(hours=20)


class Capped(Memory):
    """A list that gives at most so many rows at once."""

    most = 250

    def fetch(self, lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        return super().fetch(lower, upper, number=number, size=min(size, self.most))


def fill(shop: Shop, count: int, **same: Any) -> list[int]:
    return [shop.add_order(modified=EARLIER + timedelta(seconds=n), **same) for n in range(count)]


# Fewer rows than asked for


@pytest.mark.parametrize("most", [1, 5, 7, 9, 10, 13, 25, 50, 99, 100, 125, 128, 137, 200])
@pytest.mark.parametrize("count", [9, 30, 199, 200, 201, 500])
@pytest.mark.parametrize("apart", [0, 1])
def test_a_list_that_gives_fewer_rows_at_once_is_read_to_its_end(
    most: int, count: int, apart: int
) -> None:
    """Also where all of them are of one second."""
    memory = Capped({number: number * apart for number in range(1, count + 1)})
    memory.most = most
    read = flat(walked(memory, 250))
    assert sorted(row.id for row in read) == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("count", "requests"),
    [(0, 1), (1, 2), (9, 2), (10, 2), (99, 2), (101, 2), (249, 2), (250, 2), (251, 2)],
)
def test_what_the_end_of_a_list_costs(count: int, requests: int) -> None:
    """One request more for a list whose only page is short: it may have been cut."""
    memory = Memory({number: number for number in range(1, count + 1)})
    assert len(flat(walked(memory, 250))) == count
    assert len(memory.requests) == requests


@pytest.mark.parametrize("parallel", [1, 3])
@settings(deadline=None)
@given(
    st.integers(1, 260),
    st.lists(
        st.tuples(st.sampled_from([0, 1, 2, 900]), st.integers(1, 150), st.sampled_from([0, 0, 1])),
        max_size=6,
    ),
    st.sampled_from([3, 25, 250]),
    st.sets(st.integers(1, 30), max_size=3),
)
def test_whatever_a_store_gives_at_once_nothing_is_lost(
    parallel: int, most: int, bursts: list[tuple[int, int, int]], size: int, heavy: set[int]
) -> None:
    steps = [step for gap, count, apart in bursts for step in (gap, *[apart] * count)]
    memory = Capped(dict(enumerate(accumulate(steps), start=1)))
    memory.most = most

    def fail(request: int) -> None:
        if request in heavy:
            raise HeavyRequestError("too much")

    memory.change = fail
    walk = Walk(memory.fetch, size, "order")
    reader = ParallelWindows(walk, size, lambda: parallel, lambda: True, worth_it=-1)
    read = flat(reader.pages(Window(START, END)))
    assert sorted(row.id for row in read) == sorted(memory.rows)


@settings(deadline=None)
@given(most=st.integers(1, 260), count=st.integers(0, 600), by_what_is_given=st.booleans())
def test_a_list_by_number_loses_nothing_whatever_is_given_at_once(
    most: int, count: int, *, by_what_is_given: bool
) -> None:
    """Pages may be counted by what was asked for, or by what is given."""

    def ask(query: Mapping[str, str | int]) -> ListPage:
        limit, number = int(query["limit"]), int(query["page"])
        step = min(limit, most) if by_what_is_given else limit
        start = (number - 1) * step
        return ListPage([{"id": each} for each in range(count)][start : start + min(limit, most)])

    assert [each["id"] for each in read_by_number(ask, "/v2/list")] == list(range(count))


def test_a_short_list_by_number_that_comes_again_is_at_its_end() -> None:
    assert read_by_number(lambda _: ListPage([{"id": 1}, {"id": 2}]), "/v2/list") == [
        {"id": 1},
        {"id": 2},
    ]


@pytest.mark.parametrize("most", [5, 7, 9, 10, 25])
def test_a_capped_store_is_read_whole(
    shop: Shop, store: Sandbox, config: dict[str, Any], most: int
) -> None:
    carts = fill(shop, 32, lines=60)
    customers = [
        shop.add_customer(modified=EARLIER + timedelta(seconds=n), addresses=31) for n in range(32)
    ]
    store.faults.most_rows = most
    output = run(config)
    assert output.ids("abandoned_carts") == [str(each) for each in carts]
    assert output.ids("orders") == carts
    assert output.ids("customers") == customers
    assert len(output.rows("abandoned_cart_line_items")) == 32 * 60
    assert {len(row["addresses"]) for row in output.rows("customers")} == {31}


def test_what_v3_says_of_its_end_costs_nothing(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    for number in range(40):
        shop.add_customer(modified=EARLIER + timedelta(seconds=number), addresses=12)
    assert len(run(config, streams=["customers"]).rows("customers")) == 40
    asked = [request.route for request in store.requests]
    assert asked == ["/v3/customers", *["/v3/customers/addresses"] * 40]


@pytest.mark.parametrize(
    ("given", "pagination", "more"),
    [
        (10, {"total": 30, "per_page": 10, "current_page": 1, "total_pages": 3}, True),
        (10, {"total": 30, "per_page": 10, "current_page": 3, "total_pages": 3}, False),
        (9, {"total": 19, "per_page": 10, "current_page": "2", "total_pages": "2"}, False),
        # Somebody on the way took rows out of the page.
        (10, {"total": 30, "per_page": 250, "current_page": 1, "total_pages": 1}, True),
        (0, {"total": 0, "per_page": 50, "current_page": 1, "total_pages": 0}, False),
        (10, {"current_page": 1, "total_pages": 1}, False),
        (10, {"total": [], "current_page": 1, "total_pages": 2}, True),
        (10, {"total": 30, "per_page": 10, "current_page": "first", "total_pages": 3}, None),
        (10, {}, None),
        (10, [], None),
        (10, None, None),
    ],
)
def test_what_v3_says_of_other_pages(given: int, pagination: Any, *, more: bool | None) -> None:
    body = {"data": [{}] * given, "meta": {"pagination": pagination}}
    assert v3_page(body, "/v3/customers") == ([{}] * given, more)


@pytest.mark.parametrize("meta", [None, [], "x", {}])
def test_v3_may_say_nothing_of_other_pages(meta: Any) -> None:
    assert v3_page({"data": [], "meta": meta}, "/v3/customers").more is None


# Filters that count for nothing


def left_out(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if "left out" in each.message]


def test_orders_of_another_status_are_no_carts(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    carts = fill(shop, 3)
    for status in (10, 5, 11):
        shop.add_order(modified=EARLIER, status_id=status)
    store.faults.ignored = ("status_id",)
    output = run(config, streams=CARTS)
    assert output.ids("abandoned_carts") == [str(each) for each in carts]
    assert {row["abandoned_cart_id"] for row in output.rows(CARTS[1])} == set(map(str, carts))
    assert left_out(caplog) == [
        "/v2/orders gave 3 order(s) that were not asked for (status_id=0); they are left out."
    ]


def test_orders_of_another_storefront_are_left_out_with_a_word(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    own, _other = (shop.add_order(modified=EARLIER, channel_id=channel) for channel in (1, 2))
    store.faults.ignored = ("channel_id",)
    output = run({**config, "channel_ids": [1]}, streams=["orders"])
    assert output.ids("orders") == [own]
    assert "1 order(s)" in left_out(caplog)[0]


def test_addresses_of_others_are_left_out_with_a_word(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    one = shop.add_customer(modified=EARLIER, addresses=12)
    shop.add_customer(modified=EARLIER + timedelta(seconds=1), addresses=3)
    store.faults.ignored = ("customer_id:in",)
    output = run(config, streams=["customers"])
    addresses = {row["id"]: len(row["addresses"]) for row in output.rows("customers")}
    assert addresses[one] == 12
    (told,) = left_out(caplog)
    assert told.startswith(
        f"/v3/customers/addresses gave 3 address(es) of others than customer {one}"
    )


@pytest.mark.parametrize(
    ("stream", "field"), [("orders", "{}_date_modified"), ("customers", "date_modified:{}")]
)
def test_dates_that_count_for_nothing(
    shop: Shop, store: Sandbox, config: dict[str, Any], stream: str, field: str
) -> None:
    """What comes later is left out; what comes first for ever would never end."""
    for days in (1, 10, 30):
        shop.add_order(modified=NOON - timedelta(days=days), status_id=11)
        shop.add_customer(modified=NOON - timedelta(days=days))
    settings = {**config, "page_size": 1, "start_date": "2026-02-20", "end_date": "2026-02-25"}
    store.faults.ignored = (field.format("max"),)
    assert len(run(settings, streams=[stream]).rows(stream)) == 1
    assert len(store.requests) <= 4
    store.faults.ignored = (field.format("min"),)
    with pytest.raises(StoreError, match="does not keep to the dates"):
        run(settings, streams=[stream])


def test_dates_without_their_time_are_taken_for_days(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """A store that looks at the day alone gives rows from before: they are left out."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=h), status_id=11) for h in (11, 4, 3)]
    store.faults.ignored = ("min_date_modified",)
    output = run({**config, "start_date": "2026-03-03T07:30:00Z"}, streams=["orders"])
    assert output.ids("orders") == ids[1:]


# Pages that count for nothing


def test_lines_whose_pages_are_all_the_same(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    order = shop.add_order(modified=EARLIER, lines=300)
    store.faults.ignored = ("page",)
    with pytest.raises(StoreError, match=rf"/v2/orders/{order}/products gives the same page"):
        run(config, streams=CARTS)
    asked = [request.query["page"] for request in store.requests if "products" in request.path]
    assert asked == ["1", "2"]


def test_a_second_whose_pages_are_all_the_same(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    for _ in range(30):
        shop.add_order(modified=EARLIER, status_id=11)
    store.faults.ignored = ("page",)
    with pytest.raises(StoreError, match="every page number with the same page"):
        run({**config, "page_size": 10}, streams=["orders"])
    assert len(store.requests) <= ceil(30 / 10) + 6


# Bounds


@pytest.mark.parametrize("kind", [Memory, Exclusive])
@given(st.lists(st.integers(0, 7200), max_size=80), st.integers(2, 6))
def test_rows_on_the_bounds_of_requests_and_windows_are_read(
    kind: type[Memory], seconds: list[int], size: int
) -> None:
    memory = kind(dict(enumerate(seconds, start=1)))
    walk = Walk(memory.fetch, size, "customer", margin=1)
    reader = ParallelWindows(walk, size, lambda: 3, lambda: True, worth_it=0)
    read = flat(reader.pages(Window(START, END)))
    assert sorted(row.id for row in read) == sorted(memory.rows)


@pytest.mark.parametrize("exclusive", [False, True])
def test_customers_on_the_ends_of_a_run_are_read(
    shop: Shop, store: Sandbox, config: dict[str, Any], *, exclusive: bool
) -> None:
    store.faults.exclusive_dates = exclusive
    first, last = (NOON - timedelta(hours=hours) for hours in (5, 2))
    dates = (first - timedelta(seconds=1), first, last - timedelta(seconds=1), last)
    customers = [shop.add_customer(modified=each) for each in dates]
    given = {"start_date": first.isoformat(), "end_date": last.isoformat()}
    assert run({**config, **given}, streams=["customers"]).ids("customers") == customers[1:3]


# Storefronts


@pytest.mark.parametrize("channels", [None, [], [1], [1, 2]])
def test_a_customer_of_all_storefronts_is_kept(
    shop: Shop, config: dict[str, Any], channels: list[int] | None
) -> None:
    """BigCommerce gives a customer without channels access to every storefront."""
    customer = shop.add_customer(modified=EARLIER, channel_ids=channels, origin_channel_id=2)
    shop.add_customer(modified=EARLIER, channel_ids=[2], origin_channel_id=2)
    output = run({**config, "channel_ids": [1]}, streams=["customers"])
    assert output.ids("customers") == [customer]
