"""The store's side: its lists, read as the tap reads them, lean, and kept in a temporary file.

So memory stays flat however long the lists are, and what became of an order that was listed
costs no request. The file holds ids, dates, status and totals: nothing about a person. SQLite
makes it, without a name, and it is gone when it is closed.
https://www.sqlite.org/inmemorydb.html#temp_db
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from decimal import Context
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none
from tap_bigcommerce_carts.streams.orders import ORDER_FIELDS
from tap_bigcommerce_carts.streams.through_api2cart import API2CART_CARTS, owner_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from decimal import Decimal

    from tap_bigcommerce_carts.model import Listed, Window
    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.run import Run

    # Called with the latest date of what was read so far.
    OnDate = Callable[[datetime], None]

# What is read of an order, or of a cart through API2Cart.
LEAN = ("status_id", "total_inc_tax", "channel_id")
# No amount is cut to fewer digits.
_EXACT = Context(prec=80)


class Item(NamedTuple):
    """What is compared of a row, of either side.

    Attributes:
        key: its id, as text.
        date: when it last changed, in Unix seconds; None where the warehouse has none.
        status: of an order; None for others.
        total: with tax, written in one form; None where there is none.
        rounded: the total to the digits that a DOUBLE keeps.
    """

    key: str
    date: int | None
    status: int | None = None
    total: str | None = None
    rounded: str | None = None


class Staging:
    """Both sides of a comparison.

    Attributes:
        unread: rows that the store's lists have and that cannot be read, by key; why.
        placed: keys of those that are no carts, as their status says.
        db: tables `listed` and `loaded`, with the columns of `Item`.
    """

    def __init__(self) -> None:
        self.unread: dict[str, str] = {}
        self.placed: set[str] = set()
        self.db = sqlite3.connect("", isolation_level=None)
        self.db.executescript(
            """
            pragma journal_mode = off;
            pragma synchronous = off;
            create table listed (
                key text primary key, date integer, status integer, total text, rounded text
            ) without rowid;
            create table loaded (
                key text, date integer, status integer, total text, rounded text
            );
            create index loaded_by_key on loaded (key);
            create table suspects (key text primary key, date integer) without rowid;
            """
        )

    def add_listed(self, items: Iterable[Item]) -> None:
        """Keep what the store lists; of what moved while it was read, the latest."""
        self.db.executemany(
            "insert into listed values (?, ?, ?, ?, ?) on conflict (key) do update set "
            "date = excluded.date, status = excluded.status, total = excluded.total, "
            "rounded = excluded.rounded where excluded.date >= listed.date",
            items,
        )

    def add_loaded(self, items: Iterable[Item]) -> None:
        """Keep what the warehouse has."""
        self.db.executemany("insert into loaded values (?, ?, ?, ?, ?)", items)

    def is_null(self, column: str) -> bool:
        """Whether a column is null in all rows of the warehouse, and in not all of the store's."""
        loaded, listed = (
            self.db.execute(f"select count(*), count({column}) from {table}").fetchone()  # noqa: S608
            for table in ("loaded", "listed")
        )
        return bool(loaded[0] and not loaded[1] and listed[1])

    def greatest(self) -> int:
        """Return the greatest id that the store lists; 0 if it lists none."""
        (found,) = self.db.execute("select max(cast(key as integer)) from listed").fetchone()
        return found or 0

    def next_stream(self) -> None:
        """Forget the warehouse's side: another stream is compared with the same list."""
        self.db.executescript("delete from loaded; delete from suspects")

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()


def seconds(moment: datetime) -> int:
    """Return a date in Unix seconds."""
    return int(moment.timestamp())


def moment_of(date: int) -> datetime:
    """Return Unix seconds as a date."""
    return datetime.fromtimestamp(date, UTC)


def written(total: Decimal | None) -> tuple[str | None, str | None]:
    """Return an amount in one form: exactly, and the 15 digits that a DOUBLE keeps of it."""
    if total is None:
        return None, None
    return format(_EXACT.normalize(total), "f") if total else "0", f"{float(total):.15g}"


def lean_reader(run: Run, fields: tuple[Field, ...] = ORDER_FIELDS) -> RowBuilder:
    """Return what reads what is compared of an order, or a cart, as the tap reads it."""
    return RowBuilder(run.written(tuple(each for each in fields if each.name in LEAN)))


def stage_orders(run: Run, staging: Staging, window: Window, on_date: OnDate) -> None:
    """Keep all orders that changed in a window, in every status, a page at a time.

    Raises:
        StoreError: the list cannot be read to its end.
    """
    lean = lean_reader(run)
    for page in run.bigcommerce.orders(lambda: window, lean.document):
        readable = list(_readable(page, staging))
        staging.add_listed(order_items(readable, lean))
        _tell(page, on_date)


def order_items(orders: list[Listed], lean: RowBuilder) -> Iterator[Item]:
    """Yield what is compared of orders.

    Args:
        orders: each with an id and a date.
        lean: reads what is compared.
    """
    rows = lean.build([order.document for order in orders])
    for order, row in zip(orders, rows, strict=True):
        total = written(row.total_inc_tax)
        yield Item(str(order.id), seconds(order.modified), row.status_id, *total)


def stage_customers(run: Run, staging: Staging, window: Window, on_date: OnDate) -> None:
    """Keep all customers that changed in a window; the rest as for `stage_orders`."""
    for page in run.bigcommerce.customer_list.lean_pages(lambda: window):
        staging.add_listed(
            Item(str(each.id), seconds(each.modified)) for each in _readable(page, staging)
        )
        _tell(page, on_date)


def stage_api2cart(
    run: Run, carts: Staging, owners: Staging, window: Window, on_date: OnDate
) -> None:
    """Keep all abandoned carts that API2Cart lists of a window, and who owns them.

    Args:
        run: settings and store.
        carts: takes the carts.
        owners: takes each owner, with the date of their latest cart.
        window: the dates.
        on_date: told how far the list was read.

    Raises:
        StoreError: the list cannot be read to its end.
    """
    lean = lean_reader(run, API2CART_CARTS)
    for page, settled in run.api2cart.abandoned_carts(window):
        readable = list(_readable(page, carts))
        carts.add_listed(order_items(readable, lean))
        owners.add_listed(
            Item(str(owner), seconds(cart.modified))
            for cart in readable
            if (owner := owner_of(cart)) is not None
        )
        if settled:
            on_date(settled)


def _readable(page: list[Listed], staging: Staging) -> Iterator[Listed]:
    for each in page:
        if each.problem:
            staging.unread[str(each.id)] = each.problem
            if integer_or_none(value_of(each.document, "status_id")):
                staging.placed.add(str(each.id))
        else:
            yield each


def _tell(page: list[Listed], on_date: OnDate) -> None:
    if page:
        on_date(page[-1].modified)
