"""Reads a long list faster: several windows of it at once, yielded in order.

One page after the other costs the fewest requests, and is enough while the reader has not
finished with the page before. When the reader waits for pages, the range of dates is cut
into windows that are walked side by side. Each holds a few pages, the last of them nearly
full as well; their widths follow how densely the dates lie.

One page after the other jumps over quiet time in one request, windows do not. So the first
window that holds less than a page is the end of windows, until they have saved more time than
that cost: read in windows, a list takes at most one page's time longer, if its pages take alike.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.bigcommerce.walk import Position
from tap_bigcommerce_carts.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tap_bigcommerce_carts.bigcommerce.walk import Walk
    from tap_bigcommerce_carts.model import Listed, Window

    Steps = Iterator[tuple[list[Listed], Position | None]]

_NONE, _SECOND = timedelta(0), timedelta(seconds=1)
# Pages that may be in hand, of all windows together: one has up to 4 MB.
_PAGES_IN_HAND = 20
# Pages of a window, at least and at most.
_FEWEST_PAGES, _MOST_PAGES = 2, 5
# So much less than whole pages a window should hold: a few rows more than thought would cost
# a request.
_SPARE = 0.3
# What a window weighs against the one after it, when their density is reckoned: days and
# nights make it swing.
_MEMORY = 0.7
# A window is at most this much narrower or wider than the one before.
_LEAST_CHANGE, _MOST_CHANGE = 0.25, 3.0
# Seconds a page must take before several are read at once: windows cost requests, and save
# only waiting.
_WORTH_IT = 0.15
# The last pages that are looked at for that.
_PAGES_COMPARED = 3


class _Pages(NamedTuple):
    """What was read of a window: its pages, up to where, what follows, and what stopped it."""

    pages: deque[list[Listed]]
    reached: datetime
    rest: Steps | None = None
    failure: StoreError | None = None


class _PendingWindow(NamedTuple):
    """A window under way: where it ends, and what will have been read of it."""

    start: datetime
    end: datetime
    read: Future[_Pages]


class _Density:
    """How densely the rows lie, to reckon how wide a window of so many rows is.

    Args:
        span: time in which rows were read.
        count: how many.
    """

    def __init__(self, span: timedelta, count: int) -> None:
        self._span = self._last = span
        self._count = float(count)

    def learn(self, window: timedelta, span: timedelta, count: int) -> None:
        """Learn from one more window, which was read so far; the last one counts most."""
        self._span = self._span * _MEMORY + span
        self._count = self._count * _MEMORY + count
        self._last = window

    def width(self, rows: float) -> timedelta:
        """Return how wide a window should be, not too far from the last one's width."""
        width = self._span * (rows / max(self._count, 1))
        return _whole(min(max(width, self._last * _LEAST_CHANGE), self._last * _MOST_CHANGE))


class _Savings:
    """What windows saved, in the time of a page: another attempt may cost that of one."""

    def __init__(self) -> None:
        self._saved = 1.0
        self._page_seconds = 1.0
        self._rows = 0
        self._waited = 0.0

    @property
    def is_covered(self) -> bool:
        """Whether an attempt that comes to nothing is made up for."""
        return self._saved >= 1

    def begin(self, page_seconds: float) -> None:
        """Begin an attempt, when a page takes so long."""
        self._page_seconds, self._rows, self._waited = page_seconds, 0, 0.0

    def note(self, rows: int, seconds: float) -> None:
        """Note how many rows windows gave, and how long they were waited for."""
        self._rows += rows
        self._waited += seconds

    def settle(self, full: int) -> None:
        """End the attempt: one after the other, its rows would have been so many full pages.

        The page that is not full would have gone on behind the attempt.
        """
        self._saved += self._rows // full - self._waited / self._page_seconds


