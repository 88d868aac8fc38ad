"""What receivers write, and what the command shows of it and removes.

Sequences are given in the order in which events become visible, so a reader that has seen
a sequence will never find a new event before it.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from tap_bigcommerce_carts.errors import StorageError
from tap_bigcommerce_carts.inbox.database import Database, why
from tap_bigcommerce_carts.inbox.tables import EVENTS, READERS, READINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_bigcommerce_carts.inbox.events import Event

_INSERT = sqlite.insert(EVENTS).on_conflict_do_nothing()
# For PostgreSQL, each column is a list: one statement for all events, which counts the new ones.
_COLUMNS = {
    "store": "text",
    "hash": "text",
    "scope": "text",
    "cart_id": "text",
    "happened_at": "bigint",
    "received_at": "bigint",
    "data": "text",
}
_INSERT_POSTGRES = sa.text(
    f"INSERT INTO {EVENTS.name} ({', '.join(_COLUMNS)}) SELECT * FROM unnest("  # noqa: S608 - names of this module
    + ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in _COLUMNS.items())
    + ") ON CONFLICT DO NOTHING"
)


class Pruned(NamedTuple):
    """What pruning did: how many events it removed, and of each store how many it had to keep."""

    removed: int
    unread: dict[str, int]


class Storage:
    """An inbox as its receivers use it.

    Args:
        url: where it is, as SQLAlchemy writes it.
        create: whether to make the tables, or to bring older ones up to date.

    Attributes:
        database: the inbox's database.

    Raises:
        InboxError: it cannot be opened, or is no inbox.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.database = Database(url, create=create)

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    def write(self, events: Sequence[Event]) -> int:
        """Write events durably, all or none; return how many were new.

        With no events it shows whether writing is possible.

        Raises:
            StorageError: they are not written for certain.
        """
        now = int(time.time())
        rows = [asdict(event) | {"received_at": now} for event in events]
        try:
            try:
                return self._written(rows)
            except sa.exc.DBAPIError as error:
                # The server was started anew since: with a new connection it may well work.
                if not error.connection_invalidated:
                    raise
                return self._written(rows)
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox's database takes no events: {why(error)}.") from error

    def last_received(self, store: str) -> int | None:
        """Return when a store's last event came, in Unix seconds."""
        last = sa.select(sa.func.max(EVENTS.c.received_at)).where(EVENTS.c.store == store)
        with self.database.reading() as connection:
            found: int | None = connection.scalar(last)
            return found

    def prune(self, before: int, *, unread: bool = False, portion: int = 5_000) -> Pruned:
        """Remove events received before a moment, and readings of carts idle since then.

        In portions, so that receivers never wait long.

        Args:
            before: the moment, in Unix seconds.
            unread: whether also what the tap has not read is removed.
            portion: how many events at once.

        Returns:
            How many events were removed, and of each store how many had to stay.

        Raises:
            StorageError: not all could be removed; the portions that were are gone.
        """
        # By all streams of the tap that ever read; where none did, nothing is read.
        read = (
            sa.select(sa.func.min(READERS.c.sequence))
            .where(READERS.c.store == EVENTS.c.store)
            .scalar_subquery()
        )
        old = EVENTS.c.received_at < before
        gone = old if unread else sa.and_(old, EVENTS.c.sequence <= read)
        chosen = sa.select(EVENTS.c.sequence).where(gone).limit(portion)
        removed = 0
        try:
            while done := self._removed(sa.delete(EVENTS).where(EVENTS.c.sequence.in_(chosen))):
                removed += done
            of_it = (EVENTS.c.store == READINGS.c.store, EVENTS.c.cart_id == READINGS.c.cart_id)
            idle = READINGS.c.active_at < before
            self._removed(sa.delete(READINGS).where(idle, ~sa.exists().where(*of_it)))
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox could not be pruned: {why(error)}.") from error
        left = sa.select(EVENTS.c.store, sa.func.count()).where(old).group_by(EVENTS.c.store)
        with self.database.reading() as connection:
            unread_of = {row[0]: row[1] for row in connection.execute(left)}
        return Pruned(removed, unread_of)

    def _removed(self, statement: sa.Delete) -> int:
        with self.database.engine.begin() as connection:
            return connection.execute(statement).rowcount

    def _written(self, rows: list[dict[str, Any]]) -> int:
        with self.database.engine.begin() as connection:
            self.database.lock(connection)
            if not rows:
                return 0
            if self.database.engine.dialect.name == "sqlite":
                return connection.execute(_INSERT, rows).rowcount
            columns = {name: [row[name] for row in rows] for name in _COLUMNS}
            return connection.execute(_INSERT_POSTGRES, columns).rowcount
