"""Serves the application: uvicorn on a socket that was opened before, within bounds."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.receiver.connections import (
    MOST_CONNECTIONS,
    Bounds,
    Connection,
    OpenConnections,
)
from tap_bigcommerce_carts.redaction import redacted

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tap_bigcommerce_carts.inbox.receiver.throttled_log import ThrottledLog

_BACKLOG = 2048
_GRACE = 20  # seconds for requests under way at SIGTERM
logger = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Args:
        host: an address of this machine.
        port: 0 for any.

    Raises:
        InboxError: the address is taken, or is not of this machine.

    Returns:
        The socket, which takes connections from now on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Bytes of the environment that are no text must not go on to the system, nor to the log.
    if not host.isprintable():
        raise InboxError("--host (or CART_INBOX_HOST) must be an address, such as 127.0.0.1.")
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "not an address"
        raise InboxError(
            f"Cannot listen on {redacted(host)} port {port} ({why}): choose others with --host and "
            "--port."
        ) from error


def serve(app: Starlette, listener: socket.socket, log: ThrottledLog) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        app: the application.
        listener: from `listen`.
        log: what the log says of connections that are cut.
    """
    # uvicorn raises the signal that ended it once more; that must not end the process before its
    # database is closed.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    host, port = listener.getsockname()[:2]
    logger.info("Listening on http://%s:%d/webhooks", host, port)
    server(app, bounds(), log).run(sockets=[listener])


def server(app: Starlette, within: Bounds, log: ThrottledLog) -> uvicorn.Server:
    """Return the server.

    Args:
        app: the application.
        within: what all clients together may take.
        log: what the log says of connections that are cut.
    """
    # No access log: requests are counted in /metrics, and their addresses are nobody's business.
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        log_config=None,
        # What it warns of, one can be made to say without end; `Connection` says it instead.
        log_level="error",
        access_log=False,
        timeout_keep_alive=within.idle,
        timeout_graceful_shutdown=_GRACE,
        server_header=False,
    )
    made = uvicorn.Server(config)
    made.server_state = OpenConnections(within, log)
    return made


def bounds() -> Bounds:
    """Return the bounds for this process: half of the files it may open are for other things."""
    if sys.platform == "win32":
        return Bounds()
    import resource  # noqa: PLC0415 - there is none on Windows

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return Bounds()
    return Bounds(connections=min(MOST_CONNECTIONS, files // 2))
