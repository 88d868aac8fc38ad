"""Filters of the orders, and their count.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.bigcommerce.order_counts import PATH as COUNT
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE, PATH
from tap_bigcommerce_carts.bigcommerce.pagination import LARGEST_PAGE
from tap_bigcommerce_carts.bigcommerce.scopes import INFORMATION, ORDERS
from tap_bigcommerce_carts.doctor.probe.bounds import CROWDED, Row, dated, judged, least_crowded
from tap_bigcommerce_carts.doctor.probe.orders_listed import first_page
from tap_bigcommerce_carts.doctor.probe.questions import NO_ORDER, Answer, Question
from tap_bigcommerce_carts.errors import MissingScopeError, NotGivenError
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from tap_bigcommerce_carts.doctor.probe.asking import Asking, Reply

_SECOND = timedelta(seconds=1)
# Seconds without an order, between which a date cuts the list whatever its bounds include.
_PAUSE = timedelta(seconds=3)
_STORE = "/v2/store"
_NO_NUMBER = Answer.unknown("The count came without a number for the status Incomplete.")
_NO_PAUSE = Answer.unknown(
    "The orders that were read changed within seconds of each other, and there are more: no date "
    "parts those that were read from others."
)


def _bounds(asking: Asking) -> Answer:
    rows = dated(first_page(asking))
    if not rows:
        return NO_ORDER
    row = least_crowded(rows)
    if row is None:
        return CROWDED
    return judged(row, lambda low, high: _is_listed(asking, row, low.isoformat(), high.isoformat()))


def _is_listed(asking: Asking, row: Row, lower: str, upper: str) -> bool:
    return _has(_window(asking, lower, upper), row)


def _window(asking: Asking, lower: str, upper: str) -> Reply:
    query: dict[str, str | int] = {
        "status_id": INCOMPLETE,
        "min_date_modified": lower,
        "max_date_modified": upper,
        "limit": 250,
    }
    return asking.get(PATH, query, scope=ORDERS)


def _ids(asking: Asking) -> Answer:
    orders = asking.newest_incomplete()
    if not orders:
        return NO_ORDER
    number = integer_or_none(orders[0].get("id")) or 0
    query: dict[str, str | int] = {"min_id": number, "max_id": number, "limit": 1}
    found = asking.get(PATH, query, scope=ORDERS).rows
    listed = any(each.get("id") == number for each in found)
    said = "`min_id` and `max_id` include the id they name."
    other = "An order is not listed where both `min_id` and `max_id` are its id."
    return Answer.told(said if listed else other)


def _without_offset(asking: Asking) -> Answer:
    rows = dated(first_page(asking))
    if not rows:
        return NO_ORDER
    row = min(rows, key=lambda each: each.modified)
    in_utc = _bare(asking, row, timedelta())
    if not in_utc.is_given:
        return Answer.told(f"A date without an offset is refused ({in_utc.status}).")
    offsets = _offsets(asking)
    if _has(in_utc, row):
        unsure = ", or the store is in that zone" if timedelta() in offsets or not offsets else ""
        return Answer.told(f"A date without an offset is UTC{unsure}.")
    if not offsets:
        return Answer.told("A date without an offset is not UTC.")
    if any(_has(_bare(asking, row, offset), row) for offset in offsets):
        return Answer.told("A date without an offset is in the store's time zone.")
    return Answer.told("A date without an offset is neither UTC nor in the store's time zone.")


def _bare(asking: Asking, row: Row, offset: timedelta) -> Reply:
    """Ask for the seconds around a row, in dates without an offset."""
    local = (row.modified + offset).replace(tzinfo=None)
    return _window(asking, (local - _SECOND).isoformat(), (local + _SECOND).isoformat())


def _has(reply: Reply, row: Row) -> bool:
    return row.id in {each.get("id") for each in reply.rows}


def _offsets(asking: Asking) -> list[timedelta]:
    """Return how far the store's clocks are ahead of UTC, in winter and summer, if that is told."""
    try:
        zone = asking.get(_STORE, scope=INFORMATION).object.get("timezone")
    except (MissingScopeError, NotGivenError):
        return []
    given = zone if isinstance(zone, dict) else {}
    seconds = [integer_or_none(given.get(each)) for each in ("raw_offset", "dst_offset")]
    return [timedelta(seconds=each) for each in dict.fromkeys(seconds) if each is not None]


