"""A list in memory that changes between requests: no HTTP, no Singer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.pagination import ListPage
from tap_bigcommerce_carts.bigcommerce.walk import Walk
from tap_bigcommerce_carts.model import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_bigcommerce_carts.model import Listed

START = datetime(2026, 3, 3, 8, 0, 0, tzinfo=UTC)
END = START + timedelta(hours=2)


class Memory:
    """A list of rows, id to second; `change` is called before each request."""

    def __init__(self, rows: dict[int, int], change: Callable[[int], object] | None = None) -> None:
        self.rows = rows
        self.change = change
        self.requests: list[tuple[int, int]] = []

    def fetch(self, lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        self.requests.append((number, size))
        if self.change:
            self.change(len(self.requests))
        listed = sorted(
            (START + timedelta(seconds=second), number_)
            for number_, second in self.rows.items()
            if lower <= START + timedelta(seconds=second) <= upper
        )[(number - 1) * size : number * size]
        return ListPage([{"id": key, "date_modified": at.isoformat()} for at, key in listed])


class Exclusive(Memory):
    """A list without the rows of the very second of a bound."""

    def fetch(self, lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        second = timedelta(seconds=1)
        return super().fetch(lower + second, upper - second, number=number, size=size)


def walked(memory: Memory, size: int, margin: int = 0) -> Iterator[list[Listed]]:
    return Walk(memory.fetch, size, "order", margin).pages(Window(START, END))


def flat(pages: Iterator[list[Listed]]) -> list[Listed]:
    return [row for page in pages for row in page]
