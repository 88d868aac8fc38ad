"""What each HTTP status means: one table, read from top to bottom, the first row that fits wins.

https://developer.bigcommerce.com/docs/start/about/status-codes
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.errors import (
    HeavyRequestError,
    MissingScopeError,
    NotFoundError,
    OutOfReachError,
    RefusedError,
    StoreError,
    TransientError,
)
from tap_bigcommerce_carts.redaction import redacted, secret_in

if TYPE_CHECKING:
    import requests


class StatusAction(Enum):
    """What the caller does about a response."""

    TRY_AGAIN = "try again, until `retry_for` is spent"
    TRY_SMALLER = "as above, and ask for a smaller page if it keeps failing"
    SKIP = "leave this stream out, read the others, end with an exit code other than 0"
    MISSING = "the resource is gone: the caller knows what that means"
    REFUSE = "end the stream, unless the caller knows what was wrong with the request"
    STOP = "end the stream"
    END = "end the run: all streams would end alike"


@dataclass(frozen=True, slots=True)
class StatusRule:
    """A row of the table.

    Args:
        first: lowest status the row is for.
        last: highest status the row is for.
        action: what is done.
        sentence: for the user; `{path}`, `{status}`, `{reason}`, `{scope}` and
            `{store}` are filled in.
        reasons: if given, the response's own reason must hold one of these words.
    """

    first: int
    last: int
    action: StatusAction
    sentence: str
    reasons: tuple[str, ...] = ()

    def fits(self, status: int, reason: str) -> bool:
        """Return whether a response with this status and reason is this row's.

        Args:
            status: the response's.
            reason: BigCommerce's own words, as `reason_of` returns them.
        """
        return self.first <= status <= self.last and (
            not self.reasons or any(word in reason.lower() for word in self.reasons)
        )


STATUS_RULES = (
    StatusRule(
        300,
        399,
        StatusAction.STOP,
        "{path} was redirected ({status}). Set `api_url` to the address it leads to; the token is "
        "not sent on to other addresses.",
    ),
    StatusRule(
        401,
        401,
        StatusAction.END,
        "BigCommerce refused the access token (401) for store {store}. Check `access_token`: it "
        "may be mistyped, revoked, or made for another store.",
    ),
    StatusRule(
        403,
        403,
        StatusAction.SKIP,
        "the access token lacks the scope {scope} ({path} answered 403). Add the scope to the API "
        "account, or deselect the stream. If every stream says this, check `store_hash`, and that "
        "the token was made for store {store}.",
    ),
    StatusRule(
        404,
        404,
        StatusAction.MISSING,
        "{path} was not found (404). Check `store_hash` ({store}) and `api_url`.",
    ),
    StatusRule(
        408,
        408,
        StatusAction.TRY_AGAIN,
        "{path} answered {status} (time-out).",
    ),
    StatusRule(
        413,
        413,
        StatusAction.STOP,
        "{path} found the page too large (413): {reason}. Lower `page_size`.",
    ),
    StatusRule(
        429,
        429,
        StatusAction.TRY_AGAIN,
        "{path} answered 429 (too many requests).",
    ),
    StatusRule(
        400,
        499,
        StatusAction.REFUSE,
        "{path} did not accept the request ({status}): {reason}.",
    ),
    StatusRule(
        503,
        503,
        StatusAction.END,
        "store {store} is not being served (503): {reason}. Trying again will not help until the "
        "store is reopened in BigCommerce.",
        reasons=("suspended", "maintenance"),
    ),
    StatusRule(
        500,
        500,
        StatusAction.TRY_SMALLER,
        "{path} answered {status} (a fault at BigCommerce).",
    ),
    StatusRule(
        504,
        504,
        StatusAction.TRY_SMALLER,
        "{path} answered {status} (BigCommerce took too long).",
    ),
    StatusRule(
        500,
        599,
        StatusAction.TRY_AGAIN,
        "{path} answered {status} (a fault at BigCommerce).",
    ),
)

_ERRORS: dict[StatusAction, type[StoreError]] = {
    StatusAction.MISSING: NotFoundError,
    StatusAction.REFUSE: RefusedError,
    StatusAction.STOP: StoreError,
    StatusAction.END: OutOfReachError,
}


@dataclass(frozen=True, slots=True)
class StoreResponses:
    """What the responses of one store mean.

    Args:
        store: its hash, for messages.
    """

    store: str

    def error_of(self, response: requests.Response, *, path: str, scope: str) -> StoreError:
        """Return the exception that the table asks for, of a response that is not a success.

        Args:
            response: the response.
            path: what was asked for, for the message.
            scope: what it needs, for the message if that is missing.
        """
        reason = reason_of(response, path)
        for rule in STATUS_RULES:
            if rule.fits(response.status_code, reason):
                break
        sentence = rule.sentence.format(
            path=path,
            status=response.status_code,
            reason=reason or "no reason given",
            scope=scope,
            store=self.store,
        )
        if rule.action is StatusAction.TRY_SMALLER:
            return HeavyRequestError(sentence, wait=_asked_wait(response))
        if rule.action is StatusAction.TRY_AGAIN:
            return TransientError(sentence, wait=_asked_wait(response))
        if rule.action is StatusAction.SKIP:
            return MissingScopeError(sentence, scope)
        return _ERRORS[rule.action](sentence)

    def shows_overload(self, response: requests.Response) -> bool:
        """Return whether the platform, not this store's quota, is at its limit.

        A 429 without rate headers says so, and so does a 503.
        """
        if response.status_code == 429:  # noqa: PLR2004 - HTTP status
            return "X-Rate-Limit-Time-Reset-Ms" not in response.headers
        return response.status_code == 503  # noqa: PLR2004 - HTTP status


def reason_of(response: requests.Response, path: str) -> str:
    """Return BigCommerce's own short reason for an error, or "" if it gave none.

    V2 answers `[{"status":…,"message":"…"}]`, V3 `{"status":…,"title":"…"}`, the gateway text
    or a page of HTML. Only the documented message fields are used, never the whole body.

    Args:
        response: what came.
        path: what was asked for; if a part of it is secret, it is not repeated.
    """
    try:
        body: Any = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError):
        return ""
    if isinstance(body, list):
        body = body[0] if body else {}
    if not isinstance(body, dict):
        return ""
    found = next((body[key] for key in ("title", "message", "error") if body.get(key)), "")
    words = str(found).strip().rstrip(".")
    if isinstance(errors := body.get("errors"), dict) and errors:
        words += f" ({', '.join(sorted(map(str, errors)))})"
    return redacted(words, response.request.headers.get("X-Auth-Token"), secret_in(path))


def _asked_wait(response: requests.Response) -> float | None:
    """Return the seconds to wait before the next try that the store asks for, if it does."""
    headers = response.headers
    for name, scale in (
        ("X-Rate-Limit-Time-Reset-Ms", 1000),
        ("X-Retry-After", 1),
        ("Retry-After", 1),
    ):
        value = headers.get(name, "").strip()
        # On a fault that is not about the quota the rate headers say nothing of when to return.
        about_quota = response.status_code == 429 or scale == 1  # noqa: PLR2004 - HTTP status
        if about_quota and value.isascii() and value.isdigit():
            return float(value) / scale
    return None
