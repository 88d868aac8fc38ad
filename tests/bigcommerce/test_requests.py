"""What goes over the wire, and what does not."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.asking import HTML, SECRETS, TOKEN, ask
from tests.support.harness import NOON, catalog_for, run
from tests.support.scripted import Answer, Script, Sleeps

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_is_not_sent_on_to_another_address(status: int) -> None:
    with Script(Answer(200, [])).serving() as other:
        error, seen = ask(Answer(status, "", {"Location": f"{other.url}/stores/hash1/v2/orders"}))
        assert other.seen == []
    assert "api_url" in str(error)
    assert len(seen) == 1


def test_a_request_is_a_get_with_the_token_and_json_wanted() -> None:
    _, seen = ask(Answer(200, []), query={"limit": 5})
    (method, target, headers) = seen[0]
    assert method == "GET"
    assert target == "/stores/hash1/v2/orders?limit=5"
    assert headers["x-auth-token"] == TOKEN
    assert headers["accept"] == "application/json"
    assert "tap-bigcommerce-carts" in headers["user-agent"]


def test_values_are_encoded_exactly_once() -> None:
    """A plus sign must not arrive as a space, nor a percent sign as %25; colons stay."""
    _, seen = ask(
        Answer(200, []),
        query={"date_modified:min": "2026-03-01T10:00:00+00:00", "include": "a.b,c", "x": "50%"},
    )
    assert seen[0][1] == (
        "/stores/hash1/v2/orders?date_modified:min=2026-03-01T10:00:00%2B00:00"
        "&include=a.b,c&x=50%25"
    )


def test_cookies_are_not_kept() -> None:
    """A session shared between threads keeps nothing of one answer for the next request."""
    _, seen = ask(Answer(500, "", {"Set-Cookie": "a=b"}), Answer(200, []), retry_for=5)
    assert "cookie" not in seen[1][2]


@pytest.mark.parametrize("as_200", [False, True], ids=["204", "empty list"])
@pytest.mark.parametrize("cursors", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 4, 5])
def test_lists_of_every_length_come_to_their_end(  # noqa: PLR0913 - fixtures and table
    shop: Shop, store: Sandbox, config: dict[str, Any], count: int, *, cursors: bool, as_200: bool
) -> None:
    """An empty store, and a last page that is exactly full: what follows is empty, not a fault."""
    store.faults.empty_list_as_200 = as_200
    store.faults.customers_cursor = cursors
    orders = [shop.add_order(modified=NOON - timedelta(hours=20 - n)) for n in range(count)]
    customers = [shop.add_customer(modified=NOON - timedelta(hours=20 - n)) for n in range(count)]
    output = run({**config, "page_size": 2})
    assert output.code == 0
    assert output.ids("orders") == orders
    assert output.ids("abandoned_carts") == [str(each) for each in orders]
    assert output.ids("customers") == customers
    assert all(row["addresses"] for row in output.rows("customers"))
    assert {each.status for each in store.requests} <= {200, 204}


def test_a_whole_run_only_ever_reads(shop: Shop, store: Sandbox, config: dict[str, Any]) -> None:
    """Every stream, lines that are completed, addresses too: GET and nothing but GET."""
    shop.add_order(modified=NOON - timedelta(hours=5), lines=60)
    shop.add_customer(modified=NOON - timedelta(hours=5), addresses=12)
    catalog = catalog_for(each["tap_stream_id"] for each in catalog_for([])["streams"])
    run(config, catalog=catalog)
    routes = {each.route for each in store.requests}
    assert "" not in routes
    assert {"/v2/orders/{id}/products", "/v3/customers/addresses"} <= routes
    assert {each.method for each in store.requests} == {"GET"}
    for each in store.requests:
        assert each.token_ok
        # Abandoned carts cannot be listed; the guides that say so are wrong.
        assert not re.search(r"/v3/(abandoned/)?carts|redirect_urls|/hooks", each.target)


def test_no_more_requests_are_under_way_than_allowed(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """A store that refuses the fourth parallel request never has to."""
    ids = [shop.add_order(modified=NOON - timedelta(minutes=900 - n)) for n in range(24)]
    store.faults.empty_line_items = True
    store.latency = 0.01
    streams = ("abandoned_carts", "abandoned_cart_line_items")
    output = run({**config, "max_parallel_requests": 3, "page_size": 8}, streams=streams)
    assert len(output.ids("abandoned_carts")) == len(ids)
    assert 1 < max(each.in_flight for each in store.requests) <= 3


def test_debug_logs_have_neither_token_nor_body(
    sleeps: Sleeps, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for fault in (Answer(500, HTML), Answer(200, HTML), Answer(422, HTML), Answer(403, HTML)):
            ask(fault, retry_for=1)
    assert caplog.records
    assert not any(secret in caplog.text for secret in SECRETS)
    assert sleeps
