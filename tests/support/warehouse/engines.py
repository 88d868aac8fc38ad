"""The two warehouses: how rows get in, and how they are read back exactly."""

import json
from abc import ABC, abstractmethod
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb
import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from typing_extensions import override

from tools.loaders.plugins import settings_of

SCHEMA = "bigcommerce"
_parse = partial(json.loads, parse_float=Decimal)

Rows = list[dict[str, Any]]


class Asked(Protocol):
    """Whatever can be asked in SQL."""

    def query(self, sql: str) -> Rows:
        """Return the rows of a query."""


class Engine(ABC):
    """A warehouse that a loader fills."""

    loader: str
    types: dict[str, str]

    @abstractmethod
    def where(self) -> dict[str, Any]:
        """Return the loader's settings that say where the warehouse is."""

    @abstractmethod
    def query(self, sql: str) -> Rows:
        """Return the rows of a query."""

    def exact(self, column: str, kind: str) -> str:
        """Return the SQL that reads a column without losing anything."""
        del kind
        return f'"{column}"'

    def config(self) -> dict[str, Any]:
        """Return the loader's settings as meltano.yml has them, with this warehouse's place."""
        return settings_of(self.loader) | self.where()

    @abstractmethod
    def empty(self) -> None:
        """Take out what other tests left in it."""

    def column_types(self, table: str) -> dict[str, str]:
        """Return the type of each column of a table."""
        found = self.query(
            "select column_name, data_type, udt_name from information_schema.columns "
            f"where table_schema = '{SCHEMA}' and table_name = '{table}'"
        )
        return {row["column_name"]: self.type_of(row) for row in found}

    def type_of(self, row: dict[str, Any]) -> str:
        """Return the type in a row of information_schema.columns."""
        return str(row["data_type"])

    def rows(self, table: str, kinds: dict[str, str]) -> Rows:
        """Return all rows of a table, read exactly."""
        columns = ", ".join(f'{self.exact(name, kind)} as "{name}"' for name, kind in kinds.items())
        return self.query(f"select {columns} from {SCHEMA}.{table}")

    @abstractmethod
    def checksum(self, table: str) -> Any:
        """Return something that changes when anything in the table does."""


class DuckDB(Engine):
    """A DuckDB file."""

    loader = "target-duckdb"
    types = {  # noqa: RUF012 - a constant
        "text": "VARCHAR",
        "whole": "HUGEINT",
        "id": "HUGEINT",
        "flag": "BOOLEAN",
        "instant": "TIMESTAMP",
        "day": "DATE",
        "money": "DOUBLE",
        "rate": "DOUBLE",
        "object": "JSON",
        "objects": "JSON",
        "wholes": "JSON",
        "texts": "JSON",
    }

    def __init__(self, path: Path) -> None:
        self.path = path

    @override
    def where(self) -> dict[str, Any]:
        return {"path": str(self.path)}

    @override
    def empty(self) -> None:
        self.path.unlink(missing_ok=True)

    @override
    def query(self, sql: str) -> Rows:
        with duckdb.connect(self.path, read_only=True) as connection:
            result = connection.sql(sql)
            return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]

    @override
    def exact(self, column: str, kind: str) -> str:
        places = {"money": 4, "rate": 10}.get(kind)
        return f'cast("{column}" as decimal(20, {places}))' if places else f'"{column}"'

    @override
    def column_types(self, table: str) -> dict[str, str]:
        found = self.query(f"describe {SCHEMA}.{table}")
        return {row["column_name"]: row["column_type"] for row in found}

    @override
    def rows(self, table: str, kinds: dict[str, str]) -> Rows:
        nested = [name for name, kind in kinds.items() if self.types[kind] == "JSON"]
        rows = super().rows(table, kinds)
        return [
            row | {name: _parse(row[name]) for name in nested if row[name] is not None}
            for row in rows
        ]

    @override
    def checksum(self, table: str) -> Any:
        return self.query(
            f"select count(*), sum(hash(t::varchar)), max(hash(t::varchar)) "
            f"from {SCHEMA}.{table} as t"
        )


class PostgreSQL(Engine):
    """A database on a server that the tests started."""

    loader = "target-postgres"
    types = {  # noqa: RUF012 - a constant
        "text": "text",
        "whole": "int8",
        "id": "int8",
        "flag": "bool",
        "instant": "timestamp",
        "day": "date",
        "money": "numeric",
        "rate": "numeric",
        "object": "jsonb",
        "objects": "_jsonb",
        "wholes": "_int8",
        "texts": "jsonb",
    }

    def __init__(self, address: str) -> None:
        self.address = address

    @override
    def where(self) -> dict[str, Any]:
        return {"sqlalchemy_url": self.address.replace("://", "+psycopg://", 1)}

    @override
    def query(self, sql: str) -> Rows:
        with psycopg.connect(self.address) as connection:
            set_json_loads(_parse, connection)
            cursor = connection.cursor(row_factory=dict_row)
            return cursor.execute(sql.encode()).fetchall()

    @override
    def empty(self) -> None:
        """Drop what was loaded, and the marts that an earlier test built of it."""
        with psycopg.connect(self.address) as connection:
            made = connection.execute(
                "select quote_ident(nspname) from pg_namespace"
                " where nspname !~ '^pg_' and nspname not in ('information_schema', 'public')"
            ).fetchall()
            for (schema,) in made:
                connection.execute(f"drop schema {schema} cascade".encode())

    @override
    def type_of(self, row: dict[str, Any]) -> str:
        return str(row["udt_name"])

    @override
    def checksum(self, table: str) -> Any:
        return self.query(
            f"select count(*), md5(string_agg(t::text, '\n' order by t::text)) "
            f"from {SCHEMA}.{table} as t"
        )
