"""The two warehouses, empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Return each warehouse in turn, empty."""
    if request.param == "duckdb":
        return DuckDB(tmp_path / "warehouse.duckdb")
    server = PostgreSQL(request.getfixturevalue("postgres"))
    server.empty()
    return server
