"""The door to one BigCommerce store: what a run can read of it.

Every list comes as pages in order of `date_modified`, fetched ahead of the reader.
"""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from tap_bigcommerce_carts.bigcommerce.carts_by_id import INCOMPLETE, CartsById
from tap_bigcommerce_carts.bigcommerce.line_items import adds_up, distinct, line_items_of
from tap_bigcommerce_carts.bigcommerce.opening import opened
from tap_bigcommerce_carts.bigcommerce.order_decoders import cart_decoder, order_decoder
from tap_bigcommerce_carts.bigcommerce.pagination import (
    ListPage,
    read_by_number,
    v2_page,
    v3_list,
    v3_page,
)
from tap_bigcommerce_carts.bigcommerce.scopes import CHANNELS, CUSTOMERS, INFORMATION, ORDERS
from tap_bigcommerce_carts.bigcommerce.session import Connection, StoreSession
from tap_bigcommerce_carts.bigcommerce.strides import Strides
from tap_bigcommerce_carts.bigcommerce.walk import Row, Walk
from tap_bigcommerce_carts.errors import (
    MissingScopeError,
    NotFoundError,
    PassedByError,
    RefusedError,
    StoreError,
)
from tap_bigcommerce_carts.http.circuit_breaker import CircuitBreaker
from tap_bigcommerce_carts.http.prefetch import Reader, read_ahead
from tap_bigcommerce_carts.model import NOT_YET_TOLD, Cart
from tap_bigcommerce_carts.rows.documents import Document, Struct, value_of
from tap_bigcommerce_carts.rows.values import integer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.bigcommerce.opening import Dates
    from tap_bigcommerce_carts.bigcommerce.order_decoders import Documents
    from tap_bigcommerce_carts.bigcommerce.walk import Fetch

T = TypeVar("T")

# The row of settings that is for the whole store has no channel; 0 is BigCommerce's own
# way to write "none", and no channel has that id.
WHOLE_STORE = 0
# Filters of the order list whose field is looked at in what comes.
_CHECKED = ("status_id", "channel_id")
# Pages whose carts are completed at the same time.
_PAGES_UNDER_WAY = 2
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Customer:
    """A registered customer, with all addresses; `problem` and `dated` as for a cart."""

    id: int
    modified: datetime
    document: dict[str, Any]
    problem: str | None = None
    dated: bool = True


