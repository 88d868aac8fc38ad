"""What a run says: what is read of each stream, how far it is, what it took; and not more."""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from threading import Condition
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.logging import StructuredFormatter

from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tap_bigcommerce_carts.singer import progress
from tests.support.harness import ALL_STREAMS, DEFAULT_STREAMS, NOON, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Request

EARLIER = NOON - timedelta(hours=5)
CARTS, LINES = "abandoned_carts", "abandoned_cart_line_items"
TOOK = r"\d+\.\d s"


def said(log: pytest.LogCaptureFixture, stream: str) -> list[str]:
    """What was said of a stream, in order."""
    told = [each.getMessage() for each in log.records]
    return [each for each in told if each.startswith(f"{stream}: ")]


@pytest.fixture(autouse=True)
def _all(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def test_each_stream_is_told_at_its_start_and_at_its_end(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(5):
        shop.add_order(modified=EARLIER + timedelta(minutes=n), lines=2)
    shop.add_customer(modified=EARLIER)
    settings = {**config, "page_size": 3, "max_parallel_requests": 1, "start_date": "2026-01-01"}
    output = run(settings)
    first, last = said(caplog, CARTS)
    # The store's clock is not known yet.
    assert first == f"{CARTS}: reading what changed from 2026-01-01T00:00:00Z to 60 minutes ago."
    took = rf"3 requests, 0 retries, {TOOK}"
    assert re.fullmatch(rf"{CARTS}: 5 rows, {took}, bookmark 2026-03-03T07:04:00Z\.", last)
    first, last = said(caplog, LINES)
    assert first == (
        f"{LINES}: reading what changed from 2026-01-01T00:00:00Z to 60 minutes ago, with {CARTS}."
    )
    assert re.fullmatch(rf"{LINES}: 10 rows, {took}, bookmark 2026-03-03T07:04:00Z\.", last)
    first, last = said(caplog, "customers")
    assert first == (
        "customers: reading what changed from 2026-01-01T00:00:00Z to 2026-03-03T12:00:00Z."
    )
    assert re.fullmatch(
        rf"customers: 1 row, 1 request, 0 retries, {TOOK}, bookmark 2026-03-03T07:00:00Z\.", last
    )
    caplog.clear()
    run(settings, state=output.state, streams=["orders"])
    assert said(caplog, "orders")[0] == (
        "orders: reading what changed from 2026-03-03T06:59:00Z to now."
    )


def test_what_is_tried_again_is_counted(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    shop.add_order(modified=EARLIER)
    store.faults.script = ["429", "reset", None]
    run(config, streams=["orders"])
    # One more request sees that no row follows.
    assert "1 row, 4 requests, 2 retries, " in said(caplog, "orders")[-1]


def test_a_stream_that_fails_is_told_to_its_end_too(
    shop: Shop, store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for n in range(4):
        shop.add_order(modified=EARLIER + timedelta(minutes=n))
    store.before(lambda number, _request: Fault("422") if number > 2 else None)
    settings = {**config, "page_size": 2, "max_parallel_requests": 1}
    output = run(settings, streams=["orders"], failing=True)
    bookmark = output.bookmark("orders")
    assert said(caplog, "orders")[-1].endswith(f"bookmark {bookmark}.")


def test_streams_that_are_read_whole_and_the_beginning_of_all_time(
    config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    run(config, streams=ALL_STREAMS)
    assert (
        said(caplog, "abandoned_cart_settings")[0] == "abandoned_cart_settings: reading all of it."
    )
    assert "from the beginning to" in said(caplog, CARTS)[0]
    assert said(caplog, CARTS)[-1].endswith("bookmark none.")


def test_lines_are_not_told_of_page_by_page(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """As many messages for ten pages as for one, but for the time each request took.

    The SDK's count of the lines is there, whole.
    """

    def messages(pages: int) -> list[str]:
        caplog.clear()
        run({**config, "page_size": 30 // pages}, streams=[CARTS, LINES])
        said = [each.getMessage() for each in caplog.records if each.levelno >= logging.INFO]
        return [each for each in said if "http_request_duration" not in each]

    for n in range(30):
        shop.add_order(modified=EARLIER + timedelta(minutes=n))
    assert len(messages(10)) == len(messages(1))
    counts = [each for each in messages(10) if "record_count" in each and LINES in each]
    assert len(counts) == 1
    assert '"value":30' in counts[0]


def test_structured_logs_name_the_stream(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    shop.add_order(modified=EARLIER, subtotal_ex_tax="no number")
    run(config)
    form = StructuredFormatter()
    for stream in DEFAULT_STREAMS:
        own = [each for each in caplog.records if each.getMessage().startswith(f"{stream}")]
        assert len(own) >= 2
        for record in own:
            assert json.loads(form.format(record))["stream_name"] == stream


class Pulse:
    """Stands in for the event that ends the signs of life: lets one come when it is told to."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._asked = self._due = 0
        self._ended = False
        self.waits: list[float] = []

    def wait(self, seconds: float) -> bool:
        with self._changed:
            self.waits.append(seconds)
            self._asked += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or self._due >= self._asked)
            return self._ended

    def beat(self) -> None:
        """Let the time pass; returns when the sign has come."""
        with self._changed:
            self._changed.wait_for(lambda: self._asked > self._due)
            self._due += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._asked > self._due)

    def set(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()


def test_a_long_walk_gives_signs_of_life_with_the_date_reached(
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also while a page does not come, which is when it is needed."""
    for n in range(12):
        shop.add_order(modified=EARLIER + timedelta(minutes=n), lines=2)
    pulse = Pulse()
    monkeypatch.setattr(progress, "Event", lambda: pulse)

    def strike(number: int, _request: Request) -> None:
        if number in (1, 5):
            pulse.beat()

    store.before(strike)
    settings = {**config, "page_size": 2, "max_parallel_requests": 1}
    run(settings, streams=[CARTS, LINES])
    told = [each for each in said(caplog, CARTS) if "so far" in each]
    assert len(told) == 2
    costs = rf"so far, (\d) requests?, 0 retries, {TOOK}\."
    match = re.fullmatch(rf"{CARTS}: 0 rows up to no date yet {costs}", told[0])
    assert match
    assert match[1] == "1"
    match = re.fullmatch(rf"{CARTS}: (\d) rows up to 2026-03-03T07:0\d:00Z {costs}", told[1])
    assert match
    # Two pages were written when the fifth was asked for.
    assert 2 <= int(match[1]) <= 8
    assert match[2] == "5"
    assert len([each for each in said(caplog, LINES) if "so far" in each]) == len(told)
    assert all(seconds <= 15 for seconds in pulse.waits)
