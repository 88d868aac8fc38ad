"""Runs one program against one store, and takes its time, its memory and its output's measure."""

from __future__ import annotations

import os
import re
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, NamedTuple, Self

from tools.benchmarks.store import ROOT

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from tools.benchmarks.contenders import Contender
    from tools.benchmarks.store import Store

_CHUNK = 1 << 20
_SCHEMAS = (b'{"type":"SCHEMA"', b'{"type": "SCHEMA"')
_STARTED = b"RECORD"
_MB = 1024
_GLANCE = 0.2  # seconds between two looks at the request count


@dataclass
class Measurement:
    """What one run cost.

    Attributes:
        contender: its name.
        case: the store's limits.
        carts: how many the store has.
        outcome: `finished`; `stopped` when its time was up; `failed`; `computed` when it was not
            run, since the smaller store shows that its time would be up; `absent`.
        seconds: wall time, from start to exit. For `stopped` and `computed` what it would take.
        requests: likewise, as the sandbox counts them.
        refused: requests answered with 429.
        records: carts and lines in its output.
        schemas: SCHEMA messages in its output.
        first: seconds to the first record.
        peak_mb: its largest resident set, in MB (1,048,576 bytes); None if it was not run.
        busy: share of the time in which the sandbox worked.
        quota_used: share of the requests the store allowed that were made, in whole windows.
        note: what a reader must know.
    """

    contender: str
    case: str
    carts: int
    outcome: str
    seconds: float = 0
    requests: int = 0
    refused: int = 0
    records: int = 0
    schemas: int = 0
    first: float = 0
    peak_mb: float | None = None
    busy: float | None = None
    quota_used: float | None = None
    note: str = ""


class Output(NamedTuple):
    """What was counted in a program's output."""

    carts: int
    lines: int
    schemas: int
    first: float


def measure(
    contender: Contender, store: Store, case: str, budget: float, quota: str = ""
) -> Measurement:
    """Run a contender to its end, or until `budget` seconds are over.

    Args:
        contender: what runs.
        store: what it reads.
        case: what the store's limits are called.
        budget: seconds it may take.
        quota: the store's, as requests/seconds; empty for none.
    """
    if reason := contender.absent():
        return Measurement(contender.name, case, store.carts, "absent", note=reason)
    with TemporaryDirectory() as name:
        folder = Path(name)
        command = contender.command(store, folder)
        before, cpu = store.counts(), store.cpu_seconds()
        with Glances(store, quota) as glances, (folder / "log").open("wb") as log:
            started = time.perf_counter()
            run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=ROOT)  # noqa: S603
            timer = Timer(budget, run.kill)
            timer.start()
            output = count(run, contender, started)
            # The child's own peak. It starts as a copy of this process, which must stay small:
            # whatever is large is imported later.
            _, status, usage = os.wait4(run.pid, 0)
            seconds = time.perf_counter() - started
            run.returncode = os.waitstatus_to_exitcode(status)
            timer.cancel()
        after, spent = store.counts(), store.cpu_seconds()
        stopped = run.returncode < 0 and seconds >= budget
        failed = run.returncode != 0 and not stopped
        return Measurement(
            contender.name,
            case,
            store.carts,
            "stopped" if stopped else "failed" if failed else "finished",
            seconds=seconds,
            requests=after[0] - before[0],
            refused=after[1] - before[1],
            records=output.carts + output.lines,
            schemas=output.schemas,
            first=output.first,
            peak_mb=usage.ru_maxrss / _MB,
            busy=None if cpu is None or spent is None else (spent - cpu) / seconds,
            quota_used=glances.share(),
            note=last_words(folder / "log") if failed else lost(store, output, stopped=stopped),
        )


def count(run: subprocess.Popen[bytes], contender: Contender, started: float) -> Output:
    """Read a program's output as fast as it comes, and count what is in it."""
    if run.stdout is None:
        raise ValueError("The program's output is not piped.")
    pipe = run.stdout.fileno()
    with suppress(AttributeError, OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _CHUNK)
    carts = lines = schemas = 0
    first, rest = 0.0, b""
    while chunk := os.read(pipe, _CHUNK):
        # Only whole lines are looked at, so that nothing is counted in halves.
        whole, newline, rest = (rest + chunk).rpartition(b"\n")
        if newline:
            carts += whole.count(contender.carts)
            lines += whole.count(contender.lines)
            schemas += sum(whole.count(each) for each in _SCHEMAS)
            if not first and _STARTED in whole:
                first = time.perf_counter() - started
    run.stdout.close()
    return Output(carts, lines, schemas, first)


def lost(store: Store, output: Output, *, stopped: bool) -> str:
    """Return a remark on a program that ended well and did not write every cart."""
    if stopped or output.carts == store.carts:
        return ""
    return f"wrote {output.carts:,} of {store.carts:,} carts"


def last_words(log: Path) -> str:
    """Return the last line of a log, without what is only for its reader."""
    lines = log.read_text(errors="replace").strip().splitlines() or ["no word"]
    return re.sub(r"https?://\S+", "the store", lines[-1].rpartition("|")[2].strip())[:160]


class Glances:
    """Looks at the store's request count now and then, to see how a quota is used.

    Args:
        store: the store.
        quota: its quota, as requests/seconds; empty for none: then nothing is looked at.
    """

    def __init__(self, store: Store, quota: str) -> None:
        self._store = store
        self._allowed, self._window = map(int, (quota or "0/1").split("/"))
        self._seen: list[tuple[float, int]] = []
        self._done = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Self:
        if self._allowed:
            self._seen.append((time.monotonic(), sum_of(self._store)))
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_GLANCE):
            self._seen.append((time.monotonic(), sum_of(self._store)))

    def share(self) -> float | None:
        """Return the share of the quota used, over the whole windows seen; None if none was."""
        before = self._seen[0][1] if self._seen else 0
        idle = [at for at, requests in self._seen if requests == before]
        if not idle:
            return None
        # The first window opened after the last look that saw nothing new.
        windows = int((self._seen[-1][0] - idle[-1]) // self._window)
        end = idle[-1] + windows * self._window
        made = [requests for at, requests in self._seen if at < end]
        return (made[-1] - before) / (windows * self._allowed) if windows else None


def sum_of(store: Store) -> int:
    """Count the requests that were let through."""
    requests, refused = store.counts()
    return requests - refused
