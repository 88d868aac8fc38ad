"""Bad input, from the user and from the store: one readable line, the right code, a good STATE."""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft7Validator
from singer_sdk.exceptions import MapExpressionError

from tap_bigcommerce_carts.errors import CatalogError, StateError, StoreError
from tap_bigcommerce_carts.streams.abandoned_cart_saver import EMAILS_FIELDS, SETTINGS_FIELDS
from tap_bigcommerce_carts.streams.abandoned_carts import CART_FIELDS, LINE_FIELDS
from tap_bigcommerce_carts.streams.customers import CUSTOMER_FIELDS
from tap_bigcommerce_carts.streams.orders import ORDER_FIELDS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import (
    DEFAULT_STREAMS,
    NOON,
    Output,
    catalog_for,
    command,
    error_lines,
    read_messages,
    run,
)
from tests.support.scripted import Answer, Script
from tools.sandbox import Fault, Sandbox, Shop
from tools.sandbox.bigcommerce import routes

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.rows.fields import Field

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
EARLIER = NOON - timedelta(hours=5)
ONE_FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FILES = ("state", "catalog")
# What the command tells in one line.
EXPECTED = (CatalogError, StateError, StoreError)
# Never in a log.
MARK = "shopper-said-this-4c1d"


def failed(output: Output) -> str:
    """Check that a command failed as it should; gives its one ERROR line."""
    assert output.code == 1
    assert "Traceback" not in output.log
    lines = error_lines(output)
    assert len(lines) == 1, lines
    return lines[0]


def assert_valid(output: Output) -> None:
    """Every row fits the schema that was written for it, dates in the one form."""
    schemas = {
        each["stream"]: each["schema"] for each in output.messages if each["type"] == "SCHEMA"
    }
    for stream, rows in output.tables.items():
        validator = Draft7Validator(schemas[stream])
        dates = [
            name
            for name, of in schemas[stream]["properties"].items()
            if of.get("format") == "date-time"
        ]
        for row in rows:
            problems = [f"{stream}.{[*each.path]}" for each in validator.iter_errors(row)]
            assert problems == []
            for name in dates:
                assert row.get(name) is None or ONE_FORM.fullmatch(row[name])


