"""The floor: the least a program must do to have the same rows written as JSON lines.

It fetches the same pages as the tap, by key, one after another; decodes them with msgspec; and
writes each cart and each line as it came. It checks nothing, converts nothing, remembers no
state, and waits for no quota. `python -m tools.benchmarks.floor URL STORE_HASH TOKEN`.
"""

from __future__ import annotations

import sys
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Get = Callable[..., list[dict[str, Any]]]

PAGE_SIZE = 250
QUERY = {
    "status_id": 0,
    "include": "consignments.line_items",
    "consignment_structure": "object",
    "sort": "date_modified:asc",
    "limit": PAGE_SIZE,
}


def main(url: str, store_hash: str, token: str) -> None:
    """Read all abandoned carts and write them with their lines."""
    connection = HTTPConnection(urlsplit(url).netloc)
    headers = {"X-Auth-Token": token, "Accept": "application/json"}

    def get(path: str, **query: Any) -> list[dict[str, Any]]:
        target = f"/stores/{store_hash}/v2{path}?{urlencode(query)}"
        connection.request("GET", target, headers=headers)
        found: list[dict[str, Any]] = msgspec.json.decode(connection.getresponse().read() or b"[]")
        return found

    encoder = msgspec.json.Encoder()
    for page in pages(get):
        messages = (
            {"type": "RECORD", "stream": stream, "record": row}
            for order in page
            for stream, row in rows(order, get)
        )
        sys.stdout.buffer.write(encoder.encode_lines(messages))


def pages(get: Get) -> Iterator[list[dict[str, Any]]]:
    """Yield the pages of the list, each from the last date of the one before."""
    since, seen, full = "1970-01-01T00:00:00+00:00", set[int](), True
    while full:
        page = get("/orders", **QUERY, min_date_modified=since)
        yield [order for order in page if order["id"] not in seen]
        seen, full = {order["id"] for order in page}, len(page) == PAGE_SIZE
        if full:
            since = parsedate_to_datetime(page[-1]["date_modified"]).isoformat()


def rows(order: dict[str, Any], get: Get) -> Iterator[tuple[str, dict[str, Any]]]:
    """Split an order into its lines and the cart itself; lines that were cut are asked for."""
    parts = order.pop("consignments")
    consignments = [part for kind in ("pickups", "shipping", "downloads") for part in parts[kind]]
    consignments += parts["email"]["gift_certificates"]
    if any("__warning__" in part for part in consignments):
        consignments = [{"line_items": get(f"/orders/{order['id']}/products", limit=PAGE_SIZE)}]
    yield from (("lines", line) for part in consignments for line in part["line_items"])
    yield "carts", order


if __name__ == "__main__":
    main(*sys.argv[1:])
