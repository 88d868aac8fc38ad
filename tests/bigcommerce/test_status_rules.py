"""The error table row by row, over real HTTP: what is done, what is told, how often it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tap_bigcommerce_carts.bigcommerce.responses import STATUS_RULES, StatusAction
from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotFoundError,
    OutOfReachError,
    RefusedError,
    StoreError,
)
from tap_bigcommerce_carts.redaction import SecretPath
from tests.support.asking import HTML, SCOPE, SECRETS, TOKEN, ask, connection, v3
from tests.support.scripted import Answer, Script, Sleeps

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
        *((status, StatusAction.STOP) for status, *_ in STOPS if status not in REFUSALS | ENDS),
        *((status, StatusAction.END) for status in ENDS),
        *((status, StatusAction.REFUSE) for status in REFUSALS),
        *((fault.status, StatusAction.TRY_AGAIN) for fault in PASSING),
        *((fault.status, StatusAction.TRY_SMALLER) for fault in PASSING),
        (403, StatusAction.SKIP),
        (404, StatusAction.MISSING),
    }
    for row in STATUS_RULES:
        assert any(row.first <= status <= row.last for status, act in tested if act is row.action)
    assert len(STATUS_RULES) == 12


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
