"""The way in to one BigCommerce store: what a run can read of it.

Every list comes as pages in order of `date_modified`, fetched ahead of the reader.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.abandoned_cart_saver import saver_emails, saver_settings
from tap_bigcommerce_carts.bigcommerce.abandoned_carts import (
    INCOMPLETE_WITH_LINES,
    WITH_LINES,
    CartCompletion,
)
from tap_bigcommerce_carts.bigcommerce.carts_by_id import CartsById
from tap_bigcommerce_carts.bigcommerce.channels import channels_with_sites
from tap_bigcommerce_carts.bigcommerce.checkouts import CheckoutsById
from tap_bigcommerce_carts.bigcommerce.customer_groups import listed_groups
from tap_bigcommerce_carts.bigcommerce.customers import CustomerList
from tap_bigcommerce_carts.bigcommerce.order_decoders import cart_decoder, order_decoder
from tap_bigcommerce_carts.bigcommerce.orders import OrderList
from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.bigcommerce.store_logs import log_pages
from tap_bigcommerce_carts.errors import MissingScopeError, NotFoundError, RefusedError
from tap_bigcommerce_carts.model import CLOCK_UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tap_bigcommerce_carts.bigcommerce.opening import Dates
    from tap_bigcommerce_carts.model import BigCommerceConnection, Listed
    from tap_bigcommerce_carts.rows.documents import Struct


class BigCommerceStore:
    """Reads one store.

    Args:
        connection: where the store is and how patient to be with it.
        page_size: rows a list request asks for, 1 to 250.
        channel_ids: only rows of these storefronts; empty for all.

    Attributes:
        session: the conversation with it.
        name: what it is called if nothing else is said: its hash.
        carts: the store's carts, each by its id.
        checkouts: their checkouts.
        order_list: its orders.
        customer_list: its customers.
    """

    def __init__(
        self,
        connection: BigCommerceConnection,
        page_size: int = 250,
        channel_ids: tuple[int, ...] = (),
    ) -> None:
        self.session = StoreSession(connection)
        self.name = connection.store_hash
        self.carts = CartsById(self.session)
        self.checkouts = CheckoutsById(self.session)
        self._channel_ids = frozenset(channel_ids)
        self.order_list = OrderList(self.session, page_size, self._channel_ids)
        self.customer_list = CustomerList(self.session, page_size, self._channel_ids)

    def clock(self) -> datetime:
        """Return the store's own clock at its first response; `CLOCK_UNKNOWN` before that."""
        return self.session.clock or CLOCK_UNKNOWN

    def learn_time(self) -> None:
        """Learn the store's time where no list is read: any response has it.

        The list of hooks needs no scope.
        """
        if self.session.clock is None:
            with suppress(MissingScopeError, NotFoundError, RefusedError):
                self.session.get("/v3/hooks", {"limit": 1}, scope="")

    def abandoned_carts(self, dates: Dates, order: Struct, line: Struct) -> Iterator[list[Listed]]:
        """Yield pages of the orders in status 0 (Incomplete), each with all its lines.

        Args:
            dates: returns the dates to read, as far as the store's clock is known.
            order: what is read of an order.
            line: what is read of a line.
        """
        orders = self.order_list.pages(INCOMPLETE_WITH_LINES, dates, cart_decoder(order, line))
        return CartCompletion(self.session, self.session.limits.parallel).pages(orders)

    def orders(self, dates: Dates, order: Struct) -> Iterator[list[Listed]]:
        """Yield pages of the orders in every status.

        Args:
            dates: as for `abandoned_carts`.
            order: what is read of an order.
        """
        return self.order_list.pages({}, dates, order_decoder(order))

    def orders_of(self, ids: Iterable[int], order: Struct) -> Iterator[Listed]:
        """Yield those of some orders that are listed, of all storefronts.

        Args:
            ids: the orders.
            order: what is read of an order.
        """
        return self.order_list.of_ids(ids, {}, order_decoder(order))

    def carts_of(self, ids: Iterable[int], order: Struct, line: Struct) -> Iterator[Listed]:
        """Yield those of some orders that are listed, of all storefronts, each with all its lines.

        Args:
            ids: the orders.
            order: what is read of an order.
            line: what is read of a line.
        """
        found = self.order_list.of_ids(ids, WITH_LINES, cart_decoder(order, line))
        completion = CartCompletion(self.session, self.session.limits.parallel)
        for page in completion.pages([each] for each in found):
            yield from page

    def customers(self, dates: Dates) -> Iterator[list[Listed]]:
        """Yield pages of the registered customers, each with all its addresses.

        Args:
            dates: as for `abandoned_carts`.
        """
        return self.customer_list.pages(dates)

    def abandoned_cart_settings(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the Abandoned Cart Saver settings: the store's, then each channel's overrides."""
        return saver_settings(self.session, self._channel_ids)

    def abandoned_cart_emails(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the reminder e-mails: the store's steps, then those of each channel."""
        return saver_emails(self.session, self._channel_ids)

    def channels(self) -> Iterator[Any]:
        """Yield the channels, each with its site's address and the route of recovery links."""
        return channels_with_sites(self.session, self._channel_ids)

    def customer_groups(self) -> list[Any]:
        """Return the customer groups."""
        return listed_groups(self.session)

    def store_logs(self, after: int) -> Iterator[list[Any]]:
        """Yield pages of the store's log, newest entry first.

        Args:
            after: the id up to which all entries are known; 0 for none.
        """
        return log_pages(self.session, after)
