"""What repairs deleted, kept in the warehouse: each row as it stood there, to be put back.

A row per deleted row in the table `load_repairs`, beside `load_checks`, in the same transaction.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from tap_bigcommerce_carts.errors import WarehouseError
from tap_bigcommerce_carts.verify.tables.table import parts
from tap_bigcommerce_carts.verify.tables.warehouse import make

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tap_bigcommerce_carts.verify.tables.table import Table

NAME = "load_repairs"
_COLUMNS = {
    "repair_id": sa.Text,
    "store": sa.Text,
    "stream": sa.Text,
    "key": sa.Text,
    # Without a zone, in UTC, as loaders have it.
    "deleted_at": sa.DateTime,
    "deleted_row": sa.Text,
}


class _RowId(sa.types.UserDefinedType[str]):
    """PostgreSQL's place of a row."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "TID"


# How databases call the place of a row, by which one of two equal rows can be told.
_PLACES: dict[str, sa.ColumnClause[Any]] = {
    "duckdb": sa.literal_column("rowid", sa.BigInteger()),
    "postgresql": sa.literal_column("ctid", _RowId()),
}


class Found(NamedTuple):
    """A row of a table.

    Attributes:
        place: where it is, as long as the transaction lasts.
        values: all that stands in it, by the columns' own names.
        read: its key, its date and other dates, as the tap wrote them.
    """

    place: Any
    values: Mapping[str, Any]
    read: Mapping[str, Any]


def found(
    connection: sa.Connection, table: Table, store: str, column: str, values: Iterable[Any]
) -> Iterator[Found]:
    """Yield the rows of a table in which a column has one of some values, whole.

    Args:
        connection: in the transaction that deletes some of them.
        table: theirs.
        store: value of the column `store`.
        column: where the values stand.
        values: as they are read from there.

    Raises:
        WarehouseError: the database cannot tell one of two equal rows.
    """
    place = _place(connection)
    readers = {
        name: table.reader(name)
        for name in {*table.key, "date_modified", "cart_date_modified"} & table.columns
    }
    for some in parts(values):
        query = sa.select(place.label("place_of_row"), *table.source.columns).where(
            table["store"] == store, table.is_one_of(column, some)
        )
        if connection.dialect.name == "postgresql":
            # Nobody may change them until it is decided.
            query = query.with_for_update()
        for row in connection.execute(query).all():
            at, *rest = row
            all_of_it = {
                each.name: value for each, value in zip(table.source.columns, rest, strict=True)
            }
            read = {name: of(all_of_it[table[name].name]) for name, of in readers.items()}
            yield Found(at, all_of_it, read)


class Repair:
    """Deletes rows, and keeps them.

    Args:
        connection: in a transaction.
        schema: where the table `load_repairs` is, or is made.
        store: value of the column `store`.
    """

    def __init__(self, connection: sa.Connection, schema: str, store: str) -> None:
        self._connection = connection
        columns: list[sa.Column[Any]] = [sa.Column(name, kind) for name, kind in _COLUMNS.items()]
        self._kept = sa.Table(NAME, sa.MetaData(), *columns, schema=schema)
        self._shared = {
            "repair_id": str(uuid4()),
            "store": store,
            "deleted_at": datetime.now(UTC).replace(microsecond=0, tzinfo=None),
        }

    def delete(self, table: Table, rows: Sequence[Found]) -> None:
        """Delete rows of a table."""
        if not rows:
            return
        make(self._connection, self._kept)
        place = _place(self._connection)
        for some in parts(rows):
            self._connection.execute(sa.insert(self._kept), [self._row(table, row) for row in some])
            places = [sa.cast(row.place, place.type) for row in some]
            self._connection.execute(sa.delete(table.source).where(place.in_(places)))

    def _row(self, table: Table, row: Found) -> dict[str, Any]:
        return {
            **self._shared,
            "stream": table.stream,
            "key": ", ".join(str(row.read[each]) for each in table.key),
            "deleted_row": json.dumps(row.values, default=_written),
        }


def _place(connection: sa.Connection) -> sa.ColumnClause[Any]:
    place = _PLACES.get(connection.dialect.name)
    if place is None:
        raise WarehouseError("Rows are deleted in DuckDB and in PostgreSQL alone.")
    return place


def _written(value: Any) -> str:
    """Write what JSON has no form for, such as a decimal, so that a database reads it again."""
    return value.isoformat() if isinstance(value, (datetime, date)) else str(value)
