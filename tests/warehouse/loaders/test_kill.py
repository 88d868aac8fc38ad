"""The real command, piped into a real loader and killed: what is loaded in the end is whole."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from itertools import cycle
from random import Random
from threading import Timer
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.warehouse.engines import SCHEMA, DuckDB, Engine, PostgreSQL
from tests.support.warehouse.pipes import TAP
from tests.support.warehouse.truth import TABLES
from tools.loaders.plugins import loader_command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

LONG = os.environ.get("LONG") == "1"
KILLS = 60 if LONG else 6
LOADERS = ["target-duckdb", "target-postgres"] if LONG else ["target-duckdb"]
# Loaders confirm a STATE when a batch is in (rows). The first of them does so rightly, only
# with all rows before it, when it always writes all of its streams.
BATCHES = {"batch_size_rows": 25, "flush_all_streams": True}
# A load that takes longer hangs (seconds).
PATIENCE = 90


@dataclass(frozen=True, slots=True)
class Blow:
    """When the tap is killed: after so many bytes, or at the n-th request; None: not at all."""

    after_bytes: int | None = None
    at_request: int | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a load: the state to go on from, how the tap ended, what it had written."""

    state: dict[str, Any] | None
    killed: bool
    size: int


class Pipeline:
    """Loads one store into one new warehouse, as often as it takes."""

    def __init__(self, store: Sandbox, folder: Path, engine: Engine) -> None:
        self._store = store
        self._folder = folder
        self._engine = engine
        self.state: dict[str, Any] | None = None

    def tables(self) -> dict[str, dict[tuple[Any, ...], dict[str, Any]]]:
        return {
            table: {
                tuple(row[column] for column in key): row
                for row in self._engine.query(f"select * from {SCHEMA}.{table}")
            }
            for table, key in TABLES.items()
        }

    def load(self, blow: Blow) -> Loaded:
        """Pipe the tap into the loader, which takes what it gets and says what it took."""
        loading = self._engine.config() | BATCHES
        reading = {**self._store.config(), "page_size": 10}
        tap: list[str | Path] = [TAP, "--config", self._file("tap", reading)]
        if self.state is not None:
            tap += ["--state", self._file("state", self.state)]
        loader: list[str | Path] = [
            loader_command(self._engine.loader),
            "--config",
            self._file("loader", loading),
        ]
        confirmed = self._folder / "confirmed.jsonl"
        self._store.clear()
        with (
            (self._folder / "tap.log").open("w") as tap_log,
            (self._folder / "loader.log").open("w") as loader_log,
            confirmed.open("w") as states,
            subprocess.Popen(tap, stdout=subprocess.PIPE, stderr=tap_log, bufsize=0) as source,
            subprocess.Popen(
                loader, stdin=subprocess.PIPE, stdout=states, stderr=loader_log
            ) as sink,
        ):
            size, whole_lines = self._relay(source, sink, blow)
        assert source.returncode in (0, -9), (self._folder / "tap.log").read_text()
        # A tap that had written all it had before the blow is as good as killed: what it wrote
        # was passed on only so far.
        killed = source.returncode != 0 or size == blow.after_bytes
        # Of half a line a loader makes nothing, and says so.
        assert sink.returncode == 0 or not whole_lines, (self._folder / "loader.log").read_text()
        if lines := confirmed.read_text().splitlines():
            self.state = json.loads(lines[-1])
        return Loaded(self.state, killed, size)

    def _relay(
        self, source: subprocess.Popen[bytes], sink: subprocess.Popen[bytes], blow: Blow
    ) -> tuple[int, bool]:
        """Pass on what the tap writes until it ends; gives the bytes, and if lines are whole."""

        def strike(number: int, _request: Request) -> None:
            if number == blow.at_request:
                source.kill()

        def give_up() -> None:
            source.kill()
            sink.kill()

        assert source.stdout
        assert sink.stdin
        limit = blow.after_bytes or 1 << 40
        size, last = 0, b"\n"
        timer = Timer(PATIENCE, give_up)
        timer.start()
        self._store.before(strike)
        try:
            while size < limit and (chunk := source.stdout.read(min(65_536, limit - size))):
                sink.stdin.write(chunk)
                size, last = size + len(chunk), chunk[-1:]
            if size == limit:
                source.kill()
            sink.stdin.close()
            source.wait()
            sink.wait()
        finally:
            self._store.before(None)
            timer.cancel()
            # Neither outlives the test, whatever went wrong.
            give_up()
        return size, last == b"\n"

    def _file(self, name: str, content: dict[str, Any]) -> Path:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(content))
        return path


def blows(size: int, requests: int) -> Iterator[Blow]:
    """Kill a run early enough that some of it is left: by bytes and by requests in turn."""
    chance = Random(4)  # noqa: S311 - the same kills in every run of the tests
    for by_bytes in cycle((True, False)):
        if by_bytes:
            yield Blow(after_bytes=chance.randrange(1, size // 2))
        else:
            yield Blow(at_request=chance.randrange(1, requests // 2))


@pytest.fixture(params=LOADERS)
def empty(request: pytest.FixtureRequest) -> Callable[[Path], Engine]:
    """Make an empty warehouse; with PostgreSQL the one before it goes."""
    if request.param == "target-duckdb":
        return lambda folder: DuckDB(folder / "warehouse.duckdb")
    address: str = request.getfixturevalue("postgres")

    def emptied(_folder: Path) -> Engine:
        with psycopg.connect(address) as connection:
            connection.execute(f"drop schema if exists {SCHEMA} cascade".encode())
        return PostgreSQL(address)

    return emptied


def test_a_tap_killed_at_any_moment_goes_on_and_the_tables_are_whole(
    tmp_path: Path, empty: Callable[[Path], Engine]
) -> None:
    shop = Shop.seeded(carts=90, seed="kill", clock=Clock(), placed=60, customers=40)
    kills = resumed = attempt = 0

    def pipeline() -> Pipeline:
        folder = tmp_path / str(attempt)
        folder.mkdir()
        return Pipeline(store, folder, empty(folder))

    with Sandbox(shop) as store:
        unharmed = pipeline()
        size = unharmed.load(Blow()).size
        plan = blows(size, len(store.requests))
        expected = unharmed.tables()
        assert len(expected["abandoned_carts"]) == 90
        while kills < KILLS:
            attempt += 1
            assert attempt <= KILLS, "the tap was hardly ever killed"
            harmed = pipeline()
            killed = True
            # A few in a row, then to the end.
            for _ in range(min(6, KILLS - kills)):
                resumed += harmed.state is not None
                killed = harmed.load(next(plan)).killed
                kills += killed
                if not killed:
                    break
            if killed:
                assert not harmed.load(Blow()).killed
            assert harmed.tables() == expected
    assert resumed >= KILLS // 3
