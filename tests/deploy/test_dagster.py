"""The example for Dagster, in a real Dagster, with the real command, Meltano and dbt."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.loading import OURS, small_dbt_project
from tests.support.paths import ROOT

PYTHON = ROOT / ".venvs/dagster/bin/python"
PROGRAM = ROOT / "tests/support/in_dagster.py"


def write_stores(file: Path, **stores: dict[str, Any]) -> None:
    document = {"loader": "target-jsonl", "then": "dbt-duckdb:run", "stores": stores}
    file.write_text(yaml.safe_dump(document))


def in_dagster(**given: str) -> tuple[dict[str, Any], str]:
    """Run the program in Dagster's environment; return what came of it, and all that was said."""
    if not PYTHON.exists():
        raise FileNotFoundError("Dagster is not installed here: run `make test`.")
    others = {name: of for name, of in os.environ.items() if not name.startswith(OURS)}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    ended = subprocess.run(
        [PYTHON, "-W", "error", PROGRAM],
        env={**others, "PATH": path, **given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    *_, last = ended.stdout.splitlines()
    return json.loads(last), ended.stdout + ended.stderr


def test_stores_are_partitions_that_are_loaded_and_the_marts_come_after_all(tmp_path: Path) -> None:
    home, work, file = tmp_path / "dagster", tmp_path / "work", tmp_path / "stores.yml"
    home.mkdir()
    shutil.copy(ROOT / "deploy/dagster/dagster.yaml", home)
    shop = Shop.seeded(carts=5, seed="dagster")
    with Sandbox(shop) as sandbox, FileLock(work / "busy/.load.lock"):
        settings = sandbox.config()
        token = settings.pop("access_token")
        other = {"store_hash": "def456"}
        poor, stopped = {"store_hash": "ghi789"}, {"store_hash": "jkl012"}
        write_stores(file, acme=settings, busy=other, poor=poor, stopped=stopped)
        said, log = in_dagster(
            DAGSTER_HOME=str(home),
            MELTANO_PROJECT_ROOT=str(ROOT),
            MELTANO_DATABASE_URI=f"sqlite:///{tmp_path}/meltano.db",
            BIGCOMMERCE_CARTS_MELTANO=str(ROOT / ".venvs/meltano/bin/meltano"),
            BIGCOMMERCE_CARTS_STORES=str(file),
            BIGCOMMERCE_CARTS_WORK=str(work),
            STORE_ACME_ACCESS_TOKEN=token,
            STORE_BUSY_ACCESS_TOKEN=token,
            STORE_STOPPED_ACCESS_TOKEN=token,
            TARGET_JSONL_DESTINATION_PATH=str(tmp_path),
            **small_dbt_project(tmp_path / "dbt", tmp_path / "marts.duckdb"),
        )
    assert said["pool"] == [4, "run"]
    assert said["partitions"] == said["scheduled"] == ["acme", "busy", "poor", "stopped"]
    assert said["loads"] == {
        "acme": {"success": True, "restarts": 0, "materialized": 1},
        # Another run loads it.
        "busy": {"success": True, "restarts": 0, "materialized": 0},
        # Without a token.
        "poor": {"success": False, "restarts": 2, "materialized": 0},
        "stopped": {"success": False, "restarts": 0, "materialized": 0},
    }
    # The command ended with the run that was stopped.
    FileLock(work / "stopped/.load.lock").acquire(blocking=False).lock.release()
    assert log.count("`STORE_POOR_ACCESS_TOKEN` in the environment") == 3
    assert len((tmp_path / "abandoned_carts.jsonl").read_text().splitlines()) == 5
    # Not before a store was loaded, nor while one waits; then once.
    assert (said["marts_wanted"], said["marts"]) == ([0, 0, 1, 0], True)
    assert (tmp_path / "marts.duckdb").exists()
    assert said["partitions_then"] == ["acme-2", "busy", "poor", "stopped"]
    kept = [each.read_bytes() for each in home.rglob("*") if each.is_file()]
    assert kept
    assert not any(token.encode() in each for each in (log.encode(), *kept))
