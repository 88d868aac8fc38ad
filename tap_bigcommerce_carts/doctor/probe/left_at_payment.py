"""What can be read of a cart whose order is in status 0 (Incomplete), beside the order.

https://developer.bigcommerce.com/docs/rest-management/checkouts
https://developer.bigcommerce.com/docs/rest-management/transactions
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tap_bigcommerce_carts.bigcommerce.carts_by_id import is_cart_id
from tap_bigcommerce_carts.bigcommerce.scopes import CARTS, CHECKOUTS, TRANSACTIONS
from tap_bigcommerce_carts.doctor.probe.bounds import dated
from tap_bigcommerce_carts.doctor.probe.questions import NO_ORDER, Answer, Question

if TYPE_CHECKING:
    from tap_bigcommerce_carts.doctor.probe.asking import Asking, Reply

# A cart can be read for thirty days after its last change.
_AGE = timedelta(days=25)
_SAMPLE = 2


def _recent(asking: Asking) -> list[dict[str, Any]]:
    """Return the newest orders in status 0 whose cart should not have ended by its age."""
    return [
        order
        for order in asking.newest_incomplete()
        if is_cart_id(order.get("cart_id"))
        and any(asking.now - row.modified < _AGE for row in dated([order]))
    ][:_SAMPLE]


def _by_cart(asking: Asking, path: str, scope: str) -> list[Reply]:
    return [
        asking.get(f"{path}/{quote(order['cart_id'], safe='')}", scope=scope)
        for order in _recent(asking)
    ]


def _is_readable(asking: Asking, what: str, path: str, scope: str) -> Answer:
    if not (found := _by_cart(asking, path, scope)):
        return _none(asking)
    given = sum(each.is_given for each in found)
    if not given:
        statuses = " and ".join(sorted({str(each.status) for each in found}))
        return Answer.told(f"The {what} cannot be read ({statuses}).")
    return Answer.told(f"The {what} can be read: {given} of {len(found)}.")


def _checkout(asking: Asking) -> Answer:
    return _is_readable(asking, "checkout of an order in status Incomplete", _CHECKOUTS, CHECKOUTS)


def _cart(asking: Asking) -> Answer:
    return _is_readable(asking, "cart of an order in status Incomplete", _CARTS, CARTS)


def _order_id(asking: Asking) -> Answer:
    found = [each for each in _by_cart(asking, _CHECKOUTS, CHECKOUTS) if each.is_given]
    if not found:
        return Answer.unknown("No checkout of an order in status Incomplete could be read.")
    named = sum(bool(each.object.get("order_id")) for each in found)
    which = "names" if named else "does not name"
    return Answer.told(f"A checkout {which} its order while that is in status Incomplete.")


def _transactions(asking: Asking) -> Answer:
    orders = asking.newest_incomplete()[:_SAMPLE]
    if not orders:
        return NO_ORDER
    found = [
        asking.get(f"/v3/orders/{order.get('id')}/transactions", scope=TRANSACTIONS)
        for order in orders
    ]
    given = [each for each in found if each.is_given]
    filled = [each for each in given if each.rows]
    if not filled:
        statuses = " and ".join(sorted({str(each.status) for each in found}))
        if not given:
            return Answer.told(
                f"The transactions of orders in status Incomplete cannot be read ({statuses})."
            )
        return Answer.told(f"Orders in status Incomplete have no transactions ({statuses}).")
    failed = sum(row.get("status") == "error" for each in filled for row in each.rows)
    return Answer.told(
        f"{len(filled)} of {len(found)} orders in status Incomplete have transactions"
        f"{', failed ones among them' if failed else ''}."
    )


def _none(asking: Asking) -> Answer:
    if not asking.newest_incomplete():
        return NO_ORDER
    return Answer.unknown("This store has no order in status Incomplete of the last 25 days.")


_CHECKOUTS, _CARTS = "/v3/checkouts", "/v3/carts"
CHECKOUT = Question(
    "checkout",
    "Can the checkout of an order in status Incomplete be read?",
    (f"{_CHECKOUTS}/{{id}}",),
    "bigcommerce/checkouts.py",
    "Either: a checkout that is gone leaves `step` as it was last seen.",
    "Where it cannot be read, `step` ends with what was seen before payment.",
    _checkout,
)
CART = Question(
    "cart",
    "Can the cart of an order in status Incomplete be read?",
    (f"{_CARTS}/{{id}}",),
    "inbox/cart_reader.py",
    "Either: a cart that is gone is kept with what its last reading said.",
    "Where it cannot be read, a cart that the inbox never saw before payment has no lines in "
    "`cart_line_items`; its order has them in `abandoned_cart_line_items`.",
    _cart,
)
ORDER_ID = Question(
    "order of a checkout",
    "Does a checkout name its order while that is in status Incomplete?",
    (f"{_CHECKOUTS}/{{id}}",),
    "bigcommerce/checkouts.py",
    "Either: a checkout with an order has reached payment.",
    "Nothing.",
    _order_id,
)
TRANSACTIONS_FILLED = Question(
    "transactions",
    "Do orders in status Incomplete have transactions?",
    ("/v3/orders/{id}/transactions",),
    "streams/store_logs.py",
    "Nothing reads them yet: why a payment failed is taken from the store's log.",
    "Where they are filled, they could tell why a payment failed, order by order.",
    _transactions,
)
