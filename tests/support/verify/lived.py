"""A shop that lived on between two loads, loaded with its inbox by the real loaders; and copies."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import NOON, Clock
from tests.support.receivers import fresh_database
from tests.support.shop_inbox import Inbox
from tests.support.warehouse.engines import DuckDB, Engine, PostgreSQL
from tests.support.warehouse.pipes import pipe

if TYPE_CHECKING:
    from collections.abc import Iterator

# From here on the shop is checked, of whose ninety days there would be a hundred questions.
FIRST = NOON - timedelta(days=30)
# Up to here all that was loaded is settled, of every stream.
SETTLED = NOON + timedelta(hours=2)


@dataclass(frozen=True)
class Lived:
    """A shop, as it is since the last load, and the warehouse as that left it.

    Attributes:
        sandbox: serves the shop.
        clock: the shop's.
        settings: the tap's.
        engine: the warehouse; is not to be changed.
        state: as the loader confirmed it.
        picked: orders by what happened to them, or what they are for.
    """

    sandbox: Sandbox
    clock: Clock
    settings: dict[str, Any]
    engine: Engine
    state: dict[str, Any]
    picked: dict[str, int]


@contextmanager
def lived(engine: Engine, folder: Path) -> Iterator[Lived]:
    """Load a shop of some hundred orders, let it live on, load again, and serve it as it is."""
    clock = Clock()
    shop = Shop.seeded(carts=240, seed="verify", clock=clock, placed=900, customers=80)
    for day in range(60):
        shop.add_customer(NOON - timedelta(hours=11 * day))
    with Sandbox(shop) as sandbox:
        inbox = Inbox(sandbox, f"sqlite:///{folder / 'inbox.db'}")
        settings = {**sandbox.config(), "inbox_url": inbox.url, "max_parallel_requests": 1}
        shop.carts.live(60, "verify")
        state = pipe(settings, engine, folder, None)
        picked = _live_on(shop, clock)
        state = pipe(settings, engine, folder, state)
        inbox.close()
        yield Lived(sandbox, clock, settings, engine, state, picked)


def _live_on(shop: Shop, clock: Clock) -> dict[str, int]:
    """Let happen what happens to carts, and then so much that all of it is settled."""
    carts = [
        key
        for key, order in shop.orders.items()
        if order["status_id"] == 0 and not shop.carts.get(order["cart_id"])
    ]
    placed = [key for key, order in shop.orders.items() if order["status_id"] != 0]
    several = [key for key in carts[20:] if len(shop.lines(key)) > 1]
    clock.advance(minutes=10)
    names = ("converted", "touched", "edited", "shrunk", "archived")
    picked = dict(zip(names, (*carts[:2], *several[:2], placed[5]), strict=True))
    shop.convert(picked["converted"])
    shop.touch(picked["touched"])
    shop.edit_cart(picked["edited"])
    shop.set_lines(picked["shrunk"], shop.lines(picked["shrunk"])[:1])
    shop.touch(picked["shrunk"])
    shop.archive(picked["archived"])
    shop.touch_customer(1)
    picked["dear"] = shop.add_order(11, lines=[shop.line(price="79228162.5142", quantity=3)])
    shop.carts.come_back(5)
    clock.advance(hours=3)
    # The newest rows are not settled yet.
    shop.add_order()
    shop.add_order(11)
    shop.add_customer()
    shop.carts.live(5, "and on", hours=1)
    clock.advance(hours=2)
    shop.carts.notice()
    return picked


@contextmanager
def copied(engine: Engine, folder: Path) -> Iterator[Engine]:
    """Copy a warehouse, as it is, to be damaged; the copy is gone afterwards."""
    if isinstance(engine, DuckDB):
        copy = Path(shutil.copy(engine.path, folder / "copy.duckdb"))
        yield DuckDB(copy)
        copy.unlink()
        return
    assert isinstance(engine, PostgreSQL)
    server = engine.address.replace(f"/{_database(engine)}?", "/postgres?", 1)
    other = PostgreSQL(fresh_database(server, template=_database(engine)))
    yield other
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{_database(other)}" WITH (FORCE)'.encode())


def address(engine: Engine) -> str:
    """Return where the command finds a warehouse."""
    where = engine.where()
    return str(where.get("path") or where["sqlalchemy_url"])


def _database(engine: PostgreSQL) -> str:
    return str(conninfo_to_dict(engine.address)["dbname"])
