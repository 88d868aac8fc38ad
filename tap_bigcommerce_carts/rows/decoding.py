"""Decodes JSON as shop APIs write it: exact numbers, and no text that a warehouse refuses."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from tap_bigcommerce_carts.errors import StoreError, UnreadableResponseError

# What is raised over JSON that is none, or that is nested too deeply.
UNREADABLE = (ValueError, InvalidOperation, RecursionError)
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
# As JSON writes it.
_NUL = b"\\u0000"


def decode(content: bytes | None, path: str, setting: str) -> Any:
    """Return a body's JSON, numbers with a point as Decimal; None for the 204 without a body.

    Args:
        content: the body; None for a 204.
        path: what was asked for, for messages.
        setting: the setting that names who was asked, for messages.

    Raises:
        UnreadableResponseError: it is no JSON at all.
        StoreError: it holds no data.
    """
    if content is None:
        return None
    try:
        body = _DECODER.decode(content)
    except UNREADABLE:
        body = _decode_leniently(content, path, setting)
    if body is None:
        # None stands for 204; "null" is no answer to anything.
        raise StoreError(f"{path} answered `null` instead of data. Check `{setting}`.")
    # No warehouse keeps a NUL character; PostgreSQL refuses the whole load over one.
    return clean(body) if has_nul(content) else body


def clean(value: Any) -> Any:
    """Return a JSON value without what is no character in its text: NUL, and halves of others."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [clean(item) for item in value]
    if isinstance(value, dict):
        return {key: clean(item) for key, item in value.items()}
    return value


def has_nul(content: bytes) -> bool:
    """Whether JSON may hold the character NUL."""
    # From the end the search skips all that holds no backslash: twice as fast.
    return content.rfind(_NUL) >= 0


def _decode_leniently(content: bytes, path: str, setting: str) -> Any:
    """Return JSON whose text was cut in the middle of a character; what is left of it is marked."""
    try:
        body = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    except UNREADABLE:
        raise UnreadableResponseError(
            f"{path} answered with something that is not JSON. If this stays, check `{setting}`."
        ) from None
    return clean(body)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
