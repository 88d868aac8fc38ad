"""The shop's state, how it changes, and what is true of it."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Self

from tools.sandbox.bigcommerce.views import OrderShape, customer_view, order_view

from . import days
from . import seed as seeding
from .currencies import currency
from .dates import whole
from .dice import dice
from .documents import (
    Content,
    Document,
    consignments_for,
    customer_document,
    line_document,
    order_document,
    status_fields,
    totals,
)
from .emails import Emails
from .index import Index
from .living_carts import Carts
from .money import units
from .people import Person, email, person
from .records import Customer, CustomerContent, Order

Clock = Callable[[], datetime]
INDEXED = ("status_id", "customer_id", "channel_id", "cart_id")
CHANNELS = {1: "Main shop", 2: "Outlet", 1017: "Wholesale portal"}
# How many of the latest carts a shopper's return is drawn from, per return.
_RECENT = 4
_IDLE = timedelta(minutes=61)
_ALL_INCLUDES = frozenset({"addresses", "attributes", "storecredit", "formfields"})


def _now() -> datetime:
    return datetime.now(UTC)


class Served(Mapping[int, Document]):
    """The documents of many records by id, made when read."""

    def __init__(
        self, records: Mapping[int, Any], view: Callable[[Any], Document], lock: RLock
    ) -> None:
        self._records = records
        self._view = view
        self._lock = lock

    def __getitem__(self, key: int) -> Document:
        with self._lock:
            return self._view(self._records[key])

    def __iter__(self) -> Iterator[int]:
        with self._lock:
            return iter(list(self._records))

    def __len__(self) -> int:
        return len(self._records)


class Shop:
    """A store's orders, customers and settings. Every method is safe to call from any thread.

    Args:
        clock: the store's clock, aware; it stamps changes and, over HTTP, the `Date` header.

    Attributes:
        carts: the living carts; an order in status 0 of one of them follows it.
    """

    def __init__(self, *, clock: Clock = _now) -> None:
        self.lock = RLock()
        self.clock = clock
        self.emails = Emails(CHANNELS)
        self.order_records: dict[int, Order] = {}
        self.customer_records: dict[int, Customer] = {}
        self.by_modified = Index()
        self.by_id = Index()
        self.customers_by_modified = Index()
        self.customers_by_id = Index()
        self.carts = Carts(self)
        self.seed: object = 0
        self._bursts = 0
        self._edits = 0

    @classmethod
    def seeded(
        cls,
        carts: int = 2000,
        seed: object = 7,
        clock: Clock = _now,
        *,
        placed: int | None = None,
        customers: int | None = None,
    ) -> Self:
        """Return an invented shop with exactly `carts` orders in status 0.

        All of them have been idle for two hours or more; they and the placed orders spread over
        the last 90 days. The same seed and clock give the same shop.

        Args:
            carts: number of Incomplete orders.
            seed: anything with a stable `str`.
            clock: see the class.
            placed: number of other orders; by default two per cart, and no more than 10,000.
            customers: number of registered customers; by default a third of `carts`.
        """
        shop = cls(clock=clock)
        shop.seed = seed
        plan = seeding.Plan(
            seed=seed,
            now=whole(clock()),
            carts=carts,
            placed=min(2 * carts, 10_000) if placed is None else placed,
            customers=carts // 3 if customers is None else customers,
            channels=tuple(CHANNELS),
        )
        shop._load(*seeding.invent(plan))
        return shop

    # Reading

    @property
    def orders(self) -> Mapping[int, Document]:
        """Every order by id, as served without includes."""
        return Served(self.order_records, lambda order: order_view(order, OrderShape()), self.lock)

    @property
    def customers(self) -> Mapping[int, Document]:
        """Every customer by id, as served with all includes."""
        return Served(
            self.customer_records, lambda one: customer_view(one, _ALL_INCLUDES), self.lock
        )

    def lines(self, order_id: int) -> list[Document]:
        """Return the lines of an order, lowest id first."""
        with self.lock:
            return list(self.order_records[order_id].content.lines)

    def modified(self, order_id: int) -> datetime:
        """Return an order's modification moment."""
        return self.order_records[order_id].modified

    def now(self) -> datetime:
        """Return the clock's moment in whole seconds, as stamps carry it."""
        return whole(self.clock())

    def next_order_id(self) -> int:
        """Return the id of the order that is added next."""
        last = self.by_id.last()
        return seeding.FIRST_ID if last is None else int(last) + 1

    # Building

    def line(
        self,
        *,
        price: str = "10.00",
        quantity: Any = 1,
        tax: int = 20,
        currency_code: str = "EUR",
        **overrides: Any,
    ) -> Document:
        """Return one order line; `price` is ex tax, `tax` in percent, overrides are verbatim.

        Its `id`, `order_id` and `order_address_id` are set when it joins an order, unless given.
        """
        count = quantity if isinstance(quantity, int) else 0
        fields = overrides | {"quantity": quantity}
        return line_document(units(price), count, tax, currency(currency_code), fields)

    def add_order(  # noqa: PLR0913 - one keyword per thing a test may care about
        self,
        status_id: int = 0,
        modified: datetime | None = None,
        created: datetime | None = None,
        lines: int | list[Document] | None = None,
        *,
        customer_id: int = 0,
        channel_id: int = 1,
        currency_code: str = "EUR",
        shopper: str = "",
        **overrides: Any,
    ) -> int:
        """Add an order and return its id.

        Args:
            status_id: 0 for an abandoned checkout.
            modified: by default now, so an abandoned one is not idle yet.
            created: by default ten minutes before `modified`.
            lines: how many plain lines, or the lines themselves; None for one.
            customer_id: 0 for a guest.
            channel_id: the storefront.
            currency_code: what the shopper sees and pays in.
            shopper: whose e-mail address; by default one that goes with the ids.
            overrides: fields of the served document, verbatim, also with wrong types.
        """
        with self.lock:
            order_id = int(overrides.pop("id", 0)) or self.next_order_id()
            who = person(shopper or _email(order_id, customer_id))
            money_of = currency(currency_code)
            document = order_document(order_id, who, shown=money_of, paid=money_of)
            document |= status_fields(status_id)
            document |= {
                "customer_id": customer_id,
                "channel_id": channel_id,
                "cart_id": seeding.cart_id("by hand", order_id),
            }
            made = self._lines(order_id, lines, currency_code)
            content = _content(document, made, who)
            content.document |= overrides
            modified = whole(modified) if modified else self.now()
            created = whole(created) if created else modified - timedelta(minutes=10)
            self._add(_order(order_id, created, modified, content))
            return order_id

    def add_customer(
        self, modified: datetime | None = None, *, addresses: int = 1, **overrides: Any
    ) -> int:
        """Add a customer and return its id; overrides replace served fields verbatim."""
        with self.lock:
            customer_id = int(overrides.pop("id", 0)) or max(self.customer_records, default=0) + 1
            moment = whole(modified) if modified else self.now()
            who = person(email("customer", customer_id))
            content = CustomerContent(
                customer_document(customer_id, who) | overrides,
                addresses=seeding.address_book(customer_id, who, addresses),
            )
            customer = Customer(customer_id, moment, moment)
            customer.content = content
            self.customer_records[customer_id] = customer
            self.customers_by_modified.add(moment.timestamp(), customer_id, "")
            self.customers_by_id.add(customer_id, customer_id, "")
            return customer_id

    def add_orders(self, since: datetime, *, carts: int, placed: int) -> int:
        """Add invented orders made since a moment; return how many. See `seeded`."""
        with self.lock:
            plan = seeding.Plan(
                seed=self.seed,
                now=self.now(),
                carts=carts,
                placed=placed,
                customers=len(self.customer_records),
                channels=tuple(CHANNELS),
            )
            orders = seeding.go_on(plan, since, self.next_order_id() - 1)
            for order in orders:
                self._add(order)
            return len(orders)

    # Changing

    def touch(self, order_id: int, modified: datetime | None = None) -> None:
        """Move an order's modification moment to now, or to `modified`."""
        with self.lock:
            order = self.order_records[order_id]
            self._move(order, modified or self.clock(), order.status_id)

    def set(self, order_id: int, *, modified: datetime | None = None, **fields: Any) -> None:
        """Replace fields of the served document verbatim; the moment moves only if given."""
        with self.lock:
            order = self.order_records[order_id]
            order.keep().document |= fields
            for name in INDEXED[1:]:
                if name in fields:
                    setattr(order, name, fields[name])
            order.email = _email_of(order.content.document)
            status_id = fields.get("status_id", order.status_id)
            self._move(order, modified or order.modified, status_id)

    def leave_out(self, order_id: int, *names: str) -> None:
        """Serve an order without some of its fields, as the API does at times."""
        with self.lock:
            content = self.order_records[order_id].keep()
            content.absent |= set(names)

    def set_lines(self, order_id: int, lines: list[Document]) -> None:
        """Replace an order's lines, and what follows from them; the moment stays."""
        with self.lock:
            order = self.order_records[order_id]
            content = order.keep()
            made = self._lines(order_id, lines, "EUR")
            fresh = _content(content.document, made, person(order.email))
            fresh.coupons, fresh.absent = content.coupons, content.absent
            order.content = fresh

    def edit_cart(self, order_id: int, modified: datetime | None = None) -> None:
        """Change a quantity, add a line or remove one, in turn, and touch the order."""
        with self.lock:
            self._edits += 1
            order = self.order_records[order_id]
            content = order.content
            code = content.document["default_currency_code"]
            self.set_lines(order_id, seeding.edited(content.lines, self._edits, self.line, code))
            self.touch(order_id, modified)

    def convert(self, order_id: int, status_id: int = 11, at: datetime | None = None) -> None:
        """Turn an abandoned checkout into a placed order: same id, new status, touched.

        A living cart that it belongs to is converted with it. `at` is when, by default now.
        """
        with self.lock:
            cart = self.carts.get(self.order_records[order_id].cart_id)
            if cart and cart.order_id == order_id:
                self.carts.convert(cart.id, status_id, at)
            else:
                self.set(order_id, modified=at or self.clock(), **status_fields(status_id))

    def archive(self, order_id: int) -> None:
        """Mark an order deleted, as DELETE does, and touch it."""
        self.set(order_id, modified=self.clock(), is_deleted=True)

    def remove(self, order_id: int) -> None:
        """Make an order vanish."""
        with self.lock:
            order = self.order_records.pop(order_id)
            self.by_modified.discard(order.modified.timestamp(), order_id, _group(order.status_id))
            self.by_id.discard(order_id, order_id, _group(order.status_id))

    def touch_customer(self, customer_id: int, modified: datetime | None = None) -> None:
        """Move a customer's modification moment to now, or to `modified`."""
        with self.lock:
            customer = self.customer_records[customer_id]
            self.customers_by_modified.discard(customer.modified.timestamp(), customer_id, "")
            customer.modified = whole(modified or self.clock())
            customer.served.clear()
            self.customers_by_modified.add(customer.modified.timestamp(), customer_id, "")

    def live(
        self, *, recover: int = 0, new: int = 0, edit: int = 0, placed: int = 0, hours: float = 0
    ) -> dict[str, int]:
        """Let time pass: some carts come back, some appear, some change. Return the counts.

        New and edited carts are idle already (61 to 120 minutes), yet modified after every cart
        that was idle before, so that the next incremental read must find them. Orders of living
        carts are left alone: see `carts`. With `hours` it all happened in the last so many, and
        so many more orders were placed: see `days`.
        """
        with self.lock:
            if hours:
                return days.lead(self, hours, recover=recover, new=new, edit=edit, placed=placed)
            self._bursts += 1
            chance = dice(self.seed, "burst", self._bursts)
            idle = [
                key
                for _, key in self.by_modified.between(None, self._idle_until(), 0)
                if not self.carts.get(self.order_records[key].cart_id)
            ]
            # Shoppers come back to a cart of the last days, hardly to one of last month.
            recent = idle[-_RECENT * (recover + edit) :]
            picked = chance.sample(recent, min(recover + edit, len(recent)))
            edited, recovered = picked[recover:], picked[:recover]
            moments = iter(self._idle_moments(new + len(edited)))
            for order_id in recovered:
                self.convert(order_id)
            for order_id in edited:
                self.edit_cart(order_id, next(moments))
            for _ in range(new):
                moment = next(moments)
                made = seeding.new_cart(self.seed, self.next_order_id(), moment, tuple(CHANNELS))
                self._add(made)
            return {"recover": len(recovered), "new": new, "edit": len(edited)}

    # Inside

    def _idle_until(self) -> float:
        return (self.now() - _IDLE).timestamp()

    def _idle_moments(self, count: int) -> list[datetime]:
        """Return rising moments, after the last idle cart and 61 to 120 minutes ago."""
        stop = self.now() - _IDLE
        start = stop - timedelta(minutes=59)
        before = self.by_modified.between(None, stop.timestamp(), 0)
        if before:
            last = datetime.fromtimestamp(before[-1][0], UTC)
            start = min(max(start, last + timedelta(seconds=1)), stop)
        # Half of the room that is left, so that the next burst finds some too.
        room = (stop - start) / 2
        return [whole(start + room * n / count) for n in range(count)]

    def _load(self, orders: list[Order], customers: list[Customer]) -> None:
        self.order_records = {order.id: order for order in orders}
        self.by_modified.load((x.modified.timestamp(), x.id, x.status_id) for x in orders)
        self.by_id.load((x.id, x.id, x.status_id) for x in orders)
        self.customer_records = {customer.id: customer for customer in customers}
        self.customers_by_modified.load((x.modified.timestamp(), x.id, "") for x in customers)
        self.customers_by_id.load((x.id, x.id, "") for x in customers)

    def _add(self, order: Order) -> None:
        if order.id in self.order_records:
            raise ValueError(f"there is an order {order.id} already")
        self.order_records[order.id] = order
        self.by_modified.add(order.modified.timestamp(), order.id, _group(order.status_id))
        self.by_id.add(order.id, order.id, _group(order.status_id))

    def _move(self, order: Order, modified: datetime, status_id: Any) -> None:
        old = _group(order.status_id)
        self.by_modified.discard(order.modified.timestamp(), order.id, old)
        self.by_id.discard(order.id, order.id, old)
        order.modified, order.status_id = whole(modified), status_id
        order.served.clear()
        self.by_modified.add(order.modified.timestamp(), order.id, _group(status_id))
        self.by_id.add(order.id, order.id, _group(status_id))

    def _lines(
        self, order_id: int, lines: int | list[Document] | None, currency_code: str
    ) -> list[Document]:
        if not isinstance(lines, list):
            count = 1 if lines is None else lines
            lines = [self.line(currency_code=currency_code) for _ in range(count)]
        return seeding.adopted(order_id, lines)


def _group(status_id: Any) -> Any:
    """Return the index group of a status, also of one set to a wrong type by hand."""
    text = str(status_id)
    return int(text) if text.lstrip("-").isdigit() else text


def _email(order_id: int, customer_id: int) -> str:
    return email("customer", customer_id) if customer_id else email("guest", order_id)


def _email_of(document: Document) -> str:
    address = document["billing_address"]
    return str(address.get("email", "")) if isinstance(address, dict) else ""


def _content(document: Document, lines: list[Document], who: Person) -> Content:
    document |= totals(document, lines)
    consignments = consignments_for(document, lines, who)
    document["shipping_address_count"] = len(consignments["shipping"])
    return Content(document, lines, consignments)


def _order(order_id: int, created: datetime, modified: datetime, content: Content) -> Order:
    document = content.document
    order = Order(
        id=order_id,
        created=created,
        modified=modified,
        email=_email_of(document),
        **{name: document[name] for name in INDEXED},
    )
    order.content = content
    return order
