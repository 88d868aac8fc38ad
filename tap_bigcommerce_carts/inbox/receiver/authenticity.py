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
    """Return the store whose secret the header holds, in a time that reveals nothing about any.

    Args:
        headers: of the request.
        secrets: by store; no two are the same.

    Returns:
        The store's hash, or None if it is no store's secret.
    """
    given = headers.get(SECRET_HEADER.lower(), "").encode()
    opened = {hmac.compare_digest(given, secret.encode()): each for each, secret in secrets.items()}
    return opened.get(True)


def signature(client_secret: str, sent_id: str, sent_at: str, body: bytes) -> str:
    """Return a signature as Standard Webhooks has it; the key is the client secret's bytes.

    Args:
        client_secret: of the API account.
        sent_id: the header `webhook-id`.
        sent_at: the header `webhook-timestamp`.
        body: as it was posted.

    Returns:
        The HMAC-SHA256, in base64.
    """
    content = b".".join((sent_id.encode(), sent_at.encode(), body))
    return b64encode(hmac.digest(client_secret.encode(), content, hashlib.sha256)).decode()


def is_signed(headers: Mapping[str, str], body: bytes, client_secret: str, now: float) -> bool:
    """Return whether one of the request's signatures is right, and its time is near.

    Args:
        headers: of the request, which may hold several signatures.
        body: as it was posted.
        client_secret: of the API account.
        now: Unix seconds.
    """
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
