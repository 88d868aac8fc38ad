"""Can the warehouse be read and written, what was loaded there, and are there marts?

That it can be written is proven by a table that is made, and taken back with its transaction.
"""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import sqlalchemy as sa

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.errors import UnnamedError
from tap_bigcommerce_carts.rows.values import moment
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.tables.warehouse import engine_at, is_locked, why, writer_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.verify.places import Place

_ASKED, _WRITING, _TABLES, _MARTS = "warehouse", "warehouse writing", "tables", "marts"
_DUCKDB, _POSTGRESQL = "duckdb", "postgresql"
# Databases that take a table back with the transaction it was made in.
_TAKE_BACK = (_DUCKDB, _POSTGRESQL)
_DRIVERS = {"target-duckdb": ("duckdb", "duckdb_sqlalchemy"), "target-postgres": ("psycopg",)}
# Seconds to wait for a connection, and for an answer.
_PATIENCE = 10
# Where the newest load is looked for, and by which columns: a loader's own, or the tap's.
_LOADED = ("orders", "abandoned_carts", "customers", "carts")
_WHEN = {
    "_sdc_batched_at": "the newest load was at",
    "_sdc_extracted_at": "the newest load was at",
    "date_modified": "the newest change that was loaded is of",
}
_MART = "cart_outcomes"
# What PostgreSQL says of a question that took too long: the table is large, or somebody holds it.
_TOO_LONG = "57014"


def check_warehouse(find: Callable[[], Place], store: str | None) -> Iterator[Finding]:
    """Yield how the warehouse is; nothing stays there.

    Args:
        find: returns where it is.
        store: value of the column `store` that the newest load is looked for; None for any.

    Raises:
        TapError: what says where it is cannot be read.
    """
    try:
        place = find()
    except UnnamedError:
        yield Finding.left_out(
            _ASKED,
            "Where loads go to is not told here, or two loaders are told.",
            "Name it with --warehouse, or the loader with --loader.",
        )
        return
    for driver in _DRIVERS.get(place.loader or "", ()):
        import_module(driver)
    if (file := _new_file(place)) is not None:
        yield _made_by_a_load(file)
        return
    engine = engine_at(place.address)
    sa.event.listen(engine, "do_connect", _patiently)
    try:
        yield from _looked(engine, place, store)
    except (sa.exc.SQLAlchemyError, OSError) as error:
        yield _failed(_ASKED, "It cannot be read", error, engine)
    finally:
        engine.dispose()


def _new_file(place: Place) -> Path | None:
    """Return the DuckDB file that a load would make; None if it is there, or the place is none."""
    path = place.address.removeprefix("duckdb:///")
    is_file = place.loader == "target-duckdb" and not path.startswith("md:")
    return Path(path) if is_file and not Path(path).exists() else None


def _made_by_a_load(file: Path) -> Finding:
    if os.access(file.absolute().parent, os.W_OK | os.X_OK):
        said = f"The DuckDB file {file.name} is not there yet: the first load makes it."
        return Finding.note(_ASKED, said)
    return Finding.fault(
        _ASKED,
        f"The DuckDB file {file.name} is not there, nor can it be made: its folder is not there, "
        "or may not be written.",
        "Make the folder, or set another path.",
    )


def _patiently(dialect: sa.Dialect, _record: Any, _given: Any, named: dict[str, Any]) -> None:
    if dialect.name == _POSTGRESQL:
        named.setdefault("connect_timeout", _PATIENCE)


def _looked(engine: sa.Engine, place: Place, store: str | None) -> Iterator[Finding]:
    with _connected(engine) as connection:
        schemas = {
            each.rpartition(".")[2].strip('"').lower(): each.rpartition(".")[2].strip('"')
            for each in sa.inspect(connection).get_schema_names()
        }
        schema = schemas.get(place.schema.lower())
        yield Finding.fine(_ASKED, f"It opens ({engine.dialect.name}).")
        there = _tables(connection, schema) if schema else {}
        yield _told(connection, schema or place.schema, there, store)
        yield _marts(connection)
    # A DuckDB file that is open to be read cannot be opened to be written.
    yield _written(engine, schema, place.schema, there)


