"""The store's rate limit.

https://developer.bigcommerce.com/docs/start/best-practices/api-rate-limits
"""

import time
from dataclasses import dataclass, field
from threading import Lock

UNLIMITED = 7_000_000


@dataclass(slots=True)
class Quota:
    """`requests` in each window of `window_ms`, which opens with the first request.

    Windows run in real time, whatever the shop's clock says.
    """

    requests: int = 150
    window_ms: int = 30_000
    _opened: float = field(default=float("-inf"), repr=False)
    _used: int = field(default=0, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def take(self) -> bool:
        """Count one request; False when the window is used up."""
        with self._lock:
            now = time.monotonic()
            if (now - self._opened) * 1000 >= self.window_ms:
                self._opened, self._used = now, 0
            if self._used >= self.requests:
                return False
            self._used += 1
            return True

    def headers(self) -> dict[str, str]:
        """Return the rate-limit headers of a response sent now."""
        with self._lock:
            gone = min((time.monotonic() - self._opened) * 1000, self.window_ms)
            left = self.requests - self._used
        return rate_headers(self.requests, left, self.window_ms, int(self.window_ms - gone))


def rate_headers(requests: int, left: int, window_ms: int, reset_ms: int) -> dict[str, str]:
    """Return the four headers as BigCommerce names them.

    Args:
        requests: allowed in a window.
        left: of them.
        window_ms: length of a window, in milliseconds.
        reset_ms: milliseconds until the next one.
    """
    return {
        "X-Rate-Limit-Requests-Quota": str(requests),
        "X-Rate-Limit-Requests-Left": str(left),
        "X-Rate-Limit-Time-Window-Ms": str(window_ms),
        "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
    }


def unlimited_headers() -> dict[str, str]:
    """Return the headers of a store without a limit worth the name."""
    return rate_headers(UNLIMITED, UNLIMITED - 1, 30_000, 30_000)
