"""The gate before the routes: a request passes BigCommerce's checks, in BigCommerce's order.

https://developer.bigcommerce.com/docs/start/about/status-codes
"""

import re
from dataclasses import dataclass

from tap_bigcommerce_carts.sandbox.bigcommerce.quirks import Faults
from tap_bigcommerce_carts.sandbox.bigcommerce.quota import Quota, rate_headers, unlimited_headers
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V2Error, V3Error
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import Call, Route, find
from tap_bigcommerce_carts.sandbox.faults import Fault
from tap_bigcommerce_carts.sandbox.recorder import Request
from tap_bigcommerce_carts.sandbox.responses import Response, encode
from tap_bigcommerce_carts.sandbox.shop import Shop

_NO_PAGE = b"<html><head><title>404 Not Found</title></head><body>openresty</body></html>"
_TARGET = re.compile(r"/stores/([^/]+)(/v[23]/.+)")


def store_and_path(record: Request) -> tuple[str, str] | None:
    """Return the store hash of a request and its path below it; None if it has neither."""
    match = _TARGET.fullmatch(record.path)
    return (match[1], match[2]) if match else None


@dataclass(frozen=True, slots=True)
class Gate:
    """What requests are checked against. Each check returns the refusal, or None to pass.

    Attributes:
        token: the right value of `X-Auth-Token`.
        store_hash: the store it is for.
        scopes: what it may read.
        quota: the rate limit; None for none.
        faults: the switches.
    """

    token: str
    store_hash: str
    scopes: set[str]
    quota: Quota | None
    faults: Faults

    def respond(self, record: Request, token: str | None, shop: Shop, base: str) -> Response:
        """Return the response to a request.

        Args:
            record: the request; its route is noted on it.
            token: what it has as `X-Auth-Token`.
            shop: what is served.
            base: the store's URL, without the version.
        """
        target = store_and_path(record)
        found = target and find(record.method, target[1])
        if not target or not found:
            return _text(404, "The route is not found, check the URL")
        route, parts = found
        record.route = route.template
        query = self.faults.heard(record.query, v3=target[1].startswith("/v3/"))
        call = Call(shop, self.faults, base, query, parts)
        return (
            self.unauthorized(token)
            or self.forbidden(route.scope)
            or self.wrong_store(target[0])
            or self._suspended()
            or self.over_quota()
            or _in_xml(record)
            or self._handled(route, call)
        )

    def unauthorized(self, token: str | None) -> Response | None:
        """Refuse a request without the right token."""
        if token == self.token:
            return None
        form, text = "text", "X-Auth-Token header is required"
        if token is not None:
            text = "X-Auth-Token header should have correct format"
            form = "text" if token == "" else "json"
        if (self.faults.unauthorized_as or form) == "text":
            return _text(401, text)
        return refusal(V3Error(401, "Unauthorized"))

    def forbidden(self, scope: str | None) -> Response | None:
        """Refuse a request that needs a scope which the token does not have; None for none."""
        if scope is None or {scope, scope.removesuffix("_read_only")} & self.scopes:
            return None
        return refusal(V3Error(403, "You don't have a required scope to access the endpoint"))

    def wrong_store(self, store_hash: str) -> Response | None:
        """Refuse a request to another store than the token's."""
        if store_hash == self.store_hash:
            return None
        if self.faults.wrong_store_as_404:
            return Response(404, _NO_PAGE, "text/html")
        return refusal(V3Error(403, "The token does not belong to this store"))

    def over_quota(self) -> Response | None:
        """Count a request, and refuse it when the quota is used up."""
        return None if self.quota is None or self.quota.take() else too_many()

    def problem(self, error: V3Error) -> Response:
        """Return the response of a handler's V3 error."""
        body = encode(error.body(self.faults.v3_errors_as))
        return Response(error.status, body, "application/problem+json")

    def rate_headers(self, fault: Fault | None) -> dict[str, str]:
        """Return the rate-limit headers of a response sent now; a 429 by plan has its own."""
        if fault and fault.kind == "429":
            reset = self.faults.reset_ms if fault.reset_ms is None else fault.reset_ms
            return rate_headers(150, 0, 30_000, reset)
        if fault and fault.kind == "429_bare":
            return {}
        if self.faults.no_rate_headers:
            return {}
        return self.quota.headers() if self.quota else unlimited_headers()

    def _suspended(self) -> Response | None:
        if not self.faults.suspended:
            return None
        return refusal(V3Error(503, "The store is suspended. Ask its owner."))

    def _handled(self, route: Route, call: Call) -> Response:
        try:
            with call.shop.lock:
                return route.handler(call)
        except V2Error as error:
            return Response(error.status, encode(error.body()))
        except V3Error as error:
            return self.problem(error)


def refusal(error: V3Error) -> Response:
    """Return the response of a request that no handler has seen."""
    return Response(error.status, encode(error.body()))


def too_many() -> Response:
    """Return a 429."""
    return refusal(V3Error(429, "Too many requests"))


def _text(status: int, text: str) -> Response:
    return Response(status, text.encode(), "text/plain")


def _in_xml(record: Request) -> Response | None:
    """Respond as V2 does to who does not say that JSON is wanted."""
    accepted = {name.lower(): value for name, value in record.headers.items()}.get("accept", "")
    if "/v3/" in record.path or "json" in accepted or "*" in accepted:
        return None
    return Response(200, b'<?xml version="1.0"?><orders></orders>', "application/xml")
