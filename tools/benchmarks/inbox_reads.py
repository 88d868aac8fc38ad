"""The tap on an inbox full of events: how many carts it reads at the store, and what that costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tools.benchmarks.store import ROOT, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

CARTS, QUICK_CARTS = (2_000, 20_000), (500, 2_000)
_TAP = Path(sys.executable).with_name("tap-bigcommerce-carts")
_STREAMS = ("carts", "cart_line_items")
_AT_ONCE = 5_000
_MB = 1024


@dataclass(frozen=True)
class Read:
    """What a run on an inbox cost.

    Attributes:
        carts: how many the events were about.
        events: how many there were.
        rows: those of `carts` written.
        reads: requests for a cart.
        checkouts: requests for a checkout.
        others: other requests.
        seconds: from start to exit.
        peak_mb: the tap's largest resident set, in MB (1,048,576 bytes).
    """

    carts: int
    events: int
    rows: int
    reads: int
    checkouts: int
    others: int
    seconds: float
    peak_mb: float


def reads(*, quick: bool) -> Iterator[Read]:
    """Measure a first run on inboxes of two sizes."""
    for carts in QUICK_CARTS if quick else CARTS:
        yield read(carts)


def read(carts: int) -> Read:
    """Fill an inbox with the lives of some carts, and run the tap on it."""
    with Store(0) as store, TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder / 'inbox.db'}"
        events = filled(url, store, carts)
        config = {**store.config(), "inbox_url": url}
        command = [str(_TAP), "--config", _written(folder / "config.json", config)]
        discover = [*command, "--discover"]
        offered = subprocess.check_output(discover, cwd=ROOT, stderr=subprocess.DEVNULL)  # noqa: S603 - ours
        catalog = json.loads(offered)
        for entry in catalog["streams"]:
            root = next(each for each in entry["metadata"] if not each["breadcrumb"])
            root["metadata"]["selected"] = entry["tap_stream_id"] in _STREAMS
        command += ["--catalog", _written(folder / "catalog.json", catalog)]
        before = store.routes()
        started = time.perf_counter()
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT)  # noqa: S603 - ours
        rows = sum(b'"type":"RECORD","stream":"carts"' in line for line in run.stdout or ())
        if run.stdout:
            run.stdout.close()
        _, status, usage = os.wait4(run.pid, 0)
        seconds = time.perf_counter() - started
        run.returncode = os.waitstatus_to_exitcode(status)
        if run.returncode:
            raise RuntimeError("The tap did not read the inbox to its end.")
        made = {route: count - before.get(route, 0) for route, count in store.routes().items()}
    asked, checkouts = (
        sum(count for route, count in made.items() if f"/v3/{kind}/" in route)
        for kind in ("carts", "checkouts")
    )
    others = sum(made.values()) - asked - checkouts
    return Read(carts, events, rows, asked, checkouts, others, seconds, usage.ru_maxrss / _MB)


def filled(url: str, store: Store, carts: int) -> int:
    """Fill an inbox, and return how many events there are.

    In a process of its own: the tap starts as a copy of this one, which must stay small.
    """
    file = Path(url.removeprefix("sqlite:///")).with_name("events.json")
    file.write_bytes(store.events(carts))
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-m", "tools.benchmarks.inbox_reads", url, str(file)],
        stdout=subprocess.PIPE,
        check=True,
        cwd=ROOT,
    )
    return int(done.stdout)


def fill(url: str, file: Path) -> int:
    """Write events into an empty inbox; return how many there are."""
    every = msgspec.json.decode(file.read_bytes(), type=list[msgspec.Raw])
    events = iter([parse(bytes(each)) for each in every])
    written = 0
    with closing(Storage(url)) as storage:
        while some := list(islice(events, _AT_ONCE)):
            written += storage.write(some)
    return written


def _written(file: Path, document: Any) -> str:
    file.write_text(json.dumps(document))
    return str(file)


if __name__ == "__main__":
    print(fill(sys.argv[1], Path(sys.argv[2])))  # noqa: T201 - the answer
