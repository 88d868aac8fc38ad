"""Rows that are odd but real."""

from typing import Any

from tests.support.warehouse.engines import Rows

STORE = 'o\'neil "x" 日本'


def cart(number: int, **more: Any) -> dict[str, Any]:
    """Return a cart of which next to nothing is known."""
    row = {"store": STORE, "id": str(number), "date_modified": "2026-03-01 10:00:00"}
    return row | {"order_id": number, "platform": "bigcommerce"} | more


def order(number: int, **more: Any) -> dict[str, Any]:
    """Return an order of which next to nothing is known."""
    return {"store": STORE, "id": number, "date_modified": "2026-03-01 11:00:00"} | more


def line(number: int, cart: int, **more: Any) -> dict[str, Any]:
    """Return a line of a cart."""
    row = {"store": STORE, "abandoned_cart_id": str(cart), "id": number}
    return row | {"cart_date_modified": "2026-03-01 10:00:00"} | more


EURO = {"default_currency_code": "EUR", "store_default_currency_code": "EUR"}
CARTS: Rows = [
    cart(1),
    cart(2, total_inc_tax="-12.5000", **EURO),  # a discount beyond its value
    cart(3, total_inc_tax="1e30", **EURO),  # no number of money
    cart(4, cart_id="", default_currency_code="", customer_email=" "),
    cart(5, cart_id="c5", total_inc_tax=5, date_created="2026-03-02 10:00:00", **EURO),
    cart(6, total_inc_tax=7, date_modified="0001-01-01 00:00:00", **EURO),
    cart(7, total_inc_tax=7, date_modified="9998-12-31 23:59:59", **EURO),
    cart(
        8,
        total_inc_tax=8,
        default_currency_code="JPY",
        store_default_to_transactional_exchange_rate="1e-10",
        store_default_currency_code="EUR",
    ),
    cart(9, total_inc_tax=9, store_default_to_transactional_exchange_rate=-1, **EURO),
    cart(13, total_inc_tax="9999999999999999.99995", **EURO),  # too much once it is rounded
]
ORDERS: Rows = [
    order(2, status_id=11, total_inc_tax="-12.5000", **EURO),
    order(5, status_id=11, cart_id="c5", date_created="2026-03-05 10:00:00", is_deleted=None),
    order(10, status_id=99, cart_id="c5", total_inc_tax=None),
    order(11, status_id=None, cart_id="c11"),
    order(12, status_id=6, total_inc_tax="-3"),
]
LINES: Rows = [
    line(1, 2, product_id=7, quantity=-1, total_inc_tax="-12.5000", name="it's; --"),
    line(2, 2, product_id=7, variant_id=1, quantity=None, total_inc_tax="1e30"),
    line(3, 8, product_id=7, variant_id=2, quantity=0, total_inc_tax=8),
    line(4, 9, product_id=None, name=None),
    line(5, 9, total_inc_tax="9999999999999999.99995"),
]
CUSTOMERS: Rows = [
    {"store": STORE, "id": number, "email": " A@example.com", "date_modified": "2026-03-01"}
    for number in (1, 2)
]
