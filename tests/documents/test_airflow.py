"""What the documents say to do with Airflow, done with a real one that loads nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage, checkout
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.long]
INSTALLED = ROOT / ".venvs/airflow/bin"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a checkout with the file of stores and the one of connections that are shown."""
    if not INSTALLED.exists():
        raise FileNotFoundError("Airflow is not installed here: run `make test`.")
    folder: Path = checkout(tmp_path_factory.mktemp("airflow"))
    (folder / "stores.yml").write_text("stores: {acme: {store_hash: abc123}}")
    (folder / "connections.json").write_text(json.dumps({"bigcommerce_acme": {"conn_type": "x"}}))
    return Stage(
        folder,
        path=[INSTALLED],
        variables={
            "AIRFLOW_HOME": str(folder / "home"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "deploy/airflow/dags"),
        },
        replaced={
            "db clean": "db clean --yes --clean-before-timestamp 2026-01-01",
            # Of all that it starts, what reads the DAGs.
            "airflow standalone": "airflow dags reserialize",
        },
    )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
