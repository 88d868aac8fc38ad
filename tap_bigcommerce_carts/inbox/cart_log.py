"""The inbox as the tap reads it: the events of one store, cart by cart.

Everything is asked for by the page, in short transactions: receivers go on writing meanwhile.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa

from tap_bigcommerce_carts.errors import StorageError
from tap_bigcommerce_carts.inbox.database import Database
from tap_bigcommerce_carts.inbox.events import FORMS
from tap_bigcommerce_carts.inbox.lifecycle import CartEvent
from tap_bigcommerce_carts.inbox.readings import Readings
from tap_bigcommerce_carts.inbox.tables import EVENTS, READERS, READINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_MINE = EVENTS.c.store == sa.bindparam("store")
# An inbox may have taken more than it asked for, from a hook of somebody else.
_CART_SCOPES = "store/%cart/%"
_OF_CARTS = EVENTS.c.scope.like(_CART_SCOPES)
_PASSED_OVER = "holds what cannot be read, which is passed over"
_DAY = 86_400
_LATEST = 2**32  # Unix seconds, in the year 2106
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of the log; times in Unix seconds."""

    sequence: int
    scope: str
    cart_id: str | None
    happened_at: int
    received_at: int
    data: dict[str, Any]
    hash: str


class CartLog:
    """One store's events, and the last reading of each cart.

    Args:
        url: the inbox's database, as SQLAlchemy writes it.
        store: the store's hash.
        only_read: whether nothing is going to be written.

    Attributes:
        database: the inbox's database.
        identity: the inbox's own name, as `Database` has it.
        readings: what is kept of the carts.

    Raises:
        InboxError: it cannot be opened or written, or is no inbox.
    """

    def __init__(self, url: str, store: str, *, only_read: bool = False) -> None:
        self.database = Database(url, create=False)
        self.identity = self.database.identity
        self._store = store
        self._warned: set[tuple[int, str]] = set()
        self.readings = Readings(self.database, store)
        if only_read:
            return
        try:
            self.readings.check()
        except StorageError:
            self.close()
            raise

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def highest(self) -> int:
        """Return the highest sequence of all stores' events; 0 if there are none."""
        (found,) = self._rows(sa.select(sa.func.max(EVENTS.c.sequence)))
        return found[0] or 0

    def before(self, moment: int) -> int:
        """Return the sequence before which nothing happened, or came, at a moment or later.

        Args:
            moment: in Unix seconds.

        Raises:
            StorageError: it could not be read.
        """
        later = sa.or_(EVENTS.c.happened_at >= moment, EVENTS.c.received_at >= moment)
        (row,) = self._rows(sa.select(sa.func.min(EVENTS.c.sequence)).where(_MINE, later))
        first: int | None = row[0]
        return self.highest() if first is None else first - 1

    def begins_at(self) -> int | None:
        """Return when the oldest event came that is still there, in Unix seconds; None without one.

        Raises:
            StorageError: it could not be read.
        """
        (row,) = self._rows(sa.select(sa.func.min(EVENTS.c.received_at)).where(_MINE))
        found: int | None = row[0]
        return found

    def extent(self) -> tuple[int, int | None]:
        """Return how many events there are, and when the newest came, in Unix seconds.

        Raises:
            StorageError: it could not be read.
        """
        told: list[sa.ColumnElement[Any]] = [sa.func.count(), sa.func.max(EVENTS.c.received_at)]
        ((count, newest),) = self._rows(sa.select(*told).where(_MINE))
        return count, newest

    def checkpoint(self, stream: str, sequence: int) -> None:
        """Note up to which sequence a stream is loaded, so that no more than that is pruned.

        Args:
            stream: its name.
            sequence: as the STATE says that a run was given.

        Raises:
            StorageError: it could not be written.
        """
        row = {"store": self._store, "stream": stream, "sequence": sequence}
        self.database.upsert(READERS, [row])

    def noted(self, stream: str) -> int:
        """Return up to which sequence a stream is loaded for certain, as `checkpoint` noted it.

        Raises:
            StorageError: it could not be read.
        """
        mine = READERS.c.store == sa.bindparam("store")
        found = self._rows(sa.select(READERS.c.sequence).where(mine, READERS.c.stream == stream))
        return found[0][0] if found else 0

    def events(self, after: int, upto: int, limit: int) -> list[LoggedEvent]:
        """Return the next events, lowest sequence first.

        Args:
            after: a sequence, not included.
            upto: a sequence, included.
            limit: how many events at most.

        Raises:
            StorageError: they could not be read.
        """
        found = self._rows(
            sa.select(EVENTS)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .order_by(EVENTS.c.sequence)
            .limit(limit)
        )
        return [self._event(row) for row in found]

    def of(self, sequences: Collection[int]) -> dict[int, LoggedEvent]:
        """Return the events with some sequences, as far as they are there.

        Raises:
            StorageError: they could not be read.
        """
        chosen = sa.select(EVENTS).where(_MINE, EVENTS.c.sequence.in_(sequences))
        return {row.sequence: self._event(row) for row in self._rows(chosen)}

    def with_new_events(self, after: int, upto: int, limit: int) -> list[tuple[str, int]]:
        """Return the next carts that have events: the id and last sequence of each, by sequence.

        Args:
            after: a sequence, not included.
            upto: a sequence, included; later events count for nothing.
            limit: how many carts at most.

        Raises:
            StorageError: they could not be read.
        """
        later = EVENTS.alias("later")
        newer = sa.exists().where(
            later.c.store == EVENTS.c.store,
            later.c.cart_id == EVENTS.c.cart_id,
            later.c.sequence > EVENTS.c.sequence,
            later.c.sequence <= upto,
            later.c.scope.like(_CART_SCOPES),
        )
        found = self._rows(
            sa.select(EVENTS.c.cart_id, EVENTS.c.sequence)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .where(EVENTS.c.cart_id.is_not(None), _OF_CARTS, ~newer)
            .order_by(EVENTS.c.sequence)
            .limit(limit)
        )
        return [(cart, sequence) for cart, sequence in found]

    def idle_since(self, spans: Iterable[tuple[int, int]], after: str, limit: int) -> list[str]:
        """Return the ids of carts that something happened to in one of some spans, in order.

        Args:
            spans: from a moment, not included, to another, included, in Unix seconds.
            after: the last id of the page before.
            limit: how many at most.

        Raises:
            StorageError: they could not be read.
        """
        # An event that is dated by when it came.
        misdated = sa.or_(EVENTS.c.happened_at < 0, EVENTS.c.happened_at > EVENTS.c.received_at)
        asked = [
            sa.select(table.c.cart_id).where(
                table.c.store == sa.bindparam("store"),
                when > start,
                when <= end,
                table.c.cart_id > after,
                *only,
            )
            for table, when, *only in (
                (EVENTS, EVENTS.c.happened_at),
                (EVENTS, EVENTS.c.received_at, misdated),
                (READINGS, READINGS.c.active_at),
            )
            for start, end in spans
        ]
        carts = sa.union(*asked).subquery()
        found = self._rows(sa.select(carts.c.cart_id).order_by(carts.c.cart_id).limit(limit))
        return [cart for (cart,) in found]

    def events_of(self, carts: Collection[str], upto: int) -> Mapping[str, list[CartEvent]]:
        """Return all events of some carts, by the cart's id.

        Args:
            carts: their ids.
            upto: a sequence, included.

        Raises:
            StorageError: they could not be read.
        """
        found: defaultdict[str, list[CartEvent]] = defaultdict(list)
        for row in self._rows(
            sa.select(EVENTS)
            .where(_MINE, _OF_CARTS)
            .where(EVENTS.c.cart_id.in_(carts), EVENTS.c.sequence <= upto)
            .order_by(EVENTS.c.sequence)
        ):
            received_at = self._came(row)
            # What came has happened: a clock that is ahead must not date a row past the store's.
            happened_at = min(self._moment(row), received_at)
            data = self._fields(row.sequence, row.data)
            found[row.cart_id].append(
                CartEvent(row.sequence, row.scope, happened_at, received_at, data)
            )
        return found

    def without_cart(self, after: int, upto: int) -> list[tuple[int, str]]:
        """Return the sequence and token of events that hold a token but no cart.

        Args:
            after: a sequence, not included.
            upto: a sequence, included.
        """
        found = self._rows(
            sa.select(EVENTS.c.sequence, EVENTS.c.data)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .where(EVENTS.c.cart_id.is_(None), _OF_CARTS)
        )
        tokens = [(sequence, self._fields(sequence, data).get("token")) for sequence, data in found]
        return [(sequence, token) for sequence, token in tokens if isinstance(token, str) and token]

    def set_cart(self, sequence: int, cart: str) -> None:
        """Note which cart an event is about.

        Args:
            sequence: of the event.
            cart: the cart's id.

        Raises:
            StorageError: it could not be written.
        """
        with self.database.writing() as connection:
            connection.execute(
                sa.update(EVENTS).where(EVENTS.c.sequence == sequence).values(cart_id=cart)
            )

    def _event(self, row: Any) -> LoggedEvent:
        return LoggedEvent(
            sequence=row.sequence,
            scope=row.scope,
            cart_id=row.cart_id,
            happened_at=self._moment(row),
            received_at=self._came(row),
            data=self._fields(row.sequence, row.data),
            hash=row.hash,
        )

    def _moment(self, event: Any) -> int:
        """Return when an event happened: never before 1970, or more than a day after it came."""
        came: int = self._came(event)
        happened_at: int = event.happened_at
        if 0 <= happened_at <= came + _DAY:
            return happened_at
        when = "before 1970" if happened_at < 0 else "more than a day after it came"
        self._warn(event.sequence, f"is dated {when}: it is taken as of when it came")
        return came

    def _came(self, event: Any) -> int:
        """Return when an event came; in place of an impossible time, the nearest possible one."""
        came: int = min(max(event.received_at, 0), _LATEST)
        if came != event.received_at:
            self._warn(event.sequence, "came at a time that cannot be: the nearest one is taken")
        return came

    def _fields(self, sequence: int, data: str) -> dict[str, Any]:
        """Return an event's own fields, as far as they can be read; the others are skipped."""
        found: dict[str, Any] = {}
        try:
            fields = _raw.decode(data)
        except _ILLEGIBLE:
            self._warn(sequence, _PASSED_OVER)
            return found
        for key in fields.keys() & FORMS.keys():
            found[key] = FORMS[key](_value(fields[key]))
            if found[key] is None and bytes(fields[key]) != b"null":
                self._warn(sequence, _PASSED_OVER)
        return found

    def _warn(self, sequence: int, what: str) -> None:
        """Warn of an event, once in a run."""
        if (sequence, what) not in self._warned:
            self._warned.add((sequence, what))
            logger.warning("Event %d of the inbox %s.", sequence, what)

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        return self.database.rows(query, store=self._store)


def _value(written: msgspec.Raw) -> Any:
    """Return a plain value of an event; None for a list or an object, or what cannot be read."""
    with suppress(*_ILLEGIBLE):
        value = msgspec.json.decode(written)
        return None if isinstance(value, list | dict) else value
    return None


_ILLEGIBLE = (ValueError, RecursionError)
_raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
