"""What the streams of the cart inbox share: they go on from a sequence, not from a date.

An event that comes late has an old date but a new sequence. So the STATE notes the sequence
that was told of, beside the bookmark that the catalog promises.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_bigcommerce_carts.rows.values import iso, moment
from tap_bigcommerce_carts.singer.bookmarks import INBOX, PASSED_BY, SEQUENCE, TOLD_AT
from tap_bigcommerce_carts.singer.stream import StoreStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk import Tap

    from tap_bigcommerce_carts.singer.stream import Run


# Carts that could not be read and that the STATE notes.
_MOST_NOTED = 100


class InboxStream(StoreStream):
    """A stream read from the cart inbox."""

    in_order = False

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, run)
        self._sequence = 0
        self._told_at: datetime | None = None
        self._holds = False
        # Carts that could not be read: in earlier runs or in this one, and in this one.
        self._unread: list[str] = []
        self._failed: set[str] = set()

    def begin(self) -> int:
        """Take up the STATE; gives the sequence up to which everything was told before."""
        notes = self._notes()
        log = self.run.inbox
        if notes.get(INBOX, log.identity) != log.identity or self._is_ahead(notes):
            self.logger.warning(
                "Stream %s is read again from the beginning: its bookmark is of another inbox, or "
                "of this one before it was put back to an older copy.",
                self.name,
            )
            for name in (SEQUENCE, TOLD_AT, PASSED_BY):
                notes.pop(name, None)
        notes[INBOX] = log.identity
        self._sequence = notes.setdefault(SEQUENCE, 0)
        self._unread = [each for each in notes.get(PASSED_BY, []) if isinstance(each, str)]
        if self.replication_method == REPLICATION_INCREMENTAL:
            # A STATE comes back only once its rows are loaded.
            log.note_read(self.name, self._sequence)
        # What is told from here on is told for this moment, or a later one.
        self._told_at = moment(notes.setdefault(TOLD_AT, iso(self._moment)))
        return self._sequence

    @override
    def span(self) -> str:
        return f"what happened after event {self._notes().get(SEQUENCE, 0)} of the inbox"

    @property
    @override
    def reached_so_far(self) -> str:
        return f"event {self._sequence}"

    @property
    def told_at(self) -> datetime:
        """The moment for which all carts were told before."""
        return self._told_at or self._moment

    @property
    def _moment(self) -> datetime:
        """The moment that is told of: the store's time, or this machine's if it was not asked."""
        return min(self.run.now, datetime.now(UTC).replace(microsecond=0))

    def reached(self, sequence: int) -> None:
        """Note that all up to a sequence is written, unless something was held back."""
        if not self._holds:
            self._sequence = max(self._sequence, sequence)

    def finished(self) -> None:
        """Note that all carts are told for this run's moment."""
        if not self._holds:
            self._told_at = self.run.now
            # All were tried again: of the others there is nothing more to read.
            self._unread = [each for each in self._unread if each in self._failed]

    @property
    def unread(self) -> list[str]:
        """Carts that could not be read, and are tried again by themselves."""
        return self._unread

    @property
    @override
    def noted(self) -> list[Any]:
        # They are tried in each run, and told of then.
        return []

    def note_unread(self, cart: str) -> bool:
        """Note a cart for the next run, if there is room; the sequence need not wait for it."""
        self._failed.add(cart)
        if cart not in self._unread:
            if len(self._unread) >= _MOST_NOTED:
                return False
            self._unread.append(cart)
        return True

    def hold(self) -> None:
        """Move the STATE no further: what comes now is left out, and is for a later run."""
        self._holds = True

    @override
    def hold_at(self, date: str) -> None:
        super().hold_at(date)
        self.hold()

    def is_within(self, date: str) -> bool:
        """Tell whether a date is one that this run reads; a later one holds the STATE."""
        settings = self.run.settings
        if settings.end and date >= iso(settings.end):
            self.hold()
            return False
        return settings.start is None or date >= iso(settings.start)

    def _is_ahead(self, notes: dict[str, Any]) -> bool:
        highest = self.run.inbox.highest()
        return bool(0 < highest < notes.get(SEQUENCE, 0))

    def _notes(self) -> dict[str, Any]:
        """Give what the STATE notes of this stream; nothing if it is read whole, or anew."""
        if self.replication_method != REPLICATION_INCREMENTAL:
            return {}
        if self._bookmark() is None:
            for name in (SEQUENCE, TOLD_AT, INBOX, PASSED_BY):
                self.stream_state.pop(name, None)
        return self.stream_state

    @override
    def _move_bookmark(self) -> None:
        super()._move_bookmark()
        self._note()

    def _note(self) -> None:
        if self.replication_method == REPLICATION_INCREMENTAL and self._told_at:
            self.stream_state[SEQUENCE] = self._sequence
            self.stream_state[TOLD_AT] = iso(self._told_at)
            if self._unread:
                self.stream_state[PASSED_BY] = list(self._unread)
            else:
                self.stream_state.pop(PASSED_BY, None)
