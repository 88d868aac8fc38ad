"""The list of orders.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.dated_list import DatedList, read_dated
from tap_bigcommerce_carts.bigcommerce.pagination import matches, v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.bigcommerce.walk import PageSize, listed_row
from tap_bigcommerce_carts.errors import HeavyRequestError, NotFoundError, StoreError
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

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
            # Whether bounds are inclusive is not documented: ask a second further.
            margin=1,
        )
        pages = read_dated(self._session, source, dates, self._page_size, self._of_channels)
        return _asked_for(pages, {name: filters[name] for name in _CHECKED if name in filters})

    def of_ids(
        self, ids: Iterable[int], query: Mapping[str, str | int], decoder: Documents
    ) -> Iterator[Listed]:
        """Yield those of some orders that the store lists, of whatever storefront, by id.

        A request brings what is listed from one of them on: as many as a page holds, so that
        neighbours cost no request of their own.

        Args:
            ids: the orders.
            query: what is included.
            decoder: reads the list into structs.

        Raises:
            StoreError: the list does not keep to the ids that are asked for.
        """
        wanted = sorted(set(ids))
        size = PageSize(self._page_size)
        # Whether bounds are inclusive is not documented: one more is asked for at each end, until
        # it comes.
        margin = 1
        while wanted:
            first = wanted[0] - margin
            try:
                rows = self._from_id(first, wanted[-1] + margin, query, size.now, decoder)
            except HeavyRequestError:
                size.failed()
                continue
            size.passed()
            asked = set(wanted)
            yield from (row for row in rows if row.id in asked)
            if rows and rows[0].id == first:
                margin = 0
            reached = rows[-1].id if rows else wanted[-1]
            wanted = [each for each in wanted if each > reached]

    def _from_id(
        self,
        first: int,
        last: int,
        query: Mapping[str, str | int],
        size: int,
        decoder: Documents,
    ) -> list[Listed]:
        """Return the first orders from one id to another, as far as a page holds them."""
        asked = {**query, "min_id": first, "max_id": last, "sort": "id:asc"}
        page = self._session.page(
            PATH, {**asked, "limit": size, "page": 1}, v2_page, scope=ORDERS, decoder=decoder
        )
        rows = [listed_row(each, "order", BEGINNING) for each in page.documents]
        # One without a readable id has a negative one.
        rows = [row for row in rows if row.id > 0]
        ids = [row.id for row in rows]
        if ids and not first <= ids[0] <= ids[-1] <= last:
            raise StoreError("The list of orders does not keep to the ids that are asked for.")
        if any(later <= earlier for earlier, later in pairwise(ids)):
            raise StoreError("The list of orders did not come in order of `id`; stopped.")
        return rows

    def alone(self, order_id: int) -> Listed | None:
        """Return an order that need not be listed, such as an archived one; None if it is gone.

        Args:
            order_id: which.
        """
        try:
            document = self._session.get(f"{PATH}/{order_id}", scope=ORDERS)
        except NotFoundError:
            return None
        row = listed_row(document, "order", BEGINNING)
        if row.id != order_id:
            raise StoreError(f"{PATH}/{order_id} answered with something else. Check `api_url`.")
        return row

    def newest(self) -> Listed | None:
        """Return the order with the greatest id that is listed; None if none is."""
        query: dict[str, str | int] = {"sort": "id:desc", "limit": 1, "page": 1}
        page = self._session.page(PATH, query, v2_page, scope=ORDERS)
        return next((listed_row(each, "order", BEGINNING) for each in page.documents), None)

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
