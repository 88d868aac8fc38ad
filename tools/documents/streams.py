"""The streams that documents and staging are written from."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.tap import INBOX_STREAMS
from tap_bigcommerce_carts.tap import STREAMS as BY_SOURCE

if TYPE_CHECKING:
    from tap_bigcommerce_carts.singer.stream import StoreStream

# API2Cart's have the same columns.
STREAMS: tuple[type[StoreStream], ...] = (*BY_SOURCE[Source.BIGCOMMERCE], *INBOX_STREAMS)

BY = "Generated from the fields in tap_bigcommerce_carts/streams/ by `make documents`."


def name_of(stream: type[StoreStream]) -> str:
    """Return a stream's name, which only its class's own dict holds as text."""
    return str(vars(stream)["name"])


def meaning(stream: type[StoreStream]) -> str:
    """Return the sentence that says what a row of the stream is: its docstring's first line."""
    return (inspect.getdoc(stream) or "").partition("\n")[0]


def key_of(stream: type[StoreStream]) -> tuple[str, ...]:
    """Return the columns of a stream's primary key."""
    return tuple(vars(stream)["primary_keys"])


def bookmark_of(stream: type[StoreStream]) -> str | None:
    """Return the column of a stream's bookmark, or None if it is read whole each time."""
    return vars(stream).get("replication_key")
