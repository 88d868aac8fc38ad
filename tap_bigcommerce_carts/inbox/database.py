"""The database an inbox lies in, SQLite or PostgreSQL: how it is opened, read and written."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tap_bigcommerce_carts.errors import InboxError, StorageError
from tap_bigcommerce_carts.inbox.tables import prepare
from tap_bigcommerce_carts.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

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
# The first is what libpq takes, and what hosting services hand out.
_POSTGRES_NAMES = ("postgres", "postgresql")
_COMPANIONS = ("-wal", "-shm", "-journal")
_WRONG_URL = (
    "The inbox's address must be sqlite:///path/to/inbox.db or "
    "postgresql://user:password@host/database."
)


class Database:
    """An inbox's database, open.

    Args:
        url: where it is, as SQLAlchemy writes it.
        create: whether to make the tables when there are none, and to bring older ones up to
            date; without it only existing ones of this version are opened.

    Attributes:
        engine: SQLAlchemy's.
        identity: the inbox's own name, the same as long as its sequences mean the same events.

    Raises:
        InboxError: it cannot be opened, or is no inbox.
    """

    def __init__(self, url: str, *, create: bool = True) -> None:
        self.engine = _engine(url, create=create)
        try:
            # One starter at a time.
            with self.engine.begin() as connection:
                if create:
                    self.lock(connection)
                self.identity = prepare(connection, create=create)
        except InboxError:
            self.close()
            raise
        except sa.exc.SQLAlchemyError as error:
            self.close()
            raise InboxError(f"The inbox's database cannot be opened: {why(error)}.") from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def fold(self) -> bool:
        """Fold SQLite's write-ahead log into the database, and empty it.

        Pages that were replaced stand there as they were. PostgreSQL has nothing to fold.

        Returns:
            Whether that was done; not while somebody still reads what is older.

        Raises:
            StorageError: it could not be written.
        """
        if self.engine.dialect.name != "sqlite":
            return True
        try:
            # Not within a transaction, which SQLAlchemy would begin.
            with closing(self.engine.raw_connection()) as connection:
                cursor = connection.cursor()
                busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                cursor.close()
        except sqlite3.Error as error:
            raise StorageError(f"The inbox cannot be written: {redacted(str(error))}.") from error
        return not busy

    def lock(self, connection: sa.Connection) -> None:
        """Wait until no other writes events, or makes tables; until the transaction ends."""
        if self.engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection to read with; raises a StorageError if that fails."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox cannot be read: {why(error)}.") from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction; raises a StorageError if that fails."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise StorageError(f"The inbox cannot be written: {why(error)}.") from error

    def rows(self, query: sa.Select[Any], **values: Any) -> list[Any]:
        """Return the rows of a query.

        Args:
            query: what is asked.
            **values: its parameters.

        Raises:
            StorageError: it could not be read.
        """
        with self.reading() as connection:
            return list(connection.execute(query, values))

    def upsert(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        """Write rows, each in the place of the one with its primary key.

        Args:
            table: where to.
            rows: with all columns; at least one.

        Raises:
            StorageError: they could not be written.
        """
        dialect = sqlite if self.engine.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(table)
        changed = {
            each.name: insert.excluded[each.name] for each in table.c if not each.primary_key
        }
        statement = insert.on_conflict_do_update(index_elements=table.primary_key, set_=changed)
        with self.writing() as connection:
            connection.execute(statement, rows)


def why(error: sa.exc.SQLAlchemyError) -> str:
    """Return the database's reason in a line; never the statement, which holds the events."""
    cause = getattr(error, "orig", None)
    if cause is None:
        return type(error).__name__
    lines = str(cause).strip().splitlines()
    return redacted(lines[0].rstrip(".")) if lines else type(cause).__name__


def address_of(url: str) -> sa.URL:
    """Return an inbox's address, parsed, if there is a driver for it.

    Raises:
        InboxError: it is no such address, or the driver is missing; never holds the address.
    """
    try:
        address = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise InboxError(_WRONG_URL) from error
    if "@" in (address.host or ""):
        # What stands before it is a part of the password.
        raise InboxError(f"{_WRONG_URL} Write an @ in the password as %40.")
    kind = address.get_backend_name()
    if kind in _POSTGRES_NAMES:
        try:
            import psycopg  # noqa: F401, PLC0415 - only PostgreSQL needs it
        except ImportError as error:
            raise InboxError("PostgreSQL needs the package psycopg: install it.") from error
        return address.set(drivername="postgresql+psycopg")
    if kind != "sqlite" or (address.database or ":memory:").startswith((":memory:", "file:")):
        raise InboxError(_WRONG_URL)
    return address.set(drivername="sqlite")


def _engine(url: str, *, create: bool) -> sa.Engine:
    address = address_of(url)
    if address.drivername != "sqlite":
        return _postgres_engine(address)
    file = Path(address.database or "")
    if create:
        _keep_private(file)
    elif not file.is_file():
        raise InboxError("The inbox's database file does not exist: check the path.")
    engine = sa.create_engine(address)
    sa.event.listen(engine, "connect", _set_up_sqlite)
    # Writers take the lock at once, so that none finds out at its end that it came too late.
    begin = "BEGIN IMMEDIATE" if create else "BEGIN"
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _keep_private(file: Path) -> None:
    """See to it that the file can be read by its owner alone, whatever the umask.

    A folder with the setgid bit says that its group shares its files. SQLite gives the file's
    companions the mode that the file has.
    """
    try:
        shared = file.parent.stat().st_mode & stat.S_ISGID
        mode = 0o660 if shared else 0o600
        with suppress(FileExistsError):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_RDWR, mode))
            file.chmod(mode)
            return
        for name in (file.name, *(file.name + each for each in _COMPANIONS)):
            # Whoever does not own it cannot change it, and it is not theirs to keep.
            with suppress(FileNotFoundError, PermissionError):
                _shut(file.with_name(name), shared=bool(shared))
    except OSError as error:
        raise InboxError(
            f"The inbox's database file cannot be made ({error.strerror}): check the path, and "
            "who may write there."
        ) from error


def _shut(file: Path, *, shared: bool) -> None:
    """Take from others what they may do with a file; from the group too, unless it may write."""
    now = stat.S_IMODE(file.stat().st_mode)
    wanted = now & (0o770 if shared or now & stat.S_IWGRP else 0o700)
    if wanted != now:
        file.chmod(wanted)


def _postgres_engine(address: sa.URL) -> sa.Engine:
    mine = {name: value for name, value in _POSTGRES.items() if name not in address.query}
    engine = sa.create_engine(address, connect_args=mine)
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
    # What is replaced or removed must not stay in the file.
    cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()


def _set_up_postgres(connection: Any, _: object) -> None:
    """See to it that what is committed is on disk, whatever the server's setting."""
    cursor = connection.cursor()
    cursor.execute("SELECT current_setting('synchronous_commit')")
    if cursor.fetchone()[0] == "off":
        cursor.execute("SET synchronous_commit = on")
    connection.commit()
    cursor.close()
