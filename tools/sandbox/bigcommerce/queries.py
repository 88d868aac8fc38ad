"""Lists: which records a query asks for, in which order, and which page of them."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec

from tools.sandbox.shop.dates import parse_v2, parse_v3
from tools.sandbox.shop.index import Entry
from tools.sandbox.shop.money import units
from tools.sandbox.shop.records import Customer, Order
from tools.sandbox.shop.shop import Shop

from .refusals import V2Error, V3Error

MAX_LIMIT = 250
DEFAULT_LIMIT = 50
TOO_LARGE = 413

Query = Mapping[str, str]
Test = Callable[[Any], bool]

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

CUSTOMER_FIELDS = {
    *("page", "limit", "after", "before", "sort", "include", "id:in", "email:in", "company:in"),
    *("customer_group_id:in", "name:in", "name:like", "phone:in", "registration_ip_address:in"),
    *("date_created", "date_created:min", "date_created:max"),
    *("date_modified", "date_modified:min", "date_modified:max"),
}
CUSTOMER_SORTS = {"date_created", "date_modified", "last_name"}
CUSTOMER_INCLUDES = {
    *("addresses", "storecredit", "attributes", "formfields"),
    *("shopper_profile_id", "segment_ids"),
}
CART_INCLUDES = {f"line_items.{kind}.options" for kind in ("physical_items", "digital_items")}
CHANNEL_FIELDS = {
    *("page", "limit", "include", "available", "status:in", "type:in", "platform:in"),
    *(f"date_{what}{end}" for what in ("created", "modified") for end in ("", ":min", ":max")),
}
ADDRESS_FIELDS = {"page", "limit", "company:in", "name:in", "customer_id:in", "include", "id:in"}


# V2


def known_fields(query: Query, fields: Iterable[str]) -> None:
    """Refuse a query with a field that the V2 resource does not have."""
    for name in query:
        if name not in fields:
            raise V2Error(
                400,
                f"The field '{name}' is not supported by this resource.",
                {"invalid_reason": f"The field '{name}' is not supported."},
            )


def v2_integer(query: Query, name: str, default: int | None = None) -> int | None:
    """Return a whole number of the query; refuse anything else."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"-?\d+", text):
        raise V2Error(400, f"The field '{name}' is invalid.", {"value": text})
    return int(text)


def v2_page(query: Query) -> tuple[int, int]:
    """Return (offset, limit) of a V2 list."""
    limit = v2_integer(query, "limit", DEFAULT_LIMIT) or 0
    page = v2_integer(query, "page", 1) or 0
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


def v2_moment(query: Query, name: str) -> float | None:
    """Return a date of the query in Unix seconds, whole as the dates of orders are."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return float(int(parse_v2(text).timestamp()))
    except (ValueError, TypeError, IndexError) as error:
        raise V2Error(400, f"The field '{name}' is not a date-time.", {"value": text}) from error


def choices(query: Query, name: str, known: set[str]) -> frozenset[str]:
    """Return a comma-separated field of the query; unknown words are an error of the caller."""
    words = frozenset(word for word in query.get(name, "").split(",") if word)
    if words - known:
        raise ValueError(", ".join(sorted(words - known)))
    return words


def includes(query: Query) -> frozenset[str]:
    """Return what an order list should include."""
    try:
        return choices(query, "include", ORDER_INCLUDES)
    except ValueError as error:
        raise V2Error(400, f"The include '{error}' is not supported.") from error


def is_by_modified(query: Query) -> bool:
    """Tell whether a list is asked for by the date its rows were last changed."""
    bounds = {"min_date_modified", "max_date_modified", "date_modified:min", "date_modified:max"}
    return not bounds.isdisjoint(query)


def find_orders(
    shop: Shop, query: Query, start: int = 0, stop: int | None = None
) -> Iterable[Order]:
    """Return the orders that match, in the order asked for, from `start` to before `stop`.

    Sorting by id or by modification date is answered by an index; other sorts take their time.
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
    status = v2_integer(query, "status_id")
    low, high = v2_moment(query, "min_date_modified"), v2_moment(query, "max_date_modified")
    first, last = v2_integer(query, "min_id"), v2_integer(query, "max_id")
    tests = _order_tests(query)
    if field == "date_modified" or (field != "id" and (low, high) != (None, None)):
        if (first, last) != (None, None):
            tests.append(lambda order: _within(order.id, first, last))
        return shop.by_modified.between(low, high, status), "date_modified", tests
    if (low, high) != (None, None):
        tests.append(lambda order: _within(order.modified.timestamp(), low, high))
    return shop.by_id.between(first, last, status), "id", tests


