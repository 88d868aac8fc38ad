"""A Spark session with tables of Apache Iceberg, and dbt in it, in a process of their own."""

import json
import os
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.support.paths import ROOT
from tests.support.warehouse.answering import Answering
from tests.support.warehouse.engines import SCHEMA, DuckDB, Rows
from tests.support.warehouse.marts import in_project
from tests.support.warehouse.raw import NOTES, TABLES

PYTHON = ROOT / ".venvs/dbt-spark/bin/python"
_PART = "struct(city varchar, zip varchar)"
# As target-s3tables makes them, of what DuckDB has; and money as other loaders may have it.
LAKE = {
    "text": "varchar",
    "whole": "bigint",
    "id": "bigint",
    "flag": "boolean",
    "instant": "timestamptz",
    "day": "date",
    "money": "double",
    "rate": "double",
    "object": _PART,
    "objects": f"{_PART}[]",
    "wholes": "bigint[]",
    "texts": "varchar[]",
}
MONEY = {"orders": "decimal(20, 4)", "abandoned_cart_line_items": "varchar"}


class Spark:
    """The session, until it is closed.

    Args:
        folder: an empty one, for tables and logs.
    """

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise FileNotFoundError("Spark is not installed here: run `make test`.")
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            raise FileNotFoundError(
                "Spark needs Java (17 was tried): install Debian's default-jre-headless, say."
            )
        self._folder = folder
        self._files = 0
        self._process = Answering(
            [PYTHON, Path(__file__).with_name("spark_process.py"), folder / "tables"],
            folder / "spark.log",
            in_project("spark", folder / "target") | {"DBT_FILE_FORMAT": "iceberg"},
            without=("DBT_", "SPARK_"),
        )

    def load(self, warehouse: DuckDB) -> None:
        """Bring the raw tables to what they are in a DuckDB warehouse, with a lake's types."""
        statements = [f"create schema if not exists {SCHEMA}"]
        with duckdb.connect(warehouse.path, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            for (table,) in connection.sql(
                f"select table_name from duckdb_tables() where schema_name = '{SCHEMA}'"
            ).fetchall():
                file = self._file()
                types = LAKE | {"money": MONEY.get(table, LAKE["money"])}
                columns = ", ".join(
                    f"cast({name} as {types[(TABLES[table] | NOTES)[name]]}) as {name}"
                    for name in connection.sql(f"from {SCHEMA}.{table}").columns
                )
                connection.sql(f"select {columns} from {SCHEMA}.{table}").write_parquet(str(file))
                statements.append(
                    f"create or replace table {SCHEMA}.{table} using iceberg"
                    f" as select * from parquet.`{file}`"
                )
        self._process.ask(statements=statements)

    def dbt(self, *arguments: str, **variables: Any) -> None:
        """Run dbt in the session.

        Args:
            arguments: dbt's command and options.
            variables: those of the project.
        """
        self._process.ask(arguments=[*arguments, "--vars", json.dumps(variables)])

    def query(self, sql: str) -> Rows:
        """Return the rows of a query."""
        folder = self._file()
        statement = f"insert overwrite directory '{folder}' using parquet {sql}"
        self._process.ask(statements=[statement])
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.read_parquet(f"{folder}/*.parquet")
            return [
                dict(zip(found.columns, map(_in_utc, row), strict=True)) for row in found.fetchall()
            ]

    def close(self) -> None:
        """End the process, and Spark with it."""
        self._process.close()

    def _file(self) -> Path:
        self._files += 1
        return self._folder / f"{self._files}.parquet"


def _in_utc(value: Any) -> Any:
    """Return an instant without its zone, which is UTC, as other engines give it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
