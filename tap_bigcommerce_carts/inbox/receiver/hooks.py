"""The hooks at BigCommerce: made, repaired, looked at and removed, through `/v3/hooks`."""

from __future__ import annotations

import itertools
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import requests

from tap_bigcommerce_carts.bigcommerce.responses import StoreResponses
from tap_bigcommerce_carts.errors import InboxError, TransientError
from tap_bigcommerce_carts.http.faults import environment_fault
from tap_bigcommerce_carts.http.retries import UNTIL_TIME_IS_UP, retried
from tap_bigcommerce_carts.http.transport import requests_session
from tap_bigcommerce_carts.inbox.receiver.authenticity import SECRET_HEADER
from tap_bigcommerce_carts.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
# All that happens to carts, their lines included.
_SCOPE = "store/cart/*"
_PER_PAGE = 250
_OWN_PORT = re.compile(r"^(https://[^/?#]*):443(?=[/?#]|$)")
_TIMEOUT = 30
# Seconds a command tries again through faults, in all: four windows of the request quota.
_PATIENCE = 120
_LONGEST_WAIT = 30.0
_SENTENCES = {
    401: "BigCommerce does not know the access token: check CART_INBOX_ACCESS_TOKEN.",
    403: "The access token may not manage these hooks: check the store hash, and give the API "
    "account the scope Carts: read-only.",
    404: "BigCommerce knows no such store: check the store hash and CART_INBOX_API_URL.",
}


@dataclass(frozen=True, slots=True)
class ApiAccount:
    """An API account of a store."""

    api_url: str
    store: str
    token: str


@dataclass(frozen=True, slots=True)
class FoundHook:
    """A hook as BigCommerce shows it.

    Attributes:
        name: what it is called in a line about it.
        destination: where it posts to; may hold anything.
        wrong: what is wrong with it, in a few words each; empty if it works.
    """

    name: str
    destination: str
    wrong: tuple[str, ...]


