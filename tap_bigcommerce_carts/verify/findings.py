"""What a check found: per stream and day what is equal, explained, and at fault.

No value of a row stands here but its key, its date, and a status or an amount that is wrong: a
finding can be shown to anybody.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from tap_bigcommerce_carts.model import Window

# Faulty keys that are kept of each kind and stream, to be shown.
MOST_KEYS = 10
# The form of ids: digits, hexadecimal ones as of UUIDs, and some of them joined.
_ID = re.compile(
    r"\d+([_-]\d+)*|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}|[0-9a-f]{24}", re.IGNORECASE
)
# Keys that are kept of a stream for a repair, which asks again for what is left then.
MOST_SPARE = 50_000


class Explained(StrEnum):
    """Why a difference is none."""

    CHANGED = "changed since"
    CONVERTED = "converted"
    ARCHIVED = "archived"
    DELETED = "deleted"
    CHANNEL = "left out by channel_ids"
    STREAM_MAP = "left out by a stream map"
    FIRST_LOAD = "before the first load"


class Fault(StrEnum):
    """What is wrong with a row of the warehouse."""

    MISSING = "missing"
    EXTRA = "extra"
    STALE = "stale"
    DATE = "wrong date"
    TIME_ZONE = "time zone"
    STATUS = "wrong status"
    AMOUNT = "wrong amount"
    LINES = "wrong lines"
    DOUBLED_LINES = "doubled lines"
    GAP = "gap in the sequence"


# What loading again leaves as it is: rows, or lines, that do not belong.
NOT_OVERWRITTEN = frozenset({Fault.EXTRA, Fault.LINES, Fault.DOUBLED_LINES})


class Mode(StrEnum):
    """How thorough a check is: counts of each day, each key, or each key and a sample of lines."""

    QUICK = "quick"
    KEYS = "keys"
    DEEP = "deep"


@dataclass(slots=True)
class Day:
    """What was found of a stream's rows that changed on one day (UTC).

    Attributes:
        equal: rows in which nothing differs.
        explained: differences that are no faults, by their reason.
        faults: rows that are wrong, each counted once, by its first fault.
        first: the earliest date of a faulty row, as store or warehouse has it.
        last: the latest.
    """

    equal: int = 0
    explained: Counter[Explained] = field(default_factory=Counter)
    faults: Counter[Fault] = field(default_factory=Counter)
    first: datetime | None = None
    last: datetime | None = None

    @property
    def checked(self) -> int:
        """Rows that were compared."""
        return self.equal + self.explained.total() + self.faults.total()


class Faulty(NamedTuple):
    """A faulty row.

    Attributes:
        key: its key, as it may be shown.
        date: its date.
        store: what the store has of what differs: a date, a status or an amount; None if nothing
            of the kind does.
        warehouse: likewise.
    """

    key: str
    date: datetime
    store: str | None = None
    warehouse: str | None = None


@dataclass(slots=True)
class Checked:
    """What was found of one stream.

    Attributes:
        stream: its name.
        window: the dates that were looked at, both included; None if none could be.
        days: what was found of each day, also of days without rows.
        keys: the first faulty rows of each kind.
        spare: keys of what loading again does not overwrite, with their dates; of lines, their
            carts'.
        unverified: why something could not be checked, in sentences; then nothing is proven.
        notes: what the comparison knows the loader to lose by design, in sentences.
    """

    stream: str
    window: Window | None = None
    days: dict[date, Day] = field(default_factory=dict)
    keys: dict[Fault, list[Faulty]] = field(default_factory=dict)
    spare: dict[str, datetime] = field(default_factory=dict)
    unverified: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def day(self, moment: datetime) -> Day:
        """Return the day that a date is of."""
        return self.days.setdefault(moment.date(), Day())

    @property
    def was_looked_at(self) -> bool:
        """Whether anything of it could be compared, be it that there was no row."""
        return self.window is not None and bool(self.days or not self.unverified)

    def every_day(self) -> Iterator[tuple[date, Day]]:
        """Yield the days that were looked at, in order, also those without rows."""
        if self.window is None or not self.was_looked_at:
            return
        first, last = self.window.lower.date(), self.window.upper.date()
        inside = {first + timedelta(days=count) for count in range((last - first).days + 1)}
        for day in sorted(inside | self.days.keys()):
            yield day, self.days.get(day) or Day()

    def explain(self, reason: Explained, moment: datetime, count: int = 1) -> None:
        """Count differences that are no faults."""
        self.day(moment).explained[reason] += count

    def blame(
        self,
        fault: Fault,
        key: str,
        moment: datetime,
        within: datetime | None = None,
        differing: tuple[str | None, str | None] = (None, None),
    ) -> None:
        """Count a faulty row.

        Args:
            fault: its kind.
            key: the row's key without the store; what it is shown as, `shown` says.
            moment: its date, which says what to load again.
            within: the date of the window that it is counted under, if that is another.
            differing: what store and warehouse have of what differs; never personal data.
        """
        day = self.day(within or moment)
        day.faults[fault] += 1
        day.first = min(day.first or moment, moment)
        day.last = max(day.last or moment, moment)
        keys = self.keys.setdefault(fault, [])
        if len(keys) < MOST_KEYS:
            keys.append(Faulty(shown(key), moment, *differing))
        if fault in NOT_OVERWRITTEN and len(self.spare) < MOST_SPARE:
            self.spare[key] = moment

    def rename(self, faults: Iterable[Fault], fault: Fault) -> None:
        """Call faults by another name: what all of them together turned out to be."""
        for each in faults:
            for day in self.days.values():
                if count := day.faults.pop(each, 0):
                    day.faults[fault] += count
            known = self.keys.setdefault(fault, [])
            known += self.keys.pop(each, [])[: MOST_KEYS - len(known)]

    @property
    def faults(self) -> int:
        """Faulty rows of all days."""
        return sum(day.faults.total() for day in self.days.values())

    @property
    def is_proven(self) -> bool:
        """Whether all of it was checked, and no fault found."""
        return self.window is not None and not (self.faults or self.unverified)


def shown(key: str) -> str:
    """Return a key as anybody may see it: what has not the form of an id may be personal."""
    return key if _ID.fullmatch(key) else "(a key that is no id)"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one store.

    Attributes:
        store: value of the column `store`.
        mode: how thorough it was.
        at: the moment it was made, by the store's clock.
        streams: each stream that was asked for.
        has_state: whether it is known how far the store was loaded; else the newest rows say so.
        unchecked: streams that were loaded and that there is no check of.
    """

    store: str
    mode: Mode
    at: datetime
    streams: tuple[Checked, ...]
    has_state: bool = True
    unchecked: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether everything asked for was checked, and no fault found."""
        return bool(self.streams) and all(each.is_proven for each in self.streams)

    @property
    def faulty(self) -> Iterable[Checked]:
        """The streams with faults."""
        return (each for each in self.streams if each.faults)
