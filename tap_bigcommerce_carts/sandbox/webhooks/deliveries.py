"""A webhook on its way: how it is signed and posted, and which domains get nothing for a while."""

import hmac
import time
from base64 import b64encode
from dataclasses import dataclass, field
from math import inf
from typing import Any
from urllib.parse import urlsplit

import requests

# Seconds. A domain is judged by the calls of a window; what fails too often is blocked.
WINDOW = 120
BLOCK = 180
_ENOUGH_CALLS = 100
_GOOD_SHARE = 0.9
_TIMEOUT = 10


@dataclass(order=True, slots=True)
class Delivery:
    """An event for one hook; what is due at the same time goes in the order of the numbers."""

    due: float
    number: int
    hook: dict[str, Any] = field(compare=False)
    event_hash: str = field(compare=False)
    body: bytes = field(compare=False)
    tries: int = field(default=0, compare=False)

    @property
    def domain(self) -> str:
        """Where it goes, with the port, so that one machine can be many domains."""
        return urlsplit(str(self.hook["destination"])).netloc


@dataclass(slots=True)
class Domain:
    """How the calls to a domain go; moments are in seconds of a clock that never goes back."""

    calls: int = 0
    failed: int = 0
    blocked_until: float = -inf
    _opened: float = -inf

    def note(self, now: float, *, arrived: bool, speed: float) -> None:
        """Count a call, and block the domain when too many have failed."""
        if now - self._opened >= WINDOW / speed:
            self._opened, self.calls, self.failed = now, 0, 0
        self.calls += 1
        self.failed += not arrived
        if self.calls >= _ENOUGH_CALLS and self.calls - self.failed < _GOOD_SHARE * self.calls:
            self.blocked_until, self._opened = now + BLOCK / speed, -inf


def post(session: requests.Session, delivery: Delivery, client_secret: str) -> bool:
    """Post it; return whether the response was 2xx, and in time.

    Args:
        session: what posts.
        delivery: what, and to which hook.
        client_secret: signs it; empty for no signature.
    """
    headers = {"Content-Type": "application/json", **(delivery.hook["headers"] or {})}
    if client_secret:
        headers |= _signed(delivery, client_secret)
    try:
        response = session.post(
            delivery.hook["destination"],
            data=delivery.body,
            headers=headers,
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException:
        return False
    return response.status_code // 100 == 2  # noqa: PLR2004 - the class of success


def _signed(delivery: Delivery, client_secret: str) -> dict[str, str]:
    """Return the headers of Standard Webhooks; the time is real, for receivers look at it.

    The standard's secret is the base64 form of the key, so the key is the client secret itself.
    """
    sent_at = str(int(time.time()))
    content = b".".join((delivery.event_hash.encode(), sent_at.encode(), delivery.body))
    signature = b64encode(hmac.digest(client_secret.encode(), content, "sha256")).decode()
    return {
        "webhook-id": delivery.event_hash,
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{signature}",
    }
