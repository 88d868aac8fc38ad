"""The list of abandoned carts between two dates, all pages of it.

Pages follow each other by cursor. Offset paging is documented for platforms without cursors.
What a platform does that has no cursors and ignores `start` too is not documented: its list is
read by dates, in halves, since else what is beyond its first page would be lost.
https://docs.api2cart.com, method `order.abandoned.list`
https://api2cart.com/news/api2cart-supports-cursor-based-pagination/
"""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tap_bigcommerce_carts.errors import BadParameterError, StoreError
from tap_bigcommerce_carts.model import BEGINNING, Listed
from tap_bigcommerce_carts.rows.php_dates import date
from tap_bigcommerce_carts.rows.values import LONGEST_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_bigcommerce_carts.api2cart.session import Api2CartSession, MethodResult

    Query = dict[str, str | int]

METHOD = "order.abandoned.list"
# Without it neither ids nor dates come; and without `pagination` in it, no second page.
_SELECTION = "{return_code,return_message,pagination,result{order{*}}}"
# Which of these a shop's platform takes is not documented, nor in what zone it reads the second:
# that one asks for as much more as a zone can be away from UTC.
_DATE_FORMS = (
    ("%Y-%m-%dT%H:%M:%S+0000", timedelta()),
    ("%Y-%m-%d %H:%M:%S", timedelta(hours=14)),
)
# A platform that gives fewer than asked for, whatever its limit is, gives at least so many.
_LEAST_CUT = 10
# How often a list is begun anew because its cursor was not accepted any more.
_MOST_RESTARTS = 3
# Pages in a row that may bring nothing new, though each has a cursor to another.
_MOST_IDLE_PAGES = 20
_SECOND = timedelta(seconds=1)
logger = logging.getLogger(__name__)


class _Start(Enum):
    """What a shop's platform does with `start`."""

    TAKEN = "gives what is behind that many carts, as far as is known"
    REFUSED = "answers 109: it goes by cursor alone"
    IGNORED = "gives the first page, whatever it is"


