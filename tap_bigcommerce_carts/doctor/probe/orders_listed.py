"""The list of orders: what comes with it, and which orders are in it.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.abandoned_carts import INCOMPLETE_WITH_LINES
from tap_bigcommerce_carts.bigcommerce.line_items import MOST_LINES_INCLUDED, line_items_of
from tap_bigcommerce_carts.bigcommerce.order_decoders import WARNING
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE, PATH
from tap_bigcommerce_carts.bigcommerce.pagination import LARGEST_PAGE
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.doctor.probe.questions import NO_ORDER, Answer, Question
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.values import integer_or_none
from tap_bigcommerce_carts.singer.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_bigcommerce_carts.doctor.probe.asking import Asking, Reply

# Ids that are missing from the list, of which it is asked whether they are archived orders.
_GAPS = 3
_KINDS = ("shipping", "pickups", "downloads")


def _as_the_tap_asks(asking: Asking) -> Reply:
    """Ask for the first page of the abandoned carts as a load does."""
    upper = asking.now + timedelta(days=1)
    query: dict[str, str | int] = {
        **INCOMPLETE_WITH_LINES,
        "min_date_modified": BEGINNING.isoformat(),
        # The same question each time, whatever the time.
        "max_date_modified": upper.replace(hour=0, minute=0, second=0).isoformat(),
        "sort": "date_modified:asc",
        "limit": LARGEST_PAGE,
        "page": 1,
    }
    return asking.get(PATH, query, scope=ORDERS)


def first_page(asking: Asking) -> list[dict[str, Any]]:
    """Return the first page of the abandoned carts, asked for as the tap does."""
    return _as_the_tap_asks(asking).rows


def _includes(asking: Asking) -> Answer:
    reply = _as_the_tap_asks(asking)
    if not reply.is_given:
        return Answer.either(
            f"With its includes and limit=250 the list is refused ({reply.status}); a load is, "
            "too.",
            as_assumed=False,
        )
    orders = [each for each in reply.rows if integer_or_none(each.get("items_total"))]
    if not orders:
        return NO_ORDER
    found = [line_items_of(each) for each in orders]
    with_lines = sum(bool(lines) for lines, _ in found)
    whole = sum(is_whole for _, is_whole in found)
    arrays = sum(isinstance(each.get("consignments"), list) for each in orders)
    said = (
        f"Asked for with limit=250, of {counted(len(orders), 'order')} {with_lines} came with "
        "lines, "
        f"{whole} with all of them"
    )
    if arrays:
        said += f"; {arrays} with an array around the consignments in spite of the structure"
    return Answer.either(f"{said}.", as_assumed=whole * 2 > len(orders))


def _warning(asking: Asking) -> Answer:
    orders = first_page(asking)
    if not orders:
        return NO_ORDER
    places: Counter[str] = Counter()
    for order in orders:
        places.update(_places(order))
    if not places:
        return Answer.unknown("No order that was read has lines that were cut.")
    said = ", ".join(f"{place} ({count})" for place, count in sorted(places.items()))
    return Answer.told(f"Cut lines are told of: {said}.")


def _places(order: dict[str, Any]) -> Iterable[str]:
    """Yield where an order is told to be cut, and where it is cut and not told to be."""
    if WARNING in order:
        yield "on the order"
    consignments = order.get("consignments")
    for one in consignments if isinstance(consignments, list) else [consignments]:
        if not isinstance(one, dict):
            continue
        if WARNING in one:
            yield "on the consignments"
        for each in (each for kind in _KINDS for each in _objects(one.get(kind))):
            lines = _objects(each.get("line_items"))
            if WARNING in each:
                yield "on the consignment"
            elif len(lines) >= MOST_LINES_INCLUDED:
                yield "not at all on a consignment of 50 lines or more"


def _full_page(asking: Asking) -> Answer:
    orders = first_page(asking)
    if not orders:
        return NO_ORDER
    if len(orders) >= LARGEST_PAGE:
        return Answer.either("A page has the 250 rows that were asked for.", as_assumed=True)
    if len({each.get("id") for each in [*orders, *asking.newest_incomplete()]}) > len(orders):
        said = "A page had fewer than the 250 rows asked for, though there are more."
        return Answer.either(said, as_assumed=False)
    return Answer.unknown("This store has fewer than 250 orders in status Incomplete.")


def _unfiltered(asking: Asking) -> Answer:
    everything, incomplete = asking.newest_orders(), asking.newest_incomplete()
    ids = {each.get("id") for each in everything}
    known = [number for number in map(integer_or_none, ids) if number is not None]
    within = [
        each.get("id")
        for each in incomplete
        if known and min(known) <= (integer_or_none(each.get("id")) or 0) <= max(known)
    ]
    if not within:
        return Answer.unknown("Among the 250 newest orders none is in status Incomplete.")
    if ids.issuperset(within):
        said = "The list without a filter has orders in status Incomplete, too."
        return Answer.either(said, as_assumed=True)
    return Answer.either(
        "The list without a filter lacks orders in status Incomplete.", as_assumed=False
    )


def _archived(asking: Asking) -> Answer:
    everything = asking.newest_orders()
    listed = [*everything, *asking.newest_incomplete(), *first_page(asking)]
    if any(each.get("is_deleted") is True for each in listed):
        return Answer.told("Archived orders are listed, with `is_deleted`.")
    if not everything:
        return Answer.unknown("This store lists no order.")
    for number in _gaps(everything):
        found = asking.get(f"{PATH}/{number}", scope=ORDERS)
        if found.is_given and found.object.get("is_deleted") is True:
            return Answer.told("Archived orders are not listed, but can be read by their id.")
    return Answer.unknown("This store has no archived order that was found.")


def _gaps(orders: list[dict[str, Any]]) -> list[int]:
    """Return the newest ids between those of some orders that are missing."""
    ids = {number for each in orders if (number := integer_or_none(each.get("id"))) is not None}
    missing = (number for number in range(max(ids), min(ids), -1) if number not in ids)
    return [number for number, _ in zip(missing, range(_GAPS), strict=False)]


def _shared_carts(asking: Asking) -> Answer:
    orders = {
        each.get("id"): each
        for each in [*asking.newest_orders(), *asking.newest_incomplete(), *first_page(asking)]
    }
    of_carts: Counter[str] = Counter()
    placed = set()
    for order in orders.values():
        if not (cart_id := order.get("cart_id")):
            continue
        if integer_or_none(order.get("status_id")) == INCOMPLETE:
            of_carts[str(cart_id)] += 1
        else:
            placed.add(str(cart_id))
    if not of_carts:
        return NO_ORDER
    shared = sum(count for count in of_carts.values() if count > 1)
    also = sum(count for cart_id, count in of_carts.items() if cart_id in placed)
    return Answer.told(
        f"Of {counted(of_carts.total(), 'order')} in status Incomplete with a cart, {shared} share "
        f"it with another in that status, and {also} with an order that was placed."
    )


def _objects(value: Any) -> list[dict[str, Any]]:
    given = value if isinstance(value, list) else [value]
    return [each for each in given if isinstance(each, dict)]


INCLUDES = Question(
    "includes",
    "Does the list of orders keep to its includes with 250 rows a page?",
    (PATH,),
    "bigcommerce/abandoned_carts.py",
    "Lines come with the carts.",
    "Each cart costs a request of its own unless all its lines come: nothing is lost. A "
    "`page_size` that the store keeps its includes with, or takes, costs fewer.",
    _includes,
)
WARNING_PLACE = Question(
    "warning",
    "Where is a cart told to have more lines than come with it?",
    (PATH,),
    "bigcommerce/line_items.py",
    "Either: it is looked for on the order, its consignments and each of them; and a cart whose "
    "quantities do not add up is completed whatever is told.",
    "Nothing.",
    _warning,
)
FULL_PAGE = Question(
    "full page",
    "Does a page have as many rows as were asked for?",
    (PATH,),
    "bigcommerce/pagination.py",
    "A short page need not be the last.",
    "The list is read until a page is empty or brings nothing new: a request more at most.",
    _full_page,
)
UNFILTERED = Question(
    "unfiltered list",
    "Are orders in status Incomplete in the list without a filter?",
    (PATH,),
    "streams/orders.py",
    "Every order in every status.",
    "`orders` lacks the carts that were left; `abandoned_carts`, which asks for their status, does "
    "not.",
    _unfiltered,
)
ARCHIVED = Question(
    "archived orders",
    "Are archived orders listed?",
    (PATH, f"{PATH}/{{id}}"),
    "bigcommerce/orders.py",
    "Either: `is_deleted` is a column, and `verify` asks by its id for what is not listed.",
    "Where they are not listed, an order keeps in the warehouse what it was before it was "
    "archived; `bigcommerce-carts verify` names it.",
    _archived,
)
SHARED_CARTS = Question(
    "shared carts",
    "How many orders in status Incomplete share their cart?",
    (PATH,),
    "streams/abandoned_carts.py",
    "Either: the key is the order's id; `cart_id` is a plain column.",
    "A cart counts once for each of its orders in `abandoned_carts`; the marts join by order and "
    "by cart.",
    _shared_carts,
)
