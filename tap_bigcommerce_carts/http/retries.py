"""Retries what may pass: one loop, and tables of which error is retried how often."""

from __future__ import annotations

import itertools
import logging
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import backoff

from tap_bigcommerce_carts.errors import (
    HeavyRequestError,
    PossiblyTransientError,
    StoreError,
    TransientError,
    WrongAddressError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from backoff.types import Details

T = TypeVar("T")
_SHORTEST_WAIT, _LONGEST_WAIT = 0.1, 60.0
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a retry table.

    Args:
        error: the errors the row is for.
        tries: how often in a row it may come before it is raised; None: until time is up.
    """

    error: type[StoreError]
    tries: int | None = None


# Of each table the first row that fits wins; an error that none is for is raised at once.
UNTIL_TIME_IS_UP = (Rule(TransientError),)
PATIENT = (
    # Cut JSON passes; a web page in its place stays. So many tries part the two.
    Rule(PossiblyTransientError, tries=6),
    # An address that was never right is tried for seconds, no minutes.
    Rule(WrongAddressError, tries=3),
    *UNTIL_TIME_IS_UP,
)
# A page that keeps failing is asked for in a smaller size.
PAGE = (Rule(HeavyRequestError, tries=3), *PATIENT)
# Others before it had failed for good.
BRIEF = (Rule(PossiblyTransientError, tries=6), Rule(TransientError, tries=3))


def retried(
    step: Callable[[], T],
    rules: tuple[Rule, ...],
    seconds: float,
    *,
    longest_wait: float = _LONGEST_WAIT,
    on_retry: Callable[[], None] = lambda: None,
) -> T:
    """Return what a step returns, retrying it as a table says.

    Args:
        step: what is tried.
        rules: which of its errors are retried, and how often.
        seconds: how long it is retried in all.
        longest_wait: seconds between two tries, at most.
        on_retry: called before each further try.

    Raises:
        StoreError: the step's last error: no rule is for it, or its tries or the time are used up.
    """

    def log_retry(details: Details) -> None:
        logger.warning("%s Trying again in %.1f s.", details["exception"], details["wait"])
        on_retry()

    retry = backoff.on_exception(
        _waits,
        StoreError,
        max_time=seconds,
        giveup=_Tries(rules).used_up,
        on_backoff=log_retry,
        jitter=None,
        logger=None,
        longest=longest_wait,
    )
    return retry(step)()


class _Tries:
    """Counts the errors of one step, by a retry table."""

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self._rules = rules
        self._last: Rule | None = None
        self._in_a_row = 0

    def used_up(self, error: Exception) -> bool:
        """Count an error; return whether it is not to be retried."""
        rule = next((each for each in self._rules if isinstance(error, each.error)), None)
        self._in_a_row = self._in_a_row + 1 if rule is self._last else 1
        self._last = rule
        return rule is None or self._in_a_row == rule.tries


def _waits(longest: float) -> Generator[float, StoreError, None]:
    """Yield the seconds before each next try: what the API asks for, else longer each time."""
    error = yield 0.0
    for failures in itertools.count():
        if isinstance(error, TransientError) and error.wait is not None:
            # "At once" would be a race against whatever stopped us.
            wait = max(error.wait, _SHORTEST_WAIT)
        else:
            # Spread out, so that parallel requests do not come back all at once.
            wait = random.uniform(0.5, 1.0) * 2.0 ** min(failures, 10)  # noqa: S311 - not a secret
        error = yield min(wait, longest)
