"""Settings that say what is read, changed between runs: nothing the new ones ask for is missing.

What a bookmark was read with stands beside it in the STATE, so that a run can tell.
"""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Shop

pytestmark = pytest.mark.slow

CARTS, LINES = "abandoned_carts", "abandoned_cart_line_items"
DAYS = range(20, 0, -1)
FEBRUARY_20 = "2026-02-20"
MARCH_1 = "2026-03-01"


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """A cart (two lines) and a customer a day, the carts from three storefronts in turn."""
    for day in DAYS:
        modified = NOON - timedelta(days=day)
        channel = (1, 2, 1017)[day % 3]
        shop.add_order(modified=modified, lines=2, channel_id=channel)
        shop.add_customer(modified=modified, origin_channel_id=channel, channel_ids=[channel])
    return shop


def read(rows: dict[str, list[dict[str, Any]]], stream: str) -> set[int]:
    """Which days' rows there are, as days before the last one."""
    key = "abandoned_cart_id" if stream == LINES else "id"
    ids = {int(row[key]) for row in rows[stream]}
    first = 1 if stream == "customers" else 100
    return {DAYS[each - first] for each in ids}


def days(*, since: int = 20, channels: tuple[int, ...] = (1, 2, 1017)) -> set[int]:
    return {day for day in DAYS if day <= since and (1, 2, 1017)[day % 3] in channels}


def notices(caplog: pytest.LogCaptureFixture, stream: str, setting: str) -> list[str]:
    """What the log tells of a stream and a setting."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.levelno in (logging.INFO, logging.WARNING)
        and setting in record.getMessage()
        and re.search(rf"\b{stream}\b", record.getMessage())
    ]


# The dates: noon of 3 March less 11 days is 20 February, less 2 is 1 March.


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
@pytest.mark.parametrize("earlier", [FEBRUARY_20, None])
def test_a_start_date_moved_earlier_is_read_from(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stream: str,
    earlier: str | None,
) -> None:
    del shop
    first = run({**config, "start_date": MARCH_1}, streams=DEFAULT_STREAMS)
    assert read(first.tables, stream) == days(since=2)
    caplog.clear()
    more = {"start_date": earlier} if earlier else {}
    with caplog.at_level(logging.INFO):
        second = run({**config, **more}, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, stream) == days(since=11 if earlier else 20)
    assert len(notices(caplog, stream, "start_date")) == 1
    # Told and done once: the next run goes on from its bookmark.
    caplog.clear()
    with caplog.at_level(logging.INFO):
        third = run({**config, **more}, state=second.state, streams=DEFAULT_STREAMS)
    assert read(third.tables, stream) == {1}
    assert notices(caplog, stream, "start_date") == []
    assert third.state == second.state


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
def test_a_start_date_moved_later_only_narrows(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    del shop
    first = run({**config, "start_date": FEBRUARY_20}, streams=DEFAULT_STREAMS)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        second = run({**config, "start_date": MARCH_1}, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, stream) == {1}
    assert second.bookmark(stream) == first.bookmark(stream)
    assert notices(caplog, stream, "start_date") == []


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
@pytest.mark.parametrize("later", [MARCH_1, "2026-03-04"], ids=["before", "after the bookmark"])
def test_a_start_date_moved_later_and_back_leaves_no_gap(
    shop: Shop, config: dict[str, Any], clock: Clock, stream: str, later: str
) -> None:
    """What lies between a bookmark and a start date after it is read once that is moved back."""
    first = run({**config, "start_date": FEBRUARY_20}, streams=DEFAULT_STREAMS)
    cart = shop.add_order(modified=NOON - timedelta(hours=3))
    customer = shop.add_customer(modified=NOON - timedelta(hours=3))
    clock.advance(days=2)
    second = run({**config, "start_date": later}, state=first.state, streams=DEFAULT_STREAMS)
    third = run({**config, "start_date": FEBRUARY_20}, state=second.state, streams=DEFAULT_STREAMS)
    name, key = ("abandoned_cart_id", str(cart)) if stream == LINES else ("id", cart)
    if stream == CARTS:
        key = str(cart)
    elif stream == "customers":
        key = customer
    found = [row for output in (second, third) for row in output.rows(stream) if row[name] == key]
    assert found


def test_a_start_date_written_in_another_way_is_the_same(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    del shop
    first = run({**config, "start_date": MARCH_1}, streams=DEFAULT_STREAMS)
    caplog.clear()
    same = {**config, "start_date": "2026-03-01T02:00:00+02:00"}
    with caplog.at_level(logging.INFO):
        second = run(same, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, CARTS) == {1}
    assert second.state == first.state
    assert notices(caplog, CARTS, "start_date") == []


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
@pytest.mark.parametrize(
    ("before", "after"),
    [((1,), (1, 2)), ((1,), (2,)), ((1, 2), ()), ((1,), ())],
    ids=["a channel more", "another channel", "filter of two lifted", "filter lifted"],
)
def test_channels_that_were_not_read_before_are_read_from_start_date(  # noqa: PLR0913
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    stream: str,
    before: tuple[int, ...],
    after: tuple[int, ...],
) -> None:
    del shop
    settings = {**config, "start_date": FEBRUARY_20}
    first = run({**settings, "channel_ids": [*before]}, streams=DEFAULT_STREAMS)
    assert read(first.tables, stream) == days(since=11, channels=before)
    caplog.clear()
    wider = {**settings, **({"channel_ids": [*after]} if after else {})}
    with caplog.at_level(logging.INFO):
        second = run(wider, state=first.state, streams=DEFAULT_STREAMS)
    asked = after or (1, 2, 1017)
    assert read(second.tables, stream) == days(since=11, channels=asked)
    assert len(notices(caplog, stream, "channel_ids")) == 1
    caplog.clear()
    with caplog.at_level(logging.INFO):
        third = run(wider, state=second.state, streams=DEFAULT_STREAMS)
    assert read(third.tables, stream) == {min(days(channels=asked))}
    assert notices(caplog, stream, "channel_ids") == []


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
@pytest.mark.parametrize("before", [(1, 2), ()], ids=["a channel less", "filter set"])
def test_channels_taken_out_only_narrow(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    *,
    stream: str,
    before: tuple[int, ...],
) -> None:
    """Only another channel's row is in the look-back: nothing comes."""
    del shop
    given = {"channel_ids": [*before]} if before else {}
    first = run({**config, **given}, streams=DEFAULT_STREAMS)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        second = run({**config, "channel_ids": [1]}, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, stream) == set()
    assert second.bookmark(stream) == first.bookmark(stream)
    assert notices(caplog, stream, "channel_ids") == []