def _order_sort(query: Query) -> tuple[str, bool]:
    field, _, direction = query.get("sort", "id").partition(":")
    if field not in ORDER_SORTS or direction not in ("", "asc", "desc"):
        raise V2Error(400, "The field 'sort' is invalid.", {"value": query["sort"]})
    return field, direction == "desc"


def _order_tests(query: Query) -> list[Test]:
    """Return the tests that no index answers."""
    for name in ("customer_id", "channel_id"):
        v2_integer(query, name)
    outside = ("customer_id", "channel_id", "cart_id", "email")
    tests = [_same(name, query[name]) for name in outside if name in query]
    inside = ("payment_method", "external_order_id")
    tests += [_same_inside(name, query[name]) for name in inside if name in query]
    low, high = v2_moment(query, "min_date_created"), v2_moment(query, "max_date_created")
    if low is not None or high is not None:
        tests.append(lambda order: _within(order.created.timestamp(), low, high))
    least, most = (units(query[x]) if x in query else None for x in ("min_total", "max_total"))
    if least is not None or most is not None:
        tests.append(
            lambda order: _within(units(order.content.document["total_inc_tax"]), least, most)
        )
    return tests


def _same(name: str, wanted: str) -> Test:
    return lambda record: str(getattr(record, name)).lower() == wanted.lower()


def _same_inside(name: str, wanted: str) -> Test:
    return lambda record: str(record.content.document.get(name)) == wanted


