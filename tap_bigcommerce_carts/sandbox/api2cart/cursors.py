"""Cursors: opaque text that holds where a list goes on, its page size and its filters."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any
from urllib.parse import quote, unquote
from zlib import crc32

import msgspec

from tap_bigcommerce_carts.sandbox.api2cart.return_codes import GatewayError, invalid


class Cursor(msgspec.Struct, frozen=True):
    """Where a list goes on.

    Attributes:
        count: the page size.
        filters: the query's filters, as sent.
        start: rows before this page.
        after: rank of the last row before it; None: count the rows instead.
    """

    count: int
    filters: dict[str, str]
    start: int = 0
    after: int | None = None


# These bytes become `+//+`, so that every cursor has characters that a URL must encode.
_MARK = b"\xfb\xff\xfe"
_SUM = 4


def write(cursor: Cursor) -> str:
    """Return a cursor as responses carry it: percent-encoded already."""
    text = msgspec.json.encode(cursor)
    # A length of three times something and one more gives an ending of `==`.
    text += b" " * (-(len(text) + _SUM - 1) % 3)
    sealed = _MARK + crc32(text).to_bytes(_SUM) + text
    return quote(b64encode(sealed).decode(), safe="")


def read(text: str, *, strict: bool) -> Cursor:
    """Read a cursor of a query, which was decoded once.

    One that is still encoded was encoded twice: refused when `strict`, else decoded again.
    """
    sealed = _bytes(text if strict else unquote(text))
    mark, check, body = sealed[:3], sealed[3 : 3 + _SUM], sealed[3 + _SUM :]
    if mark != _MARK or crc32(body).to_bytes(_SUM) != check:
        raise _wrong()
    return msgspec.json.decode(body, type=Cursor)


def _bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise _wrong() from error


def _wrong() -> GatewayError:
    return invalid("page_cursor", "a cursor of an earlier answer")


def pagination(previous: Cursor | None, following: Cursor | None) -> dict[str, Any]:
    """Return the `pagination` object of a page."""
    return {
        "previous": previous and write(previous),
        "next": following and write(following),
    }
