"""What the documents say to do with the tap alone, done with a store of the sandbox."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage, plugin
from tests.support.harness import Clock
from tests.support.paths import ROOT
from tests.support.warehouse.engines import SCHEMA, DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Return a folder with the tap's settings, an empty STATE, and the query that loads."""
    made = Stage(tmp_path_factory.mktemp("tap"))
    made.path.append(plugin("loaders", "target-jsonl"))
    shutil.copy(ROOT / "deploy/duckdb/load.sql", made.folder)
    (made.folder / "state.json").write_text("{}")
    with Sandbox(Shop.seeded(carts=12, seed="tap", clock=Clock(), placed=6)) as sandbox:
        (made.folder / "config.json").write_text(json.dumps(sandbox.config()))
        yield made


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)


def test_it_was_loaded(stage: Stage) -> None:
    """Into files of JSON lines, and into DuckDB."""
    carts = next(iter(stage.folder.rglob("abandoned_carts*.jsonl"))).read_text().splitlines()
    query = f"select id from {SCHEMA}.abandoned_carts"  # noqa: S608 - the tests' own name
    assert len(carts) == len(DuckDB(stage.folder / "warehouse.duckdb").query(query)) == 12