class AbandonedList:
    """Lists the abandoned carts of one store.

    Args:
        client: calls API2Cart.
        page_size: how many carts a page asks for.
    """

    def __init__(self, client: Api2CartSession, page_size: int) -> None:
        self._client = client
        self._page_size = page_size
        self._date_form = 0
        self._has_cursors = False
        self._start = _Start.TAKEN
        self._longest = 0

    def any(self, lower: datetime, upper: datetime) -> bool:
        """Return whether there is a cart modified between two dates, or near them.

        Args:
            lower: the first date.
            upper: the last date.

        Raises:
            StoreError: as for `Api2CartSession.call`.
        """
        return bool(_carts(self._first(lower, upper, 1)))

    def pages(self, lower: datetime, upper: datetime) -> Iterator[tuple[list[Listed], bool]]:
        """Yield the carts modified between two dates, a page at a time, with a flag on the last.

        Args:
            lower: the first date.
            upper: the last date.

        A cart can come twice, and some from outside the dates. One that cannot be kept has a
        `problem`, and `BEGINNING` for a date that it lacks.
        """
        result = self._first(lower, upper, self._page_size)
        carts = _carts(result)
        if result.following is None and self._looks_cut(len(carts)):
            if self._start is _Start.IGNORED:
                yield carts, False
                yield from self._by_halves(lower, upper, carts)
                return
            further = self._further(lower, upper, len(carts))
            full = len(carts) >= self._page_size
            if self._start is _Start.TAKEN and (further or full):
                yield carts, False
                yield from self._by_offset(lower, upper, carts, further)
                return
        yield carts, result.following is None
        yield from self._by_cursor(lower, upper, result)

    def _by_cursor(
        self, lower: datetime, upper: datetime, result: MethodResult
    ) -> Iterator[tuple[list[Listed], bool]]:
        used: set[str] = set()
        met = {(cart.id, cart.modified) for cart in _carts(result)}
        restarts = idle = 0
        while following := result.following:
            self._has_cursors = True
            if following in used or idle > _MOST_IDLE_PAGES:
                raise StoreError(
                    f"{METHOD} gives the same page again and again; it cannot be read to its end."
                )
            used.add(following)
            try:
                # Written percent-encoded already; what is sent is encoded once more.
                cursor: Query = {"page_cursor": unquote(following)}
                result = self._client.call(METHOD, {**cursor, "response_fields": _SELECTION})
            except BadParameterError:
                restarts += 1
                if restarts > _MOST_RESTARTS:
                    raise
                logger.warning("A page's cursor was not accepted any more; the list is begun anew.")
                used.clear()
                met.clear()
                result = self._first(lower, upper, self._page_size)
            carts = _carts(result)
            fresh = {(cart.id, cart.modified) for cart in carts} - met
            met |= fresh
            idle = 0 if fresh else idle + 1
            yield carts, result.following is None

    def _looks_cut(self, count: int) -> bool:
        """Return whether a page may have been cut: no cursor says so, and it is not short."""
        self._longest = max(self._longest, count)
        if self._has_cursors or self._start is _Start.REFUSED:
            return False
        if self._start is _Start.IGNORED:
            return count >= self._longest
        return count >= min(self._page_size, _LEAST_CUT)

    def _further(self, lower: datetime, upper: datetime, first: int) -> list[Listed]:
        """Read what follows a page of `first` carts."""
        try:
            return _carts(self._first(lower, upper, self._page_size, first))
        except BadParameterError as error:
            if not _is_about("start", error):
                raise
            # It knows cursors alone, and gave none: there was nothing more.
            self._start = _Start.REFUSED
            return []

    def _by_offset(
        self, lower: datetime, upper: datetime, first: list[Listed], carts: list[Listed]
    ) -> Iterator[tuple[list[Listed], bool]]:
        """Read by number forth, and then back, after the page `first` and the page `carts`.

        A cart that is modified while the list is read leaves it, and what follows moves up, to
        a page that was read already: the way back meets it.
        """
        starts, start = [0], len(first)
        met = {cart.id for cart in first}
        # A platform may give fewer than were asked for: only an empty page is the end.
        while carts:
            if met.issuperset(cart.id for cart in carts):
                self._start = _Start.IGNORED
                yield from self._by_halves(lower, upper, carts)
                return
            met.update(cart.id for cart in carts)
            yield carts, False
            starts.append(start)
            start += len(carts)
            carts = _carts(self._first(lower, upper, self._page_size, start))
        for earlier in reversed(starts):
            yield _carts(self._first(lower, upper, self._page_size, earlier)), earlier == 0

    def _by_halves(
        self, lower: datetime, upper: datetime, page: list[Listed]
    ) -> Iterator[tuple[list[Listed], bool]]:
        """Read by dates what a page may be cut from, where `start` counts for nothing.

        A half with fewer carts than some page had was not cut. The halves overlap by a second:
        bounds may be exclusive, and dates may have parts of seconds.
        """
        dates = (cart.modified for cart in page)
        inside = sorted(each for each in dates if lower < each < upper - _SECOND)
        if not inside:
            raise StoreError(
                f"The shop's platform ignores `start` of {METHOD} and gives no cursor: "
                f"what may be beyond its first {len(page)} carts cannot be read; stopped."
            )
        middle = inside[(len(inside) - 1) // 2]
        for carts, _ in self.pages(lower, middle + _SECOND):
            yield carts, False
        yield from self.pages(middle, upper)

    def _first(self, lower: datetime, upper: datetime, count: int, start: int = 0) -> MethodResult:
        """Ask for a page by its filters, in the form of date that the platform takes."""
        while True:
            form, margin = _DATE_FORMS[self._date_form]
            query: Query = {
                "modified_from": (lower - margin).strftime(form),
                "modified_to": (upper + margin).strftime(form),
                "count": count,
                "response_fields": _SELECTION,
            }
            if start:
                query["start"] = start
            try:
                return self._client.call(METHOD, query)
            except BadParameterError as error:
                if _is_about("count", error):
                    raise StoreError(f"{error} Lower `page_size`.") from None
                about_dates = "modified" in str(error)
                if not about_dates or self._date_form + 1 == len(_DATE_FORMS):
                    raise
                self._date_form += 1


def _is_about(parameter: str, error: BadParameterError) -> bool:
    return re.search(rf"\b{parameter}\b", str(error)) is not None


def _carts(result: MethodResult) -> list[Listed]:
    orders = result.document.get("order")
    if orders in (None, "", {}, []):
        return []
    if not isinstance(orders, list):
        raise StoreError(f"{METHOD} answered without the list of carts it should hold; stopped.")
    return [_cart(order) for order in orders]


def _cart(order: Any) -> Listed:
    """Read a cart; one that cannot be kept has a `problem`, and stand-ins for what it lacks."""
    if not isinstance(order, dict):
        return _problem(order, f"{METHOD} listed something that is no cart")
    number = order.get("id")
    if (
        isinstance(number, bool)
        or not isinstance(number, int | str)
        or not (0 < len(str(number).strip()) <= LONGEST_KEY)
    ):
        return _problem(order, f"{METHOD} listed a cart without a readable `id`")
    name = str(number).strip()
    try:
        modified = date(order.get("modified_at"))
    except ValueError:
        modified = None
    if modified is None:
        lacks = f"cart {name} has no readable `modified_at`"
        return Listed(name, BEGINNING, order, lacks, dated=False)
    lines, problem = order.get("order_products"), None
    if lines in (None, "", {}):
        lines = []
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        lines, problem = [], f"cart {name} has something that is no line"
    return Listed(name, modified.replace(microsecond=0), order, problem, lines=lines)


def _problem(order: Any, problem: str) -> Listed:
    # No id is negative.
    return Listed(-1 - abs(hash(repr(order))), BEGINNING, {}, problem)
