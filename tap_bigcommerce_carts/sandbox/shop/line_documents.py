"""The lines of an order as documents: a line's totals are its prices times its quantity."""

from functools import lru_cache

from tap_bigcommerce_carts.sandbox.shop.currencies import Currency
from tap_bigcommerce_carts.sandbox.shop.money import money, share, units
from tap_bigcommerce_carts.sandbox.shop.records import Document

NOTHING = money(0)
COUPON_ID = "total-coupon"  # the id of a discount that a coupon gave
LINES_PER_ORDER = 10_000  # the ids of an order's lines start at its own id times this
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
    """Note a discount on a line.

    Args:
        line: it is changed.
        discount: with `id`, `amount`, `name`, `code` and `target`.
    """
    left = units(line["discounted_total_inc_tax"]) - units(discount["amount"])
    line["discounted_total_inc_tax"] = money(left)
    line["applied_discounts"].append(discount)


def product_option(option_id: int, line_id: int, name: str, value: str) -> Document:
    """Return one chosen option of a line, e.g. size M.

    Args:
        option_id: from 1, in the order of the product's options.
        line_id: the line's.
        name: e.g. Size.
        value: e.g. M.
    """
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
