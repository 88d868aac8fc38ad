"""Serves the application: uvicorn on a socket that was opened before."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import uvicorn

from tap_bigcommerce_carts.inbox.errors import InboxError

if TYPE_CHECKING:
    from starlette.applications import Starlette

_BACKLOG = 2048
# Seconds an idle connection is kept. Proxies and load balancers keep theirs for up to ten minutes
# and must be the ones to close, or they send into a connection that is just going.
_IDLE = 620
_GRACE = 20  # seconds for requests under way when it is told to stop
logger = logging.getLogger(__name__)


def listen(host: str, port: int) -> socket.socket:
    """Open the socket.

    Raises:
        InboxError: the address is taken, or is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or "not an address"
        raise InboxError(
            f"Cannot listen on {host} port {port} ({why}): choose others with --host and --port."
        ) from error


def serve(app: Starlette, listener: socket.socket) -> None:
    """Serve until told to stop by SIGTERM or SIGINT."""
    # No access log: requests are counted in /metrics, and their addresses are nobody's business.
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_GRACE,
        server_header=False,
    )
    host, port = listener.getsockname()[:2]
    logger.info("Listening on http://%s:%d/webhooks", host, port)
    uvicorn.Server(config).run(sockets=[listener])
