"""What a receiver says of those it turns away: each thing at once, then once a minute at most."""

from __future__ import annotations

import asyncio
import logging

_EVERY = 60  # seconds
logger = logging.getLogger(__name__)


class ThrottledLog:
    """Sentences for the log, of one event loop; they hold nothing of what was sent."""

    def __init__(self) -> None:
        self._more: dict[str, int] = {}

    def write(self, sentence: str) -> None:
        """Log a sentence, or count it if it was logged within the last minute."""
        if sentence in self._more:
            self._more[sentence] += 1
            return
        logger.warning("%s", sentence)
        self._more[sentence] = 0
        asyncio.get_running_loop().call_later(_EVERY, self._count, sentence)

    def close(self) -> None:
        """Log what was only counted by now."""
        for sentence in list(self._more):
            self._count(sentence)

    def _count(self, sentence: str) -> None:
        if more := self._more.pop(sentence, 0):
            logger.warning("%s (%d times more)", sentence, more)
