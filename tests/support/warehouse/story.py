"""A shop that changes between loads, and what the warehouse must hold after each."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.warehouse.engines import Engine
from tests.support.warehouse.pipes import pipe
from tests.support.warehouse.truth import TABLES, Truth

# Text that a loader's files, quotes and escapes could stumble over.
HOSTILE = '  5" nut, "A"\n\\N;\t\'x\' | NULL \\ 日本 🛒, '


@dataclass
class Story:
    """A warehouse after four loads, and what it must hold after each."""

    engine: Engine
    checksums: list[dict[str, Any]] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    requests: list[list[dict[str, str]]] = field(default_factory=list)
    picked: dict[str, int] = field(default_factory=dict)
    truth: Truth = field(default_factory=lambda: Truth("sandbox1"))


def load(told: Story, sandbox: Sandbox, folder: Path, state: str) -> None:
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
    clock.advance(minutes=10)
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
    clock.advance(hours=2)
    picked["fresh"] = shop.add_order()
    return picked
