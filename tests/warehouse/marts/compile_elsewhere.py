"""Compiles the dbt project for a warehouse that cannot be reached, and reads the SQL.

`python compile_elsewhere.py KIND PROJECT FOLDER`, in an environment with that kind's adapter,
writes as JSON what cannot be parsed, or has names that the warehouse has for itself: by file, the
reason.
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
from sqlglot.expressions import Identifier  # type: ignore[import-not-found,unused-ignore]

ADAPTERS = {
    "snowflake": ("dbt.adapters.snowflake.impl", "SnowflakeAdapter"),
    "bigquery": ("dbt.adapters.bigquery.impl", "BigQueryAdapter"),
    "spark": ("dbt.adapters.spark.impl", "SparkAdapter"),
    "redshift": ("dbt.adapters.redshift.impl", "RedshiftAdapter"),
}
PROFILES: dict[str, dict[str, str | int]] = {
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
    "redshift": {
        "type": "redshift",
        "host": "none",
        "user": "nobody",
        "password": "none",
        "dbname": "raw",
        "port": 5439,
        "schema": "analytics",
    },
}
# From the vendors' documentation, where sqlglot has no list.
RESERVED = {
    "snowflake": """
        account all alter and any as between by case cast check column connect connection constraint
        create cross current current_date current_time current_timestamp current_user database
        delete distinct drop else exists false following for from full grant group gscluster having
        ilike in increment inner insert intersect into is issue join lateral left like localtime
        localtimestamp minus natural not null of on or order organization qualify regexp revoke
        right rlike row rows sample schema select set some start table tablesample then to trigger
        true try_cast union unique update using values view when whenever where with
    """,
    "spark": """
        anti cross except full inner intersect join lateral left minus natural on right semi union
        using
    """,
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
        parsed = sqlglot.parse_one(sql, read=kind)
    except sqlglot.errors.SqlglotError as error:
        return str(error)
    names = {each.name.lower() for each in parsed.find_all(Identifier) if not each.args["quoted"]}
    taken = sorted(names & _reserved(kind))
    return f"reserved there: {', '.join(taken)}" if taken else None


def _reserved(kind: str) -> set[str]:
    """Return the words that no name can be without quotes: the vendor's list, or sqlglot's."""
    if kind in RESERVED:
        return set(RESERVED[kind].split())
    return {word.lower() for word in sqlglot.Dialect.get(kind).generator_class.RESERVED_KEYWORDS}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
