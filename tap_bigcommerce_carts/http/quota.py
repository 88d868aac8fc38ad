"""Spends the store's request quota without running into its end.

Every response says how many requests are left in the current window and when the window
ends; the quota is shared by all apps on the store.
https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LONGEST_WINDOW_MS = 600_000
_LARGEST_QUOTA = 1_000_000_000
logger = logging.getLogger(__name__)


class Quota(NamedTuple):
    """What a response said of the quota.

    Attributes:
        requests: how many there are in a window.
        left: of them.
        window: seconds of a window; None if it did not say.
    """

    requests: int
    left: int
    window: float | None


class Pacer:
    """Lets a request go when the quota, less the share left to others, has room for it.

    Safe to share between threads. Without headers, or with absurd ones, it never waits:
    a store without a limit may send none.

    Args:
        reserve: share of the quota (0 to 0.9) that is left to the store's other apps.
        clock: seconds that only ever grow.
        sleep: waits that many seconds.

    Attributes:
        told: what the last response said that had usable headers; None before.
        waits: how often a request had to wait for the next window.
    """

    def __init__(
        self,
        reserve: float = 0.1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reserve = reserve
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._left: int | None = None
        self._floor = 0.0
        self._reset_at = 0.0
        self.told: Quota | None = None
        self.waits = 0

    def acquire(self) -> None:
        """Wait, if need be, until one more request may be sent."""
        while (wait := self._take()) > 0:
            logger.info("The request quota is spent; waiting %.1f s for its next window.", wait)
            self.waits += 1
            self._sleep(wait)

    def _take(self) -> float:
        """Take one request off the quota; return the seconds to wait if there is none."""
        with self._lock:
            if self._left is None:
                return 0.0
            now = self._clock()
            if now >= self._reset_at:
                # The window is over and the next response has the new one's figures.
                self._left = None
                return 0.0
            if self._left - 1 < self._floor:
                return self._reset_at - now
            self._left -= 1
            return 0.0

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from a response's `X-Rate-Limit-*` headers (milliseconds, whole numbers)."""
        reset = _number(headers.get("X-Rate-Limit-Time-Reset-Ms"))
        left = _number(headers.get("X-Rate-Limit-Requests-Left"))
        quota = _number(headers.get("X-Rate-Limit-Requests-Quota"))
        if left is None or not quota or reset is None or reset > _LONGEST_WINDOW_MS:
            return
        window = _number(headers.get("X-Rate-Limit-Time-Window-Ms"))
        self.told = Quota(quota, left, None if window is None else window / 1000)
        if quota > _LARGEST_QUOTA:
            # A store without a limit that says so in figures.
            return
        with self._lock:
            reset_at = self._clock() + reset / 1000
            same_window = self._left is not None and reset_at < self._reset_at + 1
            # Answers of one window can overtake each other: only ever count down.
            self._left = min(left, self._left or 0) if same_window else left
            # With a tiny quota the reserve must still let one request through.
            self._floor = min(int(quota * self._reserve), quota - 1)
            self._reset_at = reset_at


def _number(header: str | None) -> int | None:
    """Return a header's whole number, or None if it holds none."""
    if header is not None and header.strip().isascii() and header.strip().isdigit():
        return int(header)
    return None