def _within(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


_ORDER_KEYS: dict[str, Callable[[Order], Any]] = {
    "id": lambda order: order.id,
    "customer_id": lambda order: str(order.customer_id).rjust(12),
    "date_created": lambda order: order.created,
    "date_modified": lambda order: order.modified,
    "status_id": lambda order: str(order.status_id).rjust(12),
    "channel_id": lambda order: str(order.channel_id).rjust(12),
    "external_id": lambda order: str(order.content.document.get("external_id") or ""),
}


# V3


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of customers and what its `meta` says."""

    customers: list[Customer]
    meta: dict[str, Any]


def v3_fields(query: Query, fields: Iterable[str]) -> None:
    """Refuse a query with a field that the V3 resource does not have."""
    unknown = {name: "is not a known filter" for name in query if name not in fields}
    if unknown:
        raise V3Error(422, f"The filter(s): {', '.join(unknown)} are not valid.", unknown)


def v3_page(query: Query) -> tuple[int, int]:
    """Return (page, limit) of a V3 list."""
    found = []
    for name, default in (("page", 1), ("limit", DEFAULT_LIMIT)):
        text = query.get(name, str(default))
        most = MAX_LIMIT if name == "limit" else 10**9
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise _invalid(name)
        found.append(int(text))
    return found[0], found[1]


def customer_includes(query: Query) -> frozenset[str]:
    """Return what a customer list should include."""
    try:
        return choices(query, "include", CUSTOMER_INCLUDES)
    except ValueError as error:
        raise _invalid("include") from error


def cart_includes(query: Query) -> frozenset[str]:
    """Return the kinds of line whose options a cart should include."""
    v3_fields(query, {"include"})
    try:
        return frozenset(x.split(".")[1] for x in choices(query, "include", CART_INCLUDES))
    except ValueError as error:
        raise _invalid("include") from error


def find_customers(
    shop: Shop, query: Query, *, cursors: bool, exclusive: bool = False, undated: bool = True
) -> CustomerPage:
    """Return a page by number, or by cursor when the query has `after` or `before`.

    Cursor pages go by id. The first numbered page offers cursors as well (if `cursors`).
    Without `undated`, those without a date are left out.
    """
    v3_fields(query, CUSTOMER_FIELDS)
    page, limit = v3_page(query)
    matching = _customers(shop, query)
    if exclusive:
        bounds = {_v3_moment(query, f"date_modified:{end}") for end in ("min", "max")}
        matching = [one for one in matching if one.modified.timestamp() not in bounds]
    if not undated:
        matching = [
            one for one in matching if one.content.document.get("date_modified", "") is not None
        ]
    if cursors and ("after" in query or "before" in query):
        return _cursor_page(matching, query, limit)
    rows = list(_customer_order(matching, query))
    chosen = rows[(page - 1) * limit : page * limit]
    meta: dict[str, Any] = {"pagination": pagination(len(rows), len(chosen), page, limit)}
    if page == 1 and cursors:
        meta["cursor_pagination"] = _cursors(chosen, limit, more=len(rows) > limit)
    return CustomerPage(chosen, meta)


def pagination(total: int, count: int, page: int, limit: int) -> dict[str, Any]:
    """Return the `pagination` object of a numbered V3 page."""
    pages = -(-total // limit)
    links = {"current": f"?page={page}&limit={limit}"}
    if page > 1:
        links["previous"] = f"?page={page - 1}&limit={limit}"
    if page < pages:
        links["next"] = f"?page={page + 1}&limit={limit}"
    return {
        "total": total,
        "count": count,
        "per_page": limit,
        "current_page": page,
        "total_pages": pages,
        "links": links,
    }


def _customers(shop: Shop, query: Query) -> list[Customer]:
    """Return the customers that match, by id."""
    low, high = _v3_moment(query, "date_modified:min"), _v3_moment(query, "date_modified:max")
    records = shop.customer_records
    if low is None and high is None:
        keys = [key for _, key in shop.customers_by_id.between()]
    else:
        keys = sorted(key for _, key in shop.customers_by_modified.between(low, high))
    tests = _customer_tests(query)
    found = (records[key] for key in keys)
    return [one for one in found if all(test(one) for test in tests)] if tests else list(found)


def _customer_tests(query: Query) -> list[Test]:
    tests: list[Test] = []
    if "id:in" in query:
        ids = set(query["id:in"].split(","))
        tests.append(lambda one: str(one.id) in ids)
    lists = ("email", "company", "customer_group_id", "phone", "registration_ip_address")
    tests += [_one_of(name, query[f"{name}:in"]) for name in lists if f"{name}:in" in query]
    if "name:in" in query:
        tests.append(_name_test(query["name:in"], lambda name, wanted: name == wanted))
    if "name:like" in query:
        tests.append(_name_test(query["name:like"], lambda name, wanted: wanted in name))
    equal = _v3_moment(query, "date_modified")
    if equal is not None:
        tests.append(lambda one: one.modified.timestamp() == equal)
    low, high = _v3_moment(query, "date_created:min"), _v3_moment(query, "date_created:max")
    if low is not None or high is not None:
        tests.append(lambda one: _within(one.created.timestamp(), low, high))
    made = _v3_moment(query, "date_created")
    if made is not None:
        tests.append(lambda one: one.created.timestamp() == made)
    return tests


def _one_of(name: str, wanted: str) -> Test:
    values = set(wanted.lower().split(","))
    return lambda one: str(one.content.document.get(name)).lower() in values


def _name_test(wanted: str, fits: Callable[[str, str], bool]) -> Test:
    names = wanted.lower().split(",")

    def test(one: Customer) -> bool:
        document = one.content.document
        full = f"{document['first_name']} {document['last_name']}".lower()
        return any(fits(full, name) for name in names)

    return test


def _customer_order(customers: list[Customer], query: Query) -> Iterable[Customer]:
    if "sort" not in query:
        return customers
    field, _, direction = query["sort"].partition(":")
    if field not in CUSTOMER_SORTS or direction not in ("", "asc", "desc"):
        raise _invalid("sort")
    keys: dict[str, Callable[[Customer], Any]] = {
        "date_created": lambda one: one.created,
        "date_modified": lambda one: one.modified,
        "last_name": lambda one: str(one.content.document["last_name"]),
    }
    return sorted(customers, key=keys[field], reverse=direction == "desc")


def _cursor_page(customers: list[Customer], query: Query, limit: int) -> CustomerPage:
    if "after" in query:
        start = _cursor_id(query, "after")
        rows = list(islice((one for one in customers if one.id > start), limit + 1))
        chosen, more = rows[:limit], len(rows) > limit
    else:
        stop = _cursor_id(query, "before")
        chosen, more = [one for one in customers if one.id < stop][-limit:], True
    return CustomerPage(chosen, {"cursor_pagination": _cursors(chosen, limit, more=more)})


def _cursors(chosen: list[Customer], limit: int, *, more: bool) -> dict[str, Any]:
    start = _cursor(chosen[0].id) if chosen else None
    end = _cursor(chosen[-1].id) if chosen else None
    return {
        "count": len(chosen),
        "per_page": limit,
        "start_cursor": start,
        "end_cursor": end,
        "links": {"next": f"?limit={limit}&after={end}"} if more and chosen else {},
    }


def _cursor(customer_id: int) -> str:
    text = msgspec.json.encode({"id": customer_id})
    return urlsafe_b64encode(text).decode().rstrip("=")


def _cursor_id(query: Query, name: str) -> int:
    text = query[name]
    try:
        return int(msgspec.json.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))["id"])
    except (Base64Error, ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
        raise _invalid(name) from error


def _v3_moment(query: Query, name: str) -> float | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return float(int(parse_v3(text).timestamp()))
    except ValueError as error:
        raise _invalid(name) from error


def _invalid(name: str) -> V3Error:
    return V3Error(422, f"The value of {name} is not valid.", {name: "is not valid"})
