"""A shop small enough to work out by hand, with a cart for every rule of the marts.

The carts hold two mugs (product 7) at 24.00 with tax, if nothing else is said; what a cart is
worth in all is set apart from its lines. Prices are in euro, the store's own currency.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from tap_bigcommerce_carts.sandbox import Shop
from tests.support.harness import Clock

# Loads are at noon of 3 March, an hour later, and at noon of 30 March.
SECOND = "2026-03-10 10:00:00"  # the second load's tables are built a week later
THIRD = "2026-03-30 12:00:00"
TESTER = "tester@example.com"


def at(day: int, time: str, month: int = 3) -> datetime:
    """Return a moment of March 2026."""
    hour, minute, second = [*map(int, time.split(":")), 0][:3]
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


class HandShop:
    """Two stores whose ids are the same, and what happens in them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.ours = Shop(clock=self.clock)
        self.theirs = Shop(clock=self.clock)
        self.ids: dict[str, int] = {}
        self._before_the_first_load()

    def left(self, name: str, total: str, when: datetime, **more: Any) -> None:
        """Add a cart that was left, under a name; its payment step was ten minutes before."""
        email = more.pop("email", None)
        more.setdefault("cart_id", name)
        more.setdefault("lines", [self.mugs()])
        more.setdefault("created", when - timedelta(minutes=10))
        order = self.ours.add_order(total_inc_tax=total, modified=when, **more)
        if email:
            address = self.ours.orders[order]["billing_address"] | {"email": email}
            self.ours.set(order, billing_address=address)
        self.ids[name] = order

    def bought(self, name: str, cart: str, total: str, when: datetime, **more: Any) -> None:
        """Add an order that was paid for at once."""
        self.left(name, total, when, created=when, cart_id=cart, status_id=11, **more)

    def mugs(self) -> dict[str, Any]:
        """Return a line of two mugs: 2 x 10.00 and 20 % tax are 24.00."""
        return self.ours.line(name="Mug", product_id=7, variant_id=70, quantity=2)

    def caps(self) -> dict[str, Any]:
        """Return a line of three caps, 36.00."""
        return self.ours.line(name="Cap", product_id=8, variant_id=80, quantity=3)

    def red_cap(self) -> dict[str, Any]:
        """Return a line of one cap of another variant, 12.00."""
        return self.ours.line(name="Cap", product_id=8, variant_id=81)

    def _before_the_first_load(self) -> None:
        self.ours.add_customer(customer_group_id=3)
        self.ours.add_customer(accepts_product_review_abandoned_cart_emails=False)
        self.left("lost", "40.00", at(1, "11:00"))
        self.left("edge", "30.00", at(3, "10:00:00"))
        self.left("open", "35.00", at(3, "10:00:01"))
        part = self.ours.line(name="Box", product_id=9, price="0.00", is_bundled_product=True)
        gift = self.ours.line(name="Gift", product_id=0, variant_id=0, type="giftcertificate")
        self.left("same", "50.00", at(3, "07:00"), lines=[self.mugs(), part, gift])
        self.left("again", "70.00", at(3, "06:00"), lines=[self.caps(), self.red_cap()])
        self.left("first try", "40.00", at(2, "08:00"), cart_id="twice")
        self.left("twice", "45.00", at(2, "09:00"))
        self.left("declined", "60.00", at(2, "10:00"))
        self.left("cancelled", "61.00", at(2, "11:00"))
        self.left("refunded", "62.00", at(2, "12:00"))
        self.left("archived", "63.00", at(2, "13:00"))
        dollars = {"store_default_to_transactional_exchange_rate": "1.2500000000"}
        self.left("dollars", "50.00", at(2, "14:00"), currency_code="USD", customer_id=1, **dollars)
        self.left(
            "no rate",
            "1000.00",
            at(2, "15:00"),
            currency_code="SEK",
            customer_id=2,
            channel_id=2,
            is_email_opt_in=True,
        )
        self.ours.leave_out(self.ids["no rate"], "store_default_to_transactional_exchange_rate")
        self.left("no cart id", "12.00", at(2, "16:00"), cart_id="")
        self.left("edited", "84.00", at(2, "17:00"), lines=[self.mugs(), self.caps()])
        self.left("tester", "999.00", at(2, "17:30"), email=TESTER)
        self.left(
            "as guest",
            "20.00",
            at(2, "18:00"),
            email=" Customer1@Example.com ",
            is_email_opt_in=True,
        )
        self.left("paid first", "21.00", at(2, "06:00"))
        self.left("guessed", "90.00", at(2, "20:00"), email="g@example.com")
        self.theirs.add_order(
            id=self.ids["lost"],
            cart_id="lost",
            total_inc_tax="7.00",
            modified=at(1, "11:00"),
            currency_code="USD",
            store_default_currency_code="USD",
            store_default_to_transactional_exchange_rate="",
        )

    def before_the_second_load(self) -> None:
        """An hour later: some were paid, some not quite."""
        self.clock.advance(hours=1)
        ours, ids = self.ours, self.ids
        ours.convert(ids["same"])
        ours.convert(ids["declined"], status_id=6)
        ours.convert(ids["cancelled"], status_id=5)
        ours.convert(ids["refunded"], status_id=4)
        ours.convert(ids["archived"])
        ours.archive(ids["archived"])
        self.bought("same cart again", "again", "75.00", at(3, "08:30"))
        self.bought("paid before", "paid first", "22.00", at(2, "05:00"))
        self.bought("other cart", "other", "91.00", at(3, "10:30"), email="G@example.com")
        self.bought("never left", "direct", "100.00", at(3, "11:30"))
        self.bought("by tester", "test", "998.00", at(3, "11:40"), email=TESTER)
        ours.set_lines(ids["edited"], [self.mugs()])
        ours.set(ids["edited"], total_inc_tax="48.00", modified=at(3, "09:30"))

    def before_the_third_load(self) -> None:
        """Four weeks later: one came back after all, and two rows of long ago turn up late."""
        self.clock.now = at(28, "11:00")
        self.ours.convert(self.ids["lost"])
        self.clock.now = at(30, "12:00")
        self.left("late", "15.00", at(20, "03:00", month=2))
        self.bought("late order", "twice", "46.00", at(4, "09:00"))
