"""Stores of a few hundred carts, left by guests over sixteen weeks, of which some came back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.warehouse.engines import Rows

ZONE = "Europe/Berlin"
AS_OF = datetime.fromisoformat("2026-06-30 12:00")
DAY = timedelta(days=1)
SHOPS = {"large": 420, "middle": 260, "small": 60}


@dataclass(frozen=True)
class Cart:
    """A cart, and when it came back, if it did; before it was left, if it was changed once paid."""

    store: str
    number: int
    left_at: datetime
    back_at: datetime | None
    channel_id: int
    currency: str
    value: Decimal
    email: str
    ticked: bool | None
    is_same_order: bool

    @property
    def began_at(self) -> datetime:
        """Return when it first reached payment; each seventh was left again, days later."""
        return self.left_at - (4 * DAY if self.number % 7 == 0 else timedelta(minutes=9))

    @property
    def place(self) -> tuple[str, int, str]:
        """Return what rows of the marts are by."""
        return self.store, self.channel_id, self.currency

    @property
    def monday(self) -> date:
        """Return the Monday of the week it was left in, by the clocks there."""
        day = there(self.left_at)
        return day - timedelta(days=day.weekday())

    @property
    def took(self) -> timedelta | None:
        """Return how long it stayed away."""
        return max(self.back_at - self.left_at, timedelta(0)) if self.back_at else None

    @property
    def age(self) -> timedelta:
        """Return how long ago it was left."""
        return AS_OF - self.left_at

    def is_back_by(self, time: timedelta) -> bool:
        """Tell whether it had come back so long after it was left."""
        return self.took is not None and self.took <= time


def there(moment: datetime) -> date:
    """Return the day of a moment by the clocks there."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def drawn(shops: dict[str, int] = SHOPS, as_of: datetime = AS_OF) -> list[Cart]:
    """Draw so many carts of each store, the same each time, left before a moment."""
    chance = Random("curve")  # noqa: S311 - invented shoppers
    return [
        _cart(chance, store, number, count, as_of)
        for store, count in shops.items()
        for number in range(count)
    ]


def _cart(chance: Random, store: str, number: int, count: int, as_of: datetime) -> Cart:
    age = timedelta(seconds=chance.randrange(112 * 86400))
    # On the dot, where a band begins.
    age = chance.choice((1, 2, 7, 30)) * DAY if chance.random() < 0.1 else age
    left = as_of - age
    same = chance.random() < 0.5
    took = timedelta(seconds=int(chance.expovariate(1 / 200_000)))
    # On the dot, at once, far too late, and paid before it was changed.
    odd = [2 * DAY, timedelta(0), 33 * DAY, 31 * DAY] + ([] if same else [-DAY / 24])
    took = chance.choice(odd) if chance.random() < 0.2 else took
    return Cart(
        store=store,
        number=number + 1,
        left_at=left,
        back_at=left + took if chance.random() < 0.35 else None,
        channel_id=chance.choice((1, 1, 2)),
        currency=chance.choice(("EUR", "EUR", "USD")),
        value=Decimal(chance.randrange(1, 50_000)) / 100,
        email=f"shopper{chance.randrange(count * 3 // 4)}@example.com",
        ticked=chance.choice((True, True, True, False, None)),
        is_same_order=same,
    )


def tables(carts: Iterable[Cart]) -> dict[str, Rows]:
    """Return the tables as a load leaves them."""
    left, orders = [], []
    for cart in carts:
        money = {"default_currency_code": cart.currency, "total_inc_tax": cart.value}
        same = {
            "store": cart.store,
            "cart_id": f"c{cart.number}",
            "channel_id": cart.channel_id,
            "customer_email": cart.email,
            **money,
        }
        began = {"date_created": cart.began_at, "date_modified": cart.left_at}
        number = {"id": str(cart.number), "order_id": cart.number}
        left.append(same | began | number | {"is_email_opt_in": cart.ticked})
        if cart.back_at and cart.is_same_order:
            orders.append(
                same | began | {"id": cart.number, "status_id": 11, "date_modified": cart.back_at}
            )
        elif cart.back_at:
            made = {"date_created": cart.back_at, "date_modified": cart.back_at + 40 * DAY}
            orders.append(same | made | {"id": 10_000 + cart.number, "status_id": 2})
    return {"abandoned_carts": left, "orders": orders}


def of_every_mart(as_of: str) -> tuple[dict[str, Rows], dict[str, Any]]:
    """Return tables that leave no mart about reminders empty, and the variables that it takes."""
    moment = datetime.fromisoformat(as_of)
    entry = {"store": "shop", "id": 1, "type": "shipping", "severity": 4, "date_created": moment}
    holdout = {"holdout_share": 0.3, "holdout_since": str(moment - 60 * DAY)}
    return tables(drawn({"shop": 260}, moment)) | {"store_logs": [entry]}, holdout
