"""The error table row by row, over real HTTP: what is done, what is told, how often it is asked."""

from __future__ import annotations

import logging
import random
import re
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.bigcommerce.outcomes import OUTCOMES, Action
from tap_bigcommerce_carts.bigcommerce.session import Connection, StoreSession
from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotFoundError,
    OutOfReachError,
    RefusedError,
    StoreError,
    UnreadableAnswerError,
)
from tap_bigcommerce_carts.http.session import Limits
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.redaction import SecretPath
from tap_bigcommerce_carts.rows.documents import document
from tests.support.harness import NOON, catalog_for, command, error_lines, run
from tests.support.scripted import Answer, Script, Sleeps
from tools.sandbox import Fault, Sandbox, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tools.sandbox import Request

TOKEN = "token-that-nobody-may-see-77"  # noqa: S105 - opens nothing
PATH = "/v2/orders"
SCOPE = "Orders: read-only"
HTML = "<!DOCTYPE html>\n<html><body><h1>shopper@example.org was here</h1></body></html>"
# What may be in no message: the token, and what a body says of a shopper.
SECRETS = (TOKEN, "shopper@example.org")


def connection(url: str, retry_for: float = 60) -> Connection:
    return Connection(url, "hash1", TOKEN, Limits(timeout=5, retry_for=retry_for, reserve=0))


def a_day() -> Window:
    return Window(NOON - timedelta(days=1), NOON)


def ask(
    *answers: Answer, retry_for: float = 60, query: dict[str, str | int] | None = None
) -> tuple[Any, list[tuple[str, str, dict[str, str]]]]:
    """Read one resource from a scripted store; gives the body or the error, and the requests."""
    with Script(*answers).serving() as script:
        session = StoreSession(connection(script.url, retry_for))
        try:
            return session.get(PATH, query, scope=SCOPE), script.seen
        except StoreError as error:
            return error, script.seen
        finally:
            session.close()


def v3(status: int, title: str, **more: Any) -> dict[str, Any]:
    return {"status": status, "title": title, "type": "https://example.com/codes", **more}


# The table: status and body -> error, what it says, whether it was tried again


STOPS = [
    (401, "X-Auth-Token header is required", "text/plain", ["access_token", "401", "hash1"]),
    (401, v3(401, "Unauthorized"), "application/json", ["access_token", "401", "hash1"]),
    (400, [{"status": 400, "message": "The field 'x' is not supported."}], "", ["'x'", "400"]),
    (400, [{"status": 400, "message": "Bad", "details": {"a": 1}}], "", ["Bad", "400"]),
    (413, [{"status": 413, "message": "Too large", "details": {}}], "", ["page_size", "Too large"]),
    (422, v3(422, "Invalid", errors={"date_modified": "wrong"}), "", ["Invalid", "date_modified"]),
    (422, v3(422, "Invalid", errors=["date_modified is wrong"]), "", ["Invalid", "422"]),
    (422, v3(422, "Invalid"), "", ["Invalid", "422"]),
    (422, v3(422, "Invalid", errors={}), "", ["Invalid", "422"]),
    (422, {"status": "422", "title": "Invalid"}, "", ["Invalid", "422"]),
    (409, HTML, "text/html", ["409", "no reason given"]),
    (405, "Not here", "text/plain", ["405"]),
    (503, v3(503, "The store is suspended. Ask its owner.", errors={}), "", ["suspended", "hash1"]),
    (503, v3(503, "Store down for maintenance"), "", ["maintenance", "hash1"]),
    (301, "", "", ["api_url", "301"]),
    (302, HTML, "text/html", ["api_url", "302"]),
    (307, "", "", ["api_url", "307"]),
    (308, "", "", ["api_url", "308"]),
    # Redirects that do not say where to, and an answer for a cache we do not have.
    (302, HTML, "text/html", ["302"]),
    (304, "", "", ["304"]),
]

# Of these, what one request alone may be to blame for.
REFUSALS = {400, 405, 409, 422}
# What every request would be answered.
ENDS = {401, 503}


