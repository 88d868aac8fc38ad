"""What API2Cart's responses mean: one table of its return codes, whatever the HTTP status is.

API2Cart's own words are never repeated: they may be the shop platform's, about a shopper.
https://api2cart.com/docs/response-status-codes
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.errors import (
    BadParameterError,
    OutOfReachError,
    PossiblyTransientError,
    StoreError,
    TransientError,
    UnreadableResponseError,
)
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    import requests

# What the words of return code 109 may name: parameters that are sent, and nothing else.
_PARAMETERS = re.compile(r"modified(?:_from|_to)?|page_cursor|response_fields|\bcount\b|\bstart\b")
_SERVER_FAULTS = 500
_PASSING, _OVERLOADED = frozenset({408, 425, 429}), frozenset({429, 503})


class CodeAction(Enum):
    """What the caller does about a return code."""

    TRY_AGAIN = "try again, until `retry_for` is spent"
    TRY_A_FEW_TIMES = "it may pass or may stay: a few tries tell"
    ANOTHER_FORM = "the caller may write the parameter in another form"
    STOP = "end the stream"
    END = "end the run: no other call would be answered"


@dataclass(frozen=True, slots=True)
class ReturnCodeRule:
    """A row of the table.

    Args:
        codes: return codes the row is for.
        action: what is done.
        sentence: for the user; `{method}`, `{code}` and, for a parameter that
            was not accepted, `{parameter}` are filled in.
    """

    codes: tuple[int, ...]
    action: CodeAction
    sentence: str


RETURN_CODE_RULES = (
    ReturnCodeRule(
        (1, 9),
        CodeAction.TRY_AGAIN,
        "{method} failed (return code {code}, a fault at API2Cart).",
    ),
    ReturnCodeRule(
        (2, 5, 6),
        CodeAction.END,
        "API2Cart refused the account's key (return code {code}). Check "
        "`api2cart_api_key`: it may be mistyped or disabled.",
    ),
    ReturnCodeRule(
        (4,),
        CodeAction.END,
        "API2Cart refused the store's key (return code 4). Check `api2cart_store_key`: "
        "it must be of a store that is connected to this account.",
    ),
    ReturnCodeRule(
        (7, 12),
        CodeAction.TRY_AGAIN,
        "{method} has to wait (return code {code}: too many calls to this store at once).",
    ),
    ReturnCodeRule(
        (10,),
        CodeAction.TRY_A_FEW_TIMES,
        "API2Cart's limit for the account is reached (return code 10). If this stays, "
        "the plan's monthly quota of requests is used up: look at the account at API2Cart.",
    ),
    ReturnCodeRule(
        (106, 110),
        CodeAction.TRY_AGAIN,
        "{method} has to wait (return code {code}: the shop's own API is too busy or away).",
    ),
    ReturnCodeRule(
        (100, 105, 107),
        CodeAction.TRY_A_FEW_TIMES,
        "the shop did not answer API2Cart as it should (return code {code}). If this stays, check "
        "the store's connection in API2Cart's account, and its log of {method}.",
    ),
    ReturnCodeRule(
        (109,),
        CodeAction.ANOTHER_FORM,
        "API2Cart did not accept {parameter} of {method} (return code 109). The shop's platform "
        "may not support it.",
    ),
    ReturnCodeRule(
        (111,),
        CodeAction.STOP,
        "{method} asked for too many carts at once (return code 111). Lower `page_size`.",
    ),
    ReturnCodeRule(
        (101, 102, 103, 104, 115, 116),
        CodeAction.END,
        "API2Cart cannot reach the shop (return code {code}). Check the store's "
        "connection in API2Cart's account.",
    ),
)
_UNKNOWN = ReturnCodeRule(
    (),
    CodeAction.STOP,
    "API2Cart did not answer {method} (return code {code}). Its log in API2Cart's account tells "
    "why.",
)
_ERRORS: dict[CodeAction, type[StoreError]] = {
    CodeAction.TRY_AGAIN: TransientError,
    CodeAction.TRY_A_FEW_TIMES: PossiblyTransientError,
    CodeAction.ANOTHER_FORM: BadParameterError,
    CodeAction.STOP: StoreError,
    CodeAction.END: OutOfReachError,
}
_BY_CODE = {code: rule for rule in RETURN_CODE_RULES for code in rule.codes}


class Api2CartResponses:
    """What API2Cart's responses mean."""

    def error_in(self, method: str, body: Any) -> StoreError | None:
        """Return the exception that the table asks for, or None if a call succeeded.

        Args:
            method: API2Cart's method, for messages.
            body: the decoded response.
        """
        if not isinstance(body, dict) or "return_code" not in body:
            return UnreadableResponseError(
                f"{method} answered without a return code. If this stays, check `api2cart_url`."
            )
        code = _code(body["return_code"])
        if code == 0:
            return None
        rule = _BY_CODE.get(code, _UNKNOWN)
        sentence = rule.sentence.format(method=method, code=code, parameter=_parameter(body))
        return _ERRORS[rule.action](sentence)

    def error_of(self, response: requests.Response, *, path: str, scope: str) -> StoreError:  # noqa: ARG002 - there are no scopes
        """Return the exception for a bad HTTP status; its body may still hold a return code.

        Args:
            response: what came.
            path: what was asked for.
            scope: not used; API2Cart has no scopes.
        """
        method, status = path.strip("/").removesuffix(".json"), response.status_code
        with suppress(msgspec.DecodeError, RecursionError):
            found = self.error_in(method, msgspec.json.decode(response.content))
            if found and not isinstance(found, UnreadableResponseError):
                return found
        if status >= _SERVER_FAULTS or status in _PASSING:
            return TransientError(f"{method} answered {status} (a fault at API2Cart or before it).")
        return StoreError(f"{method} answered {status}. Check `api2cart_url` and the keys.")

    def shows_overload(self, response: requests.Response) -> bool:
        """Return whether fewer calls at once would help."""
        return response.status_code in _OVERLOADED


def _parameter(body: dict[str, Any]) -> str:
    """Return which of our parameters a response's words name, and no other word of them."""
    words = str(body.get("return_message") or "").lower()
    named = dict.fromkeys(_PARAMETERS.findall(words))
    return " and ".join(f"`{each}`" for each in named) or "a parameter"


def _code(value: Any) -> int:
    """Return a return code, also one written as text, or -1 if it is none."""
    code = integer_or_none(value)
    return -1 if code is None else code
