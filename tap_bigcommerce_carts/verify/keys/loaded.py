"""The warehouse's side: a stream's rows of one store, and what of them can be compared."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import UnverifiedError
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.verify.keys.comparison import Compared
from tap_bigcommerce_carts.verify.keys.listing import Item, seconds, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    import sqlalchemy as sa

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable
    from tap_bigcommerce_carts.verify.keys.listing import Staging
    from tap_bigcommerce_carts.verify.tables.table import Table

ALWAYS = ("id", "date_modified")
STATUS, TOTAL, PLATFORM = "status_id", "total_inc_tax", "platform"
# What they are called where both sides are kept.
_STAGED = {STATUS: "status", TOTAL: "total"}
_REGISTERED = "date_created"
# Columns in which only the same cart, order or customer agrees.
_SAME = {
    "orders": ("cart_id", "date_created", TOTAL),
    "abandoned_carts": ("cart_id", "date_created", TOTAL),
    "customers": ("email", "date_created"),
}
_OTHER = {Source.BIGCOMMERCE: Source.API2CART, Source.API2CART: Source.BIGCOMMERCE}


class Loaded:
    """A stream's rows of one store in the warehouse.

    Args:
        table: the stream's table.
        store: value of the column `store`.
        source: where the store is read: carts read elsewhere are not looked at.
        mapped: what the stream map makes of the stream.

    Attributes:
        unverified: what cannot be compared of its rows, in sentences.
        notes: what its columns cannot keep, in sentences.

    Raises:
        UnverifiedError: the rows cannot be found by store, key and date.
    """

    def __init__(self, table: Table, store: str, source: Source, mapped: MappedTable) -> None:
        self._table = table
        self._store = store
        self._source = source
        self._other = str(_OTHER[source])
        self._altered = mapped.altered
        self.unverified: list[str] = []
        self.notes: list[str] = []
        needed = ["store", *ALWAYS]
        if altered := [each for each in needed if each in mapped.altered]:
            raise UnverifiedError(
                f"`stream_maps` changes {', '.join(altered)} of {table.stream}, without which its "
                "rows cannot be told apart."
            )
        if absent := [each for each in needed if each not in table.columns]:
            raise UnverifiedError(
                f"The table of {table.stream} has no column {', '.join(absent)}, without which its "
                "rows cannot be told apart."
            )
        self._columns = [*ALWAYS, *filter(table.columns.__contains__, (STATUS, TOTAL, PLATFORM))]

    def newest(self) -> datetime | None:
        """Return the latest date of the rows; None if there are none."""
        ours = ours_alone(self._table, self._source)
        return self._table.newest(self._store, "date_modified", *ours)

    def oldest(self) -> datetime | None:
        """Return the earliest date of the rows; None if there are none."""
        return self._table.oldest(self._store)

    def items(self, window: Window) -> Iterator[Item]:
        """Yield the rows of a window, what is there again under their keys, and the undated."""
        nameless = 0
        bounds = seconds(window.lower), seconds(window.upper)
        repeated = self._table.repeated(self._store, window)
        for row in chain(
            self._table.rows(self._store, window, self._columns),
            self._table.undated(self._store, self._columns),
        ):
            if row[0] is None:
                nameless += 1
            else:
                yield from self._items([row])
        for item in self._items(self._table.where(self._store, "id", repeated, self._columns)):
            if item.date is not None and not bounds[0] <= item.date <= bounds[1]:
                yield item
        if nameless:
            self.unverified.append(
                f"{nameless:,} row(s) of {self._table.stream} have no `id`, or one that is no "
                "number, and are not compared."
            )

    def of_keys(self, keys: Sequence[str]) -> dict[str, Item]:
        """Return those of some rows that the warehouse has."""
        found = self._table.of_keys(self._store, keys, self._columns[1:])
        items = self._items((key, *row) for key, row in found.items())
        return {item.key: item for item in items}

    def count(self, key: str) -> int:
        """Return how many rows the warehouse has of a key."""
        rows = self._table.where(self._store, "id", [key], self._columns)
        return sum(1 for _ in self._items(rows))

    def doubles(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """Return the other keys under which the cart, order or customer of some rows is there."""
        same = _SAME[self._table.stream]
        if not self._table.columns.issuperset(same):
            return {}
        found = self._table.doubles_of(self._store, keys, same)
        return {str(key): set(map(str, others)) for key, others in found.items()}

    def strangers(self, keys: Sequence[str]) -> set[str]:
        """Return those of some rows that may have been read from another platform.

        The table of customers does not say where from. API2Cart has no date they registered.
        """
        if self._table.stream != "customers" or self._source is not Source.BIGCOMMERCE:
            return set()
        if _REGISTERED not in self._table.columns:
            return set(keys)
        rows = self._table.where(self._store, "id", keys, ["id", _REGISTERED])
        return {str(key) for key, registered in rows if registered is None}

    def compared(self, columns: Iterable[str], staging: Staging, *, only_carts: bool) -> Compared:
        """Return what is compared of the rows; what is not is noted in `unverified`.

        Args:
            columns: what would be, beside key and date.
            staging: both sides.
            only_carts: whether the stream has orders in status 0 alone.
        """
        chosen = {column for column in columns if self._can_compare(column, staging)}
        inexact = TOTAL in chosen and self._table.is_inexact(TOTAL)
        if inexact:
            self.notes.append(
                f"{TOTAL} is a DOUBLE, which keeps 15 digits of an amount: it is compared to these."
            )
        return Compared(STATUS in chosen, TOTAL in chosen, inexact, only_carts)

    def _can_compare(self, column: str, staging: Staging) -> bool:
        name = f"{self._table.stream}.{column}"
        if column in self._altered:
            self.unverified.append(f"`stream_maps` changes {name}, so that it is not compared.")
            return False
        if column not in self._table.columns:
            self.unverified.append(f"{name} is not in the warehouse, so that it is not compared.")
            return False
        if staging.is_null(_STAGED[column]):
            self.unverified.append(
                f"{name} is null in every row, as when it is deselected, so that it is not "
                "compared."
            )
            return False
        return True

    def _items(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[Item]:
        """Make items of rows; those that were read from another platform are left out."""
        for row in rows:
            of = dict(zip(self._columns, row, strict=True))
            if of.get(PLATFORM) != self._other:
                date = of["date_modified"]
                yield Item(
                    str(of["id"]),
                    None if date is None else seconds(date),
                    of.get(STATUS),
                    *written(of.get(TOTAL)),
                )


def ours_alone(table: Table, source: Source) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the condition that rows were not read from another platform; none without column."""
    if PLATFORM not in table.columns:
        return ()
    return (table[PLATFORM].is_distinct_from(str(_OTHER[source])),)