@pytest.mark.parametrize(("status", "body", "form", "words"), STOPS)
def test_what_cannot_pass_stops_at_the_first_answer(
    sleeps: Sleeps, status: int, body: Any, form: str, words: list[str]
) -> None:
    """One request, one sentence with the words the user needs, nothing of the body's rest."""
    headers = {"location": "https://elsewhere.example.com/"} if "api_url" in words else {}
    error, seen = ask(Answer(status, body, headers, form or "application/json"))
    expected = RefusedError if status in REFUSALS else StoreError
    assert type(error) is (OutOfReachError if status in ENDS else expected)
    assert len(seen) == 1
    assert sleeps == []
    for word in words:
        assert word in str(error)
    assert not any(secret in str(error) for secret in SECRETS)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        v3(403, "You don't have a required scope to access the endpoint", errors={}),
        {"error": "This app is authorized but the granted scope does not include this."},
        HTML,
        "",
        [],
        [{}],
    ],
    ids=["new", "old", "html", "empty", "list", "list of one"],
)
def test_a_missing_scope_is_named_whatever_the_body(sleeps: Sleeps, body: Any) -> None:
    """The message has the scope to add and the version of the API that was asked."""
    error, seen = ask(Answer(403, body))
    assert isinstance(error, MissingScopeError)
    assert error.scope == SCOPE
    assert SCOPE in str(error)
    assert "/v2/" in str(error)
    assert "store_hash" in str(error)
    assert len(seen) == 1
    assert sleeps == []


@pytest.mark.parametrize(
    "body",
    [
        "The route is not found, check the URL",
        [{"status": 404, "message": "The requested resource was not found."}],
        "<html><center>openresty</center></html>",
        "",
    ],
)
def test_what_is_not_there_is_told_apart(sleeps: Sleeps, body: Any) -> None:
    error, seen = ask(Answer(404, body))
    assert isinstance(error, NotFoundError)
    assert "store_hash" in str(error)
    assert "hash1" in str(error)
    assert len(seen) == 1
    assert sleeps == []


PASSING = [
    Answer(500, HTML, form="text/html"),
    Answer(500, v3(500, "Oops")),
    Answer(502, HTML, form="text/html"),
    Answer(503, HTML, form="text/html"),
    Answer(503, "maintenance, suspended: words of a page, not the store's reason"),
    Answer(503, v3(503, "The service is unavailable, try again.")),
    Answer(503, ""),
    Answer(504, HTML, form="text/html"),
    Answer(599, ""),
    Answer(408, ""),
    Answer(429, v3(429, "Too many requests")),
    Answer(429, ""),
]


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.status}-{fault.form[:9]}")
def test_what_passes_is_tried_again(
    sleeps: Sleeps, caplog: pytest.LogCaptureFixture, fault: Answer
) -> None:
    """Twice wrong, then right: three requests, longer waits each time, a warning for each."""
    answer, seen = ask(fault, fault, Answer(200, [{"id": 1}]))
    assert answer == [{"id": 1}]
    assert len(seen) == 3
    assert len(sleeps) == 2
    assert 0 < sleeps[0] <= 1 < sleeps[1] * 2
    warnings = [each for each in caplog.messages if "Trying again" in each]
    assert len(warnings) == 2
    assert all(str(fault.status) in each for each in warnings)
    assert not any(secret in caplog.text for secret in SECRETS)


@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault.status}-{fault.form[:9]}")
def test_what_does_not_pass_ends_after_retry_for(sleeps: Sleeps, fault: Answer) -> None:
    """The sentence says what was answered, and how long it was tried, and which setting that is."""
    error, seen = ask(fault, retry_for=30)
    assert type(error) is StoreError
    assert str(fault.status) in str(error)
    assert "30 s" in str(error)
    assert "`retry_for`" in str(error)
    assert sum(sleeps) <= 30.1
    assert 4 <= len(seen) <= 12
    assert not any(secret in str(error) for secret in SECRETS)


@pytest.mark.parametrize("status", [500, 429, 504])
def test_without_patience_one_request_is_enough(sleeps: Sleeps, status: int) -> None:
    error, seen = ask(Answer(status, ""), retry_for=0)
    assert type(error) is StoreError
    assert len(seen) == 1
    assert sleeps == []


