"""What every test can ask for: a clock, an empty shop, and a sandbox that serves it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from sandbox import Sandbox, Shop
from tests.harness import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.scripted import Sleeps


@pytest.fixture
def clock() -> Clock:
    """The store's clock, at noon of 3 March 2026 until moved."""
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Shop:
    """An empty shop."""
    return Shop(clock=clock)


@pytest.fixture
def store(shop: Shop) -> Iterator[Sandbox]:
    """A sandbox that serves the shop without a request limit."""
    with Sandbox(shop) as sandbox:
        sandbox.quota = None
        yield sandbox


@pytest.fixture
def config(store: Sandbox) -> dict[str, Any]:
    """Settings that read the sandbox; faults are not waited on for long."""
    return {**store.config(), "retry_for": 20}


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """The waits of the back-off, recorded instead of slept; time goes on by them."""
    slept: Sleeps = []
    real = time.monotonic
    monkeypatch.setattr("backoff._sync.time.sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: real() + sum(slept))
    return slept
