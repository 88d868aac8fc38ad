"""A check of a large store beside its warehouse, and the reading of the store's lists alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tools.benchmarks.inbox_receivers import database, postgres
from tools.benchmarks.store import ROOT, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDERS, QUICK_ORDERS = 200_000, 20_000
# Seconds that a store takes for an answer: none, and as elsewhere in the benchmark.
LATENCIES = (0, 0.3)
LISTING, DUCKDB, POSTGRES = "the store's lists alone", "a check with DuckDB", "with PostgreSQL"
_COMMANDS = Path(sys.executable).parent
# Of ten orders one was left behind, and one of ten was made by a customer of its own.
_SHARE = 10
# The sandbox's shops are ninety days old.
_DAYS = 100
_MB = 1024


@dataclass(frozen=True)
class Checked:
    """What a check cost, or the reading of the store's lists alone.

    Attributes:
        what: which of them.
        orders: how many the store has; of a tenth of them each it has carts and customers.
        latency: seconds added to each of its answers.
        rows: compared and found equal; of the lists alone, those that were read.
        requests: to the store.
        seconds: from start to exit.
        peak_mb: the largest resident set of the process, in MB (1,048,576 bytes).
    """

    what: str
    orders: int
    latency: float
    rows: int
    requests: int
    seconds: float
    peak_mb: float


def checks(*, quick: bool) -> Iterator[Checked]:
    """Measure the reading of a store's lists, and its check beside each warehouse."""
    orders = QUICK_ORDERS if quick else ORDERS
    some = orders // _SHARE
    with ExitStack() as stack:
        store = stack.enter_context(Store(some, placed=orders - some, customers=some))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(postgres())
        warehouses = {
            DUCKDB: str(folder / "warehouse.duckdb"),
            POSTGRES: database(server, "checked"),
        }
        config = _written(folder / "config.json", {**store.config(), "max_parallel_requests": 3})
        state = _load(folder, config, warehouses)
        start = f"{datetime.now(UTC) - timedelta(days=_DAYS):%Y-%m-%dT%H:%M:%SZ}"
        listing = [sys.executable, "-m", __spec__.name, config, start]
        commands = {LISTING: listing}
        for what, warehouse in warehouses.items():
            verify = [str(_COMMANDS / "bigcommerce-carts"), "verify", "--warehouse", warehouse]
            verify += [f"--config={config}", f"--state={state}", f"--from={start}"]
            commands[what] = [*verify, "--no-keep", "--format=json"]
        for latency in LATENCIES:
            store.take(latency)
            for what, command in commands.items():
                yield _measured(what, command, store, latency, orders)


def _load(folder: Path, config: str, warehouses: dict[str, str]) -> str:
    """Load the store into the warehouses; return the file of the STATE.

    In processes of their own: what is measured starts as a copy of this one.
    """
    written = folder / "output.jsonl"
    tap = [str(_COMMANDS / "tap-bigcommerce-carts"), "--config", config]
    with written.open("wb") as output:
        subprocess.run(tap, stdout=output, stderr=subprocess.DEVNULL, check=True, cwd=ROOT)  # noqa: S603 - ours
    for warehouse in warehouses.values():
        into = [sys.executable, "-m", "tools.quick_load", str(written), warehouse]
        subprocess.run(into, check=True, cwd=ROOT)  # noqa: S603 - ours
    last = {}
    with written.open("rb") as lines:
        for line in lines:
            if line.startswith(b'{"type":"STATE"'):
                last = json.loads(line)["value"]
    written.unlink()
    return _written(folder / "state.json", last)


def _measured(what: str, command: list[str], store: Store, latency: float, orders: int) -> Checked:
    before, _ = store.counts()
    started = time.perf_counter()
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603 - ours
    with closing(run.stdout or sys.stdin.buffer) as output:
        said = output.read()
    # The child's own peak.
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - started
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise RuntimeError(f"Not proven, or not read to the end: {what}.")
    requests = store.counts()[0] - before
    rows, peak = _rows(json.loads(said)), usage.ru_maxrss / _MB
    return Checked(what, orders, latency, rows, requests, seconds, peak)


def _rows(said: Any) -> int:
    """Return how many rows were read, or compared."""
    if isinstance(said, int):
        return said
    return sum(each["rows_equal"] for store in said["stores"] for each in store["streams"])


def listed(config: Path, start: datetime) -> int:
    """Read the store's orders and customers as a check does; return how many there are."""
    # Imported here: whoever only measures stays small.
    from tap_bigcommerce_carts.model import Window  # noqa: PLC0415
    from tap_bigcommerce_carts.tap import TapBigCommerceCarts  # noqa: PLC0415
    from tap_bigcommerce_carts.verify.keys.listing import lean_reader  # noqa: PLC0415

    with closing(TapBigCommerceCarts(config=json.loads(config.read_text())).run) as run:
        window = Window(start, datetime.now(UTC).replace(microsecond=0))
        lean = lean_reader(run)
        orders = run.bigcommerce.orders(lambda: window, lean.document)
        customers = run.bigcommerce.customer_list.lean_pages(lambda: window)
        return sum(len(page) for pages in (orders, customers) for page in pages)


def _written(file: Path, document: Any) -> str:
    file.write_text(json.dumps(document))
    return str(file)


if __name__ == "__main__":
    print(listed(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])))  # noqa: T201 - the answer
