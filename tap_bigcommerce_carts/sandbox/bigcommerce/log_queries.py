"""The list of the store's log: the fields of a query, and the entries it asks for.

https://developer.bigcommerce.com/docs/rest-management/store-logs
"""

from collections.abc import Callable

from tap_bigcommerce_carts.sandbox.bigcommerce.queries import Query
from tap_bigcommerce_carts.sandbox.bigcommerce.v3_queries import check_fields, invalid
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.shop.records import Document
from tap_bigcommerce_carts.sandbox.shop.store_log import Entry, document

# More than the default is not documented.
LARGEST_PAGE = 50
_FIELDS = {"limit", "page", "type", "type:not", "severity", "id:in", "sort", "direction"}
_TYPES = {
    *("general", "payment", "shipping", "tax", "notification", "emailintegration"),
    *("ordersettings", "design"),
}
_SORTS: dict[str, Callable[[Entry], tuple[str, int]]] = {
    "date_created": lambda entry: (entry.date_created, entry.id),
    "type": lambda entry: (entry.type, entry.id),
}
_WORDS = {1: "Success", 2: "Notice", 3: "Warning", 4: "Error"}


def find_entries(shop: Shop, query: Query) -> list[Entry]:
    """Return the entries that match, in the order asked for.

    Args:
        shop: whose log.
        query: the fields of the request.

    Raises:
        V3Error: a field is not known, or its value is not valid.
    """
    check_fields(query, _FIELDS)
    shop.log.forget(shop.now())
    for name, known in (
        ("type", _TYPES),
        ("severity", {"1", "2", "3", "4"}),
        ("sort", set(_SORTS)),
        ("direction", {"asc", "desc"}),
    ):
        if name in query and query[name] not in known:
            raise invalid(name)
    found = [
        each
        for each in shop.log.entries
        if query.get("type", each.type) == each.type
        and query.get("type:not") != each.type
        and query.get("severity", str(each.severity)) == str(each.severity)
        and ("id:in" not in query or str(each.id) in query["id:in"].split(","))
    ]
    found.sort(key=_SORTS[query.get("sort", "date_created")])
    return found if query.get("direction", "asc") == "asc" else found[::-1]


def entry_view(entry: Entry, severity_as: str) -> Document:
    """Return an entry as it is served; its severity as a `digit`, a `number` or a `word`."""
    forms: dict[str, str | int] = {
        "digit": str(entry.severity),
        "number": entry.severity,
        "word": _WORDS[entry.severity],
    }
    return document(entry, forms[severity_as])
