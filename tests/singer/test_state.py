"""A STATE as it is given: gone on from if it can be, refused in a sentence if not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import StateError
from tests.support.harness import (
    DEFAULT_STREAMS,
    NOON,
    catalog_entry,
    catalog_for,
    command,
    logged_errors,
    refused,
    run,
    sole_error,
)
from tests.support.planting import EARLIER, MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


NO_DATES: list[Any] = [
    *("", "soon", MARK, "2026-02-30", "2026-13-01T00:00:00Z", 5, 1772550000, True),
    *([], {}, ["2026-03-01"], "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"),
]

# Everything until then would be missed.
IN_THE_FUTURE = ["2026-03-05T00:00:00Z", "2999-01-01T00:00:00Z", "Fri, 06 Mar 2026 10:00:00 GMT"]


def state_of(value: Any, stream: str = "orders") -> dict[str, Any]:
    key = "cart_date_modified" if stream == CARTS[1] else "date_modified"
    bookmark = {"replication_key": key, "replication_key_value": value}
    return {"bookmarks": {stream: bookmark}}


NOT_JSON = "The file given with --state is not JSON."
NO_OBJECT = "The STATE is not a JSON object. Give the last STATE of a run."
NO_BOOKMARKS = "The STATE has no `bookmarks`, or they are not an object."
NO_BOOKMARK = "The bookmark of orders in the STATE is not an object."
NO_DATE = "The bookmark of orders in the STATE is not a date. Mend it"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        *((text, NO_OBJECT) for text in ("[]", "[1]", '"text"', "5", "true")),
        *((text, NOT_JSON) for text in ("{", "")),
        *((f'{{"bookmarks": {text}}}', NO_BOOKMARKS) for text in ("[]", '"x"', "null")),
        *(
            (f'{{"bookmarks": {{"orders": {text}}}}}', NO_BOOKMARK)
            for text in ("[]", '"2026-03-01"', "5")
        ),
        *((json.dumps(state_of(value)), NO_DATE) for value in NO_DATES),
    ],
)
def test_a_state_written_by_hand_with_nonsense_is_refused(
    config: dict[str, Any], state: str, sentence: str
) -> None:
    """Going on from it would miss rows, or read everything again without a word."""
    message = refused(config, StateError, state=state)
    assert message.startswith(sentence)
    assert MARK not in message


@pytest.mark.parametrize("inside", ["{}", '{"bookmarks": {}}'])
def test_a_state_in_meltanos_form_is_told_what_to_take_of_it(
    config: dict[str, Any], inside: str
) -> None:
    """As `meltano state get` prints it."""
    assert "inside its `singer_state`" in refused(
        config, StateError, state=f'{{"singer_state": {inside}}}'
    )


@pytest.mark.parametrize("value", IN_THE_FUTURE)
@pytest.mark.parametrize("stream", DEFAULT_STREAMS)
def test_a_bookmark_in_the_future_ends_its_stream_and_no_other(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, stream: str, value: str
) -> None:
    """Lines come by the walk of the carts, so that a bookmark of the carts is theirs too."""
    shop.add_order(modified=EARLIER)
    shop.add_customer()
    output = run(config, state=state_of(value, stream), failing=True)
    unread = set(CARTS) if stream == "abandoned_carts" else {stream}
    assert set(output.tables) == set(DEFAULT_STREAMS) - unread
    assert output.code == 1
    (line,) = logged_errors(caplog)
    assert f"bookmark of {stream}" in line
    assert "future" in line


@pytest.mark.parametrize(
    ("state", "sentence"),
    [("[1]", NO_OBJECT), ("{", NOT_JSON), (json.dumps(state_of("soon")), NO_DATE)],
)
def test_a_nonsensical_state_ends_the_command_in_one_line(
    store: Sandbox, config: dict[str, Any], tmp_path: Path, state: str, sentence: str
) -> None:
    file = tmp_path / "hand.json"
    file.write_text(state)
    line = sole_error(command(config, "--state", str(file), folder=tmp_path))
    assert line.startswith(sentence)
    assert store.requests == []


@pytest.mark.parametrize(
    "value",
    [
        "Tue, 03 Mar 2026 06:30:00 +0000",
        "Tue, 03 Mar 2026 06:30:00 GMT",
        "2026-03-03T06:30:00Z",
        "2026-03-03T06:30:00+00:00",
        "2026-03-03T08:30:00+02:00",
        "2026-03-03T06:30:00.000000Z",
        "2026-03-03 06:30:00",
        "2026-03-03T06:30:00",
    ],
)
def test_a_bookmark_in_any_form_of_date_is_gone_on_from(
    shop: Shop, config: dict[str, Any], value: str
) -> None:
    """Other taps for BigCommerce left theirs as RFC-2822 text."""
    shop.add_order(modified=NOON - timedelta(hours=6))
    new = shop.add_order(modified=EARLIER)
    output = run(config, state=state_of(value), streams=["orders"])
    assert output.ids("orders") == [new]
    assert output.bookmark("orders") == "2026-03-03T07:00:00Z"


def test_a_bookmark_without_a_value_is_none(shop: Shop, config: dict[str, Any]) -> None:
    order = shop.add_order(modified=EARLIER)
    states: list[dict[str, Any]] = [
        *({"bookmarks": {"orders": {}}}, state_of(None), {"bookmarks": {}}, {})
    ]
    for state in states:
        assert run(config, state=state, streams=["orders"]).ids("orders") == [order]


@pytest.mark.parametrize("value", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
def test_a_bookmark_before_all_time_reads_all(
    shop: Shop, config: dict[str, Any], value: str
) -> None:
    order = shop.add_order(modified=EARLIER)
    customer = shop.add_customer()
    bookmarks: dict[str, Any] = {}
    for stream in DEFAULT_STREAMS:
        bookmarks |= state_of(value, stream)["bookmarks"]
    state = {"bookmarks": bookmarks}
    output = run(config, state=state)
    assert output.ids("orders") == [order]
    assert output.ids("abandoned_carts") == [str(order)]
    assert output.ids("customers") == [customer]


def test_a_bookmark_a_little_ahead_is_a_matter_of_clocks(
    shop: Shop, config: dict[str, Any]
) -> None:
    """Two minutes ahead of the store's clock is taken; an hour is refused: rows would be missed."""
    shop.add_order(modified=EARLIER)
    output = run(config, state=state_of("2026-03-03T12:02:00Z"), streams=["orders"])
    assert output.ids("orders") == []
    with pytest.raises(StateError, match="future"):
        run(config, state=state_of("2026-03-03T13:00:00Z"), streams=["orders"])


def test_a_bookmark_of_another_key_is_refused(config: dict[str, Any]) -> None:
    state = state_of("2026-03-03T06:30:00Z")
    state["bookmarks"]["orders"]["replication_key"] = "id"
    with pytest.raises(StateError, match="`date_modified`"):
        run(config, state=state, streams=["orders"])


def test_bookmarks_of_other_taps_are_handed_on(shop: Shop, config: dict[str, Any]) -> None:
    state = state_of("2026-03-03T06:30:00Z")
    state["bookmarks"]["elsewhere"] = {"cursor": [1, 2]}
    shop.add_order(modified=EARLIER)
    output = run(config, state=state, streams=["orders"])
    assert output.state["bookmarks"]["elsewhere"] == {"cursor": [1, 2]}


def test_a_state_file_that_is_not_there(config: dict[str, Any], tmp_path: Path) -> None:
    output = command(config, "--state", str(tmp_path / "nowhere"), folder=tmp_path)
    # As click says it of any file.
    assert output.code == 2
    assert "Traceback" not in output.log
    assert "Invalid value for '--state'" in output.log


def test_a_full_table_catalog_reads_all_and_keeps_the_bookmark(
    shop: Shop, config: dict[str, Any]
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(hours=n)) for n in range(4)]
    catalog = catalog_for(["orders"])
    for each in catalog_entry(catalog, "orders")["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["forced-replication-method"] = "FULL_TABLE"
            each["metadata"]["replication-method"] = "FULL_TABLE"
    catalog_entry(catalog, "orders")["replication_method"] = "FULL_TABLE"
    state = state_of("2026-03-03T09:30:00Z")
    output = run(config, catalog=catalog, state=state)
    # No STATE follows the rows, since none moved: they must be written all the same.
    assert output.ids("orders") == ids
    assert output.bookmark("orders") in (None, "2026-03-03T09:30:00Z")
