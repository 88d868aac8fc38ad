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
        try:
            sys.stdout.buffer.write(self._pending)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise OutputError("The target stopped reading; see its own message.") from None
        except OSError as error:
            raise OutputError(f"Standard output cannot be written: {error.strerror}.") from None
        self._pending.clear()
