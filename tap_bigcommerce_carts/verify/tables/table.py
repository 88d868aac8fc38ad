"""A stream's table, read as the tap wrote it, whatever a loader made of its columns.

Loaders differ: a date is a timestamp with or without a zone, or text; an amount a DECIMAL, a
DOUBLE, or text; names may stand in upper case. Here a date is an aware datetime in UTC, of whole
seconds, an amount a Decimal, a whole number an int.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from tap_bigcommerce_carts.errors import WarehouseError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.rows.fields import ID, INSTANT, INTEGER, KEY, NUMBER, RATE, TEXT
from tap_bigcommerce_carts.rows.values import decimal, integer, integer_or_none, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tap_bigcommerce_carts.rows.fields import Kind
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

    Reader = Callable[[Any], Any]

_T = TypeVar("_T")
# Values that are asked for at once: a database takes only so many.
_AT_ONCE = 500
_MONTH, _DAY, _SECOND = timedelta(days=30), timedelta(days=1), timedelta(seconds=1)


class Table:
    """A stream's table.

    Args:
        warehouse: where it is.
        stream: the stream's name.
        table: the table as it was found, with its columns' types.

    Attributes:
        stream: the same.
        source: the table, for queries.
        key: the primary key's columns beside the store.
        columns: what columns are there, by their names in the stream.
    """

    def __init__(self, warehouse: Warehouse, stream: str, table: sa.TableClause) -> None:
        self.stream = stream
        self.key, self._kinds = _declared(stream)
        self._warehouse = warehouse
        self.source = table
        self._columns = {each.name.lower(): each for each in table.columns}
        self.columns = frozenset(self._columns)

    def __getitem__(self, column: str) -> sa.ColumnElement[Any]:
        """Return a column, for a query.

        Raises:
            WarehouseError: it is not there.
        """
        if column not in self._columns:
            raise WarehouseError(f"The table of {self.stream} has no column {column}.")
        return self._columns[column]

    def is_inexact(self, column: str) -> bool:
        """Whether a column holds binary fractions, which few decimals are."""
        return isinstance(self[column].type, sa.Float)

    def rows(
        self, store: str, window: Window, columns: Sequence[str], *, by: str = "date_modified"
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a window as they come, in no order.

        Args:
            store: value of the column `store`.
            window: the dates, both included.
            columns: what of each row.
            by: the column of the dates.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.
        """
        chosen = self._select(store, (*columns, by)).where(self.within(by, window))
        for row in self._read(chosen, (*columns, by)):
            # Of dates that are text, the query knows the day alone.
            if row[-1] and window.lower <= row[-1] <= window.upper:
                yield row[:-1]

    def where(
        self, store: str, column: str, values: Iterable[Any], columns: Sequence[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows in which a column has one of some values, in no order.

        Args:
            store: value of the column `store`.
            column: where the values stand.
            values: as they are read from there.
            columns: what of each row.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.
        """
        with self._warehouse.held():
            for some in parts(values):
                chosen = self._select(store, columns).where(self.is_one_of(column, some))
                yield from self._read(chosen, columns)

    def of_keys(
        self, store: str, keys: Iterable[Any], columns: Sequence[str]
    ) -> dict[Any, tuple[Any, ...]]:
        """Return what stands under some keys, of a stream whose key beside the store is one column.

        Args:
            store: value of the column `store`.
            keys: the keys.
            columns: what of each row.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.
        """
        (key,) = self.key
        return {row[0]: row[1:] for row in self.where(store, key, keys, (key, *columns))}

    def doubles_of(
        self, store: str, keys: Iterable[Any], same: Sequence[str]
    ) -> dict[Any, set[Any]]:
        """Return under which other keys of the same store the rows of some keys stand again.

        A store that is loaded under two names has each row under both: that says nothing.

        Args:
            store: value of the column `store`.
            keys: as for `of_keys`.
            same: columns in which such rows do not differ; null is like nothing else.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.

        Returns:
            The other keys of each row that stands there again.
        """
        (key,) = self.key
        other = self.source.alias("other")
        theirs = {each: other.c[self[each].name] for each in ("store", key, *same)}
        again = [theirs["store"] == store, theirs[key] != self[key]]
        again += [theirs[each] == self[each] for each in same]
        pairs = sa.select(self[key], theirs[key].label("again")).where(self["store"] == store)
        found: dict[Any, set[Any]] = {}
        with self._warehouse.held():
            for some in parts(keys):
                doubled = pairs.where(self.is_one_of(key, some), *again)
                for one, other_key in self._read(doubled, [key, key]):
                    found.setdefault(one, set()).add(other_key)
        return found

    def undated(
        self, store: str, columns: Sequence[str], by: str = "date_modified"
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows that have no date, which are in no window.

        Args:
            store: value of the column `store`.
            columns: what of each row.
            by: the column of the dates.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.
        """
        yield from self._read(self._select(store, columns).where(self[by].is_(None)), columns)

    def repeated(self, store: str, window: Window, by: str = "date_modified") -> list[Any]:
        """Return the keys of which there are several rows, some of them dated in a window.

        Args:
            store: value of the column `store`.
            window: the dates, both included; of dates that are text, their days.
            by: the column of the dates.

        Raises:
            WarehouseError: they cannot be read, or a column is not there.
        """
        (key,) = self.key
        within = sa.func.sum(sa.case((self.within(by, window), 1), else_=0))
        several = (
            self._select(store, [key])
            .group_by(self[key])
            .having(sa.and_(sa.func.count() > 1, within > 0))
        )
        return [each for (each,) in self._read(several, [key]) if each is not None]

    def newest(
        self, store: str, by: str = "date_modified", *conditions: sa.ColumnElement[bool]
    ) -> datetime | None:
        """Return the latest date of a store's rows; None if there is none.

        Args:
            store: value of the column `store`.
            by: the column of the dates.
            conditions: what must be so besides.

        Raises:
            WarehouseError: it cannot be read, or the column is not there.
        """
        return self._span(by, self["store"] == store, *conditions)[1]

    def oldest(self, store: str, by: str = "date_modified") -> datetime | None:
        """Return the earliest date of a store's rows; as `newest` else."""
        return self._span(by, self["store"] == store)[0]

    def pieces(self, store: str, window: Window, by: str = "date_modified") -> Iterator[Window]:
        """Yield the days of a window that the rows are of, a month of them at a time.

        That is what is put together in one query: not so little that a server goes through a table
        without an index again and again. DuckDB, which does it in this process, takes a day.

        Args:
            store: value of the column `store`.
            window: the dates, both included.
            by: the column of the dates.

        Raises:
            WarehouseError: they cannot be read, or the column is not there.
        """
        first, last = self._span(by, self["store"] == store, self.within(by, window))
        if first is None or last is None:
            return
        # Of dates that are text, the order within a day is not known.
        lower, end = max(_midnight(first), window.lower), _midnight(last) + _DAY - _SECOND
        while lower <= min(end, window.upper):
            following = _midnight(lower) + (_DAY if self._warehouse.file else _MONTH)
            yield Window(lower, min(following - _SECOND, window.upper))
            lower = following

    def within(self, by: str, window: Window) -> sa.ColumnElement[bool]:
        """Return the condition that a date is in a window; of one that is text, in its days.

        The column stands by itself in it, so that an index on it is of use.
        """
        column, lower, end = self[by], window.lower, window.upper + _SECOND
        if isinstance(column.type, sa.String):
            # The day stands first in every form of ISO 8601, and what follows makes it greater.
            return sa.and_(column >= _day(lower), column < _day(window.upper + _DAY))
        if not getattr(column.type, "timezone", False):
            lower, end = lower.replace(tzinfo=None), end.replace(tzinfo=None)
        return sa.and_(column >= lower, column < end)

    def is_one_of(self, column: str, values: Iterable[Any]) -> sa.ColumnElement[bool]:
        """Return the condition that a column has one of some values, as they are read from it."""
        found = self[column]
        if isinstance(found.type, sa.String):
            values = map(str, values)
        elif isinstance(found.type, sa.Integer | sa.Numeric | sa.Float):
            # What is no number is not there.
            values = [number for each in values if (number := integer_or_none(each)) is not None]
        return found.in_(list(values))

    def as_number(self, column: str) -> sa.ColumnElement[Any]:
        """Return a column of numbers as a number, also if it is text."""
        found = self[column]
        return sa.cast(found, sa.Numeric) if isinstance(found.type, sa.String) else found

    def reader(self, column: str) -> Reader:
        """Return what makes of a column's value what the tap wrote."""
        kind = self._kinds[column]
        return next((read for each, read in _READERS if each is kind), _as_it_is)

    def _span(
        self, by: str, *conditions: sa.ColumnElement[bool]
    ) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last date of some rows."""
        ends = sa.select(sa.func.min(self[by]), sa.func.max(self[by])).where(*conditions)
        ((first, last),) = self._warehouse.ask(ends)
        read = self.reader(by)
        return read(first), read(last)

    def _select(self, store: str, columns: Sequence[str]) -> sa.Select[Any]:
        return sa.select(*(self[each] for each in columns)).where(self["store"] == store)

    def _read(self, query: sa.Select[Any], columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        readers = [self.reader(each) for each in columns]
        for row in self._warehouse.ask(query):
            yield tuple(read(value) for read, value in zip(readers, row, strict=True))


def _declared(stream: str) -> tuple[tuple[str, ...], dict[str, Kind]]:
    """Return a stream's key beside the store, and its columns' kinds, as the tap declares them."""
    from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS  # noqa: PLC0415 - imports the SDK

    offered = [vars(each) for each in chain(*STREAMS.values(), INBOX_STREAMS)]
    declared = next(each for each in offered if each["name"] == stream)
    _, *key = declared["primary_keys"]
    return tuple(key), {each.name: each.kind for each in declared["fields"]}


def parts(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield some values at a time, as many as a database can be asked for at once."""
    rest = iter(values)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _midnight(instant: datetime) -> datetime:
    return instant.replace(hour=0, minute=0, second=0)


def _day(instant: datetime) -> str:
    return instant.date().isoformat()


def _instant(value: Any) -> datetime | None:
    """Read a date; one without a zone is in UTC, as the tap writes it."""
    if isinstance(value, str):
        value = moment(value)
    if not isinstance(value, datetime):
        return None
    zoned = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return zoned.replace(microsecond=0)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _as_it_is(value: Any) -> Any:
    return value


def _leniently(read: Reader) -> Reader:
    """Return a reader that returns None for what it cannot read: that is not what the tap wrote."""

    def reading(value: Any) -> Any:
        try:
            # The shortest that a double is written as is the decimal that it was made of.
            return read(Decimal(repr(value)) if isinstance(value, float) else value)
        except ValueError:
            return None

    return reading


_READERS: tuple[tuple[Kind, Reader], ...] = (
    (INSTANT, _leniently(_instant)),
    (NUMBER, _leniently(decimal)),
    (RATE, _leniently(decimal)),
    (INTEGER, _leniently(integer)),
    (ID, _leniently(integer)),
    (KEY, _text),
    (TEXT, _text),
)
