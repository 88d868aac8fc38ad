"""Events that are broken, or that came at no time that can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import NOON
from tests.support.shop_inbox import CARTS, LOG, Inbox, by_id, keep

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.harness import Clock, Output

pytestmark = pytest.mark.slow


def test_an_event_that_is_nested_or_broken_stops_nothing(
    shop: Shop, inbox: Inbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    cart = shop.carts.fill()
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    for data in (
        {"orderId": deep, "other": deep},
        {"token": {"a": 1}, "couponId": 7},
        {"orderId": 1e300},
        {"orderId": None},
        ["no", "object"],
        None,
    ):
        keep(inbox, "store/cart/updated", data, cart_id=cart)
    keep(inbox, "store/cart/updated", '{"id": "cut', cart_id=cart)
    keep(inbox, "store/cart/updated", "[" * 100_000, cart_id=cart)
    keep(inbox, "store/cart/abandoned", {"token": deep})
    keep(inbox, "store/cart/abandoned", "\x01")
    out = read()
    assert by_id(out)[cart]["event_count"] >= 7
    log = [row for row in out.rows(LOG) if row["cart_id"] == cart]
    assert [row["coupon_id"] for row in log if row["coupon_id"]] == [7]
    assert caplog.text.count("holds what cannot be read") == 9
    assert by_id(read())[cart]["status"] == "active"


@pytest.mark.parametrize(
    ("columns", "when"),
    [
        ({"happened_at": -9 * 10**18}, NOON),
        ({"happened_at": -1}, NOON),
        ({"happened_at": 9 * 10**18}, NOON),
        (
            {"happened_at": -9 * 10**18, "received_at": -9 * 10**18},
            datetime(1970, 1, 1, tzinfo=UTC),
        ),
        ({"received_at": 9 * 10**18}, NOON),
    ],
)
def test_an_event_at_no_time_stops_nothing(
    shop: Shop,
    inbox: Inbox,
    read: Callable[..., Output],
    columns: dict[str, int],
    when: datetime,
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    data = {"type": "cart", "id": cart}
    keep(inbox, "store/cart/created", data, cart_id=cart, **columns)
    out = read()
    (told,) = out.rows(LOG)
    assert told["happened_at"] == f"{when:%Y-%m-%dT%H:%M:%SZ}"
    assert by_id(out)[cart]["status"] == "active"
    assert by_id(read(out.state, personal_data="drop")) == {}


def test_an_event_from_the_future_is_dated_by_when_it_came(
    shop: Shop,
    clock: Clock,
    inbox: Inbox,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    came = int(clock.now.timestamp())
    data = {"type": "cart", "id": cart}
    keep(inbox, "store/cart/created", data, cart_id=cart, happened_at=2**37 - 1, received_at=came)
    out = read()
    assert by_id(out)[cart]["date_modified"] == "2026-03-03T12:00:00Z"
    assert out.rows(LOG)[0]["happened_at"] == "2026-03-03T12:00:00Z"
    assert "dated more than a day after it came" in caplog.text
    # It was left an hour after it came.
    clock.advance(minutes=61)
    assert by_id(read(out.state))[cart]["abandoned_at"] == "2026-03-03T13:00:00Z"


def test_an_event_of_a_clock_ahead_dates_no_row_past_the_store(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    came = int(clock.now.timestamp())
    data = {"type": "cart", "id": cart}
    keep(
        inbox, "store/cart/updated", data, cart_id=cart, happened_at=came + 72000, received_at=came
    )
    out = read()
    assert by_id(out)[cart]["date_modified"] == "2026-03-03T12:00:00Z"
    assert out.state["bookmarks"][CARTS]["replication_key_value"] == "2026-03-03T12:00:00Z"
    clock.advance(minutes=61)
    assert by_id(read(out.state))[cart]["abandoned_at"] == "2026-03-03T13:00:00Z"
