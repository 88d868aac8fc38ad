"""What cannot be read is counted, named and passed by: the rest is read, the bookmark waits."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.harness import DEFAULT_STREAMS, NOON, Output, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request
    from tests.support.scripted import Sleeps

pytestmark = pytest.mark.slow

EARLIER = NOON - timedelta(hours=10)
HOUR = timedelta(hours=1)
CARTS, LINES = ("abandoned_carts", "abandoned_cart_line_items")


def errors(log: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in log.records if each.levelname == "ERROR"]


def carts_with_lines(output: Output) -> set[str]:
    return {row["abandoned_cart_id"] for row in output.rows(LINES)}


def never(store: Sandbox, fault: Fault, *paths: str) -> None:
    """Let what is asked for under these paths fail for ever."""

    def strike(_number: int, request: Request) -> Fault | None:
        return fault if any(request.path.endswith(path) for path in paths) else None

    store.before(strike)


@pytest.mark.usefixtures("sleeps")
@pytest.mark.parametrize("fault", ["500_html", "422", "503_html", "cut_json", "reset"])
def test_an_order_whose_lines_never_come_is_passed_by(
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """Before the bookmark of carts and lines, and only until its lines can be read."""
    first, bad, last = (shop.add_order(modified=EARLIER + HOUR * n, lines=2) for n in range(3))
    shop.add_customer()
    store.faults.empty_line_items = {bad}
    never(store, Fault(fault), f"/orders/{bad}/products")
    settings = {**config, "retry_for": 10}
    output = run(settings, failing=True)
    assert output.code == 1
    assert output.ids(CARTS) == [str(first), str(last)]
    assert carts_with_lines(output) == {str(first), str(last)}
    assert output.ids("orders") == [first, bad, last]
    assert len(output.rows("customers")) == 1
    (line,) = errors(caplog)
    assert f"order {bad}" in line
    assert f"{CARTS}, {LINES}: 1 passed by" in line
    held = (EARLIER + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert output.bookmark(CARTS) == output.bookmark(LINES) == held
    assert output.bookmark("orders") == (EARLIER + HOUR * 2).strftime("%Y-%m-%dT%H:%M:%SZ")
    # A later run tries again; when it answers, nothing is missing and nothing waits.
    again = run(settings, state=output.state, failing=True)
    assert again.code == 1
    assert again.state == output.state
    store.before(None)
    healed = run(settings, state=again.state)
    assert healed.code == 0
    assert healed.ids(CARTS) == [str(bad), str(last)]
    assert carts_with_lines(healed) == {str(bad), str(last)}
    assert healed.bookmark(CARTS) == output.bookmark("orders")


def test_many_such_are_not_waited_for_one_by_one(
    shop: Shop, store: Sandbox, config: dict[str, Any], sleeps: Sleeps
) -> None:
    """The first as long as `retry_for`, the others a few tries each."""
    ids = [shop.add_order(modified=EARLIER + HOUR / 60 * n, lines=1) for n in range(30)]
    store.faults.empty_line_items = set(ids)
    bad = ids[::2]
    never(store, Fault("500_html"), *(f"/orders/{each}/products" for each in bad))
    settings = {**config, "retry_for": 60, "max_parallel_requests": 1}
    output = run(settings, streams=[CARTS, LINES], failing=True)
    assert output.ids(CARTS) == [str(each) for each in ids if each not in bad]
    asked = [each for each in store.requests if each.path.endswith(f"/{bad[-1]}/products")]
    assert len(asked) == 3
    assert sum(sleeps) < 60 + 3 * len(bad)


@pytest.mark.usefixtures("sleeps")
@pytest.mark.parametrize("parallel", [1, 3])
@pytest.mark.parametrize("page_size", [7, 250])
def test_carts_that_came_with_their_lines_are_in_the_row(  # noqa: PLR0913, PLR0917
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    parallel: int,
    page_size: int,
) -> None:
    """Every fourth has to be asked for, and never comes: it is never ten carts in a row."""
    ids = [shop.add_order(modified=EARLIER + HOUR / 60 * n, lines=1) for n in range(60)]
    store.faults.empty_line_items = set(ids[::4])
    never(store, Fault("500_html"), "/products")
    settings = {"retry_for": 5, "page_size": page_size, "max_parallel_requests": parallel}
    output = run({**config, **settings}, streams=[CARTS, LINES], failing=True)
    good = [str(each) for place, each in enumerate(ids) if place % 4]
    assert output.ids(CARTS) == good
    assert carts_with_lines(output) == set(good)
    (line,) = errors(caplog)
    assert "15 passed by" in line
    assert "All else is read" in line


@pytest.mark.usefixtures("sleeps")
def test_customers_that_came_with_their_addresses_are_in_the_row(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    customers = [shop.add_customer(addresses=1 if n % 4 else 12) for n in range(60)]
    never(store, Fault("500_html"), "/customers/addresses")
    output = run({**config, "retry_for": 5}, streams=["customers"], failing=True)
    assert output.ids("customers") == [each for n, each in enumerate(customers) if n % 4]
    (line,) = errors(caplog)
    assert "15 passed by" in line


@pytest.mark.parametrize("parallel", [1, 3])
def test_when_all_fail_it_is_not_the_carts(  # noqa: PLR0913, PLR0917
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    sleeps: Sleeps,
    parallel: int,
) -> None:
    """A few in a row end the stream; the carts before them are written, the others not asked."""
    good = shop.add_order(modified=EARLIER, lines=1)
    ids = [shop.add_order(modified=EARLIER + HOUR / 60 * n, lines=1) for n in range(1, 100)]
    store.faults.empty_line_items = set(ids)
    never(store, Fault("500_html"), "/products")
    settings = {**config, "retry_for": 5, "max_parallel_requests": parallel}
    output = run(settings, failing=True)
    assert output.code == 1
    assert output.ids(CARTS) == [str(good)]
    assert len(output.rows("orders")) == 100
    asked = {each.path for each in store.requests if each.path.endswith("/products")}
    assert 10 <= len(asked) <= 10 + parallel
    assert any("10 times in a row" in line for line in errors(caplog))
    # The stream was ended: that all else is read would be untrue.
    assert not any("All else" in line for line in errors(caplog))
    assert output.bookmark(CARTS) in {None, EARLIER.strftime("%Y-%m-%dT%H:%M:%SZ")} | {
        (EARLIER + HOUR / 60).strftime("%Y-%m-%dT%H:%M:%SZ")
    }
    assert sleeps


def test_a_line_without_an_id_is_passed_by_with_the_bookmarks(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    orders = [shop.add_order(modified=EARLIER + HOUR * n, lines=2) for n in range(3)]
    content = shop.order_records[orders[1]].keep()
    first, second = content.lines
    lines = [{**first, "id": None}, second]
    content.document["consignments"] = {"shipping": [{"id": 1, "line_items": lines}]}
    output = run(config, streams=[CARTS, LINES], failing=True)
    assert output.code == 1
    assert len(output.rows(CARTS)) == 3
    assert len(output.rows(LINES)) == 5
    (line,) = errors(caplog)
    assert f"{LINES}: 1 passed by: a line of cart {orders[1]} has no readable `id`" in line
    held = (EARLIER + HOUR).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert output.bookmark(CARTS) == output.bookmark(LINES) == held


def test_customers_whose_addresses_never_come_are_passed_by(
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    sleeps: Sleeps,
) -> None:
    few, many = shop.add_customer(addresses=2), shop.add_customer(addresses=12)
    never(store, Fault("500_html"), "/customers/addresses")
    output = run({**config, "retry_for": 5}, streams=["customers"], failing=True)
    assert output.code == 1
    assert output.ids("customers") == [few]
    (line,) = errors(caplog)
    assert f"the addresses of customer {many}" in line
    assert sleeps


def test_a_list_whose_rows_have_no_dates_at_all_is_told_once(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """As the example of the customers' specification has none. More than a page of them."""
    shop.add_order(modified=EARLIER)
    for _ in range(7):
        customer = shop.add_customer(modified=EARLIER)
        shop.customer_records[customer].content.document["date_modified"] = None
    output = run({**config, "page_size": 3}, streams=DEFAULT_STREAMS, failing=True)
    assert output.code == 1
    assert output.rows("customers") == []
    assert len(output.rows("orders")) == 1
    (line,) = errors(caplog)
    assert "customers: 7 passed by" in line
    assert "and 2 more" in line
    assert output.bookmark("customers") is None


