"""The list of customers: its bounds, its pages, and how much it takes at once.

https://developer.bigcommerce.com/docs/rest-management/customers
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.customers import MOST_IDS
from tap_bigcommerce_carts.bigcommerce.pagination import LARGEST_PAGE
from tap_bigcommerce_carts.bigcommerce.scopes import CUSTOMERS
from tap_bigcommerce_carts.doctor.probe.bounds import CROWDED, dated, judged, least_crowded
from tap_bigcommerce_carts.doctor.probe.questions import NO_CUSTOMER, Answer, Question
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from tap_bigcommerce_carts.doctor.probe.asking import Asking, Reply

PATH = "/v3/customers"
_MANY_IDS = 250
_BY_DATE = {"sort": "date_modified:asc"}


def _larger(asking: Asking) -> Reply:
    """Ask for a page with a row more than the largest that is documented."""
    return asking.get(PATH, {**_BY_DATE, "limit": LARGEST_PAGE + 1}, scope=CUSTOMERS)


def _customers(asking: Asking) -> list[dict[str, Any]]:
    found = _larger(asking)
    if not found.is_given:
        found = asking.get(PATH, {**_BY_DATE, "limit": LARGEST_PAGE}, scope=CUSTOMERS)
    return found.rows


def _limit(asking: Asking) -> Answer:
    found = _larger(asking)
    if not found.is_given:
        return Answer.told(f"A `limit` of 251 is refused by V3 ({found.status}).")
    size = integer_or_none(_meta(found, "pagination").get("per_page"))
    if size is None:
        return Answer.unknown("The answer does not say how many rows a page has.")
    return Answer.told(f"A `limit` of 251 is taken by V3 for {size}.")


def _bounds(asking: Asking) -> Answer:
    if not (rows := dated(_customers(asking))):
        return NO_CUSTOMER
    row = least_crowded(rows)
    if row is None:
        return CROWDED

    def is_listed(lower: datetime, upper: datetime) -> bool:
        query: dict[str, str | int] = {
            "date_modified:min": lower.isoformat(),
            "date_modified:max": upper.isoformat(),
            "limit": LARGEST_PAGE,
        }
        found = asking.get(PATH, query, scope=CUSTOMERS).rows
        return row.id in {each.get("id") for each in found}

    return judged(row, is_listed)


def _ids(asking: Asking) -> Answer:
    known = [
        number
        for each in _customers(asking)
        if (number := integer_or_none(each.get("id"))) is not None
    ]
    if not known:
        return NO_CUSTOMER
    if not _takes(asking, known, MOST_IDS):
        return Answer.either(f"`id:in` does not take {MOST_IDS} ids.", as_assumed=False)
    more = "takes" if _takes(asking, known, _MANY_IDS) else "does not take"
    said = f"`id:in` takes {MOST_IDS} ids, and {more} {_MANY_IDS}."
    return Answer.either(said, as_assumed=True)


def _takes(asking: Asking, known: list[int], count: int) -> bool:
    """Return whether a request with so many ids, if need be of nobody, finds all there are."""
    some = known[:count]
    filled = [*some, *range(max(known) + 1, max(known) + 1 + count - len(some))]
    query: dict[str, str | int] = {"id:in": ",".join(map(str, filled)), "limit": LARGEST_PAGE}
    found = asking.get(PATH, query, scope=CUSTOMERS)
    return found.is_given and {each.get("id") for each in found.rows}.issuperset(some)


def _cursor_end(asking: Asking) -> Answer:
    if not (customers := _customers(asking)):
        return NO_CUSTOMER
    number = integer_or_none(customers[0].get("id")) or 0
    query: dict[str, str | int] = {"id:in": number, "limit": LARGEST_PAGE}
    cursors = _meta(asking.get(PATH, query, scope=CUSTOMERS), "cursor_pagination")
    if not cursors:
        return Answer.told("The first page offers no cursor.")
    links = cursors.get("links")
    following = isinstance(links, dict) and bool(links.get("next"))
    end = "a" if cursors.get("end_cursor") else "no"
    link = "a" if following else "no"
    return Answer.told(f"The last page has {end} cursor to go on from, and {link} link to a next.")


def _cursor_sort(asking: Asking) -> Answer:
    if not _customers(asking):
        return NO_CUSTOMER
    first = asking.get(PATH, {**_BY_DATE, "limit": 1}, scope=CUSTOMERS)
    after = _meta(first, "cursor_pagination").get("end_cursor")
    if not isinstance(after, str) or not after:
        return Answer.told("The first page offers no cursor.")
    query: dict[str, str | int] = {**_BY_DATE, "limit": LARGEST_PAGE, "after": after}
    found = asking.get(PATH, query, scope=CUSTOMERS)
    if not found.is_given:
        return Answer.told(f"A cursor together with `sort` is refused ({found.status}).")
    by_date = [row.modified for row in dated(found.rows)]
    by_id = [integer_or_none(each.get("id")) or 0 for each in found.rows]
    in_order = [by_date == sorted(by_date), by_id == sorted(by_id)]
    if all(in_order):
        return Answer.unknown("The customers that were read are in the same order either way.")
    for is_so, order in zip(in_order, ("of `sort`", "of id"), strict=True):
        if is_so:
            return Answer.told(f"A page by cursor comes in the order {order}.")
    return Answer.told("A page by cursor comes neither in the order of `sort` nor of id.")


def _meta(reply: Reply, name: str) -> dict[str, Any]:
    found = reply.given.get("meta") if isinstance(reply.given, dict) else None
    found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


BOUNDS = Question(
    "bounds of customers",
    "Do `date_modified:min` and `date_modified:max` include their own second?",
    (PATH,),
    "bigcommerce/customers.py",
    "Either: a second more is asked for at both ends, and what is not within is left out.",
    "Nothing.",
    _bounds,
)
LIMIT = Question(
    "limit of V3",
    "What does V3 make of a `limit` above 250?",
    (PATH,),
    "settings/schema.py",
    "Either: `page_size` is 250 at most.",
    "Nothing.",
    _limit,
)
IDS = Question(
    "ids at once",
    "How many ids does `id:in` take?",
    (PATH,),
    "bigcommerce/customers.py",
    f"Customers are asked for by id {MOST_IDS} at once.",
    "`verify` says that customers could not be looked for by their ids; loads are not concerned.",
    _ids,
)
CURSOR_END = Question(
    "end of cursors",
    "What marks the last page by cursor?",
    (PATH,),
    "bigcommerce/pagination.py",
    "Either: pages are asked for by date and number, never by cursor.",
    "Nothing.",
    _cursor_end,
)
CURSOR_SORT = Question(
    "cursor and sort",
    "In which order does a page by cursor come?",
    (PATH,),
    "bigcommerce/customers.py",
    "Either: pages are asked for by date and number, never by cursor.",
    "Where `sort` is kept, cursors could replace dates in that list.",
    _cursor_sort,
)
