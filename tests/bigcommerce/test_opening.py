"""The first request of a run: asked before the time is known, and asked again if it was wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import StoreError
from tests.support.harness import NOON, Clock, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


def read(config: dict[str, Any], mark: datetime | None = None) -> list[Any]:
    state = {"bookmarks": {"orders": {"replication_key_value": mark.isoformat()}}} if mark else None
    return run({**config, "lookback_seconds": 0}, state=state, streams=["orders"]).ids("orders")


@pytest.mark.parametrize("hours", [0, 23, 900 * 24])
def test_a_machine_whose_clock_is_behind_reads_up_to_the_stores(
    shop: Shop, store: Sandbox, config: dict[str, Any], clock: Clock, hours: int
) -> None:
    """A day behind costs nothing, more than that one request; another sees the list's end."""
    clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
    orders = [shop.add_order(modified=clock.now - timedelta(hours=hours)) for hours in (30, 0)]
    assert read(config) == orders
    assert len(store.requests) == (2 if hours < 24 else 3)


def test_what_lies_beyond_the_stores_time_is_left_for_the_next_run(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    now = shop.add_order(modified=NOON)
    shop.add_order(modified=NOON + timedelta(seconds=1))
    assert read(config) == [now]
    assert len(store.requests) == 1


def test_a_bookmark_a_little_ahead_of_the_stores_time_misses_nothing(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """Servers' clocks differ: what changes between the two is read from the store's time on."""
    order = shop.add_order(modified=NOON)
    assert read(config, NOON + timedelta(minutes=4)) == [order]
    assert len(store.requests) == 3


def test_a_bookmark_in_the_future_is_told_by_the_stores_time(
    store: Sandbox, config: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match="lies in the future"):
        read(config, NOON + timedelta(days=1))
    assert len(store.requests) == 1


def test_a_first_page_that_keeps_failing_is_asked_for_in_halves(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    orders = [shop.add_order(modified=NOON - timedelta(hours=hours)) for hours in (3, 2, 1)]
    store.faults.script = ["504"] * 3
    assert read({**config, "page_size": 8}) == orders
    assert [request.query["limit"] for request in store.requests] == ["8", "8", "8", "4", "3"]


def test_no_answer_at_all_is_told(store: Sandbox, config: dict[str, Any]) -> None:
    store.faults.rate, store.faults.kinds = 1.0, ("reset",)
    with pytest.raises(StoreError, match=r"\(`api_url`\) broke off at /v2/orders"):
        read({**config, "retry_for": 0})