class BigCommerceStore:
    """Reads one store.

    Args:
        connection: where the store is and how patient to be with it.
        page_size: rows a list request asks for, 1 to 250.
        channel_ids: only rows of these storefronts; empty for all.

    Attributes:
        carts: the store's carts, each by its id.
    """

    def __init__(
        self, connection: Connection, page_size: int = 250, channel_ids: tuple[int, ...] = ()
    ) -> None:
        self._session = StoreSession(connection)
        self.carts = CartsById(self._session)
        self._store_hash = connection.store_hash
        self._parallel = connection.limits.parallel
        self._page_size = page_size
        self._channel_ids = frozenset(channel_ids)

    @property
    def name(self) -> str:
        """What the store is called if nothing else is said: its hash."""
        return self._store_hash

    @property
    def cost(self) -> tuple[int, int]:
        """Requests sent so far, and how often one was tried again."""
        return self._session.cost

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def clock(self) -> datetime:
        """Tell the store's own clock at its first answer; `NOT_YET_TOLD` before that."""
        return self._session.clock or NOT_YET_TOLD

    def learn_time(self) -> None:
        """Have the store tell its time, where no list is read that tells it: any answer does.

        The list of hooks needs no scope.
        """
        if self._session.clock is None:
            with suppress(MissingScopeError, NotFoundError, RefusedError):
                self._session.get("/v3/hooks", {"limit": 1}, scope="")

    def abandoned_carts(self, window: Dates, order: Struct, line: Struct) -> Iterator[list[Cart]]:
        """Yield pages of the orders in status 0 (Incomplete), each with all its lines.

        Args:
            window: tells the dates to read, as far as the store's clock is known.
            order: what is read of an order.
            line: what is read of a line.
        """
        query: dict[str, str | int] = {
            "status_id": INCOMPLETE,
            "include": "consignments.line_items",
            "consignment_structure": "object",
        }
        return self._carts(self._orders(query, window, cart_decoder(order, line)))

    def orders(self, window: Dates, order: Struct) -> Iterator[list[Row]]:
        """Yield pages of the orders in every status.

        Args:
            window: as for `abandoned_carts`.
            order: what is read of an order.
        """
        return self._orders({}, window, order_decoder(order))

    def customers(self, window: Dates) -> Iterator[list[Customer]]:
        """Yield pages of the registered customers, each with all its addresses.

        Args:
            window: as for `abandoned_carts`.
        """

        def fetch(lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
            return self._session.page(
                "/v3/customers",
                {
                    "date_modified:min": lower.isoformat(),
                    "date_modified:max": upper.isoformat(),
                    "sort": "date_modified:asc",
                    "include": "addresses,formfields",
                    "limit": size,
                    "page": number,
                },
                v3_page,
                scope=CUSTOMERS,
            )

        # "After" and "before" are documented, inclusive bounds were seen: ask a second further.
        return self._pages(
            fetch,
            window,
            "customer",
            partial(self._customers_in, one_by_one=CircuitBreaker()),
            margin=1,
        )

    def abandoned_cart_settings(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the Abandoned Cart Saver settings: the store's, then each channel's overrides."""
        path = "/v3/abandoned-carts/settings"
        yield WHOLE_STORE, self._session.get_object(path, scope=INFORMATION)
        for channel in self._channels():
            try:
                yield (
                    channel,
                    self._session.get_object(f"{path}/channels/{channel}", scope=INFORMATION),
                )
            except NotFoundError:
                logger.info("Channel %d has no abandoned-cart settings of its own.", channel)

    def abandoned_cart_emails(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the reminder e-mails: the store's steps, then those of each channel."""
        path = "/v3/marketing/abandoned-cart-emails"
        for channel in (WHOLE_STORE, *self._channels()):
            query: dict[str, str | int] = {"channel_id": channel} if channel else {}
            body = self._session.get(path, query, scope=INFORMATION)
            for step in v3_list(body, path):
                # What is no step has no id either, and is passed by for that.
                yield channel, step if isinstance(step, dict) else {}

    def _orders(
        self, query: dict[str, str | int], window: Dates, typed: Documents
    ) -> Iterator[list[Row]]:
        filters = dict(query)
        if len(self._channel_ids) == 1:
            # The list can be filtered by one channel; of several, rows are picked here.
            filters["channel_id"] = next(iter(self._channel_ids))

        def fetch(lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
            return self._session.page(
                "/v2/orders",
                {
                    **filters,
                    "min_date_modified": lower.isoformat(),
                    "max_date_modified": upper.isoformat(),
                    "sort": "date_modified:asc",
                    "limit": size,
                    "page": number,
                },
                v2_page,
                scope=ORDERS,
                typed=typed,
            )

        pages = self._pages(fetch, window, "order", self._ours_in)
        return _asked_for(pages, {name: filters[name] for name in _CHECKED if name in filters})

    def _pages(
        self,
        fetch: Fetch,
        window: Dates,
        noun: str,
        taken: Callable[[list[Row]], list[T]],
        margin: int = 0,
    ) -> Iterator[list[T]]:
        """Walk a list ahead of the reader.

        Args:
            fetch: gives a page of it.
            window: as for `abandoned_carts`.
            noun: what a row is called in messages.
            taken: makes of a page's rows what is read.
            margin: as for `Walk`.
        """
        opening = opened(self._session, fetch, window, self._page_size, timedelta(seconds=margin))
        walk = Walk(opening[0], self._page_size, noun, margin)
        reader = Reader()
        strides = Strides(
            walk, self._page_size, lambda: self._session.parallel, lambda: reader.waits
        )
        return read_ahead(map(taken, strides.pages(opening[1])), reader)

    def _carts(self, pages: Iterator[list[Row]]) -> Iterator[list[Cart]]:
        """Complete the carts of a few pages at once, while the next pages come."""
        one_by_one = CircuitBreaker()
        pool = ThreadPoolExecutor(self._parallel, thread_name_prefix="complete")
        under_way: deque[list[Cart | Future[Cart]]] = deque()
        try:
            for page in _until_failure(pages):
                under_way.append(
                    [_failed(page)]
                    if isinstance(page, StoreError)
                    else [self._completed(row, pool, one_by_one) for row in page]
                )
                while under_way and (
                    len(under_way) > _PAGES_UNDER_WAY or all(map(_is_there, under_way[0]))
                ):
                    yield from _given_out(under_way.popleft())
            while under_way:
                yield from _given_out(under_way.popleft())
        finally:
            # On an error nobody waits for the other carts of the page.
            pool.shutdown(wait=False, cancel_futures=True)

    def _completed(
        self, row: Row, pool: ThreadPoolExecutor, one_by_one: CircuitBreaker
    ) -> Cart | Future[Cart]:
        """Make a cart of a row, at once if its lines came with it."""
        if row.problem:
            return Cart(row.id, row.modified, row.document, [], row.problem, row.dated)
        lines, whole = line_items_of(row.document)
        if not whole:
            return pool.submit(self._complete, row, lines, one_by_one, one_by_one.came)
        one_by_one.note_one()
        return Cart(row.id, row.modified, row.document, lines)

    def _complete(
        self, row: Row, included: list[Document], one_by_one: CircuitBreaker, after: int
    ) -> Cart:
        try:
            lines = distinct(one_by_one.ask(partial(self._all_lines, row, included), after))
        except PassedByError as error:
            problem = f"the lines of order {row.id} cannot be read: {error}"
            return Cart(row.id, row.modified, row.document, [], problem)
        if not adds_up(row.document, lines):
            logger.warning(
                "Order %d: the quantities of its %d lines do not add up to its `items_total`.",
                row.id,
                len(lines),
            )
        return Cart(row.id, row.modified, row.document, lines)

    def _all_lines(self, order: Row, included: list[Document], *, brief: bool) -> list[Document]:
        """Ask for an order's lines by themselves, all pages."""
        path = f"/v2/orders/{order.id}/products"

        def ask(query: Mapping[str, str | int]) -> ListPage:
            page = v2_page(self._session.get(path, query, scope=ORDERS, brief=brief), path)
            if not all(isinstance(line, dict) for line in page.documents):
                raise StoreError(f"{path} listed something that is no line; stopped.")
            return page

        try:
            return read_by_number(ask, path, lambda lines: adds_up(order.document, distinct(lines)))
        except NotFoundError:
            logger.warning(
                "Order %d is gone since it was listed; it is kept with the %d lines seen.",
                order.id,
                len(included),
            )
            return included

    def _ours_in(self, orders: list[Row]) -> list[Row]:
        if len(self._channel_ids) <= 1:
            return orders
        return [
            row
            for row in orders
            if row.problem or self._is_ours(value_of(row.document, "channel_id"))
        ]

    def _customers_in(self, rows: list[Row], one_by_one: CircuitBreaker) -> list[Customer]:
        return [
            self._customer(row, one_by_one)
            for row in rows
            if row.problem or self._shops_here(row.document)
        ]

    def _customer(self, row: Row, one_by_one: CircuitBreaker) -> Customer:
        """Make a customer of a row."""
        if row.problem:
            return Customer(row.id, row.modified, {}, row.problem, row.dated)
        if _has_all_addresses(row.document):
            one_by_one.note_one()
            return Customer(row.id, row.modified, row.document)
        try:
            addresses = one_by_one.ask(partial(self._all_addresses, row.id))
        except PassedByError as error:
            problem = f"the addresses of customer {row.id} cannot be read: {error}"
            return Customer(row.id, row.modified, {}, problem)
        return Customer(row.id, row.modified, {**row.document, "addresses": addresses})

    def _all_addresses(self, customer_id: int, *, brief: bool) -> list[Any]:
        """Ask for a customer's addresses by themselves, all pages."""
        path = "/v3/customers/addresses"

        def ask(query: Mapping[str, str | int]) -> ListPage:
            whose = {"customer_id:in": customer_id, "include": "formfields", **query}
            found = self._session.get(path, whose, scope=CUSTOMERS, brief=brief)
            return v3_page(found, path)

        addresses = read_by_number(ask, path)
        own = [each for each in addresses if _belongs(each, "customer_id", customer_id)]
        if strangers := len(addresses) - len(own):
            logger.warning(
                "%s gave %d address(es) of others than customer %d; they are left out.",
                path,
                strangers,
                customer_id,
            )
        return own

    def _is_ours(self, channel_id: Any) -> bool:
        return not self._channel_ids or _id(channel_id) in self._channel_ids

    def _shops_here(self, customer: dict[str, Any]) -> bool:
        """Tell whether a customer may sign in to one of our storefronts; null or none: to all."""
        channels = customer.get("channel_ids")
        return (
            not self._channel_ids
            or not isinstance(channels, list)
            or not channels
            or not self._channel_ids.isdisjoint(map(_id, channels))
            or _id(customer.get("origin_channel_id")) in self._channel_ids
        )

    def _channels(self) -> list[int]:
        """List the channels to read settings of: those asked for, else all there are."""
        if self._channel_ids:
            return sorted(self._channel_ids)
        path = "/v3/channels"

        def ask(query: Mapping[str, str | int]) -> ListPage:
            return v3_page(self._session.get(path, query, scope=CHANNELS), path)

        try:
            return [_channel_id(channel, path) for channel in read_by_number(ask, path)]
        except (MissingScopeError, NotFoundError):
            logger.warning(
                "Only the store's own abandoned-cart settings are read: the access token lacks the "
                "scope %s to list the channels. Add it, or name the channels in `channel_ids`.",
                CHANNELS,
            )
        return []


def _asked_for(pages: Iterator[list[Row]], filters: Mapping[str, str | int]) -> Iterator[list[Row]]:
    """Leave out what the filters should have left out, and say how much that was."""
    strangers = 0
    for page in pages:
        asked = [
            row
            for row in page
            if all(_belongs(row.document, name, wanted) for name, wanted in filters.items())
        ]
        strangers += len(page) - len(asked)
        yield asked
    if strangers:
        logger.warning(
            "/v2/orders gave %d order(s) that were not asked for (%s); they are left out.",
            strangers,
            ", ".join(f"{name}={wanted}" for name, wanted in filters.items()),
        )


def _belongs(document: Any, name: str, wanted: str | int) -> bool:
    """Tell whether a document is what a filter asks for; one that does not say is taken for it."""
    found = _id(value_of(document, name))
    return found is None or found == wanted


def _has_all_addresses(customer: dict[str, Any]) -> bool:
    """Tell whether no address is lacking: ten come at most, `address_count` tells of more."""
    embedded = customer.get("addresses")
    known = embedded if isinstance(embedded, list) else []
    count = _id(customer.get("address_count"))
    return count is None or sum(isinstance(each, dict) for each in known) >= count


def _until_failure(pages: Iterator[list[Row]]) -> Iterator[list[Row] | StoreError]:
    """Yield the pages, and at last what stopped them: the pages before it come first."""
    try:
        yield from pages
    except StoreError as error:
        yield error


def _failed(error: StoreError) -> Future[Cart]:
    """Make a cart that raises the error when its turn comes."""
    failed: Future[Cart] = Future()
    failed.set_exception(error)
    return failed


def _is_there(cart: Cart | Future[Cart]) -> bool:
    return isinstance(cart, Cart) or cart.done()


def _given_out(page: list[Cart | Future[Cart]]) -> Iterator[list[Cart]]:
    """Give out a page's carts; those before one that stops the stream come before its error."""
    carts: list[Cart] = []
    try:
        for cart in page:
            carts.append(cart if isinstance(cart, Cart) else cart.result())  # noqa: PERF401
    except StoreError:
        if carts:
            yield carts
        raise
    yield carts


def _channel_id(channel: Any, path: str) -> int:
    number = _id(channel.get("id")) if isinstance(channel, dict) else None
    if number is None:
        raise StoreError(f"{path} listed a channel without a readable `id`; stopped.")
    return number


def _id(value: Any) -> int | None:
    """Read an id to compare it; what is none is equal to none."""
    with suppress(ValueError):
        return integer(value)
    return None
