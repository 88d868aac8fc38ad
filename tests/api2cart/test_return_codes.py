"""API2Cart's return codes one by one, over real HTTP: what is done, and what is told."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest

from tap_bigcommerce_carts.api2cart.abandoned_list import AbandonedList
from tap_bigcommerce_carts.api2cart.return_codes import (
    RETURN_CODE_RULES,
    CodeAction,
)
from tap_bigcommerce_carts.api2cart.session import Api2CartSession
from tap_bigcommerce_carts.errors import BadParameterError, StoreError
from tap_bigcommerce_carts.model import Api2CartConnection, Limits
from tests.support.harness import NOON
from tests.support.scripted import Answer, Script, Sleeps

API_KEY, STORE_KEY = "account-key-nobody-may-see", "store-key-nobody-may-see"
METHOD = "order.abandoned.list"
HTML = "<html><body>shopper@example.org was here</body></html>"
GOOD = {"return_code": 0, "return_message": "", "result": {"order": []}}
TWO_MINUTES = 120


def said(code: Any, message: str = "", result: Any = None) -> Answer:
    body = {
        "return_code": code,
        "return_message": message,
        "result": {} if result is None else result,
    }
    return Answer(body=body)


def ask(*answers: Answer) -> tuple[Any, list[tuple[str, str, dict[str, str]]]]:
    """Call a method of a scripted API2Cart; gives the answer or the error, and the requests."""
    with Script(*answers).serving() as script:
        limits = Limits(timeout=5, retry_for=TWO_MINUTES, parallel=1)
        client = Api2CartSession(
            Api2CartConnection(f"{script.url}/v1.1", API_KEY, STORE_KEY, limits)
        )
        try:
            found: Any = client.call(METHOD, {"count": 250})
        except StoreError as error:
            found = error
        finally:
            client.close()
        return found, script.seen


def codes(action: CodeAction) -> list[int]:
    return [code for rule in RETURN_CODE_RULES if rule.action is action for code in rule.codes]


def test_both_keys_are_sent_as_headers_and_never_in_the_address() -> None:
    _, [(_, path, headers)] = ask(said(0))
    assert path == "/v1.1/order.abandoned.list.json?count=250"
    assert (headers["x-api-key"], headers["x-store-key"]) == (API_KEY, STORE_KEY)


@pytest.mark.parametrize("code", codes(CodeAction.TRY_AGAIN))
def test_what_passes_is_tried_again(sleeps: Sleeps, code: int) -> None:
    found, seen = ask(said(code), said(str(code)), Answer(body=GOOD))
    assert found.document == {"order": []}
    assert len(seen) == 3
    assert len(sleeps) == 2


@pytest.mark.parametrize("code", codes(CodeAction.TRY_AGAIN))
def test_and_given_up_when_retry_for_is_spent(sleeps: Sleeps, code: int) -> None:
    found, seen = ask(said(code, "busy"))
    assert isinstance(found, StoreError)
    assert "`retry_for`" in str(found)
    assert len(seen) > 5
    assert sum(sleeps) <= TWO_MINUTES


@pytest.mark.parametrize("code", codes(CodeAction.TRY_A_FEW_TIMES))
def test_what_may_stay_is_tried_a_few_times(sleeps: Sleeps, code: int) -> None:
    assert ask(said(code), said(code, result=[]), Answer(body=GOOD))[0].document == {"order": []}
    found, seen = ask(said(code, "no way"))
    assert isinstance(found, StoreError)
    assert f"return code {code}" in str(found)
    assert 3 <= len(seen) <= 10
    assert sum(sleeps) < TWO_MINUTES


def test_a_quota_that_is_used_up_is_named(sleeps: Sleeps) -> None:
    found, _ = ask(said(10, "Request limit is exceeded"))
    assert "monthly quota" in str(found)
    assert sleeps


@pytest.mark.parametrize(
    "code", [*codes(CodeAction.STOP), 3, 8, 11, 13, 99, 112, 113, 114, 117, -1, "x"]
)
def test_all_else_ends_the_run_at_once(sleeps: Sleeps, code: Any) -> None:
    found, seen = ask(said(code, "because"))
    assert isinstance(found, StoreError)
    assert "return code" in str(found)
    assert len(seen) == 1
    assert sleeps == []


@pytest.mark.parametrize(("code", "setting"), [(2, "api2cart_api_key"), (4, "api2cart_store_key")])
def test_a_wrong_key_names_its_setting(code: int, setting: str) -> None:
    assert f"`{setting}`" in str(ask(said(code))[0])


def test_a_bad_parameter_is_told_apart() -> None:
    found, _ = ask(said(109, "Parameter 'modified_from' is not valid"))
    assert isinstance(found, BadParameterError)
    assert "`modified_from`" in str(found)


@pytest.mark.parametrize(
    "passing",
    [
        Answer(502, HTML, form="text/html"),
        Answer(504, HTML, form="text/html"),
        Answer(429, ""),
        Answer(200, '{"return_code":0,"result":{"or'),
        Answer(200, HTML, form="text/html"),
        Answer(200, {"result": {}}),
        Answer(200, []),
        Answer(200, GOOD, cut=10),
    ],
)
def test_answers_that_are_broken_are_asked_for_again(sleeps: Sleeps, passing: Answer) -> None:
    found, seen = ask(passing, Answer(body=GOOD))
    assert found.document == {"order": []}
    assert (len(seen), len(sleeps)) == (2, 1)


def test_a_return_code_counts_whatever_the_status(sleeps: Sleeps) -> None:
    found, _ = ask(Answer(401, {"return_code": 2, "return_message": "Incorrect API Key"}))
    assert "`api2cart_api_key`" in str(found)
    assert ask(Answer(503, {"return_code": 7}), Answer(body=GOOD))[0].document == {"order": []}
    found, seen = ask(Answer(404, HTML, form="text/html"))
    assert "`api2cart_url`" in str(found)
    assert len(seen) == 1
    assert len(sleeps) == 1


@pytest.mark.parametrize("empty", [{}, [], None, ""])
def test_an_empty_result_is_written_in_many_ways(empty: Any) -> None:
    body = {"return_code": 0, "result": empty, "pagination": empty}
    assert ask(Answer(body=body))[0] == ({}, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("abc%3D", "abc%3D"),
        (12, "12"),
        (0, "0"),
        ("", None),
        (None, None),
        (False, None),
        ([], None),
    ],
)
def test_a_cursor_is_text_or_a_number(written: Any, read: str | None) -> None:
    body = {"return_code": 0, "result": [], "pagination": {"next": written}}
    assert ask(Answer(body=body))[0] == ({}, read)


@pytest.mark.parametrize("written", [["abc"], {"cursor": "abc"}, True])
def test_a_cursor_that_cannot_be_read_is_not_taken_for_the_end(written: Any) -> None:
    body = {"return_code": 0, "result": [], "pagination": {"next": written}}
    found, _ = ask(Answer(body=body))
    assert isinstance(found, StoreError)
    assert "`pagination.next`" in str(found)


@pytest.mark.parametrize(
    "shopper",
    [
        *("shopper@example.org", "shopper%40example.org", "shopper&#64;example.org"),
        *("John Smith <shopper@example.org>", "shopper (at) example.org, +1 555 0100"),
    ],
)
@pytest.mark.parametrize(
    "code", [*(code for rule in RETURN_CODE_RULES for code in rule.codes), 3, 8, 113, -1, "x"]
)
def test_no_message_repeats_a_key_or_a_shopper(
    sleeps: Sleeps, caplog: pytest.LogCaptureFixture, code: Any, shopper: str
) -> None:
    caplog.set_level(logging.DEBUG)
    message = f"{API_KEY} or {STORE_KEY} is wrong, says {shopper} " + "x" * 400
    found, _ = ask(said(code, message), Answer(502, HTML, form="text/html"), said(2, message))
    told = f"{found} {caplog.text}"
    assert not any(part in told for part in (API_KEY, STORE_KEY, "shopper", "Smith", "0100"))
    assert len(str(found)) < 500
    assert sleeps is not None


def test_what_is_no_json_names_the_setting_of_api2cart(sleeps: Sleeps) -> None:
    found, _ = ask(Answer(200, HTML, form="text/html"))
    assert "`api2cart_url`" in str(found)
    assert "`api_url`" not in str(found)
    assert sleeps


@pytest.mark.parametrize("carts", [0, 1])
def test_cursors_that_lead_nowhere_are_followed_for_a_while_only(carts: int) -> None:
    """Each answer has a cursor of its own, and the same cart or none."""
    date = {"value": "2026-03-03T08:00:00+0000", "format": "Y-m-d\\TH:i:sO"}
    order = [{"id": "1", "modified_at": date}] * carts
    answers = [
        Answer(body={**GOOD, "pagination": {"next": f"c{n}"}, "result": {"order": order}})
        for n in range(200)
    ]
    with Script(*answers).serving() as script:
        limits = Limits(timeout=5, retry_for=TWO_MINUTES, parallel=1)
        client = Api2CartSession(
            Api2CartConnection(f"{script.url}/v1.1", API_KEY, STORE_KEY, limits)
        )
        pages = AbandonedList(client, 10).pages(NOON - timedelta(days=1), NOON)
        with pytest.raises(StoreError, match="same page again and again"):
            list(pages)
        client.close()
    assert len(script.seen) < 30
