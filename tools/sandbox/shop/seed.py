"""The invented shop: who left which cart, and when."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from math import exp, log
from random import Random
from uuid import UUID

from .catalog import Product, Variant, catalog, product
from .currencies import STORE, Currency, currency
from .dice import dice, digest, likely
from .documents import (
    COUPON_ID,
    LINES_PER_ORDER,
    Content,
    Document,
    consignments_for,
    customer_address,
    customer_document,
    discount_line,
    line_document,
    order_document,
    product_option,
    status_fields,
    totals,
)
from .money import CENT, money, number, share, units
from .people import PLACES, Person, email, person
from .records import Customer, CustomerContent, Order

DAYS = 90
RECOVERED = 0.12  # share of carts whose owner came back
AS_ANOTHER_ORDER = 0.25  # share of those that paid with a new order for the same cart
LONGEST_AWAY = 168  # hours after which nobody comes back
FIRST_ID = 100
_IDLE = timedelta(minutes=121)
# Shoppers by hour of the day (UTC) and by weekday from Monday: evenings and Sundays are busy.
_HOURS = (2, 1, 1, 1, 1, 2, 3, 5, 7, 8, 8, 9, 10, 9, 8, 8, 9, 10, 12, 14, 15, 13, 8, 4)
_WEEKDAYS = (10, 9, 9, 10, 9, 11, 14)
_PLACED = {10: 38, 11: 18, 2: 16, 9: 8, 3: 4, 7: 4, 5: 4, 4: 3, 14: 2, 8: 1, 1: 1, 12: 1}
_QUANTITIES = (1,) * 14 + (2,) * 4 + (3, 5)
_NOWHERE = {"order_address_id": 0, "order_pickup_method_id": 0}
_COUPON: Document = {
    "id": COUPON_ID,
    "name": "Spring",
    "code": "SPRING10",
    "target": "order",
}
_MANUAL: Document = {"id": "manual-discount", "name": "Manual", "code": None, "target": "order"}
_SOURCES = ("www", "www", "www", "mobile", "iphone", "android", "checkout_api")


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
    return orders, list(_customers(chance, plan))


def go_on(plan: Plan, since: datetime, after: int) -> list[Order]:
    """Return the orders of the time since a moment, oldest first; ids come after `after`."""
    chance = dice(plan.seed, "since", since, after)
    moments: list[datetime] = []
    while len(moments) < plan.carts + plan.placed:
        drawn = _moments(chance, plan.now - _IDLE, plan.carts + plan.placed)
        moments += [moment for moment in drawn if moment > since]
    return _orders(plan, chance, moments[: plan.carts + plan.placed], after)


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
    weights = [_WEEKDAYS[day.weekday()] for day in days]
    drawn = zip(
        chance.choices(days, weights, k=count),
        chance.choices(range(len(_HOURS)), _HOURS, k=count),
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
    """Return one more abandoned cart of a guest."""
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


# What an order holds is drawn when it is first looked at.


def draw(seed: object, order: Order) -> Content:
    """Return the content of a seeded order, from the record and the seed alone."""
    chance = dice(seed, order.id)
    who = person(order.email)
    shown = currency(who.place.currency)
    # Some British shoppers see pounds and pay in euro.
    paid = STORE if shown.code == "GBP" and likely(chance, 0.2) else shown
    document = order_document(order.id, who, shown=shown, paid=paid)
    document |= status_fields(order.status_id) | {
        "customer_id": order.customer_id,
        "channel_id": order.channel_id,
        "cart_id": order.cart_id,
        "order_source": chance.choice(_SOURCES),
        "is_email_opt_in": likely(chance, 0.3),
        "is_deleted": order.status_id != 0 and likely(chance, 0.005),
    }
    lines = _basket(chance, order.id, who.place.tax, paid)
    taken = _discounts(chance, order.id, lines, paid)
    _shipping(chance, document, lines, who, paid)
    document |= totals(document, lines)
    consignments = consignments_for(document, lines, who)
    document["shipping_address_count"] = len(consignments["shipping"])
    return Content(document, lines, consignments, [taken] if taken.get("code") else [])


def _basket(chance: Random, order_id: int, tax: int, paid: Currency) -> list[Document]:
    """Return the lines of one cart: 1 to 6 things, and once in 500 carts more than fifty."""
    count = chance.randint(55, 80) if likely(chance, 1 / 500) else chance.randint(1, 6)
    pickup = 1 if likely(chance, 0.03) else 0
    lines: list[Document] = []
    for _ in range(count):
        address = 0 if pickup else order_id * 10 + 1 + likely(chance, 0.01)
        places = {
            "id": order_id * LINES_PER_ORDER + len(lines),
            "order_id": order_id,
            "order_pickup_method_id": pickup,
            "order_address_id": address,
        }
        if likely(chance, 0.03):
            lines.append(_odd_line(chance, places, tax, paid))
        else:
            lines += _product_lines(chance, places, tax, paid)
    return lines


def _product_lines(
    chance: Random, places: Document, tax: int, paid: Currency
) -> Iterator[Document]:
    """Yield a product's line, and for a bundle the lines of its parts at no price."""
    item = chance.choice(catalog())
    quantity = chance.choice(_QUANTITIES)
    line_id = places["id"]
    fields = places | named(item, chance.choice(item.variants), line_id)
    yield line_document(paid.from_euro(item.price), quantity, tax, paid, fields)
    for n, part_id in enumerate(item.parts, line_id + 1):
        part = product(part_id)
        fields = places | named(part, part.variants[0], n)
        fields |= {"id": n, "is_bundled_product": True, "parent_order_product_id": line_id}
        yield line_document(0, quantity, tax, paid, fields)


