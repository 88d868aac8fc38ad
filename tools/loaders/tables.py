"""The loaders that run on one machine: each fills a place of its own, which is read exactly."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from abc import ABC, abstractmethod
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import psycopg
import requests
from psycopg.rows import dict_row
from psycopg.types.json import set_json_loads
from typing_extensions import override

from tools.loaders.allowances import Allowances, Row, Schema, kind_of, parsed
from tools.loaders.plugins import loader_command, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "bigcommerce"
_CATALOG = Path(__file__).with_name("iceberg_catalog.py")
_exact = partial(json.loads, parse_float=Decimal)


class Loader(ABC):
    """A loader with its settings of `meltano.yml`, and the tables that it fills.

    Args:
        folder: an empty one, for files.
    """

    name: ClassVar[str]
    allowed: ClassVar[Allowances]

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def where(self) -> dict[str, Any]:
        """Return the settings that say where its tables are."""

    @abstractmethod
    def types(self, table: str) -> dict[str, str]:
        """Return the type of each column of a table."""

    def rows(self, table: str, schema: Schema) -> list[Row]:
        """Return the rows of a table: decimals exact, points in time in UTC without a zone.

        Columns that the loader added of its own are left out.
        """
        found = self._read(table, schema)
        return [{name: row[name] for name in schema["properties"]} for row in found]

    @abstractmethod
    def _read(self, table: str, schema: Schema) -> list[Row]:
        """Return the rows of a table, with all columns of the schema."""

    def load(self, messages: str) -> subprocess.CompletedProcess[str]:
        """Give the loader Singer messages, a line each; return how it ended and what it said."""
        config = self.folder / "config.json"
        config.write_text(json.dumps(settings_of(self.name) | self.where()))
        return subprocess.run(  # noqa: S603 - a loader that this project installs
            [loader_command(self.name), "--config", config],
            input=messages,
            text=True,
            capture_output=True,
            check=False,
            cwd=self.folder,
        )


class DuckDB(Loader):
    """Loads into a DuckDB file."""

    name = "target-duckdb"
    allowed = Allowances(doubles=True, timestamps=True)

    @override
    def where(self) -> dict[str, Any]:
        return {"path": str(self.folder / "warehouse.duckdb")}

    @override
    def types(self, table: str) -> dict[str, str]:
        return {row["column_name"]: row["column_type"] for row in self._query("describe", table)}

    @override
    def _read(self, table: str, schema: Schema) -> list[Row]:
        types = self.types(table)
        return [
            {
                name: _exact(value) if value is not None and types[name] == "JSON" else value
                for name, value in row.items()
            }
            for row in self._query("from", table)
        ]

    def _query(self, verb: str, table: str) -> list[Row]:
        with duckdb.connect(self.folder / "warehouse.duckdb", read_only=True) as connection:
            result = connection.sql(f"{verb} {NAMESPACE}.{table}")
            return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]


class PostgreSQL(Loader):
    """Loads into a PostgreSQL database.

    Args:
        folder: an empty one, for files.
        address: of an empty database.
    """

    name = "target-postgres"
    allowed = Allowances(timestamps=True)

    def __init__(self, folder: Path, address: str) -> None:
        super().__init__(folder)
        self.address = address

    @override
    def where(self) -> dict[str, Any]:
        return {"sqlalchemy_url": self.address.replace("://", "+psycopg://", 1)}

    @override
    def types(self, table: str) -> dict[str, str]:
        found = self._query(
            "select column_name, udt_name from information_schema.columns"  # noqa: S608
            f" where table_schema = '{NAMESPACE}' and table_name = '{table}'"
        )
        # PostgreSQL's own names of lists begin with an underscore.
        return {row["column_name"]: re.sub("^_(.*)", r"\1[]", row["udt_name"]) for row in found}

    @override
    def _read(self, table: str, schema: Schema) -> list[Row]:
        return self._query(f"select * from {NAMESPACE}.{table}")  # noqa: S608 - our own names

    def _query(self, sql: str) -> list[Row]:
        with psycopg.connect(self.address) as connection:
            set_json_loads(_exact, connection)
            return connection.cursor(row_factory=dict_row).execute(sql.encode()).fetchall()


class JSONLines(Loader):
    """Appends to files of JSON lines."""

    name = "target-jsonl"
    allowed = Allowances(appends=True)

    @override
    def where(self) -> dict[str, Any]:
        return {"destination_path": str(self.folder)}

    @override
    def types(self, table: str) -> dict[str, str]:
        return dict.fromkeys(self._read(table, {})[0], "JSON")

    @override
    def _read(self, table: str, schema: Schema) -> list[Row]:
        lines = (self.folder / f"{table}.jsonl").read_text().split("\n")
        return [_exact(line) for line in lines if line]


class CSV(Loader):
    """Writes files of comma-separated values, new ones with each load."""

    name = "target-csv"
    allowed = Allowances(appends=True, timestamps=True, blanks=True)

    @override
    def where(self) -> dict[str, Any]:
        return {"output_path": str(self.folder)}

    @override
    def types(self, table: str) -> dict[str, str]:
        return dict.fromkeys(self._texts(table)[0], "text")

    @override
    def _read(self, table: str, schema: Schema) -> list[Row]:
        columns = schema["properties"]
        return [
            {name: parsed(row[name], of) for name, of in columns.items()}
            for row in self._texts(table)
        ]

    def _texts(self, table: str) -> list[dict[str, str]]:
        return [
            row
            for path in sorted(self.folder.glob(f"{table}-*.csv"))
            for row in csv.DictReader(io.StringIO(path.read_bytes().decode(), newline=""))
        ]


class Iceberg(Loader):
    """Appends to Iceberg tables in a folder, whose catalog has to be served meanwhile."""

    name = "target-s3tables"
    allowed = Allowances(appends=True, doubles=True, timestamps=True, members=True)
    port = 0

    @override
    def where(self) -> dict[str, Any]:
        return {
            "region": "us-east-1",
            "glue_uri": f"http://127.0.0.1:{self.port}",
            "glue_warehouse": "123456789012:s3tablescatalog/local",
            "sigv4_enabled": False,
        }

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve its catalog."""
        python = loader_command(self.name).with_name("python")
        command: list[str | Path] = [python, _CATALOG, self.folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            try:
                self.port = int(server.stdout.readline()) if server.stdout else 0
                yield
            finally:
                server.terminate()

    @override
    def types(self, table: str) -> dict[str, str]:
        types: dict[str, str] = self._shown(table)["types"]
        return types

    @override
    def _read(self, table: str, schema: Schema) -> list[Row]:
        instants = [name for name, of in schema["properties"].items() if kind_of(of) == "date-time"]
        rows: list[Row] = self._shown(table)["rows"]
        return [row | {name: _instant(row[name]) for name in instants} for row in rows]

    def _shown(self, table: str) -> dict[str, Any]:
        path = f"namespaces/{NAMESPACE}/tables/{table}/shown"
        shown: dict[str, Any] = requests.get(
            f"http://127.0.0.1:{self.port}/v1/{path}", timeout=60
        ).json()
        return shown


def _instant(text: str | None) -> datetime | None:
    return (
        None if text is None else datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    )


LOADERS: tuple[type[Loader], ...] = (DuckDB, PostgreSQL, JSONLines, CSV, Iceberg)


@contextmanager
def every_loader(folder: Path, postgres: str) -> Iterator[list[Loader]]:
    """Yield all loaders, each with a folder of its own.

    Args:
        folder: an empty one, for what they fill.
        postgres: the address of an empty database.
    """
    for kind in LOADERS:
        (folder / kind.name).mkdir()
    iceberg = Iceberg(folder / Iceberg.name)
    with iceberg.served():
        yield [
            DuckDB(folder / DuckDB.name),
            PostgreSQL(folder / PostgreSQL.name, postgres),
            JSONLines(folder / JSONLines.name),
            CSV(folder / CSV.name),
            iceberg,
        ]
