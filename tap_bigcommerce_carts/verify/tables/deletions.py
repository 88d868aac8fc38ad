"""Deletes rows that loading again would leave as they are, and keeps each in `load_repairs`.

No row is deleted that nothing brings back. Of rows with one key the latest stays. A cart's line is
deleted only if it is there twice, or if the store, which has the cart as the warehouse has it, has
no such line. All is decided by what stands there at that moment: a load may have come since.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tap_bigcommerce_carts.verify.lines.counts import CART_DATE
from tap_bigcommerce_carts.verify.lines.of_carts import ABANDONED, INBOX
from tap_bigcommerce_carts.verify.tables.load_repairs import Repair, found

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_bigcommerce_carts.verify.lines.again import LineReader
    from tap_bigcommerce_carts.verify.tables.load_repairs import Found
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

    # By stream the keys of rows, of lines those of their carts, each with the date that was wrong.
    Spare = Mapping[str, Mapping[str, datetime]]

# Streams whose faults are carts that have not just their lines.
LINES = {pair.lines: pair for pair in (ABANDONED, INBOX)}
# Carts whose lines are read from the store in one go, two requests each.
_MOST_READ = 500
_DATED = ("id", "date_modified")
_NEVER = datetime.min.replace(tzinfo=UTC)


def delete(
    warehouse: Warehouse,
    spare: Spare,
    store: str,
    config: Mapping[str, Any],
    read: LineReader | None = None,
) -> Spare:
    """Delete what does not belong, in one transaction, and keep it in `load_repairs`.

    Args:
        warehouse: where it is.
        spare: what the check named.
        store: value of the column `store`.
        config: the tap's settings, whose stream maps say how tables are called.
        read: reads the lines of abandoned carts from the store; None to delete only copies.

    Returns:
        That of `spare` of which something was deleted.

    Raises:
        StoreError: the store cannot be asked; nothing was deleted.
        WarehouseError: it cannot be done; then nothing was deleted.
    """
    tables = Tables(warehouse, config)
    # Before it begins: what asks a DuckDB file opens it by itself.
    chosen = [
        each for name, keys in spare.items() if (each := _of(tables, name, store, keys, read))
    ]
    deleted: dict[str, dict[str, datetime]] = {}
    with warehouse.writing(", ".join(spare)) as connection:
        repair = Repair(connection, warehouse.schema, store)
        for each in chosen:
            doomed = list(each.doomed(found(connection, each.table, store, each.column, each.keys)))
            repair.delete(each.table, doomed)
            for row in doomed:
                key = each.key(row)
                deleted.setdefault(each.table.stream, {})[key] = each.keys[key]
    return deleted


class Tables:
    """A warehouse's tables by their streams, whatever stream maps call them."""

    def __init__(self, warehouse: Warehouse, config: Mapping[str, Any]) -> None:
        self._warehouse = warehouse
        self._config = config

    def of(self, stream: str) -> Table | None:
        """Return a stream's table, if it is there."""
        return self._warehouse.table(stream, named=self._mapped(stream).name)

    def lacks(self, stream: str) -> bool:
        """Whether a stream should have a table, and has none."""
        return self._mapped(stream).is_written and self.of(stream) is None

    def _mapped(self, stream: str) -> MappedTable:
        declared = next(
            vars(each)
            for each in chain(*STREAMS.values(), INBOX_STREAMS)
            if vars(each)["name"] == stream
        )
        return MappedTable(self._config, stream, declared["fields"], declared["primary_keys"])


class _Rows:
    """Rows of a stream that do not belong: one alone, or all but the latest of a key."""

    def __init__(self, table: Table, keys: Mapping[str, datetime]) -> None:
        self.table = table
        self.keys = keys
        (self.column,) = table.key

    def key(self, row: Found) -> str:
        return str(row.read[self.column])

    def doomed(self, rows: Iterable[Found]) -> Iterator[Found]:
        of_keys: dict[str, list[Found]] = defaultdict(list)
        for row in rows:
            of_keys[self.key(row)].append(row)
        for key, some in of_keys.items():
            if len(some) > 1:
                yield from sorted(some, key=lambda row: _date(row) or _NEVER)[:-1]
            elif key in self.keys and _date(some[0]) in {None, self.keys[key]}:
                yield some[0]


class _Cart(NamedTuple):
    """A cart as warehouse and store both have it: its date, and its lines' ids."""

    date: datetime
    ids: frozenset[Any]


class _Lines:
    """Lines that are there twice, or that the store does not have."""

    def __init__(
        self, table: Table, column: str, keys: Mapping[str, datetime], carts: Mapping[str, _Cart]
    ) -> None:
        self.table = table
        self.column = column
        self.keys = keys
        self._carts = carts

    def key(self, row: Found) -> str:
        return str(row.read[self.column])

    def doomed(self, rows: Iterable[Found]) -> Iterator[Found]:
        seen: set[tuple[Any, ...]] = set()
        for row in rows:
            cart, date, line = self.key(row), row.read[CART_DATE], row.read["id"]
            wrong, store = self.keys.get(cart), self._carts.get(cart)
            # Older ones are history.
            is_twice = date == wrong and (cart, date, line) in seen
            if is_twice or (store and _is_strange(line, date, wrong, store)):
                yield row
            seen.add((cart, date, line))


def _is_strange(line: Any, date: datetime, wrong: datetime | None, store: _Cart) -> bool:
    if date == store.date:
        return line not in store.ids
    # The cart has not come to that date.
    return date == wrong and date > store.date


def _date(row: Found) -> datetime | None:
    date: datetime | None = row.read.get("date_modified")
    return date


def _of(
    tables: Tables,
    stream: str,
    store: str,
    keys: Mapping[str, datetime],
    read: LineReader | None,
) -> _Rows | _Lines | None:
    table = tables.of(stream)
    if table is None:
        return None
    pair = LINES.get(stream)
    if pair is None:
        return _Rows(table, keys) if len(table.key) == 1 else None
    carts = {}
    if pair is ABANDONED and read and (of := tables.of(pair.carts)):
        carts = _as_in_the_store(of, store, dict([*keys.items()][:_MOST_READ]), read)
    return _Lines(table, pair.cart, keys, carts)


def _as_in_the_store(
    carts: Table, store: str, keys: Mapping[str, datetime], read: LineReader
) -> dict[str, _Cart]:
    """Return those carts that the store has just as the warehouse has them."""
    dates = dict(keys)
    dates |= {key: date for key, date in carts.where(store, "id", keys, _DATED) if date}
    return {
        cart: _Cart(date, frozenset(lines))
        for cart, date in dates.items()
        if (lines := read(cart, date)) is not None
    }