def test_a_channel_taken_out_and_put_back_is_read_again(shop: Shop, config: dict[str, Any]) -> None:
    """While it was out, its new rows were not read: they are before the bookmark now."""
    both = {**config, "channel_ids": [1, 2]}
    first = run(both, streams=DEFAULT_STREAMS)
    missed = shop.add_order(modified=NOON - timedelta(hours=3), channel_id=2)
    shop.add_order(modified=NOON - timedelta(hours=2), channel_id=1)
    second = run({**config, "channel_ids": [1]}, state=first.state, streams=DEFAULT_STREAMS)
    third = run(both, state=second.state, streams=DEFAULT_STREAMS)
    assert str(missed) in third.ids(CARTS)
    assert missed in third.ids("orders")


@pytest.mark.parametrize("others", [(CARTS,), ("orders",), (LINES, "customers")])
def test_a_stream_not_selected_when_a_setting_changed_is_read_anew_once_it_is(
    shop: Shop, config: dict[str, Any], others: tuple[str, ...]
) -> None:
    """Each bookmark has settings of its own."""
    del shop
    wider = {**config, "start_date": FEBRUARY_20, "channel_ids": [1, 2]}
    for before in ({"start_date": MARCH_1}, {"channel_ids": [1]}):
        first = run({**wider, **before}, streams=DEFAULT_STREAMS)
        second = run(wider, state=first.state, streams=others)
        third = run(wider, state=second.state, streams=DEFAULT_STREAMS)
        for stream in DEFAULT_STREAMS:
            found = read(second.tables, stream) if stream in others else set()
            assert found | read(third.tables, stream) == days(since=11, channels=(1, 2))
            if stream in others:
                assert read(third.tables, stream) == {1}


def test_the_order_of_channels_means_nothing(shop: Shop, config: dict[str, Any]) -> None:
    del shop
    first = run({**config, "channel_ids": [1, 2]}, streams=DEFAULT_STREAMS)
    second = run({**config, "channel_ids": [2, 1, 2]}, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, CARTS) == {1}
    assert second.state == first.state