def test_every_row_of_the_table_is_tested_here() -> None:
    """A row added to the table without a test fails this one."""
    tested = {
        *((status, Action.STOP) for status, *_ in STOPS if status not in REFUSALS | ENDS),
        *((status, Action.END) for status in ENDS),
        *((status, Action.REFUSE) for status in REFUSALS),
        *((fault.status, Action.TRY_AGAIN) for fault in PASSING),
        *((fault.status, Action.TRY_SMALLER) for fault in PASSING),
        (403, Action.SKIP),
        (404, Action.MISSING),
    }
    for row in OUTCOMES:
        assert any(row.first <= status <= row.last for status, act in tested if act is row.action)
    assert len(OUTCOMES) == 12


def test_a_reason_is_short_and_without_the_token(sleeps: Sleeps) -> None:
    """A store that repeats what it was sent does not make us repeat it."""
    error, _ = ask(Answer(422, v3(422, f"{TOKEN} " * 3 + "x" * 5000, errors={TOKEN: "?"})))
    assert TOKEN not in str(error)
    assert "***" in str(error)
    assert len(str(error)) < 300
    assert sleeps == []


@pytest.mark.parametrize("status", [400, 422, 503])
def test_a_reason_has_no_address_and_no_character_that_steers(sleeps: Sleeps, status: int) -> None:
    """The store's words may be about a shopper, and made by one."""
    title = "suspended\x1b[2J:\nERROR ada.fjord@example.org\u202e"
    error, _ = ask(Answer(status, v3(status, title, errors={"ada@example.org\n": "?"})))
    assert "suspended [2J: ERROR (an e-mail address)" in str(error)
    assert str(error).isprintable()
    assert "example.org" not in str(error)
    assert sleeps == []


def test_a_reason_does_not_repeat_the_secret_part_of_a_path(sleeps: Sleeps) -> None:
    token = "recovery-token-0f1e"  # noqa: S105 - opens nothing
    path = SecretPath(f"/v3/abandoned-carts/{token}")
    with Script(Answer(422, v3(422, f"No cart for {token}"))).serving() as script:
        session = StoreSession(connection(script.url))
        with pytest.raises(RefusedError, match=r"No cart for \*\*\*"):
            session.get(path, scope=SCOPE)
        session.close()
    assert sleeps == []


@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        {"title": {"deep": ["odd"]}},
        {"title": None, "message": 7},
        {"errors": "text"},
        ["just text"],
        [[1]],
        "null",
        "7",
        '"text"',
        '{"title": "brace {path} {0} {"}',
    ],
)
def test_error_bodies_of_any_shape_make_a_sentence(sleeps: Sleeps, body: Any) -> None:
    error, _ = ask(Answer(422, body))
    assert type(error) is RefusedError
    assert "422" in str(error)
    assert sleeps == []


# How long is waited


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit-Time-Reset-Ms": "1500"}, 1.5),
        ({"x-rate-limit-time-reset-ms": "1500"}, 1.5),
        ({"X-Retry-After": "7"}, 7.0),
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "3"}, 3.0),
        ({"X-Rate-Limit-Time-Reset-Ms": "250", "Retry-After": "9"}, 0.25),
        # Never longer than a minute at once.
        ({"X-Rate-Limit-Time-Reset-Ms": "86400000"}, 60.0),
        ({"Retry-After": "99999999999"}, 60.0),
    ],
)
def test_429_is_waited_out_as_long_as_the_store_asks(
    sleeps: Sleeps, headers: dict[str, str], expected: float
) -> None:
    """Milliseconds in one header, seconds in the others; upper or lower case."""
    answer, seen = ask(Answer(429, "", headers), Answer(200, []), retry_for=600)
    assert answer == []
    assert len(seen) == 2
    assert sleeps == [pytest.approx(expected)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "-5"},
        {"Retry-After": "Tue, 03 Mar 2026 14:05:09 GMT"},
        {"X-Rate-Limit-Time-Reset-Ms": ""},
        {"X-Rate-Limit-Time-Reset-Ms": "1.5"},
    ],
)
def test_429_without_a_usable_header_waits_longer_each_time(
    sleeps: Sleeps, headers: dict[str, str]
) -> None:
    """The platform is overloaded: 0.5 to 1 s, then twice as much, and so on."""
    fault = Answer(429, "", headers)
    answer, _ = ask(fault, fault, fault, fault, Answer(200, []))
    assert answer == []
    for turn, wait in enumerate(sleeps):
        assert 0.5 * 2**turn <= wait <= 2**turn
    assert len(sleeps) == 4


