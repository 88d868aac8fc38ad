"""Registered customers, each with all its addresses.

https://developer.bigcommerce.com/docs/rest-management/customers
"""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.dated_list import DatedList, read_dated
from tap_bigcommerce_carts.bigcommerce.pagination import matches, v3_page
from tap_bigcommerce_carts.bigcommerce.scopes import CUSTOMERS
from tap_bigcommerce_carts.bigcommerce.walk import listed_row
from tap_bigcommerce_carts.errors import SkippedError
from tap_bigcommerce_carts.http.circuit_breaker import CircuitBreaker
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_bigcommerce_carts.bigcommerce.opening import Dates
    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.model import Listed

_LIST = DatedList(
    "/v3/customers",
    "customer",
    CUSTOMERS,
    lower="date_modified:min",
    upper="date_modified:max",
    read_page=v3_page,
    query={"include": "addresses,formfields"},
    # "After" and "before" are documented, inclusive bounds were seen: ask a second further.
    margin=1,
)
_LEAN = replace(_LIST, query={})
# Ids that are asked for at once: a URL takes only so many.
MOST_IDS = 100
_ADDRESSES = "/v3/customers/addresses"
logger = logging.getLogger(__name__)


class CustomerList:
    """Reads the customers of one store.

    Args:
        session: the conversation with the store.
        page_size: rows a request asks for, 1 to 250.
        channel_ids: only customers who may sign in to these storefronts; empty for all.
    """

    def __init__(self, session: StoreSession, page_size: int, channel_ids: frozenset[int]) -> None:
        self._session = session
        self._page_size = page_size
        self._channel_ids = channel_ids
        self._breaker = CircuitBreaker()

    def pages(self, dates: Dates) -> Iterator[list[Listed]]:
        """Yield pages of the customers, oldest change first.

        Args:
            dates: returns the dates to read, as far as the store's clock is known.
        """
        return read_dated(self._session, _LIST, dates, self._page_size, self._completed)

    def lean_pages(self, dates: Dates) -> Iterator[list[Listed]]:
        """Yield the same pages without what hangs on a customer, such as addresses.

        Args:
            dates: as for `pages`.
        """
        return read_dated(self._session, _LEAN, dates, self._page_size, self._of_channels)

    def of_ids(self, ids: Iterable[int], *, whole: bool) -> Iterator[Listed]:
        """Yield those of some customers that the store has, of whatever storefront.

        Args:
            ids: the customers.
            whole: whether each comes with all its addresses.
        """
        wanted = sorted(set(ids))
        for start in range(0, len(wanted), MOST_IDS):
            some = wanted[start : start + MOST_IDS]
            query = {**(_LIST if whole else _LEAN).query, "id:in": ",".join(map(str, some))}
            documents = self._session.all_pages(_LIST.path, query, v3_page, scope=CUSTOMERS)
            for document in documents:
                row = listed_row(document, _LIST.noun, BEGINNING)
                if row.id in some:
                    yield self._complete(row) if whole else row

    def newest(self) -> Listed | None:
        """Return the customer who was registered last; None if there is none."""
        query: dict[str, str | int] = {"sort": "date_created:desc", "limit": 1, "page": 1}
        page = self._session.page(_LIST.path, query, v3_page, scope=CUSTOMERS)
        return next((listed_row(each, _LIST.noun, BEGINNING) for each in page.documents), None)

    def _of_channels(self, rows: list[Listed]) -> list[Listed]:
        return [row for row in rows if row.problem or self.shops_here(row.document)]

    def _completed(self, rows: list[Listed]) -> list[Listed]:
        return list(map(self._complete, self._of_channels(rows)))

    def _complete(self, row: Listed) -> Listed:
        """Return a customer with all its addresses, or with the problem that there was."""
        if row.problem:
            return row
        if _has_all_addresses(row.document):
            self._breaker.note_arrival()
            return row
        try:
            addresses = self._breaker.call(partial(self._all_addresses, row.id))
        except SkippedError as error:
            return row._replace(
                problem=f"the addresses of customer {row.id} cannot be read: {error}"
            )
        return row._replace(document={**row.document, "addresses": addresses})

    def _all_addresses(self, customer_id: int, *, brief: bool) -> list[Any]:
        """Read a customer's addresses by themselves, all pages."""
        query: dict[str, str | int] = {"customer_id:in": customer_id, "include": "formfields"}
        addresses = self._session.all_pages(
            _ADDRESSES, query, v3_page, scope=CUSTOMERS, brief=brief
        )
        own = [each for each in addresses if matches(each, "customer_id", customer_id)]
        if strangers := len(addresses) - len(own):
            logger.warning(
                "%s gave %d address(es) of others than customer %d; they are left out.",
                _ADDRESSES,
                strangers,
                customer_id,
            )
        return own

    def shops_here(
        self, customer: dict[str, Any], storefronts: frozenset[int] | None = None
    ) -> bool:
        """Return whether a customer may sign in to some storefronts; without a list: to all.

        Args:
            customer: the document.
            storefronts: their ids, empty for all; None for those that are read.
        """
        ours = self._channel_ids if storefronts is None else storefronts
        channels = customer.get("channel_ids")
        return (
            not ours
            or not isinstance(channels, list)
            or not channels
            or not ours.isdisjoint(map(integer_or_none, channels))
            or integer_or_none(customer.get("origin_channel_id")) in ours
        )


def _has_all_addresses(customer: dict[str, Any]) -> bool:
    """Return whether no address is lacking: ten come at most, `address_count` has them all."""
    embedded = customer.get("addresses")
    known = embedded if isinstance(embedded, list) else []
    count = integer_or_none(customer.get("address_count"))
    return count is None or sum(isinstance(each, dict) for each in known) >= count
