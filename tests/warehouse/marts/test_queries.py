"""The queries' answers, worked out by hand, on two stores whose ids are the same."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.report import figures
from tap_bigcommerce_carts.report.marts import Marts
from tests.support.harness import NOON, Clock
from tests.support.paths import ROOT
from tests.support.warehouse.engines import DuckDB, Engine
from tests.support.warehouse.little import one_cart
from tests.support.warehouse.marts import SCHEMA, Dbt
from tests.support.warehouse.pipes import pipe
from tools.sandbox import Sandbox, Shop

QUERIES = ROOT / "tools" / "demo" / "sql"
PRODUCTS = {"Mug": 7, "Cap": 8}
# A week after the carts were left at 07:00, and not yet after the one of 08:00.
AS_OF = "2026-03-10 07:30:00"


def cart(shop: Shop, cart_id: str, total: str, name: str, **more: Any) -> int:
    """Add an order left at payment five hours ago, of two units of one product's variants."""
    lines = [
        shop.line(name=name, product_id=PRODUCTS[name], variant_id=variant) for variant in (71, 72)
    ]
    modified = more.pop("modified", NOON - timedelta(hours=5))
    order: int = shop.add_order(
        cart_id=cart_id,
        total_inc_tax=total,
        lines=lines,
        modified=modified,
        created=modified,
        **more,
    )
    return order


@pytest.fixture(scope="module")
def answers(engine: Engine, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Load both stores, let shoppers come back to the first, load it again, and ask the marts."""
    folder, clock = tmp_path_factory.mktemp("queries"), Clock()
    engine.empty()
    ours, theirs = Shop(clock=clock), Shop(clock=clock)
    cart(ours, "c-1", "40.0000", "Mug")  # lost
    after_all = cart(ours, "c-2", "50.0000", "Mug")
    cart(ours, "c-3", "70.0000", "Cap")  # another order follows
    cart(ours, "c-4", "40.0000", "Mug")  # the same cart, tried again for 45
    cart(ours, "c-4", "45.0000", "Cap", modified=NOON - timedelta(hours=4))
    declined = cart(ours, "c-5", "60.0000", "Mug")
    cart(theirs, "c-1", "7.0000", "Mug", currency_code="USD", default_currency_code="USD")
    for load in range(2):
        for name, shop in (("ours", ours), ("theirs", theirs)):
            with Sandbox(shop) as sandbox:
                pipe({**sandbox.config(), "store_name": name}, engine, folder, None)
        if load == 0:
            clock.advance(hours=1)
            ours.convert(after_all)  # six hours after it was left
            ours.set(declined, status_id=6, status="Declined", modified=clock())
            placed = clock.now - timedelta(hours=4)  # two hours after c-3 was left
            order: dict[str, Any] = {"status_id": 10, "created": placed, "modified": clock()}
            ours.add_order(cart_id="c-3", total_inc_tax="64.0000", **order)
            ours.add_order(cart_id="c-6", status_id=10, created=clock(), modified=clock())
    dbt(engine, "run", as_of=AS_OF)
    return asked(engine)


def asked(engine: Engine) -> dict[str, Any]:
    """Ask all queries; return their answers by the queries' names."""
    return {
        file.stem[2:]: list(rows(engine.query(file.read_text()))) for file in QUERIES.glob("*.sql")
    }


def rows(answer: Any) -> Iterator[tuple[Any, ...]]:
    """An answer's rows, numbers without the engines' ways of writing them."""
    for row in answer:
        yield tuple(
            Decimal(str(value))
            if isinstance(value, int | float | Decimal)
            else value and str(value)
            for value in row.values()
        )


def test_abandonment_rate(answers: dict[str, Any]) -> None:
    """Five carts were left (c-4 is one), of six checkouts (c-6 was never left)."""
    assert answers["abandonment_rate"] == [
        ("ours", "2026-03-01", 6, 5, Decimal("83.3")),
        ("theirs", "2026-03-01", 1, 1, 100),
    ]


def test_value_lost(answers: dict[str, Any]) -> None:
    """50 of c-2 and 70 of c-3 came back; 40 of c-1, 60 of c-5 (declined); 45 of c-4's last try.

    c-3 came back as an order of 64.
    """
    assert answers["value_lost"] == [
        ("ours", "EUR", 5, 265, 120, 100, 45, 114),
        ("theirs", "USD", 1, 7, 0, 7, 0, 0),
    ]


def test_share_recovered(answers: dict[str, Any]) -> None:
    """c-2 and c-3 of five, c-1 and c-5 are lost, c-4 is open."""
    assert answers["share_recovered"] == [("ours", 5, 2, 2, 1, 40), ("theirs", 1, 0, 1, 0, 0)]


def test_time_to_recover(answers: dict[str, Any]) -> None:
    """Six hours (c-2) and two hours (c-3)."""
    assert answers["time_to_recover"] == [("ours", 2, 0, 2, 2, 4)]


def test_top_products(answers: dict[str, Any]) -> None:
    """Mug in c-1, c-2 and c-5, Cap in c-3 and c-4's later try, each in two variants."""
    assert answers["top_products"] == [
        ("ours", 7, "Mug", 3, 6),
        ("ours", 8, "Cap", 2, 4),
        ("theirs", 7, "Mug", 1, 2),
    ]


def test_the_page_says_the_same(answers: dict[str, Any], engine: Engine) -> None:
    """It reads the same marts, on either engine."""
    marts = Marts.read(next(iter(engine.where().values())), SCHEMA)
    for store, code, carts, *amounts in answers["value_lost"]:
        rows = [row for row in marts.currencies if (row["store"], row["code"]) == (store, code)]
        assert sum(row["carts"] for row in rows) == carts
        told = [
            figures.worth(rows, outcomes, marts)
            for outcomes in (figures.OUTCOMES, ("recovered",), ("lost",), ("open",))
        ]
        paid = [row["value"] for row in marts.paid if (row["store"], row["code"]) == (store, code)]
        assert [*told, figures.added(paid, known=True)] == amounts
    assert [(row["store"], row["name"], row["times_abandoned"]) for row in marts.products] == [
        (store, name, carts) for store, _, name, carts, _ in answers["top_products"]
    ]
    assert {row["variant_id"] for row in marts.variants} == {71, 72}


def test_without_orders_what_is_not_known_is_null_and_not_zero(dbt: Dbt, tmp_path: Path) -> None:
    """API2Cart's road: the carts and their value are known, what became of them is not."""
    engine, store = DuckDB(tmp_path / "warehouse.duckdb"), "shop.example.com"
    one_cart(engine.path)
    dbt(engine, "run", as_of=AS_OF)
    assert asked(engine) == {
        "abandonment_rate": [(store, "2026-03-01", None, 1, None)],
        "value_lost": [(store, "EUR", 1, 40, None, None, None, None)],
        "share_recovered": [(store, 1, None, None, None, None)],
        "time_to_recover": [],
        "top_products": [],
    }