def named(item: Product, variant: Variant, line_id: int) -> Document:
    """Return what an order line says about the product in it."""
    options = [product_option(n, line_id, *pair) for n, pair in enumerate(variant.choices, 1)]
    fields: Document = {
        "product_id": item.id,
        "variant_id": variant.id,
        "name": item.name,
        "sku": variant.sku,
        "upc": item.upc,
        "type": item.type,
        "brand": item.brand,
        "weight": item.weight,
        "option_set_id": 1 if options else None,
        "product_options": options,
    }
    return fields | _NOWHERE if item.type == "digital" else fields


def _odd_line(chance: Random, places: Document, tax: int, paid: Currency) -> Document:
    """Return a gift certificate, or a custom item that is in no catalogue."""
    fields = places | {
        "product_id": 0,
        "variant_id": 0,
        "name": "Engraving",
        "sku": "",
        "weight": money(0),
    }
    if likely(chance, 0.5):
        price = chance.randint(300, 2000) * CENT
        return line_document(paid.from_euro(price), 1, tax, paid, fields)
    fields |= _NOWHERE | {
        "type": "giftcertificate",
        "name": "Gift Certificate",
        "gift_certificate_id": places["id"],
    }
    price = chance.choice((25, 50, 100)) * 100 * CENT
    return line_document(paid.from_euro(price), 1, 0, paid, fields)


def _discounts(chance: Random, order_id: int, lines: list[Document], paid: Currency) -> Document:
    """Take something off the lines of some carts; return what was taken, `{}` for nothing."""
    if likely(chance, 0.12):
        percent, mark = 10, _COUPON
    elif likely(chance, 0.07):
        percent, mark = 5, _MANUAL
    else:
        return {}
    off = 0
    for line in lines:
        amount = share(units(line["total_inc_tax"]), percent, paid.step)
        if amount:
            discount_line(line, mark | {"amount": money(amount)})
            off += amount
    return {
        "id": order_id,
        "coupon_id": 1,
        "order_id": order_id,
        "code": mark["code"],
        "amount": f"{percent}.0000",
        "type": 1,
        "discount": number(off),
    }


