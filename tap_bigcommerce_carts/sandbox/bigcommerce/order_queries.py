"""V2 lists: the fields of a query, and the orders it asks for.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from tap_bigcommerce_carts.sandbox.bigcommerce.queries import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Query,
    Test,
    choices,
    within,
)
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V2Error
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.shop.dates import parse_v2
from tap_bigcommerce_carts.sandbox.shop.index import Entry
from tap_bigcommerce_carts.sandbox.shop.money import units
from tap_bigcommerce_carts.sandbox.shop.records import Order

TOO_LARGE = 413
_PAGING = {"page", "limit"}
ORDER_FILTERS = {
    *("min_id", "max_id", "min_total", "max_total", "customer_id", "email", "status_id"),
    *("cart_id", "payment_method", "min_date_created", "max_date_created"),
    *("min_date_modified", "max_date_modified", "channel_id", "external_order_id"),
}
ORDER_FIELDS = ORDER_FILTERS | _PAGING | {"sort", "include", "consignment_structure"}
ORDER_SORTS = {
    *("id", "customer_id", "date_created", "date_modified", "status_id", "channel_id"),
    "external_id",
}
ORDER_INCLUDES = {"consignments", "consignments.line_items", "fees"}


def check_fields(query: Query, fields: Iterable[str]) -> None:
    """Refuse a query with a field that the V2 resource does not have."""
    for name in query:
        if name not in fields:
            raise V2Error(
                400,
                f"The field '{name}' is not supported by this resource.",
                {"invalid_reason": f"The field '{name}' is not supported."},
            )


def integer(query: Query, name: str, default: int | None = None) -> int | None:
    """Return a whole number of the query; refuse anything else."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d+", text):
        raise V2Error(400, f"The field '{name}' is invalid.", {"value": text})
    return int(text)


def page(query: Query) -> tuple[int, int]:
    """Return (offset, limit) of a V2 list."""
    limit = integer(query, "limit", DEFAULT_LIMIT) or 0
    page = integer(query, "page", 1) or 0
    if limit > MAX_LIMIT:
        raise V2Error(
            TOO_LARGE,
            f"The requested limit is too large; ask for no more than {MAX_LIMIT}.",
            {"max_limit": MAX_LIMIT},
        )
    for name, value in (("limit", limit), ("page", page)):
        if value < 1:
            raise V2Error(400, f"The field '{name}' is invalid.", {"value": str(value)})
    return (page - 1) * limit, limit


def moment(query: Query, name: str) -> float | None:
    """Return a date of the query in Unix seconds, whole as the dates of orders are."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return float(int(parse_v2(text).timestamp()))
    except (ValueError, TypeError, IndexError) as error:
        raise V2Error(400, f"The field '{name}' is not a date-time.", {"value": text}) from error


def order_includes(query: Query) -> frozenset[str]:
    """Return what an order list should include."""
    try:
        return choices(query, "include", ORDER_INCLUDES)
    except ValueError as error:
        raise V2Error(400, f"The include '{error}' is not supported.") from error


def find_orders(
    shop: Shop, query: Query, start: int = 0, stop: int | None = None
) -> Iterable[Order]:
    """Return the orders that match, in the order asked for, from `start` to before `stop`.

    Sorting by id or by modification date uses an index; other sorts take their time.

    Args:
        shop: whose orders.
        query: the fields of the request.
        start: how many to skip.
        stop: the place to stop before; None for the end.

    Raises:
        V2Error: the value of a field is not valid.
    """
    field, descending = _order_sort(query)
    found, by, tests = _indexed(shop, query, field)
    direct = field == by and not descending
    records = shop.order_records
    if direct and not tests:
        return [records[key] for _, key in found[start:stop]]
    orders: Iterable[Order] = (records[key] for _, key in found)
    if tests:
        orders = (order for order in orders if all(test(order) for test in tests))
    if not direct:
        by_id = sorted(orders, key=_ORDER_KEYS["id"])
        orders = sorted(by_id, key=_ORDER_KEYS[field], reverse=descending)
    return islice(orders, start, stop)


def _indexed(shop: Shop, query: Query, field: str) -> tuple[list[Entry], str, list[Test]]:
    """Return the entries of the fitting index, what it sorts by, and the tests left to do."""
    status = integer(query, "status_id")
    low, high = moment(query, "min_date_modified"), moment(query, "max_date_modified")
    first, last = integer(query, "min_id"), integer(query, "max_id")
    tests = _order_tests(query)
    if field == "date_modified" or (field != "id" and (low, high) != (None, None)):
        if (first, last) != (None, None):
            tests.append(lambda order: within(order.id, first, last))
        return shop.by_modified.between(low, high, status), "date_modified", tests
    if (low, high) != (None, None):
        tests.append(lambda order: within(order.modified.timestamp(), low, high))
    return shop.by_id.between(first, last, status), "id", tests


def _order_sort(query: Query) -> tuple[str, bool]:
    field, _, direction = query.get("sort", "id").partition(":")
    if field not in ORDER_SORTS or direction not in ("", "asc", "desc"):
        raise V2Error(400, "The field 'sort' is invalid.", {"value": query["sort"]})
    return field, direction == "desc"


def _order_tests(query: Query) -> list[Test]:
    """Return the tests that no index replaces."""
    for name in ("customer_id", "channel_id"):
        integer(query, name)
    outside = ("customer_id", "channel_id", "cart_id", "email")
    tests = [_same(name, query[name]) for name in outside if name in query]
    inside = ("payment_method", "external_order_id")
    tests += [_same_inside(name, query[name]) for name in inside if name in query]
    low, high = moment(query, "min_date_created"), moment(query, "max_date_created")
    if low is not None or high is not None:
        tests.append(lambda order: within(order.created.timestamp(), low, high))
    least, most = (units(query[x]) if x in query else None for x in ("min_total", "max_total"))
    if least is not None or most is not None:
        tests.append(
            lambda order: within(units(order.content.document["total_inc_tax"]), least, most)
        )
    return tests


def _same(name: str, wanted: str) -> Test:
    return lambda record: str(getattr(record, name)).lower() == wanted.lower()


def _same_inside(name: str, wanted: str) -> Test:
    return lambda record: str(record.content.document.get(name)) == wanted


_ORDER_KEYS: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "customer_id": lambda order: str(order.customer_id).rjust(12),
    "date_created": lambda order: order.created,
    "date_modified": lambda order: order.modified,
    "status_id": lambda order: str(order.status_id).rjust(12),
    "channel_id": lambda order: str(order.channel_id).rjust(12),
    "external_id": lambda order: str(order.content.document.get("external_id") or ""),
}
