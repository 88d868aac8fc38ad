"""Writes Singer messages to standard output: fast for rows, at once for STATE."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.encoding import SingerMessageType

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message

_LARGEST = 262_144


class OutputError(Exception):
    """Standard output does not take what is written to it."""


class Writer(MsgSpecWriter):
    """Gathers rows until there are enough of them (bytes), or until another message follows.

    A STATE is worth nothing to the target before it arrives, and neither are the rows that
    it covers; between two of them nobody waits for a single row.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pending = bytearray()
        self._writing = False
        self._exit_code: int | None = None

    @override
    def write_message(self, message: Message) -> None:
        self._pending += self.format_message(message)
        if message.type is not SingerMessageType.RECORD or len(self._pending) >= _LARGEST:
            self.flush()

    def flush(self) -> None:
        """Hand over what was gathered.

        Raises:
            OutputError: the target is gone, or the disk is full.
        """
        self._writing = True
        try:
            _write_all(self._pending)
        except BrokenPipeError:
            raise OutputError("The target stopped reading; see its own message.") from None
        except OSError as error:
            raise OutputError(f"Standard output cannot be written: {error.strerror}.") from None
        finally:
            self._writing = False
        self._pending.clear()
        if self._exit_code is not None:
            sys.exit(self._exit_code)

    def leave(self, code: int) -> None:
        """End the process, but never in the middle of a row: first the write under way ends.

        Called by the handler of a signal, which may come at any moment.
        """
        if not self._writing:
            sys.exit(code)
        self._exit_code = code


def _write_all(data: bytearray) -> None:
    """Write to standard output; without a buffer (`PYTHONUNBUFFERED`) it may take but a part."""
    output = sys.stdout.buffer
    with memoryview(data) as view:
        written = 0
        while written < len(view):
            written += output.write(view[written:])
    output.flush()
