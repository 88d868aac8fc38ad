"""A shop in a sandbox, the warehouse it was loaded into, and checks of the two."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.check import Asked, check_store
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.harness import NOON, Clock, run
from tests.support.warehouse.engines import SCHEMA, DuckDB
from tests.support.warehouse.raw import change
from tools.quick_load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.verify.findings import Check, Checked

STREAMS = ("orders", "abandoned_carts", "customers")
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass
class Checking:
    """A store, loaded and checked by turns.

    Attributes:
        store: serves the shop.
        engine: the warehouse.
        config: the tap's settings.
        state: of the last load.
        schema: where the tables are that are checked.
    """

    store: Sandbox
    engine: DuckDB
    config: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)
    schema: str = SCHEMA

    @property
    def shop(self) -> Shop:
        """The shop."""
        return self.store.shop

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        clock = self.store.shop.clock
        assert isinstance(clock, Clock)
        return clock

    def load(self, **settings: Any) -> None:
        """Load the store."""
        done = run({**self.config, **settings}, state=self.state or None)
        assert done.code == 0
        load(map(_encode, _latest(done.messages)), self.engine.path)
        self.state = done.state

    def change(self, *statements: str) -> None:
        """Change the warehouse by hand."""
        change(self.engine, list(statements))

    def check(self, *streams: str, state: dict[str, Any] | None = None, **settings: Any) -> Check:
        """Check the store; of the whole shop, by default."""
        return self.check_of(streams or STREAMS, state, **settings)

    def check_of(
        self,
        streams: tuple[str, ...] | None,
        state: dict[str, Any] | None = None,
        **settings: Any,
    ) -> Check:
        """Check some streams, or those that the STATE has a bookmark of."""
        tap = TapBigCommerceCarts(config={**self.config, **settings})
        asked = Asked(
            streams=streams,
            start=NOON - timedelta(days=400),
            state=(self.state or None) if state is None else state,
        )
        try:
            with Warehouse.at(str(self.engine.path), self.schema) as warehouse:
                return check_store(tap.run, warehouse, asked)
        finally:
            tap.run.close()


def _latest(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out rows that come again in the same run."""
    keys = {each["stream"]: each["key_properties"] for each in messages if "schema" in each}
    return list(
        {
            (each["stream"], *(each["record"][name] for name in keys[each["stream"]]))
            if each["type"] == "RECORD"
            else place: each
            for place, each in enumerate(messages)
        }.values()
    )


@contextmanager
def shop_of_ten(folder: Path) -> Iterator[Checking]:
    """Make a shop of ten carts, ten orders and five customers, loaded, all of it settled."""
    clock = Clock()
    shop = Shop(clock=clock)
    for turn in range(20):
        modified = NOON - timedelta(days=20, hours=-12 * turn)
        shop.add_order(11 * (turn % 2), modified, id=1 + turn, channel_id=1 + turn // 10)
    for turn in range(5):
        shop.add_customer(NOON - timedelta(days=10 - turn))
    # What comes last is never settled.
    shop.add_order(0, NOON - timedelta(hours=2))
    shop.add_order(11, NOON - timedelta(hours=1))
    shop.add_customer(NOON - timedelta(hours=1))
    with Sandbox(shop) as store:
        store.quota = None
        config = {**store.config(), "retry_for": 20, "max_parallel_requests": 1}
        made = Checking(store, DuckDB(folder / "warehouse.duckdb"), config)
        made.load()
        yield made


def found(check: Check) -> dict[str, dict[str, int]]:
    """Return what was found but equal rows, by stream: how many of each kind."""
    return {each.stream: kinds for each in check.streams if (kinds := _kinds(each))}


def _kinds(checked: Checked) -> dict[str, int]:
    kinds: dict[str, int] = {}
    for day in checked.days.values():
        for kind, count in (*day.explained.items(), *day.faults.items()):
            kinds[str(kind)] = kinds.get(str(kind), 0) + count
    return kinds


def equal(check: Check) -> dict[str, int]:
    """Return how many rows are equal, by stream."""
    return {each.stream: sum(day.equal for day in each.days.values()) for each in check.streams}


def keys(check: Check) -> dict[str, list[str]]:
    """Return the faulty keys of all streams, by kind."""
    return {
        str(fault): [row.key for row in known]
        for each in check.streams
        for fault, known in each.keys.items()
    }
