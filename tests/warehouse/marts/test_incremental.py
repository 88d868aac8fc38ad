"""Building on what is there gives the tables that a full refresh does, whatever changed."""

from pathlib import Path
from random import Random

import pytest

from tests.support.warehouse.drawn import KEYS, Tables, change_each, drawn
from tests.support.warehouse.engines import SCHEMA as RAW
from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.marts import MARTS, SCHEMA, Dbt
from tests.support.warehouse.raw import change, fill, insertion

INCREMENTAL = ("cart_outcomes", "cart_outcome_lines")
AS_OF = "2026-03-20 12:00:00"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Return a warehouse with nothing in it."""
    return DuckDB(tmp_path_factory.mktemp("incremental") / "warehouse.duckdb")


def build(dbt: Dbt, warehouse: DuckDB, *more: str) -> Tables:
    """Build the incremental marts and what they stand on; return them in order."""
    dbt(warehouse, "run", "--select", "+cart_outcome_lines", *more, as_of=AS_OF)
    return {
        mart: sorted(
            warehouse.query(f"select * from {SCHEMA}.{mart}"),
            key=lambda row: [str(row[name]) for name in MARTS[mart].split()],
        )
        for mart in INCREMENTAL
    }


def load(warehouse: DuckDB, tables: Tables) -> None:
    """Bring the raw tables to these rows."""
    script = [f"delete from {RAW}.{table}" for table in tables]
    script += [insertion(table, row) for table, rows in tables.items() for row in rows]
    change(warehouse, script)


def test_a_line_that_is_gone_goes(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    chance = Random(1)  # noqa: S311 - an invented store
    cart = drawn(chance, "abandoned_carts") | {"id": "1", "date_modified": AS_OF}
    line = drawn(chance, "abandoned_cart_line_items") | {"abandoned_cart_id": "1"}
    line |= {"store": cart["store"], "cart_date_modified": AS_OF, "id": 1}
    deleted, dated_later = line | {"id": 2}, line | {"id": 3}
    fill(warehouse, abandoned_carts=[cart], abandoned_cart_line_items=[line, deleted, dated_later])
    assert [row["line_id"] for row in build(dbt, warehouse)["cart_outcome_lines"]] == [1, 2, 3]
    dated_later |= {"cart_date_modified": "2026-03-20 13:00:00"}
    load(warehouse, {"abandoned_cart_line_items": [line, dated_later]})
    assert [row["line_id"] for row in build(dbt, warehouse)["cart_outcome_lines"]] == [1]


def test_any_change_of_any_table_gives_what_a_full_refresh_gives(
    dbt: Dbt, warehouse: DuckDB
) -> None:
    chance = Random(39)  # noqa: S311 - invented stores
    tables: Tables = {table: [] for table in KEYS}
    change_each(chance, tables, 25)
    fill(warehouse, **tables)
    assert all(build(dbt, warehouse).values())
    for _ in range(3):
        change_each(chance, tables, 6)
        load(warehouse, tables)
        incremental = build(dbt, warehouse)
        assert incremental == build(dbt, warehouse, "--full-refresh")


def test_a_table_that_an_older_version_made_gets_its_new_columns(
    dbt: Dbt, warehouse: DuckDB
) -> None:
    whole = build(dbt, warehouse, "--full-refresh")
    change(warehouse, [f"alter table {SCHEMA}.cart_outcomes drop column recovered_order_value"])
    assert build(dbt, warehouse) == whole
