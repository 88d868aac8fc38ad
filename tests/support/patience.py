"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST = 60  # seconds
_BETWEEN = 0.01


def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, so that a test neither guesses how long that takes nor hangs.

    Args:
        true: asked again and again.
        what: is waited for, in words.

    Raises:
        TimeoutError: it never came true.
    """
    for _ in range(int(_LONGEST / _BETWEEN)):
        if true():
            return
        time.sleep(_BETWEEN)
    raise TimeoutError(f"Waited in vain for {what}.")
