"""Meltano's system database, which holds its STATE: whether it is made, and a lock in it."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from filelock import FileLock
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tap_bigcommerce_carts.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
# Of Alembic, with which Meltano makes its tables.
_MADE = "alembic_version"
# Whose machine is gone, the server notices within two minutes by these; else it may take hours.
_NOTICE_THE_END = (
    "tcp_keepalives_idle = 60",
    "tcp_keepalives_interval = 15",
    "tcp_keepalives_count = 4",
)


@contextmanager
def is_made(address: str) -> Iterator[bool]:
    """Look whether a database has Meltano's tables, and let nobody else do so meanwhile.

    Whoever finds none makes them before the next one looks: two who do it at once collide, and
    the first table is there long before the last.

    Args:
        address: as SQLAlchemy writes it.

    Yields:
        Whether they are there; False if that cannot be known.

    Raises:
        SettingsError: the database cannot be reached, or the address is none.
    """
    url = _parsed(address)
    if url.get_backend_name() not in {_SQLITE, _POSTGRESQL}:
        yield False
        return
    with _connected(url) as connection:
        if url.get_backend_name() == _POSTGRESQL:
            _lock(connection, "system database", wait=True)
            yield inspect(connection).has_table(_MADE)
            return
    if not url.database or url.database == ":memory:":
        yield False
        return
    lock = FileLock(f"{url.database}.lock")
    try:
        lock.acquire()
    except OSError as error:
        raise SettingsError(
            f"Meltano's system database ({url.database}) cannot be written ({error.strerror}): say "
            "with MELTANO_DATABASE_URI where it is."
        ) from None
    try:
        with _connected(url) as connection:
            made = inspect(connection).has_table(_MADE)
        yield made
    finally:
        lock.release()


@contextmanager
def held(address: str, name: str) -> Iterator[bool]:
    """Hold a lock in the database, so that a run on another machine sees this one.

    The server frees it when the connection ends, however this process or its machine ends.

    Args:
        address: as SQLAlchemy writes it; anything but PostgreSQL has no such lock.
        name: of the store.

    Yields:
        Whether nobody else holds it.

    Raises:
        SettingsError: the database cannot be reached.
    """
    url = _parsed(address)
    if url.get_backend_name() != _POSTGRESQL:
        yield True
        return
    with _connected(url) as connection:
        yield _lock(connection, f"store {name}")


def _lock(connection: Connection, name: str, *, wait: bool = False) -> bool:
    """Take a lock that lasts as long as the connection; return whether it was to be had."""
    key = int.from_bytes(sha256(f"tap-bigcommerce-carts {name}".encode()).digest()[:8], signed=True)
    call = "pg_advisory_lock" if wait else "pg_try_advisory_lock"
    return connection.execute(text(f"SELECT {call}(:key)"), {"key": key}).scalar() is not False


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    """Connect, in no transaction: the connection may stand idle for hours."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    connection = None
    try:
        connection = engine.connect()
        if url.get_backend_name() == _POSTGRESQL:
            for setting in _NOTICE_THE_END:
                connection.execute(text(f"SET {setting}"))
        yield connection
    except SQLAlchemyError as error:
        # The driver's words may hold the address.
        raise SettingsError(
            f"Meltano's system database ({url.get_backend_name()} at {url.host or url.database}) "
            f"cannot be opened ({type(error).__name__}): check MELTANO_DATABASE_URI, "
            "whether the server runs, and the password, which is in that address or in PGPASSWORD."
        ) from None
    finally:
        # Not given back, which would be a question to a server that may be gone by now.
        if connection is not None:
            connection.invalidate()
            connection.close()


def _parsed(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        raise SettingsError(
            "MELTANO_DATABASE_URI must be an address such as "
            "`postgresql+psycopg://user:password@host/meltano`."
        ) from None
    # Meltano may have another driver than is installed here.
    backend = url.get_backend_name()
    if backend == _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    return url
