"""Which customers a query asks for, in which order, and which page of them.

https://developer.bigcommerce.com/docs/rest-management/customers
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from tap_bigcommerce_carts.sandbox.bigcommerce.queries import Query, Test, choices, within
from tap_bigcommerce_carts.sandbox.bigcommerce.v3_queries import (
    check_fields,
    invalid,
    moment,
    page_and_limit,
    pagination,
)
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.shop.records import Customer

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


@dataclass(frozen=True, slots=True)
class Cursors:
    """How pages by cursor are served.

    Args:
        null_at_end: the last page has no cursor to go on from; else that of its last row.
        keep_sort: they come in the order of `sort`; else by id.
    """

    null_at_end: bool = False
    keep_sort: bool = False


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """One page of customers and what its `meta` says."""

    customers: list[Customer]
    meta: dict[str, Any]


def customer_includes(query: Query) -> frozenset[str]:
    """Return what a customer list should include."""
    try:
        return choices(query, "include", CUSTOMER_INCLUDES)
    except ValueError as error:
        raise invalid("include") from error


def find_customers(
    shop: Shop,
    query: Query,
    *,
    cursors: Cursors | None,
    exclusive: bool = False,
    undated: bool = True,
) -> CustomerPage:
    """Return a page by number, or by cursor when the query has `after` or `before`.

    The first numbered page offers cursors as well (if there are `cursors`). Without `undated`,
    those without a date are left out.

    Args:
        shop: whose customers.
        query: the fields of the request.
        cursors: how pages by cursor are served; None: not at all.
        exclusive: leave out customers of the very second of a bound.
        undated: whether customers without a modification date are in the list.

    Raises:
        V3Error: a field is unknown, or its value not valid.
    """
    check_fields(query, CUSTOMER_FIELDS)
    page, limit = page_and_limit(query)
    matching = _customers(shop, query)
    if exclusive:
        bounds = {moment(query, f"date_modified:{end}") for end in ("min", "max")}
        matching = [one for one in matching if one.modified.timestamp() not in bounds]
    if not undated:
        matching = [
            one for one in matching if one.content.document.get("date_modified", "") is not None
        ]
    if cursors and ("after" in query or "before" in query):
        return _cursor_page(matching, query, limit, cursors)
    rows = list(_customer_order(matching, query))
    chosen = rows[(page - 1) * limit : page * limit]
    meta: dict[str, Any] = {"pagination": pagination(len(rows), len(chosen), page, limit)}
    if page == 1 and cursors:
        more = len(rows) > limit
        meta["cursor_pagination"] = _cursors(chosen, limit, more=more, null=cursors.null_at_end)
    return CustomerPage(chosen, meta)


def _customers(shop: Shop, query: Query) -> list[Customer]:
    """Return the customers that match, by id."""
    low, high = moment(query, "date_modified:min"), moment(query, "date_modified:max")
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
    equal = moment(query, "date_modified")
    if equal is not None:
        tests.append(lambda one: one.modified.timestamp() == equal)
    low, high = moment(query, "date_created:min"), moment(query, "date_created:max")
    if low is not None or high is not None:
        tests.append(lambda one: within(one.created.timestamp(), low, high))
    made = moment(query, "date_created")
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
        raise invalid("sort")
    keys: dict[str, Callable[[Customer], Any]] = {
        "date_created": lambda one: one.created,
        "date_modified": lambda one: one.modified,
        "last_name": lambda one: str(one.content.document["last_name"]),
    }
    return sorted(customers, key=keys[field], reverse=direction == "desc")


def _cursor_page(
    customers: list[Customer], query: Query, limit: int, cursors: Cursors
) -> CustomerPage:
    if cursors.keep_sort:
        customers = list(_customer_order(customers, query))
    forward = "after" in query
    rest = _beyond(customers, _cursor_id(query, "after" if forward else "before"), forward=forward)
    chosen = rest[:limit] if forward else rest[-limit:]
    more = len(rest) > limit if forward else True
    found = _cursors(chosen, limit, more=more, null=cursors.null_at_end)
    return CustomerPage(chosen, {"cursor_pagination": found})


def _beyond(customers: list[Customer], customer_id: int, *, forward: bool) -> list[Customer]:
    """Return those that come after one of them, or before; by id if that one is not there."""
    for place, one in enumerate(customers):
        if one.id == customer_id:
            return customers[place + 1 :] if forward else customers[:place]
    return [one for one in customers if (one.id > customer_id) is forward]


def _cursors(chosen: list[Customer], limit: int, *, more: bool, null: bool) -> dict[str, Any]:
    start = _cursor(chosen[0].id) if chosen else None
    end = _cursor(chosen[-1].id) if chosen and (more or not null) else None
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
        raise invalid(name) from error
