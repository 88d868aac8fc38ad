"""Walks a list that changes while it is read, and skips nothing.

A list is asked for in order of `date_modified`. The next request starts at the last date
seen, not at a page number: a row that is modified moves to the end of the list, and by
number the row behind it would slip into the page that was just read. Rows already seen in
that second come again and are dropped by id.

When one second holds more rows than a page, its pages are read by number, and then once
more backwards: rows can only leave a second that is over, so what they pull forward past
the reader is on an earlier page, where the way back meets it.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.bigcommerce.pagination import ListPage, PageFill
from tap_bigcommerce_carts.errors import HeavyRequestError, StoreError
from tap_bigcommerce_carts.model import BEGINNING, Listed, Window
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer, moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet
    from typing import Protocol

    class Fetch(Protocol):
        """Requests a page of the list: rows from one date to another, both included, by date."""

        def __call__(self, lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
            """Ask for page `number` (from 1) of `size` rows."""


# Good pages in a row after which a page that was made smaller grows again.
_STEADY = 5
# Times in a row that one page may come for different numbers.
_MOST_REPEATS = 5
# A store that reads a date without its time gives rows from up to here before it.
_STRAY = timedelta(days=2)
logger = logging.getLogger(__name__)


class Position(NamedTuple):
    """How far a walk came.

    Attributes:
        anchor: the date the next request starts at.
        seen: ids and dates of rows that the next request will bring again.
    """

    anchor: datetime
    seen: AbstractSet[tuple[int, datetime]] = frozenset()


class PageSize:
    """Rows a page asks for: halved when pages fail, grown back when they pass.

    Where the store gives fewer at once than it was asked for, it is asked for as many.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = most
        # Whether the store was seen to give as many rows as it was asked for.
        self.proved = False
        self._good = 0
        self._fullness = PageFill(most)

    def last(self, page: ListPage, asked: int) -> bool | None:
        """Return whether a page is its list's last, or None: not known; learn from its length.

        Args:
            page: what came.
            asked: how many rows it was to have.
        """
        last, given = self._fullness.last(page, asked), len(page.documents)
        self.proved |= given >= asked
        if not last and 0 < given < asked:
            self.most = min(self.most, self._fullness.longest)
            self.now = min(self.now, self.most)
        return last

    def passed(self) -> None:
        """Learn that a page came."""
        if self.now < self.most:
            self._good += 1
            if self._good >= _STEADY:
                self.now, self._good = min(self.now * 2, self.most), 0

    def failed(self) -> None:
        """Learn that a page kept failing."""
        self.now, self._good = max(self.now // 2, 1), 0


class Walk:
    """Reads all rows of a window, oldest change first.

    Safe to use for several windows at once.

    Args:
        fetch: requests a page of the list.
        page_size: how many rows a page asks for, at best.
        noun: what a row is called in messages, such as "order".
        margin: seconds to start a request before the date it is for, and to end it after;
            1 where it is not known whether the store's bounds are inclusive. Once the first one
            was seen to be, requests start at their date: where many rows share a second, those
            of the second before would fill the pages.
    """

    def __init__(self, fetch: Fetch, page_size: int, noun: str, margin: int = 0) -> None:
        self._fetch = fetch
        self.size = PageSize(page_size)
        self._noun = noun
        self._before = self._after = timedelta(seconds=margin)

    def pages(self, window: Window) -> Iterator[list[Listed]]:
        """Yield the window's rows a page at a time, each row once, in order of date.

        Raises:
            StoreError: the list was not in order, so that going on could lose rows.
        """
        for rows, _ in self.steps(Position(window.lower), window.upper):
            yield rows

    def steps(
        self, start: Position, upper: datetime
    ) -> Iterator[tuple[list[Listed], Position | None]]:
        """Yield each page's rows, and the position to go on from; None at the end.

        Args:
            start: where to begin: at a window's first date, or where another walk stopped.
            upper: the last date, included.

        Raises:
            StoreError: as for `pages`.
        """
        position: Position | None = start
        while position is not None and position.anchor <= upper:
            size = self.size.now
            try:
                for rows, following in self._step(position, Window(start.anchor, upper), size):
                    position = following
                    yield rows, position
            except HeavyRequestError as error:
                self.size.failed()
                logger.warning("%s Going on with pages of %d.", error, self.size.now)
            else:
                self.size.passed()

    def _step(
        self, position: Position, window: Window, size: int
    ) -> Iterator[tuple[list[Listed], Position | None]]:
        """Read one page, or all pages of a second that has more rows than one."""
        # The same for all pages of this step, or their numbers would count other rows.
        before = self._before
        anchor, seen = position.anchor, set(position.seen)
        # A store that does not keep to the date gives again what came before it.
        window = Window(max(window.lower, anchor - before), window.upper)
        rows, last = self._read(anchor - before, window.upper, 1, size)
        number, repeated, lone, unsure = 1, 0, False, last is None
        if rows and not last and len(rows) < size:
            if last is None and seen.issuperset(map(_known, rows)):
                last = True
            elif rows[-1].modified <= max(anchor, rows[0].modified):
                # By its date the same page would come again; what follows is asked for by number.
                lone = len(rows) == 1
                anchor, size = max(anchor, rows[-1].modified), len(rows)
        while (
            rows and not last and rows[-1].modified <= anchor and (len(rows) == size or number > 1)
        ):
            yield self._fresh(rows, seen, window), Position(anchor, frozenset(seen))
            number += 1
            earlier = rows
            rows, last = self._read(anchor - before, window.upper, number, size)
            # A row that comes in late can push a page's rows on to the next, but not for ever.
            same = [row.id for row in rows] == [row.id for row in earlier]
            if same and unsure:
                # Whatever the number, these rows are all there is.
                rows, last = [], True
            repeated = repeated + 1 if same else 0
            if repeated > _MOST_REPEATS:
                raise StoreError(
                    f"The list of {self._noun}s answers every page number with the same page; "
                    "it cannot be read to its end."
                )
        # Nothing later than the crowded second is given out before the way back is done:
        # what is given out moves the bookmark past all that came before.
        met = list(rows)
        # Nothing is met again of a list's only row: no store gives one where more were asked for.
        back = 0 if lone and not rows else number - 1
        for number in range(back, 0, -1):
            yield self._fresh(_until(anchor, met), seen, window), Position(anchor, frozenset(seen))
            met += self._read(anchor - before, window.upper, number, size)[0]
        met.sort(key=lambda row: row.modified)
        if last:
            yield self._fresh(met, seen, window), None
            return
        # What the way back found beyond this page comes again with the next one.
        reached = rows[-1].modified if rows else anchor
        fresh = self._fresh(_until(reached, met), seen, window)
        if not fresh and not rows:
            raise StoreError(
                f"The list of {self._noun}s tells of more rows and does not give them; it cannot "
                "be read to its end."
            )
        yield fresh, self._next(reached, seen)

    def _next(self, anchor: datetime, seen: set[tuple[int, datetime]]) -> Position:
        """Go on from the last date of a page; remember only what can come again."""
        return Position(anchor, {row for row in seen if row[1] >= anchor - self._before})

    def _read(
        self, start: datetime, upper: datetime, number: int, size: int
    ) -> tuple[list[Listed], bool | None]:
        """Read a page; the flag is whether it is the last one, None: not known."""
        start = max(start, BEGINNING)
        page = self._fetch(start, upper + self._after, number=number, size=size)
        rows: list[Listed] = []
        for document in page.documents:
            before = rows[-1].modified if rows else start
            rows.append(listed_row(document, self._noun, before))
        if any(later.modified < earlier.modified for earlier, later in pairwise(rows)):
            raise StoreError(
                f"The list of {self._noun}s did not come in order of `date_modified`; "
                "stopped, since going on could lose rows."
            )
        if rows and rows[0].modified < start - _STRAY:
            raise StoreError(
                f"The list of {self._noun}s does not keep to the dates that are asked for: it gave "
                f"{rows[0].modified:%Y-%m-%d} where {start:%Y-%m-%d} is the first; stopped."
            )
        if rows and rows[0].modified == start:
            self._before = timedelta(0)
        return rows, self.size.last(page, size)

    def _fresh(
        self, rows: list[Listed], seen: set[tuple[int, datetime]], window: Window
    ) -> list[Listed]:
        """Pick the rows not met before, and remember them."""
        fresh = []
        for row in rows:
            known = _known(row)
            # One whose date is not known lies in the window, since the store gave it for that.
            within = row.problem or window.lower <= row.modified <= window.upper
            if known not in seen and within:
                seen.add(known)
                fresh.append(row)
        return fresh


def listed_row(document: Any, noun: str, before: datetime) -> Listed:
    """Return a row of a list; one that lacks an id or a date has a `problem`, and stand-ins.

    Args:
        document: as the store gave it.
        noun: what a row is called in messages.
        before: some date before its own.
    """
    try:
        number = integer(value_of(document, "id"))
    except ValueError:
        number = None
    try:
        modified = moment(value_of(document, "date_modified")).replace(microsecond=0)
    except (AttributeError, TypeError, ValueError):
        modified = None
    if number is not None and modified is not None:
        return Listed(number, modified, document)
    if number is None:
        lacks = f"a row of the list of {noun}s has no readable `id`"
        return Listed(_stand_in(document), modified or before, document, lacks)
    lacks = f"{noun} {number} has no readable `date_modified`"
    return Listed(number, before, document, lacks, dated=False)


def _stand_in(document: Any) -> int:
    """Return a number for a document without an id, one that no other has; no id is negative."""
    return -1 - abs(hash(repr(document)))


def _known(row: Listed) -> tuple[int, datetime]:
    return row.id, row.modified


def _until(anchor: datetime, rows: list[Listed]) -> list[Listed]:
    return [row for row in rows if row.modified <= anchor]
