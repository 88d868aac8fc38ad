"""In what takes itself for Snowflake the marts are what they are on DuckDB, row by row."""

import json
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from tests.support.warehouse import comebacks, funnel_rows
from tests.support.warehouse.drawn import Tables, noted, read
from tests.support.warehouse.engines import SCHEMA, Asked, DuckDB
from tests.support.warehouse.fake_snowflake import Snowflake
from tests.support.warehouse.marts import Dbt, everything
from tests.support.warehouse.raw import change, fill, written

ADDRESS = {"city": 'Köln "x" \\ 日本', "zip": "50667"}
AS_OF = "2026-03-20 12:00:00"
COMEBACKS, HOLDOUT = comebacks.of_every_mart(AS_OF)
FIRST = {"as_of": AS_OF, "time_zone": "Europe/Berlin", **HOLDOUT}
# Another moment and other rules: every row that they change has to be written anew.
SECOND = {
    "as_of": "2026-04-02 12:00:00",
    "infer_recovery": True,
    "test_emails": [funnel_rows.TESTER],
    "time_zone": "America/New_York",
}
# Money as the loader makes it by default, and as text.
MONEY = {
    "orders": {"money": "float", "rate": "float"},
    "abandoned_cart_line_items": {"money": "varchar", "rate": "varchar"},
}
# More than fits: it must be null, and stop nothing.
ABSURD = {"store": "absurd", "id": 1, "total_inc_tax": 1e25, "date_modified": "2026-03-01 08:00:00"}
# fakesnow makes whole numbers of 38 digits ones of 64 bits, which this test's do not fit in.
NOT_IN_A_FAKE = ("--exclude", "amounts_are_converted_exactly")


def tables() -> Tables:
    """Return carts for every way through the funnel, and rows that were appended."""
    appended = noted(read(Random(19)))  # noqa: S311 - an invented store
    by_hand = {
        "abandoned_carts": funnel_rows.ABANDONED_CARTS,
        "orders": [*funnel_rows.ORDERS, ABSURD],
        "carts": funnel_rows.CARTS,
    }
    of_a_loader = {
        table: [row | {"store": f"appended {row['store']}"} for row in rows]
        for table, rows in appended.items()
    }
    others = (of_a_loader, by_hand, COMEBACKS)
    return {
        table: [row for each in others for row in each.get(table, [])]
        for table in {**of_a_loader, **COMEBACKS}
    }


def told(engine: Asked) -> dict[str, Any]:
    """Return all rows of all marts, as text."""
    return {
        mart: [[None if value is None else str(value) for value in row] for row in rows]
        for mart, rows in everything(engine).items()
    }


@dataclass
class Built:
    """All marts after each build, on either engine, and a nested value."""

    duckdb: list[dict[str, Any]] = field(default_factory=list)
    snowflake: list[dict[str, Any]] = field(default_factory=list)
    nested: Any = None


@pytest.fixture(scope="module")
def built(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build with all tests; change rows and rules, and build on what is there."""
    folder = tmp_path_factory.mktemp("snowflake")
    duckdb, found, rows = DuckDB(folder / "warehouse.duckdb"), Built(), tables()
    rows["abandoned_carts"][0]["billing_address"] = None
    fill(duckdb, **rows)
    with closing(Snowflake(folder)) as snowflake:
        statements = [
            statement
            for table, those in rows.items()
            for statement in written(snowflake.types | MONEY.get(table, {}), **{table: those})[1:]
        ]
        nested = f"update {SCHEMA}.abandoned_carts set billing_address = parse_json('{{}}')"
        snowflake.run([*statements, nested.format(json.dumps(ADDRESS).replace("\\", "\\\\"))])
        for command, variables in ((("build", *NOT_IN_A_FAKE), FIRST), (("run",), SECOND)):
            snowflake.dbt(*command, **variables)
            dbt(duckdb, "run", **variables)
            found.snowflake.append(told(snowflake))
            found.duckdb.append(told(duckdb))
            gone = [f"delete from {SCHEMA}.abandoned_carts where order_id in (3, 12)"]
            snowflake.run(gone)
            change(duckdb, gone)
        (row, *_) = snowflake.query(
            "select billing_address from analytics_staging.stg_bigcommerce__abandoned_carts"
        )
        found.nested = json.loads(row["billing_address"])
    return found


def test_every_mart_is_duckdbs_row_by_row(built: Built) -> None:
    assert all(built.duckdb[0].values())
    assert built.snowflake[0] == built.duckdb[0]


def test_rows_that_changed_are_replaced_where_they_lie(built: Built) -> None:
    assert built.duckdb[1] != built.duckdb[0]
    assert built.snowflake[1] == built.duckdb[1]


def test_objects_are_json_text(built: Built) -> None:
    assert built.nested == ADDRESS