def _count(asking: Asking) -> Answer:
    if not (rows := dated(first_page(asking))):
        return NO_ORDER
    if (settled := _settled(asking, rows)) is None:
        return _NO_PAUSE
    listed, upper = settled
    counted = _counted(asking, upper, {"status_id": INCOMPLETE})
    if counted is None:
        return _NO_NUMBER
    if counted == listed:
        return Answer.either("The count equals the list.", as_assumed=True)
    how = "larger" if counted > listed else "smaller"
    return Answer.either(f"The count is {how} than the list is long.", as_assumed=False)


def _count_of_all(asking: Asking) -> Answer:
    if not (rows := dated(first_page(asking))):
        return NO_ORDER
    # Both are asked alike, so that it does not matter where the list is cut, if it cannot be.
    _, upper = _settled(asking, rows) or (len(rows), None)
    alone = _counted(asking, upper, {"status_id": INCOMPLETE})
    among = _counted(asking, upper, {})
    if alone is None or among is None:
        return _NO_NUMBER
    if not alone and not among:
        return Answer.told("Orders in status Incomplete are listed, but in no count.")
    if among == alone:
        return Answer.told("The count of all orders has those in status Incomplete.")
    return Answer.told("The count of all orders has other numbers than that of their status alone.")


def _settled(asking: Asking, rows: list[Row]) -> tuple[int, datetime | None] | None:
    """Return how many rows there are up to a date, and that date, which is None for all rows.

    The date lies in a pause, if there was one, so that neither a bound nor a list that was not
    read to its end counts. None: there was none, and there may be more rows than were read.
    """
    for place in range(len(rows) - 1, 0, -1):
        earlier, later = rows[place - 1].modified, rows[place].modified
        if later - earlier >= _PAUSE:
            return place, earlier + _SECOND
    others = {each.get("id") for each in asking.newest_incomplete()} - {each.id for each in rows}
    return None if others or len(rows) >= LARGEST_PAGE else (len(rows), None)


def _counted(asking: Asking, upper: datetime | None, filters: dict[str, str | int]) -> int | None:
    query = {**filters, "min_date_modified": BEGINNING.isoformat()}
    if upper is not None:
        query["max_date_modified"] = upper.isoformat()
    body = asking.get(COUNT, query, scope=ORDERS).given
    statuses = body.get("statuses") if isinstance(body, dict) else None
    for each in statuses if isinstance(statuses, list) else []:
        if isinstance(each, dict) and integer_or_none(each.get("id")) == INCOMPLETE:
            return integer_or_none(each.get("count"))
    return None


BOUNDS = Question(
    "bounds of orders",
    "Do `min_date_modified` and `max_date_modified` include their own second?",
    (PATH,),
    "bigcommerce/orders.py",
    "Either: a second more is asked for at both ends, and what is not within is left out.",
    "`verify --quick`, which counts, takes a day's count for right if it is, with or without its "
    "first and last second, as in the warehouse.",
    _bounds,
)
IDS = Question(
    "bounds of ids",
    "Do `min_id` and `max_id` include the id they name?",
    (PATH,),
    "bigcommerce/orders.py",
    "Either: an id more is asked for at both ends until it comes.",
    "Nothing.",
    _ids,
)
WITHOUT_OFFSET = Question(
    "dates without offset",
    "In which time zone is a date without an offset read?",
    (PATH, _STORE),
    "bigcommerce/dated_list.py",
    "Either: every date is sent with its offset.",
    "Nothing.",
    _without_offset,
)
COUNT_EQUALS_LIST = Question(
    "count",
    "Does `/v2/orders/count?status_id=0` equal the list?",
    (COUNT, PATH),
    "bigcommerce/order_counts.py",
    "`--quick` compares how many orders changed on each day.",
    "`verify --quick` tells of differences that are none; `verify`, which goes by keys, does not.",
    _count,
)
COUNT_OF_ALL = Question(
    "count of all",
    "Does the count of all orders have those in status Incomplete?",
    (COUNT,),
    "bigcommerce/order_counts.py",
    "Either: those in status Incomplete are counted by a request of their own.",
    "Nothing.",
    _count_of_all,
)
