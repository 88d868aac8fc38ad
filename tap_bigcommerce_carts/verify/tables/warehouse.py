"""The warehouse: how it is reached, and asked without standing in a load's way.

A DuckDB file takes one writer, and no reader beside it. So it is opened for each question anew,
for reading alone, and closed when the answer was read.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import backoff
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tap_bigcommerce_carts.errors import WarehouseError
from tap_bigcommerce_carts.redaction import redacted
from tap_bigcommerce_carts.verify.tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Self

_DUCKDB = "duckdb"
_POSTGRESQL = {"postgres", "postgresql"}
_WRONG_ADDRESS = (
    "The warehouse's address cannot be read; it is a DuckDB file, or like "
    "postgresql+psycopg://user:password@host:5432/database."
)
# DuckDB takes most of the machine's memory, if it may. What does not fit into this much goes to a
# folder of this process; by default that is one beside the file, which other checks would share.
_FLAT = {
    "memory_limit": "64MB",
    "threads": 1,
    "temp_directory": str(Path(gettempdir()) / f"bigcommerce-carts-{uuid4().hex}"),
}
# Seconds for which a file is tried again that somebody else has open; dbt is done in less.
_PATIENCE = 30
logger = logging.getLogger("bigcommerce-carts")
# How DuckDB says so on Linux and macOS, on Windows, and of another connection in this process.
_LOCKED = ("could not set lock", "used by another process", "different configuration")
# Rows that are held of an answer at once.
_BATCH = 2_000
# Held in PostgreSQL while a table is made.
_MAKING = 7_263_018_449_252


class Warehouse:
    """A warehouse, and the schema in it that a loader fills.

    Args:
        engine: SQLAlchemy's; of a DuckDB file it can only read.
        schema: the schema's name, in whatever case.

    Attributes:
        engine: the same.
        schema: the schema's name as the warehouse has it.

    Raises:
        WarehouseError: it cannot be reached, or has no such schema.
    """

    def __init__(self, engine: sa.Engine, schema: str) -> None:
        self.engine = engine
        with self.reading() as connection:
            schemas = sa.inspect(connection).get_schema_names()
        # DuckDB's stand behind the name of their database, and in quotes where they need them.
        found = _same(schema, (each.rpartition(".")[2].strip('"') for each in schemas))
        if found is None:
            raise WarehouseError(
                f"The warehouse has no schema {schema}: load the store first, or say with "
                "--schema where its tables are."
            )
        self.schema = found

    @classmethod
    @contextmanager
    def at(cls, address: str, schema: str) -> Iterator[Self]:
        """Open a warehouse, and close it at the end.

        Args:
            address: a DuckDB file, or an address as SQLAlchemy writes it.
            schema: where the loader's tables are.

        Raises:
            WarehouseError: it cannot be reached, or has no such schema; never holds a password.
        """
        engine = engine_at(address)
        try:
            yield cls(engine, schema)
        finally:
            engine.dispose()

    @property
    def file(self) -> Path | None:
        """The DuckDB file that it is; None if it is none."""
        url = self.engine.url
        return Path(url.database or "") if url.get_backend_name() == _DUCKDB else None

    def table(self, stream: str, *, named: str | None = None) -> Table | None:
        """Return a stream's table, or None if there is none.

        Args:
            stream: the stream's name.
            named: what the table is called, if not as the stream.

        Raises:
            WarehouseError: the warehouse cannot be read.
        """
        name = _same(named or stream, self._names)
        if name is None:
            return None
        with self.reading() as connection:
            found = sa.inspect(connection).get_columns(name, self.schema)
        columns = [sa.column(each["name"], each["type"]) for each in found]
        return Table(self, stream, sa.table(name, *columns, schema=self.schema))

    @cached_property
    def _names(self) -> list[str]:
        """The names of the schema's tables and views."""
        with self.reading() as connection:
            inspector = sa.inspect(connection)
            return [*inspector.get_table_names(self.schema), *inspector.get_view_names(self.schema)]

    def ask(self, query: sa.Executable) -> Iterator[Sequence[Any]]:
        """Yield the rows of a query as they come, a few at a time.

        Raises:
            WarehouseError: they cannot be read.
        """
        with self.reading() as connection:
            yield from connection.execution_options(yield_per=_BATCH).execute(query)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Yield a connection to read with; raises a WarehouseError if that fails."""
        with self._telling("The warehouse cannot be read"), _connected(self.engine) as connection:
            yield connection

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep a DuckDB file open over several questions: to open it takes longer than they do."""
        with nullcontext() if self.file is None else self.reading():
            yield

    @contextmanager
    def writing(self, table: str) -> Iterator[sa.Connection]:
        """Yield a connection in a transaction, to write a table of the schema with.

        A DuckDB file keeps the format it has, so that the older DuckDB of a loader can go on
        with it: nothing here may name a `STORAGE_VERSION`.

        Raises:
            WarehouseError: it cannot be written.
        """
        telling = self._telling(f"The table {self.schema}.{table} cannot be written")
        with telling, _connected(writer_at(self.engine)) as connection, connection.begin():
            yield connection

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        """Raise what a database says as a sentence."""
        try:
            yield
        except (sa.exc.SQLAlchemyError, OSError) as error:
            if is_locked(error):
                raise WarehouseError(
                    f"{what}: {self.file} is open elsewhere, as by a load or by dbt. Check again "
                    "when that has ended."
                ) from None
            raise WarehouseError(f"{what}: {why(error, self.engine)}.") from None


