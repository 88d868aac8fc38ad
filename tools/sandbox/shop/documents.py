"""The JSON documents of the API, with totals that add up.

How amounts relate (all in the currency the shopper pays in):

* a line's totals are its prices times its quantity; ex tax plus tax is inc tax;
* an order's subtotals are the sums of its lines' totals;
* an order's totals are its subtotals plus shipping minus discount and coupon;
* `items_total` is the sum of the lines' quantities; parts of a bundle are lines like others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from .currencies import STORE, Currency
from .money import money, number, share, units
from .people import Person

Document = dict[str, Any]

NOTHING = money(0)
COUPON_ID = "total-coupon"  # the id of a discount that a coupon gave
LINES_PER_ORDER = 10_000  # the ids of an order's lines start at its own id times this

STATUSES = {
    0: "Incomplete",
    1: "Pending",
    2: "Shipped",
    3: "Partially Shipped",
    4: "Refunded",
    5: "Cancelled",
    6: "Declined",
    7: "Awaiting Payment",
    8: "Awaiting Pickup",
    9: "Awaiting Shipment",
    10: "Completed",
    11: "Awaiting Fulfillment",
    12: "Manual Verification Required",
    13: "Disputed",
    14: "Partially Refunded",
}
_PAYMENT_STATUS = {
    2: "captured",
    3: "captured",
    4: "refunded",
    5: "void",
    6: "declined",
    8: "captured",
    9: "captured",
    10: "paid",
    11: "authorized",
    12: "held for review",
    13: "captured",
    14: "partially refunded",
}


@dataclass(slots=True)
class Content:
    """An order's documents: itself, its lines, and its consignments without their lines.

    `absent` names fields that are not served at all.
    """

    document: Document
    lines: list[Document]
    consignments: Document
    coupons: list[Document] = field(default_factory=list)
    absent: frozenset[str] = frozenset()


@lru_cache(maxsize=1 << 14)
def _amounts(price: int, quantity: int, tax: int, step: int) -> Document:
    """Return the amounts of a line; carts share them, so they are worked out once."""
    price_tax = share(price, tax, step)
    price_inc = price + price_tax
    return {
        "quantity": quantity,
        "base_price": money(price),
        "price_ex_tax": money(price),
        "price_inc_tax": money(price_inc),
        "price_tax": money(price_tax),
        "base_total": money(price * quantity),
        "total_ex_tax": money(price * quantity),
        "total_inc_tax": money(price_inc * quantity),
        "total_tax": money(price_tax * quantity),
        "discounted_total_inc_tax": money(price_inc * quantity),
    }


_LINE: Document = {
    "id": 0,
    "order_id": 0,
    "product_id": 101,
    "variant_id": 10100,
    "order_pickup_method_id": 0,
    "order_address_id": 0,
    "name": "Plain Thing",
    "name_customer": "Plain Thing",
    "name_merchant": "Plain Thing",
    "sku": "PT-101",
    "upc": "",
    "type": "physical",
    "weight": "0.2000",
    "width": NOTHING,
    "height": NOTHING,
    "depth": NOTHING,
    "base_cost_price": NOTHING,
    "cost_price_inc_tax": NOTHING,
    "cost_price_ex_tax": NOTHING,
    "cost_price_tax": NOTHING,
    "is_refunded": False,
    "quantity_refunded": 0,
    "refund_amount": NOTHING,
    "return_id": 0,
    "wrapping_id": 0,
    "wrapping_name": "",
    "base_wrapping_cost": NOTHING,
    "wrapping_cost_ex_tax": NOTHING,
    "wrapping_cost_inc_tax": NOTHING,
    "wrapping_cost_tax": NOTHING,
    "wrapping_message": None,
    "quantity_shipped": 0,
    "event_name": None,
    "event_date": None,
    "fixed_shipping_cost": NOTHING,
    "ebay_item_id": "",
    "ebay_transaction_id": "",
    "option_set_id": None,
    "parent_order_product_id": None,
    "is_bundled_product": False,
    "bin_picking_number": "",
    "external_id": None,
    "brand": "",
    "gift_certificate_id": None,
}


def line_document(
    price: int, quantity: int, tax: int, paid: Currency, fields: Document
) -> Document:
    """Return an order line.

    Args:
        price: of one, ex tax, in units.
        quantity: how many.
        tax: in percent.
        paid: the currency of the price.
        fields: what else differs from a plain line.
    """
    line = _LINE | _amounts(price, quantity, tax, paid.step)
    line["applied_discounts"] = []
    line["product_options"] = []
    line["configurable_fields"] = []
    name = fields.get("name", line["name"])
    line["name_customer"] = line["name_merchant"] = name
    line.update(fields)
    return line


def discount_line(line: Document, discount: Document) -> None:
    """Note a discount `{"id", "amount", "name", "code", "target"}` on a line."""
    left = units(line["discounted_total_inc_tax"]) - units(discount["amount"])
    line["discounted_total_inc_tax"] = money(left)
    line["applied_discounts"].append(discount)


def product_option(option_id: int, line_id: int, name: str, value: str) -> Document:
    """Return one chosen option of a line, e.g. size M."""
    return {
        "id": line_id * 10 + option_id,
        "option_id": option_id,
        "order_product_id": line_id,
        "product_option_id": 100 + option_id,
        "display_name": name,
        "display_name_customer": name,
        "display_name_merchant": name,
        "display_value": value,
        "display_value_customer": value,
        "display_value_merchant": value,
        "value": str(60 + option_id),
        "type": "Multiple choice",
        "name": name,
        "display_style": "Rectangle",
    }


def status_fields(status_id: int) -> Document:
    """Return what an order says about its status and its payment."""
    label = STATUSES.get(status_id, "Unknown")
    paid = _PAYMENT_STATUS.get(status_id, "")
    return {
        "status_id": status_id,
        "status": label,
        "custom_status": label,
        "payment_method": "Credit Card" if status_id else "",
        "payment_provider_id": "pay_sandbox" if paid else None,
        "payment_status": paid,
    }


def totals(document: Document, lines: Iterable[Document]) -> Document:
    """Return the fields of an order that follow from its lines and its own shipping cost."""
    lines = list(lines)
    found: dict[str, int] = {"coupon_discount": 0, "discount_amount": 0}
    for line in lines:
        for discount in line.get("applied_discounts") or ():
            kind = "coupon_discount" if discount["id"] == COUPON_ID else "discount_amount"
            found[kind] += units(discount["amount"])
    off = sum(found.values())
    for kind, less in (("ex_tax", off), ("inc_tax", off), ("tax", 0)):
        subtotal = sum(units(line.get(f"total_{kind}")) for line in lines)
        found[f"subtotal_{kind}"] = subtotal
        found[f"total_{kind}"] = subtotal + units(document[f"shipping_cost_{kind}"]) - less
    quantities = (line.get("quantity") for line in lines)
    return {name: money(amount) for name, amount in found.items()} | {
        "items_total": sum(n for n in quantities if isinstance(n, int)),
        "order_is_digital": bool(lines) and all(line.get("type") != "physical" for line in lines),
    }


def order_document(order_id: int, who: Person, *, shown: Currency, paid: Currency) -> Document:
    """Return an order without lines: `shown` prices in the shop, `paid` at the till.

    Dates and links are added when it is served.
    """
    place = who.place
    return {
        "id": order_id,
        "customer_id": 0,
        "date_shipped": "",
        **status_fields(0),
        "subtotal_ex_tax": NOTHING,
        "subtotal_inc_tax": NOTHING,
        "subtotal_tax": NOTHING,
        "base_shipping_cost": NOTHING,
        "shipping_cost_ex_tax": NOTHING,
        "shipping_cost_inc_tax": NOTHING,
        "shipping_cost_tax": NOTHING,
        "shipping_cost_tax_class_id": 2,
        "base_handling_cost": NOTHING,
        "handling_cost_ex_tax": NOTHING,
        "handling_cost_inc_tax": NOTHING,
        "handling_cost_tax": NOTHING,
        "handling_cost_tax_class_id": 2,
        "base_wrapping_cost": NOTHING,
        "wrapping_cost_ex_tax": NOTHING,
        "wrapping_cost_inc_tax": NOTHING,
        "wrapping_cost_tax": NOTHING,
        "wrapping_cost_tax_class_id": 3,
        "total_ex_tax": NOTHING,
        "total_inc_tax": NOTHING,
        "total_tax": NOTHING,
        "is_tax_inclusive_pricing": False,
        "items_total": 0,
        "items_shipped": 0,
        "refunded_amount": NOTHING,
        "order_is_digital": False,
        "store_credit_amount": NOTHING,
        "gift_certificate_amount": NOTHING,
        "ip_address": who.ip,
        "ip_address_v6": "",
        "geoip_country": place.country,
        "geoip_country_iso2": place.iso2,
        "currency_id": shown.id,
        "currency_code": shown.code,
        "currency_exchange_rate": shown.exchange_rate,
        "default_currency_id": paid.id,
        "default_currency_code": paid.code,
        "store_default_currency_code": STORE.code,
        "store_default_to_transactional_exchange_rate": paid.exchange_rate,
        "staff_notes": "",
        "customer_message": "",
        "discount_amount": NOTHING,
        "coupon_discount": NOTHING,
        "shipping_address_count": 0,
        "is_deleted": False,
        "ebay_order_id": "0",
        "cart_id": "",
        "billing_address": {**_address(who), "form_fields": []},
        "is_email_opt_in": False,
        "credit_card_type": None,
        "order_source": "www",
        "channel_id": 1,
        "external_source": None,
        "external_id": None,
        "external_merchant_id": None,
        "external_order_id": "",
        "tax_provider_id": "BasicTaxProvider",
        "customer_locale": place.locale,
    }


def _address(who: Person) -> Document:
    return {
        "first_name": who.first_name,
        "last_name": who.last_name,
        "company": who.company,
        "street_1": who.street,
        "street_2": "",
        "city": who.place.city,
        "state": who.place.state,
        "zip": who.place.zip,
        "country": who.place.country,
        "country_iso2": who.place.iso2,
        "phone": who.phone,
        "email": who.email,
    }


def consignments_for(document: Document, lines: Iterable[Document], who: Person) -> Document:
    """Return the consignments that `lines` need, without the lines themselves.

    The order's shipping cost is on the first shipping consignment, so the sum is right.
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
    """Tell whether a line waits at a shop's counter."""
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
        **_address(who),
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


def customer_document(customer_id: int, who: Person) -> Document:
    """Return a customer without the parts that need an include; dates come when served."""
    return {
        "id": customer_id,
        "authentication": {"force_password_reset": False},
        "company": who.company,
        "customer_group_id": 0,
        "email": who.email,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "notes": "",
        "phone": who.phone,
        "registration_ip_address": "",
        "tax_exempt_category": "",
        "accepts_product_review_abandoned_cart_emails": True,
        "origin_channel_id": 1,
        "channel_ids": None,
    }


def customer_address(address_id: int, customer_id: int, who: Person) -> Document:
    """Return one entry of a customer's address book."""
    return {
        "id": address_id,
        "customer_id": customer_id,
        "first_name": who.first_name,
        "last_name": who.last_name,
        "company": who.company,
        "address1": who.street,
        "address2": "",
        "city": who.place.city,
        "state_or_province": who.place.state,
        "postal_code": who.place.zip,
        "country": who.place.country,
        "country_code": who.place.iso2,
        "phone": who.phone,
        "address_type": "residential",
    }
