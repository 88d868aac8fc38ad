"""A living cart, what can be put into it, and what is true of it.

Amounts are in the currency the cart was made in, ex tax. A cart's `base_amount` is the sum of
its lines, `cart_amount` is what is left after the coupon; an order of the cart has the same
amounts ex tax.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from tap_bigcommerce_carts.sandbox.shop.catalog import Product, Variant, catalog, product
from tap_bigcommerce_carts.sandbox.shop.currencies import Currency, currency
from tap_bigcommerce_carts.sandbox.shop.dice import likely
from tap_bigcommerce_carts.sandbox.shop.money import CENT, number, share
from tap_bigcommerce_carts.sandbox.shop.people import Person
from tap_bigcommerce_carts.sandbox.shop.shipping import ShippingOption

KINDS = ("physical_items", "digital_items", "gift_certificates", "custom_items")
LIVES_FOR = timedelta(days=30)  # after its last change
IDLE = timedelta(hours=1)  # after which a cart counts as abandoned
PERCENTAGE = 1  # a type of coupon
_QUANTITIES = (1,) * 8 + (2, 2, 3)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that takes `percent` off what is in the catalogue."""

    id: int
    code: str
    percent: int

    @property
    def name(self) -> str:
        """What shoppers see."""
        return f"{self.percent}% off"


@dataclass(slots=True)
class Line:
    """One thing in a cart; `price` is of one, in units. Its `id` is set when it is put in.

    What a shopper `typed` into options is (name of the option, text).
    """

    kind: str
    name: str
    price: int
    quantity: int = 1
    item: Product | None = None
    variant: Variant | None = None
    id: str = ""
    parent: "Line | None" = None
    typed: tuple[tuple[str, str], ...] = ()

    @property
    def parent_id(self) -> str | None:
        """The id of the bundle this is a part of."""
        return self.parent.id if self.parent else None

    @property
    def is_sent(self) -> bool:
        """Whether it is a thing that is sent, and no file or voucher."""
        return self.kind in ("physical_items", "custom_items")

    @property
    def total(self) -> int:
        """The price of all of them, in units."""
        return self.price * self.quantity


