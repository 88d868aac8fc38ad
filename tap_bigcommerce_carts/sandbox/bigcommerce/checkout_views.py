"""The checkout of a living cart as the API serves it.

https://developer.bigcommerce.com/docs/rest-management/checkouts
"""

from collections.abc import Collection

from tap_bigcommerce_carts.sandbox.bigcommerce.cart_views import cart_view
from tap_bigcommerce_carts.sandbox.shop.cart import Cart
from tap_bigcommerce_carts.sandbox.shop.dice import digest
from tap_bigcommerce_carts.sandbox.shop.money import number, share
from tap_bigcommerce_carts.sandbox.shop.people import Person
from tap_bigcommerce_carts.sandbox.shop.records import Document
from tap_bigcommerce_carts.sandbox.shop.shipping import ShippingOption

# What a cart has, and a checkout's copy of it has not.
_NOT_IN_COPY = ("manual_discount_amount", "cart_amount", "locale", "version")
_NOT_IN_LINES = ("taxable", "download_file_urls", "download_page_url", "download_size")


def checkout_view(
    cart: Cart,
    options_of: Collection[str] = (),
    offered: Collection[ShippingOption] | None = None,
    *,
    order_id: int | None = None,
) -> Document:
    """Return a checkout as the API serves it.

    Args:
        cart: a living cart.
        options_of: the kinds of line that show their options.
        offered: the shipping options for its address; None: the request does not ask for them.
        order_id: the order it was placed as.
    """
    goods, sent = cart.base - cart.taken_off, cart.shipping.cost if cart.shipping else 0
    # As in orders, coupons take nothing off the tax, and a voucher has none.
    taxed = [line for line in cart.lines if line.kind != "gift_certificates"]
    goods_tax = sum(_tax(cart, line.price) * line.quantity for line in taxed)
    tax = goods_tax + _tax(cart, sent)
    view = cart_view(cart, options_of)
    return {
        "id": cart.id,
        "cart": _copy(view)
        | {
            "cart_amount_inc_tax": number(goods + goods_tax),
            "cart_amount_ex_tax": number(goods),
        },
        "billing_address": _billing_address(cart),
        "consignments": [_consignment(cart, offered)] if cart.address and cart.is_sent else [],
        "taxes": [{"name": "Tax", "amount": number(tax)}],
        "coupons": [{**each, "id": int(each["id"])} for each in view["coupons"]],
        "fees": [],
        "order_id": None if order_id is None else str(order_id),
        "shipping_cost_total_inc_tax": number(sent + _tax(cart, sent)),
        "shipping_cost_total_ex_tax": number(sent),
        "handling_cost_total_inc_tax": 0,
        "handling_cost_total_ex_tax": 0,
        "tax_total": number(tax),
        "subtotal_inc_tax": number(cart.base + goods_tax),
        "subtotal_ex_tax": number(cart.base),
        "grand_total": number(goods + sent + tax),
        "created_time": view["created_time"],
        "updated_time": view["updated_time"],
        "customer_message": "",
        "version": cart.version,
    }


def _tax(cart: Cart, amount: int) -> int:
    return share(amount, cart.who.place.tax, cart.currency.step)


def _copy(view: Document) -> Document:
    """Return a cart as a checkout has it."""
    lines = {
        kind: [_line(line) if kind.endswith("al_items") else line for line in lines]
        for kind, lines in view["line_items"].items()
    }
    kept = {name: value for name, value in view.items() if name not in _NOT_IN_COPY}
    return {**kept, "line_items": lines}


def _line(line: Document) -> Document:
    kept = {name: value for name, value in line.items() if name not in _NOT_IN_LINES}
    return {**kept, "is_taxable": line["taxable"], "coupons": line["coupon_amount"]}


def _billing_address(cart: Cart) -> Document:
    """Return who pays; a guest's e-mail address alone, as long as that is all."""
    if cart.address:
        return _address(cart.who) | {"email": cart.email, "id": digest("billing", cart.id).hex()}
    nothing: Document = dict.fromkeys(_address(cart.who), "") | {"custom_fields": []}
    return nothing | {"email": cart.email, "id": ""} if cart.email else {}


def _consignment(cart: Cart, offered: Collection[ShippingOption] | None) -> Document:
    chosen = cart.shipping
    cost = chosen.cost if chosen else 0
    told: Document = {}
    if offered is not None:
        told["available_shipping_options"] = [_option(each) for each in offered]
    if chosen:
        told["selected_shipping_option"] = _option(chosen)
    key = digest("consignment", cart.id).hex()[:13]
    return {
        "id": key,
        "address": _address(cart.who) | {"email": cart.email, "id": key},
        "shipping_cost_inc_tax": number(cost + _tax(cart, cost)),
        "shipping_cost_ex_tax": number(cost),
        "handling_cost_inc_tax": 0,
        "handling_cost_ex_tax": 0,
        "coupon_discounts": [],
        "discounts": [],
        "line_item_ids": [line.id for line in cart.lines if line.is_sent],
        **told,
    }


def _option(option: ShippingOption) -> Document:
    return {
        "id": option.id,
        "type": option.type,
        "description": option.description,
        "image_url": "",
        "cost": number(option.cost),
        "transit_time": option.transit_time,
        "additional_description": "",
    }


def _address(who: Person) -> Document:
    return {
        "first_name": who.first_name,
        "last_name": who.last_name,
        "email": who.email,
        "company": who.company,
        "address1": who.street,
        "address2": "",
        "city": who.place.city,
        "state_or_province": who.place.state,
        "state_or_province_code": "",
        "country_code": who.place.iso2,
        "postal_code": who.place.zip,
        "phone": who.phone,
        "custom_fields": [],
    }
