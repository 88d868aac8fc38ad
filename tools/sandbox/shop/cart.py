"""A living cart, the document it is served as, and the lines of the order it may become.

Amounts are in the currency the cart was made in, ex tax. A cart's `base_amount` is the sum of
its lines, `cart_amount` is what is left after the coupon; an order of the cart has the same
amounts ex tax.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from .catalog import Product, Variant, catalog, product
from .currencies import Currency, currency
from .dice import likely
from .documents import (
    COUPON_ID,
    LINES_PER_ORDER,
    Document,
    discount_line,
    line_document,
    product_option,
)
from .money import CENT, money, number, share
from .people import Person
from .seed import named

KINDS = ("physical_items", "digital_items", "gift_certificates", "custom_items")
LIVES_FOR = timedelta(days=30)  # after its last change
IDLE = timedelta(hours=1)  # after which a cart counts as abandoned
_PERCENTAGE = 1  # a type of coupon
_SHOP = "https://shop.example.com"
_QUANTITIES = (1,) * 8 + (2, 2, 3)


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code that takes `percent` off what is in the catalogue."""

    id: int
    code: str
    percent: int

    @property
    def name(self) -> str:
        """What shoppers are told."""
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
    def total(self) -> int:
        """The price of all of them, in units."""
        return self.price * self.quantity


@dataclass(slots=True)
class Cart:
    """A cart from its first line to its end, and what is known of it afterwards.

    Attributes:
        who: the shopper, whose place gives the currency; the store knows only `email`.
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
    abandoned: datetime | None = None
    payment: datetime | None = None
    end: Literal["", "converted", "deleted"] = ""
    ended: datetime | None = None

    @property
    def currency(self) -> Currency:
        """What the cart is priced in."""
        return currency(self.who.place.currency)

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

    def lives(self, now: datetime) -> bool:
        """Tell whether it can be read."""
        return not self.end and now < self.updated + LIVES_FOR

    def status(self, now: datetime) -> str:
        """Return active, abandoned, converted, deleted or expired."""
        if self.end:
            return self.end
        if not self.lives(now):
            return "expired"
        return "abandoned" if self.abandoned and self.abandoned > self.updated else "active"

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


# What can be put in


def from_catalogue(
    item: Product, variant: Variant, paid: Currency, quantity: int = 1
) -> list[Line]:
    """Return the lines of a product: one, and for a bundle one more for each of its parts."""
    kind = "digital_items" if item.type == "digital" else "physical_items"
    line = Line(kind, item.name, paid.from_euro(item.price), quantity, item, variant)
    parts = [product(part) for part in item.parts]
    inside = [
        Line(kind, part.name, 0, quantity, part, part.variants[0], parent=line) for part in parts
    ]
    return [line, *inside]


def gift_certificate(euros: int, paid: Currency) -> list[Line]:
    """Return the line of a gift certificate."""
    return [Line("gift_certificates", "Gift Certificate", paid.from_euro(euros * 100 * CENT))]


def custom_item(name: str, euros: int, paid: Currency) -> list[Line]:
    """Return the line of something that is in no catalogue."""
    return [Line("custom_items", name, paid.from_euro(euros * 100 * CENT))]


def drawn_lines(chance: Random, paid: Currency) -> list[Line]:
    """Return something that a shopper may put in."""
    if likely(chance, 0.03):
        return gift_certificate(chance.choice((25, 50, 100)), paid)
    if likely(chance, 0.03):
        return custom_item("Engraving", chance.randint(3, 20), paid)
    item = chance.choice(catalog())
    return from_catalogue(item, chance.choice(item.variants), paid, chance.choice(_QUANTITIES))


# As the API serves it


def cart_view(cart: Cart, options_of: Collection[str] = ()) -> Document:
    """Return a cart as the API serves it; `options_of` names the kinds of line that show them."""
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
            "coupon_type": str(_PERCENTAGE),
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
            "discountType": _PERCENTAGE,
            "discountAmount": coupon.percent,
            "expiresDate": 0,
            "totalDiscount": off,
        }
    ]


# The order it may become


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
            "type": _PERCENTAGE,
            "discount": number(cart.taken_off),
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
