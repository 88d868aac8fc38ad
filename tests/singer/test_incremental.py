"""The rules of "incremental, never losing a row", one test or more for each."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from tests.support.harness import DEFAULT_STREAMS, NOON, Clock, Output, run

if TYPE_CHECKING:
    from datetime import datetime

    from tap_bigcommerce_carts.sandbox import Request, Sandbox, Shop

CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def ago(**by: float) -> datetime:
    return NOON - timedelta(**by)


def fill(shop: Shop, count: int, first: datetime, step: float = 60, **more: Any) -> list[int]:
    """Add orders, `step` seconds apart; gives their ids."""
    return [
        shop.add_order(modified=first + timedelta(seconds=step * turn), **more)
        for turn in range(count)
    ]


def texts(ids: list[int]) -> list[str]:
    return [str(each) for each in ids]


def list_requests(store: Sandbox, *, status: str | None = "0") -> list[Request]:
    return [
        request
        for request in store.requests
        if request.path.endswith("/v2/orders") and request.query.get("status_id") == status
    ]


# 1. A run reads [bookmark - lookback, upper], both ends inclusive.


def test_rule_1_both_ends_of_the_window_are_read(shop: Shop, config: dict[str, Any]) -> None:
    """A row exactly at the lower bound and one exactly at the upper bound are both there."""
    lower = shop.add_order(modified=ago(hours=5))
    upper = shop.add_order(modified=ago(minutes=60))
    output = run({**config, "start_date": ago(hours=5).isoformat()})
    assert output.ids("abandoned_carts") == texts([lower, upper])


def test_rule_1_a_run_starts_before_its_bookmark(shop: Shop, config: dict[str, Any]) -> None:
    """A row that was written late, a little behind the bookmark, is still found."""
    shop.add_order(modified=ago(hours=3))
    first = run(config)
    late = shop.add_order(modified=ago(hours=3, seconds=300))
    too_late = shop.add_order(modified=ago(hours=3, seconds=301))
    second = run(config, state=first.state)
    assert str(late) in second.ids("abandoned_carts")
    assert str(too_late) not in second.ids("abandoned_carts")
    # The setting widens the look.
    wider = run({**config, "lookback_seconds": 301}, state=first.state)
    assert str(too_late) in wider.ids("abandoned_carts")


def test_rule_1_a_cart_is_abandoned_only_after_an_idle_hour_of_the_servers_clock(
    shop: Shop, config: dict[str, Any], clock: Clock
) -> None:
    """A cart changed 59 minutes ago is not read; a minute later it is, and its bookmark too."""
    fresh = shop.add_order(modified=ago(minutes=59))
    first = run(config)
    assert first.ids("abandoned_carts") == []
    # Orders are read up to now, whatever their state.
    assert first.ids("orders") == [fresh]
    clock.advance(minutes=1)
    second = run(config, state=first.state)
    assert second.ids("abandoned_carts") == [str(fresh)]
    sooner = run({**config, "abandoned_after_minutes": 0})
    assert sooner.ids("abandoned_carts") == [str(fresh)]


def test_rule_1_the_bookmark_never_passes_the_upper_end(
    shop: Shop, store: Sandbox, config: dict[str, Any], clock: Clock
) -> None:
    """Even if the store lists rows beyond the end asked for, no bookmark goes there."""
    store.faults.ignored = ("max_date_modified",)
    shop.add_order(modified=ago(hours=2))
    beyond = shop.add_order(modified=ago(minutes=1))
    output = run(config)
    assert output.bookmark("abandoned_carts") == "2026-03-03T10:00:00Z"
    clock.advance(hours=1)
    assert str(beyond) in run(config, state=output.state).ids("abandoned_carts")


def test_rule_1_end_date_is_exclusive(shop: Shop, config: dict[str, Any]) -> None:
    """A bounded backfill stops before the second it names."""
    inside = shop.add_order(modified=ago(hours=5, seconds=1))
    shop.add_order(modified=ago(hours=5))
    output = run({**config, "end_date": ago(hours=5).isoformat()}, streams=(*CARTS, "orders"))
    assert output.ids("abandoned_carts") == [str(inside)]
    assert output.ids("orders") == [inside]


# 2. Pages are walked by key, not by number; every filter is on every request.


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 250])
def test_rule_2_every_row_comes_once_whatever_the_page_size(
    shop: Shop, config: dict[str, Any], page_size: int
) -> None:
    """Rows that share a second across a page's end are neither lost nor doubled."""
    ids = [
        shop.add_order(modified=ago(hours=9) + timedelta(seconds=turn // 3)) for turn in range(20)
    ]
    output = run({**config, "page_size": page_size})
    assert sorted(output.ids("abandoned_carts"), key=int) == texts(ids)
    assert sorted(output.ids("orders")) == ids


def test_rule_2_every_filter_is_on_every_request(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    fill(shop, 12, ago(hours=9))
    shop.add_customer(modified=ago(hours=1))
    run({**config, "page_size": 5, "channel_ids": [1]})
    carts = list_requests(store)
    assert len(carts) > 2
    # The first answer of the run tells the time, so the first request has an open end. The others
    # end a second later than is read, since it is not known whether a bound is included.
    assert carts[0].query["max_date_modified"] > "2026-03-03T11:00:01+00:00"
    assert {each.query["max_date_modified"] for each in carts[1:]} == {"2026-03-03T11:00:01+00:00"}
    for request in carts:
        assert request.query["sort"] == "date_modified:asc"
        assert request.query["include"] == "consignments.line_items"
        assert request.query["consignment_structure"] == "object"
        assert request.query["channel_id"] == "1"
        assert request.query["limit"] == "5"
        assert "min_date_modified" in request.query
    for request in store.requests:
        assert request.method == "GET"
        # Encoded once: a plus sign must not arrive as a space, nor a percent sign as itself.
        assert "+" not in request.target
        assert "%25" not in request.target
        assert "." not in request.query.get("min_date_modified", "")


@pytest.mark.parametrize("every", [1, 2, 3])
def test_rule_2_orders_that_move_while_they_are_read_are_not_lost(
    shop: Shop, store: Sandbox, config: dict[str, Any], clock: Clock, every: int
) -> None:
    """An order of a page just read moves to the end; over two runs every cart is there."""
    ids = fill(shop, 60, ago(hours=20))
    waiting = list(ids)

    def move(number: int, _request: Request) -> None:
        clock.advance(seconds=1)
        if number > 1 and number % every == 0 and waiting:
            shop.touch(waiting.pop(0))

    store.before(move)
    first = run({**config, "page_size": 7}, streams=CARTS)
    store.before(None)
    clock.advance(hours=2)
    second = run({**config, "page_size": 7}, state=first.state, streams=CARTS)
    seen = {*first.ids("abandoned_carts"), *second.ids("abandoned_carts")}
    assert seen == set(texts(ids))
    # What did not move was there after the first run already.
    assert set(texts(waiting)) <= set(first.ids("abandoned_carts"))


def test_rule_2_a_second_with_more_rows_than_a_page_is_read_whole(
    shop: Shop, config: dict[str, Any]
) -> None:
    before = fill(shop, 3, ago(hours=9))
    crowd = fill(shop, 25, ago(hours=8), step=0)
    after = fill(shop, 3, ago(hours=7))
    output = run({**config, "page_size": 4})
    assert sorted(output.ids("abandoned_carts"), key=int) == texts(before + crowd + after)
    assert len(output.ids("abandoned_carts")) == 31


@pytest.mark.parametrize("leaves", range(2, 12))
def test_rule_2_rows_that_leave_a_crowded_second_pull_no_other_past_the_reader(
    shop: Shop, store: Sandbox, config: dict[str, Any], leaves: int
) -> None:
    """Whenever an order leaves, every order that stays is read."""
    crowd = fill(shop, 20, ago(hours=8), step=0)
    gone = crowd[:2]

    def leave(_number: int, request: Request) -> None:
        if request.path.endswith("/v2/orders") and len(list_requests(store)) == leaves:
            for each in gone:
                shop.convert(each)
            gone.clear()

    store.before(leave)
    output = run({**config, "page_size": 4}, streams=CARTS)
    assert set(texts(crowd[2:])) <= set(output.ids("abandoned_carts"))


# 3. STATE never covers a cart whose line items were not written.


def test_rule_3_no_state_covers_a_cart_without_its_lines(
    shop: Shop, config: dict[str, Any]
) -> None:
    """At every byte of the output: what the STATE says is read has been written with its lines."""
    ids = fill(shop, 23, ago(hours=20), lines=3)
    output = run({**config, "page_size": 5}, streams=CARTS)
    lines: dict[str, int] = {}
    carts: set[str] = set()
    states = 0
    for message in output.messages:
        if message["type"] == "RECORD" and message["stream"] == "abandoned_carts":
            carts.add(message["record"]["id"])
        elif message["type"] == "RECORD":
            cart = message["record"]["abandoned_cart_id"]
            lines[cart] = lines.get(cart, 0) + 1
        elif message["type"] == "STATE":
            states += 1
            assert_covered(message["value"], shop, ids, carts, lines)
    assert states > 4
    assert len(carts) == len(ids)


def assert_covered(
    state: dict[str, Any], shop: Shop, ids: list[int], carts: set[str], lines: dict[str, int]
) -> None:
    for each in ids:
        modified = shop.modified(each).strftime("%Y-%m-%dT%H:%M:%SZ")
        bookmarks = state.get("bookmarks", {})
        if modified <= bookmarks.get("abandoned_carts", {}).get("replication_key_value", ""):
            assert str(each) in carts
            assert lines[str(each)] == 3
        line_mark = bookmarks.get("abandoned_cart_line_items", {}).get("replication_key_value", "")
        if modified <= line_mark:
            assert lines[str(each)] == 3


def test_rule_3_a_run_cut_at_any_message_goes_on_and_loses_nothing(
    shop: Shop, config: dict[str, Any]
) -> None:
    """Every prefix of a run, resumed from its last STATE, gives all carts and lines."""
    ids = fill(shop, 12, ago(hours=20), lines=2)
    settings = {**config, "page_size": 5}
    whole = run(settings, streams=CARTS)
    for cut in range(0, len(whole.messages), 3):
        part = Output(whole.messages[:cut])
        rest = run(settings, state=part.state or None, streams=CARTS)
        assert {*part.ids("abandoned_carts"), *rest.ids("abandoned_carts")} == set(texts(ids))
        keys = {
            (row["abandoned_cart_id"], row["id"])
            for each in (part, rest)
            for row in each.rows("abandoned_cart_line_items")
        }
        assert len(keys) == 24


# 4. A stream selected later is filled from `start_date`.


def test_rule_4_lines_selected_later_are_filled_from_the_start(
    shop: Shop, config: dict[str, Any]
) -> None:
    ids = fill(shop, 9, ago(hours=20), lines=2)
    first = run(config, streams=["abandoned_carts"])
    assert first.rows("abandoned_cart_line_items") == []
    second = run({**config, "page_size": 4}, state=first.state, streams=CARTS)
    assert {row["abandoned_cart_id"] for row in second.rows("abandoned_cart_line_items")} == set(
        texts(ids)
    )
    # The carts themselves were read before; only the look-back comes again.
    assert second.ids("abandoned_carts") == texts(ids[-6:])
    assert second.bookmark("abandoned_carts") == first.bookmark("abandoned_carts")


def test_rule_4_carts_selected_later_are_filled_from_the_start(
    shop: Shop, config: dict[str, Any]
) -> None:
    ids = fill(shop, 9, ago(hours=20), lines=2)
    first = run(config, streams=["abandoned_cart_line_items"])
    assert len(first.rows("abandoned_cart_line_items")) == 18
    assert first.bookmark("abandoned_carts") is None
    second = run(config, state=first.state, streams=CARTS)
    assert second.ids("abandoned_carts") == texts(ids)


def test_rule_4_customers_selected_later_are_filled_from_start_date(
    shop: Shop, config: dict[str, Any]
) -> None:
    fill(shop, 3, ago(hours=5))
    shop.add_customer(modified=ago(days=40))
    young = shop.add_customer(modified=ago(days=10))
    settings = {**config, "start_date": "2026-02-01"}
    first = run(settings, streams=CARTS)
    second = run(settings, state=first.state, streams=DEFAULT_STREAMS)
    assert second.ids("customers") == [young]


# 5. `orders` shows what became of a cart.


def test_rule_5_a_cart_that_converts_is_seen_in_orders_under_the_same_id(
    shop: Shop, config: dict[str, Any], clock: Clock
) -> None:
    cart = shop.add_order(modified=ago(hours=5), lines=2)
    first = run(config)
    assert [row["status_id"] for row in first.rows("orders")] == [0]
    clock.advance(minutes=30)
    shop.convert(cart)
    clock.advance(minutes=30)
    second = run(config, state=first.state)
    (order,) = second.rows("orders")
    assert (order["id"], order["status_id"]) == (cart, 11)
    assert order["cart_id"] == first.rows("abandoned_carts")[0]["cart_id"]
    # The abandonment is a fact of the past: its row is not written again.
    assert second.ids("abandoned_carts") == []


# 6. The current lines of a cart are those with the cart's own date.


def test_rule_6_the_current_lines_carry_the_carts_own_date(
    shop: Shop, config: dict[str, Any], clock: Clock
) -> None:
    cart = shop.add_order(modified=ago(hours=5), lines=3)
    first = run(config)
    clock.advance(hours=1)
    shop.edit_cart(cart)
    clock.advance(hours=2)
    second = run(config, state=first.state)
    (row,) = second.rows("abandoned_carts")
    current = [
        line["id"]
        for output in (first, second)
        for line in output.rows("abandoned_cart_line_items")
        if line["cart_date_modified"] == row["date_modified"]
    ]
    assert sorted(current) == sorted(line["id"] for line in shop.lines(cart))
    assert row["line_item_count"] == len(current)


# 7. Running twice with nothing changed writes nothing new but the look-back.


def test_rule_7_a_second_run_writes_nothing_but_the_look_back(
    shop: Shop, config: dict[str, Any]
) -> None:
    fill(shop, 10, ago(hours=5), step=200)
    first = run(config)
    second = run(config, state=first.state)
    # 300 seconds before the last row: the rows at 0 and 200 seconds before it.
    assert second.ids("abandoned_carts") == first.ids("abandoned_carts")[-2:]
    assert second.state == first.state
    for stream in ("abandoned_carts", "orders"):
        by_id = {row["id"]: row for row in first.rows(stream)}
        assert all(by_id[row["id"]] == row for row in second.rows(stream))


def test_rule_7_a_bookmark_does_not_go_back(shop: Shop, config: dict[str, Any]) -> None:
    """When the newest cart converts, the bookmark stays where it was."""
    ids = fill(shop, 3, ago(hours=5))
    first = run(config)
    shop.convert(ids[-1])
    second = run(config, state=first.state)
    assert second.bookmark("abandoned_carts") == first.bookmark("abandoned_carts")


def test_rule_7_a_batch_is_in_a_state_only_when_it_was_announced(
    shop: Shop, config: dict[str, Any], tmp_path: Any
) -> None:
    """With BATCH files too, no STATE covers a cart whose file was not yet told of."""
    ids = fill(shop, 12, ago(hours=20), lines=2)
    batch = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
        "batch_size": 5,
    }
    output = run({**config, "page_size": 4, "batch_config": batch}, streams=CARTS)
    carts: set[str] = set()
    lines: dict[str, int] = {}
    for message in output.messages:
        if message["type"] == "BATCH":
            for row in batch_rows(message):
                if message["stream"] == "abandoned_carts":
                    carts.add(row["id"])
                else:
                    cart = row["abandoned_cart_id"]
                    lines[cart] = lines.get(cart, 0) + 1
        elif message["type"] == "STATE":
            mark = message["value"]["bookmarks"].get("abandoned_carts", {})
            for each in ids:
                modified = shop.modified(each).strftime("%Y-%m-%dT%H:%M:%SZ")
                if modified <= mark.get("replication_key_value", ""):
                    assert str(each) in carts
                    assert lines[str(each)] == 2
    assert carts == set(texts(ids))
    assert sum(lines.values()) == 24


def batch_rows(message: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for location in message["manifest"]:
        with gzip.open(url2pathname(urlsplit(location).path), "rt") as file:
            rows += [json.loads(line) for line in file]
    return rows


def test_a_bookmark_of_another_store_covers_nothing(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for turn in range(6):
        shop.add_order(modified=NOON - timedelta(hours=30 - turn))
    before = run(config, streams=["abandoned_carts"])
    after = run({**config, "store_name": "two"}, streams=["abandoned_carts"], state=before.state)
    assert len(after.rows("abandoned_carts")) == 6
    assert "`store_name`" in caplog.text