@pytest.mark.parametrize(
    "headers", [{"X-Rate-Limit-Time-Reset-Ms": "0"}, {"Retry-After": "0"}, {"X-Retry-After": "0"}]
)
def test_429_that_asks_for_no_wait_is_not_hammered(sleeps: Sleeps, headers: dict[str, str]) -> None:
    """Ten times "come back at once" must not become requests without a pause."""
    answer, _ = ask(*[Answer(429, "", headers)] * 10, Answer(200, []))
    assert answer == []
    assert sum(sleeps) > 0.5


def test_a_faults_rate_headers_are_no_reason_to_wait_for_the_window(sleeps: Sleeps) -> None:
    """They come with every answer; only a 429 is about the quota."""
    headers = {
        "X-Rate-Limit-Time-Reset-Ms": "29000",
        "X-Rate-Limit-Requests-Left": "149",
        "X-Rate-Limit-Requests-Quota": "150",
    }
    answer, _ = ask(Answer(500, HTML, headers), Answer(200, []))
    assert answer == []
    assert sleeps[0] <= 1


def test_503_with_retry_after_is_waited_out(sleeps: Sleeps) -> None:
    answer, _ = ask(Answer(503, "", {"Retry-After": "4"}), Answer(200, []))
    assert answer == []
    assert sleeps == [4.0]


