"""Values planted into the documents that the sandbox serves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.sandbox import Shop
from tap_bigcommerce_carts.sandbox.bigcommerce import v2_routes
from tests.support.harness import (
    NOON,
)

if TYPE_CHECKING:
    import pytest

CARTS = ("abandoned_carts", "abandoned_cart_line_items")

EARLIER = NOON - timedelta(hours=5)

# Never in a log.
MARK = "shopper-said-this-4c1d"

PathTo = tuple[str, ...]

LISTS = {"form_fields", "applied_discounts", "product_options", "addresses", "translations"}


def planted(document: dict[str, Any], path: PathTo, value: Any) -> dict[str, Any]:
    """A copy of a document with a value put where the path leads; lists get one object."""
    first, *rest = path
    if not rest:
        return {**document, first: value}
    inside = document.get(first)
    if isinstance(inside, list) or first in LISTS:
        return {**document, first: [planted({}, tuple(rest), value)]}
    return {
        **document,
        first: planted(inside if isinstance(inside, dict) else {}, tuple(rest), value),
    }


Plant = Callable[[Shop, PathTo, Any], Any]


def plant_order(shop: Shop, path: PathTo, value: Any) -> Any:
    """Add an order that is served with the value; gives its id."""
    order = shop.add_order(modified=EARLIER)
    content = shop.order_records[order].keep()
    content.document |= planted(content.document, path, value)
    return order


# Lines that are served otherwise than they are, by their ids.
SPOILT: dict[int, Any] = {}


def serve_spoilt_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Serve the spoilt lines from `/products` too; called by each test that plants lines."""
    SPOILT.clear()
    monkeypatch.setattr(v2_routes, "line_view", lambda line, _shape: SPOILT.get(line["id"], line))


def plant_line(shop: Shop, path: PathTo, value: Any) -> Any:
    """Add an order whose one line is served with the value, in both places it is served."""
    order = shop.add_order(modified=EARLIER)
    content = shop.order_records[order].keep()
    (line,) = content.lines
    SPOILT[line["id"]] = spoilt_line = planted(line, path, value)
    content.document["consignments"] = {"shipping": [{"id": 1, "line_items": [spoilt_line]}]}
    return line["id"]


def plant_customer(shop: Shop, path: PathTo, value: Any) -> Any:
    customer = shop.add_customer(modified=EARLIER)
    document = shop.customer_records[customer].content.document
    document |= planted(document, path, value)
    return customer


def warned(stream: str, log: pytest.LogCaptureFixture) -> dict[str, int]:
    """The warnings about a stream: column and count."""
    told: dict[str, int] = {}
    for record in log.records:
        match = re.match(rf"{stream}\.(\S+): (\d+) ", record.getMessage())
        if match and record.levelname == "WARNING":
            told[match[1]] = told.get(match[1], 0) + int(match[2])
    return told
