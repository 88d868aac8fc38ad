"""The order that a living cart becomes: its lines and the coupon it used."""

from collections.abc import Iterable

from tap_bigcommerce_carts.sandbox.shop.baskets import named
from tap_bigcommerce_carts.sandbox.shop.cart import PERCENTAGE, Cart, Line
from tap_bigcommerce_carts.sandbox.shop.line_documents import (
    COUPON_ID,
    LINES_PER_ORDER,
    discount_line,
    line_document,
    product_option,
)
from tap_bigcommerce_carts.sandbox.shop.money import money, number, share
from tap_bigcommerce_carts.sandbox.shop.records import Document


def order_lines(cart: Cart, order_id: int) -> list[Document]:
    """Return the lines of an order of this cart."""
    first = order_id * LINES_PER_ORDER
    numbers = {line.id: first + n for n, line in enumerate(cart.lines)}
    return [_order_line(cart, line, numbers) for line in cart.lines]


def order_coupons(cart: Cart, order_id: int) -> Iterable[Document]:
    """Return the coupons that an order of this cart used."""
    if cart.coupon is not None:
        yield {
            "id": order_id,
            "coupon_id": cart.coupon.id,
            "order_id": order_id,
            "code": cart.coupon.code,
            "amount": f"{cart.coupon.percent}.0000",
            "type": PERCENTAGE,
            "discount": number(cart.taken_off),
        }


def order_shipping(cart: Cart) -> Document:
    """Return what an order of this cart says of the cost of shipping."""
    cost = cart.shipping.cost if cart.shipping else 0
    tax = share(cost, cart.who.place.tax, cart.currency.step)
    return {
        "base_shipping_cost": money(cost),
        "shipping_cost_ex_tax": money(cost),
        "shipping_cost_inc_tax": money(cost + tax),
        "shipping_cost_tax": money(tax),
    }


def _order_line(cart: Cart, line: Line, numbers: dict[str, int]) -> Document:
    line_id, tax = numbers[line.id], cart.who.place.tax
    fields: Document = {"product_id": 0, "variant_id": 0, "name": line.name, "sku": ""}
    if line.kind == "gift_certificates":
        fields |= {"type": "giftcertificate", "gift_certificate_id": line_id}
        tax = 0
    elif line.item and line.variant:
        fields |= named(line.item, line.variant, line_id)
        fields["product_options"] += [
            product_option(100 + n, line_id, name, value) | {"value": value, "type": "Text field"}
            for n, (name, value) in enumerate(line.typed, 1)
        ]
    if line.parent_id:
        fields |= {
            "is_bundled_product": True,
            "parent_order_product_id": numbers.get(line.parent_id),
        }
    fields["id"] = line_id
    made = line_document(line.price, line.quantity, tax, cart.currency, fields)
    off = cart.off(line)
    if cart.coupon and off:
        code = cart.coupon.code
        mark = {"id": COUPON_ID, "name": code, "code": code, "target": "order"}
        discount_line(made, mark | {"amount": money(off)})
    return made
