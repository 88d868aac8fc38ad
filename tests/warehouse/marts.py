"""Runs the dbt project as Meltano does, against a warehouse of the tests."""

import json
import os
import subprocess
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg

from tests.warehouse.engines import ROOT, DuckDB, Engine, PostgreSQL

TRANSFORM = ROOT / "transform"
MARTS = {
    "abandoned_products": "store product_id variant_id",
    "abandonment_daily": "store day channel_id currency_code",
    "cart_outcome_lines": "store abandoned_cart_id line_id",
    "cart_outcomes": "store cart_key",
    "shoppers": "store shopper_key",
    "store_coverage": "store",
}


def dbt_command(name: str) -> Path:
    """Return dbt in the environment that Meltano made for it."""
    command = ROOT / ".meltano/utilities" / f"dbt-{name}" / "venv/bin/dbt"
    if not command.exists():
        raise FileNotFoundError(f"dbt for {name} is not installed here: run `make test`.")
    return command


def dbt(engine: Engine, schema: str, folder: Path, *arguments: str, **variables: Any) -> str:
    """Run dbt on a warehouse and return what it says.

    Args:
        engine: the warehouse.
        schema: where the marts go.
        folder: where dbt may write.
        arguments: its command and options.
        variables: those of the project.
    """
    target = "duckdb" if isinstance(engine, DuckDB) else "postgres"
    others = {k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "TARGET_"))}
    done = subprocess.run(
        [
            dbt_command(target),
            "--no-use-colors",
            *arguments,
            "--vars",
            json.dumps(variables),
        ],
        cwd=folder,
        env=others
        | {
            "DBT_PROJECT_DIR": str(TRANSFORM),
            "DBT_PROFILES_DIR": str(TRANSFORM),
            "DBT_TARGET": target,
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SCHEMA": schema,
        }
        | _place(engine),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _place(engine: Engine) -> dict[str, str]:
    if isinstance(engine, DuckDB):
        return {"DBT_DUCKDB_PATH": str(engine.path)}
    assert isinstance(engine, PostgreSQL)
    address = psycopg.conninfo.conninfo_to_dict(engine.address)
    return {
        "DBT_POSTGRES_HOST": str(address.get("host", "")),
        "DBT_POSTGRES_PORT": str(address.get("port", 5432)),
        "DBT_POSTGRES_USER": str(address.get("user", "")),
        "DBT_POSTGRES_PASSWORD": str(address.get("password") or "none"),
        "DBT_POSTGRES_DBNAME": str(address.get("dbname", "")),
    }


def told(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    """Return a query's rows, numbers and instants as plain text where engines differ."""
    return [tuple(_plain(value) for value in row.values()) for row in engine.query(sql)]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    return str(value)


def everything(engine: Engine, schema: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all marts, in the order of their keys."""
    return {
        mart: _ordered(engine.query(f"select * from {schema}.{mart}"), key.split())
        for mart, key in MARTS.items()
    }


def _ordered(rows: list[dict[str, Any]], key: Iterable[str]) -> list[tuple[Any, ...]]:
    rows = sorted(rows, key=lambda row: [str(row[name]) for name in key])
    return [tuple(row.values()) for row in rows]


def euro(amount: str) -> str:
    """Return an amount as the marts have it: four places."""
    return str(Decimal(amount).quantize(Decimal("0.0001")))
