"""Runs the dbt project in the environments that Meltano made for it, on warehouses of the tests."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg
import yaml

from tests.support.paths import ROOT
from tests.support.warehouse.answering import Answering
from tests.support.warehouse.engines import Asked, DuckDB, Engine, PostgreSQL
from tools.documents.definitions import definitions

TRANSFORM = ROOT / "transform"
SCHEMA = "analytics"
MARTS = {
    "abandoned_products": "store product_id",
    "abandoned_variants": "store product_id variant_id",
    "abandonment_daily": "store day channel_id currency_code",
    "cart_funnel": "store cart_key",
    "cart_funnel_daily": "store day channel_id currency_code",
    "cart_outcome_lines": "store abandoned_cart_id line_id",
    "cart_outcomes": "store cart_key",
    "carts_to_remind": "store shopper_key",
    "checkouts": "store checkout_key",
    "recoverable_value": "store channel_id currency_code age_order",
    "recovery_curve": "store channel_id currency_code cohort_week days_since",
    "reminder_lift": "store",
    "shoppers": "store shopper_key",
    "store_coverage": "store",
    "store_problems_daily": "store day kind",
}


def dbt_command(target: str, name: str = "dbt") -> Path:
    """Return a command in the environment that Meltano made for dbt."""
    command = ROOT / ".meltano/utilities" / f"dbt-{target}" / "venv/bin" / name
    if not command.exists():
        raise FileNotFoundError(f"dbt for {target} is not installed here: run `make test`.")
    return command


class Dbt:
    """dbt in a process of its own, started when it is first needed.

    Args:
        folder: an empty one, for logs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, Answering] = {}

    def __call__(self, engine: Engine, *arguments: str, **variables: Any) -> None:
        """Run dbt on a warehouse.

        Args:
            engine: the warehouse.
            arguments: dbt's command and options.
            variables: those of the project.
        """
        target = "duckdb" if isinstance(engine, DuckDB) else "postgres"
        if target not in self._processes:
            self._processes[target] = self._started(target)
        self._processes[target].ask(
            arguments=[*arguments, "--vars", json.dumps(variables)], environment=place(engine)
        )

    def _started(self, target: str) -> Answering:
        python, script = dbt_command(target, "python"), Path(__file__).with_name("dbt_process.py")
        return Answering(
            [python, script, target],
            self._folder / f"{target}.log",
            in_project(target, self._folder / target),
            without=("DBT_", "TARGET_"),
        )

    def close(self) -> None:
        """End the processes."""
        for process in self._processes.values():
            process.close()


def in_project(target: str, folder: Path) -> dict[str, str]:
    """Return what leads dbt to this project, and where it writes, as environment variables."""
    return {
        "DBT_PROJECT_DIR": str(TRANSFORM),
        "DBT_PROFILES_DIR": str(TRANSFORM),
        "DBT_TARGET": target,
        "DBT_TARGET_PATH": str(folder),
        "DBT_LOG_PATH": str(folder),
        "DBT_USE_COLORS": "false",
    }


def place(engine: Engine) -> dict[str, str]:
    """Return what leads dbt to a warehouse, as environment variables."""
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


def everything(engine: Asked, *marts: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of these marts, or of all, in the order of their keys."""
    return {
        mart: _ordered(engine.query(f"select * from {SCHEMA}.{mart}"), MARTS[mart].split())
        for mart in marts or MARTS
    }


def _ordered(rows: list[dict[str, Any]], key: Iterable[str]) -> list[tuple[Any, ...]]:
    rows = sorted(rows, key=lambda row: [str(row[name]) for name in key])
    return [tuple(row.values()) for row in rows]


def meaning(text: str) -> str:
    """Return a description of the YAML with the sentences in it that it names."""
    told = definitions()
    return re.sub(r"{{ doc\('(\w+)'\) }}", lambda name: told[name[1]], text)


def described(folder: str) -> dict[str, dict[str, Any]]:
    """Return the models of a folder as its YAML describes them."""
    found: dict[str, dict[str, Any]] = {}
    for file in (TRANSFORM / "models" / folder).glob("*.yml"):
        found |= {each["name"]: each for each in yaml.safe_load(file.read_text())["models"]}
    return found
