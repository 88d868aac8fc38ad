"""Masks names, e-mail, phone, addresses and IP: kept, hashed or dropped.

A field is marked as personal once, where it is declared. One mask is applied to every marked
value of every stream, so a person is the same person in all tables.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


class Personal(StrEnum):
    """The mark on a field that is about a person."""

    EMAIL = "email"
    """An e-mail address: equal addresses must hash equal however they were typed."""

    OTHER = "other"
    """A name, a phone number, a part of an address, an IP address, or free text."""


class Masking(StrEnum):
    """The values of the setting `personal_data`."""

    KEEP = "keep"
    HASH = "hash"
    DROP = "drop"


# Masks one value by its mark.
Mask: TypeAlias = "Callable[[Any, Personal], Any]"


def fingerprint(how: Masking, salt: str) -> str:
    """Return a text that is the same for what was masked alike; "" for `keep`.

    It reveals no more of the salt than any hash made with it.

    Args:
        how: what the merchant chose.
        salt: the key of the hash.
    """
    if how is Masking.HASH:
        return f"hash {hmac.digest(salt.encode(), b'mark', hashlib.sha256).hex()[:16]}"
    return "" if how is Masking.KEEP else str(how)


def mask_for(how: Masking, salt: str) -> Mask | None:
    """Return the mask of personal data, or None if it is kept.

    Args:
        how: what the merchant chose.
        salt: the key of the hash. Without it nobody can find a known address by its hash.

    Returns:
        A function of a value and its mark. None stays None. With `hash` a value becomes 64
        hexadecimal digits: HMAC-SHA256 of the text, an e-mail address trimmed and in lower
        case first.
    """
    key = salt.encode()

    def hashed(value: Any, mark: Personal) -> str | None:
        if value is None:
            return None
        text = str(value)
        if mark is Personal.EMAIL:
            text = text.strip().lower()
        if not text.strip():
            # Nothing but spaces is about nobody; a hash of it would make one person of many.
            return None
        return hmac.digest(key, text.encode(), hashlib.sha256).hex()

    return {
        Masking.KEEP: None,
        Masking.HASH: hashed,
        Masking.DROP: lambda _value, _mark: None,
    }[how]
