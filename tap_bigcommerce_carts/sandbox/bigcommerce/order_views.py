"""Orders as the API serves them, with their lines and consignments.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from dataclasses import dataclass, replace
from typing import Any

from tap_bigcommerce_carts.sandbox.responses import encode
from tap_bigcommerce_carts.sandbox.shop.consignments import consignment_kind
from tap_bigcommerce_carts.sandbox.shop.records import Document, Order

MOST_INCLUDED_LINES = 50  # per consignment; the rest needs /products
_KINDS = ("pickups", "shipping", "downloads")
_MONEY = ("cost", "total", "amount", "discount", "price")
_CUT = {"message": "Not all line items of this consignment are included; ask for the products."}


@dataclass(frozen=True, slots=True)
class OrderShape:
    """How an order is served: what the request asked for, and which switches are on."""

    base: str = ""
    consignments: bool = False
    line_items: bool = False
    fees: bool = False
    as_array: bool = False
    warning_position: str = "consignment"
    no_line_items: bool = False
    dict_line_items: bool = False
    money_as_number: bool = False
    credit_card_type_object: bool = False
    form_fields_as: str = "array"


def order_bytes(order: Order, shape: OrderShape) -> bytes:
    """Return an order as JSON; encoded once for each shape until the order changes."""
    found = order.served.get(shape)
    if found is None:
        found = order.served[shape] = encode(order_view(order, shape))
        order.forget_content()
    return found


def order_view(order: Order, shape: OrderShape) -> Document:
    """Return an order as the API would serve it. Fields set by hand win over everything."""
    path = f"/orders/{order.id}"
    view: Document = {
        **order.stamps,
        "products": _link(shape.base, f"{path}/products"),
        "shipping_addresses": _link(shape.base, f"{path}/shippingaddresses"),
        "coupons": _link(shape.base, f"{path}/coupons"),
        "fees": [] if shape.fees else _link(shape.base, f"{path}/fees"),
        "consignments": _link(shape.base, f"{path}/consignments"),
    }
    if shape.consignments:
        consignments = consignments_view(order, shape)
        view["consignments"] = [consignments] if shape.as_array else consignments
        if shape.warning_position == "order" and consignments.pop("__warning__", None):
            view["__warning__"] = _CUT
    view = _odd(view | order.content.document, shape)
    for name in order.content.absent:
        view.pop(name, None)
    return view


def line_view(line: Document, shape: OrderShape) -> Document:
    """Return one entry of an order's products."""
    return _numbers(line) if shape.money_as_number else line


def consignments_view(order: Order, shape: OrderShape) -> Document:
    """Return an order's consignments, each with its lines or the links to them."""
    parts = order.content.consignments
    shipping = [part["id"] for part in parts["shipping"]]
    homes: dict[tuple[str, Any], list[Document]] = {}
    for line in order.content.lines:
        homes.setdefault(_home(line, shipping), []).append(line)

    def filled(kind: str, consignments: list[Document]) -> list[Document]:
        return [
            _consignment(order, shape, kind, part, homes.get((kind, part.get("id")), []))
            for part in consignments
        ]

    certificates = filled("gift_certificates", parts["email"]["gift_certificates"])
    view: Document = {kind: filled(kind, parts[kind]) for kind in _KINDS}
    if shape.warning_position != "consignment":
        _lift_warning([*certificates, *(part for kind in _KINDS for part in view[kind])], view)
    return view | {"email": {"gift_certificates": certificates}}


def _home(line: Document, shipping: list[int]) -> tuple[str, Any]:
    """Return the kind and the id of the consignment that holds a line."""
    kind = consignment_kind(line)
    if kind == "shipping":
        address = line.get("order_address_id")
        return kind, address if address in shipping else shipping[0]
    return kind, line["order_pickup_method_id"] if kind == "pickups" else None


def _consignment(
    order: Order, shape: OrderShape, kind: str, consignment: Document, lines: list[Document]
) -> Document:
    view = dict(consignment)
    path = f"/orders/{order.id}"
    if kind == "shipping":
        quotes = f"{path}/consignments/shipping/{consignment['id']}/shipping_quotes"
        view["shipping_quotes"] = _link(shape.base, quotes)
    if not shape.line_items:
        view["line_items"] = [_link(shape.base, f"{path}/products/{x['id']}") for x in lines]
        return view
    shown = [] if shape.no_line_items else lines[:MOST_INCLUDED_LINES]
    view["line_items"] = [line_view(line, shape) for line in shown]
    if shape.dict_line_items and kind in ("downloads", "gift_certificates") and shown:
        view["line_items"] = view["line_items"][0]
    if shown and len(lines) > len(shown):
        view["__warning__"] = _CUT
    return view


def _lift_warning(parts: list[Document], view: Document) -> None:
    """Move the warning from the consignments that have one to the object around them."""
    cut = [part.pop("__warning__", None) for part in parts]
    if any(cut):
        view["__warning__"] = _CUT


def _link(base: str, resource: str) -> Document:
    return {"url": f"{base}/v2{resource}", "resource": resource}


def _odd(view: Document, shape: OrderShape) -> Document:
    """Apply the switches for fields seen with other types in practice."""
    if shape.money_as_number:
        view = _numbers(view)
    if shape.credit_card_type_object:
        view["credit_card_type"] = {}
    if shape.form_fields_as != "array":
        several = [{"name": "Sizes", "value": ["S", "M"]}]
        odd: Any = "" if shape.form_fields_as == "string" else several
        view["billing_address"] = {**view["billing_address"], "form_fields": odd}
    return view


def _numbers(document: Document) -> Document:
    return {name: _as_number(name, value) for name, value in document.items()}


def _as_number(name: str, value: Any) -> Any:
    """Return an amount as a JSON number; other values stay as they are."""
    if isinstance(value, str) and any(word in name for word in _MONEY):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def lines_shape(shape: OrderShape, *, empty: bool) -> OrderShape:
    """Return `shape` for one order, with or without its included lines."""
    return replace(shape, no_line_items=True) if empty else shape