def invoked(config: dict[str, Any], **files: str) -> str:
    """Run what the command runs, in this process; gives the sentence it would end with."""
    given: dict[str, Any] = {
        name: io.StringIO(files[name]) if name in files else None for name in FILES
    }
    settings = SimpleNamespace(config=dict(config), parse_env=False)
    with (
        redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8")),
        pytest.raises(EXPECTED) as caught,
    ):
        TapBigCommerceCarts.invoke(config=settings, **given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def attempt(config: dict[str, Any], caplog: pytest.LogCaptureFixture, *streams: str) -> None:
    """Read what holds something unreadable: a sentence, or valid rows and a warning."""
    said = ""
    try:
        output = run({**config, "retry_for": 0}, streams=streams)
    except StoreError as error:
        said = str(error)
    else:
        assert_valid(output)
        assert [each for each in caplog.records if each.levelname == "WARNING"]
    assert "\n" not in said
    assert MARK not in said + caplog.text


# What the user gives: token, hash, address


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_wrong_token(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, form: Any
) -> None:
    shop.add_order(modified=EARLIER)
    store.faults.unauthorized_as = form
    output = command({**config, "access_token": "wrong-token"}, folder=tmp_path)
    line = failed(output)
    assert "`access_token`" in line
    assert "wrong-token" not in output.log
    assert output.rows("orders") == []
    assert len(store.requests) == 1


def test_an_empty_token(store: Sandbox, config: dict[str, Any], tmp_path: Path) -> None:
    assert "`access_token`" in failed(command({**config, "access_token": ""}, folder=tmp_path))
    assert store.requests == []


def test_a_wrong_hash_is_told_with_each_stream(config: dict[str, Any], tmp_path: Path) -> None:
    """Every address of that store answers 403, as where a scope is missing: both are named."""
    output = command({**config, "store_hash": "other1"}, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    lines = error_lines(output)
    assert lines
    assert all("`store_hash`" in line and "other1" in line for line in lines)


def test_a_wrong_hash_that_leads_to_a_web_page(tmp_path: Path) -> None:
    page = Answer(404, "<html><title>404 Not Found</title></html>", form="text/html")
    with Script(page).serving() as script:
        settings = {"api_url": script.url, "store_hash": "other1", "access_token": "t"}
        output = command(settings, folder=tmp_path)
    assert output.code == 1
    lines = error_lines(output)
    assert lines
    assert all("`store_hash` (other1)" in line for line in lines)


def test_an_unreachable_host(config: dict[str, Any], tmp_path: Path) -> None:
    settings = {**config, "api_url": "http://127.0.0.1:9", "retry_for": 0}
    line = failed(command(settings, folder=tmp_path))
    assert "`api_url`" in line
    assert "127.0.0.1:9" in line


@pytest.mark.parametrize("address", ["https://a..example.com", "https://no-such-host.invalid"])
def test_an_address_that_leads_nowhere(
    config: dict[str, Any], tmp_path: Path, address: str
) -> None:
    settings = {**config, "api_url": address, "retry_for": 0}
    assert "`api_url`" in failed(command(settings, folder=tmp_path))


def test_another_servers_page(store: Sandbox, config: dict[str, Any], tmp_path: Path) -> None:
    """An address of the sandbox that is no API: 404 in text."""
    settings = {**config, "api_url": f"{store.url}/elsewhere", "retry_for": 0}
    output = command(settings, folder=tmp_path)
    assert output.code == 1
    assert all("`api_url`" in line for line in error_lines(output))


def test_an_answer_that_is_not_json(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Carts are read, customers are not: the STATE covers the carts alone."""
    cart = shop.add_order(modified=EARLIER)
    customer = shop.add_customer()
    store.faults.only = "/v3/customers"
    store.faults.rate, store.faults.kinds = 1.0, ("cut_json",)
    output = command({**config, "retry_for": 0}, folder=tmp_path)
    assert "not JSON" in failed(output)
    assert output.ids("abandoned_carts") == [str(cart)]
    store.faults.rate = 0
    rest = run(config, state=output.state)
    assert rest.ids("customers") == [customer]


@pytest.mark.parametrize(
    "maps", [{"orders": {"x": "1 +"}}, {"orders": 5}, {"orders": {"__else__": None}}]
)
def test_a_stream_map_that_cannot_be(config: dict[str, Any], tmp_path: Path, maps: Any) -> None:
    output = command({**config, "stream_maps": maps}, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert error_lines(output)


# Scopes


def test_a_lacking_scope_leaves_out_its_streams_and_no_other(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """One line names stream and scope; the others are read; the code is not 0."""
    cart = shop.add_order(modified=EARLIER)
    shop.add_customer()
    store.scopes -= {"store_v2_customers_read_only"}
    output = command(config, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    (line,) = [each for each in error_lines(output) if "scope" in each]
    assert "customers" in line
    assert "Customers: read-only" in line
    assert output.ids("orders") == [cart]
    assert output.ids("abandoned_carts") == [str(cart)]
    assert output.bookmark("orders") == "2026-03-03T07:00:00Z"
    assert output.bookmark("customers") is None


def test_every_stream_that_was_not_read_is_named(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """The lines come with the carts' request: without it they are missing too."""
    shop.add_order(modified=EARLIER)
    customer = shop.add_customer()
    store.scopes -= {"store_v2_orders_read_only"}
    output = command(config, folder=tmp_path)
    assert output.code == 1
    told = " ".join(error_lines(output))
    assert "Orders: read-only" in told
    for stream in ("abandoned_carts", "abandoned_cart_line_items", "orders"):
        assert re.search(rf"\b{stream}\b", told), stream
    assert output.ids("customers") == [customer]


def test_only_selected_streams_are_named(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    shop.add_order(modified=EARLIER)
    store.scopes -= {"store_v2_orders_read_only"}
    output = command(config, folder=tmp_path, catalog=catalog_for(["abandoned_cart_line_items"]))
    assert output.code == 1
    told = " ".join(error_lines(output))
    assert "abandoned_cart_line_items" in told
    assert not re.search(r"\babandoned_carts\b", told)


def test_no_scope_at_all_hints_at_hash_and_token(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """A token that was made for another store gets 403 everywhere."""
    store.scopes = set()
    output = command(config, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    told = " ".join(error_lines(output))
    assert "`store_hash`" in told
    assert "token" in told
    assert all(output.rows(stream) == [] for stream in DEFAULT_STREAMS)


@pytest.mark.parametrize("lacking", ["store_v2_information_read_only"])
@pytest.mark.usefixtures("every_scope")
def test_the_saver_streams_name_their_scope(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, lacking: str
) -> None:
    order = shop.add_order(modified=EARLIER)
    store.scopes -= {lacking}
    catalog = catalog_for(["orders", "abandoned_cart_settings", "abandoned_cart_emails"])
    output = command(config, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    lines = [each for each in error_lines(output) if "Information & settings: read-only" in each]
    assert len(lines) == 2
    assert output.ids("orders") == [order]


@pytest.mark.usefixtures("every_scope")
def test_without_the_channels_scope_the_stores_own_settings_are_read(
    store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store.scopes -= {"store_channel_settings_read_only"}
    output = run(config, streams=["abandoned_cart_settings"])
    assert [row["channel_id"] for row in output.rows("abandoned_cart_settings")] == [0]
    assert "Channel settings: read-only" in caplog.text


def test_a_scope_taken_away_in_the_middle_leaves_a_good_state(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(minutes=n)) for n in range(9)]

    def take(number: int, _request: object) -> None:
        if number == 4:
            store.scopes.discard("store_v2_orders_read_only")

    store.before(take)
    settings = {**config, "page_size": 2}
    first = run(settings, streams=CARTS)
    assert first.code == 1
    assert 0 < len(first.ids("abandoned_carts")) < 9
    store.before(None)
    store.scopes.add("store_v2_orders_read_only")
    second = run(settings, state=first.state, streams=CARTS)
    seen = {*first.ids("abandoned_carts"), *second.ids("abandoned_carts")}
    assert seen == {str(each) for each in ids}


# STATE


NO_BOOKMARKS: list[Any] = [
    *("", "soon", MARK, "2026-02-30", "2026-13-01T00:00:00Z", 5, 1772550000, True),
    *([], {}, ["2026-03-01"], "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00"),
]
# Everything until then would be missed.
IN_THE_FUTURE = ["2026-03-05T00:00:00Z", "2999-01-01T00:00:00Z", "Fri, 06 Mar 2026 10:00:00 GMT"]


def state_of(value: Any, stream: str = "orders") -> dict[str, Any]:
    key = "cart_date_modified" if stream == CARTS[1] else "date_modified"
    bookmark = {"replication_key": key, "replication_key_value": value}
    return {"bookmarks": {stream: bookmark}}


@pytest.mark.parametrize(
    "state",
    [
        "[]",
        "[1]",
        '"text"',
        "5",
        "true",
        "{",
        "",
        '{"bookmarks": []}',
        '{"bookmarks": "x"}',
        '{"bookmarks": null}',
        '{"bookmarks": {"orders": []}}',
        '{"bookmarks": {"orders": "2026-03-01"}}',
        '{"bookmarks": {"orders": 5}}',
        *(json.dumps(state_of(value)) for value in NO_BOOKMARKS),
    ],
)
def test_a_state_written_by_hand_with_nonsense_is_refused(
    config: dict[str, Any], state: str
) -> None:
    """Going on from it would miss rows, or read everything again without a word."""
    message = invoked(config, state=state)
    assert "STATE" in message or "--state" in message
    assert MARK not in message


@pytest.mark.parametrize("inside", ["{}", '{"bookmarks": {}}'])
def test_a_state_in_meltanos_form_is_told_what_to_take_of_it(
    config: dict[str, Any], inside: str
) -> None:
    """As `meltano state get` prints it."""
    assert "inside its `singer_state`" in invoked(config, state=f'{{"singer_state": {inside}}}')


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
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert f"bookmark of {stream}" in line
    assert "future" in line


@pytest.mark.parametrize("state", ["[1]", "{", json.dumps(state_of("soon"))])
def test_a_nonsensical_state_ends_the_command_in_one_line(
    store: Sandbox, config: dict[str, Any], tmp_path: Path, state: str
) -> None:
    file = tmp_path / "hand.json"
    file.write_text(state)
    line = failed(command(config, "--state", str(file), folder=tmp_path))
    assert "STATE" in line or "--state" in line
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


def test_a_catalog_with_another_replication_key_is_refused(config: dict[str, Any]) -> None:
    catalog = catalog_for(["orders"])
    entry(catalog, "orders")["replication_key"] = "date_created"
    with pytest.raises(CatalogError, match="date_created"):
        run(config, catalog=catalog)


def test_a_stream_map_that_does_not_fit_is_a_sentence(shop: Shop, config: dict[str, Any]) -> None:
    """Amounts are decimals: the first thing anyone writes multiplies one with a float."""
    shop.add_order(modified=EARLIER)
    maps = {"orders": {"half": "total_inc_tax * 0.5"}}
    with pytest.raises(MapExpressionError, match=r"orders.*float"):
        run({**config, "stream_maps": maps}, streams=["orders"])


@pytest.mark.parametrize(
    "maps",
    [
        {"orders": {"half": "float(total_inc_tax) / 2"}},
        {"orders": {"__alias__": "sales"}},
        {"orders": {"total_tax": None}},
        {"sales": {"__source__": "orders"}},
    ],
)
def test_a_map_of_a_stream_that_is_not_selected_is_refused(
    store: Sandbox, config: dict[str, Any], tmp_path: Path, maps: dict[str, Any]
) -> None:
    catalog = catalog_for(["customers"])
    line = failed(command({**config, "stream_maps": maps}, folder=tmp_path, catalog=catalog))
    assert "`stream_maps`" in line
    assert "orders" in line
    assert "select" in line
    assert not store.requests


@pytest.mark.parametrize(
    ("maps", "wrong", "meant"),
    [
        ({"custommers": {"email": None}}, "custommers", "customers"),
        ({"abandoned_cart": {"customer_email": None}}, "abandoned_cart", "abandoned_carts"),
        ({"Orders": {"customer_email": None}}, "Orders", "orders"),
        # Nothing would be left out either.
        ({"custommers": None}, "custommers", "customers"),
        ({"people": {"__source__": "custommers"}}, "custommers", "customers"),
        # What a map makes has no map of its own.
        ({"orders": {"__alias__": "sales"}, "sales": {"x": None}}, "sales", None),
        ({"custom*s_": {"email": None}}, "custom*s_", None),
        ({"*_carts_*": {"customer_email": None}}, "*_carts_*", None),
        ({"x": {"__source__": "order[!s]"}}, "order[!s]", None),
    ],
)
def test_a_map_of_a_stream_that_does_not_exist_is_refused_with_the_name_meant(  # noqa: PLR0913, PLR0917
    store: Sandbox,
    config: dict[str, Any],
    tmp_path: Path,
    maps: dict[str, Any],
    wrong: str,
    meant: str | None,
) -> None:
    """What it was to mask would be loaded."""
    line = failed(command({**config, "stream_maps": maps}, folder=tmp_path))
    assert f"`{wrong}`" in line
    assert "`stream_maps`" in line
    if meant:
        assert f"did you mean `{meant}`?" in line
    assert not store.requests


def test_a_map_of_streams_that_exist_is_taken(shop: Shop, config: dict[str, Any]) -> None:
    """By name, by pattern, under another name, and all others left out."""
    order = shop.add_order(modified=EARLIER)
    shop.add_customer()
    maps = {
        "orders": {"__alias__": "sales", "source": "'shop'"},
        "[c]ustom*": {"notes": None},
        "lost": {
            "__source__": "abandoned_carts",
            "store": "store",
            "id": "id",
            "of": "platform",
            "__else__": None,
        },
        "__else__": None,
    }
    output = run({**config, "stream_maps": maps}, streams=DEFAULT_STREAMS)
    assert output.ids("sales") == [order]
    assert [set(row) for row in output.rows("lost")] == [{"store", "id", "of"}]
    (customer,) = output.rows("customers")
    assert "notes" not in customer
    assert output.rows("abandoned_carts") == []


def test_a_column_taken_out_that_is_not_there_is_refused(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Columns can be added under any name, but what is not there cannot be masked."""
    maps = {"orders": {"custommer_email": None, "upc": None}, "abandoned_cart*": {"upc": None}}
    line = failed(command({**config, "stream_maps": maps}, folder=tmp_path))
    assert "`stream_maps`" in line
    assert "`custommer_email`" in line
    assert "did you mean `customer_email`?" in line
    assert line.count("`upc`") == 1
    assert not store.requests


@pytest.mark.parametrize("pattern", ["*", "abandoned_cart*"])
def test_a_map_of_all_streams_is_for_those_that_are_selected(
    shop: Shop, config: dict[str, Any], pattern: str
) -> None:
    shop.add_order(modified=EARLIER, lines=2)
    maps = {pattern: {"source": "'bigcommerce'"}, "orders": None}
    for streams in (CARTS, CARTS[:1], CARTS[1:]):
        output = run({**config, "stream_maps": maps}, streams=streams)
        assert set(output.tables) == set(streams)
        for stream in streams:
            assert all(row["source"] == "bigcommerce" for row in output.rows(stream))


@pytest.mark.parametrize("road", ["bigcommerce", "api2cart"])
@pytest.mark.parametrize(
    "rule",
    [
        "float(customer_email) > 5",
        "geoip_country > 5",
        '"x" in geoip_country',
        'customer_message["city"] == "x"',
        "total_inc_tax * 0.5 > 5",
    ],
)
def test_a_filter_of_carts_that_does_not_fit_is_a_sentence(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str, rule: str
) -> None:
    """It is asked for each cart, before the lines: what it stumbles over is the shopper's."""
    shop.add_order(
        modified=EARLIER,
        geoip_country="",
        customer_message="",
        billing_address={"email": f"{MARK}@example.org"},
    )
    config = store.config() if road == "bigcommerce" else store.api2cart_config()
    maps = {"abandoned_carts": {"__filter__": rule}}
    catalog = catalog_for(CARTS, road)
    output = command({**config, "stream_maps": maps}, folder=tmp_path, catalog=catalog)
    assert "A stream map of abandoned_carts does not fit a row" in failed(output)
    assert MARK not in output.log


def test_bookmarks_of_other_taps_are_handed_on(shop: Shop, config: dict[str, Any]) -> None:
    state = state_of("2026-03-03T06:30:00Z")
    state["bookmarks"]["elsewhere"] = {"cursor": [1, 2]}
    shop.add_order(modified=EARLIER)
    output = run(config, state=state, streams=["orders"])
    assert output.state["bookmarks"]["elsewhere"] == {"cursor": [1, 2]}


def test_a_state_file_that_is_not_there(config: dict[str, Any], tmp_path: Path) -> None:
    output = command(config, "--state", str(tmp_path / "nowhere"), folder=tmp_path)
    assert output.code != 0
    assert "Traceback" not in output.log
    assert "--state" in output.log


# Catalogs


@pytest.mark.parametrize(
    "catalog",
    [
        *("[]", "5", '"text"', "{", "", "{}", '{"streams": 5}', '{"streams": {}}', "true"),
        *('{"streams": null}', '{"streams": [5]}', '{"streams": [{}]}', '{"streams": ["orders"]}'),
        '{"streams": [{"tap_stream_id": "orders", "schema": 5}]}',
        '{"streams": [{"tap_stream_id": "orders", "schema": {}, "metadata": [5]}]}',
    ],
)
def test_what_is_no_catalog_is_refused(shop: Shop, config: dict[str, Any], catalog: str) -> None:
    """A file that is none would leave out data without a word."""
    shop.add_order(modified=EARLIER)
    assert "catalog" in invoked(config, catalog=catalog).lower()


@pytest.mark.parametrize("catalog", ["[]", "{"])
def test_what_is_no_catalog_ends_the_command_in_one_line(
    config: dict[str, Any], tmp_path: Path, catalog: str
) -> None:
    file = tmp_path / "given.json"
    file.write_text(catalog)
    line = failed(command(config, "--catalog", str(file), folder=tmp_path))
    assert "catalog" in line.lower()


def test_a_catalog_that_selects_an_unknown_stream(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Its data would be missing: the run does not begin."""
    catalog = catalog_for(["orders"])
    strange = json.loads(json.dumps(catalog["streams"][0]))
    strange["tap_stream_id"] = strange["stream"] = "wishlists"
    strange["metadata"][0]["metadata"] = {}
    for each in strange["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["selected"] = True
    catalog["streams"].append(strange)
    line = failed(command(config, folder=tmp_path, catalog=catalog))
    assert "wishlists" in line
    assert "orders" in line
    assert store.requests == []


def test_an_unknown_stream_that_is_not_selected_does_no_harm(
    shop: Shop, config: dict[str, Any]
) -> None:
    catalog = catalog_for(["orders"])
    strange = json.loads(json.dumps(catalog["streams"][0]))
    strange["tap_stream_id"] = strange["stream"] = "wishlists"
    for each in strange["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["selected"] = False
    catalog["streams"].append(strange)
    order = shop.add_order(modified=EARLIER)
    assert run(config, catalog=catalog).ids("orders") == [order]


def entry(catalog: dict[str, Any], stream: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in catalog["streams"] if each["tap_stream_id"] == stream
    )
    return found


def test_a_catalog_of_an_older_version_lacks_columns(shop: Shop, config: dict[str, Any]) -> None:
    """Rows have the columns the catalog knows, so that they fit the schema written."""
    shop.add_order(modified=EARLIER)
    catalog = catalog_for(CARTS)
    for stream, columns in (
        ("abandoned_carts", ["recovery_url", "billing_address"]),
        ("abandoned_cart_line_items", ["product_options", "sku"]),
    ):
        older = entry(catalog, stream)
        for column in columns:
            del older["schema"]["properties"][column]
            older["metadata"] = [
                each for each in older["metadata"] if each["breadcrumb"][1:2] != [column]
            ]
    output = run(config, catalog=catalog)
    for stream in CARTS:
        (row,) = output.rows(stream)
        assert set(row) == set(entry(catalog, stream)["schema"]["properties"])
    assert_valid(output)


def test_deselected_columns_are_not_written(shop: Shop, config: dict[str, Any]) -> None:
    """Keys and the replication key stay, whatever is asked."""
    shop.add_order(modified=EARLIER)
    catalog = catalog_for(["orders", *CARTS])
    out = {"customer_email", "total_inc_tax", "billing_address", "sku", "status"}
    for stream in catalog["streams"]:
        for each in stream["metadata"]:
            if each["breadcrumb"][1:] and each["breadcrumb"][1] in out:
                each["metadata"]["selected"] = False
    output = run(config, catalog=catalog)
    for stream in ("orders", *CARTS):
        (row,) = output.rows(stream)
        assert not out & set(row)
        assert {"store", "id"} <= set(row)
    assert output.bookmark("orders") == "2026-03-03T07:00:00Z"
    assert_valid(output)


def test_a_full_table_catalog_reads_all_and_keeps_the_bookmark(
    shop: Shop, config: dict[str, Any]
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(hours=n)) for n in range(4)]
    catalog = catalog_for(["orders"])
    for each in entry(catalog, "orders")["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["forced-replication-method"] = "FULL_TABLE"
            each["metadata"]["replication-method"] = "FULL_TABLE"
    entry(catalog, "orders")["replication_method"] = "FULL_TABLE"
    state = state_of("2026-03-03T09:30:00Z")
    output = run(config, catalog=catalog, state=state)
    # No STATE follows the rows, since none moved: they must be written all the same.
    assert output.ids("orders") == ids
    assert output.bookmark("orders") in (None, "2026-03-03T09:30:00Z")


# Values of the wrong type, in any field


LOST = object()  # null, and counted


@dataclass
class Wrong:
    """A value, and what each kind of column makes of it; a kind not named cannot read it."""

    value: Any
    read: dict[str, Any] = field(default_factory=dict)
    # For kinds not named.
    otherwise: Any = LOST


def same(value: Any, *kinds: str) -> dict[str, Any]:
    return dict.fromkeys(kinds, value)


TEXTS = ("text", "any")
HUGE = 10**37
EMOJI = "🛒👩🏽\u200d🚀 ok"
RIGHT_TO_LEFT = "\u0639\u0631\u0628\u0629 \u202e\u05e2\u05d2\u05dc\u05d4"
WRONG: dict[str, Wrong] = {
    "null": Wrong(None, otherwise=None),
    "empty text": Wrong("", otherwise=None),
    "empty list": Wrong([], {"object": None, "list": [], "values": [], "any": "[]"}),
    "list": Wrong([MARK], {"any": f'["{MARK}"]'}),
    "list of lists": Wrong([[MARK], None], {"any": f'[["{MARK}"],null]'}),
    "object": Wrong({"odd": MARK}, {"object": ..., "list": ..., "any": f'{{"odd":"{MARK}"}}'}),
    "true": Wrong(value=True, read={"boolean": True, "any": "true"}),
    "false": Wrong(value=False, read={"boolean": False, "any": "false"}),
    "number": Wrong(41_907, {**same(41_907, "integer", "number"), **same("41907", *TEXTS)}),
    "zero": Wrong(
        0, {**same(0, "integer", "number"), "id": None, "boolean": False, **same("0", *TEXTS)}
    ),
    "negative": Wrong(-7, {**same(-7, "integer", "number"), **same("-7", *TEXTS)}),
    "fraction": Wrong(msgspec.Raw(b"12.50"), {"number": Decimal("12.50"), **same("12.50", *TEXTS)}),
    "text": Wrong(MARK, same(MARK, *TEXTS)),
    "number as text": Wrong(
        "0041907.0000",
        {
            "integer": 41_907,
            "number": Decimal("41907.0000"),
            **same("0041907.0000", *TEXTS),
        },
    ),
    "not a number": Wrong("NaN", same("NaN", *TEXTS)),
    "infinity": Wrong("-Infinity", same("-Infinity", *TEXTS)),
    "huge": Wrong(msgspec.Raw(str(HUGE).encode()), {"number": HUGE, **same(str(HUGE), *TEXTS)}),
    "huge fraction": Wrong(
        msgspec.Raw(b"123456789012345678901234567890.25"),
        {
            "number": Decimal("123456789012345678901234567890.25"),
            **same("123456789012345678901234567890.25", *TEXTS),
        },
    ),
    "huge exponent": Wrong(msgspec.Raw(b"1e400"), same(..., *TEXTS)),
    "nul": Wrong(f"{MARK}\0end", same(f"{MARK}end", *TEXTS)),
    "emoji": Wrong(EMOJI, same(EMOJI, *TEXTS)),
    "right to left": Wrong(RIGHT_TO_LEFT, same(RIGHT_TO_LEFT, *TEXTS)),
    "astral": Wrong("𐍈\U0010fffd", same("𐍈\U0010fffd", *TEXTS)),
    "line ends": Wrong("a\r\nb\u2028c\tz", same("a\r\nb\u2028c\tz", *TEXTS)),
    "markup": Wrong('</td>"; DROP --\\', same('</td>"; DROP --\\', *TEXTS)),
    "impossible date": Wrong(
        "Mon, 30 Feb 2026 10:00:00 +0000", {**same("Mon, 30 Feb 2026 10:00:00 +0000", *TEXTS)}
    ),
    "date at the calendar's end": Wrong(
        "0001-01-01T00:00:00+01:00", same("0001-01-01T00:00:00+01:00", *TEXTS)
    ),
}
Path_ = tuple[str, ...]


def kind(column: Field) -> str:
    """The kind of a column, by its schema; ids and many-typed text by what they are called."""
    if column.kind.name == "an id":
        return "id"
    if column.kind.read.__name__ == "any_texts":
        return "any"
    schema = column.schema()
    if schema.get("format") == "date-time":
        return "date"
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    name: str = next(each for each in types if each != "null")
    if name == "array":
        return "values" if column.items else "list"
    return {"string": "text"}.get(name, name)


def expectation(column: Field, wrong: Wrong) -> Any:
    """What a column makes of a value; LOST if nothing."""
    of = kind(column)
    if of in wrong.read:
        return wrong.read[of]
    if of == "id" and "integer" in wrong.read:
        return wrong.read["integer"]
    return wrong.otherwise


@dataclass(frozen=True)
class Place:
    """Where a value stands: the column's path in the row, and the path in the document."""

    row: Path_
    document: Path_
    column: Field

    @property
    def name(self) -> str:
        return ".".join(self.row)


def places(fields: tuple[Field, ...], leave_out: set[str]) -> Iterator[Place]:
    """All columns, and the properties of objects and of lists of objects."""
    for column in fields:
        if column.name not in leave_out:
            yield Place((column.name,), column.path, column)
        elif not column.fields:
            continue
        yield from below(column, (column.name,), column.path)


def below(column: Field, row: Path_, document: Path_) -> Iterator[Place]:
    for inner in column.fields:
        here, there = (*row, inner.name), (*document, inner.path[-1])
        yield Place(here, there, inner)
        yield from below(inner, here, there)


def planted(document: dict[str, Any], path: Path_, value: Any) -> dict[str, Any]:
    """A copy of a document with a value put where the path leads; lists get one object."""
    first, *rest = path
    if not rest:
        return {**document, first: value}
    inside = document.get(first)
    if isinstance(inside, list) or first in LISTS:
        return {**document, first: [planted({}, tuple(rest), value)]}
    return {
        **document,
        first: planted(inside if isinstance(inside, dict) else {}, tuple(rest), value),
    }


LISTS = {"form_fields", "applied_discounts", "product_options", "addresses", "translations"}


def found(row: dict[str, Any], path: Path_) -> Any:
    value: Any = row
    for name in path:
        if isinstance(value, list):
            (value,) = value
        value = value[name]
    return value


Plant = Callable[[Shop, Path_, Any], Any]


def plant_order(shop: Shop, path: Path_, value: Any) -> Any:
    """Add an order that is served with the value; gives its id."""
    order = shop.add_order(modified=EARLIER)
    content = shop.order_records[order].keep()
    content.document |= planted(content.document, path, value)
    return order


# Lines that are served otherwise than they are, by their ids.
SPOILT: dict[int, Any] = {}


@pytest.fixture(autouse=True)
def spoilt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the spoilt lines from `/products` too."""
    SPOILT.clear()
    monkeypatch.setattr(routes, "line_view", lambda line, _shape: SPOILT.get(line["id"], line))


def plant_line(shop: Shop, path: Path_, value: Any) -> Any:
    """Add an order whose one line is served with the value, in both places it is served."""
    order = shop.add_order(modified=EARLIER)
    content = shop.order_records[order].keep()
    (line,) = content.lines
    SPOILT[line["id"]] = spoilt_line = planted(line, path, value)
    content.document["consignments"] = {"shipping": [{"id": 1, "line_items": [spoilt_line]}]}
    return line["id"]


def plant_customer(shop: Shop, path: Path_, value: Any) -> Any:
    customer = shop.add_customer(modified=EARLIER)
    document = shop.customer_records[customer].content.document
    document |= planted(document, path, value)
    return customer


@dataclass(frozen=True)
class Table:
    """A stream whose every field can be planted."""

    stream: str
    fields: tuple[Field, ...]
    plant: Plant
    # Keys, and columns that are not read from a field of their own.
    leave_out: frozenset[str]
    select: tuple[str, ...]


TABLES = (
    Table(
        "abandoned_carts",
        CART_FIELDS,
        plant_order,
        frozenset(
            "store platform id order_id date_modified is_guest line_item_count status_id".split()
        ),
        CARTS,
    ),
    Table(
        "abandoned_cart_line_items",
        LINE_FIELDS,
        plant_line,
        frozenset("store abandoned_cart_id cart_date_modified id".split()),
        CARTS,
    ),
    Table(
        "orders",
        ORDER_FIELDS,
        plant_order,
        frozenset("store id date_modified".split()),
        ("orders",),
    ),
    Table(
        "customers",
        CUSTOMER_FIELDS,
        plant_customer,
        # The address book is asked for by itself if it cannot be read, see below.
        frozenset("store id date_modified addresses".split()),
        ("customers",),
    ),
)


def spoken(stream: str, log: pytest.LogCaptureFixture) -> dict[str, int]:
    """The warnings about a stream: column and count."""
    told: dict[str, int] = {}
    for record in log.records:
        match = re.match(rf"{stream}\.(\S+): (\d+) ", record.getMessage())
        if match and record.levelname == "WARNING":
            told[match[1]] = told.get(match[1], 0) + int(match[2])
    return told


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stream)
def test_a_value_of_the_wrong_type_in_any_field(
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    table: Table,
    wrong: str,
) -> None:
    """Read if nothing is lost by it; else null, counted by field, and never told."""
    case = WRONG[wrong]
    where = {
        table.plant(shop, place.document, case.value): place
        for place in places(table.fields, {*table.leave_out})
    }
    output = run(config, streams=table.select)
    assert output.code == 0
    assert_valid(output)
    rows = {str(row["id"]): row for row in output.rows(table.stream)}
    assert set(rows) == {str(each) for each in where}
    told = spoken(table.stream, caplog)
    wrongly = []
    for key, place in where.items():
        expected = expectation(place.column, case)
        value = found(rows[str(key)], place.row)
        if expected is LOST:
            # A list that cannot be read has no items left, or is null.
            good = value in (None, []) and told.get(place.name, 0) >= 1
        elif expected is ...:
            good = True
        else:
            good = value == expected and type(value) in (type(expected), Decimal)
            # Columns from inside the billing address are told of once, for the order whose
            # whole address is wrong.
            inside = table.stream == "abandoned_carts" and len(place.column.path) > 1
            good = good and (told.get(place.name, 0) <= inside)
        if not good:
            wrongly.append((place.name, told.get(place.name, 0)))
    assert wrongly == []
    assert MARK not in caplog.text


def test_losses_are_counted_over_the_whole_run(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Seven times wrong on three pages: one warning with the number seven."""
    for _ in range(7):
        plant_order(shop, ("subtotal_ex_tax",), MARK)
    run({**config, "page_size": 3}, streams=["orders"])
    assert spoken("orders", caplog) == {"subtotal_ex_tax": 7}
    assert len([each for each in caplog.messages if "subtotal_ex_tax" in each]) == 1


@pytest.mark.parametrize("wrong", [w for w in WRONG if w not in {"null", "empty text"}])
@pytest.mark.usefixtures("every_scope")
def test_a_value_of_the_wrong_type_in_the_saver_streams(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, wrong: str
) -> None:
    """All fields at once: the rows come, valid, and the value is in no log."""
    value = WRONG[wrong].value
    for column in SETTINGS_FIELDS:
        if not column.key:
            shop.emails.settings[column.path[0]] = value
    (step, *_) = shop.emails.steps
    for column in EMAILS_FIELDS:
        if not column.key:
            step[column.path[0]] = value
    streams = ("abandoned_cart_settings", "abandoned_cart_emails")
    output = run(config, streams=streams)
    assert_valid(output)
    assert len(output.rows("abandoned_cart_settings")) == 4
    assert len(output.rows("abandoned_cart_emails")) > 4
    assert MARK not in caplog.text


@pytest.mark.parametrize("address", [MARK, [MARK], 7, True])
def test_an_address_that_is_none_is_told_in_every_stream_that_reads_it(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, address: Any
) -> None:
    """The e-mail address of an order stands inside the billing address."""
    plant_order(shop, ("billing_address",), address)
    output = run(config)
    assert output.rows("orders")[0]["customer_email"] is None
    for stream in ("abandoned_carts", "orders"):
        assert spoken(stream, caplog), stream
    assert MARK not in caplog.text


@pytest.mark.parametrize("customer_id", [MARK, [MARK], {"id": 5}, True, 10**40])
def test_an_unreadable_customer_is_not_taken_for_a_guest(
    shop: Shop, config: dict[str, Any], customer_id: Any
) -> None:
    """0 means a guest; what cannot be read means that we do not know."""
    value = msgspec.Raw(str(customer_id).encode()) if customer_id == 10**40 else customer_id
    plant_order(shop, ("customer_id",), value)
    (row,) = run(config).rows("abandoned_carts")
    assert row["customer_id"] is None
    assert row["is_guest"] is None


@pytest.mark.parametrize("count", ["12", 12, Decimal(12)])
def test_more_addresses_than_the_list_embeds_are_asked_for(
    shop: Shop, config: dict[str, Any], count: Any
) -> None:
    """However the number of them is written."""
    customer = shop.add_customer(addresses=12)
    value = msgspec.Raw(b"12.0") if isinstance(count, Decimal) else count
    shop.customer_records[customer].content.document["address_count"] = value
    (row,) = run(config, streams=["customers"]).rows("customers")
    assert len(row["addresses"]) == 12


@pytest.mark.parametrize("addresses", [None, "", MARK, {}, {"id": MARK}, 7, True, [], [None]])
def test_an_address_book_that_cannot_be_read_is_asked_for(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, addresses: Any
) -> None:
    """The list's answer is not the only place it is in."""
    customer = shop.add_customer(addresses=1)
    shop.customer_records[customer].content.document["addresses"] = addresses
    output = run(config, streams=["customers"])
    (row,) = output.rows("customers")
    assert_valid(output)
    assert len(row["addresses"]) == 1 or spoken("customers", caplog)["addresses"] == 1
    assert MARK not in caplog.text


@pytest.mark.parametrize("modified", [EARLIER])
def test_odd_forms_seen_in_practice_make_the_same_rows(
    shop: Shop, store: Sandbox, config: dict[str, Any], modified: Any
) -> None:
    """Money as numbers, an object for the card type, form fields in each of their shapes."""
    shop.add_order(
        modified=modified, lines=[shop.line(price="12.34")], date_shipped="", is_deleted=True
    )
    absent = shop.add_order(modified=modified)
    shop.leave_out(absent, "is_deleted", "ip_address_v6", "external_order_id", "custom_status")
    plain = run(config)
    assert plain.rows("orders")[0]["date_shipped"] is None
    assert [row["is_deleted"] for row in plain.rows("orders")] == [True, None]
    store.faults.credit_card_type_object = True
    store.faults.empty_list_as_200 = True
    store.faults.money_as_number = True
    odd = run(config)
    assert odd.tables == plain.tables
    store.faults.form_fields_as = "string"
    fields = run(config).rows("abandoned_carts")[0]["billing_address"]["form_fields"]
    assert fields in (None, [])
    store.faults.form_fields_as = "array_value"
    (only,) = run(config).rows("abandoned_carts")[0]["billing_address"]["form_fields"]
    assert only == {"name": "Sizes", "value": '["S","M"]'}


def test_half_an_emoji_does_not_keep_the_store_from_being_read(
    shop: Shop, config: dict[str, Any]
) -> None:
    """Text cut in the middle of a character is valid JSON; the half becomes a stand-in."""
    half = msgspec.Raw(rb'"cut \ud83d here"')
    order = plant_order(shop, ("customer_message",), half)
    (row,) = run({**config, "retry_for": 0}).rows("abandoned_carts")
    assert row["order_id"] == order
    assert row["customer_message"] == "cut \ufffd here"


def test_unknown_new_fields_never_break_a_run(shop: Shop, config: dict[str, Any]) -> None:
    order = plant_order(shop, ("brand_new",), {"deep": [MARK]})
    plant_line(shop, ("brand_new",), [MARK])
    plant_customer(shop, ("brand_new",), MARK)
    output = run(config)
    assert order in output.ids("orders")
    assert_valid(output)
    assert MARK not in json.dumps(output.messages, default=str)


# Rows that cannot be kept


ROW_FAULTS: list[tuple[str, Any]] = [
    ("id", None),
    ("id", ""),
    ("id", MARK),
    ("id", []),
    ("id", {}),
    ("id", True),
    ("id", msgspec.Raw(b"1e40")),
    ("id", msgspec.Raw(b"12.5")),
    ("date_modified", None),
    ("date_modified", ""),
    ("date_modified", MARK),
    ("date_modified", 1772550000),
    ("date_modified", ["2026-03-03"]),
    ("date_modified", "0001-01-01T00:00:00+01:00"),
]


@pytest.mark.parametrize(("name", "value"), ROW_FAULTS)
@pytest.mark.parametrize("stream", ["orders", "customers", "abandoned_carts"])
def test_a_row_without_id_or_date_is_passed_by_in_one_line(  # noqa: PLR0913, PLR0917
    shop: Shop,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    stream: str,
    name: str,
    value: Any,
) -> None:
    """It can neither be kept nor left out in silence. The others are read."""
    plant = plant_customer if stream == "customers" else plant_order
    plant(shop, (name,), value)
    plant(shop, ("notes",), "in order")
    output = run(config, streams=[stream], failing=True)
    assert output.code == 1
    assert len(output.rows(stream)) == 1
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert f"no readable `{name}`" in line
    assert stream in line
    assert MARK not in caplog.text


def test_a_row_without_a_date_is_named_and_tried_again(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    good = [shop.add_order(modified=EARLIER + timedelta(minutes=10 * n)) for n in range(4)]
    bad = shop.add_order(modified=EARLIER + timedelta(minutes=15))
    shop.order_records[bad].keep().document["date_modified"] = MARK
    settings, catalog = {**config, "page_size": 2}, catalog_for(["orders"])
    output = command(settings, folder=tmp_path, catalog=catalog)
    line = failed(output)
    assert f"order {bad}" in line
    assert MARK not in output.log
    assert output.ids("orders") == good
    # The bookmark is that of the row before.
    assert output.bookmark("orders") == "2026-03-03T07:10:00Z"
    shop.order_records[bad].keep().document["date_modified"] = "Tue, 03 Mar 2026 07:15:00 +0000"
    rest = run(settings, state=output.state, streams=["orders"])
    assert rest.ids("orders") == [good[1], bad, good[2], good[3]]
    assert rest.bookmark("orders") == "2026-03-03T07:30:00Z"


@pytest.mark.parametrize("row", [None, 5, MARK, [], [MARK]])
def test_a_row_that_is_no_object_is_told(
    shop: Shop, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch, row: Any
) -> None:
    shop.add_order(modified=EARLIER)
    monkeypatch.setattr(routes, "order_bytes", lambda _order, _shape: msgspec.json.encode(row))
    with pytest.raises(StoreError):
        run(config, streams=["orders"])


@pytest.mark.parametrize(
    "value",
    [None, "", MARK, [], [1], {}, {"a": 1}, True, msgspec.Raw(b"1e40"), msgspec.Raw(b"1.5")],
)
def test_a_line_without_a_readable_id_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, value: Any
) -> None:
    """No row without its key: a warning, or a run that says that it is not whole."""
    plant_line(shop, ("id",), value)
    attempt(config, caplog, *CARTS)


@pytest.mark.parametrize("line", [None, 5, MARK, [], [MARK], {}])
def test_a_line_that_is_no_object_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, line: Any
) -> None:
    order = shop.add_order(modified=EARLIER, lines=2)
    content = shop.order_records[order].keep()
    first, second = content.lines
    content.document["consignments"] = {"shipping": [{"id": 1, "line_items": [first, line]}]}
    SPOILT[second["id"]] = line
    attempt(config, caplog, *CARTS)


@pytest.mark.parametrize("step", [None, 5, MARK, [], {}, {"id": None}, {"id": MARK}, {"id": []}])
@pytest.mark.usefixtures("every_scope")
def test_an_email_step_without_a_readable_id_is_not_lost_in_silence(
    shop: Shop, config: dict[str, Any], caplog: pytest.LogCaptureFixture, step: Any
) -> None:
    whole = run(config, streams=["abandoned_cart_emails"])
    shop.emails.steps.append(step)
    output = run(config, streams=["abandoned_cart_emails"], failing=True)
    assert output.code == 1
    assert output.rows("abandoned_cart_emails") == whole.rows("abandoned_cart_emails")
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert "a reminder e-mail of channel 0 has no readable `id`" in line
    assert MARK not in caplog.text


@pytest.mark.parametrize("channel", [None, 5, MARK, {}, {"id": None}, {"id": MARK}, {"id": []}])
@pytest.mark.parametrize("stream", ["abandoned_cart_settings", "abandoned_cart_emails"])
@pytest.mark.usefixtures("every_scope")
def test_a_channel_without_a_readable_id_is_not_lost_in_silence(
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    channel: Any,
    stream: str,
) -> None:
    (route,) = [each for each in routes.ROUTES if each.template == "/v3/channels"]
    odd = routes.Route(
        route.template,
        route.scope,
        lambda _call: routes.wrapped([{"id": 1}, channel]),
        route.pattern,
    )
    others = [each for each in routes.ROUTES if each is not route]
    monkeypatch.setattr(routes, "ROUTES", [*others, odd])
    attempt(config, caplog, stream)


@pytest.mark.usefixtures("every_scope")
def test_unreadable_ids_end_the_command_without_a_traceback(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    plant_line(shop, ("id",), [MARK])
    shop.emails.steps.append({"id": None})
    catalog = catalog_for([*CARTS, "abandoned_cart_emails"])
    output = command({**config, "retry_for": 0}, folder=tmp_path, catalog=catalog)
    assert "Traceback" not in output.log
    assert MARK not in output.log
    assert_valid(output)
    assert output.code == len(error_lines(output)) or "WARNING" in output.log


def test_a_list_out_of_order_stops_the_run(shop: Shop, config: dict[str, Any]) -> None:
    """A list that ignores the sort cannot be walked by date without losing rows."""
    first = shop.add_order(modified=EARLIER)
    shop.add_order(modified=EARLIER + timedelta(minutes=1))
    shop.order_records[first].keep().document["date_modified"] = "Tue, 03 Mar 2026 11:00:00 +0000"
    with pytest.raises(StoreError, match="order of `date_modified`"):
        run(config, streams=["orders"])


# Ends that come from outside


def started(settings: dict[str, Any], folder: Path, *streams: str) -> subprocess.Popen[bytes]:
    """Start the command with its output in a pipe."""
    options = []
    for name, content in (("config", settings), ("catalog", catalog_for(streams))):
        file = folder / f"{name}.json"
        file.write_text(json.dumps(content))
        options += [f"--{name}", str(file)]
    return subprocess.Popen(
        [sys.executable, "-m", "tap_bigcommerce_carts", *options],
        # Unbuffered, so that what was not read stays in the pipe.
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> Output:
    """Wait for the end and read what was written; every line must be a whole message."""
    out, log = process.communicate(timeout=30)
    assert out == b"" or out.endswith(b"\n")
    return Output(read_messages(out.decode()), log.decode(), process.returncode)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_stop_leaves_whole_lines_and_a_good_state(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, number: signal.Signals
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(minutes=n)) for n in range(30)]
    settings = {**config, "page_size": 3}
    reached: list[int] = []

    def stop(turn: int, _request: object) -> Fault | None:
        if turn == 6 and not reached:
            reached.append(turn)
            process.send_signal(number)
        # Long enough for the signal to come first, however busy the machine.
        return Fault("slow", seconds=20) if reached else None

    process = started(settings, tmp_path, *CARTS)
    store.before(stop)
    output = ended(process)
    assert reached
    assert output.code not in (0, -number)
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1
    assert "signal" in error_lines(output)[0]
    assert 0 < len(output.ids("abandoned_carts")) < 30
    store.before(None)
    rest = run(settings, state=output.state, streams=CARTS)
    seen = {*output.ids("abandoned_carts"), *rest.ids("abandoned_carts")}
    assert seen == {str(each) for each in ids}
    lines = {
        row["abandoned_cart_id"]
        for each in (output, rest)
        for row in each.rows("abandoned_cart_line_items")
    }
    assert lines == seen


def test_a_signal_in_the_middle_of_a_long_row_does_not_cut_it(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    """The target is slow, so the row waits half written: it is finished, or not begun."""
    long = "x" * 400_000
    for n in range(3):
        shop.add_order(modified=EARLIER + timedelta(minutes=n), cart_id=f"{n}{long}")
    process = started(config, tmp_path, "orders")
    assert process.stdout is not None
    # The pipe fills and stays full: the command stands still in the middle of a row.
    deadline = time.monotonic() + 20
    while waiting_bytes(process.stdout) < FULL_PIPE:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.terminate()
    time.sleep(0.2)
    out, log = process.communicate(timeout=30)
    assert process.returncode not in (0, -signal.SIGTERM)
    assert out.endswith(b"\n")
    for line in out.splitlines():
        json.loads(line)
    assert b"Traceback" not in log


# More than the messages before the first row take, no more than any pipe holds.
FULL_PIPE = 60_000


def waiting_bytes(pipe: IO[bytes]) -> int:
    """How much has been written to a pipe and not been read."""
    (size,) = struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4)))
    return int(size)


def test_a_target_that_died_is_told_in_one_line(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    for n in range(300):
        shop.add_order(modified=EARLIER + timedelta(seconds=n))
    process = started({**config, "page_size": 50}, tmp_path, "orders")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    process.stdout = None
    _, log = process.communicate(timeout=30)
    output = Output([], log.decode(), process.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert "BrokenPipe" not in output.log
    (line,) = error_lines(output)
    assert "target" in line


def test_a_target_that_never_started(shop: Shop, config: dict[str, Any], tmp_path: Path) -> None:
    shop.add_order(modified=EARLIER)
    process = started(config, tmp_path, "orders")
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, log = process.communicate(timeout=30)
    output = Output([], log.decode(), process.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
def test_a_full_disk_is_told_in_one_line(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    shop.add_order(modified=EARLIER)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config))
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [sys.executable, "-m", "tap_bigcommerce_carts", "--config", str(file)],
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=30,
            check=False,
        )
    output = Output([], done.stderr.decode(), done.returncode)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert len(error_lines(output)) == 1