def test_waits_are_spread_between_parallel_requests(
    sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests that fail together do not come back together."""
    drawn = iter([0.5, 0.625, 0.75])
    monkeypatch.setattr(random, "uniform", lambda _low, _high: next(drawn))
    fault = Answer(500, "")
    ask(fault, fault, fault, Answer(200, []))
    assert sleeps == [0.5, 1.25, 3.0]


# Answers that are not what they should be


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
    assert isinstance(error, UnreadableAnswerError)
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
        store.close()
    assert sleeps == []


@pytest.mark.parametrize("deep", ["staff_notes", "billing_address", "total_inc_tax"])
def test_an_answer_nested_too_deeply_to_read_is_a_sentence(sleeps: Sleeps, deep: str) -> None:
    """Whether the field is read or not, and after some tries: it could have been a fault."""
    nested = "[" * 5_000 + "]" * 5_000
    body = f'[{{"id": 1, "date_modified": "2026-03-03T08:00:00Z", "{deep}": {nested}}}]'
    with Script(Answer(200, body)).serving() as script:
        store = BigCommerceStore(connection(script.url))
        with pytest.raises(StoreError, match="not JSON"):
            list(store.orders(a_day, document("Order", {deep: object})))
        store.close()
    assert sleeps


@pytest.mark.parametrize(
    "body", [[], {}, {"data": None}, {"data": {}}, {"data": "x"}, "null", {"rows": []}]
)
def test_a_v3_answer_without_its_data_stops_the_run(sleeps: Sleeps, body: Any) -> None:
    with Script(Answer(200, body)).serving() as script:
        store = BigCommerceStore(connection(script.url))
        with pytest.raises(StoreError, match="api_url"):
            list(store.customers(a_day))
        store.close()
    assert sleeps == []


# Connections


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
        session = StoreSession(Connection(url, "hash1", TOKEN, Limits(timeout=0.05, retry_for=0)))
        with pytest.raises(StoreError, match=r"within 0\.05 s \(`request_timeout`\)"):
            session.get(PATH, scope=SCOPE)
    assert sleeps == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_token_is_not_sent_on_to_another_address(status: int) -> None:
    with Script(Answer(200, [])).serving() as other:
        error, seen = ask(Answer(status, "", {"Location": f"{other.url}/stores/hash1/v2/orders"}))
        assert other.seen == []
    assert "api_url" in str(error)
    assert len(seen) == 1


# What goes over the wire


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


# The store's clock


@pytest.mark.parametrize("name", ["date", "DATE"])
@pytest.mark.parametrize("status", [200, 204, 403, 404, 500])
def test_the_clock_is_the_first_answers_whatever_it_says(
    sleeps: Sleeps, status: int, name: str
) -> None:
    """A refusal tells the time as well; what comes later moves it no more."""
    noon, later = ({name: f"Tue, 03 Mar 2026 {time} GMT"} for time in ("12:00:00", "12:10:00"))
    with Script(Answer(status, [], noon), Answer(200, [], later)).serving() as script:
        session = StoreSession(connection(script.url))
        assert session.clock is None
        for _ in range(2):
            with suppress(StoreError):
                session.get(PATH, scope=SCOPE)
        assert session.clock == NOON
        session.close()
    assert len(script.seen) == 2 + len(sleeps)


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Mar 2026 12:00:00 GMT"])
def test_a_store_without_a_clock_leaves_ours(caplog: pytest.LogCaptureFixture, date: str) -> None:
    """No header tells the time: one warning, and this machine's clock."""
    with Script(Answer(200, [], {"Date": date})).serving() as script:
        session = StoreSession(connection(script.url))
        for _ in range(2):
            session.get(PATH, scope=SCOPE)
        assert session.clock
        assert abs(session.clock - datetime.now(UTC)) < timedelta(minutes=1)
        session.close()
    (told,) = [each.message for each in caplog.records if "clock" in each.message]
    assert told.startswith(f"{script.url.partition('//')[2]} does not tell its time")


# Whole runs


def test_a_504_for_ever_ends_the_run_and_the_state_is_good(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Once it lasted a day and a half: the command ends, and goes on from its STATE later."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=20 - n)) for n in range(6)]
    settings = {**config, "page_size": 2, "retry_for": 1}
    catalog = catalog_for(["orders"])

    def down(number: int, _request: object) -> Fault | None:
        return Fault("504") if number > 3 else None

    store.before(down)
    output = command(settings, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "504" in line
    assert "retry_for" in line
    assert "Traceback" not in output.log
    store.before(None)
    rest = run(settings, state=output.state, catalog=catalog)
    assert output.ids("orders")
    assert {*output.ids("orders"), *rest.ids("orders")} == set(ids)


def test_carts_read_before_a_fault_are_written(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Also those whose lines had still to be asked for when the next page failed."""
    ids = [shop.add_order(modified=NOON - timedelta(hours=20 - n), lines=60) for n in range(4)]
    lists: list[object] = []

    def later(_number: int, request: Request) -> Fault | None:
        if request.path.endswith("/products"):
            return Fault("slow", seconds=3)
        if request.path.endswith("/orders"):
            lists.append(request)
        return Fault("503_json") if len(lists) > 1 else None

    store.before(later)
    catalog = catalog_for(["abandoned_carts", "abandoned_cart_line_items"])
    settings = {**config, "page_size": 2, "retry_for": 1}
    output = command(settings, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    assert output.ids("abandoned_carts") == [str(each) for each in ids[:2]]
    assert len(output.ids("abandoned_cart_line_items")) == 120
    (line,) = error_lines(output)
    assert "retry_for" in line


def test_a_suspended_store_stops_at_once(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    store.faults.suspended = True
    output = command({**config, "retry_for": 600}, folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "suspended" in line
    assert len(store.requests) == 1


def test_faults_of_every_kind_lose_no_row(
    shop: Shop, store: Sandbox, sleeps: Sleeps, config: dict[str, Any]
) -> None:
    """A third of all answers fail; every order comes, once, and the run is whole."""
    ids = [shop.add_order(modified=NOON - timedelta(minutes=600 - n)) for n in range(80)]
    store.faults.rate = 0.33
    output = run({**config, "page_size": 3, "retry_for": 600}, streams=["orders"])
    assert output.code == 0
    assert output.ids("orders") == ids
    assert len({each.fault for each in store.requests}) > 6
    assert sleeps


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
