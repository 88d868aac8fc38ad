"""The two warehouses, dbt, and a shop that changes between loads into them."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL
from tests.support.warehouse.marts import Dbt
from tests.support.warehouse.story import Story, change, load


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """Return dbt, which stays at hand."""
    with closing(Dbt(tmp_path_factory.mktemp("dbt"))) as running:
        yield running


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """Return each warehouse in turn, empty."""
    if request.param == "duckdb":
        return DuckDB(tmp_path_factory.mktemp("duckdb") / "warehouse.duckdb")
    server = PostgreSQL(request.getfixturevalue("postgres"))
    server.empty()
    return server


@pytest.fixture(scope="module")
def story(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Load, change the shop and load again; then twice more with nothing changed.

    The third load goes on from the state, the fourth reads everything anew.
    """
    clock = Clock()
    shop = Shop.seeded(carts=130, seed="warehouse", clock=clock, placed=90, customers=60)
    told = Story(engine)
    folder = tmp_path_factory.mktemp("pipes")
    with Sandbox(shop) as sandbox:
        for number, state in enumerate(("none", "last", "last", "none")):
            if number == 1:
                told.picked = change(shop, clock)
            told.truth.see(shop)
            load(told, sandbox, folder, state)
    return told