@dataclass(slots=True)
class Cart:
    """A cart from its first line to its end, and what is known of it afterwards.

    Attributes:
        who: the shopper, whose place gives the currency; the store knows only `email`.
        address: whether the shopper gave an address at the checkout.
        shipping: the shipping option that was chosen.
        abandoned: when BigCommerce last called it abandoned.
        payment: when the shopper last reached the payment step.
        end: how it ended, at `ended`; "" while it lives, and when it expired.
    """

    id: str
    token: str
    who: Person
    customer_id: int
    channel_id: int
    email: str
    created: datetime
    updated: datetime
    lines: list[Line] = field(default_factory=list)
    coupon: Coupon | None = None
    version: int = 1
    order_id: int | None = None
    address: bool = False
    shipping: ShippingOption | None = None
    abandoned: datetime | None = None
    payment: datetime | None = None
    end: Literal["", "converted", "deleted"] = ""
    ended: datetime | None = None

    @property
    def currency(self) -> Currency:
        """What the cart is priced in."""
        return currency(self.who.place.currency)

    @property
    def is_sent(self) -> bool:
        """Whether there is anything to send."""
        return any(line.is_sent for line in self.lines)

    @property
    def base(self) -> int:
        """The sum of the lines, in units."""
        return sum(line.total for line in self.lines)

    @property
    def taken_off(self) -> int:
        """What the coupon takes off, in units."""
        return sum(self.off(line) for line in self.lines)

    def off(self, line: Line) -> int:
        """Return what the coupon takes off a line, in units."""
        if self.coupon is None or line.item is None:
            return 0
        return share(line.total, self.coupon.percent, self.currency.step)

    def family(self, line_id: str) -> list[Line]:
        """Return a line, and the parts of the bundle if it is one; LookupError for none."""
        found = [line for line in self.lines if line_id in (line.id, line.parent_id)]
        if not found:
            raise LookupError(f"there is no line {line_id} in the cart {self.id}")
        return found

    @property
    def last_sign(self) -> datetime:
        """When the shopper last did something with it."""
        return max(self.updated, self.payment or self.updated)

    def lives(self, now: datetime) -> bool:
        """Return whether it can be read."""
        return not self.end and now < self.updated + LIVES_FOR

    def status(self, now: datetime) -> str:
        """Return active, abandoned, converted, deleted or expired."""
        if self.end:
            return self.end
        if not self.lives(now):
            return "expired"
        return "abandoned" if self.abandoned and self.abandoned > self.last_sign else "active"

    def outcome(self, now: datetime) -> str:
        """Return what its shopper did, as a report on carts would say it.

        It is placed, came_back (placed after having been left for an hour or more), emptied,
        expired, left_at_payment, left_early (abandoned before payment), or open.
        """
        status = self.status(now)
        if status == "converted":
            paid_later = self.ended and self.payment and self.ended - self.payment >= IDLE
            return "came_back" if self.abandoned or paid_later else "placed"
        if status in ("deleted", "expired"):
            return "emptied" if status == "deleted" else status
        if self.payment:
            return "left_at_payment"
        return "left_early" if status == "abandoned" else "open"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a cart; amounts are those of its last state, as JSON numbers."""

    cart_id: str
    status: str
    outcome: str
    order_id: int | None
    token: str | None
    email: str
    customer_id: int
    channel_id: int
    currency: str
    base_amount: float
    cart_amount: float
    quantity: int
    coupon: str | None
    created: datetime
    updated: datetime


def truth(cart: Cart, now: datetime) -> Truth:
    """Return what is true of a cart at a moment."""
    return Truth(
        cart_id=cart.id,
        status=cart.status(now),
        outcome=cart.outcome(now),
        order_id=cart.order_id,
        token=cart.token if cart.abandoned else None,
        email=cart.email,
        customer_id=cart.customer_id,
        channel_id=cart.channel_id,
        currency=cart.currency.code,
        base_amount=number(cart.base),
        cart_amount=number(cart.base - cart.taken_off),
        quantity=sum(line.quantity for line in cart.lines),
        coupon=cart.coupon.code if cart.coupon else None,
        created=cart.created,
        updated=cart.updated,
    )


def from_catalogue(
    item: Product, variant: Variant, paid: Currency, quantity: int = 1
) -> list[Line]:
    """Return the lines of a product: one, and for a bundle one more for each of its parts.

    Args:
        item: the product.
        variant: the form of it.
        paid: the currency of the cart.
        quantity: how many.
    """
    kind = "digital_items" if item.type == "digital" else "physical_items"
    line = Line(kind, item.name, paid.from_euro(item.price), quantity, item, variant)
    parts = [product(part) for part in item.parts]
    inside = [
        Line(kind, part.name, 0, quantity, part, part.variants[0], parent=line) for part in parts
    ]
    return [line, *inside]


def gift_certificate(euros: int, paid: Currency) -> list[Line]:
    """Return the line of a gift certificate.

    Args:
        euros: its worth.
        paid: the currency of the cart.
    """
    return [Line("gift_certificates", "Gift Certificate", paid.from_euro(euros * 100 * CENT))]


def custom_item(name: str, euros: int, paid: Currency) -> list[Line]:
    """Return the line of something that is in no catalogue.

    Args:
        name: what shoppers see.
        euros: its price.
        paid: the currency of the cart.
    """
    return [Line("custom_items", name, paid.from_euro(euros * 100 * CENT))]


def drawn_lines(chance: Random, paid: Currency) -> list[Line]:
    """Return something that a shopper may put in."""
    if likely(chance, 0.03):
        return gift_certificate(chance.choice((25, 50, 100)), paid)
    if likely(chance, 0.03):
        return custom_item("Engraving", chance.randint(3, 20), paid)
    item = chance.choice(catalog())
    return from_catalogue(item, chance.choice(item.variants), paid, chance.choice(_QUANTITIES))
