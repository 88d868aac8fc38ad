"""The consignments of an order: what is sent where, fetched at a counter, or e-mailed.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from collections.abc import Iterable
from typing import Any

from tap_bigcommerce_carts.sandbox.shop.money import number, units
from tap_bigcommerce_carts.sandbox.shop.order_documents import postal_address
from tap_bigcommerce_carts.sandbox.shop.people import Person
from tap_bigcommerce_carts.sandbox.shop.records import Document


def consignments_for(document: Document, lines: Iterable[Document], who: Person) -> Document:
    """Return the consignments that `lines` need, without the lines themselves.

    The order's shipping cost is on the first shipping consignment, so the sum is right.

    Args:
        document: the order.
        lines: its lines.
        who: the shopper, to whom all is sent.
    """
    lines = list(lines)
    kinds = {line.get("type") for line in lines}
    pickups = {line["order_pickup_method_id"]: None for line in lines if is_pickup(line)}
    ships = [line for line in lines if consignment_kind(line) == "shipping"]
    addresses = {line["order_address_id"]: None for line in ships}
    return {
        "pickups": [_pickup(key) for key in pickups],
        "shipping": [
            _shipping(
                document,
                key,
                [line for line in ships if line["order_address_id"] == key],
                who,
                first=n == 0,
            )
            for n, key in enumerate(addresses)
        ],
        "downloads": [{"recipient_email": who.email}] if "digital" in kinds else [],
        "email": {
            "gift_certificates": (
                [{"recipient_email": who.email}] if "giftcertificate" in kinds else []
            )
        },
    }


def is_pickup(line: Document) -> bool:
    """Return whether a line waits at a shop's counter."""
    return bool(line.get("order_pickup_method_id"))


_CONSIGNMENT_KINDS: dict[Any, str] = {
    "digital": "downloads",
    "giftcertificate": "gift_certificates",
}


def consignment_kind(line: Document) -> str:
    """Return the list of consignments a line belongs to."""
    kind = _CONSIGNMENT_KINDS.get(line.get("type"))
    return kind or ("pickups" if is_pickup(line) else "shipping")


def _pickup(method_id: int) -> Document:
    return {
        "id": method_id,
        "pickup_method_id": method_id,
        "pickup_method_display_name": "At the counter",
        "collection_instructions": "Ring the bell",
        "collection_time_description": "Weekdays 10 to 18",
        "location": {
            "id": 1,
            "name": "North Quay Shop",
            "code": "NQ-1",
            "address_line_1": "2 Quay Road",
            "address_line_2": "",
            "city": "Bremen",
            "state": "Bremen",
            "postal_code": "28195",
            "country_alpha2": "DE",
            "email": "counter@example.com",
            "phone": "",
        },
    }


def _shipping(
    document: Document, address_id: int, lines: list[Document], who: Person, *, first: bool
) -> Document:
    costs = (
        "base_shipping_cost",
        "shipping_cost_ex_tax",
        "shipping_cost_inc_tax",
        "shipping_cost_tax",
    )
    base, ex_tax, inc_tax, tax = (number(units(document[cost]) if first else 0) for cost in costs)
    return {
        "id": address_id,
        **postal_address(who),
        "form_fields": [],
        "shipping_method": "Parcel",
        "items_total": sum(n for line in lines if isinstance(n := line.get("quantity"), int)),
        "items_shipped": 0,
        "base_cost": base,
        "cost_ex_tax": ex_tax,
        "cost_inc_tax": inc_tax,
        "cost_tax": tax,
        "cost_tax_class_id": 2,
        "base_handling_cost": 0,
        "handling_cost_ex_tax": 0,
        "handling_cost_inc_tax": 0,
        "handling_cost_tax": 0,
        "handling_cost_tax_class_id": 2,
        "shipping_zone_id": 1,
        "shipping_zone_name": who.place.country,
    }
