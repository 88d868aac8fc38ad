"""Hand-made carts, one for every way through the funnel."""

from typing import Any

TESTER = "tester@example.com"
AS_OF = "2026-03-10 10:00:00"


def at(time: str, day: str = "2026-03-02") -> str:
    """Return a moment, by default of the day that most carts were filled on."""
    return f"{day} {time}:00"


def in_inbox(name: str, status: str, **more: Any) -> dict[str, Any]:
    """Return a cart as the inbox knows it: filled at nine, last touched at ten."""
    return {
        "store": "s",
        "id": name,
        "status": status,
        "created_time": at("09:00"),
        "updated_time": at("10:00"),
        "first_event_at": at("09:00"),
        "date_modified": at("12:00"),
        "channel_id": 1,
        "currency_code": "EUR",
        "cart_amount": 30,
    } | more


def left_at_payment(name: str | None, order_id: int, **more: Any) -> dict[str, Any]:
    """Return a cart that reached the payment step at half past ten, and was left there."""
    return {
        "store": "s",
        "id": str(order_id),
        "order_id": order_id,
        "cart_id": name,
        "date_created": at("10:30"),
        "date_modified": at("10:30"),
        "channel_id": 1,
        "default_currency_code": "EUR",
        "total_inc_tax": 40,
    } | more


def order(name: str | None, order_id: int, status_id: int = 11, **more: Any) -> dict[str, Any]:
    """Return an order, made at noon."""
    return {
        "store": "s",
        "id": order_id,
        "cart_id": name,
        "status_id": status_id,
        "date_created": at("12:00"),
        "date_modified": at("13:00"),
        "channel_id": 1,
        "default_currency_code": "EUR",
        "total_inc_tax": 40,
        "is_deleted": False,
    } | more


LEFT = {"abandoned_at": at("11:00")}
BOUGHT = {"converted_at": at("12:00")}
EARLIER = "2026-02-20"
NEXT_DAY = {"created_time": at("09:00", "2026-03-03"), "updated_time": at("10:00", "2026-03-03")}

CARTS = [
    in_inbox("left early", "abandoned", step="address", **LEFT),
    in_inbox("expired", "expired", step="filled", **LEFT),
    in_inbox("emptied", "deleted", **LEFT),
    in_inbox("open", "active", step="shipping"),
    in_inbox("open at payment", "active", step="email"),
    in_inbox("back at the cart", "active", updated_time=at("12:30")),
    in_inbox("at payment", "abandoned", **LEFT),
    in_inbox("just at payment", "abandoned", **LEFT),
    in_inbox("declined", "converted", order_id=18, **BOUGHT),
    in_inbox("archived", "converted", order_id=19, **BOUGHT),
    in_inbox("in all three", "converted", order_id=12, **BOUGHT),
    in_inbox("came back early", "converted", order_id=14, **BOUGHT, **LEFT),
    in_inbox("straight", "converted", step="email", order_id=13, **BOUGHT),
    in_inbox("order not loaded", "converted", order_id=17, **BOUGHT),
    in_inbox("order without cart", "converted", order_id=20, **BOUGHT),
    in_inbox("payment without cart", "converted", order_id=29, **BOUGHT),
    in_inbox("event lost", "deleted", abandoned_at=at("13:00")),
    in_inbox("event lost, came back", "abandoned", **LEFT),
    # On the next day the checkouts of most could not be read.
    in_inbox("next day", "active", step="email", **NEXT_DAY),
    in_inbox("next day, unread", "active", **NEXT_DAY),
    in_inbox("next day, unread too", "active", channel_id=2, **NEXT_DAY),
    in_inbox(
        "next day, straight",
        "converted",
        order_id=41,
        converted_at=at("12:00", "2026-03-03"),
        **NEXT_DAY,
    ),
    in_inbox("tester", "converted", order_id=22, **BOUGHT),
]
ABANDONED_CARTS = [
    left_at_payment("at payment", 11),
    left_at_payment("in all three", 12),
    left_at_payment("back at the cart", 10),
    left_at_payment("not in the inbox", 24),
    left_at_payment(None, 29),
    left_at_payment("before the change", 30),
    left_at_payment(
        "before the inbox",
        25,
        date_created=at("10:30", EARLIER),
        date_modified=at("10:30", EARLIER),
    ),
    left_at_payment("no orders", 1, store="t"),
]
ORDERS = [
    order("back at the cart", 10, 0),
    order("at payment", 11, 0),
    order("in all three", 12),
    order("straight", 13),
    order("came back early", 14),
    order("event lost", 15),
    order("event lost, came back", 16),
    order("declined", 18, 6),
    order("archived", 19, is_deleted=True),
    order(None, 20),
    order("open at payment", 21, 0),
    order("tester", 22, customer_email=TESTER),
    order(None, 23),
    order("sale alone", 26),
    order("sale alone", 27, date_created=at("14:00")),
    order("just at payment", 28, 0),
    order(None, 29),
    # One order is one cart's, also if it names another than it did.
    order("after the change", 30),
]

# A store without orders, whose inbox did not hear of one cart: what became of that is not known.
UNHEARD = "u"
HEARD_OF = [
    in_inbox("heard of", "converted", store=UNHEARD, step="email", **BOUGHT),
    in_inbox("heard of, left", "abandoned", store=UNHEARD, step="email", **LEFT),
]
NOT_HEARD_OF = [left_at_payment("not heard of", 2, store=UNHEARD)]
