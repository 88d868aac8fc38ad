"""The dbt project as a package in somebody else's project, with tables of other names."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import TRANSFORM, dbt_command

VARIABLES = {"lost_after_days": 30, "source_schema": "raw_shop", "table_prefix": "bc_"}


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run dbt in a folder; return what it says."""
    done = subprocess.run(
        [dbt_command("duckdb"), "--no-use-colors", *arguments],
        cwd=folder,
        env={k: v for k, v in os.environ.items() if not k.startswith(("DBT_", "TARGET_"))},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


def test_another_project_builds_on_the_marts(tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    one_cart(warehouse.path, "raw_shop", "bc_")
    package = shutil.copytree(TRANSFORM, tmp_path / "package")
    output = {"type": "duckdb", "path": str(warehouse.path), "schema": "mine"}
    files = {
        "dbt_project.yml": {
            "name": "mine",
            "profile": "mine",
            "vars": {"bigcommerce_carts": VARIABLES},
        },
        "profiles.yml": {"mine": {"target": "here", "outputs": {"here": output}}},
        "packages.yml": {"packages": [{"local": str(package)}]},
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "models").mkdir()
    (tmp_path / "models/ours.sql").write_text("select cart_key from {{ ref('cart_outcomes') }}")
    run(tmp_path, "deps")
    run(tmp_path, "build")
    assert warehouse.query("select * from mine.ours") == [{"cart_key": "a-1"}]
    asked = "select lost_after_days from mine.mart_rules"
    assert warehouse.query(asked) == [{"lost_after_days": 30}]
    # The types that are promised hold there too: a model of another one is refused.
    rules = package / "models/marts/mart_rules.sql"
    days = "{{ bigcommerce_carts.lost_after_days() }}"
    rules.write_text(rules.read_text().replace(f"{days} as", f"'{days}' as"))
    said = run(tmp_path, "run", "--select", "mart_rules", code=1)
    assert "| lost_after_days | VARCHAR         | INTEGER       | data type mismatch |" in said
    assert warehouse.query(asked) == [{"lost_after_days": 30}]