class Hooks:
    """The hooks of one API account; BigCommerce shows no others.

    A fault that passes is tried again.

    Args:
        account: whose hooks.
        patience: seconds that all requests together are tried again.
    """

    def __init__(self, account: ApiAccount, patience: float = _PATIENCE) -> None:
        self._root = f"{account.api_url.rstrip('/')}/stores/{account.store}/v3/hooks"
        self._responses = StoreResponses(account.store)
        self._session = requests_session(account.api_url)
        self._session.headers.update({"X-Auth-Token": account.token, "Accept": "application/json"})
        self._patience = patience
        self._timeout = min(_TIMEOUT, patience)
        self._until = time.monotonic() + patience

    def _patiently(self, step: Callable[[], T]) -> T:
        """Return what a step returns, retrying it as long as the command's time is not up."""
        left = max(self._until - time.monotonic(), 0)
        try:
            return retried(step, UNTIL_TIME_IS_UP, left, longest_wait=_LONGEST_WAIT)
        except TransientError as error:
            raise InboxError(
                f"{error} Given up after trying for {self._patience:g} s: run the command again "
                "later."
            ) from error

    def _send(self, *request: Any, gone_is_fine: bool = False) -> Any:
        return self._patiently(lambda: self._send_once(*request, gone_is_fine=gone_is_fine))

    def register(self, destination: str, secret: str) -> list[str]:
        """Make the hook be there once, active and right; return a line for it and each other.

        Args:
            destination: where the inbox is reached.
            secret: what the hook sends as `X-Inbox-Secret`.

        Raises:
            InboxError: BigCommerce does not let it.
        """
        wanted = {
            "scope": _SCOPE,
            "destination": destination,
            "headers": {SECRET_HEADER: secret},
            "is_active": True,
        }
        return [f"{_SCOPE}: {line}" for line in self._put_right(wanted)]

    def status(
        self, destination: str | None = None, secret: str | None = None
    ) -> list[tuple[bool, str]]:
        """Return for each hook whether it works, as far as BigCommerce shows it, and a line.

        Args:
            destination: where the inbox is reached, to find a hook by, beside its header.
            secret: what the receiver takes, to compare the hook's with; None if not known.
        """
        lines = []
        for hook in self.found(destination, secret):
            said = " and ".join(hook.wrong) + "; run register" if hook.wrong else "active"
            where = redacted(hook.destination)
            lines.append((not hook.wrong, f"{_SCOPE}: {hook.name} to {where}: {said}"))
        return lines or [(False, f"{_SCOPE}: there is no hook; run register")]

    def found(self, destination: str | None = None, secret: str | None = None) -> list[FoundHook]:
        """Return the inbox's hooks; the arguments are those of `status`."""
        return [
            FoundHook(
                _named(hook),
                str(hook.get("destination")),
                tuple(_wrong_with(hook, destination, secret)),
            )
            for hook in self._ours(destination)
        ]

    def unregister(self, destination: str | None = None) -> list[str]:
        """Remove the inbox's hooks; return a line for each."""
        lines = []
        for hook in self._ours(destination):
            self._delete(hook)
            lines.append(f"{_SCOPE}: removed {_named(hook)}")
        return lines or [f"{_SCOPE}: there was no hook"]

    def _put_right(self, wanted: dict[str, Any]) -> list[str]:
        found, made = self._patiently(lambda: self._find_or_make(wanted))
        if made:
            return [f"created {_named(made)} to {wanted['destination']}"]
        # The same destination is allowed only once, so one that has it is the one to keep.
        found.sort(key=lambda hook: not _leads_to(hook, wanted["destination"]))
        kept, *others = found
        for hook in others:
            self._delete(hook)
        lines = [f"removed {_named(hook)}, one too many" for hook in others]
        has = {**kept, "headers": _headers(kept)}
        sends = {**wanted, "headers": _headers(wanted)}
        wrong = [name for name, value in sends.items() if has.get(name) != value]
        if _OWN_PORT.sub(r"\1", str(has.get("destination"))) == _OWN_PORT.sub(
            r"\1", wanted["destination"]
        ):
            wrong = [name for name in wrong if name != "destination"]
        if wrong:
            self._send("PUT", _path(kept), wanted)
        said = "repaired " + ", ".join(wrong) + " of" if wrong else "nothing to do for"
        return [f"{said} {_named(kept)} to {wanted['destination']}", *lines]

    def _find_or_make(
        self, wanted: dict[str, Any]
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
        """Return the hooks there are, or else the one made.

        Each try looks anew: the one before may have made a hook and lost the answer.
        """
        found = self._ours(wanted["destination"])
        if found:
            return found, None
        made = _data(self._send_once("POST", "", wanted), dict)
        return found, made

    def _ours(self, destination: str | None) -> list[dict[str, Any]]:
        """Return the inbox's hooks: they carry its header, or have its destination."""
        return [
            hook
            for hook in self._listed()
            if hook.get("scope") == _SCOPE
            and (_leads_to(hook, destination) or SECRET_HEADER.lower() in _headers(hook))
        ]

    def _listed(self) -> list[dict[str, Any]]:
        """Return all hooks; a page may hold fewer than asked for and not be the last."""
        found: dict[str, dict[str, Any]] = {}
        for page in itertools.count(1):
            answer = self._send("GET", f"?scope={_SCOPE}&page={page}&limit={_PER_PAGE}")
            rows = {_path(hook): hook for hook in _data(answer, list) if isinstance(hook, dict)}
            news = rows.keys() - found.keys()
            found |= rows
            if not news or _is_last(answer, page):
                break
        return list(found.values())

    def _delete(self, hook: dict[str, Any]) -> None:
        self._send("DELETE", _path(hook), gone_is_fine=True)

    def _send_once(
        self, method: str, path: str, document: Any = None, *, gone_is_fine: bool = False
    ) -> Any:
        try:
            # A redirect would carry the token to wherever it points.
            answer = self._session.request(
                method,
                self._root + path,
                json=document,
                timeout=self._timeout,
                allow_redirects=False,
            )
            if answer.ok and not answer.is_redirect:
                return answer.json() if answer.content else {}
        except (requests.exceptions.JSONDecodeError, RecursionError) as error:
            raise TransientError("BigCommerce's answer about hooks is not JSON.") from error
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and (said := environment_fault(error)):
                raise InboxError(said) from error
            fault = (
                f"BigCommerce could not be asked about hooks ({type(error).__name__}): check "
                "CART_INBOX_API_URL and the network."
            )
            # A ValueError is a wrong address, which stays so.
            raise (InboxError if isinstance(error, ValueError) else TransientError)(
                fault
            ) from error
        if gone_is_fine and answer.status_code == requests.codes.not_found:
            return {}
        wrong = self._responses.error_of(answer, path="/v3/hooks", scope="")
        if isinstance(wrong, TransientError):
            raise wrong
        raise InboxError(_SENTENCES.get(answer.status_code, str(wrong)))


def _data(answer: Any, kind: type[Any]) -> Any:
    """Return the data of a response."""
    found = answer.get("data") if isinstance(answer, dict) else None
    if isinstance(found, kind):
        return found
    raise InboxError(
        "BigCommerce's answer about hooks does not hold what it should: check CART_INBOX_API_URL."
    )


def _is_last(answer: dict[str, Any], page: int) -> bool:
    """Return whether a response says that no page follows."""
    meta = answer.get("meta")
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    pages = pagination.get("total_pages") if isinstance(pagination, dict) else None
    return isinstance(pages, int) and page >= pages


def _named(hook: dict[str, Any]) -> str:
    return f"hook {redacted(hook.get('id'))}"


def _path(hook: dict[str, Any]) -> str:
    return f"/{quote(str(hook.get('id')), safe='')}"


def _headers(hook: dict[str, Any]) -> dict[str, Any]:
    """Return the headers a hook sends, names in lower case, as BigCommerce may change theirs."""
    headers = hook.get("headers")
    if not isinstance(headers, dict):
        return {}
    return {str(name).lower(): value for name, value in headers.items()}


def _leads_to(hook: dict[str, Any], destination: str | None) -> bool:
    found = hook.get("destination")
    return (
        destination is not None and isinstance(found, str) and _place(found) == _place(destination)
    )


def _place(address: str) -> str:
    """Return an address as addresses are compared; 443 is HTTPS's own port."""
    return _OWN_PORT.sub(r"\1", address.lower())


def _wrong_with(hook: dict[str, Any], destination: str | None, secret: str | None) -> list[str]:
    wrong = []
    if hook.get("is_active") is not True:
        wrong.append("switched off by BigCommerce")
    if destination and not _leads_to(hook, destination):
        wrong.append("leads elsewhere than to CART_INBOX_DESTINATION")
    shown = hook.get("headers") is not None
    if secret and shown and _headers(hook).get(SECRET_HEADER.lower()) != secret:
        wrong.append("sends another secret than the receiver takes")
    return wrong
