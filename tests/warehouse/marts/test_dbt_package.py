"""The dbt project as a package in somebody else's project, with tables of other names."""

import json
import os
import subprocess
from pathlib import Path

from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import TRANSFORM, dbt_command

VARIABLES = {"lost_after_days": 30, "source_schema": "raw_shop", "table_prefix": "bc_"}


def run(folder: Path, *arguments: str) -> None:
    """Run dbt in a folder."""
    done = subprocess.run(
        [dbt_command("duckdb"), "--no-use-colors", *arguments],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "TARGET_"))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_another_project_builds_on_the_marts(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    one_cart(warehouse.path, "raw_shop", "bc_")
    output = {"type": "duckdb", "path": str(warehouse.path), "schema": "mine"}
    files = {
        "dbt_project.yml": {
            "name": "mine",
            "profile": "mine",
            "vars": {"bigcommerce_carts": VARIABLES},
        },
        "profiles.yml": {"mine": {"target": "here", "outputs": {"here": output}}},
        "packages.yml": {"packages": [{"local": str(TRANSFORM)}]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "models").mkdir()
    (tmp_path / "models/ours.sql").write_text("select cart_key from {{ ref('cart_outcomes') }}")
    run(tmp_path, "deps")
    run(tmp_path, "build")
    assert warehouse.query("select * from mine.ours") == [{"cart_key": "a-1"}]
    (rules,) = warehouse.query("select lost_after_days from mine.mart_rules")
    assert rules == {"lost_after_days": 30}
