"""The list of orders.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.dated_list import DatedList, read_dated
from tap_bigcommerce_carts.bigcommerce.pagination import matches, v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_bigcommerce_carts.bigcommerce.opening import Dates
    from tap_bigcommerce_carts.bigcommerce.order_decoders import Documents
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.model import Listed

PATH = "/v2/orders"
# The status of an order whose payment did not follow.
INCOMPLETE = 0
# Filters of the list whose field is looked at in what comes.
_CHECKED = ("status_id", "channel_id")
logger = logging.getLogger(__name__)


class OrderList:
    """Reads the orders of one store.

    Args:
        session: the conversation with the store.
        page_size: rows a request asks for, 1 to 250.
        channel_ids: only orders of these storefronts; empty for all.
    """

    def __init__(self, session: StoreSession, page_size: int, channel_ids: frozenset[int]) -> None:
        self._session = session
        self._page_size = page_size
        self._channel_ids = channel_ids

    def pages(
        self, query: Mapping[str, str | int], dates: Dates, decoder: Documents
    ) -> Iterator[list[Listed]]:
        """Yield pages of the orders that a query asks for, oldest change first.

        Args:
            query: filters, and what is included.
            dates: returns the dates to read, as far as the store's clock is known.
            decoder: reads the list into structs.
        """
        filters = dict(query)
        if len(self._channel_ids) == 1:
            # The list can be filtered by one channel; of several, rows are picked here.
            filters["channel_id"] = next(iter(self._channel_ids))
        source = DatedList(
            PATH,
            "order",
            ORDERS,
            lower="min_date_modified",
            upper="max_date_modified",
            read_page=v2_page,
            query=filters,
            decoder=decoder,
        )
        pages = read_dated(self._session, source, dates, self._page_size, self._of_channels)
        return _asked_for(pages, {name: filters[name] for name in _CHECKED if name in filters})

    def _of_channels(self, rows: list[Listed]) -> list[Listed]:
        if len(self._channel_ids) <= 1:
            return rows
        return [
            row
            for row in rows
            if row.problem
            or integer_or_none(value_of(row.document, "channel_id")) in self._channel_ids
        ]


def _asked_for(
    pages: Iterator[list[Listed]], filters: Mapping[str, str | int]
) -> Iterator[list[Listed]]:
    """Leave out what the filters should have left out, and log how much that was."""
    strangers = 0
    for page in pages:
        asked = [
            row
            for row in page
            if all(matches(row.document, name, wanted) for name, wanted in filters.items())
        ]
        strangers += len(page) - len(asked)
        yield asked
    if strangers:
        logger.warning(
            "/v2/orders gave %d order(s) that were not asked for (%s); they are left out.",
            strangers,
            ", ".join(f"{name}={wanted}" for name, wanted in filters.items()),
        )
