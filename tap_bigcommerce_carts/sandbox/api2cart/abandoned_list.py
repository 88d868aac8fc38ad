"""`order.abandoned.list`: which carts a call asks for, in which order, and which page of them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from tap_bigcommerce_carts.sandbox.api2cart import cursors, parameters
from tap_bigcommerce_carts.sandbox.api2cart.cart_shapes import (
    CartShape,
    cart_bytes,
    encode,
    without_nothing,
)
from tap_bigcommerce_carts.sandbox.api2cart.cursors import Cursor
from tap_bigcommerce_carts.sandbox.api2cart.parameters import Query
from tap_bigcommerce_carts.sandbox.api2cart.return_codes import PARAMETER, GatewayError, invalid
from tap_bigcommerce_carts.sandbox.api2cart.selection import Selection
from tap_bigcommerce_carts.sandbox.api2cart.switches import Api2Cart
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.shop.index import Entry
from tap_bigcommerce_carts.sandbox.shop.records import Order

DEFAULT_COUNT = 10
INCOMPLETE = 0
_ODD = 2_654_435_761  # multiplying by it is a bijection below 2**32 that keeps no order
_RANGE = 2**32

Test = Callable[[Order], bool]


@dataclass(frozen=True, slots=True)
class _Page:
    orders: list[Order] = field(default_factory=list)
    previous: Cursor | None = None
    next: Cursor | None = None


def abandoned(shop: Shop, switches: Api2Cart, query: Query) -> bytes:
    """Return a page of the carts."""
    parameters.known(query, parameters.FILTERS | parameters.PAGING | parameters.SELECTORS)
    wanted = parameters.selection(query)
    page = _page(shop, switches, _where(switches, query))
    parts = [b'"return_code":0,"return_message":""']
    pagination = wanted.part("pagination")
    if pagination is not None:
        links = cursors.pagination(page.previous, page.next)
        links = without_nothing(links) if switches.missing_keys else links
        parts.append(b'"pagination":' + encode(pagination.of(links)))
    result = wanted.part("result")
    if result is not None:
        parts.append(b'"result":' + _result(page.orders, switches, result))
    return b"{" + b",".join(parts) + b"}"


def _result(orders: list[Order], switches: Api2Cart, wanted: Selection) -> bytes:
    selection = wanted.part("order")
    odd = switches.lists_for_objects or switches.missing_keys
    if selection is None or (odd and not orders):
        return b"[]" if switches.lists_for_objects else b"{}"
    shape = _shape(switches, selection)
    nameless = replace(shape, no_email=True)
    rows = (cart_bytes(x, nameless if switches.no_email(x.id) else shape) for x in orders)
    return b'{"order":[' + b",".join(rows) + b"]}"


def _shape(switches: Api2Cart, selection: Selection) -> CartShape:
    return CartShape(
        selection=selection,
        date_format=switches.date_format,
        date_offset=switches.date_offset,
        null_dates=tuple(switches.null_dates),
        null_date_values=tuple(switches.null_date_values),
        integer_ids=switches.integer_ids,
        money_as_text=switches.money_as_text,
        lists_for_objects=switches.lists_for_objects,
        missing_keys=switches.missing_keys,
        guest_id=switches.guest_id,
        null_basket_url=switches.null_basket_url,
    )


def _where(switches: Api2Cart, query: Query) -> Cursor:
    """Return where the page starts, by the query's cursor or by its numbers."""
    text = query.get("page_cursor")
    if text is None:
        return Cursor(
            count=_count(switches, query),
            filters={name: text for name, text in query.items() if name in parameters.FILTERS},
            start=_start(switches, query),
        )
    if not switches.cursors:
        raise GatewayError(PARAMETER, "Parameter 'page_cursor' is not supported.")
    beside = set(query) - parameters.SELECTORS - {"page_cursor"}
    if beside and switches.strict_cursors:
        names = ", ".join(sorted(beside))
        raise GatewayError(PARAMETER, f"Parameter 'page_cursor' cannot be used with {names}.")
    return cursors.read(text, strict=switches.strict_cursors)


