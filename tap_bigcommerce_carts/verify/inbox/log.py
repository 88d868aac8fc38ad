"""A table of the inbox, its log, and what the two can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tap_bigcommerce_carts.errors import UnverifiedError
from tap_bigcommerce_carts.verify.findings import Checked, Fault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable
    from tap_bigcommerce_carts.verify.state import Position
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

EVENTS, SEQUENCE = "cart_events", "sequence"


@dataclass(frozen=True, slots=True)
class Logged:
    """A table of the inbox beside its log.

    Attributes:
        run: settings, store and inbox.
        warehouse: where the table is.
        table: the table.
        mapped: what a stream map makes of it.
        checked: takes what is found.
        window: the dates to look at.
        reached: up to this event all was loaded.
        begins_at: when the oldest event came that is still in the log; None if there is none.
    """

    run: Run
    warehouse: Warehouse
    table: Table
    mapped: MappedTable | None
    checked: Checked
    window: Window
    reached: int
    begins_at: datetime | None

    @classmethod
    def beside(
        cls,
        warehouse: Warehouse,
        run: Run,
        checked: Checked,
        mapped: Mapping[str, MappedTable],
        positions: Mapping[str, Position],
    ) -> Logged:
        """Find a stream's table, and how far it was loaded.

        Args:
            warehouse: where the table is.
            run: settings, store and inbox.
            checked: takes what is found.
            mapped: what stream maps make of the streams.
            positions: what the STATE says of them.

        Raises:
            UnverifiedError: there is no table, or it was loaded from another inbox.
            InboxError: the inbox cannot be read.
            WarehouseError: the warehouse cannot be read.
        """
        stream, of = checked.stream, mapped.get(checked.stream)
        if of and not of.is_written:
            raise UnverifiedError(f"`stream_maps` leaves out {stream}, so that it has no table.")
        table = warehouse.table(stream, named=of.name if of else None)
        if table is None or checked.window is None:
            raise UnverifiedError(f"The warehouse has no table of {stream}.")
        position, log = positions.get(stream), run.inbox_as_it_is
        if position and position.inbox not in {None, log.identity}:
            raise UnverifiedError(f"The STATE's bookmark of {stream} is of another inbox.")
        if position:
            reached = position.sequence
        else:
            # Events are loaded in their order.
            of_events = mapped.get(EVENTS)
            events = warehouse.table(EVENTS, named=of_events.name if of_events else None)
            newest = newest_event(events, warehouse, run.store_name) if events else 0
            reached = max(newest, log.noted(stream))
        if 0 < log.highest() < reached:
            # What it lacks would be called strange, and nothing would bring it back.
            raise UnverifiedError(
                f"{stream} was loaded up to event {reached}, which the inbox has not come to: it "
                "is another, or was put back to an older copy."
            )
        begins = log.begins_at()
        begins_at = None if begins is None else datetime.fromtimestamp(begins, UTC)
        return cls(run, warehouse, table, of, checked, checked.window, reached, begins_at)

    @property
    def log(self) -> CartLog:
        """The inbox's log."""
        return self.run.inbox_as_it_is

    @property
    def store(self) -> str:
        """Value of the column `store`."""
        return self.run.store_name

    def is_within(self, date: datetime) -> bool:
        """Whether a date is one to look at."""
        return self.window.lower <= date <= self.window.upper

    def columns(self, needed: Collection[str], others: Collection[str]) -> list[str]:
        """Return the columns to compare; which of the others are not is told as unverified.

        Raises:
            UnverifiedError: one is not there without which rows cannot be told apart.
        """
        altered = self.mapped.altered if self.mapped else frozenset()
        stream, there = self.table.stream, self.table.columns - altered
        if lacking := [each for each in ("store", *needed) if each not in there]:
            raise UnverifiedError(
                f"The table of {stream} has no column {', '.join(lacking)} as the tap writes it: "
                "without it its rows cannot be told apart."
            )
        for each in others:
            if each not in there:
                self.checked.unverified.append(
                    f"{stream}.{each} is not in the warehouse as the tap writes it: it is not "
                    "compared."
                )
        return [*needed, *(each for each in others if each in there)]

    def keeps(self, row: Row) -> bool:
        """Whether a stream map leaves a row in."""
        return self.mapped is None or self.mapped.keeps(row)

    def is_pruned(self, date: datetime | None) -> bool:
        """Whether what last happened at a date may have been in the log, and is not any more."""
        return date is None or self.begins_at is None or date <= self.begins_at

    def rows(self, columns: Sequence[str], by: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of the window, each with its key first; what has none is told.

        Args:
            columns: what of each row, beside the key.
            by: the column of the dates.

        Raises:
            WarehouseError: they cannot be read.
        """
        (key,) = self.table.key
        undated = sa.select(sa.func.count()).where(self._is_mine, self.table[by].is_(None))
        ((lost,),) = self.warehouse.ask(undated)
        for row in self.table.rows(self.store, self.window, (key, *columns), by=by):
            if row[0] is None:
                lost += 1
            else:
                yield row
        if lost:
            self.checked.unverified.append(
                f"{lost} row(s) of {self.table.stream} have no readable {key}, or no {by}: what "
                "they are cannot be told."
            )

    def blame_doubled(self, by: str) -> None:
        """Blame what stands there more than once under one key.

        Args:
            by: the column of the dates.

        Raises:
            WarehouseError: the table cannot be read.
        """
        (key,) = self.table.key
        count = sa.func.count()
        doubled = (
            sa.select(self.table[key], sa.func.max(self.table[by]), count)
            .where(self._is_mine, self.table[key].is_not(None))
            .group_by(self.table[key])
            .having(count > 1)
        )
        read = self.table.reader(by)
        for found, latest, times in self.warehouse.ask(doubled):
            date = read(latest)
            if date and self.is_within(date):
                for _ in range(times - 1):
                    self.checked.blame(Fault.EXTRA, str(found), date)

    @property
    def _is_mine(self) -> sa.ColumnElement[bool]:
        """The condition that a row is the store's."""
        return self.table["store"] == self.store

    def tell_pruned(self, count: int) -> None:
        """Tell how many rows the log knows nothing of any more."""
        if count:
            self.checked.unverified.append(
                f"{count} row(s) of {self.table.stream} are older than the inbox's log, which was "
                "pruned: what they say cannot be checked."
            )


def newest_event(events: Table, warehouse: Warehouse, store: str) -> int:
    """Return the highest sequence of a store's events in a warehouse; 0 without one.

    Raises:
        WarehouseError: it cannot be read.
    """
    if not events.columns.issuperset({"store", SEQUENCE}):
        return 0
    query = sa.select(sa.func.max(events.as_number(SEQUENCE))).where(events["store"] == store)
    ((found,),) = warehouse.ask(query)
    return int(found or 0)