def test_both_changed_is_told_in_one_line(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    del shop
    first = run({**config, "start_date": MARCH_1, "channel_ids": [2]}, streams=DEFAULT_STREAMS)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        second = run(
            {**config, "start_date": FEBRUARY_20, "channel_ids": [1, 2]},
            state=first.state,
            streams=DEFAULT_STREAMS,
        )
    for stream in DEFAULT_STREAMS:
        assert read(second.tables, stream) == days(since=11, channels=(1, 2))
        told = {*notices(caplog, stream, "start_date"), *notices(caplog, stream, "channel_ids")}
        assert len(told) == 1


# What stands in the STATE


def test_the_state_holds_what_its_bookmarks_were_read_with(
    shop: Shop, config: dict[str, Any]
) -> None:
    del shop
    chosen = {**config, "start_date": MARCH_1, "channel_ids": [2, 1]}
    bookmarks = run(chosen, streams=DEFAULT_STREAMS).state["bookmarks"]
    for stream in DEFAULT_STREAMS:
        assert bookmarks[stream]["start_date"] == "2026-03-01T00:00:00Z"
        assert bookmarks[stream]["channel_ids"] == [1, 2]


@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
def test_an_old_state_without_settings_is_gone_on_from(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, stream: str
) -> None:
    """What nobody noted cannot have changed; from now on it is noted."""
    del shop
    old = {
        "bookmarks": {
            each: {
                "replication_key": "cart_date_modified" if each == LINES else "date_modified",
                "replication_key_value": "2026-03-02T12:00:00Z",
            }
            for each in DEFAULT_STREAMS
        }
    }
    given = deepcopy(old)
    caplog.clear()
    chosen = {**config, "start_date": MARCH_1, "channel_ids": [1, 2, 1017]}
    with caplog.at_level(logging.INFO):
        output = run(chosen, state=given, streams=DEFAULT_STREAMS)
    assert read(output.tables, stream) == {1}
    assert notices(caplog, stream, "start_date") + notices(caplog, stream, "channel_ids") == []
    noted = output.state["bookmarks"][stream]
    assert noted["start_date"] == "2026-03-01T00:00:00Z"
    assert noted["channel_ids"] == [1, 2, 1017]


def test_a_reading_anew_that_was_cut_is_taken_up_again(shop: Shop, config: dict[str, Any]) -> None:
    """Killed at any message of the run that fills the gap: the next runs still fill it."""
    del shop
    first = run({**config, "start_date": MARCH_1}, streams=DEFAULT_STREAMS)
    earlier = {**config, "start_date": FEBRUARY_20, "page_size": 4}
    whole = run(earlier, state=first.state, streams=DEFAULT_STREAMS)
    for cut in range(0, len(whole.messages), 7):
        rows: dict[str, list[dict[str, Any]]] = {stream: [] for stream in DEFAULT_STREAMS}
        state = first.state
        for message in whole.messages[:cut]:
            if message["type"] == "RECORD":
                rows[message["stream"]].append(message["record"])
            elif message["type"] == "STATE":
                state = message["value"]
        rest = run(earlier, state=state, streams=DEFAULT_STREAMS)
        for stream in DEFAULT_STREAMS:
            rows[stream] += rest.tables[stream]
            assert read(rows, stream) == days(since=11)


# A stream selected later


@pytest.mark.parametrize("late", DEFAULT_STREAMS)
@pytest.mark.parametrize("page_size", [3, 250])
def test_a_stream_selected_later_is_filled_from_start_date(
    shop: Shop, config: dict[str, Any], *, late: str, page_size: int
) -> None:
    """The others go on from their bookmarks, and theirs are not touched."""
    del shop
    chosen = {**config, "start_date": FEBRUARY_20, "page_size": page_size}
    others = [stream for stream in DEFAULT_STREAMS if stream != late]
    first = run(chosen, streams=others)
    assert first.bookmark(late) is None
    second = run(chosen, state=first.state, streams=DEFAULT_STREAMS)
    assert read(second.tables, late) == days(since=11)
    for stream in others:
        assert read(second.tables, stream) == {1}
        assert second.bookmark(stream) == first.bookmark(stream)
    assert second.bookmark(late) == "2026-03-02T12:00:00Z"


@pytest.mark.parametrize("late", DEFAULT_STREAMS)
def test_a_stream_left_out_for_a_while_goes_on_where_it_was(
    shop: Shop, config: dict[str, Any], late: str
) -> None:
    del shop
    first = run(config, streams=DEFAULT_STREAMS)
    others = [stream for stream in DEFAULT_STREAMS if stream != late]
    second = run(config, state=first.state, streams=others)
    assert second.bookmark(late) == first.bookmark(late)
    third = run(config, state=second.state, streams=DEFAULT_STREAMS)
    assert read(third.tables, late) == {1}
