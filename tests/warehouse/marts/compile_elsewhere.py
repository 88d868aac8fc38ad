"""Compiles the dbt project for a warehouse that cannot be reached, and reads the SQL.

`python compile_elsewhere.py snowflake|bigquery|spark PROJECT FOLDER`, in an environment with that
adapter, writes what cannot be parsed as JSON: by file, the reason.
"""

import json
import sys
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlglot  # type: ignore[import-not-found,unused-ignore]
from dbt.cli.main import dbtRunner  # type: ignore[import-not-found,unused-ignore]

ADAPTERS = {
    "snowflake": ("dbt.adapters.snowflake.impl", "SnowflakeAdapter"),
    "bigquery": ("dbt.adapters.bigquery.impl", "BigQueryAdapter"),
    "spark": ("dbt.adapters.spark.impl", "SparkAdapter"),
}
PROFILES: dict[str, dict[str, str]] = {
    "snowflake": {
        "type": "snowflake",
        "account": "none",
        "user": "nobody",
        "password": "none",
        "database": "raw",
        "warehouse": "none",
        "schema": "analytics",
    },
    "bigquery": {
        "type": "bigquery",
        "method": "oauth-secrets",
        "token": "none",
        "project": "raw",
        "schema": "analytics",
    },
    # Its target has no database at all.
    "spark": {"type": "spark", "method": "session", "host": "none", "schema": "analytics"},
}
# Every branch that differs between warehouses.
VARIABLES = {
    "assume_sources": True,
    "infer_recovery": True,
    "test_emails": ["o'neil@example.com"],
    "time_zone": "Europe/Berlin",
}


def main(kind: str, project: str, folder: Path) -> None:
    """Compile, parse, and write what was wrong."""
    # Spark's profile asks whether there is one; nothing is run with it.
    sys.modules.setdefault("pyspark", ModuleType("pyspark"))
    _believe_that_tables_are_there(kind)
    profile = {"target": "elsewhere", "outputs": {"elsewhere": PROFILES[kind]}}
    (folder / "profiles.yml").write_text(json.dumps({"bigcommerce_carts": profile}))
    arguments = ["compile", "--no-populate-cache", "--quiet", "--exclude", "test_type:unit"]
    arguments += ["--project-dir", project, "--profiles-dir", str(folder)]
    arguments += ["--target-path", str(folder / "target"), "--log-path", str(folder)]
    with redirect_stdout(sys.stderr):
        done = dbtRunner().invoke([*arguments, "--vars", json.dumps(VARIABLES)])
    if not done.success:
        sys.exit(f"dbt could not compile: {done.exception}")
    files = sorted((folder / "target/compiled").rglob("*.sql"))
    found = {file.name: _fault(file.read_text(), kind) for file in files}
    sys.stdout.write(json.dumps(found))


def _believe_that_tables_are_there(kind: str) -> None:
    """Have the adapter say so without asking, as it would be on a second run."""
    module, name = ADAPTERS[kind]
    adapter = getattr(import_module(module), name)

    def found(self: Any, database: str, schema: str, identifier: str) -> Any:
        return self.Relation.create(database, schema, identifier, type="table")

    adapter.get_relation = found


def _fault(sql: str, kind: str) -> str | None:
    try:
        sqlglot.parse_one(sql, read=kind)
    except sqlglot.errors.SqlglotError as error:
        return str(error)
    return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
