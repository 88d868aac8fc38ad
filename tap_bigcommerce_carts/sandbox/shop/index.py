"""Sorted lists of (value, id), so that a page is found by bisection."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Hashable, Iterable
from math import inf

Entry = tuple[float, int]


class Index:
    """Entries by (value, id): one list of all (group None) and one per group.

    A value is a moment in Unix seconds, or an id; a group is an order's status. Adding many
    entries costs one sort, when they are first read.
    """

    def __init__(self) -> None:
        self._lists: dict[Hashable, list[Entry]] = {None: []}
        self._unsorted: set[Hashable] = set()

    def load(self, entries: Iterable[tuple[float, int, Hashable]]) -> None:
        """Add many (value, id, group) at once."""
        for value, key, group in entries:
            for name in (None, group):
                self._lists.setdefault(name, []).append((value, key))
                self._unsorted.add(name)

    def add(self, value: float, key: int, group: Hashable) -> None:
        """Add one entry."""
        for name in (None, group):
            insort(self._sorted(name), (value, key))

    def discard(self, value: float, key: int, group: Hashable) -> None:
        """Remove one entry; it must be there."""
        for name in (None, group):
            entries = self._sorted(name)
            del entries[bisect_left(entries, (value, key))]

    def between(
        self, low: float | None = None, high: float | None = None, group: Hashable = None
    ) -> list[Entry]:
        """Return the entries of a group, both ends inclusive, in order. Only for reading.

        Args:
            low: the least value; None for any.
            high: the greatest value; None for any.
            group: a group, or None for all entries.
        """
        entries = self._sorted(group)
        start = 0 if low is None else bisect_left(entries, (low, -inf))
        stop = len(entries) if high is None else bisect_right(entries, (high, inf))
        return entries[start:stop] if start or stop < len(entries) else entries

    def last(self, group: Hashable = None) -> float | None:
        """Return the greatest value of a group; None when the group is empty."""
        entries = self._sorted(group)
        return entries[-1][0] if entries else None

    def _sorted(self, name: Hashable) -> list[Entry]:
        entries = self._lists.setdefault(name, [])
        if name in self._unsorted:
            entries.sort()
            self._unsorted.discard(name)
        return entries
