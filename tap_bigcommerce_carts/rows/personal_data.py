"""What happens to names, e-mail, phone, addresses and IP: kept, hashed or dropped.

A field is marked as personal once, where it is declared. The one function here is applied
to every marked value of every stream, so a person is the same person in all tables.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Personal(StrEnum):
    """The mark on a field that tells about a person."""

    EMAIL = "email"
    """An e-mail address: equal addresses must hash equal however they were typed."""

    OTHER = "other"
    """A name, a phone number, a part of an address, an IP address, or free text."""


class Treatment(StrEnum):
    """The values of the setting `personal_data`."""

    KEEP = "keep"
    HASH = "hash"
    DROP = "drop"


def mark_of(how: Treatment, salt: str) -> str:
    """Name a treatment, so that what was treated before is known again; "" for `keep`.

    Of a salt no more is told than any hash made with it tells.
    """
    if how is Treatment.HASH:
        return f"hash {hmac.digest(salt.encode(), b'mark', hashlib.sha256).hex()[:16]}"
    return "" if how is Treatment.KEEP else str(how)


def treatment(how: Treatment, salt: str) -> Callable[[Any, Personal], Any] | None:
    """Build the function that treats one marked value.

    Args:
        how: what the merchant chose.
        salt: the key of the hash. Without it nobody can tell a known address from its hash.

    Returns:
        A function of a value and its mark, or None where nothing has to be done. Nothing
        (None) stays nothing. With `hash` a value
        becomes 64 hexadecimal digits: HMAC-SHA256 of the text, an e-mail address trimmed
        and in lower case first.
    """
    key = salt.encode()

    def hashed(value: Any, mark: Personal) -> str | None:
        if value is None:
            return None
        text = str(value)
        if mark is Personal.EMAIL:
            text = text.strip().lower()
        if not text.strip():
            # Nothing but spaces tells of nobody; a hash of it would make one person of many.
            return None
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()

    return {
        Treatment.KEEP: None,
        Treatment.HASH: hashed,
        Treatment.DROP: lambda _value, _mark: None,
    }[how]
