"""A shop that changes at random, what is true of it, and a warehouse kept in memory.

What is back-dated stays inside what the look-back promises: a row may show up late, dated up
to `lookback_seconds` before the bookmark, or during a run before the end of its window.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from tests.support.harness import NOON

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.harness import Clock

SECOND = timedelta(seconds=1)
BEFORE_ALL = datetime.min.replace(tzinfo=NOON.tzinfo)
CARTS, LINES = "abandoned_carts", "abandoned_cart_line_items"
REPLICATION_KEYS = {
    CARTS: "date_modified",
    LINES: "cart_date_modified",
    "customers": "date_modified",
    "orders": "date_modified",
}

Row = dict[str, Any]
State = dict[str, Any]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def bookmark(state: State, stream: str) -> datetime:
    """A stream's bookmark in a STATE; before all time if it has none."""
    value = state.get("bookmarks", {}).get(stream, {}).get("replication_key_value")
    return moment(value) if value else BEFORE_ALL


class Kind(Enum):
    """What can happen in a shop."""

    WAIT = auto()
    TOUCH = auto()
    EDIT = auto()
    CONVERT = auto()
    ARCHIVE = auto()
    REMOVE = auto()
    NEW = auto()
    LATE_NEW = auto()
    LATE_CROWD = auto()
    LATE_EDIT = auto()
    LATE_ORDER = auto()
    JOIN = auto()
    NEW_CUSTOMER = auto()
    TOUCH_CUSTOMER = auto()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happens to the order `pick` stands for, by `seconds`."""

    kind: Kind
    pick: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The shop at one moment: (date, status, archived) of orders, lines of carts, customers."""

    orders: dict[int, tuple[datetime, int, bool]]
    lines: dict[int, dict[int, int]]
    customers: dict[int, datetime]


