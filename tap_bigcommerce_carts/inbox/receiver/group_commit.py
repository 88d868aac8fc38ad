"""Group commit: one thread writes what has gathered, and each request waits for its commit."""

from __future__ import annotations

import asyncio
import logging
import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.errors import StorageError

if TYPE_CHECKING:
    from tap_bigcommerce_carts.inbox.events import Event
    from tap_bigcommerce_carts.inbox.receiver.metrics import Metrics
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage

_MOST_AT_ONCE = 500
_MOST_WAITING = 10_000
logger = logging.getLogger(__name__)


class _Waiting(NamedTuple):
    event: Event | None
    done: asyncio.Future[None]


class GroupCommit:
    """Writes the events of one event loop; to be started and stopped within it."""

    def __init__(self, storage: Storage, metrics: Metrics) -> None:
        self._storage = storage
        self._metrics = metrics
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="inbox-writer", daemon=True)
        self._failing = False
        # What could not be written last. BigCommerce sends it again; meanwhile it shows whether
        # the database takes events.
        self._failed: list[Event] = []

    def start(self) -> None:
        """Start the thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Write what is still waiting, then end the thread."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    async def write(self, event: Event | None) -> None:
        """Return when the event is durable; None only asks whether writing is possible.

        After a write that failed, that is asked by writing the same events again.

        Raises:
            StorageError: it is not written for certain.
        """
        if self._queue.qsize() >= _MOST_WAITING:
            raise StorageError("Too many events wait for the inbox's database.")
        done: asyncio.Future[None] = self._loop.create_future()
        self._queue.put(_Waiting(event, done))
        await done

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, last = self._gathered(first)
            failure = self._write([each.event for each in batch if each.event is not None])
            self._loop.call_soon_threadsafe(_resolve, batch, failure)
            if last:
                return

    def _gathered(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        """Return what waits by now, and whether the end was among it."""
        batch = [first]
        while len(batch) < _MOST_AT_ONCE:
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
        return batch, False

    def _write(self, events: list[Event]) -> StorageError | None:
        events = events or self._failed
        failure = self._written(events)
        if failure:
            self._failed = events
        elif self._failing:
            logger.warning("The inbox's database takes events again.")
            self._failed = []
        self._failing = failure is not None
        return failure

    def _written(self, events: list[Event]) -> StorageError | None:
        began = time.perf_counter()
        try:
            new = self._storage.write(events)
        except StorageError as error:
            if not self._failing:
                logger.error("%s BigCommerce is told to try again.", error)  # noqa: TRY400 - a sentence is enough
            return error
        except Exception:
            # A fault of this program: it must not end the thread, nor lose an event.
            if not self._failing:
                logger.exception("Events could not be written.")
            return StorageError("Events could not be written.")
        if events:
            self._metrics.wrote(new, len(events) - new, time.perf_counter() - began)
        return None


def _resolve(batch: list[_Waiting], failure: StorageError | None) -> None:
    for each in batch:
        if each.done.done():
            continue
        if failure is None:
            each.done.set_result(None)
        else:
            each.done.set_exception(failure)
