"""Looks once more at every row that differs, before it is called a fault.

A shop goes on while it is checked, and a load may be running beside. So the store is asked again
for each row, by its id, and the warehouse before and after that: only what it held all the while
is judged. What the store changed after the window was not to be loaded yet.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.keys.listing import Item, moment_of, seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.verify.findings import Checked
    from tap_bigcommerce_carts.verify.keys.comparison import Compared
    from tap_bigcommerce_carts.verify.keys.listing import Staging

# Times a row is looked at again that changes in the warehouse meanwhile.
_MOST_LOOKS = 5
# Wrong dates that have to agree before all are put down to a time zone; zones differ by these.
_LEAST_SHIFTED, _QUARTER, _WIDEST = 2, 15 * 60, 26 * 3600
_MOST_NAMED = 3
# So many rows that the store lacks are a large share of what was compared, if they are at all.
_LEAST_GONE = 5


class Unknown(StrEnum):
    """Why it cannot be known whether a row that the store lacks was ever the store's."""

    NO_ROW = "the store has none now; look whether these are the settings it was loaded with"
    BEYOND = "their ids are far beyond the newest that the store has"
    ELSEWHERE = "they may have been read through API2Cart, under the same `store_name`"
    DOUBLED = "each has a double under another key, which the store lacks as well"
    NOT_ASKED = "the list lacks so many that these were not asked for one by one"
    SHARE = (
        "they are a large share of what was compared; look whether these are the settings of the "
        "store that was loaded"
    )


class Current(NamedTuple):
    """What the store has of a row now.

    Attributes:
        item: what is compared.
        ours: whether it is of the storefronts that are read.
        was_read: whether it is of those that were read when the bookmark was made.
        listed: whether its list has it too: archived orders may be had by their id alone.
        kept: whether the stream map keeps it.
        problem: why it cannot be read, if so.
    """

    item: Item
    ours: bool = True
    was_read: bool = True
    listed: bool = True
    kept: bool = True
    problem: str | None = None


class StoreSide(Protocol):
    """The store, asked for some rows of a stream.

    Attributes:
        at_once: how many rows are best asked for at once.
        most_gone: of so large a share of the rows it is not believed that they were deleted.
    """

    at_once: int
    most_gone: float

    def current(self, keys: Sequence[str]) -> dict[str, Current]:
        """Return those of some rows that the store has."""

    def absent(self, item: Item) -> Explained | Fault | Unknown:
        """Return what is the matter with a row that the store does not have."""


class WarehouseSide(Protocol):
    """The warehouse, asked for some rows of a stream."""

    def of_keys(self, keys: Sequence[str]) -> dict[str, Item]:
        """Return those of some rows that the warehouse has."""

    def doubles(self, keys: Sequence[str]) -> dict[str, set[str]]:
        """Return the keys of other rows that say the same of some rows' cart or customer."""

    def strangers(self, keys: Sequence[str]) -> set[str]:
        """Return those of some rows that may have been read from another platform."""


