"""The carts of the inbox: each one's life is worked out anew, and its row must tell the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.bigcommerce.carts_by_id import is_cart_id
from tap_bigcommerce_carts.inbox.lifecycle import KEPT, lifecycle_of
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.streams.inbox_carts import CART_FIELDS, cart_rows, channel_of
from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.tables.table import parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_bigcommerce_carts.inbox.lifecycle import CartEvent, Lifecycle, Reading
    from tap_bigcommerce_carts.verify.inbox.log import Logged

_AT_ONCE = 250
# After its last event a cart changes by itself as long as BigCommerce keeps it; clocks differ.
_LIVES_ON = KEPT + 2 * 86_400


def compare_carts(given: Logged) -> None:
    """Compare the table of carts with the log.

    Raises:
        StoreError: the log cannot be read.
        UnverifiedError: the table lacks a column that is needed.
        WarehouseError: the table cannot be read.
    """
    _Comparison(given).make()


class _Told(NamedTuple):
    """A cart as the log tells of it.

    Attributes:
        life: the cart's.
        date: when it last came to be so.
        is_due: whether all its events were loaded.
    """

    life: Lifecycle
    date: datetime
    is_due: bool


class _Comparison:
    def __init__(self, given: Logged) -> None:
        self._given = given
        self._columns = given.columns(("id", "date_modified"), ("status",))
        self._now = int(given.run.now.timestamp())
        self._upto = given.log.highest()
        # Carts that differ, and the date that they are counted under.
        self._suspects: dict[str, datetime] = {}

    def make(self) -> None:
        """Look from both sides: for the row of each cart, and for the cart of each row.

        Each difference is looked at again, since a load may be running.
        """
        for told in self._pages():
            dated = {cart: each for cart, each in told.items() if self._given.is_within(each.date)}
            rows = self._given.table.of_keys(self._given.store, dated, self._columns[1:])
            for cart, each in dated.items():
                self._judge(cart, each, rows.get(cart))
        self._look_for_carts()
        self._look_again()
        self._given.blame_doubled("date_modified")

    def _pages(self) -> Iterator[dict[str, _Told]]:
        """Yield the carts that something may have happened to in the window or since."""
        log = self._given.log
        after = log.before(int(self._given.window.lower.timestamp()) - _LIVES_ON)
        while page := log.with_new_events(after, self._upto, _AT_ONCE):
            yield self._told([cart for cart, _ in page])
            after = page[-1][1]

    def _told(self, carts: Collection[str]) -> dict[str, _Told]:
        """Work out the lives of some carts, as far as the log knows them."""
        log = self._given.log
        events, readings = log.events_of(carts, self._upto), log.readings.of(carts)
        told = {}
        for cart in carts:
            if cart in events and is_cart_id(cart):
                told[cart] = self._at(self._now, cart, events[cart], readings.get(cart))
        return told

    def _at(self, now: int, cart: str, events: list[CartEvent], reading: Reading | None) -> _Told:
        """Work out the life of a cart as of a moment, in Unix seconds."""
        idle = self._given.run.settings.abandoned_after_minutes * 60
        life = lifecycle_of(cart, events, reading, now=now, idle=idle)
        date = datetime.fromtimestamp(life.modified_at, UTC)
        return _Told(life, date, life.sequence <= self._given.reached)

    def _judge(self, cart: str, told: _Told, row: tuple[Any, ...] | None) -> None:
        checked, life = self._given.checked, told.life
        if _is_so(told, row):
            checked.day(told.date).equal += 1
        elif row is None and not self._is_asked_for(life):
            checked.explain(Explained.CHANNEL, told.date)
        elif not told.is_due:
            checked.explain(Explained.CHANGED, told.date)
        elif row is None and not self._given.keeps(self._row(life)):
            checked.explain(Explained.STREAM_MAP, told.date)
        else:
            self._suspect(cart, told.date)

    def _suspect(self, cart: str, date: datetime) -> None:
        self._suspects[cart] = date
        if len(self._suspects) >= _AT_ONCE:
            self._look_again()

    def _look_again(self) -> None:
        """Look once more at what differs: what a load has brought meanwhile is no fault.

        It may have read what came after the log was read here, and at a later moment.
        """
        suspects, self._suspects = self._suspects, {}
        given, log = self._given, self._given.log
        rows = given.table.of_keys(given.store, suspects, self._columns[1:])
        events = log.events_of(suspects, log.highest())
        readings = log.readings.of(suspects)
        for cart, date in suspects.items():
            if cart not in events:
                given.tell_pruned(1)
                continue
            row, of = rows.get(cart), (cart, events[cart], readings.get(cart))
            later = int(row[0].timestamp()) if row and row[0] else self._now
            told = self._at(self._now, *of)
            is_so = _is_so(told, row) or (later > self._now and _is_so(self._at(later, *of), row))
            if is_so or not told.is_due:
                given.checked.explain(Explained.CHANGED, date)
            else:
                given.checked.blame(_fault(told, row), cart, date)

    def _is_asked_for(self, life: Lifecycle) -> bool:
        chosen, channel = self._given.run.settings.channel_ids, channel_of(life)
        return not chosen or channel is None or channel in chosen

    def _row(self, life: Lifecycle) -> Any:
        """Build a cart's row, for a stream map to look at."""
        rows = RowBuilder(CART_FIELDS, None, {"store": self._given.store})
        (row,) = cart_rows([life], rows, self._given.run.mask)
        return row

    def _look_for_carts(self) -> None:
        """Look at the rows that the log does not tell of, or of another date."""
        given, pruned = self._given, 0
        came = ["first_received_at"] if "first_received_at" in given.table.columns else []
        rows = given.rows(["date_modified", *came], "date_modified")
        for some in parts(rows):
            told = self._told([cart for cart, *_ in some])
            for cart, date, *received in some:
                known = told.get(cart)
                if known is None:
                    is_pruned = is_cart_id(cart) and given.is_pruned(*received or [None])
                    pruned += is_pruned
                    if not is_pruned:
                        given.checked.blame(Fault.EXTRA, cart, date)
                elif given.is_within(known.date):
                    # It was looked at before.
                    continue
                elif known.date > date or not known.is_due:
                    given.checked.explain(Explained.CHANGED, date)
                else:
                    self._suspect(cart, date)
        given.tell_pruned(pruned)


def _is_so(told: _Told, row: tuple[Any, ...] | None) -> bool:
    """Whether a row tells the same: date, and status if that is compared."""
    return row is not None and row[0] == told.date and row[1:] in {(), (str(told.life.status),)}


def _fault(told: _Told, row: tuple[Any, ...] | None) -> Fault:
    if row is None:
        return Fault.MISSING
    date = row[0]
    if date is None or date > told.date:
        return Fault.DATE
    return Fault.STALE if date < told.date else Fault.STATUS
