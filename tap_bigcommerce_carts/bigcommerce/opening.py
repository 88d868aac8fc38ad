"""A run's first request: its response tells the store's clock, and with it where reading ends.

No request is made for the time alone: `/v2/time` would need a scope of its own. The first
page of the first list is asked for with an open end instead, and kept for the walk.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.model import BEGINNING, Window

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.bigcommerce.pagination import ListPage
    from tap_bigcommerce_carts.bigcommerce.walk import Fetch
    from tap_bigcommerce_carts.http.session import Session

    # Returns the dates to read: up to `CLOCK_UNKNOWN` as long as the clock is not known.
    Dates = Callable[[], Window]

# How far this machine's clock may be behind the store's without costing another request.
_AHEAD = timedelta(days=1)


def opened(
    session: Session, fetch: Fetch, dates: Dates, size: int, margin: timedelta
) -> tuple[Fetch, Window]:
    """Make sure that the clock is known, if need be by asking for a list's first page.

    Args:
        session: knows the clock once it had a response.
        fetch: requests a page of the list.
        dates: returns the dates to read; called again when the clock is known.
        size: rows the page asks for.
        margin: how far the walk's requests go beyond the dates they are for.

    Returns:
        What fetches the pages, the first one without another request, and the dates to read.

    Raises:
        StoreError: there was no response at all.
    """
    asked = dates()
    if session.clock is not None:
        return fetch, asked
    lower = max(asked.lower - margin, BEGINNING)
    upper = max(min(asked.upper, datetime.now(UTC).replace(microsecond=0) + _AHEAD), lower)
    page: ListPage | StoreError
    try:
        page = fetch(lower, upper + margin, number=1, size=size)
    except StoreError as error:
        if session.clock is None:
            raise
        # Some errors are responses; the walk knows which.
        page = error
    window = dates()
    if asked.lower > window.lower or upper < window.upper:
        # More is to be read than was asked for.
        return fetch, window
    return _beginning_with(page, fetch), window


def _beginning_with(first: ListPage | StoreError, fetch: Fetch) -> Fetch:
    """Return a fetch that returns a first page as it came, and requests the others."""
    came = [first]

    def fetch_after_first(lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        if not came:
            return fetch(lower, upper, number=number, size=size)
        page = came.pop()
        if isinstance(page, StoreError):
            raise page
        return page

    return fetch_after_first
