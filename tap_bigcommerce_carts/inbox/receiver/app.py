"""The ASGI application: the response to a webhook is 200 once it is durable, and not before."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tap_bigcommerce_carts.errors import OtherScopeError, ShapeError, StorageError
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.receiver.authenticity import is_signed, store_of
from tap_bigcommerce_carts.inbox.receiver.group_commit import GroupCommit
from tap_bigcommerce_carts.inbox.receiver.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from tap_bigcommerce_carts.inbox.receiver.storage import Storage
    from tap_bigcommerce_carts.inbox.receiver.throttled_log import ThrottledLog

PATH = "/webhooks"
_LARGEST = 64 * 1024  # bytes; an event has a few hundred


@dataclass(frozen=True, slots=True)
class Access:
    """Who may come in.

    Attributes:
        secrets: of each store, what its hook sends.
        client_secrets: of each store, what its events are signed with; none: that is not checked.
    """

    secrets: Mapping[str, str]
    client_secrets: Mapping[str, str]


class _RefusalError(Exception):
    """A webhook that is not taken: its response, and what the log says of it."""

    def __init__(self, status: int, reason: str, remark: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.remark = status, reason, remark


class _Receiver:
    """The handlers of one process."""

    def __init__(self, storage: Storage, access: Access, log: ThrottledLog) -> None:
        self._access = access
        self._log = log
        self._metrics = Metrics()
        self._commits = GroupCommit(storage, self._metrics)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._commits.start()
        yield
        await self._commits.stop()
        self._log.close()

    async def webhook(self, request: Request) -> Response:
        response = await self._respond(request)
        self._metrics.responded(response.status_code)
        return response

    async def health(self, _: Request) -> Response:
        try:
            await self._commits.write(None)
        except StorageError:
            return PlainTextResponse("the database takes no events\n", 503)
        return PlainTextResponse("ok\n")

    async def metrics(self, _: Request) -> Response:
        return Response(self._metrics.page(), media_type="text/plain; version=0.0.4")

    async def _respond(self, request: Request) -> Response:
        try:
            await self._take(request)
        except _RefusalError as refusal:
            if refusal.remark:
                self._log.write(f"An event was refused ({refusal.status}): {refusal.remark}")
            return PlainTextResponse(refusal.reason + "\n", refusal.status)
        except ClientDisconnect:
            return PlainTextResponse("cut off\n", 400)
        # The server keeps its connection for longer than others.
        request.state.is_known = True
        return Response()

    async def _take(self, request: Request) -> None:
        access = self._access
        store = store_of(request.headers, access.secrets)
        if store is None:
            raise _RefusalError(401, "wrong secret", _STRANGER)
        body = await _read(request)
        client_secret = access.client_secrets.get(store)
        if client_secret and not is_signed(request.headers, body, client_secret, time.time()):
            raise _RefusalError(401, "wrong signature", _SIGNATURE)
        try:
            event = parse(body)
        except ShapeError as error:
            raise _RefusalError(400, "not an event", _SHAPE) from error
        except OtherScopeError:
            # It is nothing wrong to send it, and what is refused for long is switched off.
            self._metrics.skipped()
            self._log.write(_OTHER)
            return
        if event.store not in access.secrets:
            raise _RefusalError(403, "not a store of this inbox", _STORE)
        if event.store != store:
            raise _RefusalError(401, "wrong secret", _NEIGHBOUR)
        try:
            await self._commits.write(event)
        except StorageError as error:
            raise _RefusalError(503, "try again later") from error


_STRANGER = (
    "its secret is not one of this inbox. If BigCommerce sent it, run `register` again with the "
    "secret that the receiver has."
)
_NEIGHBOUR = "its secret is that of another store. Run `register` again for its own."
_SIGNATURE = (
    "it is not signed with the client secret, or was long ago. If BigCommerce sent it, check the "
    "client secret of the API account, and this machine's clock."
)
_SHAPE = "it does not tell its store and its cart, or is dated more than a day ahead."
_STORE = (
    "it is of a store that this inbox does not take. Add the store, or remove the hook with "
    "`unregister`."
)
_LARGE = "it is larger than 64 KB, which no event of a cart is."
_OTHER = (
    "An event of something else than a cart was passed over: the hook that `register` makes asks "
    "for carts alone."
)


async def _read(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    # A longer number is larger whatever it is, and may be too long to be converted.
    if length.isdecimal() and (len(length) > len(str(_LARGEST)) or int(length) > _LARGEST):
        raise _RefusalError(413, "too large", _LARGE)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise _RefusalError(413, "too large", _LARGE)
    return bytes(body)


def application(storage: Storage, access: Access, log: ThrottledLog) -> Starlette:
    """Return the application.

    Args:
        storage: where events are written.
        access: who may come in.
        log: what the log says of those who may not.
    """
    receiver = _Receiver(storage, access, log)
    app = Starlette(
        routes=[
            Route(PATH, receiver.webhook, methods=["POST"]),
            Route("/healthz", receiver.health),
            Route("/metrics", receiver.metrics),
        ],
        lifespan=receiver.lifespan,
    )
    # A redirect would lead to whatever host the request names.
    app.router.redirect_slashes = False
    return app