# A store may leave a row without a date out of a list that is asked for by date.


def undate(shop: Shop, stream: str, row: int, date: str | None = None) -> None:
    """Take the date from a row, or give it one."""
    if stream == "customers":
        record = shop.customer_records[row]
        record.content.document["date_modified"] = date
        record.served.clear()
    else:
        shop.order_records[row].keep().document["date_modified"] = date


@pytest.mark.parametrize("stream", ["customers", "orders", CARTS])
@pytest.mark.parametrize("left_out", [True, False])
def test_a_row_without_a_date_is_not_forgotten(  # noqa: PLR0913, PLR0917
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stream: str,
    left_out: bool,  # noqa: FBT001
) -> None:
    """Each later run says that it is unread, until it is read."""
    add = shop.add_customer if stream == "customers" else shop.add_order
    _, bad, last = (add(modified=EARLIER + HOUR * n) for n in range(3))
    undate(shop, stream, bad)
    output = run(config, streams=[stream], failing=True)
    assert output.code == 1
    store.faults.undated_left_out = left_out
    for _ in range(2):
        caplog.clear()
        output = run(config, state=output.state, streams=[stream], failing=True)
        assert output.code == 1
        (line,) = errors(caplog)
        assert str(bad) in line
        assert stream in line
    assert output.state["bookmarks"][stream]["passed_by"] == [bad]
    later = EARLIER + HOUR * 4
    shop_date = later.strftime("%Y-%m-%dT%H:%M:%SZ")
    touch = shop.touch_customer if stream == "customers" else shop.touch
    touch(bad, later)
    undate(shop, stream, bad, shop_date if stream == "customers" else format_datetime(later))
    caplog.clear()
    healed = run(config, state=output.state, streams=[stream])
    assert healed.code == 0
    assert errors(caplog) == []
    assert str(bad) in {str(each) for each in healed.ids(stream)}
    assert str(last) in {str(each) for each in (*output.ids(stream), *healed.ids(stream))}
    assert healed.state["bookmarks"][stream]["passed_by"] == []
    assert healed.bookmark(stream) == shop_date
    assert run(config, state=healed.state, streams=[stream]).code == 0


