"""The HTTP server: a shop behind its platforms, in a thread of its own."""

import asyncio
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from email.utils import format_datetime
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from tap_bigcommerce_carts.sandbox import api2cart, control
from tap_bigcommerce_carts.sandbox.api2cart import Api2Cart
from tap_bigcommerce_carts.sandbox.bigcommerce import (
    USUAL_SCOPES,
    Faults,
    Gate,
    OrderShape,
    Quota,
    order_bytes,
)
from tap_bigcommerce_carts.sandbox.broken import NO_RESPONSE, drop, failed, send_half
from tap_bigcommerce_carts.sandbox.faults import Failures, Fault
from tap_bigcommerce_carts.sandbox.recorder import Recorder, Request
from tap_bigcommerce_carts.sandbox.responses import Response, encode
from tap_bigcommerce_carts.sandbox.shop import Shop
from tap_bigcommerce_carts.sandbox.webhooks import Webhooks, hook_routes

Hook = Callable[[int, Request], "str | Fault | None"]

_SECRET_HEADERS = {"x-auth-token", "x-api-key", "x-store-key"}
# Seconds that responses under way when the sandbox stops may still take.
_LAST_RESPONSES = 0.1
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
        latency: seconds added to every response.
        host: a loopback address.
        port: 0 for any free one.

    Attributes:
        url: `http://host:port`, once started.
        faults: switches, see `Faults`; may be set while it runs.
        api2cart: switches of API2Cart in front of the shop, see `Api2Cart`; likewise.
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

    def warm(self) -> None:
        """Encode every order as lists serve it, so that a benchmark times the tap alone.

        The shape is that of `include=consignments.line_items` and
        `consignment_structure=object`. About 10 kB each.
        """
        shape = OrderShape(self.base, consignments=True, line_items=True)
        for order in list(self.shop.order_records.values()):
            with self.shop.lock:
                order_bytes(order, shape)

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
        """Call `hook(n, request)` before the n-th API request is handled; None to stop that.

        It may change the shop, and may return a fault (or its kind) for that response. An error
        in it fails the request and is raised again when the `with` block ends.
        """
        self._hook = hook

    # The server's thread

    async def _serve(self, listener: socket.socket, ready: Event) -> None:
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        self._stop = lambda: _finish(loop, done)
        server = web.Server(self._handle, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=_LAST_RESPONSES)
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
        if fault and fault.kind in NO_RESPONSE:
            drop(request, reset=fault.kind == "reset")
            return web.Response()
        token = request.headers.get("X-Auth-Token")
        response = failed(fault) or (
            self._from_api2cart(record, request.headers, fault, refused)
            if gateway
            else self._from_bigcommerce(record, token, await request.read())
        )
        record.status = response.status
        # API2Cart has no rate-limit headers.
        headers = self._headers(response) | ({} if gateway else self._gate().rate_headers(fault))
        if self.faults.lower_headers:
            headers = {name.lower(): value for name, value in headers.items()}
        if fault and fault.kind == "reset_midway":
            return await send_half(request, response, headers)
        body = response.body
        if fault and fault.kind == "cut_json":
            body = body[: len(body) // 2]
        return web.Response(status=response.status, body=body or None, headers=headers)

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

    def _gate(self) -> Gate:
        """Return BigCommerce's checks, as they are now."""
        return Gate(self.token, self.store_hash, self.scopes, self.quota, self.faults)

    def _from_bigcommerce(self, record: Request, token: str | None, body: bytes) -> Response:
        gate = self._gate()
        return hook_routes.respond(self.webhooks, gate, record, token, body) or gate.respond(
            record, token, self.shop, self.base
        )

    def _from_api2cart(
        self,
        record: Request,
        headers: Mapping[str, str],
        fault: Fault | None,
        refused: api2cart.GatewayError | None,
    ) -> Response:
        return api2cart.respond(
            record,
            headers,
            shop=self.shop,
            switches=self.api2cart,
            keys=self.keys,
            fault=fault,
            refused=refused,
        )

    def _headers(self, response: Response) -> dict[str, str]:
        headers = {
            # An empty one keeps the server from adding its own.
            "Date": "" if self.faults.no_date else format_datetime(self.shop.now(), usegmt=True),
            "Server": "sandbox",
        }
        return headers | ({"Content-Type": response.content_type} if response.body else {})

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


def _json(document: Any, status: int = 200) -> web.Response:
    return web.Response(status=status, body=encode(document), content_type="application/json")


async def _turns() -> None:
    """Let the event loop turn as often as it needs to take a connection, or to let go of it."""
    for _ in range(10):
        await asyncio.sleep(0)
