"""The ASGI application: a webhook is answered 200 once it is durable, and not before."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tap_bigcommerce_carts.inbox.authenticity import is_signed, knows_secret
from tap_bigcommerce_carts.inbox.errors import ShapeError, StorageError
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.metrics import Metrics
from tap_bigcommerce_carts.inbox.writer import Writer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tap_bigcommerce_carts.inbox.storage import Storage

PATH = "/webhooks"
_LARGEST = 64 * 1024  # bytes; an event has a few hundred


@dataclass(frozen=True, slots=True)
class Door:
    """Who may come in: the secrets, and the stores."""

    secret: str
    client_secret: str | None
    stores: frozenset[str]


class _RefusalError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class _Receiver:
    """The handlers of one process."""

    def __init__(self, storage: Storage, door: Door) -> None:
        self._door = door
        self._metrics = Metrics()
        self._writer = Writer(storage, self._metrics)

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        self._writer.start()
        yield
        await self._writer.stop()

    async def webhook(self, request: Request) -> Response:
        response = await self._answer(request)
        self._metrics.answered(response.status_code)
        return response

    async def health(self, _: Request) -> Response:
        try:
            await self._writer.write(None)
        except StorageError:
            return PlainTextResponse("the database takes no events\n", 503)
        return PlainTextResponse("ok\n")

    async def metrics(self, _: Request) -> Response:
        return Response(self._metrics.page(), media_type="text/plain; version=0.0.4")

    async def _answer(self, request: Request) -> Response:
        try:
            await self._take(request)
        except _RefusalError as refusal:
            return PlainTextResponse(refusal.reason + "\n", refusal.status)
        except ClientDisconnect:
            return PlainTextResponse("cut off\n", 400)
        return Response()

    async def _take(self, request: Request) -> None:
        door = self._door
        if not knows_secret(request.headers, door.secret):
            raise _RefusalError(401, "wrong secret")
        body = await _read(request)
        if door.client_secret and not is_signed(
            request.headers, body, door.client_secret, time.time()
        ):
            raise _RefusalError(401, "wrong signature")
        try:
            event = parse(body)
        except ShapeError as error:
            raise _RefusalError(400, "not an event") from error
        if event.store not in door.stores:
            raise _RefusalError(403, "not a store of this inbox")
        try:
            await self._writer.write(event)
        except StorageError as error:
            raise _RefusalError(503, "try again later") from error


async def _read(request: Request) -> bytes:
    length = request.headers.get("content-length", "")
    # A longer number is larger whatever it is, and may be too long to be converted.
    if length.isdecimal() and (len(length) > len(str(_LARGEST)) or int(length) > _LARGEST):
        raise _RefusalError(413, "too large")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST:
            raise _RefusalError(413, "too large")
    return bytes(body)


def application(storage: Storage, door: Door) -> Starlette:
    """Make the application."""
    receiver = _Receiver(storage, door)
    return Starlette(
        routes=[
            Route(PATH, receiver.webhook, methods=["POST"]),
            Route("/healthz", receiver.health),
            Route("/metrics", receiver.metrics),
        ],
        lifespan=receiver.lifespan,
    )