@dataclass(slots=True)
class SecondLook:
    """Judges the rows that differ.

    Attributes:
        window: the dates that are settled.
        compared: what is compared.
        store: the store.
        warehouse: the warehouse.
        checked: takes what is found.
        first_load: the date from which on the store was read; None: from its beginning.
        latest_wins: whether a date may go back: that of a cart's owner does when the cart is paid.
    """

    window: Window
    compared: Compared
    store: StoreSide
    warehouse: WarehouseSide
    checked: Checked
    first_load: int | None = None
    latest_wins: bool = False
    _shifts: set[int] = field(default_factory=set)
    _shifted: int = 0
    _unread: dict[str, str] = field(default_factory=dict)
    _unknown: Counter[Unknown] = field(default_factory=Counter)
    _went_back: Counter[int] = field(default_factory=Counter)
    _doubles: dict[str, bool] = field(default_factory=dict)
    _strangers: set[str] = field(default_factory=set)
    _restless: int = 0

    def judge(self, staging: Staging, passed_by: Iterable[int | str] = ()) -> None:
        """Judge all rows in the table `suspects`.

        Args:
            staging: both sides.
            passed_by: ids of rows that were passed by when they were loaded.

        Raises:
            StoreError: the store cannot be asked again.
        """
        skipped = "passed by when it was loaded, since it had no readable date"
        self._unread |= {str(each): f"{each} was {skipped}" for each in passed_by}
        others = staging.placed if self.compared.only_carts else ()
        self._unread |= {key: why for key, why in staging.unread.items() if key not in others}
        for suspects in _chunks(staging, self.store.at_once):
            self._judge({key: on for key, on in suspects.items() if key not in self._unread})
        self._sum_up()

    @property
    def shift(self) -> timedelta | None:
        """How much later than the store's all wrong dates are; None if not by one time zone."""
        if Fault.TIME_ZONE not in self.checked.keys:
            return None
        (shift,) = self._shifts
        return timedelta(seconds=shift)

    def _judge(self, suspects: dict[str, int]) -> None:
        """Judge some rows, each with the date by which it came into the window."""
        left = suspects
        before = self.warehouse.of_keys(list(left))
        for _ in range(_MOST_LOOKS):
            current = self.store.current(list(left))
            after = self.warehouse.of_keys(list(left))
            steady = [key for key in left if before.get(key) == after.get(key)]
            gone = [key for key in steady if key in after and key not in current]
            self._doubles = self._doubled(gone)
            self._strangers = self.warehouse.strangers(gone) if gone else set()
            for key in steady:
                self._decide(key, left[key], current.get(key), after.get(key))
            left = {key: on for key, on in left.items() if before.get(key) != after.get(key)}
            before = after
            if not left:
                return
        self._restless += len(left)

    def _doubled(self, gone: list[str]) -> dict[str, bool]:
        """Return the rows that have a double; whether the store has one of theirs."""
        doubles = self.warehouse.doubles(gone) if gone else {}
        others = set[str]().union(*doubles.values())
        there = self.store.current(sorted(others)) if others else {}
        return {key: not there.keys().isdisjoint(theirs) for key, theirs in doubles.items()}

    def _decide(self, key: str, on: int, store: Current | None, loaded: Item | None) -> None:
        found = self._found(key, store, loaded)
        if isinstance(found, Explained):
            self.checked.explain(found, moment_of(on))
        elif isinstance(found, Unknown):
            self._unknown[found] += 1
        elif isinstance(found, Fault):
            # What is to be loaded again is where the store has it.
            where = store.item.date if store else loaded.date if loaded else None
            differing = _differing(found, store.item, loaded) if store and loaded else (None, None)
            date = moment_of(on if where is None else where)
            self.checked.blame(found, key, date, moment_of(on), differing)
        elif store is None or not store.problem:
            self.checked.day(moment_of(on)).equal += 1
        else:
            self._unread[key] = store.problem

    def _found(
        self, key: str, store: Current | None, loaded: Item | None
    ) -> Explained | Fault | Unknown | None:
        """Return what is the matter with a row; None if nothing is, or it cannot be read."""
        if store is None:
            return self._gone(key, loaded)
        if store.problem:
            return None
        if not store.listed:
            return Explained.ARCHIVED
        if not store.ours:
            return Explained.CHANNEL
        if self.compared.only_carts and store.item.status != 0:
            return self._converted(store.item, loaded)
        return self._differs(store, loaded)

    def _gone(self, key: str, loaded: Item | None) -> Explained | Fault | Unknown:
        """Judge a row that the store does not have."""
        if loaded is None:
            return Explained.DELETED
        if self._doubles.get(key):
            return Fault.EXTRA
        found = self.store.absent(loaded)
        if found == Fault.EXTRA and key in self._strangers:
            return Unknown.ELSEWHERE
        # Of two rows of what is deleted one was the store's; which, nobody can tell.
        return Unknown.DOUBLED if found != Fault.EXTRA and key in self._doubles else found

    def _converted(self, store: Item, loaded: Item | None) -> Explained | Fault:
        """Judge a cart that has become an order: its row stays as it was when it was left."""
        if loaded is None:
            return Explained.CONVERTED
        if _later(loaded, store):
            return Fault.DATE
        if self.compared.status and loaded.status != 0:
            return Fault.STATUS
        return Explained.CONVERTED

    def _differs(self, store: Current, loaded: Item | None) -> Explained | Fault | None:
        """Judge a row that the store has."""
        item = store.item
        if loaded and _later(loaded, item):
            return self._ahead(item, loaded)
        if not self._is_settled(item):
            return Explained.CHANGED
        if loaded and loaded.date == item.date:
            return self._contents(item, loaded)
        return self._left_out(store) or self._behind(item, loaded)

    def _ahead(self, store: Item, loaded: Item) -> Explained | Fault:
        """Judge a row whose date is later than the store's, or is none."""
        if self.latest_wins and loaded.date is not None and store.date is not None:
            self._went_back[loaded.date - store.date] += 1
            return Explained.CHANGED
        self._note_shift(store, loaded)
        return Fault.DATE

    def _behind(self, store: Item, loaded: Item | None) -> Fault:
        """Judge a row that is not there as the store has had it since before the load."""
        if loaded is None:
            return Fault.MISSING
        self._note_shift(store, loaded)
        return Fault.STALE

    def _is_settled(self, store: Item) -> bool:
        lower, upper = seconds(self.window.lower), seconds(self.window.upper)
        return store.date is not None and lower <= store.date <= upper

    def _left_out(self, store: Current) -> Explained | None:
        """Return why the store's row was not to be loaded, if it was not."""
        date = store.item.date
        if self.first_load is not None and date is not None and date < self.first_load:
            return Explained.FIRST_LOAD
        if not store.was_read:
            return Explained.CHANNEL
        return None if store.kept else Explained.STREAM_MAP

    def _contents(self, store: Item, loaded: Item) -> Fault | None:
        """Judge rows of the same date."""
        if self.compared.status and loaded.status != store.status:
            return Fault.STATUS
        if self.compared.total and not self.compared.same_total(store, loaded):
            return Fault.AMOUNT
        return None

    def _note_shift(self, store: Item, loaded: Item) -> None:
        if store.date is not None and loaded.date is not None:
            self._shifted += 1
            self._shifts.add(loaded.date - store.date)

    def _sum_up(self) -> None:
        """Say what all rows together show, and what could not be looked at."""
        if len(self._shifts) == 1 and self._shifted >= _LEAST_SHIFTED:
            (shift,) = self._shifts
            if shift % _QUARTER == 0 and abs(shift) <= _WIDEST:
                self.checked.rename((Fault.STALE, Fault.DATE), Fault.TIME_ZONE)
        self._doubt_many()
        if len(self._went_back) == 1 and (count := self._went_back.total()) >= _LEAST_SHIFTED:
            (shift,) = self._went_back
            if shift % _QUARTER == 0 and shift <= _WIDEST:
                self.checked.unverified.append(
                    f"{count:,} row(s) are later than the store's, all by {shift / 3600:g} h, as "
                    "with dates of another time zone: their dates are not compared."
                )
        self.checked.unverified += [
            f"Whether {count:,} row(s) were deleted at the store, or never were the store's, "
            f"cannot be known: {why}."
            for why, count in self._unknown.items()
        ]
        if self._unread:
            reasons = sorted(set(self._unread.values()))
            more = f", and {len(reasons) - _MOST_NAMED} more" if len(reasons) > _MOST_NAMED else ""
            self.checked.unverified.append(
                f"{len(self._unread)} row(s) of the store cannot be read, and are not compared: "
                f"{'; '.join(reasons[:_MOST_NAMED])}{more}."
            )
        if self._restless:
            self.checked.unverified.append(
                f"{self._restless} row(s) changed in the warehouse each time they were looked at: "
                "a load is running. Check again when it has ended."
            )

    def _doubt_many(self) -> None:
        """Do not believe that the store deleted a large share of its rows."""
        days = self.checked.days.values()
        deleted = sum(day.explained[Explained.DELETED] for day in days)
        compared = sum(day.checked for day in days)
        if deleted >= _LEAST_GONE and deleted >= compared * self.store.most_gone:
            self._unknown[Unknown.SHARE] += deleted
            for day in days:
                del day.explained[Explained.DELETED]


def _differing(fault: Fault, store: Item, loaded: Item) -> tuple[str | None, str | None]:
    """Return what both have of what is wrong."""
    if fault is Fault.STATUS:
        return _told(store.status), _told(loaded.status)
    if fault is Fault.AMOUNT:
        return _told(store.total), _told(loaded.total)
    if fault in (Fault.STALE, Fault.DATE):
        return _told(_iso(store.date)), _told(_iso(loaded.date))
    return None, None


def _iso(date: int | None) -> str | None:
    return None if date is None else iso(moment_of(date))


def _told(value: object) -> str:
    return "none" if value is None else str(value)


def _later(one: Item, other: Item) -> bool:
    """Whether a loaded row has a later date than the store's, or one that is none."""
    if one.date is None:
        return True
    return other.date is not None and one.date > other.date


def _chunks(staging: Staging, size: int) -> Iterator[dict[str, int]]:
    """Yield the suspects in order of their ids, so many at a time."""
    rows = iter(
        staging.db.execute("select key, date from suspects order by cast(key as integer), key")
    )
    while chunk := dict(islice(rows, size)):
        yield chunk
