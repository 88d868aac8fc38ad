"""Documents as they are decoded: dicts, or structs that hold only what is read of them.

A page has megabytes, and much of it goes into no row. A struct skips that while decoding,
takes half the memory of a dict and gives all its values at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import defstruct

if TYPE_CHECKING:
    from collections.abc import Mapping

Document = dict[str, Any] | msgspec.Struct
Struct = type[msgspec.Struct]


def document(name: str, kinds: Mapping[str, Any]) -> Struct:
    """Make the struct of documents with these keys, in this order; None for one they lack.

    Args:
        name: what the struct is called.
        kinds: what stands under each key, as a type.
    """
    return defstruct(name, [(key, kind, None) for key, kind in kinds.items()], gc=False)


def value_of(document: Document, key: str) -> Any:
    """Give what stands under a key; None if nothing does."""
    if isinstance(document, dict):
        return document.get(key)
    return getattr(document, key, None)
