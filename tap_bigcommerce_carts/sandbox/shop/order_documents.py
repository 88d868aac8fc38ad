"""An order as a document, with totals that add up.

How amounts relate (all in the currency the shopper pays in):

* a line's totals are its prices times its quantity; ex tax plus tax is inc tax;
* an order's subtotals are the sums of its lines' totals;
* an order's totals are its subtotals plus shipping, handling and wrapping, minus discount and
  coupon;
* `items_total` is the sum of the lines' quantities; parts of a bundle are lines like others.
"""

from collections.abc import Iterable

from tap_bigcommerce_carts.sandbox.shop.currencies import STORE, Currency
from tap_bigcommerce_carts.sandbox.shop.line_documents import COUPON_ID, NOTHING
from tap_bigcommerce_carts.sandbox.shop.money import money, units
from tap_bigcommerce_carts.sandbox.shop.people import Person
from tap_bigcommerce_carts.sandbox.shop.records import Document

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
EXTRA_COSTS = ("shipping", "handling", "wrapping")
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
    """Return the fields of an order that follow from its lines and its own extra costs.

    Args:
        document: the order; its costs of shipping, handling and wrapping count.
        lines: as served.
    """
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
        extra = sum(units(document[f"{cost}_cost_{kind}"]) for cost in EXTRA_COSTS)
        found[f"total_{kind}"] = subtotal + extra - less
    quantities = (line.get("quantity") for line in lines)
    return {name: money(amount) for name, amount in found.items()} | {
        "items_total": sum(n for n in quantities if isinstance(n, int)),
        "order_is_digital": bool(lines) and all(line.get("type") != "physical" for line in lines),
    }


def order_document(order_id: int, who: Person, *, shown: Currency, paid: Currency) -> Document:
    """Return an order without lines.

    Dates and links are added when it is served.

    Args:
        order_id: its id.
        who: the shopper, whose address is the billing address.
        shown: the currency of the prices in the shop.
        paid: the currency at the till.
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
        "billing_address": {**postal_address(who), "form_fields": []},
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


def postal_address(who: Person) -> Document:
    """Return a shopper's address, as orders and consignments carry it."""
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
