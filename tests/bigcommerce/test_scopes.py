"""A token with the scopes that the documents name for what is selected, and no other, is enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import ALL_SCOPES
from tests.support.harness import NOON, catalog_for, run
from tools.documents.paths import DATA_ENGINEER

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

# The control panel's names, and the API's.
SCOPES = {
    "Carts": "store_cart_read_only",
    "Channel settings": "store_channel_settings_read_only",
    "Customers": "store_v2_customers_read_only",
    "Information & settings": "store_v2_information_read_only",
    "Orders": "store_v2_orders_read_only",
    "Store logs": "store_logs_read_only",
}


def named() -> dict[str, tuple[str, ...]]:
    """What the table says that each stream needs; what only adds to it stands behind."""
    text = DATA_ENGINEER.read_text()
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (.+?) \| .+ \|$", text, re.MULTILINE)
    found: dict[str, tuple[str, ...]] = {}
    for streams, scopes in rows:
        needed = re.match(r"(none|[\w& ]+: read-only)(?:$|;| \()", scopes)
        if needed:
            each = () if needed[1] == "none" else (needed[1].removesuffix(": read-only"),)
            found |= dict.fromkeys(re.findall(r"\w+", streams), each)
    return found


NEEDED = named()
FROM_INBOX = ("carts", "cart_line_items", "cart_events")
FROM_LISTS = tuple(stream for stream in NEEDED if stream not in FROM_INBOX)


def test_the_table_names_every_stream() -> None:
    catalog = catalog_for((), inbox_url="sqlite:///inbox.db")
    assert set(NEEDED) == {entry["tap_stream_id"] for entry in catalog["streams"]}
    assert {scope for scopes in NEEDED.values() for scope in scopes} <= set(SCOPES)


@pytest.mark.parametrize(
    "streams",
    [
        *[(stream,) for stream in FROM_LISTS],
        ("abandoned_carts", "abandoned_cart_line_items", "customers", "orders"),
        ("customers", "abandoned_cart_settings"),
        FROM_LISTS,
    ],
    ids=" ".join,
)
def test_its_scopes_are_enough_and_nothing_else_is_asked_for(
    shop: Shop, store: Sandbox, config: dict[str, Any], streams: tuple[str, ...]
) -> None:
    """Carts whose lines are cut and customers with many addresses are asked for once more."""
    shop.add_order(modified=NOON.replace(hour=8), lines=60)
    shop.add_customer(modified=NOON.replace(hour=8), addresses=12)
    shop.log.add(NOON)
    store.scopes = {SCOPES[scope] for stream in streams for scope in NEEDED[stream]}
    output = run({**config, "channel_ids": [1]}, streams=streams)
    assert output.code == 0
    assert {stream for stream in streams if output.rows(stream)} == set(streams)
    refused = {each.route for each in store.requests if each.status not in {200, 204}}
    # Where the channels' sites are is asked for, and may be refused.
    assert refused == ({"/v3/sites"} if "channels" in streams else set())


@pytest.mark.parametrize("stream", FROM_LISTS)
def test_without_its_scope_a_stream_is_left_out(
    store: Sandbox, config: dict[str, Any], stream: str
) -> None:
    (scope,) = NEEDED[stream]
    store.scopes = set(ALL_SCOPES - {SCOPES[scope]})
    assert run(config, streams=[stream]).code == 1


def test_a_first_answer_that_refuses_tells_the_time_to_the_next_stream(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    customer = shop.add_customer(modified=NOON)
    store.scopes = {SCOPES["Customers"]}
    output = run(config, streams=["abandoned_carts", "customers"])
    assert (output.code, output.ids("customers")) == (1, [customer])
    assert [(request.route, request.status) for request in store.requests] == [
        ("/v2/orders", 403),
        ("/v3/customers", 200),
    ]
    # A second more than the store's time, since bounds may be exclusive.
    assert store.requests[-1].query["date_modified:max"] == "2026-03-03T12:00:01+00:00"
