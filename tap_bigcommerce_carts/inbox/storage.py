"""The database: SQLite or PostgreSQL, its tables, and what is written and read.

Sequences are given in the order in which events become visible, so a reader that has seen
a sequence will never find a new event before it.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from tap_bigcommerce_carts.inbox.errors import InboxError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_bigcommerce_carts.inbox.events import Event

VERSION = 1
# Held while events are written, and while tables are made: sequences must become visible in
# their order, and PostgreSQL alone does not promise that of two transactions.
_LOCK = 7_263_018_449_251
_WAIT = 5  # seconds for a lock or a connection: then it is 503, and BigCommerce comes again
_POSTGRES = {
    "connect_timeout": _WAIT,
    "tcp_user_timeout": 2 * _WAIT * 1000,
    # A receiver that hangs in a transaction must not keep the lock.
    "options": f"-c lock_timeout={_WAIT}s -c statement_timeout={2 * _WAIT}s "
    f"-c idle_in_transaction_session_timeout={2 * _WAIT}s",
}

_tables = sa.MetaData()
SCHEMA = sa.Table("cart_inbox_schema", _tables, sa.Column("version", sa.Integer, primary_key=True))
EVENTS = sa.Table(
    "cart_inbox_events",
    _tables,
    sa.Column(
        "sequence",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("cart_id", sa.Text),
    sa.Column("happened_at", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.UniqueConstraint("store", "hash", name="cart_inbox_events_once"),
    sa.Index("cart_inbox_events_cart", "store", "cart_id", "sequence"),
    sa.Index("cart_inbox_events_received", "received_at"),
    # A sequence is never given twice, also after all was pruned.
    sqlite_autoincrement=True,
)

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


class Storage:
    """An inbox's database.

    Args:
        url: where it is, as SQLAlchemy writes it.
        create: whether to make the tables when there are none; without it only existing ones
            are opened, for reading.

    Raises:
        InboxError: it cannot be opened, or is no inbox.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self._engine = _engine(url, create=create)
        try:
            self._prepare(create=create)
        except InboxError:
            self.close()
            raise
        except sa.exc.SQLAlchemyError as error:
            self.close()
            raise InboxError(f"The inbox's database cannot be opened: {_why(error)}.") from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

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
            raise StorageError(f"The inbox's database takes no events: {_why(error)}.") from error

    def events_after(self, sequence: int, stores: Sequence[str], limit: int) -> list[sa.Row[Any]]:
        """Read the next events of some stores, lowest sequence first."""
        chosen = (
            sa.select(EVENTS)
            .where(EVENTS.c.sequence > sequence, EVENTS.c.store.in_(stores))
            .order_by(EVENTS.c.sequence)
            .limit(limit)
        )
        with self._reading() as connection:
            return list(connection.execute(chosen))

    def last_received(self, store: str) -> int | None:
        """Return when a store's last event came, in Unix seconds."""
        last = sa.select(sa.func.max(EVENTS.c.received_at)).where(EVENTS.c.store == store)
        with self._reading() as connection:
            found: int | None = connection.scalar(last)
            return found

    def count(self) -> int:
        """Count the events."""
        with self._reading() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(EVENTS)) or 0

    def prune(self, before: int, portion: int = 5_000) -> int:
        """Remove events received before a moment; return how many.

        In portions, so that receivers never wait long.
        """
        old = sa.select(EVENTS.c.sequence).where(EVENTS.c.received_at < before).limit(portion)
        statement = sa.delete(EVENTS).where(EVENTS.c.sequence.in_(old))
        removed = 0
        try:
            while True:
                with self._engine.begin() as connection:
                    done = connection.execute(statement).rowcount
                removed += done
                if done < portion:
                    return removed
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox could not be pruned: {_why(error)}.") from error

    def _written(self, rows: list[dict[str, Any]]) -> int:
        with self._engine.begin() as connection:
            self._lock(connection)
            if not rows:
                return 0
            if self._engine.dialect.name == "sqlite":
                return connection.execute(_INSERT, rows).rowcount
            columns = {name: [row[name] for row in rows] for name in _COLUMNS}
            return connection.execute(_INSERT_POSTGRES, columns).rowcount

    def _lock(self, connection: sa.Connection) -> None:
        if self._engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox cannot be read: {_why(error)}.") from error

    def _prepare(self, *, create: bool) -> None:
        """Make the tables, one starter at a time; leave those of a newer version alone."""
        with self._engine.begin() as connection:
            if create:
                self._lock(connection)
            if not sa.inspect(connection).has_table(SCHEMA.name):
                if not create:
                    raise InboxError("This database is not an inbox: it has no cart_inbox_schema.")
                _tables.create_all(connection)
                connection.execute(sa.insert(SCHEMA).values(version=VERSION))
            version = connection.scalar(sa.select(sa.func.max(SCHEMA.c.version))) or 0
            if version > VERSION:
                raise InboxError(
                    f"The inbox's tables are of version {version}, this program knows {VERSION}: "
                    "install its newer version."
                )


def _engine(url: str, *, create: bool) -> sa.Engine:
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InboxError(_WRONG_URL) from error
    kind = address.get_backend_name()
    if kind == "postgresql":
        return _postgres_engine(address)
    if kind != "sqlite" or not address.database or address.database == ":memory:":
        raise InboxError(_WRONG_URL)
    if not create and not Path(address.database).is_file():
        raise InboxError("The inbox's database file does not exist: check the path.")
    engine = sa.create_engine(address.set(drivername="sqlite"))
    sa.event.listen(engine, "connect", _set_up_sqlite)
    # Writers take the lock at once, so that none finds out at its end that it came too late.
    begin = "BEGIN IMMEDIATE" if create else "BEGIN"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


_WRONG_URL = (
    "The inbox's address must be sqlite:///path/to/inbox.db or "
    "postgresql://user:password@host/database."
)


def _postgres_engine(address: sa.URL) -> sa.Engine:
    mine = {name: value for name, value in _POSTGRES.items() if name not in address.query}
    try:
        engine = sa.create_engine(address.set(drivername="postgresql+psycopg"), connect_args=mine)
    except ImportError as error:
        raise InboxError("PostgreSQL needs the package psycopg: install it.") from error
    sa.event.listen(engine, "connect", _set_up_postgres)
    return engine


def _set_up_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins, not the driver
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_WAIT * 1000}")
    # Another one may be changing it at this moment; it is kept in the file then.
    with suppress(Exception):
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _set_up_postgres(connection: Any, _: object) -> None:
    """See to it that what is committed is on disk, whatever the server's setting."""
    cursor = connection.cursor()
    cursor.execute("SELECT current_setting('synchronous_commit')")
    if cursor.fetchone()[0] == "off":
        cursor.execute("SET synchronous_commit = on")
    connection.commit()
    cursor.close()


def _why(error: sa.exc.SQLAlchemyError) -> str:
    """Say the database's reason in a line; never the statement, which holds the events."""
    cause = getattr(error, "orig", None)
    if cause is None:
        return type(error).__name__
    lines = str(cause).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(cause).__name__
