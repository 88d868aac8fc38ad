"""Carts as API2Cart serves them: its names for what an Incomplete order holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import msgspec

from tap_bigcommerce_carts.sandbox.api2cart.selection import ALL, Selection
from tap_bigcommerce_carts.sandbox.shop.money import ONE, units
from tap_bigcommerce_carts.sandbox.shop.records import Document, Order

SHOP = "https://shop.example.com"
encode = msgspec.json.Encoder(decimal_format="number").encode

# PHP's letters for a date, and Python's.
_FORMATS = {r"Y-m-d\TH:i:sO": "%Y-%m-%dT%H:%M:%S%z", "Y-m-d H:i:s": "%Y-%m-%d %H:%M:%S"}
_CURRENCIES = {
    "EUR": ("Euro", "", "€"),
    "USD": ("US Dollar", "$", ""),
    "GBP": ("Pound Sterling", "£", ""),
    "SEK": ("Swedish Krona", "", "kr"),
    "JPY": ("Yen", "¥", ""),
}
_MORE = ("additional_fields", "custom_fields")
_CENTS = Decimal("0.01")
_UNITS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class CartShape:
    """How a cart is served: what the request asked for, and which switches are on."""

    selection: Selection = ALL
    date_format: str = r"Y-m-d\TH:i:sO"
    date_offset: str = "+0000"
    null_dates: tuple[str, ...] = ()
    null_date_values: tuple[str, ...] = ()
    integer_ids: bool = False
    money_as_text: bool = False
    lists_for_objects: bool = False
    missing_keys: bool = False
    no_email: bool = False
    guest_id: str = "0"
    null_basket_url: bool = False


def cart_bytes(order: Order, shape: CartShape) -> bytes:
    """Return a cart as JSON; encoded once for each shape until the order changes."""
    found = order.served.get(shape)
    if found is None:
        found = order.served[shape] = encode(shape.selection.of(cart_view(order, shape)))
        order.forget_content()
    return found


def cart_view(order: Order, shape: CartShape) -> Document:
    """Return a cart with all its fields."""
    content = order.content
    document = {k: v for k, v in content.document.items() if k not in content.absent}
    basket = _text(document.get("cart_id"))
    view: Document = {
        "id": str(order.id),
        "customer": _customer(document, shape),
        "basket_id": basket,
        "basket_url": basket and f"{SHOP}/cart?basket={basket}",
        "created_at": _date("created_at", order.created, shape),
        "modified_at": _date("modified_at", order.modified, shape),
        "currency": _currency(document),
        "totals": _totals(document),
        "order_products": [_product(line) for line in content.lines],
    }
    if shape.null_basket_url:
        view["basket_url"] = None
    return _odd(view, shape)


def _customer(document: Document, shape: CartShape) -> Document:
    address = document.get("billing_address")
    address = address if isinstance(address, dict) else {}
    customer_id = _text(document.get("customer_id")) or "0"
    return {
        "id": shape.guest_id if customer_id == "0" else customer_id,
        "email": "" if shape.no_email else address.get("email", ""),
        "first_name": address.get("first_name"),
        "last_name": address.get("last_name"),
        "phone": address.get("phone"),
    }


def _date(name: str, moment: datetime, shape: CartShape) -> Document | None:
    if name in shape.null_dates:
        return None
    local = moment.astimezone(zone(shape.date_offset))
    value = local.strftime(_FORMATS[shape.date_format])
    return {
        "value": None if name in shape.null_date_values else value,
        "format": shape.date_format,
    }


@lru_cache
def zone(offset: str) -> timezone:
    """Return the zone of an offset such as `-0500`."""
    away = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    return timezone(-away if offset[0] == "-" else away)


def _currency(document: Document) -> Document:
    code = document.get("default_currency_code")
    name, left, right = _CURRENCIES.get(str(code), (None, "", None))
    return {
        "id": _text(document.get("default_currency_id")),
        "name": name,
        "iso3": code,
        "symbol_left": left,
        "symbol_right": right,
        "rate": _amount(document.get("store_default_to_transactional_exchange_rate")),
        "avail": True,
        "default": code == document.get("store_default_currency_code"),
    }


def _totals(document: Document) -> Document:
    named = {
        "total": "total_inc_tax",
        "subtotal": "subtotal_ex_tax",
        "shipping": "shipping_cost_ex_tax",
        "tax": "total_tax",
        "discount": "discount_amount",
    }
    return {name: _amount(document.get(field)) for name, field in named.items()}


def _product(line: Document) -> Document:
    return {
        "order_product_id": _text(line.get("id")),
        "product_id": _text(line.get("product_id")),
        "variant_id": _text(line.get("variant_id")),
        "parent_order_product_id": _text(line.get("parent_order_product_id")),
        "model": line.get("sku"),
        "name": line.get("name"),
        "price": _amount(line.get("price_ex_tax")),
        "price_inc_tax": _amount(line.get("price_inc_tax")),
        "quantity": line.get("quantity"),
        "discount_amount": _discount(line),
        "total_price": _amount(line.get("total_inc_tax")),
        "tax_percent": _tax_percent(line),
        "tax_value": _amount(line.get("price_tax")),
        "tax_value_after_discount": _tax_after_discount(line),
        "options": [_option(option) for option in line.get("product_options") or ()],
        "weight": _amount(line.get("weight")),
        "weight_unit": "kg",
        "barcode": line.get("upc"),
    }


def _option(option: Document) -> Document:
    return {
        "option_id": _text(option.get("option_id")),
        "name": option.get("display_name"),
        "value": option.get("display_value"),
        "price": 0,
        "weight": None,
        "type": option.get("type"),
        "product_option_value_id": _text(option.get("id")),
    }


def _discount(line: Document) -> Decimal:
    taken = sum(units(each["amount"]) for each in line.get("applied_discounts") or ())
    return _plain(Decimal(taken) / ONE)


def _tax_percent(line: Document) -> Decimal | None:
    price = units(line.get("price_ex_tax"))
    if not price:
        return None
    return _plain((Decimal(100 * units(line.get("price_tax"))) / price).quantize(_CENTS))


def _tax_after_discount(line: Document) -> Decimal:
    """Return the tax of one, less the share of it that the line's discounts took."""
    tax, total = Decimal(units(line.get("price_tax"))) / ONE, units(line.get("total_inc_tax"))
    if not total:
        return _plain(tax)
    left = Decimal(total) - Decimal(units(_discount(line)))
    return _plain((tax * left / total).quantize(_UNITS))


