"""Pieces of the lines that a run logs of a stream: counts, costs, and when to say something."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.model import Cost

# Seconds without a word: less than what makes people think that a run hangs.
_LONGEST_SILENCE = 15


@dataclass(frozen=True)
class NameFilter:
    """A logging filter that notes a stream's name, where structured logs have a place for it."""

    stream: str

    def filter(self, record: logging.LogRecord) -> bool:
        """Note the name; every record is kept."""
        record.stream_name = self.stream
        return True


@contextmanager
def repeated(log: Callable[[], None]) -> Iterator[None]:
    """Log something every so often, as long as the block lasts, whatever it waits for."""
    ended = Event()

    def repeat() -> None:
        while not ended.wait(_LONGEST_SILENCE):
            log()

    # A daemon, so that a run that is told to end does not wait for it.
    thread = Thread(target=repeat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


class Watch:
    """Counts seconds and requests from now on.

    Args:
        cost: returns what was asked of the store so far.
    """

    def __init__(self, cost: Callable[[], Cost]) -> None:
        self._cost = cost
        self._before = cost()
        self._began = monotonic()

    def so_far(self) -> str:
        """Return in words how many requests there were, and for how long."""
        requests, retries = self._cost().since(self._before)
        seconds = monotonic() - self._began
        return f"{counted(requests, 'request')}, {counted(retries, 'retry')}, {seconds:,.1f} s"


def counted(count: int, noun: str) -> str:
    """Return a number with its noun, such as "1 row" or "2,000 rows".

    Args:
        count: how many.
        noun: for one of them.
    """
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1] + 'ies' if noun.endswith('y') else noun + 's'}"
