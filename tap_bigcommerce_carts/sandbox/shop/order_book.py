"""Orders and customers: how they are found, added and changed."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any

from tap_bigcommerce_carts.sandbox.shop import baskets
from tap_bigcommerce_carts.sandbox.shop.consignments import consignments_for
from tap_bigcommerce_carts.sandbox.shop.currencies import currency
from tap_bigcommerce_carts.sandbox.shop.customers import address_book, customer_document
from tap_bigcommerce_carts.sandbox.shop.dates import whole
from tap_bigcommerce_carts.sandbox.shop.index import Index
from tap_bigcommerce_carts.sandbox.shop.line_documents import line_document
from tap_bigcommerce_carts.sandbox.shop.money import units
from tap_bigcommerce_carts.sandbox.shop.order_documents import order_document, status_fields, totals
from tap_bigcommerce_carts.sandbox.shop.people import Person, email, person
from tap_bigcommerce_carts.sandbox.shop.records import (
    Customer,
    CustomerContent,
    Document,
    Order,
    OrderContent,
)
from tap_bigcommerce_carts.sandbox.shop.seed import FIRST_ID, cart_id

Clock = Callable[[], datetime]
INDEXED = ("status_id", "customer_id", "channel_id", "cart_id")


def utc_now() -> datetime:
    """Return the real moment."""
    return datetime.now(UTC)


class Documents(Mapping[int, Document]):
    """The documents of many records by id, made when read."""

    def __init__(self, records: Mapping[int, Order] | Mapping[int, Customer], lock: RLock) -> None:
        self._records = records
        self._lock = lock

    def __getitem__(self, key: int) -> Document:
        with self._lock:
            return self._records[key].document

    def __iter__(self) -> Iterator[int]:
        with self._lock:
            return iter(list(self._records))

    def __len__(self) -> int:
        return len(self._records)


class OrderBook:
    """A store's orders and customers. Every method is safe to call from any thread.

    Args:
        clock: the store's clock, aware; it stamps changes.
    """

    def __init__(self, clock: Clock = utc_now) -> None:
        self.lock = RLock()
        self.clock = clock
        self.seed: object = 0
        self.order_records: dict[int, Order] = {}
        self.customer_records: dict[int, Customer] = {}
        self.by_modified = Index()
        self.by_id = Index()
        self.customers_by_modified = Index()
        self.customers_by_id = Index()
        self._edits = 0

    # Reading

    @property
    def orders(self) -> Mapping[int, Document]:
        """Every order by id, without links and includes."""
        return Documents(self.order_records, self.lock)

    @property
    def customers(self) -> Mapping[int, Document]:
        """Every customer by id, with all there is to include."""
        return Documents(self.customer_records, self.lock)

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
        return FIRST_ID if last is None else int(last) + 1

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
        """Return one order line.

        Its `id`, `order_id` and `order_address_id` are set when it joins an order, unless given.

        Args:
            price: of one, ex tax, as text.
            quantity: how many; served verbatim, whatever its type.
            tax: in percent.
            currency_code: of the price.
            overrides: fields of the served document, verbatim.
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
                "cart_id": cart_id("by hand", order_id),
            }
            made = self._lines(order_id, lines, currency_code)
            content = _content(document, made, who)
            content.document |= overrides
            modified = whole(modified) if modified else self.now()
            created = whole(created) if created else modified - timedelta(minutes=10)
            self.add(_order(order_id, created, modified, content))
            return order_id

    def add_customer(
        self, modified: datetime | None = None, *, addresses: int = 1, **overrides: Any
    ) -> int:
        """Add a customer and return its id.

        Args:
            modified: by default now.
            addresses: how many are in the address book.
            overrides: fields of the served document, verbatim.
        """
        with self.lock:
            customer_id = int(overrides.pop("id", 0)) or max(self.customer_records, default=0) + 1
            moment = whole(modified) if modified else self.now()
            who = person(email("customer", customer_id))
            content = CustomerContent(
                customer_document(customer_id, who) | overrides,
                addresses=address_book(customer_id, who, addresses),
            )
            customer = Customer(customer_id, moment, moment)
            customer.content = content
            self.customer_records[customer_id] = customer
            self.customers_by_modified.add(moment.timestamp(), customer_id, "")
            self.customers_by_id.add(customer_id, customer_id, "")
            return customer_id

    # Changing

    def touch(self, order_id: int, modified: datetime | None = None) -> None:
        """Move an order's modification moment to now, or to `modified`."""
        with self.lock:
            order = self.order_records[order_id]
            self._move(order, modified or self.clock(), order.status_id)

    def set(self, order_id: int, *, modified: datetime | None = None, **fields: Any) -> None:
        """Replace fields of the served document verbatim; the moment moves only if given.

        Args:
            order_id: which order.
            modified: its new modification moment.
            fields: of the served document, verbatim, also with wrong types.
        """
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
            self.set_lines(order_id, baskets.edited(content.lines, self._edits, self.line, code))
            self.touch(order_id, modified)

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

    # For those who build on it

    def load(self, orders: list[Order], customers: list[Customer]) -> None:
        """Hold these orders and customers."""
        self.order_records = {order.id: order for order in orders}
        self.by_modified.load((x.modified.timestamp(), x.id, x.status_id) for x in orders)
        self.by_id.load((x.id, x.id, x.status_id) for x in orders)
        self.customer_records = {customer.id: customer for customer in customers}
        self.customers_by_modified.load((x.modified.timestamp(), x.id, "") for x in customers)
        self.customers_by_id.load((x.id, x.id, "") for x in customers)

    def add(self, order: Order) -> None:
        """Add an order; ValueError if there is one of its id."""
        if order.id in self.order_records:
            raise ValueError(f"there is an order {order.id} already")
        self.order_records[order.id] = order
        self.by_modified.add(order.modified.timestamp(), order.id, _group(order.status_id))
        self.by_id.add(order.id, order.id, _group(order.status_id))

    # Inside

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
        return baskets.adopted(order_id, lines)


def _group(status_id: Any) -> Any:
    """Return the index group of a status, also of one set to a wrong type by hand."""
    text = str(status_id)
    return int(text) if text.lstrip("-").isdigit() else text


def _email(order_id: int, customer_id: int) -> str:
    return email("customer", customer_id) if customer_id else email("guest", order_id)


def _email_of(document: Document) -> str:
    address = document["billing_address"]
    return str(address.get("email", "")) if isinstance(address, dict) else ""


def _content(document: Document, lines: list[Document], who: Person) -> OrderContent:
    document |= totals(document, lines)
    consignments = consignments_for(document, lines, who)
    document["shipping_address_count"] = len(consignments["shipping"])
    return OrderContent(document, lines, consignments)


def _order(order_id: int, created: datetime, modified: datetime, content: OrderContent) -> Order:
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
