"""The demo's manners: it leaves other people's data alone and says what is missing."""

from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from demo import load, real, warehouse


def filled(path: Path, *stores: str) -> Path:
    """Make a warehouse that holds an order of each store."""
    with duckdb.connect(path) as connection:
        connection.execute("create schema bigcommerce")
        connection.execute("create table bigcommerce.orders (store text)")
        connection.execute("create table bigcommerce.abandoned_carts (store text)")
        for store in stores:
            connection.execute("insert into bigcommerce.orders values (?)", [store])
    return path


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the warehouse is, instead of in this checkout."""
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setattr(warehouse, "WAREHOUSE", path)
    return path


def test_the_demo_starts_from_an_empty_warehouse(place: Path) -> None:
    filled(place, warehouse.INVENTED)
    assert warehouse.empty_warehouse() == place
    assert not place.exists()


def test_the_demo_leaves_a_real_stores_warehouse_alone(place: Path) -> None:
    filled(place, "realstore", warehouse.INVENTED)
    assert warehouse.empty_warehouse() == place.with_name("demo.duckdb")
    assert warehouse.stores(place) == {"realstore", warehouse.INVENTED}


def test_a_real_store_takes_the_place_of_the_demos(place: Path) -> None:
    filled(place, warehouse.INVENTED)
    warehouse.make_room(place)
    assert not place.exists()


def test_a_real_stores_rows_stay_when_it_is_loaded_again(place: Path) -> None:
    filled(place, "realstore")
    warehouse.make_room(place)
    assert warehouse.stores(place) == {"realstore"}


def test_a_file_that_is_no_warehouse_is_told_of_and_kept(place: Path) -> None:
    place.write_text("a diary")
    with pytest.raises(load.FailedError, match="cannot be read"):
        warehouse.empty_warehouse()
    assert place.read_text() == "a diary"


@pytest.mark.parametrize(
    ("written", "missing"),
    [
        ("", "STORE_HASH"),
        ("TAP_BIGCOMMERCE_CARTS_STORE_HASH=\n", "STORE_HASH"),
        ("TAP_BIGCOMMERCE_CARTS_STORE_HASH=abc # mine\n", "ACCESS_TOKEN"),
        ("#TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=x\nTAP_BIGCOMMERCE_CARTS_STORE_HASH='a'", "ACCESS"),
    ],
)
def test_a_missing_credential_is_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, missing: str
) -> None:
    monkeypatch.setattr(real, "ENV_FILE", tmp_path / ".env")
    monkeypatch.delenv("TAP_BIGCOMMERCE_CARTS_STORE_HASH", raising=False)
    monkeypatch.delenv("TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN", raising=False)
    if written:
        (tmp_path / ".env").write_text(written)
    with pytest.raises(load.FailedError) as failed:
        real.load_real_store(Console(quiet=True))
    assert f"TAP_BIGCOMMERCE_CARTS_{missing}" in str(failed.value)
    assert "\n" not in str(failed.value)
