"""The models compile for warehouses that need an account, and what comes out is their SQL."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from tests.support.warehouse.marts import MARTS, TRANSFORM

PYTHON = ROOT / ".venvs/dbt-elsewhere/bin/python"


@pytest.mark.parametrize("kind", ["snowflake", "bigquery", "spark", "redshift"])
def test_the_models_compile_to_sql_that_can_be_parsed(kind: str, tmp_path: Path) -> None:
    if not PYTHON.exists():
        raise FileNotFoundError("dbt's other adapters are not installed here: run `make test`.")
    script = Path(__file__).with_name("compile_elsewhere.py")
    done = subprocess.run(
        [PYTHON, script, kind, TRANSFORM, tmp_path],
        env={k: v for k, v in os.environ.items() if not k.startswith("DBT_")}
        | {"DBT_FILE_FORMAT": "iceberg"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    faults = json.loads(done.stdout)
    assert {f"{mart}.sql" for mart in MARTS} <= {Path(name).name for name in faults}
    assert {name: fault for name, fault in faults.items() if fault} == {}
    models = Path("compiled/bigcommerce_carts/models")
    mart = (tmp_path / "target" / models / "marts/cart_outcomes.sql").read_text().lower()
    assert "except" in mart
    assert "delete from" in mart
    (staged, *_) = (tmp_path / "noted" / models).rglob("stg_bigcommerce__orders.sql")
    assert "_sdc_sequence desc" in staged.read_text()