def _text(value: Any) -> str | None:
    """Return an id as text; null for none."""
    return None if value is None or value == "" else str(value)


def _amount(value: Any) -> Any:
    """Return an amount as an exact number; a value that is no amount stays as it is."""
    return _number(value) if isinstance(value, str) else value


@lru_cache(maxsize=1 << 14)
def _number(text: str) -> Decimal | str:
    try:
        return _plain(Decimal(text))
    except InvalidOperation:
        return text


def _plain(number: Decimal) -> Decimal:
    """Return a number without zeros at its end: 30, 12.5."""
    whole = number.to_integral_value()
    return whole + 0 if whole == number else number.normalize()


# Switches for forms seen on other platforms


def _odd(view: Document, shape: CartShape) -> Document:
    if shape.integer_ids:
        view = _changed(view, _integer_id)
    if shape.money_as_text:
        view = _changed(view, _money_text)
    if shape.lists_for_objects:
        nothing: Document = {name: [] for name in _MORE}
        customer = view["customer"]
        view["customer"] = customer | nothing if customer["email"] else []
        view |= nothing
    return without_nothing(view) if shape.missing_keys else view


def _changed(value: Any, change: Callable[[str, Any], Any]) -> Any:
    """Return a copy with every field changed, at any depth."""
    if isinstance(value, list):
        return [_changed(each, change) for each in value]
    if isinstance(value, dict):
        return {name: change(name, _changed(each, change)) for name, each in value.items()}
    return value


def _integer_id(name: str, value: Any) -> Any:
    is_id = name == "id" or name.endswith("_id")
    return int(value) if is_id and isinstance(value, str) and value.isdecimal() else value


def _money_text(_: str, value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def without_nothing(value: Any) -> Any:
    """Return a copy without what is null or empty, at any depth."""
    if isinstance(value, list):
        return [without_nothing(each) for each in value]
    if isinstance(value, dict):
        return {
            name: without_nothing(each)
            for name, each in value.items()
            if each not in (None, "", [])
        }
    return value
