"""The same shop by both roads: its carts are worth the same, in the currencies they are in."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.report.marts import Marts
from tap_bigcommerce_carts.report.page import write
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.browser import ReportPage
from tests.support.harness import Clock
from tests.support.warehouse.engines import DuckDB, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.pipes import pipe
from tests.support.warehouse.raw import address
from tools.browser import chromium

Money = tuple[Any, ...]


def single() -> Shop:
    """Return a shop without Multi-Currency, as BigCommerce serves it and as it writes it."""
    shop = Shop(clock=Clock())
    when = shop.clock().replace(hour=3)
    shop.add_order(modified=when, currency_code="USD", total_inc_tax="40.0000", cart_id="missing")
    (missing,) = shop.orders
    shop.leave_out(missing, "store_default_currency_code")
    shop.leave_out(missing, "store_default_to_transactional_exchange_rate")
    at_one: dict[str, Any] = {
        "store_default_currency_code": "",
        "store_default_to_transactional_exchange_rate": "1.0000000000",
    }
    shop.add_order(
        modified=when, currency_code="USD", total_inc_tax="50.0000", cart_id="at one", **at_one
    )
    return shop


@pytest.fixture(scope="module")
def several() -> Shop:
    """Return a shop that sells in several currencies."""
    return Shop.seeded(carts=60, seed="roads", clock=Clock(), placed=0)


@pytest.fixture(scope="module")
def warehouse(several: Shop, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Load one shop by both roads and another by one, and build the marts."""
    folder = tmp_path_factory.mktemp("roads")
    warehouse = DuckDB(folder / "warehouse.duckdb")
    with Sandbox(several) as sandbox:
        pipe({**sandbox.config(), "store_name": "bigcommerce"}, warehouse, folder, None)
        pipe({**sandbox.api2cart_config(), "store_name": "api2cart"}, warehouse, folder, None)
    with Sandbox(single()) as sandbox:
        pipe({**sandbox.config(), "store_name": "single"}, warehouse, folder, None)
    dbt(warehouse, "run", as_of="2026-03-10 10:00:00")
    return warehouse


@pytest.fixture(scope="module")
def outcomes(warehouse: DuckDB) -> Rows:
    """Return what became of the carts."""
    return warehouse.query(f"select * from {SCHEMA}.cart_outcomes")


def money(outcomes: Rows, store: str) -> dict[str, Money]:
    """Return what each cart of a store is worth."""
    names = ("value", "currency_code", "value_in_store_currency", "store_currency_code")
    return {
        row["cart_id"]: tuple(row[name] for name in names)
        for row in outcomes
        if row["store"] == store
    }


@pytest.mark.parametrize("road", ["bigcommerce", "api2cart"])
def test_carts_are_worth_what_the_shop_says(outcomes: Rows, several: Shop, road: str) -> None:
    worth = money(outcomes, road)
    assert len({code for _, code, _, _ in worth.values()}) > 3
    for order in several.orders.values():
        if order["cart_id"] in worth:
            value = Decimal(order["total_inc_tax"])
            rate = Decimal(order["store_default_to_transactional_exchange_rate"])
            ours = (value / rate).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            told = (value, order["default_currency_code"], ours, "EUR")
            assert worth[order["cart_id"]] == told


def test_both_roads_know_the_same_carts(outcomes: Rows) -> None:
    assert money(outcomes, "bigcommerce").keys() == money(outcomes, "api2cart").keys()


def test_both_roads_say_the_same_of_what_a_cart_was_made_of(outcomes: Rows) -> None:
    """API2Cart knows no handling, coupons nor how prices were shown: that is null, not nothing."""
    both = """items_value shipping_cost tax discount price_band items_total line_item_count
        local_hour local_weekday checkout_week"""
    alone = "handling_cost coupon_discount extra_costs extra_cost_share coupon_use"
    told = {
        road: {
            row["cart_id"]: tuple(row[name] for name in both.split())
            for row in outcomes
            if row["store"] == road
        }
        for road in ("bigcommerce", "api2cart")
    }
    assert told["bigcommerce"] == told["api2cart"]
    for name in alone.split():
        known = {row["store"] for row in outcomes if row[name] is not None}
        assert known == {"bigcommerce", "single"}, name


def test_the_page_says_of_both_roads_what_sql_does(warehouse: DuckDB, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write(Marts.read(address(warehouse), SCHEMA), file)
    with chromium() as browser:
        shown = ReportPage(browser, file)
        for road in ("bigcommerce", "api2cart"):
            shown.choose(store=road)
            shown.choose(currency="All, in EUR", period=0)
            bands = warehouse.query(
                f"""
                select substr(price_band, 4) as band, count(*) as carts,
                    sum(value_in_store_currency) as value
                from {SCHEMA}.checkouts where store = '{road}' group by price_band
                """
            )
            value = sum(row["value"] for row in bands).quantize(Decimal(1), ROUND_HALF_UP)
            carts = sum(row["carts"] for row in bands)
            assert carts > 50
            figures = shown.figures()
            assert figures["Value left"][:2] == (f"EUR {value:,}", f"{carts} carts")
            told = {
                row[0]: (row[-2:] if road == "api2cart" else [row[2], row[-1]])
                for row in shown.table("prices")
            }
            assert told == {
                row["band"]: [
                    str(row["carts"]),
                    f"EUR {row['value'].quantize(Decimal('0.01'), ROUND_HALF_UP):,}",
                ]
                for row in bands
            }
        shown.page.close()


def test_a_shop_without_multi_currency_has_its_one_currency(outcomes: Rows) -> None:
    assert money(outcomes, "single") == {
        "missing": (40, "USD", 40, "USD"),
        "at one": (50, "USD", 50, "USD"),
    }
