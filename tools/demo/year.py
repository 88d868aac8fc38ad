"""A shop's year in a minute: the tap runs at many of its hours, one loader takes all messages."""

import json
import logging
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from time import monotonic
from typing import Any

from rich.console import Console
from singer_sdk.singerlib import SchemaMessage, StateMessage
from singer_sdk.singerlib.encoding.simple import Message
from typing_extensions import override

from tap_bigcommerce_carts.load.secrets import PREFIX
from tap_bigcommerce_carts.singer.writer import MessageWriter
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tools.demo.load import FailedError, Loader, Runs, show_rows

# Lets the shop's clock be a moment, and returns the settings that the tap has by then.
GoOn = Callable[[datetime], Mapping[str, str]]


def pass_year(console: Console, runs: Runs, hours: list[datetime], go_on: GoOn) -> None:
    """Run the tap at each of some hours, load what it says, and leave the STATE to Meltano.

    Args:
        console: where progress is shown.
        runs: how Meltano is run afterwards.
        hours: of the shop's clock, in order.
        go_on: lets the shop be at an hour.

    Raises:
        FailedError: the tap or the loader failed.
    """
    started = monotonic()
    with runs.loader() as loader, console.status("") as status:
        tap = _Tap(loader)
        for hour in hours:
            status.update(f"{hour:%d %B %Y}: {tap.writer.rows.total():,} rows")
            tap.run(go_on(hour))
        status.update("The loader takes the rest")
        state = loader.finish()
    show_rows(console, tap.writer.rows, monotonic() - started)
    runs.set_state(state)


class _Tap:
    """The tap, run again and again in this process, each time from where it was.

    Args:
        loader: takes its messages.
    """

    def __init__(self, loader: Loader) -> None:
        self.writer = _Joined(loader)

    def run(self, settings: Mapping[str, str]) -> None:
        """Run it once.

        Raises:
            FailedError: it could not read everything.
        """
        config = {name.removeprefix(PREFIX).lower(): value for name, value in settings.items()}
        with _quietly():
            tap = TapBigCommerceCarts(
                config=config, state=self.writer.state, message_writer=self.writer
            )
            try:
                tap.sync_all()
            finally:
                tap.run.close()
        if tap.run.unread:
            raise FailedError(f"The tap could not read {', '.join(tap.run.unread)}.")


class _Joined(MessageWriter):
    """Writes the messages of many runs as those of one.

    A SCHEMA that is like the one before is left out: loaders load what they have when one comes.

    Args:
        loader: takes them.
    """

    def __init__(self, loader: Loader) -> None:
        super().__init__()
        self.rows: Counter[str] = Counter()
        self.state: dict[str, Any] = {}
        self._loader = loader
        self._schemas: dict[str, bytes] = {}

    @override
    def write_records(self, stream: str, records: list[Any]) -> None:
        self.rows[stream] += len(records)
        super().write_records(stream, records)

    @override
    def write_message(self, message: Message) -> None:
        data = bytes(self.format_message(message))
        if isinstance(message, SchemaMessage):
            if self._schemas.get(message.stream) == data:
                return
            self._schemas[message.stream] = data
        elif isinstance(message, StateMessage):
            self.state = json.loads(data)["value"]
        self._write(data)

    @override
    def _write(self, data: bytes) -> None:
        self._loader.take(data)


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the tap from logging, and from answering Ctrl-C, which ends the demo."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        for number, handler in before.items():
            signal.signal(number, handler)
