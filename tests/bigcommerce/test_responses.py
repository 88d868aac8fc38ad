"""Responses that are not what they should be, and connections that break."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import (
    StoreError,
    UnreadableResponseError,
)
from tap_bigcommerce_carts.model import BigCommerceConnection, Limits, Window
from tap_bigcommerce_carts.rows.documents import document
from tests.support.asking import HTML, PATH, SCOPE, SECRETS, TOKEN, ask, connection
from tests.support.harness import NOON, run
from tests.support.scripted import Answer, Script, Sleeps

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


def a_day() -> Window:
    return Window(NOON - timedelta(days=1), NOON)


@pytest.mark.parametrize(
    "body",
    [
        HTML,
        "",
        "OK",
        '[{"id": 1}, {"id',
        "[1e9999999999999999999]",
        '["\\ud800"]x',
        "\ufeff[",
        "NaN",
    ],
    ids=["html", "empty", "text", "cut", "exponent", "surrogate", "bom", "nan"],
)
def test_a_200_that_is_not_json_is_tried_a_few_times_and_never_taken_for_an_empty_list(
    sleeps: Sleeps, body: str
) -> None:
    """A login page, a captive portal, a cut answer: rows may be behind it."""
    error, seen = ask(Answer(200, body, form="text/html"), retry_for=600)
    assert isinstance(error, UnreadableResponseError)
    assert "api_url" in str(error)
    assert 2 <= len(seen) <= 8
    assert len(sleeps) == len(seen) - 1
    assert not any(secret in str(error) for secret in SECRETS)


@pytest.mark.parametrize("body", ['[{"id": 1}, {"id', "", HTML])
def test_a_200_that_was_cut_once_is_read_again(sleeps: Sleeps, body: str) -> None:
    answer, seen = ask(Answer(200, body), Answer(200, [{"id": 1}]))
    assert answer == [{"id": 1}]
    assert len(seen) == 2
    assert len(sleeps) == 1


def test_an_answer_shorter_than_announced_is_read_again(sleeps: Sleeps) -> None:
    """The connection broke off in the middle of the body."""
    answer, seen = ask(Answer(200, [{"id": 1}], cut=5), Answer(200, [{"id": 1}]))
    assert answer == [{"id": 1}]
    assert len(seen) == 2
    assert len(sleeps) == 1


def test_204_is_an_empty_list(sleeps: Sleeps) -> None:
    answer, seen = ask(Answer(204))
    assert answer is None
    assert len(seen) == 1
    assert sleeps == []


@pytest.mark.parametrize("body", [{}, {"data": []}, "7", '"text"', "null", "false"])
def test_a_list_that_is_none_stops_the_run(sleeps: Sleeps, body: Any) -> None:
    """A V2 list is a bare list; anything else is another server, not the end of the list."""
    with Script(Answer(200, body)).serving() as script:
        store = BigCommerceStore(connection(script.url))
        with pytest.raises(StoreError, match="api_url"):
            list(store.orders(a_day, document("Order", {})))
        store.session.close()
    assert sleeps == []


@pytest.mark.parametrize("deep", ["staff_notes", "billing_address", "total_inc_tax"])
def test_an_answer_nested_too_deeply_to_read_is_a_sentence(sleeps: Sleeps, deep: str) -> None:
    """Whether the field is read or not, and after some tries: it could have been a fault."""
    # Python 3.14 reads some ten thousand levels.
    nested = "[" * 200_000 + "]" * 200_000
    body = f'[{{"id": 1, "date_modified": "2026-03-03T08:00:00Z", "{deep}": {nested}}}]'
    with Script(Answer(200, body)).serving() as script:
        store = BigCommerceStore(connection(script.url))
        with pytest.raises(StoreError, match="not JSON"):
            list(store.orders(a_day, document("Order", {deep: object})))
        store.session.close()
    assert sleeps


@pytest.mark.parametrize(
    "body", [[], {}, {"data": None}, {"data": {}}, {"data": "x"}, "null", {"rows": []}]
)
def test_a_v3_answer_without_its_data_stops_the_run(sleeps: Sleeps, body: Any) -> None:
    with Script(Answer(200, body)).serving() as script:
        store = BigCommerceStore(connection(script.url))
        with pytest.raises(StoreError, match="api_url"):
            list(store.customers(a_day))
        store.session.close()
    assert sleeps == []


def test_a_reset_connection_is_tried_again(
    shop: Shop, store: Sandbox, sleeps: Sleeps, config: dict[str, Any]
) -> None:
    """Before the answer, in its middle, and an answer that never came."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=5))]
    store.faults.only = "/v2/orders"
    store.faults.script = ["reset", "reset_midway", "empty", "cut_json", None]
    output = run({**config, "retry_for": 60}, streams=["orders"])
    assert output.ids("orders") == ids
    assert [each.fault for each in store.requests] == [
        # The last one sees that no row follows.
        *("reset", "reset_midway", "empty", "cut_json", None, None)
    ]
    assert len(sleeps) == 4


def test_a_host_that_is_not_there_is_named(sleeps: Sleeps) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    session = StoreSession(connection(f"http://127.0.0.1:{port}", retry_for=3))
    with pytest.raises(StoreError, match=rf"127\.0\.0\.1:{port}.*`api_url`.*`retry_for`") as caught:
        session.get(PATH, scope=SCOPE)
    assert TOKEN not in str(caught.value)
    assert len(sleeps) >= 2


@pytest.mark.parametrize(
    "address", ["http://a..example.com", "http://exa mple.com", "http://" + "a" * 70]
)
def test_an_address_that_cannot_be_one_is_a_sentence(sleeps: Sleeps, address: str) -> None:
    """Whatever the HTTP library thinks of it, the caller sees one kind of error."""
    session = StoreSession(connection(address, retry_for=0))
    with pytest.raises(StoreError, match="api_url"):
        session.get(PATH, scope=SCOPE)
    assert sleeps == []


def test_a_slow_answer_is_given_up_after_request_timeout(sleeps: Sleeps) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        session = StoreSession(
            BigCommerceConnection(url, "hash1", TOKEN, Limits(timeout=0.05, retry_for=0))
        )
        with pytest.raises(StoreError, match=r"within 0\.05 s \(`request_timeout`\)"):
            session.get(PATH, scope=SCOPE)
    assert sleeps == []
