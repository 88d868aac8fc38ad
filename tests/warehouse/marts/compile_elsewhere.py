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
# Over a loader that only appends, and notes when.
NOTED = {"keep_newest": True}
NOTES = ("_sdc_extracted_at", "_sdc_sequence", "_sdc_batched_at")


def main(kind: str, project: str, folder: Path) -> None:
    """Compile, parse, and write what was wrong."""
    # Spark's profile asks whether there is one; nothing is run with it.
    sys.modules.setdefault("pyspark", ModuleType("pyspark"))
    profile = {"target": "elsewhere", "outputs": {"elsewhere": PROFILES[kind]}}
    (folder / "profiles.yml").write_text(json.dumps({"bigcommerce_carts": profile}))
    place = ["--project-dir", project, "--profiles-dir", str(folder), "--log-path", str(folder)]
    manifest = _done(["parse", *place, "--target-path", str(folder / "parsed")], None)
    _believe_that_tables_are_there(kind, manifest)
    _put_hooks_into_models(manifest)
    command = ["compile", "--no-populate-cache", "--exclude", "test_type:unit", *place]
    _done([*command, "--target-path", str(folder / "target")], manifest, **VARIABLES)
    command += ["--select", "path:models/staging"]
    _done([*command, "--target-path", str(folder / "noted")], manifest, **NOTED)
    found = {
        str(file.relative_to(folder)): _fault(file.read_text(), kind)
        for part in ("target", "noted")
        for file in sorted((folder / part / "compiled").rglob("*.sql"))
    }
    sys.stdout.write(json.dumps(found))


def _done(arguments: list[str], manifest: Any, **variables: Any) -> Any:
    with redirect_stdout(sys.stderr):
        done = dbtRunner(manifest=manifest).invoke(
            ["--quiet", *arguments, "--vars", json.dumps(variables)]
        )
    if not done.success:
        sys.exit(f"dbt could not {arguments[0]}: {done.exception or done.result}")
    return done.result


def _believe_that_tables_are_there(kind: str, manifest: Any) -> None:
    """Have the adapter say so without asking, of columns too, as it would be on a second run."""
    module, name = ADAPTERS[kind]
    adapter = getattr(import_module(module), name)
    names = {column for node in manifest.nodes.values() for column in node.columns} | {*NOTES}

    def found(self: Any, database: str, schema: str, identifier: str) -> Any:
        return self.Relation.create(database, schema, identifier, type="table")

    adapter.get_relation = found
    adapter.get_columns_in_relation = lambda self, _: [
        self.Column(column, "text") for column in sorted(names)
    ]


def _put_hooks_into_models(manifest: Any) -> None:
    """Let each model end with what deletes from its table, which `dbt compile` leaves out."""
    for node in manifest.nodes.values():
        if node.resource_type == "model":
            node.raw_code = ";\n".join([node.raw_code, *(h.sql for h in node.config.post_hook)])


def _fault(sql: str, kind: str) -> str | None:
    try:
        statements = sqlglot.parse(sql, read=kind)
    except sqlglot.errors.SqlglotError as error:
        return str(error)
    names = {
        each.name.lower()
        for statement in statements
        for each in statement.find_all(Identifier)
        if not each.args["quoted"]
    }
    taken = sorted(names & _reserved(kind))
    return f"reserved there: {', '.join(taken)}" if taken else None


def _reserved(kind: str) -> set[str]:
    """Return the words that no name can be without quotes: the vendor's list, or sqlglot's."""
    if kind in RESERVED:
        return set(RESERVED[kind].split())
    return {word.lower() for word in sqlglot.Dialect.get(kind).generator_class.RESERVED_KEYWORDS}


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
