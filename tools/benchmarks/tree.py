"""What a command costs together with all that it starts: seconds, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from tempfile import TemporaryFile
from threading import Event, Thread
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_GLANCE = 0.25  # seconds between two looks at the memory
_MB = 1 << 20


@dataclass(frozen=True)
class Cost:
    """What a command cost.

    Attributes:
        code: its exit code.
        output: what it wrote, to standard output.
        seconds: from its start to its end.
        cpu_seconds: processor time, its own and that of all processes it waited for.
        peak_mb: the largest sum of their resident sets in MB (1,048,576 bytes), as seen four
            times a second; what processes share counts for each of them.
    """

    code: int
    output: str
    seconds: float
    cpu_seconds: float
    peak_mb: float


def cost(
    command: Sequence[str], environment: Mapping[str, str], folder: os.PathLike[str] | str
) -> Cost:
    """Run a command to its end, without input.

    Args:
        command: the command and its arguments.
        environment: all that it can see of it.
        folder: where it runs.
    """
    with TemporaryFile() as output:
        began = time.perf_counter()
        run = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=folder,
        )
        memory = _Memory(run.pid)
        _, status, usage = os.wait4(run.pid, 0)
        seconds = time.perf_counter() - began
        run.returncode = os.waitstatus_to_exitcode(status)
        peak = memory.end()
        output.seek(0)
        said = output.read().decode("utf-8", "replace")
    return Cost(run.returncode, said, seconds, usage.ru_utime + usage.ru_stime, peak / _MB)


class _Memory:
    """Looks at the memory of a process and its descendants now and then.

    Args:
        pid: of the process.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._most = 0
        self._done = Event()
        self._thread = Thread(target=self._look)
        self._thread.start()

    def end(self) -> int:
        """Look no more, and return the most that was seen, in bytes."""
        self._done.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while True:
            self._most = max(self._most, self._now())
            if self._done.wait(_GLANCE):
                return

    def _now(self) -> int:
        found = 0
        with suppress(psutil.Error):
            for each in (self._root, *self._root.children(recursive=True)):
                with suppress(psutil.Error):
                    found += each.memory_info().rss
        return found