def _shipping(
    chance: Random, document: Document, lines: list[Document], who: Person, paid: Currency
) -> None:
    """Charge a parcel, unless nothing has to be sent or it goes free."""
    sent = any(x["type"] == "physical" and not x["order_pickup_method_id"] for x in lines)
    if not sent or likely(chance, 0.3):
        return
    cost = paid.from_euro(chance.choice((490, 690, 950)) * CENT)
    tax = share(cost, who.place.tax, paid.step)
    document["base_shipping_cost"] = document["shipping_cost_ex_tax"] = money(cost)
    document["shipping_cost_inc_tax"] = money(cost + tax)
    document["shipping_cost_tax"] = money(tax)


def cart_id(seed: object, order_id: int) -> str:
    """Return the UUID of the cart an order came from."""
    return str(UUID(bytes=digest("cart", seed, order_id), version=4))


def adopted(order_id: int, lines: list[Document]) -> list[Document]:
    """Return copies of `lines` that belong to an order: ids that are 0 are set."""
    taken = [line["id"] for line in lines if isinstance(line.get("id"), int)]
    next_id = max([order_id * LINES_PER_ORDER - 1, *taken]) + 1
    found = []
    for line in lines:
        copy = dict(line)
        if copy.get("id") == 0:
            copy["id"], next_id = next_id, next_id + 1
        if copy.get("order_id") == 0:
            copy["order_id"] = order_id
        if copy.get("order_address_id") == 0 and copy.get("type") == "physical":
            copy["order_address_id"] = (
                0 if copy.get("order_pickup_method_id") else order_id * 10 + 1
            )
        found.append(copy)
    return found


def edited(
    lines: list[Document], turn: int, new_line: Callable[..., Document], code: str
) -> list[Document]:
    """Return a cart's lines after its shopper changed something: which one goes by turns."""
    if turn % 3 == 0 and len(lines) > 1 and not any(x["is_bundled_product"] for x in lines):
        return lines[:-1]
    if turn % 3 == 1 or not lines:
        return [*lines, new_line(name="Second Thought", price="7.00", currency_code=code)]
    first, *rest = lines
    return [_more(first), *rest]


def _more(line: Document) -> Document:
    """Return a line with one more of the same; parts of a bundle keep their number."""
    before = line["quantity"]
    named = ("base_total", "total_ex_tax", "total_inc_tax", "total_tax", "discounted_total_inc_tax")
    prices = ("base_price", "price_ex_tax", "price_inc_tax", "price_tax", "price_inc_tax")
    grown = {
        total: money(units(line[total]) + units(line[price]))
        for total, price in zip(named, prices, strict=True)
    }
    return line | grown | {"quantity": before + 1}


def _customers(chance: Random, plan: Plan) -> Iterator[Customer]:
    for customer_id in range(1, plan.customers + 1):
        created = plan.now - timedelta(minutes=chance.randint(200, 3 * 365 * 1440))
        age = (plan.now - created).total_seconds()
        modified = created + timedelta(seconds=int(age * chance.random()))
        yield Customer(customer_id, created, modified, draw_customer)


def draw_customer(customer: Customer) -> CustomerContent:
    """Return a seeded customer's documents."""
    chance = dice("customer", customer.id)
    who = person(email("customer", customer.id))
    count = 12 if customer.id % 500 == 0 else chance.choices((0, 1, 2, 3), (15, 60, 18, 7))[0]
    document = customer_document(customer.id, who) | {
        "customer_group_id": chance.choices((0, 1, 2), (80, 15, 5))[0],
        "accepts_product_review_abandoned_cart_emails": likely(chance, 0.55),
        "registration_ip_address": who.ip if likely(chance, 0.7) else "",
        "channel_ids": [1, 2] if likely(chance, 0.1) else None,
    }
    credit = [{"amount": 12.5}] if likely(chance, 0.03) else []
    return CustomerContent(
        document,
        addresses=address_book(customer.id, who, count),
        store_credit_amounts=credit,
    )


def address_book(customer_id: int, who: Person, count: int) -> list[Document]:
    """Return `count` addresses of a customer; the first is where they live."""
    return [
        customer_address(customer_id * 100 + n, customer_id, who)
        | ({"city": PLACES[n % len(PLACES)].city} if n else {})
        for n in range(count)
    ]
