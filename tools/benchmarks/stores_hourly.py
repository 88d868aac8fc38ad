"""A simulation: how many stores are loaded in an hour, by so many at once on so many cores.

Nothing is run here. A store's load is taken for processor time spread evenly over its seconds; as
long as the loads under way need no more than the cores, each takes its own time, else all go on
slower alike. Whatever else can be short (the warehouse, memory, each store's quota) is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import ceil
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DONE = 1e-9


@dataclass(frozen=True)
class Load:
    """What loading a store takes when nothing else runs.

    Attributes:
        seconds: from start to end.
        cpu_seconds: processor time of all its processes.
    """

    seconds: float
    cpu_seconds: float

    @property
    def cores(self) -> float:
        """How many cores it keeps busy meanwhile."""
        return self.cpu_seconds / self.seconds


@dataclass(frozen=True)
class Share:
    """Some of the stores.

    Attributes:
        stores: how many.
        rows: new ones of each.
    """

    stores: int
    rows: int


# Assumed, not measured: what a thousand stores have new within an hour, in rows of all streams.
THOUSAND = (Share(600, 0), Share(300, 100), Share(90, 1_000), Share(10, 10_000))


def loads(shares: Iterable[Share], idle: Load, full: Load, rows: int) -> list[Load]:
    """Return the load of each store, in an order that looks random and is always the same.

    Args:
        shares: what is new.
        idle: the load of a store that has nothing new.
        full: the load of a store that has so many new rows, as many as ``rows``.
        rows: likewise.
    """

    def of(new: int) -> Load:
        share = new / rows
        return Load(
            idle.seconds + share * (full.seconds - idle.seconds),
            idle.cpu_seconds + share * (full.cpu_seconds - idle.cpu_seconds),
        )

    every = [of(share.rows) for share in shares for _ in range(share.stores)]
    Random(1).shuffle(every)  # noqa: S311 - no secret
    return every


def seconds(every: Sequence[Load], at_once: int, cores: float) -> float:
    """Return how long it takes to load stores.

    Args:
        every: their loads, in the order in which they begin.
        at_once: most under way at the same time.
        cores: of the machine.
    """
    waiting = iter(every)
    # What is left of each that is under way, in seconds of its own, and the cores it takes.
    under_way = [(each.seconds, each.cores) for each in islice(waiting, at_once)]
    now = 0.0
    while under_way:
        pace = min(1.0, cores / max(sum(taken for _, taken in under_way), _DONE))
        least = min(left for left, _ in under_way)
        now += least / pace
        under_way = [(left - least, taken) for left, taken in under_way if left - least > _DONE]
        under_way += [
            (each.seconds, each.cores) for each in islice(waiting, at_once - len(under_way))
        ]
    return now


def needed(every: Sequence[Load], cores: float, within: float) -> int | None:
    """Return how many must be under way at once so that all are loaded in time.

    Args:
        every: the loads.
        cores: of the machine.
        within: seconds until all must be loaded.

    Returns:
        The least number; None if no number will do.
    """
    # With less, the seconds of all loads do not fit in, however many cores there are.
    least = max(1, ceil(sum(each.seconds for each in every) / within))
    if sum(each.cpu_seconds for each in every) > cores * within:
        return None
    some = range(least, len(every) + 1)
    return next((at_once for at_once in some if seconds(every, at_once, cores) <= within), None)
