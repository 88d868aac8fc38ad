"""On a real Spark session the marts are what they are on DuckDB, row by row."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.warehouse import comebacks, funnel_rows, odd_rows
from tests.support.warehouse.drawn import KEYS, Tables, change_each, noted, read
from tests.support.warehouse.engines import DuckDB, Rows
from tests.support.warehouse.marts import Dbt, everything
from tests.support.warehouse.random_stores import random_stores, together
from tests.support.warehouse.raw import fill
from tests.support.warehouse.spark import Spark

ADDRESS = {"city": 'Köln "x" \\ 日本', "zip": "50667"}
NESTED: Tables = {
    "abandoned_carts": [odd_rows.cart(50, billing_address=json.dumps(ADDRESS))],
    "customers": [
        odd_rows.CUSTOMERS[0]
        | {"id": 3, "addresses": json.dumps([ADDRESS, ADDRESS]), "channel_ids": "[1, 2]"},
    ],
}
CHECKS: Tables = {
    "load_checks": [
        {
            "check_id": table,
            "store": "s",
            "stream": table,
            "day": "2026-03-02",
            "checked_at": "2026-03-05 08:00:00",
            "window_start": "2026-03-02 00:00:00",
            "window_end": "2026-03-03 00:00:00",
            "mode": "deep",
            "rows_at_fault": 0,
        }
        for table in ("abandoned_carts", "abandoned_cart_line_items", "orders")
    ]
}
# What the changing rows of customers lack.
DATED = {"customers": {"date_modified": "2026-03-01"}}
# Rules that take every branch of the SQL, then others: a row that they change is written anew.
AS_OF = "2026-03-31 12:00:00"
COMEBACKS, HOLDOUT = comebacks.of_every_mart(AS_OF)
FIRST: dict[str, Any] = {
    "as_of": AS_OF,
    "infer_recovery": True,
    "test_emails": [funnel_rows.TESTER],
    "time_zone": "America/New_York",
    **HOLDOUT,
}
SECOND: dict[str, Any] = {"as_of": "2026-04-02 12:00:00"}
# Spark is half a gigabyte to install, and starts slowly.
pytestmark = pytest.mark.long
# As a loader leaves them that only appends: a row for every time that one was read.
APPENDED: Tables = {
    table: [row | {"store": f"appended {row['store']}"} for row in rows]
    for table, rows in noted(read(Random(19))).items()  # noqa: S311 - an invented store
}
INCREMENTAL = ("cart_outcomes", "cart_outcome_lines")


def with_all_others(tables: Tables) -> Tables:
    """Return these tables under stores of their own, with all that is there besides."""
    others = (
        together(random_stores(25)),
        {
            "abandoned_carts": odd_rows.CARTS + funnel_rows.ABANDONED_CARTS,
            "orders": odd_rows.ORDERS + funnel_rows.ORDERS,
            "abandoned_cart_line_items": odd_rows.LINES,
            "customers": odd_rows.CUSTOMERS,
            "carts": funnel_rows.CARTS,
        },
        NESTED,
        CHECKS,
        COMEBACKS,
        APPENDED,
        {
            table: [
                DATED.get(table, {}) | row | {"store": f"changing {row['store']}"} for row in rows
            ]
            for table, rows in tables.items()
        },
    )
    return {
        name: [row for each in others for row in each.get(name, [])]
        for name in dict.fromkeys(name for each in others for name in each)
    }


@dataclass
class Built:
    """The marts on either engine, and what else was asked of Spark."""

    duckdb: dict[str, Any]
    spark: dict[str, Any]
    nested: Rows


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spark]:
    """Return a session."""
    with closing(Spark(tmp_path_factory.mktemp("spark"))) as running:
        yield running


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Return a warehouse with nothing in it."""
    return DuckDB(tmp_path_factory.mktemp("duckdb") / "warehouse.duckdb")


@pytest.fixture(scope="module")
def built(spark: Spark, dbt: Dbt, warehouse: DuckDB) -> list[Built]:
    """Build all with its tests; change rows and rules, and build the incremental marts on it."""
    chance = Random(39)  # noqa: S311 - invented stores
    tables: Tables = {name: [] for name in KEYS}
    change_each(chance, tables, 25)
    fill(warehouse, **with_all_others(tables))
    spark.load(warehouse)
    dbt(warehouse, "run", "--full-refresh", **FIRST)
    spark.dbt("build", **FIRST)
    nested = spark.query(
        "select carts.billing_address, customers.addresses, customers.channel_ids"
        " from analytics_staging.stg_bigcommerce__abandoned_carts as carts"
        " cross join analytics_staging.stg_bigcommerce__customers as customers"
        " where carts.billing_address is not null and customers.addresses is not null"
    )
    first = Built(everything(warehouse), everything(spark), nested)
    change_each(chance, tables, 6)
    fill(warehouse, **with_all_others(tables))
    spark.load(warehouse)
    chosen = ("run", "--select", "+cart_outcome_lines")
    dbt(warehouse, *chosen, "--full-refresh", **SECOND)
    spark.dbt(*chosen, "--exclude", "path:models/staging", **SECOND)
    second = Built(everything(warehouse, *INCREMENTAL), everything(spark, *INCREMENTAL), [])
    return [first, second]


def test_every_mart_is_duckdbs_row_by_row(built: list[Built]) -> None:
    assert all(built[0].duckdb.values())
    assert built[0].spark == built[0].duckdb


def test_rows_that_changed_are_replaced_where_they_lie(built: list[Built]) -> None:
    assert built[1].duckdb != built[0].duckdb
    assert built[1].spark == built[1].duckdb


def test_objects_and_lists_are_json_text(built: list[Built]) -> None:
    (row,) = built[0].nested
    told = {name: json.loads(text) for name, text in row.items()}
    assert told == {
        "billing_address": ADDRESS,
        "addresses": [ADDRESS, ADDRESS],
        "channel_ids": [1, 2],
    }


def test_a_session_in_another_time_zone_is_refused(spark: Spark, tmp_path: Path) -> None:
    session: dict[str, Any] = {
        "type": "spark",
        "method": "session",
        "host": "none",
        "schema": "analytics",
    }
    session["server_side_parameters"] = {"spark.sql.session.timeZone": "America/New_York"}
    profile = {"target": "spark", "outputs": {"spark": session}}
    (tmp_path / "profiles.yml").write_text(json.dumps({"bigcommerce_carts": profile}))
    with pytest.raises(AssertionError, match="is America/New_York and must be UTC"):
        spark.dbt("run", "--select", "mart_rules", "--profiles-dir", str(tmp_path))
