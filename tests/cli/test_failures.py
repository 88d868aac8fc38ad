"""What stops one stream stops no other: it is told in a sentence, and the run is not whole."""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.harness import (
    DEFAULT_STREAMS,
    NOON,
    Output,
    command,
    error_lines,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

EARLIER = NOON - timedelta(hours=5)
CARTS = ("abandoned_carts", "abandoned_cart_line_items")
# What a stream is read by, and which streams are lost with it.
ROADS = {
    "/v3/customers": {"customers"},
    "status_id=0": set(CARTS),
}


def filled(shop: Shop) -> None:
    for n in range(4):
        shop.add_order(modified=EARLIER + timedelta(minutes=n), lines=2)
        shop.add_customer()


def fail(store: Sandbox, where: str, fault: Fault) -> None:
    """Let every request fail that has this in its path or query."""

    def strike(_number: int, request: Request) -> Fault | None:
        asked = "&".join(f"{name}={value}" for name, value in request.query.items())
        return fault if where in request.path or where in asked else None

    store.before(strike)


def assert_read(output: Output, lost: set[str]) -> None:
    assert {each for each in output.tables if output.rows(each)} == set(DEFAULT_STREAMS) - lost
    for stream in DEFAULT_STREAMS:
        assert (output.bookmark(stream) is None) == (stream in lost)


@pytest.mark.parametrize("where", ROADS)
@pytest.mark.parametrize("fault", ["500_html", "422", "cut_json"])
def test_a_list_that_keeps_failing_ends_its_streams_alone(  # noqa: PLR0913, PLR0917
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, where: str, fault: str
) -> None:
    filled(shop)
    fail(store, where, Fault(fault))
    output = command({**config, "retry_for": 0}, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert_read(output, ROADS[where])
    # One sentence for all that are lost, and at the end which they are.
    (line,) = error_lines(output)
    assert all(stream in line for stream in ROADS[where])
    assert "not whole" in output.log.splitlines()[-1]
    assert all(stream in output.log.splitlines()[-1] for stream in ROADS[where])
    # Nothing was lost: the next run reads what this one did not.
    store.before(None)
    rest = run(config, state=output.state)
    assert all(rest.rows(stream) for stream in ROADS[where])


def test_an_order_list_that_fails_leaves_the_carts_of_the_same_list(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    filled(shop)

    def strike(_number: int, request: Request) -> Fault | None:
        every = request.path.endswith("/v2/orders") and "status_id" not in request.query
        return Fault("422") if every else None

    store.before(strike)
    output = run(config, failing=True)
    assert output.code == 1
    assert_read(output, {"orders"})


@pytest.mark.parametrize(
    ("stream", "lost"),
    [
        # The lines of the first page were written before its carts.
        ("abandoned_carts", {"abandoned_carts"}),
        # Carts go on without their lines; no bookmark covers what has none.
        ("abandoned_cart_line_items", {"abandoned_cart_line_items"}),
        ("customers", {"customers"}),
    ],
)
def test_a_map_that_does_not_fit_ends_its_stream_alone(
    shop: Shop, config: dict[str, Any], stream: str, lost: set[str]
) -> None:
    filled(shop)
    maps = {stream: {"odd": "store * 0.5"}}
    output = run({**config, "stream_maps": maps}, failing=True)
    assert output.code == 1
    assert_read(output, lost)
    rest = run(config, state=output.state)
    assert all(len(rest.rows(each)) >= 4 for each in lost)
    if stream == "abandoned_cart_line_items":
        assert output.bookmark("abandoned_carts") == "1970-01-01T00:00:00Z"
        assert len(rest.rows("abandoned_carts")) == 4
        assert rest.bookmark("abandoned_carts") == rest.bookmark(stream)


@pytest.mark.parametrize("stream", ["customers", "abandoned_cart_line_items"])
def test_a_stream_that_feeds_others_ends_when_nobody_is_left(
    shop: Shop, store: Sandbox, config: dict[str, Any], stream: str
) -> None:
    for n in range(9):
        shop.add_order(modified=EARLIER + timedelta(minutes=n))
        shop.add_customer()
    settings = {**config, "page_size": 1, "stream_maps": {stream: {"odd": "store * 0.5"}}}
    output = run(settings, streams=[stream], failing=True)
    assert output.code == 1
    assert len(store.requests) < 9


@pytest.mark.parametrize("fault", ["401", "suspended"])
def test_what_stops_every_stream_ends_the_run(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, fault: str
) -> None:
    """In the middle of the carts: the last STATE covers them, nothing else is asked for."""
    for n in range(6):
        shop.add_order(modified=EARLIER + timedelta(minutes=n))

    def strike(number: int, _request: Request) -> None:
        if number == 4:
            store.token = "another" if fault == "401" else store.token
            store.faults.suspended = fault == "suspended"

    store.before(strike)
    settings = {**config, "page_size": 2, "max_parallel_requests": 1}
    output = command(settings, folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert ("`access_token`" if fault == "401" else "suspended") in line
    assert len(store.requests) == 4
    assert output.bookmark("abandoned_carts") is not None
    assert output.rows("customers") == []


@pytest.mark.parametrize("inbox", ["sqlite", "postgres"])
def test_an_inbox_that_cannot_be_reached_leaves_out_its_streams_alone(
    shop: Shop, config: dict[str, Any], tmp_path: Path, inbox: str
) -> None:
    filled(shop)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    urls = {
        "sqlite": f"sqlite:///{tmp_path / 'none.db'}",
        "postgres": f"postgresql://reader:hidden-word@127.0.0.1:{port}/inbox",
    }
    output = command({**config, "inbox_url": urls[inbox]}, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    assert "hidden-word" not in output.log
    told = " ".join(error_lines(output))
    assert "`inbox_url`" in told
    for stream in ("carts", "cart_line_items", "cart_events"):
        assert re.search(rf"\b{stream}\b", told)
    assert_read(output, set())


# `--test`


def test_the_test_tells_what_cannot_be_read_of_what_is_selected(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    filled(shop)
    good = command(config, "--test", folder=tmp_path)
    assert good.code == 0
    assert "orders: 1 row, " in good.log
    store.scopes -= {"store_v2_customers_read_only", "store_v2_information_read_only"}
    output = command(config, "--test", folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    (line,) = error_lines(output)
    assert "customers" in line
    assert "Customers: read-only" in line
    assert output.rows("orders")
    assert "not whole: customers could" in output.log.splitlines()[-1]


def test_the_test_is_passed_without_what_is_not_selected_by_default(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    filled(shop)
    store.scopes -= {"store_v2_information_read_only", "store_channel_settings_read_only"}
    output = command(config, "--test", folder=tmp_path)
    assert output.code == 0
    assert error_lines(output) == []


# An address that is wrong


@pytest.mark.parametrize(
    ("address", "words"),
    [("https://no-such-host.invalid", "no such name"), ("http://127.0.0.1:9", "refused")],
)
def test_an_address_nobody_answers_at_ends_the_run_with_the_cause(
    config: dict[str, Any], tmp_path: Path, address: str, words: str
) -> None:
    patience = 600 if "invalid" in address else 0
    settings = {**config, "api_url": address, "retry_for": patience}
    (line,) = error_lines(command(settings, folder=tmp_path))
    assert words in line
    assert "`api_url`" in line