def test_a_row_without_a_date_is_noted_by_its_id_and_not_without_end(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(1_010):
        customer = shop.add_customer(modified=EARLIER + timedelta(seconds=n))
        if n:
            undate(shop, "customers", customer)
    output = run(config, streams=["customers"], failing=True)
    noted = output.state["bookmarks"]["customers"]["passed_by"]
    assert len(noted) == 1_000
    store.faults.undated_left_out = True
    caplog.clear()
    again = run(config, state=output.state, streams=["customers"], failing=True)
    assert again.code == 1
    (line,) = errors(caplog)
    assert "1000" in line
    # Read anew, without a STATE, nothing is known of them.
    assert run(config, streams=["customers"]).code == 0


def spoil(shop: Shop, store: Sandbox, orders: list[int], chance: Random) -> dict[int, str]:
    """Make some orders unreadable, each in its own way; gives what each lacks."""
    held: dict[int, str] = {}
    for order in chance.sample(orders, 4):
        held[order] = name = chance.choice(["date_modified", "id", "lines"])
        if name != "lines":
            shop.order_records[order].keep().document[name] = None
    silent = [order for order, name in held.items() if name == "lines"]
    store.faults.empty_line_items = set(silent)
    never(store, Fault("422"), *(f"/orders/{order}/products" for order in silent))
    return held


@pytest.mark.parametrize("seed", range(8))
def test_whatever_cannot_be_read_nothing_is_lost_once_it_can(
    shop: Shop, store: Sandbox, config: dict[str, Any], seed: int
) -> None:
    """In any place of any page, also in a second that has more rows than a page."""
    chance = Random(seed)  # noqa: S311 - the same shops in every run of the tests
    dates = sorted(chance.choice([0, 0, 1, 2, 400]) + chance.randrange(8) * 3600 for _ in range(24))
    orders = [shop.add_order(modified=EARLIER + timedelta(seconds=each)) for each in dates]
    whole = {name: set(run(config).ids(name)) for name in (CARTS, "orders")}
    held = spoil(shop, store, orders, chance)
    parallel = chance.choice([1, 3])
    settings = {**config, "page_size": chance.choice([2, 3, 5]), "max_parallel_requests": parallel}
    first = run(settings, failing=True)
    assert first.code == 1
    lost = {order for order, name in held.items() if name != "lines"}
    assert set(first.ids("orders")) == set(orders) - lost
    assert set(first.ids(CARTS)) == {str(each) for each in set(orders) - set(held)}
    store.before(None)
    store.faults.empty_line_items = ()
    for order, name in held.items():
        date = EARLIER + timedelta(seconds=dates[orders.index(order)])
        right = {"id": order, "date_modified": format_datetime(date)}
        if name in right:
            shop.order_records[order].keep().document[name] = right[name]
    second = run(settings, state=first.state)
    for name, expected in whole.items():
        assert {*first.ids(name), *second.ids(name)} == expected
    assert carts_with_lines(first) | carts_with_lines(second) == {str(each) for each in orders}