@contextmanager
def _connected(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        if engine.dialect.name == _POSTGRESQL:
            connection.exec_driver_sql(f"SET statement_timeout = '{_PATIENCE}s'")
        yield connection


def _tables(connection: sa.Connection, schema: str) -> dict[str, str]:
    """Return the tables of our streams that are there, by the stream's name."""
    found = {each.lower(): each for each in sa.inspect(connection).get_table_names(schema)}
    return {name: found[name] for name in sorted(TapBigCommerceCarts.known_streams & found.keys())}


def _told(
    connection: sa.Connection, schema: str, there: dict[str, str], store: str | None
) -> Finding:
    if not there:
        return Finding.note(
            _TABLES,
            f"None of the tap's streams has a table in the schema {schema} yet.",
            "Load the store, or say with --schema where its tables are.",
        )
    names = ", ".join(f"`{each}`" for each in there)
    newest = next(
        (_newest(connection, schema, there[each], store) for each in _LOADED if each in there), ""
    )
    return Finding.fine(_TABLES, f"There are {names}{newest}.")


def _newest(connection: sa.Connection, schema: str, table: str, store: str | None) -> str:
    """Return when a table was loaded, in words."""
    columns = {
        each["name"].lower(): each["name"]
        for each in sa.inspect(connection).get_columns(table, schema)
    }
    when = next((each for each in _WHEN if each in columns), None)
    if when is None:
        return ""
    asked: sa.Select[Any] = sa.select(sa.func.max(sa.column(columns[when]))).select_from(
        sa.table(table, schema=schema)
    )
    if store is not None and "store" in columns:
        asked = asked.where(sa.column(columns["store"]) == store)
    try:
        value = connection.execute(asked).scalar()
    except sa.exc.OperationalError as error:
        if not _took_too_long(error):
            raise
        connection.rollback()
        return f"; when it was loaded was not found out within {_PATIENCE} s"
    if value is None:
        return f"; `{table.lower()}` has no row{' of this store' if store else ''}"
    with suppress(ValueError):
        at = value if isinstance(value, datetime) else moment(str(value))
        # A column with a zone comes in the connection's.
        at = at if at.tzinfo is None else at.astimezone(UTC)
        return f"; {_WHEN[when]} {at:%Y-%m-%d %H:%M} (UTC)"
    return ""


def _marts(connection: sa.Connection) -> Finding:
    asked = sa.text(
        "select table_schema from information_schema.tables where lower(table_name) = :name"
    )
    try:
        found = connection.execute(asked, {"name": _MART}).scalars().all()
    except sa.exc.SQLAlchemyError:
        return Finding.left_out(_MARTS, "This warehouse does not say in which schema they are.")
    if not found:
        return Finding.note(_MARTS, "They are not built.", "Build them by dbt, if you want them.")
    return Finding.fine(_MARTS, f"They are in the schema {', '.join(sorted(set(found)))}.")


def _written(engine: sa.Engine, schema: str | None, wanted: str, there: dict[str, str]) -> Finding:
    """Return whether a load could write, after a try that is taken back."""
    if engine.dialect.name not in _TAKE_BACK:
        return Finding.left_out(
            _WRITING, "Not tried: this warehouse would not take back what is written."
        )
    writer = writer_at(engine)
    try:
        with _connected(writer) as connection:
            try:
                _try(connection, schema, wanted, there)
            finally:
                connection.rollback()
    except (sa.exc.SQLAlchemyError, OSError) as error:
        return _failed(_WRITING, "It cannot be written", error, engine)
    finally:
        if writer is not engine:
            writer.dispose()
    what = "a table" if schema else f"the schema {wanted}, which is not there yet, and a table"
    return Finding.fine(_WRITING, f"Tried with {what}, and taken back.")


def _try(connection: sa.Connection, schema: str | None, wanted: str, there: dict[str, str]) -> None:
    """Do what a load does; raises what the database says."""
    if schema is None:
        connection.execute(sa.schema.CreateSchema(wanted))
    made = sa.Table(
        f"doctor_{uuid4().hex}",
        sa.MetaData(),
        sa.Column("number", sa.Integer),
        schema=schema or wanted,
    )
    made.create(connection)
    connection.execute(sa.insert(made).values(number=1))
    # No row: but whoever may not write them is told so.
    for name in there.values():
        table = sa.table(name, sa.column("store"), schema=schema)
        connection.execute(sa.delete(table).where(sa.false()))


def _took_too_long(error: BaseException) -> bool:
    return getattr(getattr(error, "orig", None), "sqlstate", None) == _TOO_LONG


def _failed(asked: str, what: str, error: BaseException, engine: sa.Engine) -> Finding:
    if is_locked(error):
        return Finding.unknown(
            asked,
            f"{what} now: the DuckDB file is open elsewhere, as by a load or by dbt.",
            "Ask again when that has ended.",
        )
    if _took_too_long(error):
        return Finding.unknown(
            asked,
            f"{what} now: there was no answer within {_PATIENCE} s, as when a load holds a table.",
            "Ask again when that has ended.",
        )
    return Finding.fault(
        asked,
        f"{what}: {why(error, engine)}.",
        "Check its address, and what its user may do (docs/loaders.md).",
    )