class ParallelWindows:
    """Reads a window's rows in order, with as many requests at once as help.

    Args:
        walk: reads a window, one page after the other.
        page_size: how many rows a full page has.
        parallel: returns how many requests may be under way at once, as things stand.
        waiting: returns whether the reader is idle until the next page comes.
        worth_it: seconds a page must take for windows to be worth their requests.
        pool: makes what reads so many windows at once; by default threads.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a matter of its own
        self,
        walk: Walk,
        page_size: int,
        parallel: Callable[[], int],
        waiting: Callable[[], bool],
        worth_it: float = _WORTH_IT,
        pool: Callable[[int], Executor] | None = None,
    ) -> None:
        self._walk = walk
        self._page_size = page_size
        self._parallel = parallel
        self._waiting = waiting
        self._worth_it = worth_it
        self._pool = pool or _threads
        self._account = _Savings()

    def pages(self, window: Window) -> Iterator[list[Listed]]:
        """Yield the window's rows a page at a time, each row once, in order of date."""
        position: Position | None = Position(window.lower)
        while position is not None:
            position, density = yield from self._one_by_one(position, window.upper)
            if position is not None:
                position = yield from self._side_by_side(position, window.upper, density)

    def _pages(self) -> int:
        """Return how many pages of a window are kept before its turn comes."""
        share = _PAGES_IN_HAND // (self._parallel() + 1)
        return max(min(share, _MOST_PAGES), _FEWEST_PAGES)

    def _aim(self) -> float:
        """Return how many rows a window should hold."""
        return (self._pages() - _SPARE) * self._full

    @property
    def _full(self) -> int:
        """How many rows a full page has, as far as the store gives so many at once."""
        return min(self._page_size, self._walk.size.most)

    def _one_by_one(
        self, position: Position, upper: datetime
    ) -> Generator[list[Listed], None, tuple[Position | None, _Density]]:
        """Read page after page until it would pay to read several at once.

        Returns where to go on, and how densely the rows lie about here.
        """
        # A slow store is slow from its first page; later one slow response is not enough.
        waits: deque[float] = deque(maxlen=_PAGES_COMPARED)
        asked = monotonic()
        for rows, following in self._walk.steps(position, upper):
            waits.append(monotonic() - asked if self._waiting() else 0.0)
            yield rows
            asked = monotonic()
            slow = sum(wait > self._worth_it for wait in waits) > len(waits) // 2
            # A page of one second, as an import makes it, does not show how densely others lie.
            span = following.anchor - rows[0].modified if following and rows else _NONE
            # Nor does a short page, by which it is not known yet how many rows come at once.
            pays = slow and self._parallel() > 1 and self._walk.size.proved
            if following and span and pays and self._account.is_covered:
                density = _Density(span, len(rows))
                # The last few pages are best read in the fewest requests.
                if upper - following.anchor > density.width(self._aim()):
                    self._account.begin(median(waits))
                    return following, density
        return None, _Density(_SECOND, 0)

    def _side_by_side(
        self, position: Position, upper: datetime, density: _Density
    ) -> Generator[list[Listed], None, Position | None]:
        """Read windows side by side as long as it pays; returns where to go on."""
        pool = self._pool(self._parallel())
        windows: deque[_PendingWindow] = deque()
        following: Position | None = position
        ready_before = 0
        quiet = False
        try:
            while True:
                # Windows that are all read when their turn comes are ahead of the reader.
                ahead = ready_before > self._parallel()
                most = 0 if ahead or quiet else self._parallel()
                following = self._start(windows, pool, most, following, upper, density)
                if not windows:
                    self._account.settle(self._full)
                    return following
                window = windows.popleft()
                ready_before = ready_before + 1 if window.read.done() else 0
                asked = monotonic()
                pages, reached, rest, failure = window.read.result()
                waited = monotonic() - asked
                count = sum(map(len, pages))
                width = window.end + _SECOND - window.start
                density.learn(width, reached - window.start, count)
                self._account.note(count, waited)
                quiet |= self._is_quiet(window, upper) or any(
                    each.read.done() and self._is_quiet(each, upper) for each in windows
                )
                if not (ready_before or failure or quiet):
                    # Its successor is under way while its pages are worked on.
                    following = self._start(windows, pool, most, following, upper, density)
                while pages:
                    yield pages.popleft()
                if failure is not None:
                    raise failure
                if rest is not None:
                    yield from self._accounted(rest)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _accounted(self, steps: Steps) -> Iterator[list[Listed]]:
        """Yield the pages of a window that holds more than was thought, and account for them."""
        asked = monotonic()
        for rows, _ in steps:
            self._account.note(len(rows), monotonic() - asked)
            yield rows
            asked = monotonic()

    def _is_quiet(self, window: _PendingWindow, upper: datetime) -> bool:
        """Return whether a window that was read holds less than a page, and is not the last."""
        return sum(map(len, window.read.result().pages)) < self._full - 1 and window.end < upper

    def _start(  # noqa: PLR0913, PLR0917 - what is under way, and where it goes on
        self,
        windows: deque[_PendingWindow],
        pool: Executor,
        most: int,
        position: Position | None,
        upper: datetime,
        density: _Density,
    ) -> Position | None:
        """Start windows until `most` are under way; returns where the next one starts."""
        while position is not None and len(windows) < most:
            end = min(position.anchor + self._width(density, upper - position.anchor), upper)
            read = pool.submit(self._collect, position, end, self._pages())
            windows.append(_PendingWindow(position.anchor, end, read))
            position = Position(end + _SECOND) if end < upper else None
        return position

    def _width(self, density: _Density, left: timedelta) -> timedelta:
        """Share out what is left at the end, so that no window is read alone, down to a page."""
        width = density.width(self._aim())
        share = max(left / self._parallel(), width / self._pages())
        return _whole(min(width, share))

    def _collect(self, position: Position, end: datetime, most: int) -> _Pages:
        """Read a window, or the first pages of one that holds more than was thought."""
        pages: deque[list[Listed]] = deque()
        steps = self._walk.steps(position, end)
        try:
            for rows, following in steps:
                pages.append(rows)
                if following and len(pages) >= most:
                    return _Pages(pages, following.anchor, steps)
        except StoreError as error:
            # What came before it is given out first.
            return _Pages(pages, end + _SECOND, failure=error)
        return _Pages(pages, end + _SECOND)


def _threads(count: int) -> Executor:
    return ThreadPoolExecutor(count, thread_name_prefix="window")


def _whole(width: timedelta) -> timedelta:
    """Dates have whole seconds."""
    return max(timedelta(seconds=int(width.total_seconds())), _SECOND)
