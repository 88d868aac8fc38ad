"""BATCH files instead of rows, loaded by a real target that takes them: the same tables."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.warehouse.engines import PostgreSQL
from tests.support.warehouse.pipes import pipe
from tests.support.warehouse.truth import COLUMNS, TABLES, Truth, kinds


@pytest.fixture
def engine(postgres: str) -> Iterator[PostgreSQL]:
    """Return a warehouse that is empty, before and after."""
    engine = PostgreSQL(postgres)
    engine.empty()
    yield engine
    engine.empty()


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_tables_loaded_from_batch_files_are_the_shops(
    engine: PostgreSQL, tmp_path: Path, compression: str
) -> None:
    shop = Shop.seeded(carts=60, seed="batches", clock=Clock(), placed=40, customers=30)
    truth = Truth("sandbox1")
    truth.see(shop)
    batches = {
        "encoding": {"format": "jsonl", "compression": compression},
        "storage": {"root": (tmp_path / "batches").as_uri()},
        "batch_size": 50,
    }
    (tmp_path / "batches").mkdir()
    with Sandbox(shop) as sandbox:
        pipe({**sandbox.config(), "batch_config": batches}, engine, tmp_path, None)
    for table, expected in truth.tables.items():
        found = engine.rows(table, kinds(COLUMNS[table]))
        assert {tuple(row[key] for key in TABLES[table]): row for row in found} == expected
        assert len(found) == len(expected)
