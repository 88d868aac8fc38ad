"""The events of the inbox: each one's row, and the sequence without a gap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.streams.cart_events import EVENT_FIELDS, event_rows
from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.inbox.log import newest_event
from tap_bigcommerce_carts.verify.tables.table import parts

if TYPE_CHECKING:
    from tap_bigcommerce_carts.inbox.cart_log import LoggedEvent
    from tap_bigcommerce_carts.verify.inbox.log import Logged

_AT_ONCE = 500
_DAY = 86_400


def compare_events(given: Logged) -> None:
    """Compare the table of events with the log.

    Raises:
        StoreError: the log cannot be read.
        UnverifiedError: the table lacks a column that is needed.
        WarehouseError: the table cannot be read.
    """
    _Comparison(given).make()


class _Comparison:
    def __init__(self, given: Logged) -> None:
        self._given = given
        self._columns = given.columns(("sequence", "happened_at"), ("cart_id", "scope"))
        self._upto = given.log.highest()
        self._newest = newest_event(given.table, given.warehouse, given.store)

    def make(self) -> None:
        """Look from both sides: for the row of each event, and for the event of each row."""
        given = self._given
        # An event comes after it happened, or by a clock that is ahead a day before at most.
        after = given.log.before(int(given.window.lower.timestamp()) - _DAY)
        while events := given.log.events(after, self._upto, _AT_ONCE):
            after = events[-1].sequence
            dated = {each.sequence: each for each in events if given.is_within(_date(each))}
            rows = given.table.of_keys(given.store, dated, self._columns[1:])
            for sequence, event in dated.items():
                self._judge(event, rows.get(sequence))
        self._look_for_events()
        given.blame_doubled("happened_at")

    def _judge(self, event: LoggedEvent, row: tuple[Any, ...] | None) -> None:
        checked, date = self._given.checked, _date(event)
        if row is None:
            self._judge_missing(event)
            return
        of = dict(zip(self._columns[1:], row, strict=True))
        known = {"happened_at": date, "cart_id": event.cart_id, "scope": event.scope}
        differing = {column for column, value in of.items() if value != known[column]}
        if not differing:
            checked.day(date).equal += 1
        elif "happened_at" in differing:
            checked.blame(Fault.DATE, str(event.sequence), date)
        elif differing == {"cart_id"} and of["cart_id"] is None:
            # Which cart the event is of was found out after it was loaded.
            checked.explain(Explained.CHANGED, date)
        else:
            checked.blame(Fault.STATUS, str(event.sequence), date)

    def _judge_missing(self, event: LoggedEvent) -> None:
        given, date = self._given, _date(event)
        if event.sequence > given.reached:
            given.checked.explain(Explained.CHANGED, date)
        elif not given.keeps(self._row(event)):
            given.checked.explain(Explained.STREAM_MAP, date)
        else:
            fault = Fault.GAP if event.sequence < self._newest else Fault.MISSING
            given.checked.blame(fault, str(event.sequence), date)

    def _row(self, event: LoggedEvent) -> Any:
        """Build an event's row, for a stream map to look at."""
        rows = RowBuilder(EVENT_FIELDS, self._given.run.mask, {"store": self._given.store})
        (row,) = event_rows([event], rows)
        return row

    def _look_for_events(self) -> None:
        """Look at the rows that the log does not have, or has under another date."""
        given, pruned = self._given, 0
        came = "received_at" if "received_at" in given.table.columns else "happened_at"
        rows = given.rows(("happened_at", came), "happened_at")
        for some in parts(rows):
            logged = given.log.of([sequence for sequence, *_ in some])
            unknown = [sequence for sequence, *_ in some if sequence not in logged]
            again = self._again(unknown)
            for sequence, date, received in some:
                event = logged.get(sequence)
                if event is None:
                    is_pruned = sequence not in again and given.is_pruned(received)
                    pruned += is_pruned
                    if not is_pruned:
                        given.checked.blame(Fault.EXTRA, str(sequence), date)
                elif not given.is_within(_date(event)):
                    given.checked.blame(Fault.DATE, str(sequence), date)
        given.tell_pruned(pruned)

    def _again(self, sequences: list[int]) -> set[int]:
        """Return those of some events that stand there under the log's own sequence too.

        Of two that the log knows nothing of any more either may be the right one.
        """
        if "hash" not in self._given.table.columns:
            return set()
        doubles = self._given.table.doubles_of(self._given.store, sequences, ["hash"])
        return {each for each, others in doubles.items() if self._given.log.of(others)}


def _date(event: LoggedEvent) -> datetime:
    return datetime.fromtimestamp(event.happened_at, UTC)
