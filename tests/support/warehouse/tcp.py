"""PostgreSQL by host and port, for who cannot name the socket that the tests' server has."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING

from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def over_tcp(address: str) -> Iterator[int]:
    """Forward connections to the server at an address for as long as the block lasts.

    Args:
        address: the server's, with the folder of its socket as `host`.

    Yields:
        The port on 127.0.0.1 that is forwarded.
    """
    server = conninfo_to_dict(address)
    path = f"{server['host']}/.s.PGSQL.{server.get('port', 5432)}"

    class Forwarding(BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX) as other:
                other.connect(path)
                back = Thread(target=_pass_on, args=(other, self.request))
                back.start()
                _pass_on(self.request, other)
                back.join()

    with ThreadingTCPServer(("127.0.0.1", 0), Forwarding) as forwarder:
        thread = Thread(target=forwarder.serve_forever)
        thread.start()
        try:
            yield forwarder.server_address[1]
        finally:
            forwarder.shutdown()
            thread.join()


def _pass_on(source: socket.socket, sink: socket.socket) -> None:
    # Either side may be gone at any time.
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
