"""The carts of the inbox: each one's life is worked out anew, and its row must tell the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.bigcommerce.carts_by_id import is_cart_id
from tap_bigcommerce_carts.inbox.lifecycle import KEPT, lifecycle_of
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.streams.inbox_carts import CART_FIELDS, cart_rows, channel_of
from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.table import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.inbox.lifecycle import Lifecycle
    from tap_bigcommerce_carts.verify.inbox_log import Logged

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

    def make(self) -> None:
        """Look from both sides: for the row of each cart, and for the cart of each row."""
        for told in self._pages():
            dated = {cart: each for cart, each in told.items() if self._given.is_within(each.date)}
            rows = self._given.table.of_keys(self._given.store, dated, self._columns[1:])
            for cart, each in dated.items():
                self._judge(cart, each, rows.get(cart))
        self._look_for_carts()

    def _pages(self) -> Iterator[dict[str, _Told]]:
        """Yield the carts that something may have happened to in the window or since."""
        log = self._given.log
        after = log.before(int(self._given.window.lower.timestamp()) - _LIVES_ON)
        while page := log.with_new_events(after, self._upto, _AT_ONCE):
            yield self._told([cart for cart, _ in page])
            after = page[-1][1]

    def _told(self, carts: list[str]) -> dict[str, _Told]:
        """Work out the lives of some carts, as far as the log knows them."""
        log, idle = self._given.log, self._given.run.settings.abandoned_after_minutes * 60
        events, readings = log.events_of(carts, self._upto), log.readings.of(carts)
        told = {}
        for cart in carts:
            if cart in events and is_cart_id(cart):
                life = lifecycle_of(
                    cart, events[cart], readings.get(cart), now=self._now, idle=idle
                )
                date = datetime.fromtimestamp(life.modified_at, UTC)
                told[cart] = _Told(life, date, life.sequence <= self._given.reached)
        return told

    def _judge(self, cart: str, told: _Told, row: tuple[Any, ...] | None) -> None:
        checked, life = self._given.checked, told.life
        if row and row[0] == told.date and row[1:] in {(), (str(life.status),)}:
            checked.day(told.date).equal += 1
        elif row is None and not self._is_asked_for(life):
            checked.explain(Explained.CHANNEL, told.date)
        elif not told.is_due:
            checked.explain(Explained.CHANGED, told.date)
        elif row is None and not self._given.keeps(self._row(life)):
            checked.explain(Explained.STREAM_MAP, told.date)
        else:
            checked.blame(_fault(told, row), cart, told.date)

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
        rows = given.table.rows(given.store, given.window, ["id", "date_modified", *came])
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
                    given.checked.blame(Fault.DATE, cart, date)
        given.tell_pruned(pruned)


def _fault(told: _Told, row: tuple[Any, ...] | None) -> Fault:
    if row is None:
        return Fault.MISSING
    date = row[0]
    if date is None or date > told.date:
        return Fault.DATE
    return Fault.STALE if date < told.date else Fault.STATUS