@dataclass
class World:
    """A shop, its clock, and what the changes so far allow to be missing for now.

    Attributes:
        state: what the next run goes on from.
        running: whether the tap reads just now.
        read_until: the store's clock at the start of the latest run.
        changed: orders and customers changed since then.
        crowded: moments some row was dated to since then.
        too_late: orders dated so far back that the stream `orders` need not find them.
    """

    shop: Shop
    clock: Clock
    idle: timedelta
    lookback: timedelta
    state: State = field(default_factory=dict)
    running: bool = False
    read_until: datetime = NOON - timedelta(days=2)
    changed: set[tuple[str, int]] = field(default_factory=set)
    crowded: set[datetime] = field(default_factory=set)
    too_late: set[int] = field(default_factory=set)

    def begin_run(self) -> None:
        self.running = True
        self.read_until = self.clock.now
        self.changed.clear()
        self.crowded.clear()

    def upper(self, stream: str) -> datetime:
        """The last moment the latest run had to read."""
        return self.read_until - (self.idle if stream in (CARTS, LINES) else timedelta())

    def truth(self) -> Truth:
        with self.shop.lock:
            orders = {
                key: (
                    order.modified,
                    order.status_id,
                    bool(order.content.document.get("is_deleted")),
                )
                for key, order in self.shop.order_records.items()
            }
            lines = {
                key: {line["id"]: line["quantity"] for line in self.shop.lines(key)}
                for key in orders
            }
            customers = {key: one.modified for key, one in self.shop.customer_records.items()}
            return Truth(orders, lines, customers)

    def quiet(self, kind: str, key: int, modified: datetime) -> bool:
        """Tell whether a run had to find a row: nothing happened to it or in its second."""
        near = (modified - SECOND, modified, modified + SECOND)
        return (kind, key) not in self.changed and self.crowded.isdisjoint(near)

    # Changes

    def apply(self, change: Change) -> None:
        with self.shop.lock:
            self._apply(change)

    def _apply(self, change: Change) -> None:
        match change.kind:
            case Kind.WAIT:
                self.clock.advance(seconds=change.seconds)
            case Kind.NEW:
                self._new(self.clock.now, change.pick)
            case Kind.LATE_NEW:
                self._new(self._late(change), change.pick)
            case Kind.LATE_CROWD:
                for _ in range(1 + change.pick % 5):
                    self._new(self._late(change), change.pick)
            case Kind.NEW_CUSTOMER:
                added = self.shop.add_customer()
                self._happened("customer", added, self.clock.now)
            case Kind.TOUCH_CUSTOMER:
                if key := _pick(self.shop.customer_records, change.pick):
                    self.shop.touch_customer(key)
                    self._happened("customer", key, self.clock.now)
            case _:
                if key := _pick(self.shop.order_records, change.pick):
                    self._change(key, change)

    def _change(self, key: int, change: Change) -> None:
        if change.kind is Kind.REMOVE:
            self.shop.remove(key)
            self.changed.add(("order", key))
            return
        when = self.clock.now
        if change.kind in (Kind.LATE_EDIT, Kind.LATE_ORDER):
            when = self._late(change)
        if change.kind is Kind.JOIN:
            when = self._busy(change)
        if when <= self.shop.modified(key):
            # Dates only have seconds: of two changes in one second nobody could tell.
            return
        match change.kind:
            case Kind.TOUCH:
                self.shop.touch(key)
            case Kind.EDIT | Kind.LATE_EDIT | Kind.JOIN:
                self.shop.edit_cart(key, when)
            case Kind.CONVERT:
                self.shop.convert(key)
            case Kind.ARCHIVE:
                self.shop.archive(key)
            case _:
                self.shop.set(key, modified=when, status_id=11)
        self._happened("order", key, when)

    def _new(self, modified: datetime, pick: int) -> None:
        key = self.shop.add_order(modified=modified, lines=pick % 4, status_id=11 * (pick % 7 == 0))
        self._happened("order", key, modified)

    def _found_from(self, *streams: str) -> datetime:
        """From which moment on the next run reads these streams, at the latest."""
        if self.running:
            marks = [self.upper(stream) for stream in streams]
        else:
            marks = [bookmark(self.state, stream) for stream in streams]
        latest = max(marks)
        return max(latest, NOON - timedelta(days=2)) - self.lookback

    def _late(self, change: Change) -> datetime:
        """Some moment that the next run reads again, in any case for the carts."""
        first = self._found_from(CARTS, LINES)
        span = (self.clock.now - first) // SECOND + 1
        return first + SECOND * (change.seconds % span)

    def _busy(self, change: Change) -> datetime:
        """The moment of another order that the next run reads again; now if there is none."""
        first = self._found_from(CARTS, LINES)
        moments = [order.modified for order in self.shop.order_records.values()]
        again = sorted(each for each in moments if each >= first)
        return again[change.seconds % len(again)] if again else self.clock.now

    def _happened(self, kind: str, key: int, modified: datetime) -> None:
        self.changed.add((kind, key))
        self.crowded.add(modified)
        if kind == "order":
            self.too_late.discard(key)
            if modified < self._found_from("orders"):
                self.too_late.add(key)


def _pick(records: Iterable[int], pick: int) -> int | None:
    keys = sorted(records)
    return keys[pick % len(keys)] if keys else None


class Warehouse:
    """Tables by primary key, as a target keeps them."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[tuple[Any, ...], Row]] = defaultdict(dict)
        self._keys: dict[str, list[str]] = {}
        self._lines: dict[str, dict[int, Row]] = defaultdict(dict)

    def take(self, message: dict[str, Any]) -> tuple[Any, ...]:
        """Take a SCHEMA or a RECORD; gives the key of the row."""
        stream = message["stream"]
        if message["type"] == "SCHEMA":
            self._keys[stream] = message["key_properties"]
            return ()
        row = message["record"]
        key = tuple(row[name] for name in self._keys[stream])
        assert None not in key
        self.tables[stream][key] = row
        if stream == LINES:
            self._lines[row["abandoned_cart_id"]][row["id"]] = row
        return key

    def find(self, stream: str, key: int) -> Row | None:
        return self.tables[stream].get(("sandbox1", str(key) if stream == CARTS else key))

    def lines(self, cart: int, modified: datetime) -> dict[int, int]:
        """A cart's lines as of a date: quantity by id."""
        return {
            key: row["quantity"]
            for key, row in self._lines[str(cart)].items()
            if moment(row["cart_date_modified"]) == modified
        }

    def has(self, stream: str, key: int, modified: datetime) -> bool:
        row = self.find(stream, key)
        return row is not None and moment(row[REPLICATION_KEYS[stream]]) == modified

    def copy(self) -> dict[str, dict[tuple[Any, ...], Row]]:
        return {name: dict(table) for name, table in self.tables.items()}


