"""Responses that fail: a gateway's pages, refusals by plan, and connections that break."""

import asyncio
import socket
import struct

from aiohttp import web

from tap_bigcommerce_carts.sandbox.bigcommerce.gate import refusal, too_many
from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V3Error
from tap_bigcommerce_carts.sandbox.faults import REFUSALS, Fault
from tap_bigcommerce_carts.sandbox.responses import Response

NO_RESPONSE = {"reset", "empty"}
_HTML = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
_PAGES = {
    "500_html": (500, "Internal Server Error"),
    "502_html": (502, "Bad Gateway"),
    "503_html": (503, "Service Temporarily Unavailable"),
    "504": (504, "Gateway Time-out"),
}
_RESET_AFTER = 0.02  # seconds: time for the first half of a body to arrive


def failed(fault: Fault | None) -> Response | None:
    """Return the response of a fault that has nothing to do with the request; None if it has."""
    if fault is None:
        return None
    if fault.kind in _PAGES:
        status, title = _PAGES[fault.kind]
        return Response(status, _HTML.format(f"{status} {title}").encode(), "text/html")
    if fault.kind == "503_json":
        return refusal(V3Error(503, "The service is unavailable, try again."))
    if fault.kind in REFUSALS:
        return refusal(V3Error(int(fault.kind), "The request could not be processed."))
    return too_many() if fault.kind in ("429", "429_bare") else None


def drop(request: web.BaseRequest, *, reset: bool) -> None:
    """Close the connection without a response, or reset it."""
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


async def send_half(
    request: web.BaseRequest, response: Response, headers: dict[str, str]
) -> web.StreamResponse:
    """Send the headers and half of the body, then reset the connection."""
    sent = web.StreamResponse(status=response.status, headers=headers)
    sent.content_length = max(len(response.body), 2)
    await sent.prepare(request)
    await sent.write(response.body[: len(response.body) // 2] or b" ")
    await asyncio.sleep(_RESET_AFTER)
    drop(request, reset=True)
    return sent
