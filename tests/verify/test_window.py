"""Which dates are settled, and what a STATE says of that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tap_bigcommerce_carts.errors import StateError, UnverifiedError
from tap_bigcommerce_carts.verify.check import Asked
from tap_bigcommerce_carts.verify.state import Bookmark, bookmarks_in, streams_in
from tap_bigcommerce_carts.verify.window import cut_off, settled
from tests.support.harness import NOON
from tests.support.settings import parsed

SECOND = timedelta(seconds=1)
MARGIN = timedelta(minutes=60, seconds=300)
DAY = timedelta(days=1)
STATE = {
    "bookmarks": {
        "orders": {
            "replication_key": "date_modified",
            "replication_key_value": "2026-03-03T11:00:00Z",
            "start_date": "2026-01-01T00:00:00Z",
            "channel_ids": [1, 2],
            "source": "bigcommerce",
            "store_name": "abc123",
            "passed_by": [7],
        },
        "customers": {"start_date": None},
        "cart_events": {"replication_key": "sequence", "replication_key_value": 9},
    }
}


def test_it_ends_before_what_may_still_be_read_again() -> None:
    window = settled(parsed(), {"orders": NOON, "customers": NOON - DAY}, NOON, Asked())
    assert window.upper == NOON - DAY - MARGIN - SECOND
    assert window.lower == window.upper - 30 * DAY


def test_a_bookmark_ahead_of_the_clock_counts_for_no_more_than_the_clock() -> None:
    assert settled(parsed(), {"orders": NOON + DAY}, NOON, Asked()).upper < NOON - MARGIN


def test_it_holds_what_is_asked_for_and_what_was_to_be_loaded() -> None:
    settings = parsed(start_date="2026-02-01", end_date="2026-02-20")
    asked = Asked(start=NOON - 300 * DAY, end=NOON)
    window = settled(settings, {"orders": NOON}, NOON, asked)
    assert window.lower == datetime(2026, 2, 1, tzinfo=UTC)
    assert window.upper == datetime(2026, 2, 20, tzinfo=UTC) - SECOND
    asked = Asked(start=NOON - 20 * DAY, end=NOON - 15 * DAY)
    window = settled(settings, {"orders": NOON}, NOON, asked)
    assert (window.lower, window.upper) == (asked.start, NOON - 15 * DAY - SECOND)


def test_what_of_the_dates_asked_for_is_left_out_is_told() -> None:
    asked = Asked(start=NOON - 300 * DAY, end=NOON + 300 * DAY)
    settings = parsed(start_date="2026-02-01")
    window = settled(settings, {"orders": NOON}, NOON, asked)
    before, after = cut_off(settings, asked, window)
    assert "2026-02-01T00:00:00Z was not checked: `start_date`" in before
    assert after.endswith("it is not settled yet.")
    settings = parsed(end_date="2026-02-20")
    (after,) = cut_off(settings, asked, settled(settings, {"orders": NOON}, NOON, asked))
    assert after.startswith("What changed since 2026-02-20T00:00:00Z was not checked: `end_date`")
    asked = Asked(start=NOON - 20 * DAY, end=NOON - 15 * DAY)
    assert cut_off(parsed(), asked, settled(parsed(), {"orders": NOON}, NOON, asked)) == []


def test_where_nothing_is_settled_it_says_up_to_when_loads_came() -> None:
    with pytest.raises(UnverifiedError, match="2026-03-03T12:00:00Z"):
        settled(parsed(), {"orders": NOON}, NOON, Asked(start=NOON - timedelta(minutes=30)))


@pytest.mark.parametrize("state", [STATE, {"singer_state": STATE, "completed": {}}])
def test_a_state_is_read_in_either_form(state: dict[str, object]) -> None:
    assert streams_in(state) == ("orders", "customers", "cart_events")
    assert bookmarks_in(state, ["orders", "customers", "cart_events"]) == {
        "orders": Bookmark(
            reached=NOON - timedelta(hours=1),
            start=datetime(2026, 1, 1, tzinfo=UTC),
            channels=frozenset({1, 2}),
            passed_by=(7,),
            source="bigcommerce",
            store="abc123",
        )
    }


@pytest.mark.parametrize("state", [{"singer_state": 1}, {"bookmark": {}}, {"bookmarks": []}])
def test_what_is_no_state_is_refused(state: dict[str, object]) -> None:
    with pytest.raises(StateError):
        bookmarks_in(state, ["orders"])
