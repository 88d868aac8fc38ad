"""A tap's output in a warehouse, in the tables that the loaders make, without the loaders.

For tests and benchmarks of what reads those tables: a loader takes a second to start, and one for
every few thousand rows. That the tables are the same is tested.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import duckdb
import msgspec
import psycopg
from psycopg.types.json import Jsonb

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = "bigcommerce"

_DUCKDB = {
    "string": "VARCHAR",
    "integer": "HUGEINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date-time": "TIMESTAMP",
    "object": "JSON",
    "array": "JSON",
}
_POSTGRES = {
    "string": "text",
    "integer": "int8",
    "number": "numeric",
    "boolean": "bool",
    "date-time": "timestamp",
    "object": "jsonb",
}


_EXACT = msgspec.json.Decoder(float_hook=Decimal)
_AS_READ = msgspec.json.Encoder(decimal_format="number").encode


class Table(NamedTuple):
    """What a SCHEMA message says of a table, and the file its rows are in, a JSON each line."""

    columns: dict[str, dict[str, Any]]
    key: list[str]
    rows: Path


class _Message(msgspec.Struct):
    """What is read of a line of the output."""

    type: str
    stream: str = ""
    record: msgspec.Raw = msgspec.Raw(b"null")
    schema: dict[str, Any] = {}
    key_properties: list[str] = []


def load(lines: Iterable[bytes], warehouse: Path | str, schema: str = SCHEMA) -> None:
    """Load a tap's output: a row takes the place of the one with its key.

    Args:
        lines: of the output. No key comes twice in it.
        warehouse: a DuckDB file, or PostgreSQL's address.
        schema: where the tables are; it and they are made where they are not there.
    """
    with TemporaryDirectory() as folder:
        tables = _sorted(lines, Path(folder))
        if isinstance(warehouse, Path):
            _into_duckdb(tables, warehouse, schema)
        else:
            _into_postgres(tables, warehouse, schema)


def _sorted(lines: Iterable[bytes], folder: Path) -> dict[str, Table]:
    """Write the rows of each stream into a file of its own."""
    tables: dict[str, Table] = {}
    decoder = msgspec.json.Decoder(_Message)
    with ExitStack() as opened:
        files: dict[str, BinaryIO] = {}
        for line in lines:
            message = decoder.decode(line)
            if message.type == "SCHEMA" and message.stream not in tables:
                file = folder / message.stream
                files[message.stream] = opened.enter_context(file.open("wb"))
                columns = message.schema["properties"]
                tables[message.stream] = Table(columns, message.key_properties, file)
            elif message.type == "RECORD":
                files[message.stream].write(bytes(message.record) + b"\n")
    return tables


def _into_duckdb(tables: dict[str, Table], file: Path, schema: str) -> None:
    with duckdb.connect() as memory:
        # In the form that the loader's older DuckDB writes, with nothing left in a log.
        memory.execute(f"attach '{file}' as w (storage_version 'v1.0.0'); use w")
        memory.execute(f"create schema if not exists {schema}")
        for name, table in tables.items():
            types = {column: _DUCKDB[_kind(of)] for column, of in table.columns.items()}
            columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
            memory.execute(f"create table if not exists {schema}.{name} ({columns})")
            memory.execute(
                "create or replace temp table fresh as select * from read_json("
                "?, format = 'newline_delimited', columns = ?)",
                [str(table.rows), types],
            )
            for statement in _merge(f"{schema}.{name}", "fresh", table):
                memory.execute(statement)
        memory.execute("checkpoint w")


def _into_postgres(tables: dict[str, Table], address: str, schema: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute(f"create schema if not exists {schema}".encode())
        for name, table in tables.items():
            types = {column: _postgres_type(of) for column, of in table.columns.items()}
            columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
            key = ", ".join(table.key)
            made = f"create table if not exists {schema}.{name} ({columns}, primary key ({key}))"
            connection.execute(made.encode())
            connection.execute(f"create temp table fresh (like {schema}.{name})".encode())
            names = ", ".join(f'"{column}"' for column in types)
            with (
                connection.cursor().copy(f"copy fresh ({names}) from stdin".encode()) as copy,
                table.rows.open("rb") as rows,
            ):
                for row in map(_EXACT.decode, rows):
                    copy.write_row([_adapted(row.get(column), types[column]) for column in types])
            for statement in _merge(f"{schema}.{name}", "fresh", table):
                connection.execute(statement.encode())
            connection.execute("drop table fresh")


def _merge(table: str, fresh: str, of: Table) -> tuple[str, str]:
    key = ", ".join(of.key)
    names = ", ".join(f'"{column}"' for column in of.columns)
    return (
        f"delete from {table} where ({key}) in (select {key} from {fresh})",
        f"insert into {table} ({names}) select {names} from {fresh}",
    )


def _kind(of: dict[str, Any]) -> str:
    """Return what a column's schema says that it holds."""
    given = of["type"]
    kind = given if isinstance(given, str) else next(each for each in given if each != "null")
    return "date-time" if of.get("format") == "date-time" else kind


def _postgres_type(of: dict[str, Any]) -> str:
    kind = _kind(of)
    return f"{_POSTGRES[_kind(of['items'])]}[]" if kind == "array" else _POSTGRES[kind]


def _adapted(value: Any, kind: str) -> Any:
    if value is None or not kind.startswith("jsonb"):
        return value
    if kind.endswith("[]"):
        return [Jsonb(each, _AS_READ) for each in value]
    return Jsonb(value, _AS_READ)


if __name__ == "__main__":
    # A file of the tap's output, and a DuckDB file or PostgreSQL's address.
    with Path(sys.argv[1]).open("rb") as output:
        load(output, sys.argv[2] if "://" in sys.argv[2] else Path(sys.argv[2]))
