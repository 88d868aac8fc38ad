"""An inbox that catches what a shop tells of its carts."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.events import Event, parse
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tests.support.harness import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.harness import Output


CARTS, LINES, LOG = "carts", "cart_line_items", "cart_events"


class Inbox:
    """Catches what a shop tells of its carts; a test may lose some of it, or mix it up."""

    def __init__(self, store: Sandbox, url: str) -> None:
        self.url = url
        self.wanted: Callable[[str], bool] = lambda _: True
        self._store = store
        self.storage = Storage(url)
        self._waiting: list[Event] | None = None
        store.shop.carts.listeners.append(self._take)

    def _take(self, scope: str, data: dict[str, Any], at: int) -> None:
        if not self.wanted(scope):
            return
        event = parse(msgspec.json.encode(self._store.webhooks.event(scope, data, at)))
        if self._waiting is None:
            self.storage.write([event])
        else:
            self._waiting.append(event)

    def wait(self) -> None:
        self._waiting = []

    def deliver(self, seed: int) -> None:
        """Write what waited, in disorder and some of it twice."""
        events, self._waiting = self._waiting or [], None
        dice = random.Random(seed)  # noqa: S311 - not for secrets
        events += dice.sample(events, len(events) // 5)
        dice.shuffle(events)
        self.storage.write(events)

    def close(self) -> None:
        self.storage.close()


def reads(store: Sandbox) -> list[str]:
    """The carts asked for, in order."""
    return [each.path for each in store.requests if each.path.rpartition("/")[0].endswith("carts")]


def by_id(out: Output) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in out.rows(CARTS)}


def keep(inbox: Inbox, scope: str, data: Any, **columns: Any) -> None:
    """Put an event into the database as it is, as an older receiver may have."""
    at = int(NOON.timestamp())
    row: dict[str, Any] = {
        "store": "sandbox1",
        "hash": str(uuid4()),
        "scope": scope,
        "cart_id": None,
    }
    text = data if isinstance(data, str) else json.dumps(data)
    row |= {"happened_at": at, "received_at": at, "data": text, **columns}
    with inbox.storage.database.engine.begin() as connection:
        connection.execute(sa.insert(EVENTS).values(**row))
