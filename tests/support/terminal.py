"""A terminal: commands that write to one, and shells that somebody types into."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Where the commands of this environment are.
COMMANDS = Path(sys.executable).parent
_LONGEST = 60.0  # seconds
_ROWS, _COLUMNS = 40, 160


def plain(**more: str) -> dict[str, str]:
    """Return an environment of a terminal that shows colours, and of nobody's wishes."""
    path = f"{COMMANDS}:{os.environ['PATH']}"
    return {"PATH": path, "TERM": "xterm-256color", "LANG": "C.UTF-8", **more}


class Terminal:
    """A process whose standard streams are a terminal; leave it to end the process.

    Args:
        arguments: the command.
        environment: of it.
        folder: where it runs.
    """

    def __init__(
        self, arguments: Sequence[str | Path], environment: Mapping[str, str], folder: Path
    ) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
        self._process = subprocess.Popen(
            arguments,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        """Type, as a person does."""
        os.write(self._ours, text.encode())

    def until(self, pattern: str) -> re.Match[str]:
        """Wait until what is shown matches a regular expression; return the match."""
        before = time.monotonic() + _LONGEST
        while not (found := re.search(pattern, self.shown)):
            if not self._read(before):
                raise AssertionError(f"{pattern!r} was never shown:\n{self.shown}")
        return found

    def to_the_end(self) -> str:
        """Wait for the process to end; return all that was shown."""
        before = time.monotonic() + _LONGEST
        while self._read(before):
            pass
        self._process.wait(timeout=_LONGEST)
        return self.shown

    def _read(self, before: float) -> bool:
        """Read what is shown; tell whether there can be more."""
        if not select.select([self._ours], [], [], max(before - time.monotonic(), 0))[0]:
            return False
        try:
            read = os.read(self._ours, 65_536)
        except OSError:
            # The end of a terminal, as Linux tells it.
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)
