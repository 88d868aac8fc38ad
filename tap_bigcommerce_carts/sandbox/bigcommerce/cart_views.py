"""A living cart as the API serves it.

https://developer.bigcommerce.com/docs/rest-management/carts
"""

from collections.abc import Collection

from tap_bigcommerce_carts.sandbox.shop.cart import KINDS, PERCENTAGE, Cart, Coupon, Line
from tap_bigcommerce_carts.sandbox.shop.catalog import Product, Variant
from tap_bigcommerce_carts.sandbox.shop.money import number
from tap_bigcommerce_carts.sandbox.shop.records import Document

_SHOP = "https://shop.example.com"


def cart_view(cart: Cart, options_of: Collection[str] = ()) -> Document:
    """Return a cart as the API serves it.

    Args:
        cart: a living cart.
        options_of: the kinds of line that show their options.
    """
    items: dict[str, list[Document]] = {kind: [] for kind in KINDS}
    for line in cart.lines:
        items[line.kind].append(_line_view(cart, line, options=line.kind in options_of))
    return {
        "id": cart.id,
        "customer_id": cart.customer_id,
        "channel_id": cart.channel_id,
        "email": cart.email,
        "currency": {"code": cart.currency.code},
        "tax_included": False,
        "base_amount": number(cart.base),
        "discount_amount": 0,
        "manual_discount_amount": 0,
        "cart_amount": number(cart.base - cart.taken_off),
        "coupons": _coupons(cart),
        "discounts": [{"id": line.id, "discounted_amount": 0} for line in cart.lines if line.item],
        "line_items": items,
        "created_time": cart.created.isoformat(),
        "updated_time": cart.updated.isoformat(),
        "locale": cart.who.place.locale,
        "version": cart.version,
    }


def _coupons(cart: Cart) -> list[Document]:
    coupon = cart.coupon
    if coupon is None:
        return []
    return [
        {
            "code": coupon.code,
            "id": str(coupon.id),
            "coupon_type": str(PERCENTAGE),
            "discounted_amount": number(cart.taken_off),
            "display_name": coupon.name,
        }
    ]


def _line_view(cart: Cart, line: Line, *, options: bool) -> Document:
    if line.kind == "gift_certificates":
        sender = {"name": cart.who.first_name, "email": "sender@example.com"}
        return {
            "id": line.id,
            "name": line.name,
            "theme": "General",
            "amount": number(line.price),
            "taxable": False,
            "sender": sender,
            "recipient": {"name": "A Friend", "email": "friend@example.org"},
            "message": "",
        }
    if line.item is None or line.variant is None:
        return {
            "id": line.id,
            "sku": "",
            "name": line.name,
            "quantity": line.quantity,
            "list_price": number(line.price),
            "extended_list_price": number(line.total),
            "image_url": "",
        }
    view = _catalogue_view(cart, line, line.item, line.variant)
    if options:
        view["options"] = [
            {"name": name, "nameId": 100 + n, "value": value, "valueId": 60 + n}
            for n, (name, value) in enumerate(line.variant.choices, 1)
        ] + [
            {"name": name, "nameId": 200 + n, "value": value, "valueId": None}
            for n, (name, value) in enumerate(line.typed, 1)
        ]
    return view


def _catalogue_view(cart: Cart, line: Line, item: Product, variant: Variant) -> Document:
    price, total, off = number(line.price), number(line.total), number(cart.off(line))
    physical = line.kind == "physical_items"
    special: Document = (
        {"gift_wrapping": None}
        if physical
        else {"download_file_urls": [], "download_page_url": "", "download_size": ""}
    )
    return {
        "id": line.id,
        "parent_id": line.parent_id,
        "variant_id": variant.id,
        "product_id": item.id,
        "sku": variant.sku,
        "name": line.name,
        "url": f"{_SHOP}/{line.name.lower().replace(' ', '-')}/",
        "quantity": line.quantity,
        "taxable": True,
        "image_url": f"https://cdn.example.com/{item.id}.jpg",
        "discounts": [],
        "coupons": _line_coupons(cart.coupon, off),
        "discount_amount": off,
        "coupon_amount": off,
        "original_price": price,
        "list_price": price,
        "sale_price": price,
        "extended_list_price": total,
        "extended_sale_price": total,
        "is_require_shipping": physical,
        "is_mutable": line.parent_id is None,
        "added_by_promotion": False,
        **special,
    }


def _line_coupons(coupon: Coupon | None, off: float) -> list[Document]:
    if coupon is None or not off:
        return []
    return [
        {
            "id": coupon.id,
            "code": coupon.code,
            "name": coupon.name,
            "discountType": PERCENTAGE,
            "discountAmount": coupon.percent,
            "expiresDate": 0,
            "totalDiscount": off,
        }
    ]
