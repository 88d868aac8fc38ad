"""Stores written by hand, in rows as a loader leaves them, for the questions of the documents."""

from datetime import datetime, timedelta
from typing import Any

from tests.support.warehouse.engines import Rows

Tables = dict[str, Rows]

# Who is held out has an address whose hash begins with a digit below 8.
HELD_OUT = 0.5
HOLDOUT_SINCE = "2026-02-16"


class HandStore:
    """A store that is written checkout by checkout, in euros.

    Args:
        name: the column `store`.

    Attributes:
        tables: its rows.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.tables: Tables = {}

    def add(self, table: str, **row: Any) -> None:
        """Write a row."""
        self.tables.setdefault(table, []).append({"store": self.name} | row)

    def checkout(  # noqa: PLR0913 - what a checkout can be told apart by
        self,
        number: int,
        at: str,
        value: int,
        *,
        bought_after: float | None = None,
        is_left: bool = True,
        is_declined: bool = False,
        shipping: int = 0,
        coupon: int = 0,
        **more: Any,
    ) -> None:
        """Write the rows of a checkout.

        Args:
            number: its order's id, and its cart's.
            at: when it was left, or placed.
            value: its total.
            bought_after: hours until the shopper came back; None: never.
            is_left: whether it was left at payment at first.
            is_declined: whether its payment was declined in the end.
            shipping: what of the total is shipping.
            coupon: what a coupon took off.
            more: other columns; `payment_method` of what was bought, since of other orders
                BigCommerce tells none.
        """
        row = {
            "cart_id": f"c-{number}",
            "date_created": at,
            "date_modified": at,
            "default_currency_code": "EUR",
            "total_inc_tax": value,
            "total_tax": 0,
            "subtotal_ex_tax": value - shipping + coupon,
            "subtotal_inc_tax": value - shipping + coupon,
            "shipping_cost_ex_tax": shipping,
            "shipping_cost_inc_tax": shipping,
            "handling_cost_ex_tax": 0,
            "handling_cost_inc_tax": 0,
            "discount_amount": 0,
            "coupon_discount": coupon,
            "is_tax_inclusive_pricing": False,
            "channel_id": 1,
            "items_total": 1,
        } | more
        first_name = row.pop("customer_first_name", None)
        method = {"payment_method": row.pop("payment_method", None)}
        if is_left:
            incomplete = row | {"id": str(number), "order_id": number, "platform": "bigcommerce"}
            incomplete |= {"customer_first_name": first_name, "is_guest": "customer_id" not in row}
            self.add("abandoned_carts", **incomplete, status_id=0)
        status = 0 if is_left and bought_after is None else 11
        status = 6 if is_declined else status
        if bought_after is not None:
            back = datetime.fromisoformat(at) + timedelta(hours=bought_after)
            row["date_modified"] = str(back)
        self.add(
            "orders",
            **row,
            **(method if status else {}),
            id=number,
            status_id=status,
            is_deleted=False,
        )


def shop() -> HandStore:
    """A store with whatever there is to tell of a checkout, in two weeks of February."""
    made = HandStore("shop")
    card: dict[str, Any] = {"payment_method": "Card"}
    invoice: dict[str, Any] = {"payment_method": "Invoice"}
    ada: dict[str, Any] = {"customer_id": 1, "customer_email": "ada@example.com"}
    lea: dict[str, Any] = {"customer_id": 2, "customer_email": "lea@example.com"}
    germany: dict[str, Any] = {"geoip_country_iso2": "DE"}
    france: dict[str, Any] = {"geoip_country_iso2": "FR"}
    outlet: dict[str, Any] = {"channel_id": 2}
    # The week of Monday 2 February.
    made.checkout(1, "2026-02-02 09:00:00", 20, shipping=4, **germany)
    made.checkout(2, "2026-02-02 20:00:00", 40, shipping=8, **ada, **germany)
    made.checkout(
        *(3, "2026-02-03 20:00:00", 60),
        **(lea | card | france | outlet),
        bought_after=24,
        shipping=6,
        coupon=4,
    )
    made.checkout(
        *(4, "2026-02-03 20:30:00", 100),
        **(invoice | france | outlet),
        is_left=False,
        shipping=5,
        coupon=10,
    )
    # The week of Monday 9 February.
    made.checkout(
        5, "2026-02-11 10:00:00", 30, shipping=6, is_declined=True, **ada, **card, **germany
    )
    made.checkout(6, "2026-02-11 20:00:00", 200, is_left=False, **ada, **card, **germany)
    made.checkout(
        *(7, "2026-02-12 09:00:00", 50), **(lea | france), shipping=10, customer_first_name="Lea"
    )
    made.checkout(8, "2026-02-13 09:00:00", 80, is_left=False, shipping=4, **invoice, **germany)
    line: dict[str, Any] = {
        "id": 1,
        "product_id": 9,
        "variant_id": 91,
        "quantity": 3,
        "name": "Lamp",
    }
    line |= {"cart_date_modified": "2026-02-12 09:00:00", "total_inc_tax": 50}
    made.add("abandoned_cart_line_items", abandoned_cart_id="7", **line)
    made.add("customers", id=1, email="ada@example.com", customer_group_id=5, **_AGREES)
    made.add("customers", id=2, email="lea@example.com", customer_group_id=6, **_AGREES)
    made.add("customer_groups", id=5, name="club")
    made.add("customer_groups", id=6, name="trade")
    made.add("channels", id=1, name="Main shop")
    made.add("channels", id=2, name="Outlet")
    logged = (("shipping", 3), ("shipping", 3), ("payment", 4), ("general", 2), ("tax", None))
    for number, (kind, severity) in enumerate(logged):
        entry: dict[str, Any] = {
            "date_created": "2026-02-11 09:00:00",
            "type": kind,
            "severity": severity,
        }
        made.add("store_logs", id=number, **entry)
    for stream in ("abandoned_carts", "abandoned_cart_line_items", "orders"):
        made.add("load_checks", stream=stream, **_CHECK)
    return made


# Of all of its rows.
_CHECK: dict[str, Any] = {
    "check_id": "one",
    "mode": "keys",
    "checked_at": "2026-03-02 00:00:00",
    "day": "2026-02-28",
    "window_start": "2026-02-01 00:00:00",
    "window_end": "2026-02-28 23:59:59",
    "rows_checked": 8,
    "rows_at_fault": 0,
}
_AGREES: dict[str, Any] = {"accepts_product_review_abandoned_cart_emails": True}


def long_past() -> HandStore:
    """200 carts of a week of January, 50 of which came back in two days; and one of yesterday."""
    made = HandStore("past")
    for number in range(1, 201):
        back = 48 if number <= 50 else None
        made.checkout(number, "2026-01-05 12:00:00", 10, bought_after=back)
    made.checkout(201, "2026-03-09 06:30:00", 100)
    return made


def half_mailed() -> HandStore:
    """Four guests who agreed to be reminded, two of whom are held out; of the others one bought."""
    made = HandStore("mail")
    for number in range(1, 5):
        made.checkout(
            number,
            "2026-02-20 12:00:00",
            10,
            bought_after=24 if number == 1 else None,
            customer_email=GUESTS[number - 1],
            is_email_opt_in=True,
        )
    return made


# The first two are mailed.
GUESTS = ("a@example.com", "b@example.com", "d@example.com", "e@example.com")


def watched() -> HandStore:
    """Six carts of an inbox that came ever farther; of one nobody knows how far."""
    made = HandStore("inbox")
    day = "2026-02-25"
    when = {"created_time": f"{day} 09:00:00", "updated_time": f"{day} 10:00:00"}
    told: dict[str, Any] = {
        **when,
        "date_modified": f"{day} 11:00:00",
        "first_received_at": "2026-02-24 00:00:00",
        "channel_id": 1,
        "currency_code": "EUR",
        "cart_amount": 50,
    }
    for number, step in enumerate(("filled", "email", "address", "shipping", None), start=1):
        made.add("carts", id=f"c-{number}", status="abandoned", step=step, **told)
    made.add(
        "carts", id="c-6", status="converted", order_id=6, converted_at=f"{day} 12:00:00", **told
    )
    made.checkout(6, f"{day} 12:00:00", 50, is_left=False)
    return made


def half_loaded() -> HandStore:
    """Two carts that came back, one as an order that was not loaded, by the inbox's word."""
    made = HandStore("half")
    made.checkout(1, "2026-02-20 12:00:00", 10, bought_after=24)
    made.checkout(2, "2026-02-21 12:00:00", 30, bought_after=24)
    made.tables["orders"].pop()
    when = {"created_time": "2026-02-21 11:00:00", "converted_at": "2026-02-22 12:00:00"}
    told = {"channel_id": 1, "currency_code": "EUR", "cart_amount": 30}
    made.add("carts", id="c-2", status="converted", order_id=2, **when, **told)
    return made


def hand_stores() -> Tables:
    """Return the rows of all of them, by table."""
    tables: Tables = {}
    for made in (shop(), long_past(), half_mailed(), half_loaded(), watched()):
        for table, rows in made.tables.items():
            tables.setdefault(table, []).extend(rows)
    return tables
