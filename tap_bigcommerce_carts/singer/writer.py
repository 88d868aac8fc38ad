"""Writes Singer messages to standard output."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from typing_extensions import override

from tap_bigcommerce_carts.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk.singerlib.encoding.simple import Message

# Rows that are encoded together: a few hundred kilobytes.
_MOST_ROWS = 200


class MessageWriter(MsgSpecWriter):
    """Writes rows by the hundred, and everything at once: nothing waits in a buffer."""

    # How the process ends; the command has a way of its own.
    end: ClassVar[Callable[[int], NoReturn]] = sys.exit

    def __init__(self) -> None:
        super().__init__()
        self._writing = False
        self._exit_code: int | None = None

    def write_records(self, stream: str, records: list[Any]) -> None:
        """Write RECORD messages.

        Args:
            stream: whose rows they are.
            records: the rows, dicts or structs, all columns as they shall be.

        Raises:
            OutputError: the target is gone, or the disk is full.
        """
        now = datetime.now(UTC)
        for start in range(0, len(records), _MOST_ROWS):
            messages = [
                {"type": "RECORD", "stream": stream, "record": record, "time_extracted": now}
                for record in records[start : start + _MOST_ROWS]
            ]
            self._write(encoder.encode_lines(messages))

    @override
    def write_message(self, message: Message) -> None:
        self._write(bytes(self.format_message(message)))

    def _write(self, data: bytes) -> None:
        self._writing = True
        try:
            _write_all(data)
        except BrokenPipeError:
            raise OutputError("The target stopped reading; see its own message.") from None
        except OSError as error:
            raise OutputError(f"Standard output cannot be written: {error.strerror}.") from None
        finally:
            self._writing = False
        if self._exit_code is not None:
            type(self).end(self._exit_code)

    def leave(self, code: int) -> None:
        """End the process, but never in the middle of a row: first the write under way ends.

        Called by the handler of a signal, which may come at any moment.
        """
        if not self._writing:
            type(self).end(code)
        self._exit_code = code


def _write_all(data: bytes) -> None:
    """Write to standard output; without a buffer (`PYTHONUNBUFFERED`) it may take but a part."""
    output = sys.stdout.buffer
    with memoryview(data) as view:
        written = 0
        while written < len(view):
            written += output.write(view[written:])
    output.flush()
