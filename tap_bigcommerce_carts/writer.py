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


class Writer(MsgSpecWriter):
    """Leaves rows in the output's buffer until it is full, or until a STATE follows them.

    A STATE is worth nothing to the target before it arrives, and neither are the rows that
    it covers; between two of them nobody waits for a single row.
    """

    @override
    def write_message(self, message: Message) -> None:
        sys.stdout.buffer.write(self.format_message(message))
        if message.type is not SingerMessageType.RECORD:
            sys.stdout.buffer.flush()
