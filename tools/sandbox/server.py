"""The HTTP server: a shop behind BigCommerce's checks, in a thread of its own."""

import asyncio
import re
import socket
import struct
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from email.utils import format_datetime
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from . import api2cart, control
from .api2cart import Api2Cart
from .bigcommerce.quota import Quota, rate_headers, unlimited_headers
from .bigcommerce.refusals import V2Error, V3Error
from .bigcommerce.routes import USUAL_SCOPES, Answer, Call, Route, find
from .bigcommerce.views import OrderShape, encode, order_bytes
from .faults import Failures, Fault, Faults
from .recorder import Recorder, Request
from .shop.shop import Shop
from .webhooks import hook_routes
from .webhooks.sender import Webhooks

Hook = Callable[[int, Request], "str | Fault | None"]

_TARGET = re.compile(r"/stores/([^/]+)(/v[23]/.+)")
_GATEWAY = (
    "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
)
_PAGES = {
    "500_html": (500, "Internal Server Error"),
    "502_html": (502, "Bad Gateway"),
    "503_html": (503, "Service Temporarily Unavailable"),
    "504": (504, "Gateway Time-out"),
}
_NO_ANSWER = {"reset", "empty"}
_SECRET_HEADERS = {"x-auth-token", "x-api-key", "x-store-key"}
# Seconds that answers under way when the sandbox stops may still take.
_LAST_ANSWERS = 0.1
_RESET_AFTER = 0.02  # seconds: time for the first half of a body to arrive
_BACKLOG = 256


