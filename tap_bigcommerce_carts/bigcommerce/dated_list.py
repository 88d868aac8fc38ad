"""Reads a list from one date of modification to another, ahead of its reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from tap_bigcommerce_carts.bigcommerce.opening import opened
from tap_bigcommerce_carts.bigcommerce.parallel_windows import ParallelWindows
from tap_bigcommerce_carts.bigcommerce.walk import Walk
from tap_bigcommerce_carts.http.prefetch import Consumer, read_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.bigcommerce.opening import Dates
    from tap_bigcommerce_carts.bigcommerce.order_decoders import Documents
    from tap_bigcommerce_carts.bigcommerce.pagination import ListPage
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.model import Listed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DatedList:
    """A list that can be asked for by date of modification.

    Args:
        path: where it is, below the store.
        noun: what a row is called in messages, such as "order".
        scope: what it needs.
        lower: the parameter for the first date.
        upper: the parameter for the last date.
        read_page: takes a page out of a decoded body.
        query: the parameters of every request.
        decoder: reads a body straight into structs; None: documents are dicts.
        margin: seconds asked for beyond the dates, as for `Walk`.
    """

    path: str
    noun: str
    scope: str
    lower: str
    upper: str
    read_page: Callable[[Any, str], ListPage]
    query: Mapping[str, str | int] = field(default_factory=dict)
    decoder: Documents | None = None
    margin: int = 0


def read_dated(
    session: StoreSession,
    source: DatedList,
    dates: Dates,
    page_size: int,
    transform: Callable[[list[Listed]], list[T]],
) -> Iterator[list[T]]:
    """Yield the pages of a list, oldest change first.

    Args:
        session: the conversation with the store.
        source: the list.
        dates: returns the dates to read, as far as the store's clock is known.
        page_size: rows a request asks for, 1 to 250.
        transform: makes of a page's rows what is read.
    """

    def fetch(lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        query = {
            **source.query,
            source.lower: lower.isoformat(),
            source.upper: upper.isoformat(),
            "sort": "date_modified:asc",
            "limit": size,
            "page": number,
        }
        return session.page(
            source.path, query, source.read_page, scope=source.scope, decoder=source.decoder
        )

    margin = timedelta(seconds=source.margin)
    fetch_opened, window = opened(session, fetch, dates, page_size, margin)
    walk = Walk(fetch_opened, page_size, source.noun, source.margin)
    consumer = Consumer()
    reader = ParallelWindows(walk, page_size, lambda: session.parallel, lambda: consumer.waits)
    return read_ahead(map(transform, reader.pages(window)), consumer)
