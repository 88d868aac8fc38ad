"""Runs Meltano, several at once if need be, and ends all of them when asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from threading import Timer
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.load import tied
from tap_bigcommerce_carts.load.meltano_log import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tap_bigcommerce_carts.load.meltano_log import Line

# Seconds that Meltano, tap and loader get to end by themselves.
_GRACE = 10
_NEVER_BEGUN = 1


class Processes:
    """Processes of Meltano, each the head of a group with the tap and the loader it starts.

    Attributes:
        stopped: whether all were asked to end.
    """

    def __init__(self) -> None:
        self.stopped = False
        self._running: set[subprocess.Popen[str]] = set()

    def run(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        heard: Callable[[Line], None],
    ) -> int:
        """Run a command line of Meltano to its end; nothing that it started outlives it.

        The thread that calls stays here meanwhile: the kernel takes its end for the parent's.

        Args:
            command: the command and its arguments.
            folder: where it runs.
            environment: all that it can see of it.
            heard: called with each line of its log.

        Returns:
            Its exit code; not 0 if it was not begun, since all were asked to end.
        """
        if self.stopped:
            return _NEVER_BEGUN
        with subprocess.Popen(  # noqa: S603 - Meltano, with our arguments
            [sys.executable, "-IS", tied.__file__, str(os.getpid()), *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._running.add(process)
            if self.stopped:
                # Meanwhile, so `stop` may not have seen it.
                _end(process)
            try:
                for line in lines(process.stdout or ()):
                    heard(line)
                process.wait()
            except BaseException:
                _end(process)
                raise
            finally:
                self._running.discard(process)
        _send(process, signal.SIGKILL)
        return process.returncode

    def stop(self) -> None:
        """Ask all that run to end, and let nothing new begin; asked again, by force.

        It waits for nothing, so that a signal's handler can call it.
        """
        end = _kill if self.stopped else _end
        self.stopped = True
        for process in list(self._running):
            end(process)


@contextmanager
def stopping(processes: Processes) -> Iterator[None]:
    """Stop what is under way when this process is asked to end, then end as a shell counts it."""
    asked: list[int] = []

    def stop(number: int, _frame: object) -> None:
        asked.append(number)
        processes.stop()

    before = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        if asked:
            raise SystemExit(128 + asked[0])


def _end(process: subprocess.Popen[str]) -> None:
    """End Meltano's whole group, by force if it does not end by itself."""
    _send(process, signal.SIGTERM)
    later = Timer(_GRACE, _kill, [process])
    later.daemon = True
    later.start()


def _kill(process: subprocess.Popen[str]) -> None:
    if process.returncode is None:
        _send(process, signal.SIGKILL)


def _send(process: subprocess.Popen[str], what: signal.Signals) -> None:
    # Of a group whose members are gone, or that none of ours is in any more.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, what)
