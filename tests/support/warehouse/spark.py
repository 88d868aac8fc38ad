"""A Spark session with tables of Apache Iceberg, and dbt in it, in a process of their own."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from tests.support.paths import ROOT
from tests.support.warehouse.engines import SCHEMA, DuckDB, Rows
from tests.support.warehouse.marts import TRANSFORM
from tests.support.warehouse.raw import TABLES

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
}
MONEY = {"orders": "decimal(20, 4)", "abandoned_cart_line_items": "varchar"}


class Spark:
    """The session, from the first command on until it is stopped.

    Args:
        folder: an empty one, for tables and logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = folder / "spark.log"
        self._files = 0
        self._process = self._started()

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
                    f"cast({name} as {types[TABLES[table][name]]}) as {name}"
                    for name in connection.sql(f"from {SCHEMA}.{table}").columns
                )
                connection.sql(f"select {columns} from {SCHEMA}.{table}").write_parquet(str(file))
                statements.append(
                    f"create or replace table {SCHEMA}.{table} using iceberg"
                    f" as select * from parquet.`{file}`"
                )
        self._ask(statements=statements)

    def dbt(self, *arguments: str, **variables: Any) -> None:
        """Run dbt in the session.

        Args:
            arguments: dbt's command and options.
            variables: those of the project.
        """
        self._ask(arguments=[*arguments, "--vars", json.dumps(variables)])

    def query(self, sql: str) -> Rows:
        """Return the rows of a query."""
        folder = self._file()
        self._ask(statements=[f"insert overwrite directory '{folder}' using parquet {sql}"])
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'UTC'")
            found = connection.read_parquet(f"{folder}/*.parquet")
            return [
                dict(zip(found.columns, map(_in_utc, row), strict=True)) for row in found.fetchall()
            ]

    def stop(self) -> None:
        """End the process, and Spark with it."""
        self._process.communicate()

    def _file(self) -> Path:
        self._files += 1
        return self._folder / f"{self._files}.parquet"

    def _ask(self, **command: Any) -> None:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline() or '{"error": "it ended"}')
        assert answer["error"] is None, f"{answer['error']}\n{self._log.read_text()}"

    def _started(self) -> subprocess.Popen[str]:
        if not PYTHON.exists():
            raise FileNotFoundError("Spark is not installed here: run `make test`.")
        if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
            raise FileNotFoundError(
                "Spark needs Java 17 or newer: install Debian's default-jre-headless, say."
            )
        others = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "SPARK_"))}
        with self._log.open("w") as log:
            return subprocess.Popen(
                [PYTHON, Path(__file__).with_name("spark_process.py"), self._folder / "tables"],
                cwd=self._folder,
                env=others
                | {
                    "DBT_PROJECT_DIR": str(TRANSFORM),
                    "DBT_PROFILES_DIR": str(TRANSFORM),
                    "DBT_TARGET": "spark",
                    "DBT_FILE_FORMAT": "iceberg",
                    "DBT_TARGET_PATH": str(self._folder / "target"),
                    "DBT_LOG_PATH": str(self._folder / "target"),
                    "DBT_USE_COLORS": "false",
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


@contextmanager
def spark_running(folder: Path) -> Iterator[Spark]:
    """Keep a session at hand for as long as the block lasts."""
    spark = Spark(folder)
    try:
        yield spark
    finally:
        spark.stop()


def _in_utc(value: Any) -> Any:
    """Return an instant without its zone, which is UTC, as other engines give it."""
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
