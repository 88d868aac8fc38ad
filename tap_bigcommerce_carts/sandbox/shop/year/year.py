"""A plan for a shop's year, and how it is carried out while the clock goes."""

from __future__ import annotations

import heapq
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.sandbox.shop.cart import IDLE
from tap_bigcommerce_carts.sandbox.shop.dates import whole
from tap_bigcommerce_carts.sandbox.shop.dice import dice
from tap_bigcommerce_carts.sandbox.shop.year.courses import Course
from tap_bigcommerce_carts.sandbox.shop.year.hours import hours
from tap_bigcommerce_carts.sandbox.shop.year.rhythm import moments
from tap_bigcommerce_carts.sandbox.shop.year.shoppers import Shoppers
from tap_bigcommerce_carts.sandbox.shop.year.visits import Visit, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.sandbox.shop.shop import Shop

DAYS = 365
_MARGIN = timedelta(minutes=2)
# Carts that are left before payment, for each that gets there.
_LEFT_EARLY = 1.3


class Year:
    """A shop's year, from the moment its clock shows on. The same seed and clock give the same.

    Orders stay as they were paid, but for a few that are refunded: BigCommerce keeps no date of
    payment, so where orders are shipped, carts seem to come back later than they did.

    Args:
        shop: an empty one.
        seed: anything with a stable `str`.
        checkouts: how many reach payment on a usual day of the beginning.
        browsing_days: in how many of the last days carts are filled, too, that never get there.
        days: how long the year is.

    Attributes:
        end: when the plan ends.
        browsing_from: when the first of those carts may be filled.
    """

    def __init__(
        self,
        shop: Shop,
        seed: object = 7,
        *,
        checkouts: float = 12,
        browsing_days: int = 35,
        days: int = DAYS,
    ) -> None:
        self._begin = whole(shop.clock())
        self.end = self._begin + timedelta(days=days)
        self.browsing_from = self.end - timedelta(days=browsing_days)
        self._lock = shop.lock
        self._spans: list[tuple[datetime, datetime]] = []
        self._ahead: list[tuple[datetime, int, Callable[[datetime], object]]] = []
        shop.seed = seed
        numbers = count()
        for visit in self._visits(seed, checkouts):
            course = Course(shop, visit)
            steps = list(course.steps())
            self._ahead += [(at, next(numbers), happen) for at, happen in steps]
            if course.left and visit.back:
                self._spans.append((course.left + _MARGIN, visit.back - _MARGIN))
        heapq.heapify(self._ahead)

    def until(self, moment: datetime) -> None:
        """Let happen what is planned up to a moment."""
        with self._lock:
            while self._ahead and self._ahead[0][0] <= moment:
                at, _, happen = heapq.heappop(self._ahead)
                happen(at)

    def hours(self, last: datetime) -> list[datetime]:
        """Return when to look, to see by a moment all that a look in every hour would."""
        return hours(self._spans, self._begin + IDLE, last)

    def _visits(self, seed: object, checkouts: float) -> Iterator[Visit]:
        to_payment = moments(dice(seed, "year"), self._begin, self.end, checkouts)
        browsing = moments(dice(seed, "early"), self._begin, self.end, checkouts * _LEFT_EARLY)
        early = (moment for moment in browsing if moment >= self.browsing_from)
        coming = heapq.merge(((at, True) for at in to_payment), ((at, False) for at in early))
        shoppers, chance = Shoppers(), dice(seed, "shoppers")
        for number, (at, pays) in enumerate(coming):
            yield draw(seed, number, at, shoppers.next(chance), to_payment=pays)
