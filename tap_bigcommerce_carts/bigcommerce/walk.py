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

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.errors import StoreError
from tap_bigcommerce_carts.bigcommerce.values import integer, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

# Where a walk without a lower bound starts: before any shop.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The dates to read, both ends included, in whole seconds UTC."""

    lower: datetime
    upper: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """A document of the list with what the walk knows it by."""

    id: int
    modified: datetime
    document: dict[str, Any]


class Walk:
    """Reads all rows of a window, oldest change first.

    Args:
        fetch: gives the raw documents from one date to another (aware datetimes, inclusive),
            in order of their date: one page of them, by its number from 1.
        page_size: how many documents a full page has.
        noun: what a row is called in messages, such as "order".
        margin: seconds to start a request before the date it is for; 1 where it is not
            known whether the store's lower bound is inclusive.
    """

    def __init__(
        self,
        fetch: Callable[[datetime, datetime, int], list[Any]],
        page_size: int,
        noun: str,
        margin: int = 0,
    ) -> None:
        self._fetch = fetch
        self._page_size = page_size
        self._noun = noun
        self._margin = timedelta(seconds=margin)

    def pages(self, window: Window) -> Iterator[list[Row]]:
        """Yield the window's rows a page at a time, each row once, in order of date.

        Raises:
            StoreError: a row came without id or date, or the list was not in order, so that
                going on could lose rows.
        """
        anchor = window.lower
        seen: set[tuple[int, datetime]] = set()
        while anchor <= window.upper:
            rows = self._read(anchor, window, 1)
            yield self._fresh(rows, seen, window)
            if len(rows) == self._page_size and rows[-1].modified <= anchor:
                rows = yield from self._crowded(rows, anchor, window, seen)
            if len(rows) < self._page_size:
                return
            anchor = rows[-1].modified
            # Only what the next request can bring again need be remembered.
            seen = {row for row in seen if row[1] >= anchor - self._margin}

    def _crowded(
        self, rows: list[Row], anchor: datetime, window: Window, seen: set[tuple[int, datetime]]
    ) -> Generator[list[Row], None, list[Row]]:
        """Read a second with more rows than a page: forth by page number, then back.

        Returns the last page read forth, which is short or reaches past the second.
        """
        number = 1
        while len(rows) == self._page_size and rows[-1].modified <= anchor:
            number += 1
            before, rows = rows, self._read(anchor, window, number)
            if rows and rows == before:
                raise StoreError(
                    f"The list of {self._noun}s answers every page number with the same page; "
                    "it cannot be read to its end."
                )
            yield self._fresh(rows, seen, window)
        for earlier in range(number - 1, 0, -1):
            yield self._fresh(self._read(anchor, window, earlier), seen, window)
        return rows

    def _read(self, anchor: datetime, window: Window, number: int) -> list[Row]:
        start = max(anchor - self._margin, BEGINNING)
        rows = [self._row(document) for document in self._fetch(start, window.upper, number)]
        if any(later.modified < earlier.modified for earlier, later in pairwise(rows)):
            raise StoreError(
                f"The list of {self._noun}s did not come in order of `date_modified`; "
                "stopped, since going on could lose rows."
            )
        return rows

    def _row(self, document: Any) -> Row:
        try:
            number = integer(document["id"])
            modified = moment(document["date_modified"]).replace(microsecond=0)
        except (KeyError, TypeError, ValueError):
            number = None
        if number is None:
            raise StoreError(
                f"The store listed a {self._noun} without a readable `id` or `date_modified`"
                f"{_which(document)}; stopped, since it could neither be kept nor left out."
            )
        return Row(number, modified, document)

    def _fresh(self, rows: list[Row], seen: set[tuple[int, datetime]], window: Window) -> list[Row]:
        """Pick the rows not met before, and remember them."""
        fresh = [
            row
            for row in rows
            if (row.id, row.modified) not in seen and window.lower <= row.modified <= window.upper
        ]
        seen.update((row.id, row.modified) for row in fresh)
        return fresh


def _which(document: Any) -> str:
    """Name a faulty row by its id, if it has at least that."""
    number = document.get("id") if isinstance(document, dict) else None
    return f" (id {number})" if isinstance(number, int) else ""
