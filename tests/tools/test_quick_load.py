"""Tables made without a loader are those that the loader makes, to the value."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.receivers import fresh_database
from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL
from tests.support.warehouse.pipes import TAP, pipe
from tests.support.warehouse.truth import COLUMNS, TABLES, kinds
from tools.quick_load import load

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["duckdb", "postgres"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Engine, Engine]:
    """Two empty warehouses of a kind."""
    if request.param == "duckdb":
        return DuckDB(tmp_path / "loader.duckdb"), DuckDB(tmp_path / "quick.duckdb")
    server = request.getfixturevalue("postgres")
    return PostgreSQL(fresh_database(server)), PostgreSQL(fresh_database(server))


def where(engine: Engine) -> Path | str:
    """Where the quick way finds a warehouse."""
    if isinstance(engine, DuckDB):
        return engine.path
    assert isinstance(engine, PostgreSQL)
    return engine.address


def test_tables_are_those_of_the_loader(pair: tuple[Engine, Engine], tmp_path: Path) -> None:
    loaders, quick = pair
    clock = Clock()
    shop = Shop.seeded(carts=30, seed="quick", clock=clock, placed=10, customers=10)
    state = None
    with Sandbox(shop) as sandbox:
        config = tmp_path / "quick.json"
        config.write_text(json.dumps(sandbox.config()))
        for _ in range(2):
            written = subprocess.run([TAP, "--config", config], capture_output=True, check=True)
            load(written.stdout.splitlines(), where(quick))
            state = pipe(sandbox.config(), loaders, tmp_path, state)
            clock.advance(hours=2)
            shop.live(recover=3, edit=5)
            clock.advance(hours=2)
    for table in TABLES:
        assert quick.column_types(table) == loaders.column_types(table)
        rows = [each.rows(table, kinds(COLUMNS[table])) for each in pair]
        keyed = [{tuple(row[name] for name in TABLES[table]): row for row in one} for one in rows]
        assert len(rows[1]) == len(keyed[1])
        assert keyed[1] == keyed[0]
        assert len(keyed[0]) > 9
