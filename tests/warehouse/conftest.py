"""A shop that changes between loads, and the two warehouses it is loaded into."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.warehouse.engines import DuckDB, Engine, PostgreSQL
from tests.warehouse.marts import Dbt, dbt_running
from tests.warehouse.pipes import pipe
from tests.warehouse.truth import TABLES, Truth
from tools.sandbox import Sandbox, Shop

# Text that a loader's files, quotes and escapes could stumble over.
HOSTILE = '  5" nut, "A"\n\\N;\t\'x\' | NULL \\ 日本 🛒, '
START = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


class Clock:
    """The store's clock, which goes when it is told to."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment

    def go(self, **time: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**time)


@dataclass
class Story:
    """A warehouse after four loads, and what it must hold after each."""

    engine: Engine
    checksums: list[dict[str, Any]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    requests: list[list[dict[str, str]]] = field(default_factory=list)
    picked: dict[str, int] = field(default_factory=dict)
    truth: Truth = field(default_factory=lambda: Truth("sandbox1"))


@pytest.fixture(scope="session")
def dbt() -> Iterator[Dbt]:
    """Return dbt, which stays at hand."""
    with dbt_running() as running:
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
            _load(told, sandbox, folder, state)
    return told


def _load(told: Story, sandbox: Sandbox, folder: Path, state: str) -> None:
    sandbox.clear()
    settings = {**sandbox.config(), "page_size": 50}
    last = told.states[-1] if state == "last" else None
    told.states.append(pipe(settings, told.engine, folder, last))
    told.checksums.append({table: told.engine.checksum(table) for table in TABLES})
    told.requests.append([request.query for request in sandbox.requests])


def change(shop: Shop, clock: Clock) -> dict[str, int]:
    """Let happen what happens to carts; return the orders it happened to."""
    carts = [key for key, order in shop.orders.items() if order["status_id"] == 0]
    placed = [key for key, order in shop.orders.items() if order["status_id"] != 0]
    clock.go(minutes=10)
    picked = dict(zip(("converted", "touched", "one", "two", "three"), carts, strict=False))
    shop.convert(picked["converted"])
    shop.touch(picked["touched"])
    for name in ("one", "two", "three"):
        shop.edit_cart(picked[name])
    picked["shrunk"] = next(key for key in carts[5:] if len(shop.lines(key)) > 1)
    shop.set_lines(picked["shrunk"], shop.lines(picked["shrunk"])[:1])
    shop.touch(picked["shrunk"])
    lines = [
        shop.line(price="1234567.8901", quantity=3, name=HOSTILE, sku=HOSTILE),
        shop.line(price="0.0001", tax=0),
        shop.line(price="79228162.5142", tax=0),
    ]
    picked["new"] = shop.add_order(lines=lines, customer_message=HOSTILE)
    shop.archive(placed[0])
    shop.touch_customer(1)
    shop.add_customer(addresses=11, notes=HOSTILE, company=HOSTILE)
    clock.go(hours=2)
    picked["fresh"] = shop.add_order()
    return picked
