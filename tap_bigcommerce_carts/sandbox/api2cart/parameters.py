"""The query of a call, checked."""

import re
from collections.abc import Mapping
from datetime import datetime

from tap_bigcommerce_carts.sandbox.api2cart.cart_shapes import zone
from tap_bigcommerce_carts.sandbox.api2cart.return_codes import PARAMETER, GatewayError, invalid
from tap_bigcommerce_carts.sandbox.api2cart.selection import ALL, Selection, of_names, parse

Query = Mapping[str, str]

DATES = ("created_from", "created_to", "modified_from", "modified_to")
FILTERS = {*DATES, "customer_id", "customer_email", "store_id", "skip_empty_email"}
PAGING = {"start", "count", "page_cursor"}
SELECTORS = {"response_fields", "params"}
DEFAULT_GROUPS = "customer,totals,items"

_DATE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(Z|[+-]\d\d:?\d\d)?")
_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_FIELDS = {
    *("id", "customer", "basket_id", "basket_url", "created_at", "modified_at"),
    *("currency", "totals"),
}
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def known(query: Query, names: set[str]) -> None:
    """Refuse a query with a parameter that the method does not have."""
    for name in query:
        if name not in names:
            raise GatewayError(PARAMETER, f"Parameter '{name}' is not supported.")


def unsigned(query: Query, name: str, default: int) -> int:
    """Return a whole number from 0 up."""
    text = query.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise invalid(name, "unsigned integer")
    return int(text)


def boolean(query: Query, name: str) -> bool:
    """Return a switch of the query, off unless set."""
    text = query.get(name, "false").lower()
    if text not in _BOOLEANS:
        raise invalid(name, "boolean")
    return _BOOLEANS[text]


def moment(query: Query, name: str, offset: str, *, plain: bool = False) -> datetime | None:
    """Return a date of the query; `offset` is the zone of one that has none, as all if `plain`.

    A raw `+` in a URL arrives here as a space, so `...T10:00:00 0000` is refused.

    Args:
        query: the fields of the call.
        name: of the date.
        offset: zone of a date that has none, e.g. `-0500`.
        plain: refuse a date that has a zone, or a `T`.

    Raises:
        GatewayError: it is not a date.
    """
    text = query.get(name)
    if text is None:
        return None
    if plain and not _PLAIN_DATE.fullmatch(text):
        raise invalid(name, "date string in 'Y-m-d H:i:s'")
    try:
        found = datetime.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise invalid(name, r"date string in 'Y-m-d\TH:i:sO' ISO_8601")
    return found if found.tzinfo else found.replace(tzinfo=zone(offset))


def selection(query: Query) -> Selection:
    """Return which parts of the response are wanted. Without a selector these are few."""
    fields = query.get("response_fields")
    if fields is not None:
        return parse(fields)
    groups = query.get("params", DEFAULT_GROUPS).split(",")
    if "force_all" in groups:
        return ALL
    return Selection((("result", Selection((("order", _groups(groups)),))), ("*", ALL)))


def _groups(groups: list[str]) -> Selection:
    names = ["order_products" if group.strip() == "items" else group.strip() for group in groups]
    if not {*names} <= {*_FIELDS, "order_products"}:
        raise invalid("params", "names of groups such as customer,totals,items")
    return of_names(names)
