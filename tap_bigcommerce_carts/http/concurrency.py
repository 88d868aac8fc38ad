"""How many requests may be under way at once: fewer as soon as the store shows overload."""

from __future__ import annotations

import threading
from collections import deque

# Good responses in a row after which one more request at once is tried.
_CALM = 20


class Slots:
    """A place for each request under way; use as `with slots:` around the request.

    Who waited longest goes first: what is read in order is held up by its oldest request.

    A response that shows overload brings the limit down to one; each twenty good ones in a
    row bring it up by one again.

    Args:
        most: places there are at best.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._limit = most
        self._taken = 0
        self._waiting: deque[object] = deque()
        self._calm = 0
        self._change = threading.Condition()

    @property
    def limit(self) -> int:
        """Places there are now."""
        return self._limit

    def __enter__(self) -> None:
        with self._change:
            me = object()
            self._waiting.append(me)
            try:
                self._change.wait_for(lambda: self._waiting[0] is me and self._taken < self._limit)
            finally:
                # Also who is interrupted makes room for the next.
                self._waiting.remove(me)
                self._change.notify_all()
            self._taken += 1

    def __exit__(self, *_: object) -> None:
        with self._change:
            self._taken -= 1
            self._change.notify_all()

    def note_response(self, *, overloaded: bool) -> None:
        """Learn from a response."""
        with self._change:
            if overloaded:
                self._limit, self._calm = 1, 0
            elif self._limit < self._most:
                self._calm += 1
                if self._calm >= _CALM:
                    self._limit, self._calm = self._limit + 1, 0
                    self._change.notify_all()
