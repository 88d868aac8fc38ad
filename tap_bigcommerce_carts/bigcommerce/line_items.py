"""Finds the lines inside an order document, and whether they are all there.

`include=consignments.line_items` puts an order's lines into the list's response, below the
consignment that delivers them. At most 50 lines come per consignment, and some orders come
with none though they have some; such an order's lines must be asked for by themselves.
https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from tap_bigcommerce_carts.bigcommerce.order_decoders import WARNING
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer, integer_or_none

if TYPE_CHECKING:
    from tap_bigcommerce_carts.model import Document

MOST_LINES_INCLUDED = 50


def line_items_of(order: Document) -> tuple[list[Any], bool]:
    """Return an order's included lines, from all four kinds of consignment.

    Returns:
        The lines, none twice, and whether they are known to be all: nothing was cut or flagged,
        and their quantities add up to the order's `items_total`.
    """
    if not isinstance(order, dict):
        return _in_struct(order)
    groups, whole = _groups(order.get("consignments"))
    lines: list[dict[str, Any]] = []
    whole = whole and WARNING not in order
    for group in groups:
        items = group.get("line_items")
        found = _lines(items)
        strange = isinstance(items, list) and len(found) < len(items)
        whole = whole and not strange
        whole = whole and WARNING not in group and len(found) < MOST_LINES_INCLUDED
        lines += found
    lines = distinct(lines)
    return lines, whole and adds_up(order, lines)


def _in_struct(order: Any) -> tuple[list[Any], bool]:
    """Gather the lines of an order that has the shape it should have."""
    parts, groups = [order], []
    if consignments := order.consignments:
        email = consignments.email
        groups += consignments.shipping + consignments.pickups + consignments.downloads
        groups += email.gift_certificates
        parts += [consignments, email, *groups]
    included = [line for group in groups for line in group.line_items]
    lines = [line for line in included if line.resource is UNSET]
    whole = len(lines) == len(included) and all(part.warning is UNSET for part in parts)
    whole = whole and all(len(group.line_items) < MOST_LINES_INCLUDED for group in groups)
    lines = distinct(lines)
    return lines, whole and adds_up(order, lines)


def adds_up(order: Document, lines: list[Any]) -> bool:
    """Return whether the lines' quantities sum to the order's `items_total`.

    Whether the parts of a bundle count is not documented, so both sums are taken as right.

    Args:
        order: as the store gave it.
        lines: all kinds of lines of the order, as the store gave them.
    """
    try:
        expected = integer(value_of(order, "items_total"))
        quantities = [integer(value_of(line, "quantity")) or 0 for line in lines]
    except ValueError:
        return False
    if sum(quantities) == expected:
        return True
    parts = [value_of(line, "parent_order_product_id") for line in lines]
    return expected == sum(
        quantity for quantity, part in zip(quantities, parts, strict=True) if not part
    )


def distinct(lines: list[Any]) -> list[Any]:
    """Return the lines without those that come twice; one without a readable id stays."""
    ids = [value_of(line, "id") for line in lines]
    if set(map(type, ids)) <= {int} and len(set(ids)) == len(ids):
        return lines
    seen: set[int] = set()
    kept = []
    for line in lines:
        number = integer_or_none(value_of(line, "id"))
        if number is None or number not in seen:
            kept.append(line)
        if number is not None:
            seen.add(number)
    return kept


def _groups(consignments: Any) -> tuple[list[dict[str, Any]], bool]:
    """List the consignments of all kinds; the flag is False if one level warns of a cut.

    The object of consignments may come inside a list of one, as it did before
    `consignment_structure=object` was known.
    """
    groups: list[dict[str, Any]] = []
    whole = True
    for shape in _dicts(consignments):
        email = shape.get("email")
        kinds = [shape.get(kind) for kind in ("shipping", "pickups", "downloads")]
        if isinstance(email, dict):
            kinds.append(email.get("gift_certificates"))
            whole = whole and WARNING not in email
        for kind in kinds:
            groups += _dicts(kind)
        whole = whole and WARNING not in shape
    return groups, whole


def _lines(line_items: Any) -> list[dict[str, Any]]:
    """Read a consignment's lines: a list, or one bare object. Link objects are no lines."""
    return [line for line in _dicts(line_items) if "resource" not in line]


def _dicts(value: Any) -> list[dict[str, Any]]:
    """Read one object, or a list of them, as a list of objects."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []
