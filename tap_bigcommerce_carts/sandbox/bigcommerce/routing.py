"""Routes: which function handles a path, and the scope it needs."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tap_bigcommerce_carts.sandbox.bigcommerce.quirks import Faults
from tap_bigcommerce_carts.sandbox.responses import Response, encode
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.shop.records import Document

ORDERS = "store_v2_orders_read_only"
CUSTOMERS = "store_v2_customers_read_only"
INFORMATION = "store_v2_information_read_only"
CHANNEL_SETTINGS = "store_channel_settings_read_only"
CARTS = "store_cart_read_only"
LOGS = "store_logs_read_only"
SITES = "store_sites_read_only"
CHECKOUTS = "store_checkout_read_only"
TRANSACTIONS = "store_v2_transactions_read_only"
ALL_SCOPES = frozenset(
    {ORDERS, CUSTOMERS, INFORMATION, CHANNEL_SETTINGS, CARTS, CHECKOUTS, LOGS, SITES, TRANSACTIONS}
)
# What a token for the usual streams has: nobody gives one more than it needs.
USUAL_SCOPES = frozenset({ORDERS, CUSTOMERS, CARTS})


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler works with; `base` is the store's URL, `parts` are those of the path."""

    shop: Shop
    faults: Faults
    base: str
    query: Mapping[str, str]
    parts: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[int, ...]:
        """The parts, where they are whole numbers."""
        return tuple(map(int, self.parts))


Handler = Callable[[Call], Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A GET route below `/stores/{hash}`, and the scope it needs."""

    template: str
    scope: str
    handler: Handler
    pattern: re.Pattern[str]


ROUTES: list[Route] = []


def route(template: str, scope: str) -> Callable[[Handler], Handler]:
    """Register a handler; `{id}` in the template is a whole number, another `{name}` a text.

    Args:
        template: the path below `/stores/{hash}`, e.g. `/v2/orders/{id}`.
        scope: what the token needs, e.g. `ORDERS`.
    """
    pattern = re.compile(re.sub(r"\{\w+\}", "([^/]+)", template.replace("{id}", r"(\d+)")))

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(template, scope, handler, pattern))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the route of a path (without the store) and the parts of the path it asks for.

    Args:
        method: only GET has routes.
        path: below `/stores/{hash}`.
    """
    if method == "GET":
        for candidate in ROUTES:
            if match := candidate.pattern.fullmatch(path):
                return candidate, match.groups()
    return None


def ok(document: Any) -> Response:
    """Return a JSON response."""
    return Response(body=encode(document))


def wrapped(data: Any, meta: Document | None = None) -> Response:
    """Return a V3 response."""
    return ok({"data": data, "meta": meta or {}})


def joined(rows: Iterable[bytes]) -> bytes:
    """Return a JSON list of encoded rows."""
    return b"[" + b",".join(rows) + b"]"