def make(connection: sa.Connection, table: sa.Table) -> None:
    """Make a table if it is not there."""
    if connection.dialect.name == "postgresql":
        # Two that make it at once would collide.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MAKING)))
    table.create(connection, checkfirst=True)


def writer_at(engine: sa.Engine) -> sa.Engine:
    """Return an engine that can write where another one reads; the same, if that one can."""
    if engine.url.get_backend_name() != _DUCKDB:
        return engine
    return sa.create_engine(engine.url, poolclass=NullPool, connect_args={"config": _FLAT})


def is_locked(error: BaseException) -> bool:
    """Whether an error says that somebody else has the DuckDB file open."""
    return any(each in str(error).lower() for each in _LOCKED)


def why(error: BaseException, engine: sa.Engine) -> str:
    """Return the database's reason in a line; never the statement, or the password."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines() or [type(cause).__name__]
    return redacted(lines[0].rstrip("."), engine.url.password)


@backoff.on_exception(
    backoff.constant,
    sa.exc.SQLAlchemyError,
    interval=1,
    max_time=lambda: _PATIENCE,
    giveup=lambda error: not is_locked(error),
    on_backoff=lambda told: _say_waiting() if told["tries"] == 1 else None,
    logger=None,
)
def _connected(engine: sa.Engine) -> sa.Connection:
    """Connect; a file that somebody else has open is tried again for a while."""
    return engine.connect()


def _say_waiting() -> None:
    logger.info("The DuckDB file is open elsewhere: waiting for up to %d s.", _PATIENCE)


def engine_at(address: str) -> sa.Engine:
    """Return SQLAlchemy's engine for a warehouse; of a DuckDB file it can only read.

    Args:
        address: a DuckDB file, or an address as SQLAlchemy writes it.

    Raises:
        WarehouseError: it is no address, there is no such file, or no driver for it; never holds
            a password.
    """
    try:
        url = sa.make_url(address) if "://" in address else sa.URL.create(_DUCKDB, database=address)
    except (sa.exc.ArgumentError, ValueError):
        # Its words could repeat a password.
        raise WarehouseError(_WRONG_ADDRESS) from None
    if "@" in (url.host or ""):
        # What stands before it is a part of the password.
        raise WarehouseError(f"{_WRONG_ADDRESS} Write an @ in the password as %40.")
    if url.get_backend_name() in _POSTGRESQL and url.drivername in _POSTGRESQL:
        # What libpq takes, and what hosting services hand out.
        url = url.set(drivername="postgresql+psycopg")
    try:
        if url.get_backend_name() == _DUCKDB:
            return _duckdb(url)
        return sa.create_engine(url)
    except (ImportError, sa.exc.NoSuchModuleError):
        raise WarehouseError(
            f"There is no driver for {url.drivername}: install SQLAlchemy's dialect for it."
        ) from None


def _duckdb(url: sa.URL) -> sa.Engine:
    """Return an engine that opens a DuckDB file for each connection, to read it alone."""
    database = url.database or ""
    if not database.startswith("md:") and not Path(database).is_file():
        if {"@", "="} & set(database):
            # An address of another kind, such as libpq's, with a password in it.
            raise WarehouseError(_WRONG_ADDRESS)
        raise WarehouseError(f"There is no DuckDB file {database}: check the path.")
    import duckdb  # noqa: PLC0415 - an extra

    arguments = {"read_only": True, "config": _FLAT}
    engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments)
    # The dialect asks DuckDB's default database for its keywords, and leaves it open: some MB.
    duckdb.default_connection().close()
    return engine


def _same(name: str, names: Iterable[str]) -> str | None:
    """Return the one of some names that is a name in another case, or the name itself."""
    found = {each.lower(): each for each in names} | {each: each for each in names}
    return found.get(name) or found.get(name.lower())
