"""The hooks at BigCommerce: made, repaired, looked at and removed, through `/v3/hooks`."""

from __future__ import annotations

import itertools
import logging
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import backoff
import requests

from tap_bigcommerce_carts.bigcommerce.outcomes import Outcomes
from tap_bigcommerce_carts.inbox.authenticity import SECRET_HEADER
from tap_bigcommerce_carts.inbox.errors import InboxError
from tap_bigcommerce_carts.platform.addresses import fault_of_environment, http_session
from tap_bigcommerce_carts.platform.errors import PassingError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    Step = Callable[..., "T"]

T = TypeVar("T")
# All that happens to carts, their lines included.
SCOPES = ("store/cart/*",)
_PER_PAGE = 250
_TIMEOUT = 30
# Seconds a command tries again through faults, in all: four windows of the request quota.
_PATIENCE = 120
_SHORTEST_WAIT, _LONGEST_WAIT = 0.1, 30.0
_SENTENCES = {
    401: "BigCommerce does not know the access token: check CART_INBOX_ACCESS_TOKEN.",
    403: "The access token may not manage these hooks: check the store hash, and give the API "
    "account the scopes Carts: read-only and Information & settings: read-only.",
    404: "BigCommerce knows no such store: check the store hash and CART_INBOX_API_URL.",
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """An API account of a store."""

    api_url: str
    store: str
    token: str


class Hooks:
    """The hooks of one API account; BigCommerce shows no others.

    A fault that passes is tried again, for two minutes in all.
    """

    def __init__(self, account: Account) -> None:
        self._root = f"{account.api_url.rstrip('/')}/stores/{account.store}/v3/hooks"
        self._outcomes = Outcomes(account.store)
        self._session = http_session(account.api_url)
        self._session.headers.update({"X-Auth-Token": account.token, "Accept": "application/json"})
        self._until = time.monotonic() + _PATIENCE
        self._send = self._patiently(self._send_once)
        self._found_or_made = self._patiently(self._find_or_make)

    def _patiently(self, step: Step[T]) -> Step[T]:
        return backoff.on_exception(
            _waits,
            PassingError,
            max_time=lambda: max(self._until - time.monotonic(), 0),
            jitter=None,
            on_backoff=_say_again,
            on_giveup=_give_up,
            logger=None,
        )(step)

    def register(self, destination: str, secret: str) -> list[str]:
        """Make each hook be there once, active and right; return a line for each."""
        wanted = {"destination": destination, "headers": {SECRET_HEADER: secret}, "is_active": True}
        return [
            line for scope in SCOPES for line in self._put_right(scope, {"scope": scope, **wanted})
        ]

    def status(self) -> list[tuple[bool, str]]:
        """Return for each hook whether it works, and a line."""
        return [each for scope in SCOPES for each in self._told(scope)]

    def unregister(self) -> list[str]:
        """Remove the inbox's hooks; return a line for each."""
        lines = []
        for scope in SCOPES:
            found = self._ours(scope)
            for hook in found:
                self._delete(hook)
                lines.append(f"{scope}: removed hook {hook['id']}")
            if not found:
                lines.append(f"{scope}: there was no hook")
        return lines

    def _put_right(self, scope: str, wanted: dict[str, Any]) -> list[str]:
        found, made = self._found_or_made(scope, wanted)
        if made:
            return [f"{scope}: created hook {made['id']} to {wanted['destination']}"]
        # The same destination is allowed only once, so one that has it is the one to keep.
        found.sort(key=lambda hook: hook["destination"] != wanted["destination"])
        kept, *others = found
        for hook in others:
            self._delete(hook)
        lines = [f"{scope}: removed hook {hook['id']}, one too many" for hook in others]
        wrong = [name for name, value in wanted.items() if kept.get(name) != value]
        if wrong:
            self._send("PUT", f"/{kept['id']}", wanted)
        said = "repaired " + ", ".join(wrong) + " of" if wrong else "nothing to do for"
        return [f"{scope}: {said} hook {kept['id']} to {wanted['destination']}", *lines]

    def _find_or_make(
        self, scope: str, wanted: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the hooks there are, or else the one made.

        Each try looks anew: the one before may have made a hook and lost the answer.
        """
        found = self._ours(scope, wanted["destination"])
        return found, None if found else self._send_once("POST", "", wanted)["data"]

    def _told(self, scope: str) -> list[tuple[bool, str]]:
        found = self._ours(scope)
        if not found:
            return [(False, f"{scope}: there is no hook; run register")]
        told = []
        for hook in found:
            active = hook.get("is_active") is True
            said = "active" if active else "switched off by BigCommerce; run register"
            told.append((active, f"{scope}: hook {hook['id']} to {hook['destination']}: {said}"))
        return told

    def _ours(self, scope: str, destination: str | None = None) -> list[dict[str, Any]]:
        """List the inbox's hooks: they carry its header, or have its destination."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            rows = self._send("GET", f"?scope={scope}&page={page}&limit={_PER_PAGE}")["data"]
            found += [hook for hook in rows if hook.get("scope") == scope]
            if len(rows) < _PER_PAGE:
                break
            page += 1
        return [
            hook
            for hook in found
            if hook.get("destination") == destination
            or SECRET_HEADER in (hook.get("headers") or {})
        ]

    def _delete(self, hook: dict[str, Any]) -> None:
        self._send("DELETE", f"/{hook['id']}", gone_is_fine=True)

    def _send_once(
        self, method: str, path: str, document: Any = None, *, gone_is_fine: bool = False
    ) -> dict[str, Any]:
        try:
            # A redirect would carry the token to wherever it points.
            answer = self._session.request(
                method, self._root + path, json=document, timeout=_TIMEOUT, allow_redirects=False
            )
            if answer.ok and not answer.is_redirect:
                read: dict[str, Any] = answer.json() if answer.content else {}
                return read
        except requests.exceptions.JSONDecodeError as error:
            raise PassingError("BigCommerce's answer about hooks is not JSON.") from error
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and (said := fault_of_environment(error)):
                raise InboxError(said) from error
            fault = (
                f"BigCommerce could not be asked about hooks ({type(error).__name__}): check "
                "CART_INBOX_API_URL and the network."
            )
            # A ValueError is a wrong address, which stays so.
            raise (InboxError if isinstance(error, ValueError) else PassingError)(fault) from error
        if gone_is_fine and answer.status_code == requests.codes.not_found:
            return {}
        wrong = self._outcomes.error_of(answer, path="/v3/hooks", scope="")
        if isinstance(wrong, PassingError):
            raise wrong
        raise InboxError(_SENTENCES.get(answer.status_code, str(wrong)))


def _waits() -> Generator[float, PassingError, None]:
    """Yield the seconds before each next try: what BigCommerce asks for, else ever longer."""
    error = yield 0.0
    for tries in itertools.count():
        # Spread out, so that several commands do not come back all at once.
        longer = random.uniform(0.5, 1.0) * 2 ** min(tries, 10)  # noqa: S311 - not a secret
        asked = longer if error.wait is None else max(error.wait, _SHORTEST_WAIT)
        error = yield min(asked, _LONGEST_WAIT)


def _say_again(details: Any) -> None:
    logger.warning("%s Trying again in %.1f s.", details["exception"], details["wait"])


def _give_up(details: Any) -> NoReturn:
    raise InboxError(
        f"{details['exception']} Given up after trying for {_PATIENCE} s: run the command again "
        "later."
    )
