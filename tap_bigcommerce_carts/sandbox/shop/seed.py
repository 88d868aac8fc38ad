"""The invented shop: who left which cart, and when."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import exp, log
from random import Random
from uuid import UUID

from tap_bigcommerce_carts.sandbox.shop import customers
from tap_bigcommerce_carts.sandbox.shop.baskets import draw
from tap_bigcommerce_carts.sandbox.shop.dice import dice, digest, likely
from tap_bigcommerce_carts.sandbox.shop.people import email
from tap_bigcommerce_carts.sandbox.shop.records import Customer, Order

DAYS = 90
RECOVERED = 0.12  # share of carts whose owner came back
AS_ANOTHER_ORDER = 0.25  # share of those that paid with a new order for the same cart
LONGEST_AWAY = 168  # hours after which nobody comes back
FIRST_ID = 100
_IDLE = timedelta(minutes=121)
# Shoppers by hour of the day (UTC) and by weekday from Monday: evenings and Sundays are busy.
HOURS = (2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 9, 10, 9, 8, 8, 9, 10, 12, 14, 15, 13, 8, 4)
WEEKDAYS = (10, 9, 9, 10, 9, 11, 14)
_PLACED = {10: 38, 11: 18, 2: 16, 9: 8, 3: 4, 7: 4, 5: 4, 4: 3, 14: 2, 8: 1, 1: 1, 12: 1}


@dataclass(frozen=True, slots=True)
class Plan:
    """How large a shop to invent, as seen from `now`."""

    seed: object
    now: datetime
    carts: int
    placed: int
    customers: int
    channels: tuple[int, ...]


def invent(plan: Plan) -> tuple[list[Order], list[Customer]]:
    """Return the orders, oldest first, and the customers."""
    chance = dice(plan.seed, "shop", plan.carts, plan.placed, plan.customers)
    moments = _moments(chance, plan.now - _IDLE, plan.carts + plan.placed)
    orders = _orders(plan, chance, moments, FIRST_ID)
    return orders, list(customers.invented(chance, plan.now, plan.customers))


def _orders(plan: Plan, chance: Random, moments: list[datetime], after: int) -> list[Order]:
    statuses = [0] * plan.carts + chance.choices(
        list(_PLACED), list(_PLACED.values()), k=plan.placed
    )
    chance.shuffle(statuses)
    orders: list[Order] = []
    order_id = after
    for status_id, moment in zip(statuses, sorted(moments), strict=True):
        order_id += 1 if likely(chance, 0.95) else chance.randint(2, 5)
        customer_id = _customer(chance, plan.customers)
        orders.append(
            _order(
                plan,
                chance,
                order_id,
                status_id=status_id,
                modified=moment,
                customer_id=customer_id,
            )
        )
    _recover(chance, orders)
    return orders


def away(chance: Random) -> timedelta:
    """Return how long somebody stays away who comes back: most for hours, some for days."""
    return timedelta(hours=exp(chance.uniform(0, log(LONGEST_AWAY))))


def _moments(chance: Random, until: datetime, count: int) -> list[datetime]:
    """Return moments of the 90 days before `until`, with the rhythm of a day and a week."""
    midnight = until.replace(hour=0, minute=0, second=0)
    days = [midnight - timedelta(days=n) for n in range(DAYS)]
    weights = [WEEKDAYS[day.weekday()] for day in days]
    drawn = zip(
        chance.choices(days, weights, k=count),
        chance.choices(range(len(HOURS)), HOURS, k=count),
        strict=True,
    )
    moments = [day + timedelta(seconds=hour * 3600 + chance.randrange(3600)) for day, hour in drawn]
    return [x if x <= until else x - timedelta(days=1) for x in moments]


def _customer(chance: Random, customers: int) -> int:
    """Return a registered customer's id, or 0 for a guest: half of the shoppers."""
    return chance.randint(1, customers) if customers and likely(chance, 0.5) else 0


def _order(  # noqa: PLR0913 - what a record needs before it is drawn
    plan: Plan,
    chance: Random,
    order_id: int,
    *,
    status_id: int,
    modified: datetime,
    customer_id: int,
) -> Order:
    owner = ("customer", customer_id) if customer_id else ("guest", order_id)
    return Order(
        id=order_id,
        created=modified - timedelta(seconds=chance.randint(5, 900)),
        modified=modified,
        status_id=status_id,
        customer_id=customer_id,
        channel_id=chance.choices(plan.channels, (80, 15, 5)[: len(plan.channels)])[0],
        cart_id=cart_id(plan.seed, order_id),
        email=email(*owner),
        drawn=partial(draw, plan.seed),
    )


def new_cart(seed: object, order_id: int, modified: datetime, channels: tuple[int, ...]) -> Order:
    """Return one more abandoned cart of a guest.

    Args:
        seed: the shop's.
        order_id: its id.
        modified: when it was left.
        channels: the storefronts to draw from.
    """
    plan = Plan(seed, modified, 1, 0, 0, channels)
    return _order(
        plan, dice(seed, "new", order_id), order_id, status_id=0, modified=modified, customer_id=0
    )


def _recover(chance: Random, orders: list[Order]) -> None:
    """Let some owners come back: their placed order was a cart for hours or days.

    Most keep the order id. Some paid with another order, which carries the same cart id.
    """
    carts = [order for order in orders if not order.status_id]
    placed = [order for order in orders if order.status_id]
    count = min(int(len(carts) * RECOVERED), len(placed))
    for order in chance.sample(placed, count):
        time = away(chance)
        if likely(chance, AS_ANOTHER_ORDER):
            left = bisect_right(carts, order.modified - time, key=lambda cart: cart.modified)
            longest = order.modified - timedelta(hours=LONGEST_AWAY)
            if left and carts[left - 1].modified >= longest:
                cart = carts.pop(left - 1)
                order.cart_id, order.customer_id = cart.cart_id, cart.customer_id
                order.email, order.channel_id = cart.email, cart.channel_id
        else:
            order.created -= time


def cart_id(seed: object, order_id: int) -> str:
    """Return the UUID of the cart an order came from."""
    return str(UUID(bytes=digest("cart", seed, order_id), version=4))