def assert_complete(
    warehouse: Warehouse, world: World, truth: Truth, streams: Iterable[str]
) -> None:
    """After a run: what was there before it and left alone is in the tables, as it is."""
    for stream in streams:
        kind = "customer" if stream == "customers" else "order"
        until = world.upper(stream)
        for key, modified in _rows(truth, stream):
            if modified > until or not world.quiet(kind, key, modified):
                continue
            if stream == LINES:
                assert warehouse.lines(key, modified) == truth.lines[key], (stream, key)
            elif stream != "orders" or key not in world.too_late:
                assert warehouse.has(stream, key, modified), (stream, key, modified)


def assert_equal(warehouse: Warehouse, world: World) -> None:
    """With the shop quiet: every table tells the shop's truth."""
    truth = world.truth()
    assert_complete(warehouse, world, truth, REPLICATION_KEYS)
    for key, (modified, status, archived) in truth.orders.items():
        if key in world.too_late:
            continue
        row = warehouse.find("orders", key)
        assert row is not None
        assert moment(row["date_modified"]) == modified
        assert (row["status_id"], bool(row["is_deleted"])) == (status, archived)
    for key, (modified, status, _) in truth.orders.items():
        cart = warehouse.find(CARTS, key)
        if status == 0:
            assert cart is not None
            assert cart["line_item_count"] == len(warehouse.lines(key, modified))


class Inspector:
    """Looks at a run's messages one by one, while they go into a warehouse."""

    def __init__(self, warehouse: Warehouse, world: World, truth: Truth, state: State) -> None:
        self._warehouse = warehouse
        self._world = world
        self._truth = truth
        self._first = state
        self._state = state
        self._seen: Counter[tuple[Any, ...]] = Counter()

    def take(self, message: dict[str, Any], *, with_lines: bool) -> None:
        if message["type"] == "STATE":
            self._inspect_state(message["value"])
            return
        key = self._warehouse.take(message)
        if message["type"] == "RECORD":
            self._inspect_row(message["stream"], key, message["record"], with_lines=with_lines)

    def _inspect_row(
        self, stream: str, key: tuple[Any, ...], row: Row, *, with_lines: bool
    ) -> None:
        modified = moment(row[REPLICATION_KEYS[stream]])
        assert modified <= self._world.upper(stream)
        self._seen[stream, key, modified] += 1
        assert self._seen[stream, key, modified] == 1, "a row came twice in one run"
        if stream == CARTS and with_lines:
            lines = self._warehouse.lines(row["order_id"], modified)
            assert len(lines) >= row["line_item_count"], "a cart came before its lines"

    def _inspect_state(self, state: State) -> None:
        for stream in REPLICATION_KEYS:
            mark = bookmark(state, stream)
            assert mark >= bookmark(self._state, stream), "a bookmark went back"
            if mark > bookmark(self._first, stream):
                assert mark <= self._world.upper(stream), "a bookmark passed the upper bound"
            self._inspect_covered(stream, mark)
        self._state = state

    def _inspect_covered(self, stream: str, mark: datetime) -> None:
        """What a STATE covers is written: all rows before the bookmark, whose second is reread.

        Where the bookmark has not moved yet, rows that came late are still to be found.
        """
        if mark == bookmark(self._first, stream) and mark != BEFORE_ALL:
            mark -= self._world.lookback
        kind = "customer" if stream == "customers" else "order"
        for key, modified in _rows(self._truth, stream):
            if modified >= mark or not self._world.quiet(kind, key, modified):
                continue
            if stream == LINES:
                lines = self._warehouse.lines(key, modified)
                assert lines == self._truth.lines[key], "STATE covers lines not written"
            elif stream != "orders" or key not in self._world.too_late:
                covered = self._warehouse.has(stream, key, modified)
                assert covered, f"STATE covers a row of {stream} not written"


def _rows(truth: Truth, stream: str) -> Iterable[tuple[int, datetime]]:
    """The rows a stream has to have, with their dates."""
    if stream == "customers":
        return truth.customers.items()
    return [
        (key, modified)
        for key, (modified, status, _) in truth.orders.items()
        if stream == "orders" or status == 0
    ]
