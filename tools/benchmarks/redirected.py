"""Runs a peer's own program, unchanged, with what it asks of BigCommerce sent to the sandbox.

The peers have the API's address written into them, so `requests`, which all of them use, is
given another address just before it sends. Runs in the peer's environment, on Python 3.9 or
newer: `python redirected.py URL PROGRAM ARGUMENTS...`.

What the sandbox does not answer is asked in a way it does, so that each stays one request:
lists without a route there as an order's coupons, lines without a `sort`, days as midnights.
"""

import re
import runpy
import sys

from requests.adapters import HTTPAdapter

ADDRESS = "https://api.bigcommerce.com"
CHANGES = (
    (re.compile(r"(/v2/orders/\d+)/(shippingaddresses|fees)\b.*"), r"\1/coupons"),
    (re.compile(r"(/v2/orders/\d+/products\?.*?)&?sort=[^&]*"), r"\1"),
    (re.compile(r"(date_modified=\d{4}-\d\d-\d\d)(?=&|$)"), r"\1T00:00:00Z"),
)


def address(url: str, store: str) -> str:
    """Return where a request is sent instead."""
    if url.startswith(ADDRESS):
        url = store + url[len(ADDRESS) :]
    for pattern, instead in CHANGES:
        url = pattern.sub(instead, url)
    return url


def main(store: str, program: str, *arguments: str) -> None:
    """Run the program as if it had been called by its name."""
    send = HTTPAdapter.send

    def redirected(self, request, *args, **kwargs):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN202
        request.url = address(request.url, store)
        return send(self, request, *args, **kwargs)

    HTTPAdapter.send = redirected  # type: ignore[method-assign]
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
