"""What every V3 list's query can have, and the `pagination` of its page."""

from collections.abc import Iterable
from typing import Any, TypeVar

from tap_bigcommerce_carts.sandbox.bigcommerce.queries import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Query,
    choices,
)
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V3Error
from tap_bigcommerce_carts.sandbox.shop.dates import parse_v3

T = TypeVar("T")

CART_INCLUDES = {f"line_items.{kind}.options" for kind in ("physical_items", "digital_items")}
SHIPPING_OPTIONS = "consignments.available_shipping_options"
CHECKOUT_INCLUDES = {
    *(f"cart.{each}" for each in CART_INCLUDES),
    SHIPPING_OPTIONS,
    "promotions.banners",
}
CHANNEL_FIELDS = {
    *("page", "limit", "include", "available", "status:in", "type:in", "platform:in"),
    *(f"date_{what}{end}" for what in ("created", "modified") for end in ("", ":min", ":max")),
}
SITE_FIELDS = {"page", "limit", "channel_id:in", "url_type:in"}
ROUTE_FIELDS = {"page", "limit", "type"}
ADDRESS_FIELDS = {"page", "limit", "company:in", "name:in", "customer_id:in", "include", "id:in"}


def check_fields(query: Query, fields: Iterable[str]) -> None:
    """Refuse a query with a field that the V3 resource does not have."""
    unknown = {name: "is not a known filter" for name in query if name not in fields}
    if unknown:
        raise V3Error(422, f"The filter(s): {', '.join(unknown)} are not valid.", unknown)


def check_length(query: Query, name: str, most: int | None) -> None:
    """Refuse a list of values that has more than so many; None for any number."""
    if most is not None and query.get(name, "").count(",") >= most:
        raise V3Error(422, f"The filter {name} has too many values.", {name: "has too many values"})


def page_and_limit(query: Query, largest: int = MAX_LIMIT) -> tuple[int, int]:
    """Return (page, limit) of a V3 list, whose pages have so many rows at most."""
    found = []
    for name, default in (("page", 1), ("limit", DEFAULT_LIMIT)):
        text = query.get(name, str(default))
        most = largest if name == "limit" else 10**9
        if not text.isdigit() or not 1 <= int(text) <= most:
            raise invalid(name)
        found.append(int(text))
    return found[0], found[1]


def pagination(total: int, count: int, page: int, limit: int) -> dict[str, Any]:
    """Return the `pagination` object of a numbered V3 page.

    Args:
        total: rows that match.
        count: rows on this page.
        page: its number, from 1.
        limit: rows on a full page.
    """
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


def numbered_page(
    rows: list[T], query: Query, largest: int = MAX_LIMIT
) -> tuple[list[T], dict[str, Any]]:
    """Return the page of a list that a query asks for by number, and what its `meta` says.

    Args:
        rows: the whole list.
        query: the fields of the request.
        largest: rows a page has at most.

    Raises:
        V3Error: `page` or `limit` is not valid.
    """
    page, limit = page_and_limit(query, largest)
    chosen = rows[(page - 1) * limit : page * limit]
    return chosen, {"pagination": pagination(len(rows), len(chosen), page, limit)}


def moment(query: Query, name: str) -> float | None:
    """Return a date of the query in Unix seconds, whole as the dates of rows are."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return float(int(parse_v3(text).timestamp()))
    except ValueError as error:
        raise invalid(name) from error


def invalid(name: str) -> V3Error:
    """Return the refusal of a value of the query."""
    return V3Error(422, f"The value of {name} is not valid.", {name: "is not valid"})


def cart_includes(query: Query) -> frozenset[str]:
    """Return the kinds of line whose options a cart should include."""
    return frozenset(each.split(".")[1] for each in _includes(query, CART_INCLUDES))


def checkout_includes(query: Query) -> tuple[frozenset[str], bool]:
    """Return the kinds of line whose options to include, and whether to include those of shipping.

    Args:
        query: the fields of the request.
    """
    chosen = _includes(query, CHECKOUT_INCLUDES)
    lines = frozenset(each.split(".")[2] for each in chosen if each.startswith("cart."))
    return lines, SHIPPING_OPTIONS in chosen


def _includes(query: Query, known: set[str]) -> frozenset[str]:
    check_fields(query, {"include"})
    try:
        return frozenset(choices(query, "include", known))
    except ValueError as error:
        raise invalid("include") from error
