"""Deletes rows that loading again would leave as they are: by their keys, and no others."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tap_bigcommerce_carts.verify.lines import ABANDONED, INBOX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_bigcommerce_carts.verify.table import Table
    from tap_bigcommerce_carts.verify.warehouse import Warehouse

# Streams whose faults are carts that have not just their lines.
LINES = {pair.lines: pair for pair in (ABANDONED, INBOX)}


def delete(
    warehouse: Warehouse,
    spare: Mapping[str, Sequence[str]],
    store: str,
    config: Mapping[str, Any],
) -> None:
    """Delete rows in one transaction.

    Args:
        warehouse: where they are.
        spare: by stream the keys of rows; of lines those of carts, whose current lines are meant.
        store: value of the column `store`.
        config: the tap's settings, whose stream maps say how tables are called.

    Raises:
        WarehouseError: it cannot be done; then nothing was deleted.
    """
    tables = _Tables(warehouse, config)
    # Before it begins: what asks a DuckDB file opens it by itself.
    statements = [
        statement
        for stream, keys in spare.items()
        for statement in _deletions(tables, stream, store, keys)
    ]
    with warehouse.writing(", ".join(spare)) as connection:
        for statement in statements:
            connection.execute(statement)


class _Tables:
    """A warehouse's tables by their streams, whatever stream maps call them."""

    def __init__(self, warehouse: Warehouse, config: Mapping[str, Any]) -> None:
        self._warehouse = warehouse
        self._config = config

    def of(self, stream: str) -> Table | None:
        """Return a stream's table, if it is there."""
        declared = next(
            vars(each)
            for each in chain(*STREAMS.values(), INBOX_STREAMS)
            if vars(each)["name"] == stream
        )
        mapped = MappedTable(self._config, stream, declared["fields"], declared["primary_keys"])
        return self._warehouse.table(stream, named=mapped.name)


def _deletions(
    tables: _Tables, stream: str, store: str, keys: Sequence[str]
) -> Iterator[sa.Delete]:
    table = tables.of(stream)
    if table is None:
        return
    if pair := LINES.get(stream):
        current = _current(table, tables.of(pair.carts), pair.cart)
        yield from table.deletions(store, pair.cart, keys, *current)
    elif len(table.key) == 1:
        yield from table.deletions(store, table.key[0], keys)


def _current(lines: Table, carts: Table | None, cart: str) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the condition that a line is of its cart's current date: older ones are history."""
    if carts is not None:
        newer = sa.exists().where(
            carts["store"] == lines["store"],
            carts["id"] == lines[cart],
            carts["date_modified"] > lines["cart_date_modified"],
        )
        yield ~newer.correlate(lines.source)
