"""Requests many things one by one, of which one may fail for good: that one is skipped.

The first that fails is retried as long as any request. After that patience is shorter, else a
store with many such would be waited for without end. When several in a row fail it is not
them: nothing more is requested. What came along without a request is one of the row, too.
"""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    OutOfReachError,
    SkippedError,
    StoreError,
)

if TYPE_CHECKING:
    from typing import Protocol

    R_co = TypeVar("R_co", covariant=True)

    class Get(Protocol[R_co]):
        """Requests one thing; if `brief`, it is given up after a few tries."""

        def __call__(self, *, brief: bool) -> R_co:
            """Return it, or raise StoreError."""


T = TypeVar("T")
_MOST_IN_A_ROW = 10


class CircuitBreaker:
    """Counts failures, for all threads that send requests.

    Args:
        failed_before: whether what is asked for failed before: then it is no sign of the others.
    """

    def __init__(self, *, failed_before: bool = False) -> None:
        self._stop = SkippedError if failed_before else StoreError
        self._lock = Lock()
        self._patient = True
        self._in_a_row = 0
        # The place in the row of the last that failed.
        self._failed_at = 0
        self._stopped: StoreError | None = None
        # How many came along without a request of their own.
        self.arrived = 0

    def note_arrival(self) -> None:
        """Note that one came along without a request of its own."""
        self.arrived += 1

    def call(self, get: Get[T], after: int | None = None) -> T:
        """Return one thing.

        Args:
            get: requests it.
            after: what `arrived` was at its place in the row, if it is asked for later.

        Raises:
            SkippedError: it cannot be read; others may.
            StoreError: none can.
        """
        if self._stopped:
            raise self._stopped
        place = self.arrived if after is None else after
        try:
            found = get(brief=not self._patient)
        except (MissingScopeError, OutOfReachError):
            raise
        except StoreError as error:
            raise self._counted(error, place) from None
        with self._lock:
            self._in_a_row = 0
        return found

    def _counted(self, error: StoreError, place: int) -> StoreError:
        with self._lock:
            self._patient = False
            if place > self._failed_at:
                self._failed_at, self._in_a_row = place, 0
            # Several ask at once: one that comes late belongs to a row that is over.
            self._in_a_row += place == self._failed_at
            if self._in_a_row < _MOST_IN_A_ROW:
                return SkippedError(str(error))
            self._stopped = self._stop(f"{error} So it was {_MOST_IN_A_ROW} times in a row.")
            return self._stopped
