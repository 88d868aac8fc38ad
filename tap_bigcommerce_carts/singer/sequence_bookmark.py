"""How far a stream of the cart inbox has come: by the number of an event, not by a date.

An event that comes late has an old date but a new sequence. So the STATE notes the sequence
that was read, beside the bookmark that the catalog promises.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.rows.values import iso, moment
from tap_bigcommerce_carts.singer.bookmarks import DateBookmark
from tap_bigcommerce_carts.singer.pages import InboxPosition, Settled
from tap_bigcommerce_carts.singer.state import INBOX, PASSED_BY, SEQUENCE, TOLD_AT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Stream

    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.run import Run

# Carts that could not be read and that the STATE notes.
_MOST_NOTED = 100


class SequenceBookmark(DateBookmark):
    """The bookmark of a stream that is read from the cart inbox."""

    def __init__(self, stream: Stream, run: Run) -> None:
        super().__init__(stream, run)
        self._sequence = 0
        self._told_at: datetime | None = None
        self._is_held = False
        # Carts that could not be read: in earlier runs or in this one, and in this one.
        self.unread: list[str] = []
        self._failed: set[str] = set()

    def resume(self, log: CartLog) -> int:
        """Take up the STATE; return the sequence up to which everything was read before."""
        notes = self._notes()
        is_ahead = 0 < log.highest() < notes.get(SEQUENCE, 0)
        if notes.get(INBOX, log.identity) != log.identity or is_ahead:
            self._logger.warning(
                "Stream %s is read again from the beginning: its bookmark is of another inbox, or "
                "of this one before it was put back to an older copy.",
                self._stream,
            )
            for name in (SEQUENCE, TOLD_AT, PASSED_BY):
                notes.pop(name, None)
        notes[INBOX] = log.identity
        self._sequence = notes.setdefault(SEQUENCE, 0)
        self.unread = [each for each in notes.get(PASSED_BY, []) if isinstance(each, str)]
        if self._is_incremental:
            # A STATE comes back only once its rows are loaded.
            log.checkpoint(self._stream, self._sequence)
        # What is read from here on is true of this moment, or a later one.
        self._told_at = moment(notes.setdefault(TOLD_AT, iso(self.moment)))
        return self._sequence

    @property
    def after(self) -> int:
        """The sequence that the STATE notes; 0 if the stream is read from its beginning."""
        sequence: int = self._notes().get(SEQUENCE, 0)
        return sequence

    @property
    def told_at(self) -> datetime:
        """The moment for which everything was read before."""
        return self._told_at or self.moment

    @override
    def covers(self, document: Any) -> bool:
        # Carts are read by sequence, whatever their date is.
        return True

    @override
    def reach(self, rows: Sequence[Row]) -> None:
        # In no order of date.
        if rows and self._key != SEQUENCE:
            self.furthest = max(self.furthest, *(getattr(row, str(self._key)) for row in rows))

    @override
    def settle(self, settled: Settled) -> None:
        if self._is_held or not isinstance(settled, InboxPosition):
            return
        self._sequence = max(self._sequence, settled.sequence)
        if settled.moment:
            self._told_at = settled.moment
            # All were tried again: of the others there is nothing more to read.
            self.unread = [each for each in self.unread if each in self._failed]

    @override
    def hold(self, date: str) -> None:
        super().hold(date)
        self.hold_position()

    def hold_position(self) -> None:
        """Move the sequence no further: what comes now is left out, and is for a later run."""
        self._is_held = True

    def note_unread(self, cart: str) -> bool:
        """Note a cart for the next run, so that the sequence need not wait for it.

        Returns:
            Whether there was room.
        """
        self._failed.add(cart)
        if cart not in self.unread:
            if len(self.unread) >= _MOST_NOTED:
                return False
            self.unread.append(cart)
        return True

    @override
    def move(self) -> None:
        if self._key != SEQUENCE:
            super().move()
        if self._told_at is None:
            return
        self._state[SEQUENCE] = self._sequence
        self._state[TOLD_AT] = iso(self._told_at)
        self._state[PASSED_BY] = list(self.unread)
        if not self.unread:
            del self._state[PASSED_BY]
        if self._key == SEQUENCE:
            # The bookmark is the sequence itself.
            self._state["replication_key"] = SEQUENCE
            self._state["replication_key_value"] = self._sequence

    @property
    @override
    def progress(self) -> str:
        return f"event {self._sequence}"

    @property
    @override
    def noted(self) -> list[Any]:
        # Carts are tried again in each run, and reported then.
        return []

    @property
    def moment(self) -> datetime:
        """The store's time, or this machine's if the store was not asked yet."""
        return min(self._run.now, datetime.now(UTC).replace(microsecond=0))

    def _notes(self) -> dict[str, Any]:
        """Return what the STATE notes; nothing if the stream is read from its beginning."""
        if self._taken_up() is None:
            for name in (SEQUENCE, TOLD_AT, INBOX, PASSED_BY):
                self._state.pop(name, None)
        return self._state
