"""Carts, and what can be counted of their lines, put side by side.

Each table is read once, and the two meet in a temporary file: a database that knows little of its
tables, as after their first load, can take hours to join them. SQLite makes the file, without a
name, and it is gone when it is closed; what is in it is ids, dates and numbers.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from tap_bigcommerce_carts.rows.values import HIGHEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.settings.schema import Source
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

CART_DATE, PLATFORM = "cart_date_modified", "platform"


class Pair(NamedTuple):
    """Carts and their lines.

    Attributes:
        carts: the carts' stream.
        lines: the lines' stream.
        cart: the lines' column that says which cart they are of.
        part: the lines' column that says which line they are a part of.
        is_summed: whether the tap itself has `items_total` from the lines.
    """

    carts: str
    lines: str
    cart: str
    part: str
    is_summed: bool


class Counted(NamedTuple):
    """A cart, and the lines of its date.

    Attributes:
        id: the cart.
        modified: its date.
        expected: how many lines it should have; None if that is not known.
        total: how many units it should have; None if that is not known.
        lines: how many lines there are.
        ids: how many ids they have.
        units: the units of all lines; None if that is not known.
        own: the units of those that are no part of another, likewise.
    """

    id: str
    modified: datetime
    expected: int | None
    total: int | None
    lines: int
    ids: int
    units: int | None
    own: int | None

    @property
    def adds_up(self) -> bool:
        """Whether the units are those of the cart; whether parts of a bundle count is not known."""
        return None in {self.total, self.units} or self.total in {self.units, self.own}


class LineCounts:
    """Carts and their lines, counted.

    Args:
        pair: which they are.
    """

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            """
            pragma journal_mode = off;
            pragma synchronous = off;
            create table carts (id text, date integer, expected integer, total integer);
            create table lines (
                cart text, date integer, lines integer, ids integer, units integer, own integer,
                primary key (cart, date)
            ) without rowid;
            """
        )

    def add_carts(self, carts: Table, store: str, window: Window, source: Source) -> None:
        """Take the carts of a window that were read from one source.

        Raises:
            WarehouseError: they cannot be read.
        """
        counts = [each for each in ("line_item_count", "items_total") if each in carts.columns]
        columns = ("id", "date_modified", *counts, *platform_in(carts))
        named = (
            row | {"date": _seconds(row["date_modified"])}
            for each in carts.rows(store, window, columns)
            for row in [dict(zip(columns, each, strict=True))]
            if row["id"] is not None and row.get(PLATFORM) in {None, source}
        )
        empty = dict.fromkeys(("line_item_count", "items_total"))
        self._db.executemany(
            "insert into carts values (:id, :date, :line_item_count, :items_total)",
            (empty | each for each in named),
        )
        self._db.execute("create index carts_by_id on carts (id, date)")

    def add_lines(self, lines: Table, store: str, window: Window, warehouse: Warehouse) -> None:
        """Count the lines of a window, for each date of each cart.

        Raises:
            WarehouseError: they cannot be read.
        """
        cart, date = lines[self._pair.cart], lines[CART_DATE]
        units: sa.ColumnElement[Any] = sa.cast(sa.null(), sa.Integer)
        own = units
        if "quantity" in lines.columns:
            own = units = lines.as_number("quantity")
        if self._pair.part in lines.columns:
            own = sa.case((lines[self._pair.part].is_(None), units), else_=0)
        counts = (
            sa.func.count(),
            # Each without an id counts as one of its own: it is told elsewhere.
            sa.func.count(lines["id"].distinct()) + sa.func.count() - sa.func.count(lines["id"]),
            *(_sum_if_all(units, each) for each in (units, own)),
        )
        read = lines.reader(CART_DATE)
        for piece in lines.pieces(store, window, CART_DATE):
            grouped = (
                sa.select(cart, date, *counts)
                .where(lines["store"] == store, lines.within(CART_DATE, piece))
                .group_by(cart, date)
            )
            self._db.executemany(
                "insert or replace into lines values (?, ?, ?, ?, ?, ?)",
                (
                    (str(row[0]), _seconds(at), *map(_count, row[2:]))
                    for row in warehouse.ask(grouped)
                    if row[0] is not None
                    and (at := read(row[1]))
                    and piece.lower <= at <= piece.upper
                ),
            )

    def carts(self) -> Iterator[Counted]:
        """Yield each cart with what was counted of the lines of its date."""
        for cart, date, *counts in self._db.execute(
            "select id, carts.date, expected, total, coalesce(lines, 0), coalesce(ids, 0), "
            "case when cart is null then 0 else units end, "
            "case when cart is null then 0 else own end "
            "from carts left join lines on cart = id and lines.date = carts.date"
        ):
            yield Counted(cart, _date(date), *counts)

    def astray(self) -> Iterator[tuple[str, datetime]]:
        """Yield carts that are older than lines of theirs, or not there, and the lines' date."""
        for cart, date in self._db.execute(
            "select cart, max(date) from lines where not exists "
            "(select 1 from carts where id = cart and carts.date >= lines.date) group by cart"
        ):
            yield cart, _date(date)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _sum_if_all(known: sa.ColumnElement[Any], units: sa.ColumnElement[Any]) -> Any:
    """Return the sum of units, or null if one is not known."""
    return sa.case((sa.func.count(known) == sa.func.count(), sa.func.sum(units)))


def platform_in(carts: Table) -> tuple[str, ...]:
    """Return the column that says where a cart was read, if it is there."""
    return tuple({PLATFORM} & carts.columns)


def _count(value: Any) -> int | None:
    # As much as the file can hold.
    return None if value is None else min(int(value), HIGHEST)


def _seconds(date: datetime) -> int:
    return int(date.timestamp())


def _date(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
