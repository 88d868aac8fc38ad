"""Receivers as processes of their own, on real databases, and what BigCommerce sends them."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import aiohttp
import psycopg
import requests
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SECRET = "an-invented-secret"  # noqa: S105 - opens nothing but the tests


def event(number: int, **changed: Any) -> dict[str, Any]:
    """An event as BigCommerce sends it."""
    return {
        "scope": "store/cart/updated",
        "store_id": "1000777",
        "data": {"type": "cart", "id": f"5b1f3a70-0c11-4d2e-9f52-{number:012d}"},
        "hash": hashlib.sha1(str(number).encode(), usedforsecurity=False).hexdigest(),
        "created_at": 1_772_550_000 + number,
        "producer": "stores/abc123",
        **changed,
    }


class Receiver:
    """The command `serve`, running."""

    def __init__(
        self,
        url: str,
        *options: str,
        preexec: Callable[[], None] | None = None,
        **environment: str,
    ) -> None:
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", "--store-hash", "abc123", *options],
            env=os.environ
            | {"CART_INBOX_URL": url}
            | (environment or {"CART_INBOX_SECRET": SECRET}),
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=preexec,  # noqa: PLW1509 - no threads here, and a limit must be set before
        )
        assert self.process.stderr is not None
        self.log = self.process.stderr.readline()
        found = re.search(r"http://\S+?:\d+", self.log)
        assert found, self.log + self.process.stderr.read()
        self.url = found[0]

    def post(self, document: Any, **headers: str) -> int:
        body = {"data": document} if isinstance(document, bytes) else {"json": document}
        sent = {"X-Inbox-Secret": SECRET, **headers}
        return requests.post(self.url + "/webhooks", headers=sent, timeout=30, **body).status_code

    def kill(self) -> None:
        self.process.kill()
        self._close()

    def stop(self) -> int:
        self.process.terminate()
        self._close()
        return self.process.returncode

    def _close(self) -> None:
        assert self.process.stderr is not None
        self.log += self.process.stderr.read()
        self.process.stderr.close()
        self.process.wait(30)


COMMAND = [str(Path(sys.executable).with_name("bigcommerce-carts")), "inbox"]


def fresh_database(server: str, template: str = "template1") -> str:
    """Make a database on a PostgreSQL server, by default an empty one; return its address."""
    name = f"inbox_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
    return re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{name}", server)


def stored(url: str, store: str = "abc123") -> list[str]:
    """The hashes in the store, in the order of their sequence."""
    with closing(Storage(url, create=False)) as storage:
        return [row.hash for row in logged(storage) if row.store == store]


def logged(storage: Storage, after: int = 0) -> list[sa.Row[Any]]:
    """The events after a sequence, in their order."""
    chosen = sa.select(EVENTS).where(EVENTS.c.sequence > after).order_by(EVENTS.c.sequence)
    with storage.database.reading() as connection:
        return list(connection.execute(chosen))


def load(
    urls: list[str],
    numbers: Iterable[int],
    *,
    at_once: int = 50,
    blow: tuple[int, Callable[[], None]] | None = None,
) -> set[str]:
    """Post events to receivers in turn; return the hashes of those answered 200.

    A blow is how many must have been answered before something is done to a receiver.
    """
    return asyncio.run(_load(urls, numbers, at_once, blow))


async def _load(
    urls: list[str],
    numbers: Iterable[int],
    at_once: int,
    blow: tuple[int, Callable[[], None]] | None,
) -> set[str]:
    waiting = iter(numbers)
    answered: set[str] = set()

    async def post(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            document = event(number)
            with suppress(aiohttp.ClientError, OSError):
                url = urls[number % len(urls)] + "/webhooks"
                async with session.post(url, json=document) as answer:
                    if answer.status == 200:
                        answered.add(document["hash"])
                        if blow and len(answered) == blow[0]:
                            blow[1]()

    headers = {"X-Inbox-Secret": SECRET}
    async with aiohttp.ClientSession(headers=headers) as session:
        await asyncio.gather(*(post(session) for _ in range(at_once)))
    return answered
