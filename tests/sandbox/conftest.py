"""A sandbox over a small shop whose clock stands still."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Sandbox, Shop

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)

Get = Callable[..., requests.Response]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def shop() -> Shop:
    """An empty shop."""
    return Shop(clock=lambda: NOW)


@pytest.fixture(scope="session")
def seeded() -> Shop:
    """An invented shop, only for reading."""
    return Shop.seeded(carts=1500, placed=600, customers=700, clock=lambda: NOW)


@pytest.fixture
def sandbox(shop: Shop) -> Iterator[Sandbox]:
    """The empty shop, served."""
    with Sandbox(shop, scopes=ALL_SCOPES) as served:
        yield served


def getter(sandbox: Sandbox, session: requests.Session) -> Get:
    """Return a function that reads a path below the store with the right token."""

    def get(path: str, headers: dict[str, str] | None = None, **query: Any) -> requests.Response:
        url = f"{sandbox.url}/stores/{sandbox.store_hash}{path}"
        fields = {name.replace("__", ":"): value for name, value in query.items()}
        token = {"X-Auth-Token": sandbox.token}
        return session.get(url, params=fields, headers=token | (headers or {}), timeout=10)

    return get


@pytest.fixture
def get(sandbox: Sandbox) -> Iterator[Get]:
    """Read a path of the served shop; `__` in a query field stands for `:`."""
    with requests.Session() as session:
        yield getter(sandbox, session)


@pytest.fixture(scope="session")
def get_seeded(seeded: Shop) -> Iterator[Get]:
    """Read a path of the invented shop."""
    with Sandbox(seeded, scopes=ALL_SCOPES) as served, requests.Session() as session:
        yield getter(served, session)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds the sandbox waits before it answers, as it is told to."""
    noted: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        noted.append(seconds)
        await real(seconds)

    monkeypatch.setattr("tap_bigcommerce_carts.sandbox.server.asyncio.sleep", sleep)
    return noted
