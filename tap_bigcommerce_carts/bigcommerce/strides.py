"""Reads a long list faster: several windows of it at once, yielded in order.

One page after the other costs the fewest requests, and is enough while the reader has not
finished with the page before. When the reader waits for pages, the range of dates is cut
into windows that are walked side by side. Each holds a few pages, so that the last, partly
filled page of a window is a small part of it; their widths follow how densely the dates lie.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.bigcommerce.walk import Position

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from tap_bigcommerce_carts.bigcommerce.walk import Row, Walk, Window

_SECOND = timedelta(seconds=1)
# Pages that a window should hold, and the most that are kept of one before its turn comes.
_PAGES_AIMED_AT, _MOST_PAGES_KEPT = 4, 6
# A window is at most this much narrower or wider than the one before.
_LEAST_CHANGE, _MOST_CHANGE = 0.25, 3.0
# Pages in a row that the reader waited for, before several are read at once: a list of a few
# pages is best read in the fewest requests.
_PAGES_TO_LEARN = 4
# Seconds a page must take for that: windows cost requests, and save only what they wait.
_WORTH_IT = 0.15


class _Stride(NamedTuple):
    """A window under way: where it ends, and what will have been read of it."""

    start: datetime
    end: datetime
    read: Future[tuple[list[list[Row]], Position | None]]


class Strides:
    """Reads a window's rows in order, with as many requests at once as help.

    Args:
        walk: reads a window, one page after the other.
        page_size: how many rows a full page has.
        parallel: tells how many requests may be under way at once, as things stand.
        waiting: tells whether the reader is idle until the next page comes.
    """

    def __init__(
        self,
        walk: Walk,
        page_size: int,
        parallel: Callable[[], int],
        waiting: Callable[[], bool],
    ) -> None:
        self._walk = walk
        self._aim = _PAGES_AIMED_AT * page_size
        self._parallel = parallel
        self._waiting = waiting

    def pages(self, window: Window) -> Iterator[list[Row]]:
        """Yield the window's rows a page at a time, each row once, in order of date."""
        position: Position | None = Position(window.lower)
        while position is not None:
            position, width = yield from self._one_by_one(position, window.upper)
            if position is not None:
                position = yield from self._side_by_side(position, window.upper, width)

    def _one_by_one(
        self, position: Position | None, upper: datetime
    ) -> Generator[list[Row], None, tuple[Position | None, timedelta]]:
        """Read page after page until it would pay to read several at once.

        Returns where to go on, and how wide a window of a few pages is about here.
        """
        if position is None:
            return None, _SECOND
        begin, rows_read, waited_for = position.anchor, 0, 0
        asked = monotonic()
        for rows, following in self._walk.steps(position, upper):
            slow = monotonic() - asked > _WORTH_IT and self._waiting()
            waited_for = waited_for + 1 if slow else 0
            yield rows
            asked = monotonic()
            begin = rows[0].modified if rows and not rows_read else begin
            rows_read += len(rows)
            if following and waited_for >= _PAGES_TO_LEARN and self._parallel() > 1:
                width = _whole((following.anchor - begin) * self._aim / max(rows_read, 1))
                if upper - following.anchor > width:
                    return following, width
        return None, _SECOND

    def _side_by_side(
        self, position: Position, upper: datetime, width: timedelta
    ) -> Generator[list[Row], None, Position | None]:
        """Read windows side by side until the reader no longer waits; returns where to go on."""
        following: Position | None = position
        strides: deque[_Stride] = deque()
        ready_before = 0
        pool = ThreadPoolExecutor(self._parallel(), thread_name_prefix="stride")
        try:
            while True:
                # Windows that are all read when their turn comes are ahead of the reader.
                ahead = ready_before > self._parallel()
                while following and not ahead and len(strides) < self._parallel():
                    stride = self._start(pool, following, min(following.anchor + width, upper))
                    strides.append(stride)
                    following = Position(stride.end + _SECOND) if stride.end < upper else None
                if not strides:
                    return following
                stride = strides.popleft()
                ready_before = ready_before + 1 if stride.read.done() else 0
                count = yield from self._finish(stride)
                width = self._adapted(stride.end - stride.start + _SECOND, count)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _start(self, pool: ThreadPoolExecutor, position: Position, end: datetime) -> _Stride:
        return _Stride(position.anchor, end, pool.submit(self._collect, position, end))

    def _collect(
        self, position: Position, end: datetime
    ) -> tuple[list[list[Row]], Position | None]:
        """Read a window, or the first pages of one that holds more than was thought."""
        pages: list[list[Row]] = []
        for rows, following in self._walk.steps(position, end):
            pages.append(rows)
            if len(pages) >= _MOST_PAGES_KEPT:
                return pages, following
        return pages, None

    def _finish(self, stride: _Stride) -> Generator[list[Row], None, int]:
        """Yield what was read of a window, and read the rest; returns how many rows it had."""
        pages, rest = stride.read.result()
        count = 0
        for rows in pages:
            count += len(rows)
            yield rows
        if rest is not None:
            for rows, _ in self._walk.steps(rest, stride.end):
                count += len(rows)
                yield rows
        return count

    def _adapted(self, width: timedelta, count: int) -> timedelta:
        change = min(max(self._aim / max(count, 1), _LEAST_CHANGE), _MOST_CHANGE)
        return _whole(width * change)


def _whole(width: timedelta) -> timedelta:
    """Dates have whole seconds."""
    return max(timedelta(seconds=int(width.total_seconds())), _SECOND)