class Sandbox:
    """Serve a shop on the loopback interface while the `with` block runs.

    Args:
        shop: what is served; it may change at any time.
        token: the right value of `X-Auth-Token`.
        store_hash: the store's part of the path.
        api_key: the right value of API2Cart's `x-api-key`.
        store_key: the right value of its `x-store-key`.
        scopes: what the token may read; by default orders, customers and carts.
        quota: the rate limit; None for none.
        latency: seconds added to every answer.
        host: a loopback address.
        port: 0 for any free one.

    Attributes:
        url: `http://host:port`, once started.
        faults: switches, see `Faults`; may be set while it runs.
        api2cart: switches of API2Cart's door to the shop, see `Api2Cart`; likewise.
        webhooks: the hooks and their sender, see `Webhooks`; likewise.
    """

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        shop: Shop,
        *,
        token: str = "sandbox-token",  # noqa: S107 - opens nothing but this sandbox
        store_hash: str = "sandbox1",
        api_key: str = "sandbox-api-key",
        store_key: str = "sandbox-store-key",
        scopes: Iterable[str] = USUAL_SCOPES,
        quota: Quota | None = None,
        latency: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.shop = shop
        self.token = token
        self.store_hash = store_hash
        self.keys = api2cart.Keys(api_key, store_key)
        self.scopes = set(scopes)
        self.quota = quota
        self.latency = latency
        self.faults = Faults()
        self.api2cart = Api2Cart()
        self.webhooks = Webhooks(store_hash, shop.clock)
        self.url = ""
        self._address = (host, port)
        self._recorder = Recorder()
        self._hook: Hook | None = None
        self._hook_error: BaseException | None = None
        self._in_flight = 0
        self._stop: Callable[[], None] = lambda: None
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        if self._hook_error is not None and error is None:
            raise self._hook_error

    def start(self) -> None:
        """Start serving; OSError when the port is taken."""
        listener = socket.create_server(self._address, backlog=_BACKLOG)
        host, port = listener.getsockname()[:2]
        self.url = f"http://{host}:{port}"
        ready = Event()
        self._thread = Thread(
            target=lambda: asyncio.run(self._serve(listener, ready)), name="sandbox", daemon=True
        )
        self._thread.start()
        ready.wait()
        self.shop.carts.listeners.append(self.webhooks.emit)

    def stop(self) -> None:
        """Stop serving, whatever is under way, and wait for the thread."""
        if self.webhooks.emit in self.shop.carts.listeners:
            self.shop.carts.listeners.remove(self.webhooks.emit)
        self.webhooks.stop()
        self._stop()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def config(self) -> dict[str, str]:
        """Return the tap's settings for this store."""
        return {
            "api_url": self.url,
            "store_hash": self.store_hash,
            "access_token": self.token,
        }

    def api2cart_config(self) -> dict[str, str]:
        """Return the tap's settings to read this store through API2Cart."""
        return {
            "source": "api2cart",
            "api2cart_url": self.url + api2cart.ROOT.rstrip("/"),
            "api2cart_api_key": self.keys.api_key,
            "api2cart_store_key": self.keys.store_key,
        }

    def warm(self, *, line_items: bool = True) -> None:
        """Encode every order as lists serve it, so that a benchmark times the tap alone.

        With line items the shape is that of `include=consignments.line_items` and
        `consignment_structure=object`, else that of a plain list. About 10 kB each.
        """
        shape = OrderShape(self.base, line_items, line_items, as_array=not line_items)
        for order in list(self.shop.order_records.values()):
            with self.shop.lock:
                order_bytes(order, shape)

    def warm_api2cart(self, **query: str) -> None:
        """Encode every cart as API2Cart's list serves it to this query, e.g. `params`."""
        api2cart.warm(self.shop, self.api2cart, query)

    @property
    def base(self) -> str:
        """The store's URL, without the version."""
        return f"{self.url}/stores/{self.store_hash}"

    @property
    def requests(self) -> list[Request]:
        """The API requests so far, in the order they came."""
        return self._recorder.snapshot()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of API requests so far, by route and status."""
        return self._recorder.counts()

    def clear(self) -> None:
        """Forget the requests; the next one is number 1 again."""
        self._recorder.clear()
        self.api2cart.most_at_once = 0

    def before(self, hook: Hook | None) -> None:
        """Call `hook(n, request)` before the n-th API request is answered; None to stop that.

        It may change the shop, and may return a fault (or its kind) for that answer. An error
        in it fails the request and is raised again when the `with` block ends.
        """
        self._hook = hook

    # The server's thread

    async def _serve(self, listener: socket.socket, ready: Event) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: _finish(loop, done)
        server = web.Server(self._handle, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=_LAST_ANSWERS)
        await runner.setup()
        await web.SockSite(runner, listener).start()
        ready.set()
        await done.wait()
        # Take no connection any more, and be done with the one that was just being taken:
        # asyncio loses one that is taken while its server closes.
        loop.remove_reader(listener)
        await _turns()
        transports = [each.transport for each in server.connections if each.transport]
        await runner.cleanup()
        # What still has something to send, to somebody who does not read it, is cut off.
        for transport in transports:
            transport.abort()
        await _turns()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        if path.startswith("/_sandbox/"):
            return await self._control(request, path)
        gateway = path.startswith(api2cart.ROOT)
        self._in_flight += 1
        record = Request(
            number=0,
            method=request.method,
            target=request.raw_path,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            headers={k: v for k, v in request.headers.items() if k.lower() not in _SECRET_HEADERS},
            token_ok=self.keys.given(request.headers)
            if gateway
            else request.headers.get("X-Auth-Token") == self.token,
            in_flight=self._in_flight,
        )
        self._recorder.add(record)
        try:
            with self.api2cart.call() if gateway else nullcontext():
                return await self._respond(request, record, gateway=gateway)
        finally:
            self._in_flight -= 1

    async def _respond(
        self, request: web.BaseRequest, record: Request, *, gateway: bool
    ) -> web.StreamResponse:
        switches: Failures = self.api2cart if gateway else self.faults
        refused = api2cart.crowded(self.api2cart) if gateway else None
        fault = self._fault(record, switches)
        record.fault = fault.kind if fault else None
        if refused is None:
            await self._wait(fault, switches)
        if fault and fault.kind in _NO_ANSWER:
            _drop(request, reset=fault.kind == "reset")
            return web.Response()
        answer = self._failed(fault) or (
            self._through_gateway(record, request.headers, fault, refused)
            if gateway
            else self._checked(record, request.headers.get("X-Auth-Token"), await request.read())
        )
        record.status = answer.status
        headers = self._headers(answer) | ({} if gateway else self._rates(fault))
        if self.faults.lower_headers:
            headers = {name.lower(): value for name, value in headers.items()}
        if fault and fault.kind == "reset_midway":
            return await _half(request, answer, headers)
        body = answer.body
        if fault and fault.kind == "cut_json":
            body = body[: len(body) // 2]
        return web.Response(status=answer.status, body=body or None, headers=headers)

    async def _wait(self, fault: Fault | None, switches: Failures) -> None:
        if self.latency:
            await asyncio.sleep(self.latency)
        if fault and fault.kind == "slow":
            seconds = switches.slow_seconds if fault.seconds is None else fault.seconds
            await asyncio.sleep(seconds)

    def _fault(self, record: Request, switches: Failures) -> Fault | None:
        planned: str | Fault | None = None
        if self._hook is not None:
            try:
                planned = self._hook(record.number, record)
            except BaseException as error:
                self._hook_error = error
                raise
        if planned is not None:
            return Fault(planned) if isinstance(planned, str) else planned
        return switches.next(record.path)

    def _through_gateway(
        self,
        record: Request,
        headers: Mapping[str, str],
        fault: Fault | None,
        refused: api2cart.GatewayError | None,
    ) -> Answer:
        return api2cart.enter(
            record,
            headers,
            shop=self.shop,
            switches=self.api2cart,
            keys=self.keys,
            fault=fault,
            refused=refused,
        )

    def _failed(self, fault: Fault | None) -> Answer | None:
        """Return the answer of a fault that has nothing to do with the request."""
        if fault is None:
            return None
        if fault.kind in _PAGES:
            status, title = _PAGES[fault.kind]
            return Answer(status, _GATEWAY.format(f"{status} {title}").encode(), "text/html")
        if fault.kind == "503_json":
            return _refusal(V3Error(503, "The service is unavailable, try again."))
        if fault.kind == "422":
            return _refusal(V3Error(422, "The request could not be processed."))
        return _too_many() if fault.kind in ("429", "429_bare") else None

    def _headers(self, answer: Answer) -> dict[str, str]:
        headers = {
            "Date": format_datetime(self.shop.now(), usegmt=True),
            "Server": "sandbox",
        }
        return headers | ({"Content-Type": answer.content_type} if answer.body else {})

    def _rates(self, fault: Fault | None) -> dict[str, str]:
        """Return the rate-limit headers, which API2Cart does not have."""
        if fault and fault.kind == "429":
            reset = self.faults.reset_ms if fault.reset_ms is None else fault.reset_ms
            return rate_headers(150, 0, 30_000, reset)
        if fault and fault.kind == "429_bare":
            return {}
        return self.quota.headers() if self.quota else unlimited_headers()

    def _checked(self, record: Request, token: str | None, body: bytes) -> Answer:
        """Answer a request, after the checks, in BigCommerce's order."""
        match = _TARGET.fullmatch(record.path)
        if match and hook_routes.find(record.method, match[2]):
            record.route = "/v3/hooks"
            return (
                self._unauthorized(token)
                or self._wrong_store(match[1])
                or self._over_quota()
                or self._hooked(record, match[2], body)
            )
        found = match and find(record.method, match[2])
        if not match or not found:
            return _text(404, "The route is not found, check the URL")
        route, parts = found
        record.route = route.template
        return (
            self._unauthorized(token)
            or self._forbidden(route.scope)
            or self._wrong_store(match[1])
            or self._suspended()
            or self._over_quota()
            or self._in_xml(record)
            or self._handled(route, parts, record)
        )

    def _unauthorized(self, token: str | None) -> Answer | None:
        if token == self.token:
            return None
        form, text = "text", "X-Auth-Token header is required"
        if token is not None:
            text = "X-Auth-Token header should have correct format"
            form = "text" if token == "" else "json"
        if (self.faults.unauthorized_as or form) == "text":
            return _text(401, text)
        return _refusal(V3Error(401, "Unauthorized"))

    def _forbidden(self, scope: str | None) -> Answer | None:
        if scope is None or {scope, scope.removesuffix("_read_only")} & self.scopes:
            return None
        return _refusal(V3Error(403, "You don't have a required scope to access the endpoint"))

    def _wrong_store(self, store_hash: str) -> Answer | None:
        if store_hash == self.store_hash:
            return None
        return _refusal(V3Error(403, "The token does not belong to this store"))

    def _suspended(self) -> Answer | None:
        if not self.faults.suspended:
            return None
        return _refusal(V3Error(503, "The store is suspended. Ask its owner."))

    def _over_quota(self) -> Answer | None:
        quota = self.quota
        return None if quota is None or quota.take() else _too_many()

    def _in_xml(self, record: Request) -> Answer | None:
        """Answer as V2 does to who does not say that JSON is wanted."""
        accepted = {name.lower(): value for name, value in record.headers.items()}.get("accept", "")
        if "/v3/" in record.path or "json" in accepted or "*" in accepted:
            return None
        return Answer(200, b'<?xml version="1.0"?><orders></orders>', "application/xml")

    def _handled(self, route: Route, parts: tuple[str, ...], record: Request) -> Answer:
        query = self.faults.heard(record.query)
        call = Call(self.shop, self.faults, self.base, query, parts)
        try:
            with self.shop.lock:
                return route.handler(call)
        except V2Error as error:
            return Answer(error.status, encode(error.body()))
        except V3Error as error:
            return _problem(error, self.faults.v3_errors_as)

    def _hooked(self, record: Request, path: str, body: bytes) -> Answer:
        try:
            return self._forbidden(hook_routes.scope(record.method, body)) or hook_routes.answer(
                self.webhooks, record.method, path, record.query, body
            )
        except V3Error as error:
            return _problem(error, self.faults.v3_errors_as)

    async def _control(self, request: web.BaseRequest, path: str) -> web.Response:
        found = control.find(request.method, path)
        if found is None:
            return _json({"error": "unknown control route"}, 404)
        try:
            return _json(found(self, msgspec.json.decode(await request.read() or b"{}")))
        except (TypeError, ValueError) as error:
            return _json({"error": str(error)}, 400)


