"""Fetches the next page while the caller still works on this one."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Consumer:
    """Who reads the items, as the source sees it.

    Attributes:
        waits: whether it is idle until the next item comes.
    """

    def __init__(self) -> None:
        self.waits = False


def read_ahead(items: Iterator[T], consumer: Consumer | None = None) -> Iterator[T]:
    """Yield `items` in order, drawing the next one in a thread of its own.

    An error of the source is raised where its item would have come. When the caller stops
    early, the source is left at its next item.

    Args:
        items: the source.
        consumer: if given, is kept up to date for the source to look at.
    """
    consumer = consumer or Consumer()
    ready: queue.Queue[Callable[[], T]] = queue.Queue(maxsize=1)
    stopped = threading.Event()

    def draw() -> None:
        try:
            for item in items:
                ready.put(lambda item=item: item)  # type: ignore[misc]
                if stopped.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised again where the caller is
            ready.put(lambda error=error: _raise(error))  # type: ignore[misc]
        else:
            ready.put(lambda: _raise(_EndError()))

    # A daemon, so that a run that is stopped does not wait for a response.
    threading.Thread(target=draw, name="read-ahead", daemon=True).start()
    try:
        while True:
            consumer.waits = ready.empty()
            item = ready.get()
            consumer.waits = False
            yield item()
    except _EndError:
        return
    finally:
        stopped.set()
        with suppress(queue.Empty):
            # Room for the item the thread may be holding, so that it sees the stop.
            ready.get_nowait()


def _raise(error: BaseException) -> T:  # type: ignore[type-var]
    raise error


class _EndError(Exception):
    """The source has no more items."""
