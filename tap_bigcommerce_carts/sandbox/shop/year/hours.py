"""When to look at a shop, to see all that a look in every hour would see."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def hours(
    spans: Iterable[tuple[datetime, datetime]], first: datetime, last: datetime
) -> list[datetime]:
    """Return few hours that will do, at least one in a day, in order.

    A look in every hour finds a cart that can be seen at one of the hours; of several each will
    do. So an hour is taken only when a cart would be gone by the next.

    Args:
        spans: from when until when each cart can be seen.
        first: the first hour; all others are whole hours after it.
        last: no hour is later.
    """
    found = [first]
    for begin, end in sorted(spans, key=lambda span: span[1]):
        latest = first + (min(end, last) - first) // _HOUR * _HOUR
        if found[-1] < begin <= latest:
            found.append(latest)
    return [hour for pair in pairwise([*found, last + _HOUR]) for hour in _by_day(*pair)]


def _by_day(hour: datetime, following: datetime) -> Iterator[datetime]:
    """Yield an hour, and the same one of each day after it, as long as another is not near."""
    while hour < following:
        yield hour
        hour += _DAY
