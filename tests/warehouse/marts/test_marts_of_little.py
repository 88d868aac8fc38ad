"""Warehouses that lack something: the marts are built all the same, and say what is not known."""

import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from tap_bigcommerce_carts.report.marts import Marts
from tap_bigcommerce_carts.report.page import write
from tests.support.warehouse.engines import DuckDB
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import MARTS, SCHEMA, TRANSFORM, Dbt, dbt_command, place


@pytest.fixture
def warehouse(tmp_path: Path) -> DuckDB:
    """Return a warehouse with nothing in it."""
    return DuckDB(tmp_path / "warehouse.duckdb")


def page(warehouse: DuckDB) -> str:
    """Return the page about the marts."""
    file = warehouse.path.with_name("report.html")
    write(Marts.read(str(warehouse.path), SCHEMA), file)
    return file.read_text(encoding="utf-8")


def test_an_empty_warehouse_gives_empty_marts(dbt: Dbt, warehouse: DuckDB) -> None:
    dbt(warehouse, "build", as_of="2026-03-10 10:00:00")
    for mart in MARTS:
        assert warehouse.query(f"select * from {SCHEMA}.{mart}") == []
    (rules,) = warehouse.query(f"select * from {SCHEMA}.mart_rules")
    assert "No abandoned carts and no sales were loaded." in page(warehouse)
    assert not any(rules[f"has_{stream}"] for stream in ("abandoned_carts", "orders", "customers"))


def test_marts_are_not_emptied_by_a_schema_that_is_not_there(dbt: Dbt, warehouse: DuckDB) -> None:
    one_cart(warehouse.path)
    dbt(warehouse, "build")
    # In a process of its own, since dbt asks for the schema when it reads the project.
    done = subprocess.run(
        [dbt_command("duckdb"), "run", "--vars", "{source_schema: nosuch}"],
        env={
            **os.environ,
            **place(warehouse),
            "DBT_PROJECT_DIR": str(TRANSFORM),
            "DBT_PROFILES_DIR": str(TRANSFORM),
            "DBT_TARGET": "duckdb",
            "DBT_TARGET_PATH": str(warehouse.path.with_name("target")),
            "DBT_LOG_PATH": str(warehouse.path.with_name("logs")),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "No table of the tap is in the schema `nosuch`" in done.stdout
    assert len(warehouse.query(f"select * from {SCHEMA}.cart_outcomes")) == 1


def test_without_orders_the_outcome_is_unknown_and_not_zero(dbt: Dbt, warehouse: DuckDB) -> None:
    one_cart(warehouse.path)
    dbt(warehouse, "build", as_of="2026-03-10 10:00:00")
    (cart,) = warehouse.query(f"select * from {SCHEMA}.cart_outcomes")
    assert (cart["outcome"], cart["value"], cart["currency_code"]) == (
        "unknown",
        Decimal("40.0000"),
        "EUR",
    )
    assert (cart["exchange_rate"], cart["value_in_store_currency"]) == (1, 40)
    assert cart["is_contactable"] is None
    (day,) = warehouse.query(f"select * from {SCHEMA}.abandonment_daily")
    assert (day["carts_abandoned"], day["value_abandoned"]) == (1, Decimal("40.0000"))
    assert not day["is_outcome_known"]
    unknown = """carts_recovered carts_lost carts_open orders_placed checkouts abandonment_rate
        value_recovered value_lost value_open value_placed recovery_rate median_hours_to_recover"""
    assert {day[name] for name in unknown.split()} == {None}
    (store,) = warehouse.query(f"select * from {SCHEMA}.store_coverage")
    assert (store["has_orders"], store["carts_without_rate"]) == (False, 0)
    assert "No orders of shop.example.com were loaded: its rates" in page(warehouse)
    (shopper,) = warehouse.query(f"select * from {SCHEMA}.shoppers")
    assert (shopper["shopper_key"], shopper["carts_lost"]) == ("guest a@example.com", None)
