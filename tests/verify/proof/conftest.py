"""A shop and its warehouse as real loaders left it, DuckDB and PostgreSQL in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.receivers import fresh_database
from tests.support.verify.lived import Lived, lived
from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def loaded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lived]:
    """A shop that was loaded twice."""
    folder = tmp_path_factory.mktemp("loaded")
    engine: Engine = (
        DuckDB(folder / "warehouse.duckdb")
        if request.param == "duckdb"
        else PostgreSQL(fresh_database(request.getfixturevalue("postgres")))
    )
    with lived(engine, folder) as told:
        yield told
