"""The store's log: every entry once, whatever happens to the log while it is read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_bigcommerce_carts.errors import StateError, StoreError
from tap_bigcommerce_carts.sandbox.shop.store_log import StoreLog
from tests.support.harness import NOON, Output, logged_errors, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop
    from tests.support.harness import Clock

LOGS = "store_logs"
MARK = "not-an-id"
DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("every_scope")


def fill(shop: Shop, count: int) -> None:
    """Add entries, one an hour, the last of them an hour ago."""
    for hours in range(count, 0, -1):
        shop.log.add(NOON - timedelta(hours=hours))


def read(config: dict[str, Any], state: dict[str, Any] | None = None, **settings: Any) -> Output:
    return run({**config, **settings}, streams=[LOGS], state=state)


def last(output: Output) -> Any:
    """The bookmark: an id."""
    return output.bookmark(LOGS)


def pages(store: Sandbox) -> int:
    return len([each for each in store.requests if each.route == "/v3/store/systemlogs"])


@pytest.mark.parametrize("form", ["digit", "number", "word"])
def test_an_entry_has_its_severity_as_a_number(
    shop: Shop, store: Sandbox, config: dict[str, Any], form: Any
) -> None:
    shop.log.add(NOON, "payment", "Refused.")
    store.faults.log_severity_as = form
    (row,) = read(config).rows(LOGS)
    assert row == {
        "store": "sandbox1",
        "id": 1,
        "date_created": "2026-03-03T12:00:00Z",
        "type": "payment",
        "module": "card_gateway",
        "severity": 4,
        "summary": "Payment refused",
        "message": "Refused.",
    }


def test_a_later_run_reads_down_to_a_page_that_is_known(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    fill(shop, 230)
    first = read(config)
    assert sorted(first.ids(LOGS)) == list(range(1, 231))
    assert (pages(store), last(first)) == (5, 230)
    for _ in range(60):
        shop.log.add(NOON)
    second = read(config, first.state)
    # The newest page is new, the one after it in part, and with the third all is known.
    assert (pages(store), last(second)) == (8, 290)
    assert set(second.ids(LOGS)) == set(range(141, 291))
    third = read(config, second.state)
    assert (pages(store), last(third)) == (9, 290)
    assert set(third.ids(LOGS)) == set(range(241, 291))


@pytest.mark.parametrize("burst", [1, 50, 120])
def test_entries_that_come_while_pages_are_read_push_none_out_of_sight(
    shop: Shop, store: Sandbox, config: dict[str, Any], burst: int
) -> None:
    """So many between the first page and the second that the second may hold none of before."""
    fill(shop, 170)

    def log(number: int, _request: object) -> None:
        if number == 2:
            for _ in range(burst):
                shop.log.add(NOON)

    store.before(log)
    first = run(config, streams=[LOGS], failing=True)
    store.before(None)
    second = read(config, first.state)
    assert {*first.ids(LOGS), *second.ids(LOGS)} == set(range(1, 171 + burst))
    assert last(second) == 170 + burst


def test_entries_that_are_forgotten_meanwhile_take_none_with_them(
    shop: Shop, store: Sandbox, config: dict[str, Any], clock: Clock
) -> None:
    for day in range(360, 180, -1):
        shop.log.add(NOON - DAY * day)

    def wait(number: int, _request: object) -> None:
        if number == 2:
            clock.advance(days=60)

    store.before(wait)
    kept = [each for each in range(1, 181) if each > 55]
    assert set(read(config).ids(LOGS)) >= set(kept)


def test_an_entry_that_shows_late_is_read_though_later_ones_are_known(
    shop: Shop, config: dict[str, Any]
) -> None:
    fill(shop, 30)
    late = shop.log.entries.pop(27)
    first = read(config)
    assert late.id not in first.ids(LOGS)
    shop.log.entries.insert(27, late)
    assert late.id in read(config, first.state).ids(LOGS)


def test_a_run_that_ends_in_the_middle_is_read_again(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """The newest entries are written by then, and the older ones are not."""
    fill(shop, 120)
    first = read(config)
    fill(shop, 120)

    def take(number: int, _request: object) -> None:
        if number == pages_before + 2:
            store.scopes.discard("store_logs_read_only")

    pages_before = len(store.requests)
    store.before(take)
    broken = run(config, streams=[LOGS], state=first.state, failing=True)
    assert (broken.code, last(broken)) == (1, 120)
    store.before(None)
    store.scopes.add("store_logs_read_only")
    again = read(config, broken.state)
    assert set(again.ids(LOGS)) >= set(range(121, 241))
    assert last(again) == 240


def test_a_log_that_was_begun_anew_is_read_whole(shop: Shop, config: dict[str, Any]) -> None:
    fill(shop, 90)
    first = read(config)
    shop.log = StoreLog()
    fill(shop, 70)
    second = read(config, first.state)
    assert set(second.ids(LOGS)) == set(range(1, 71))
    assert last(second) == 70


def test_an_empty_log_changes_nothing(shop: Shop, config: dict[str, Any]) -> None:
    fill(shop, 3)
    first = read(config)
    shop.log = StoreLog()
    second = read(config, first.state)
    assert (second.code, second.rows(LOGS), last(second)) == (0, [], 3)


def test_start_date_ends_the_walk(shop: Shop, store: Sandbox, config: dict[str, Any]) -> None:
    fill(shop, 400)
    output = read(config, start_date="2026-03-01T12:00:00Z")
    assert set(output.ids(LOGS)) == set(range(353, 401))
    assert pages(store) == 2


def test_end_date_leaves_entries_for_a_later_run(shop: Shop, config: dict[str, Any]) -> None:
    fill(shop, 100)
    first = read(config, end_date="2026-03-01T12:00:00Z")
    assert set(first.ids(LOGS)) == set(range(1, 53))
    assert last(first) == 52
    assert set(read(config, first.state).ids(LOGS)) == set(range(1, 101))


@pytest.mark.parametrize(
    ("ignored", "sentence"),
    [("direction", "not in the order asked for"), ("page", "same page for every number")],
)
def test_a_log_that_cannot_be_read_to_its_end_stops_the_stream(
    shop: Shop, store: Sandbox, config: dict[str, Any], ignored: str, sentence: str
) -> None:
    fill(shop, 120)
    store.faults.ignored = (ignored,)
    with pytest.raises(StoreError, match=sentence):
        read(config)


def test_a_page_of_one_second_says_nothing_of_the_order(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    for _ in range(40):
        shop.log.add(NOON)
    store.faults.ignored = ("direction",)
    assert len(read(config).ids(LOGS)) == 40


def test_an_entry_without_a_readable_id_holds_the_bookmark(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    fill(shop, 3)
    shop.log.entries[1] = replace(shop.log.entries[1], id=cast("int", MARK))
    output = run(config, streams=[LOGS], failing=True)
    assert (output.code, output.ids(LOGS), last(output)) == (1, [3, 1], None)
    (line,) = logged_errors(caplog)
    assert "an entry of the log has no readable `id`" in line
    assert MARK not in caplog.text


@pytest.mark.parametrize("value", ["2026-03-01T00:00:00Z", "7", -1, 1.5])
def test_a_bookmark_that_is_no_whole_number_is_refused(config: dict[str, Any], value: Any) -> None:
    bookmark = {"replication_key": "id", "replication_key_value": value}
    with pytest.raises(StateError, match="bookmark of store_logs in the STATE is not a whole"):
        read(config, {"bookmarks": {LOGS: bookmark}})
