"""Documents as they are decoded: dicts, or structs that hold only what is read of them.

A page has megabytes, and much of it goes into no row. A struct skips that while decoding,
takes half the memory of a dict and gives all its values at once. What has not the shape it
should have does not fit into a struct, and comes as a dict to those who look twice.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET, defstruct

if TYPE_CHECKING:
    from collections.abc import Iterable

    Struct = type[msgspec.Struct]

Document = dict[str, Any] | msgspec.Struct
WARNING = "__warning__"


class Part(msgspec.Struct, gc=False):
    """A level at which BigCommerce may warn that it left something out."""

    warning: Any = msgspec.field(default=UNSET, name=WARNING)


def document(name: str, keys: Iterable[str]) -> Struct:
    """Make the struct of documents that have these keys, in this order; None for one they lack."""
    return defstruct(name, [(key, object, None) for key in dict.fromkeys(keys)], gc=False)


def value_of(document: Document, key: str) -> Any:
    """Give what stands under a key; None if nothing does."""
    if isinstance(document, dict):
        return document.get(key)
    return getattr(document, key, None)


def order_decoder(order: Struct, line: Struct) -> msgspec.json.Decoder[list[Any]]:
    """Make the decoder of a list of orders that include their lines.

    Args:
        order: what is read of an order; the decoder's orders have `consignments` besides.
        line: what is read of a line.
    """
    line = defstruct(
        "Line",
        # A link stands where lines are not included.
        [("resource", object, UNSET)],
        bases=(_with(line, ("id", "quantity", "parent_order_product_id")),),
        gc=False,
    )
    group = defstruct("Group", [("line_items", list[line], [])], bases=(Part,), gc=False)  # type: ignore[valid-type]
    groups = list[group]  # type: ignore[valid-type]
    email = defstruct("Email", [("gift_certificates", groups, [])], bases=(Part,), gc=False)
    kinds: list[Any] = [(kind, groups, []) for kind in ("shipping", "pickups", "downloads")]
    consignments = defstruct(
        "Consignments",
        [*kinds, ("email", email, msgspec.field(default_factory=email))],
        bases=(Part,),
        gc=False,
    )
    order = defstruct(
        "Order",
        [("consignments", consignments | None, None), ("warning", object, UNSET)],
        bases=(_with(order, ("items_total", "channel_id")),),
        rename={"warning": WARNING},
        gc=False,
    )
    return msgspec.json.Decoder(list[order], float_hook=Decimal)  # type: ignore[valid-type]


def _with(struct: Struct, keys: tuple[str, ...]) -> Struct:
    """Add keys to a struct, behind its own."""
    lacking = [(key, object, None) for key in keys if key not in struct.__struct_fields__]
    return defstruct(struct.__name__, lacking, bases=(struct,), gc=False)