def _finish(loop: asyncio.AbstractEventLoop, done: asyncio.Event) -> None:
    """Set `done` from any thread; a loop that is closed has finished already."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(done.set)


def _text(status: int, text: str) -> Answer:
    return Answer(status, text.encode(), "text/plain")


def _refusal(error: V3Error) -> Answer:
    return Answer(error.status, encode(error.body()))


def _problem(error: V3Error, errors_as: str) -> Answer:
    return Answer(error.status, encode(error.body(errors_as)), "application/problem+json")


def _too_many() -> Answer:
    return _refusal(V3Error(429, "Too many requests"))


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=encode(document), content_type="application/json")


def _drop(request: web.BaseRequest, *, reset: bool) -> None:
    """Close the connection without an answer, or reset it."""
    transport = request.transport
    if transport is None:
        return
    if reset:
        # Lingering for no time at all makes the kernel send a reset instead of a goodbye.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    else:
        transport.close()


async def _half(
    request: web.BaseRequest, answer: Answer, headers: dict[str, str]
) -> web.StreamResponse:
    """Send the headers and half of the body, then reset the connection."""
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.content_length = max(len(answer.body), 2)
    await response.prepare(request)
    await response.write(answer.body[: len(answer.body) // 2] or b" ")
    await asyncio.sleep(_RESET_AFTER)
    _drop(request, reset=True)
    return response


async def _turns() -> None:
    """Let the event loop turn as often as it needs to take a connection, or to let go of it."""
    for _ in range(10):
        await asyncio.sleep(0)
