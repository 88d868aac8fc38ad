"""What somebody does who comes to the shop: what goes into the cart, and where the visit ends.

The shares are invented, and go the way that merchants tell of: who is to pay more than the prices
that were shown leaves more often, and so do phones, new shoppers and the night. Whoever is sent a
reminder comes back more often than those who are held out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import exp, log
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.sandbox.shop.cart import Line, from_catalogue
from tap_bigcommerce_carts.sandbox.shop.catalog import Product, catalog
from tap_bigcommerce_carts.sandbox.shop.currencies import Currency, currency
from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.money import CENT, share
from tap_bigcommerce_carts.sandbox.shop.people import person
from tap_bigcommerce_carts.sandbox.shop.year.shoppers import NO_GROUP, WHOLESALE, Shopper

if TYPE_CHECKING:
    from random import Random

MAIN, OUTLET, PORTAL = 1, 2, 1017
# Where those end who do not reach payment, and how many of a hundred do.
EARLY = {"filled": 44, "email": 16, "address": 17, "shipping": 17, "emptied": 6}
_FREE_FROM = 120 * 100 * CENT  # euros of goods that are sent for nothing, but not overseas
_METHODS = {"Credit Card": 56, "PayPal": 29, "Bank Deposit": 10, "Cash on Delivery": 5}
_AWAY_MEDIAN, _AWAY_SIGMA = 9.0, 1.25  # hours, and the spread of their logarithm
_LONGEST_AWAY = timedelta(days=20)
_QUANTITIES = (1,) * 8 + (2, 2, 3)
_WINTER = {10, 11, 12, 1, 2}  # months in which winter things are wanted
_NIGHT = {23, 0, 1, 2, 3, 4, 5}


@dataclass(slots=True)
class Visit:
    """One cart, planned from its first line to its end; amounts in units of its currency.

    Attributes:
        number: from 1, in the order the carts are filled.
        ends: one of `EARLY`, `left`, `placed`, `declined` (and no more), or `retried` (declined,
            and paid otherwise at once).
        back: when a left cart is paid after all; None for never.
        another: whether that is by an order of its own.
        coupon: a code; "" for none.
        later_coupon: one that is used when the cart is paid after all.
        shipping: its price, ex tax.
        handling: likewise.
        tax_shown: whether prices are shown with tax.
        refunded: whether the order is refunded some days later.
        no_quote: whether it cannot be said at first what sending costs.
    """

    number: int
    at: datetime
    shopper: Shopper
    channel_id: int
    lines: list[Line]
    ends: str = "placed"
    coupon: str = ""
    later_coupon: str = ""
    shipping: int = 0
    handling: int = 0
    source: str = "www"
    method: str = "Credit Card"
    back: datetime | None = None
    another: bool = False
    consents: bool = False
    refunded: bool = False
    no_quote: bool = False
    pace: list[timedelta] = field(default_factory=list)

    @property
    def tax(self) -> int:
        """The tax where the shopper lives, in percent."""
        return person(self.shopper.address).place.tax

    @property
    def tax_shown(self) -> bool:
        """Whether the prices in the shop are with tax: not for merchants, nor in America."""
        return self.channel_id != PORTAL and self.currency.code == "EUR"

    @property
    def currency(self) -> Currency:
        """What the shopper sees and pays in."""
        return currency(person(self.shopper.address).place.currency)

    @property
    def extra(self) -> float:
        """What comes on top of the prices that were shown, as a share of these."""
        goods = sum(line.total for line in self.lines)
        added = self.shipping + self.handling
        if not self.tax_shown:
            added += share(goods + added, self.tax, self.currency.step)
        return added / goods


def draw(seed: object, number: int, at: datetime, shopper: Shopper, *, to_payment: bool) -> Visit:
    """Return what a visit is like.

    Args:
        seed: the shop's.
        number: of the visit.
        at: when the cart is filled.
        shopper: whose it is; that something was bought is noted there.
        to_payment: whether the payment step is reached.
    """
    chance = dice(seed, "visit", to_payment, number)
    channel_id = PORTAL if shopper.group == WHOLESALE else MAIN
    if channel_id == MAIN and likely(chance, 0.2):
        channel_id = OUTLET
    visit = Visit(number, at, shopper, channel_id, _lines(chance, at, shopper, channel_id))
    visit.source = chance.choices(("www", "mobile"), (46, 54))[0]
    visit.consents = likely(chance, 0.35)
    visit.pace = [timedelta(seconds=chance.randint(15, 150)) for _ in range(6)]
    _price(chance, visit)
    if likely(chance, 0.13):
        visit.coupon = "SPRING10"
    if to_payment:
        _end(chance, visit)
    else:
        visit.ends = chance.choices(list(EARLY), list(EARLY.values()))[0]
    visit.no_quote = likely(chance, 0.3 if visit.ends == "address" else 0.01)
    return visit


def _lines(chance: Random, at: datetime, shopper: Shopper, channel_id: int) -> list[Line]:
    paid = currency(person(shopper.address).place.currency)
    more = 3 if channel_id == PORTAL else 1
    picked = chance.choices(
        catalog(), _wanted(winter=at.month in _WINTER), k=chance.choice((1, 1, 1, 2, 2, 3, 4))
    )
    return [
        line
        for item in dict.fromkeys(picked)
        for line in from_catalogue(
            item, chance.choice(item.variants), paid, more * chance.choice(_QUANTITIES)
        )
    ]


@cache
def _wanted(*, winter: bool) -> tuple[float, ...]:
    """Return how much each product of the catalogue is wanted: some few most, cheap ones more."""

    def wanted(item: Product) -> float:
        season = (2.0 if winter else 0.4) if "Winter" in item.name else 1.0
        return exp(dice("wanted", item.id).gauss(0, 0.5)) * season / exp(log(item.price) / 3)

    return tuple(map(wanted, catalog()))


def _price(chance: Random, visit: Visit) -> None:
    """Say what is asked for sending and packing it."""
    if all(line.kind == "digital_items" for line in visit.lines):
        return
    place, paid = person(visit.shopper.address).place, visit.currency
    if visit.channel_id == PORTAL:
        shipping, handling = 1490, 500
    elif place.currency == "USD":
        shipping, handling = 1990, 250
    else:
        shipping, handling = (490 if place.iso2 == "DE" else 990), 0
        if sum(line.total for line in visit.lines) >= _FREE_FROM:
            shipping = 0
    if likely(chance, 0.12):
        shipping = 2 * shipping or 990  # sent at once
    visit.shipping = paid.from_euro(shipping * CENT) if shipping else 0
    visit.handling = paid.from_euro(handling * CENT) if handling else 0


def _end(chance: Random, visit: Visit) -> None:
    """Say how a checkout ends that reaches payment."""
    visit.method = chance.choices(list(_METHODS), list(_METHODS.values()))[0]
    known = visit.shopper.bought > 0
    leaves = 0.17 + min(1.1 * visit.extra, 0.42)
    leaves += 0.07 * (visit.source == "mobile") + 0.06 * (visit.at.hour in _NIGHT)
    leaves -= 0.10 * known + 0.05 * bool(visit.coupon) + 0.04 * (visit.channel_id == PORTAL)
    if likely(chance, leaves):
        visit.ends = "left"
        returns = 0.08 if visit.shopper.is_held_out else 0.16
        if likely(chance, returns + 0.05 * known + 0.03 * (visit.shopper.customer_id > 0)):
            _come_back(chance, visit)
    elif visit.method == "Credit Card" and likely(chance, 0.05):
        visit.ends = "retried" if likely(chance, 0.3) else "declined"
    else:
        visit.refunded = likely(chance, 0.02)
    visit.shopper.bought += visit.ends in ("placed", "retried") or visit.back is not None


def _come_back(chance: Random, visit: Visit) -> None:
    away = timedelta(hours=exp(chance.gauss(log(_AWAY_MEDIAN), _AWAY_SIGMA)))
    visit.back = visit.at + sum(visit.pace, timedelta()) + min(away, _LONGEST_AWAY)
    visit.another = likely(chance, 0.25)
    if likely(chance, 0.3) and visit.shopper.group == NO_GROUP and not visit.coupon:
        visit.later_coupon = "COMEBACK5"
