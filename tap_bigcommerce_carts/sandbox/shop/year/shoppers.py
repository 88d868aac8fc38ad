"""Who comes to a shop: people who were there before, and new ones, guests and customers."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import md5
from itertools import count
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.sandbox.shop.dice import likely
from tap_bigcommerce_carts.sandbox.shop.people import email, person

if TYPE_CHECKING:
    from random import Random

NO_GROUP, REGULARS, WHOLESALE = 0, 1, 2
# The shop sells in two currencies; who lives elsewhere does not come.
_CURRENCIES = {"EUR", "USD"}
_RETURNING, _REGISTERS = 0.35, 0.45
# The part of all shoppers that no reminder is sent to.
HELD_OUT = 0.2


@dataclass(slots=True)
class Shopper:
    """Somebody with an e-mail address.

    Attributes:
        address: the e-mail address.
        customer_id: 0 for a guest.
        group: the customer's group; 0 for none.
        bought: how often.
    """

    address: str
    customer_id: int = 0
    group: int = NO_GROUP
    bought: int = 0

    @property
    def is_held_out(self) -> bool:
        """Whether no reminder is sent: for the addresses whose hash is below a bound."""
        hashed = md5(self.address.encode(), usedforsecurity=False).hexdigest()
        return hashed < f"{round(HELD_OUT * 2**32):08x}"


@dataclass
class Shoppers:
    """The people who come to one shop."""

    _known: list[Shopper] = field(default_factory=list)
    _customers: count[int] = field(default_factory=lambda: count(1))
    _guests: count[int] = field(default_factory=lambda: count(1))

    def next(self, chance: Random) -> Shopper:
        """Return who comes next."""
        if self._known and likely(chance, _RETURNING):
            return chance.choice(self._known)
        shopper = self._customer(chance) if likely(chance, _REGISTERS) else self._guest()
        self._known.append(shopper)
        return shopper

    def _customer(self, chance: Random) -> Shopper:
        number, address = _somebody("customer", self._customers)
        group = chance.choices((NO_GROUP, REGULARS, WHOLESALE), (72, 18, 10))[0]
        return Shopper(address, number, group)

    def _guest(self) -> Shopper:
        return Shopper(_somebody("guest", self._guests)[1])


def _somebody(kind: str, numbers: count[int]) -> tuple[int, str]:
    """Return the next number, and its address, of somebody who pays in the shop's currencies."""
    for number in numbers:
        address = email(kind, number)
        if person(address).place.currency in _CURRENCIES:
            return number, address
    raise AssertionError("numbers do not end")
