"""Whether a request comes from BigCommerce: the secret header, and the signature."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_HEADER = "X-Inbox-Secret"  # noqa: S105 - the header's name, not what it holds
# How far a signed time may be from ours (seconds): as the Standard Webhooks libraries have it.
_TOLERANCE = 300
_LONGEST_NUMBER = 12


def store_of(headers: Mapping[str, str], secrets: Mapping[str, str]) -> str | None:
    """Tell which store's secret the header holds, in a time that tells nothing about any.

    Args:
        headers: of the request.
        secrets: by store; no two are the same.
    """
    given = headers.get(SECRET_HEADER.lower(), "").encode()
    opened = {hmac.compare_digest(given, secret.encode()): each for each, secret in secrets.items()}
    return opened.get(True)


def signature(client_secret: str, sent_id: str, sent_at: str, body: bytes) -> str:
    """Sign as Standard Webhooks says; the key is the client secret's bytes."""
    content = b".".join((sent_id.encode(), sent_at.encode(), body))
    return b64encode(hmac.digest(client_secret.encode(), content, hashlib.sha256)).decode()


def is_signed(headers: Mapping[str, str], body: bytes, client_secret: str, now: float) -> bool:
    """Check the signature and that its time is near; several signatures may be given."""
    sent_id = headers.get("webhook-id", "")
    sent_at = headers.get("webhook-timestamp", "")
    # Longer numbers are no times, and may be too long to be converted at all.
    if not sent_id or not (sent_at.isascii() and sent_at.isdigit()):
        return False
    if len(sent_at) > _LONGEST_NUMBER or abs(now - int(sent_at)) > _TOLERANCE:
        return False
    right = f"v1,{signature(client_secret, sent_id, sent_at, body)}".encode()
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(each, right) for each in given)