def _count(switches: Api2Cart, query: Query) -> int:
    count = parameters.unsigned(query, "count", DEFAULT_COUNT)
    if count > switches.most_per_page:
        most = switches.most_per_page
        if not switches.over_count_code:
            return most
        raise GatewayError(switches.over_count_code, f"Parameter 'count' may be {most} at most.")
    if not count:
        raise invalid("count", "unsigned integer from 1 up")
    return count


def _start(switches: Api2Cart, query: Query) -> int:
    if "start" in query and not switches.offsets:
        raise GatewayError(PARAMETER, "Parameter 'start' is not supported, use page_cursor.")
    start = parameters.unsigned(query, "start", 0)
    return 0 if "start" in switches.ignored_filters else start


def _page(shop: Shop, switches: Api2Cart, at: Cursor) -> _Page:
    tests = _tests(switches, at.filters)
    orders = (shop.order_records[key] for _, key in _ranked(shop, switches, at.after))
    matching = (order for order in orders if all(test(order) for test in tests))
    skipped = at.start if at.after is None else 0
    rows = list(islice(matching, skipped, skipped + at.count + 1))
    chosen, more = rows[: at.count], len(rows) > at.count
    if not switches.cursors:
        return _Page(chosen)
    previous = following = None
    if at.start:
        previous = _moved(at, start=max(at.start - at.count, 0))
    if more:
        by_row = switches.cursors_by == "row"
        after = _rank(switches, chosen[-1].id) if by_row else None
        following = _moved(at, start=at.start + at.count, after=after)
    return _Page(chosen, previous, following)


def _moved(cursor: Cursor, *, start: int, after: int | None = None) -> Cursor:
    return Cursor(cursor.count, cursor.filters, start, after)


def _rank(switches: Api2Cart, order_id: int) -> int:
    """Return what the list is sorted by, lowest first."""
    if switches.order == "shuffled":
        return order_id * _ODD % _RANGE
    return -order_id if switches.order == "descending" else order_id


def _ranked(shop: Shop, switches: Api2Cart, after: int | None) -> Iterable[Entry]:
    """Return the entries of the carts behind rank `after`, in the list's order."""
    if switches.order == "ascending":
        return shop.by_id.between(None if after is None else after + 1, None, INCOMPLETE)
    if switches.order == "descending":
        high = None if after is None else -after - 1
        return reversed(shop.by_id.between(None, high, INCOMPLETE))
    entries = sorted(
        shop.by_id.between(group=INCOMPLETE), key=lambda entry: _rank(switches, entry[1])
    )
    if after is None:
        return entries
    return entries[bisect_right(entries, after, key=lambda entry: _rank(switches, entry[1])) :]


def _tests(switches: Api2Cart, filters: Query) -> list[Test]:
    query = {k: v for k, v in filters.items() if k not in switches.ignored_filters}
    tests = [*_date_tests(switches, query)]
    if "customer_id" in query:
        tests.append(lambda order: str(order.customer_id) == query["customer_id"])
    if "store_id" in query:
        tests.append(lambda order: str(order.channel_id) == query["store_id"])
    if "customer_email" in query:
        email = query["customer_email"].lower()
        tests.append(lambda order: _email(switches, order).lower() == email)
    if parameters.boolean(query, "skip_empty_email"):
        tests.append(lambda order: _email(switches, order) != "")
    return tests


def _email(switches: Api2Cart, order: Order) -> str:
    return "" if switches.no_email(order.id) else str(order.email)


def _date_tests(switches: Api2Cart, query: Query) -> Iterable[Test]:
    """Yield the tests of the date filters; both ends are inclusive."""
    offset, plain = switches.input_offset, switches.plain_dates
    bounds = [parameters.moment(query, name, offset, plain=plain) for name in parameters.DATES]
    for bound, test in zip(bounds, (_made_from, _made_to, _changed_from, _changed_to), strict=True):
        if bound is not None:
            yield test(bound)


def _made_from(bound: datetime) -> Test:
    return lambda order: order.created >= bound


def _made_to(bound: datetime) -> Test:
    return lambda order: order.created <= bound


def _changed_from(bound: datetime) -> Test:
    return lambda order: order.modified >= bound


def _changed_to(bound: datetime) -> Test:
    return lambda order: order.modified <= bound
