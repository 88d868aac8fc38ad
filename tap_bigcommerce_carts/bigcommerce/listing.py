"""One page of a list, read as late as possible.

The walk needs each row's id and date and nothing else; those are read at once. The rest of
the page, by far the most of it, stays as the bytes that came until a row is looked at, so
that pages fetched ahead cost little memory.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_bigcommerce_carts.platform.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable


class Head(msgspec.Struct):
    """What the walk knows a row by, as it was written."""

    id: Any = None
    date_modified: Any = None


class _Wrapped(msgspec.Struct):
    data: list[Head]


class Form(NamedTuple):
    """Where a list stands in an answer.

    Attributes:
        heads: reads just the heads; raises msgspec.DecodeError if the form is another.
        documents: takes the list out of a decoded body; raises StoreError if there is none.
        typed: reads a list of documents that are as they should be; without it, and for
            others, a document is a dict.
    """

    heads: Callable[[bytes], list[Head]]
    documents: Callable[[Any, str], list[Any]]
    typed: msgspec.json.Decoder[list[Any]] | None = None


def bare_list(body: Any, path: str) -> list[Any]:
    """Read a V2 list; None is the 204 that stands for an empty one."""
    if body is None:
        return []
    if isinstance(body, list):
        return body
    raise StoreError(f"{path} answered with something other than a list. Check `api_url`.")


def wrapped_list(body: Any, path: str) -> list[Any]:
    """Read the list under `data` of a V3 answer."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list):
        return data
    if body is None:
        return []
    raise StoreError(f"{path} answered without the `data` it should hold. Check `api_url`.")


_BARE = msgspec.json.Decoder(list[Head])
_WRAPPED = msgspec.json.Decoder(_Wrapped)
V2 = Form(_BARE.decode, bare_list)
V3 = Form(lambda content: _WRAPPED.decode(content).data, wrapped_list)


class Listing:
    """A page of a list.

    Args:
        content: the answer's body.
        form: where the list stands in it.
        documents: reads the body's documents; raises StoreError if it is not a list of them.
    """

    def __init__(self, content: bytes, form: Form, documents: Callable[[bytes], list[Any]]) -> None:
        self._content = content
        self._form = form
        self._documents = documents

    @cached_property
    def heads(self) -> list[Head]:
        """Each row's id and date, in the order listed."""
        with suppress(msgspec.DecodeError):
            return self._form.heads(self._content)
        # Something unusual: the careful reader finds out what.
        return [
            Head(each.get("id"), each.get("date_modified")) if isinstance(each, dict) else Head()
            for each in self._documents(self._content)
        ]

    @cached_property
    def documents(self) -> list[Any]:
        """The rows' documents, in the order listed."""
        _ = self.heads
        # From here on the body is not needed any more.
        content, self._content = self._content, b""
        return self._documents(content)


EMPTY = Listing(b"[]", V2, lambda _content: [])
