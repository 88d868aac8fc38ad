"""The queries' answers, worked out by hand, on two stores whose ids are the same."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, Shop
from tests.warehouse.conftest import START, Clock
from tests.warehouse.engines import Engine
from tests.warehouse.pipes import pipe

QUERIES = Path(__file__).parents[2] / "demo" / "sql"


def cart(shop: Shop, cart_id: str, total: str, name: str, **more: Any) -> int:
    """Add an order left at payment five hours ago, of two units of one product."""
    line = shop.line(name=name, product_id=7, quantity=2)
    modified = more.pop("modified", START - timedelta(hours=5))
    order: int = shop.add_order(
        cart_id=cart_id,
        total_inc_tax=total,
        lines=[line],
        modified=modified,
        created=modified,
        **more,
    )
    return order


@pytest.fixture(scope="module")
def answers(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Load both stores, let shoppers come back to the first, load it again, and ask."""
    folder, clock = tmp_path_factory.mktemp("queries"), Clock()
    engine.empty()
    ours, theirs = Shop(clock=clock), Shop(clock=clock)
    cart(ours, "c-1", "40.0000", "Mug")  # lost
    after_all = cart(ours, "c-2", "50.0000", "Mug")
    cart(ours, "c-3", "70.0000", "Cap")  # another order follows
    cart(ours, "c-4", "40.0000", "Mug")  # the same cart, tried again for 45
    cart(ours, "c-4", "45.0000", "Cap", modified=START - timedelta(hours=4))
    declined = cart(ours, "c-5", "60.0000", "Mug")
    cart(theirs, "c-1", "7.0000", "Mug", currency_code="USD", default_currency_code="USD")
    for load in range(2):
        for name, shop in (("ours", ours), ("theirs", theirs)):
            with Sandbox(shop) as sandbox:
                pipe({**sandbox.config(), "store_name": name}, engine, folder, None)
        if load == 0:
            clock.go(hours=1)
            ours.convert(after_all)  # six hours after it was left
            ours.set(declined, status_id=6, status="Declined", modified=clock())
            placed = clock.moment - timedelta(hours=4)  # two hours after c-3 was left
            ours.add_order(cart_id="c-3", status_id=10, created=placed, modified=clock())
            ours.add_order(cart_id="c-6", status_id=10, created=clock(), modified=clock())
    return {file.stem[2:]: engine.query(file.read_text()) for file in QUERIES.glob("*.sql")}


def rows(answer: Any) -> Iterator[tuple[Any, ...]]:
    """An answer's rows, numbers without the engines' ways of writing them."""
    for row in answer:
        yield tuple(
            Decimal(str(value)).normalize()
            if isinstance(value, int | float | Decimal)
            else str(value)
            for value in row.values()
        )


def test_abandonment_rate(answers: dict[str, Any]) -> None:
    """Six carts were left (c-4 is one), of seven checkouts (c-6 was never left)."""
    assert list(rows(answers["abandonment_rate"])) == [
        ("2026-03-01", Decimal(7), Decimal(6), Decimal("85.7"))
    ]


def test_value_lost(answers: dict[str, Any]) -> None:
    """40 of c-1, 45 of c-4 (its later try), 60 of c-5 (declined); 7 of the other store."""
    assert list(rows(answers["value_lost"])) == [
        ("EUR", Decimal(3), Decimal(145).normalize(), Decimal("48.33")),
        ("USD", Decimal(1), Decimal(7), Decimal(7)),
    ]


def test_share_recovered(answers: dict[str, Any]) -> None:
    """c-2 and c-3 of six."""
    assert list(rows(answers["share_recovered"])) == [
        (Decimal(6), Decimal(2), Decimal("33.3"), Decimal(1), Decimal(1))
    ]


def test_time_to_recover(answers: dict[str, Any]) -> None:
    """Six hours (c-2) and two hours (c-3)."""
    assert list(rows(answers["time_to_recover"])) == [
        (Decimal(2), Decimal(0), Decimal(2), Decimal(2), Decimal(4))
    ]


def test_top_products(answers: dict[str, Any]) -> None:
    """Mug in c-1, c-2 and c-5, Cap in c-3 and c-4's later try; the other store's Mug apart."""
    assert list(rows(answers["top_products"])) == [
        ("Mug", Decimal(3), Decimal(6)),
        ("Cap", Decimal(2), Decimal(4)),
        ("Mug", Decimal(1), Decimal(2)),
    ]
