"""Invented lives of carts: what one shopper after another does, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.sandbox.shop.cart import IDLE, LIVES_FOR, Truth
from tap_bigcommerce_carts.sandbox.shop.dates import whole
from tap_bigcommerce_carts.sandbox.shop.dice import dice, likely
from tap_bigcommerce_carts.sandbox.shop.living_carts import LivingCarts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

# How lives go: how many of a hundred do, and what is done after the cart was filled.
_LIVES: dict[str, tuple[int, tuple[str, ...]]] = {
    "left early": (38, ("abandon",)),
    "left early, twice": (4, ("abandon", "later", "change", "abandon")),
    "left at payment": (14, ("pay",)),
    "placed": (24, ("pay", "convert")),
    "came back": (6, ("abandon", "later", "change", "pay", "convert")),
    "came back to payment": (2, ("pay", "later", "convert")),
    "emptied": (6, ("empty",)),
    "expired": (6, ("abandon",)),
}
_CHANGES = (0, 0, 0, 0, 1, 1, 2)  # how often a cart is changed at first
_CHANNELS = (1, 1, 1, 1, 2)
_ANOTHER_ORDER = 0.25  # share of those who come back to payment and pay with another order


class Carts(LivingCarts):
    """The living carts of a shop, with many shoppers at once."""

    def live(self, count: int, seed: object = 1, *, hours: float = 24) -> list[Truth]:
        """Let so many new carts go through invented lives; return what is true of them now.

        They were filled in the last `hours`, those that have expired a month before. What would
        come after now has not happened yet. Events are emitted in the order of their moments. The
        same shop, clock and seed give the same lives.

        Args:
            count: how many carts.
            seed: anything with a stable `str`.
            hours: how long ago the first of them was filled.
        """
        with self._book.lock:
            before = len(self._carts)
            self._lead(count, seed, hours)
            return self.truths()[before:]

    def come_back(self, count: int) -> list[Truth]:
        """Let some shoppers who abandoned their carts place them now; return the truth.

        Args:
            count: how many, at most: those who left last.
        """
        with self._book.lock:
            now = whole(self._book.clock())
            left = [x for x in self._carts.values() if x.status(now) == "abandoned"]
            left.sort(key=lambda cart: cart.updated, reverse=True)
            for cart in left[:count]:
                self.convert(cart.id, at=now)
            return [self.truth(cart.id) for cart in left[:count]]

    def _lead(self, count: int, seed: object, hours: float) -> None:
        now = whole(self._book.clock())
        lives = list(_LIVES)
        shares = [_LIVES[life][0] for life in lives]
        drawn = dice(seed, "lives", count).choices(lives, shares, k=count)
        customers = list(self._book.customer_records)
        shoppers = [
            _Shopper(self, customers, life, dice(seed, "life", n)) for n, life in enumerate(drawn)
        ]
        steps: list[tuple[datetime, int, str]] = []
        for n, shopper in enumerate(shoppers):
            start = now - timedelta(seconds=shopper.chance.randint(1, max(int(hours * 3600), 1)))
            steps += [(at, n, step) for at, step in shopper.steps(start) if at <= now]
        steps.sort(key=lambda step: step[:2])  # the steps of one cart stay in their order
        for at, n, step in steps:
            getattr(shoppers[n], step)(at)


class _Shopper:
    """Somebody who fills one cart, half of them signed in.

    Each method but `steps` is a step of a life.
    """

    def __init__(self, carts: LivingCarts, customers: list[int], life: str, chance: Random) -> None:
        self.chance = chance
        self.life = life
        self.cart_id = ""
        self._carts = carts
        signed_in = customers and likely(chance, 0.5)
        self._customer_id = chance.choice(customers) if signed_in else 0

    def steps(self, start: datetime) -> Iterator[tuple[datetime, str]]:
        """Yield what this shopper does, and when."""
        chance, at = self.chance, start
        if self.life == "expired":
            at -= LIVES_FOR + timedelta(days=1)
        changes = ["change"] * chance.choice(_CHANGES)
        coupon = ["apply_coupon"] if likely(chance, 0.1) else []
        # Who is signed in has no need to.
        known = [] if self._customer_id or likely(chance, 0.6) else ["type_email"]
        yield at, "fill"
        for step in (*changes, *coupon, *known, *_LIVES[self.life][1]):
            if step == "later":
                at += timedelta(minutes=chance.randint(61, 300))
            else:
                at += IDLE if step == "abandon" else timedelta(seconds=chance.randint(20, 400))
                yield at, step

    def fill(self, at: datetime) -> None:
        """Put a first thing into a cart."""
        channel_id = self.chance.choice(_CHANNELS)
        self.cart_id = self._carts.fill(customer_id=self._customer_id, channel_id=channel_id, at=at)

    def change(self, at: datetime) -> None:
        """Add something, take something out, or take another number of it."""
        things = [line for line in self._carts.lines(self.cart_id) if line.parent is None]
        countable = [line for line in things if line.kind != "gift_certificates"]
        if len(things) > 1 and likely(self.chance, 0.2):
            self._carts.remove(self.cart_id, self.chance.choice(things).id, at)
        elif countable and likely(self.chance, 0.4):
            line = self.chance.choice(countable)
            self._carts.change(self.cart_id, line.id, line.quantity + 1, at)
        else:
            self._carts.add(self.cart_id, at=at)

    def apply_coupon(self, at: datetime) -> None:
        """Apply a coupon code."""
        self._carts.apply_coupon(self.cart_id, at=at)

    def type_email(self, at: datetime) -> None:
        """Type an e-mail address."""
        self._carts.type_email(self.cart_id, at=at)

    def abandon(self, _at: datetime) -> None:
        """Be away for an hour."""
        self._carts.abandon(self.cart_id)

    def pay(self, at: datetime) -> None:
        """Reach the payment step."""
        self._carts.reach_payment(self.cart_id, at)

    def convert(self, at: datetime) -> None:
        """Place the order, at times another one than the payment step made."""
        late = self.life == "came back to payment"
        another = late and likely(self.chance, _ANOTHER_ORDER)
        self._carts.convert(self.cart_id, at=at, another=another)

    def empty(self, at: datetime) -> None:
        """Take out everything."""
        self._carts.empty(self.cart_id, at)
