"""The hooks at BigCommerce: made, repaired, looked at and removed, through `/v3/hooks`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from tap_bigcommerce_carts.inbox.authenticity import SECRET_HEADER
from tap_bigcommerce_carts.inbox.errors import InboxError

# All that happens to carts, their lines included.
SCOPES = ("store/cart/*",)
_PER_PAGE = 250
_TIMEOUT = 30
_SENTENCES = {
    401: "BigCommerce does not know the access token: check CART_INBOX_ACCESS_TOKEN.",
    403: "The access token may not manage these hooks: check the store hash, and give the API "
    "account the scopes Carts: read-only and Information & settings: read-only.",
    429: "BigCommerce's request quota is used up: try again in a minute.",
}


@dataclass(frozen=True, slots=True)
class Account:
    """An API account of a store."""

    api_url: str
    store: str
    token: str


class Hooks:
    """The hooks of one API account; BigCommerce shows no others."""

    def __init__(self, account: Account) -> None:
        self._root = f"{account.api_url.rstrip('/')}/stores/{account.store}/v3/hooks"
        self._session = requests.Session()
        self._session.headers.update({"X-Auth-Token": account.token, "Accept": "application/json"})

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
        found = self._ours(scope, wanted["destination"])
        if not found:
            made = self._send("POST", "", wanted)["data"]
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

    def _send(
        self, method: str, path: str, document: Any = None, *, gone_is_fine: bool = False
    ) -> dict[str, Any]:
        try:
            answer = self._session.request(
                method, self._root + path, json=document, timeout=_TIMEOUT
            )
            if answer.ok:
                read: dict[str, Any] = answer.json()
                return read
        except requests.RequestException as error:
            raise InboxError(
                f"BigCommerce could not be asked about hooks ({type(error).__name__}): check "
                "CART_INBOX_API_URL and the network, then try again."
            ) from error
        if gone_is_fine and answer.status_code == requests.codes.not_found:
            return {}
        raise InboxError(_SENTENCES.get(answer.status_code) or _refused(answer))


def _refused(answer: requests.Response) -> str:
    try:
        title = str(answer.json()["title"])[:200]
    except (ValueError, KeyError, TypeError):
        title = "without a reason"
    return f"BigCommerce refused the hook with HTTP {answer.status_code}: {title}"
