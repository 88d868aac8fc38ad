"""What a load costs, each of its processes by itself: seconds, processor time, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING, Any, Self

import psutil  # type: ignore[import-untyped]

from tools.benchmarks.store import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAP, LOADER, MELTANO = "tap", "loader", "Meltano"
_GLANCE = 0.1  # seconds between two looks
_MB = 1 << 20
_PLUGINS = {"tap-": TAP, "target-": LOADER}


@dataclass(frozen=True)
class Part:
    """What one process of a load cost, or several that do the same one after another.

    Attributes:
        seconds: from start to end; of what another started, from the first look to the last.
        cpu_seconds: its processor time.
        peak_mb: its largest resident set in MB (1,048,576 bytes), as seen ten times a second.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class Ran:
    """How a load went.

    Attributes:
        failed: the process that failed; empty if none did.
        stopped: whether its time was up.
        seconds: from start to end.
        parts: its processes by name.
        last: the last line of its standard output, a loader's STATE.
    """

    failed: str
    stopped: bool
    seconds: float
    parts: dict[str, Part]
    last: str


def run(
    commands: Mapping[str, Sequence[str]],
    environment: Mapping[str, str],
    folder: Path,
    budget: float,
) -> Ran:
    """Run commands to their end, each reading what the one before it writes.

    Args:
        commands: by what their processes are called.
        environment: all that they can see of it.
        folder: for what they write: `NAME.log`, and the last one's output.
        budget: seconds that they may take.
    """
    *_, last = commands
    output = folder / "output"
    with ExitStack() as stack:
        opened = stack.enter_context(output.open("wb"))
        started: dict[str, subprocess.Popen[bytes]] = {}
        source: Any = subprocess.DEVNULL
        began = time.perf_counter()
        for name, command in commands.items():
            started[name] = subprocess.Popen(  # noqa: S603 - our own commands
                command,
                stdin=source,
                stdout=opened if name == last else subprocess.PIPE,
                stderr=stack.enter_context((folder / f"{name}.log").open("wb")),
                env=environment,
                cwd=ROOT,
                start_new_session=True,
            )
            if source != subprocess.DEVNULL:
                source.close()
            source = started[name].stdout
        timer = Timer(budget, _kill, [list(started.values())])
        timer.start()
        with Watch({one.pid: name for name, one in started.items()}) as watch:
            for name, one in started.items():
                _, status, usage = os.wait4(one.pid, 0)
                one.returncode = os.waitstatus_to_exitcode(status)
                watch.ended(name, usage.ru_utime + usage.ru_stime, time.perf_counter() - began)
        seconds = time.perf_counter() - began
        timer.cancel()
    # When one fails, whoever writes to it fails of that.
    failed = next((name for name, one in reversed(started.items()) if one.returncode), "")
    stopped = bool(failed) and seconds >= budget
    said = output.read_text(errors="replace").splitlines() or [""]
    return Ran(failed, stopped, seconds, watch.parts(), said[-1])


def _kill(started: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes with all that they started."""
    for one in started:
        if one.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)


@dataclass
class _Seen:
    """What was seen of one process."""

    name: str
    root: str
    began: float
    seconds: float = 0
    cpu_seconds: float = 0


class Watch:
    """Looks now and then at processes and those that they start.

    Args:
        roots: their names by process id. What they start bears the same name, but plugins.
    """

    def __init__(self, roots: Mapping[int, str]) -> None:
        self._roots = {psutil.Process(pid): name for pid, name in roots.items()}
        self._seen: dict[int, _Seen] = {}
        self._peaks: dict[str, int] = {}
        self._whole: dict[str, tuple[float, float]] = {}
        self._done = Event()
        self._thread = Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def ended(self, root: str, cpu_seconds: float, seconds: float) -> None:
        """Take down what a root, with all that it waited for, came to when it ended."""
        self._whole[root] = (seconds, cpu_seconds)

    def parts(self) -> dict[str, Part]:
        """Return what each came to, the roots first.

        What a root's children took was seen a little before they ended; the rest is its own.
        """
        found = {}
        for root, (seconds, cpu_seconds) in self._whole.items():
            others = [one for one in self._seen.values() if one.root == root != one.name]
            own = cpu_seconds - sum(one.cpu_seconds for one in others)
            found[root] = Part(seconds, own, self._peaks.get(root, 0) / _MB)
            for name in dict.fromkeys(one.name for one in others):
                alike = [one for one in others if one.name == name]
                found[name] = Part(
                    sum(one.seconds for one in alike),
                    sum(one.cpu_seconds for one in alike),
                    self._peaks[name] / _MB,
                )
        return found

    def _look(self) -> None:
        while not self._done.is_set():
            now: dict[str, int] = {}
            for process, root in self._roots.items():
                for each in (process, *_children(process)):
                    with suppress(psutil.Error):
                        name = root if each == process else _called(each, process, root)
                        if name:
                            now[name] = now.get(name, 0) + self._glance(each, name, root)
            for name, memory in now.items():
                self._peaks[name] = max(self._peaks.get(name, 0), memory)
            self._done.wait(_GLANCE)

    def _glance(self, process: psutil.Process, name: str, root: str) -> int:
        """Take down the time a process has taken so far; return its memory."""
        with process.oneshot():
            # Linux tells when a process began no better than to a second.
            seen = self._seen.setdefault(process.pid, _Seen(name, root, time.perf_counter()))
            times = process.cpu_times()
            seen.seconds = time.perf_counter() - seen.began
            seen.cpu_seconds = times.user + times.system
            memory: int = process.memory_info().rss
        return memory


def _called(process: psutil.Process, parent: psutil.Process, otherwise: str) -> str:
    """Name a process that Meltano started: a plugin is a script, run by an interpreter.

    At first a process is a copy of what started it, and once it has ended nobody can tell: then
    its name is empty.
    """
    command = process.cmdline()
    if not command or command == parent.cmdline():
        return ""
    names = (Path(part).name for part in command[:2])
    kinds = (kind for name in names for start, kind in _PLUGINS.items() if name.startswith(start))
    return next(kinds, otherwise)


def _children(process: psutil.Process) -> list[psutil.Process]:
    """List what a process started. Linux knows; elsewhere every process must be looked at."""
    known = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    with suppress(psutil.Error, OSError):
        if known.exists():
            return [psutil.Process(int(pid)) for pid in known.read_text().split()]
        return list(process.children())
    return []
