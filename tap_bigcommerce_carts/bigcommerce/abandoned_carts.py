"""Carts left at payment: orders in status 0 (Incomplete), each with all its lines.

The list includes the lines. Of an order whose lines came cut, they are asked for by
themselves, several orders at a time, while the next pages come.
https://developer.bigcommerce.com/docs/rest-management/orders/order-products
"""

from __future__ import annotations

import logging
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.line_items import adds_up, distinct, line_items_of
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.bigcommerce.pagination import ListPage, v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.errors import NotFoundError, SkippedError, StoreError
from tap_bigcommerce_carts.http.circuit_breaker import CircuitBreaker
from tap_bigcommerce_carts.model import Listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession
    from tap_bigcommerce_carts.model import Document

WITH_LINES: dict[str, str | int] = {
    "include": "consignments.line_items",
    "consignment_structure": "object",
}
INCOMPLETE_WITH_LINES: dict[str, str | int] = {"status_id": INCOMPLETE, **WITH_LINES}
# Pages whose carts are completed at the same time.
_PAGES_UNDER_WAY = 2
logger = logging.getLogger(__name__)


class CartCompletion:
    """Makes carts of orders, asking for the lines that the list left out.

    Args:
        session: the conversation with the store.
        parallel: orders whose lines are asked for at once.
    """

    def __init__(self, session: StoreSession, parallel: int) -> None:
        self._session = session
        self._breaker = CircuitBreaker()
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="complete")

    def pages(self, orders: Iterator[list[Listed]]) -> Iterator[list[Listed]]:
        """Yield the carts of pages of orders, in their order."""
        under_way: deque[list[Listed | Future[Listed]]] = deque()
        try:
            for page in _until_failure(orders):
                under_way.append(
                    [_failed(page)]
                    if isinstance(page, StoreError)
                    else [self._cart(row) for row in page]
                )
                while under_way and (
                    len(under_way) > _PAGES_UNDER_WAY or all(map(_is_done, under_way[0]))
                ):
                    yield from _completed(under_way.popleft())
            while under_way:
                yield from _completed(under_way.popleft())
        finally:
            # On an error nobody waits for the other carts of the page.
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _cart(self, row: Listed) -> Listed | Future[Listed]:
        """Make a cart of a row, at once if its lines came with it."""
        if row.problem:
            return row
        lines, whole = line_items_of(row.document)
        if not whole:
            return self._pool.submit(self._complete, row, lines, self._breaker.arrived)
        self._breaker.note_arrival()
        return row._replace(lines=lines)

    def _complete(self, row: Listed, included: list[Document], place: int) -> Listed:
        try:
            lines = distinct(self._breaker.call(partial(self._all_lines, row, included), place))
        except SkippedError as error:
            problem = f"the lines of order {row.id} cannot be read: {error}"
            return row._replace(problem=problem)
        if not adds_up(row.document, lines):
            logger.warning(
                "Order %d: the quantities of its %d lines do not add up to its `items_total`.",
                row.id,
                len(lines),
            )
        return row._replace(lines=lines)

    def _all_lines(self, order: Listed, included: list[Document], *, brief: bool) -> list[Document]:
        """Read an order's lines by themselves, all pages."""
        try:
            return self._session.all_pages(
                f"/v2/orders/{order.id}/products",
                {},
                _page_of_lines,
                scope=ORDERS,
                brief=brief,
                is_whole=lambda lines: adds_up(order.document, distinct(lines)),
            )
        except NotFoundError:
            logger.warning(
                "Order %d is gone since it was listed; it is kept with the %d lines seen.",
                order.id,
                len(included),
            )
            return included


def _page_of_lines(body: Any, path: str) -> ListPage:
    page = v2_page(body, path)
    if not all(isinstance(line, dict) for line in page.documents):
        raise StoreError(f"{path} listed something that is no line; stopped.")
    return page


def _until_failure(pages: Iterator[list[Listed]]) -> Iterator[list[Listed] | StoreError]:
    """Yield the pages, and at last what stopped them: the pages before it come first."""
    try:
        yield from pages
    except StoreError as error:
        yield error


def _failed(error: StoreError) -> Future[Listed]:
    """Return a cart that raises the error when its turn comes."""
    failed: Future[Listed] = Future()
    failed.set_exception(error)
    return failed


def _is_done(cart: Listed | Future[Listed]) -> bool:
    return isinstance(cart, Listed) or cart.done()


def _completed(page: list[Listed | Future[Listed]]) -> Iterator[list[Listed]]:
    """Yield a page's carts; those before one that stops the stream come before its error."""
    carts: list[Listed] = []
    try:
        for cart in page:
            carts.append(cart if isinstance(cart, Listed) else cart.result())  # noqa: PERF401
    except StoreError:
        if carts:
            yield carts
        raise
    yield carts
