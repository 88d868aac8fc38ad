"""Meltano's system database, which holds its STATE: whether it is made, and a lock in it."""

from __future__ import annotations

from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from tap_bigcommerce_carts.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Engine

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
# Of Alembic, with which Meltano makes its tables.
_MADE = "alembic_version"


def is_made(address: str) -> bool:
    """Return whether a database has Meltano's tables; False if that cannot be known.

    Args:
        address: as SQLAlchemy writes it.

    Raises:
        SettingsError: the database cannot be reached, or the address is none.
    """
    url = _parsed(address)
    if url.get_backend_name() not in {_SQLITE, _POSTGRESQL}:
        return False
    with _reached(url) as engine:
        return inspect(engine).has_table(_MADE)


@contextmanager
def held(address: str, name: str) -> Iterator[bool]:
    """Hold a lock in the database, so that a run on another machine sees this one.

    The server frees it when the connection ends, however this process ends.

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
    key = int.from_bytes(sha256(f"tap-bigcommerce-carts {name}".encode()).digest()[:8], signed=True)
    with _reached(url) as engine, engine.connect() as connection:
        ours = connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key})
        taken = bool(ours.scalar())
        # So that the connection does not stand in a transaction for the whole run.
        connection.commit()
        yield taken


@contextmanager
def _reached(url: URL) -> Iterator[Engine]:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with engine.connect():
            pass
    except SQLAlchemyError as error:
        # The driver's words may hold the address.
        raise SettingsError(
            f"Meltano's system database ({url.get_backend_name()} at {url.host or url.database}) "
            f"cannot be opened ({type(error).__name__}): check MELTANO_DATABASE_URI."
        ) from None
    try:
        yield engine
    finally:
        engine.dispose()


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
