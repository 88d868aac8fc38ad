"""What one client may take of a receiver: bytes, time and connections.

uvicorn's protocol bounds none of them before a request has arrived whole, and whoever sends one
has shown no secret by then. A connection is unauthenticated until an event that it brought is
taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

if TYPE_CHECKING:
    import asyncio

    from tap_bigcommerce_carts.inbox.receiver.throttled_log import ThrottledLog

# An event has about 1 KB of headers and a few hundred bytes of body; the application takes 64 KB.
_LONGEST_HEAD = 8 * 1024
_LONGEST_REQUEST = 128 * 1024
MOST_CONNECTIONS = 512
_MOST_HEADERS = 100
_PIECE = 4 * 1024  # bytes between two looks at the bounds


@dataclass(frozen=True, slots=True)
class Bounds:
    """What all clients together may take.

    Attributes:
        connections: how many are open at once; an unauthenticated one makes room for a new one.
        patience: seconds for a request to arrive, and for the next one to begin on an
            unauthenticated connection.
        idle: seconds until the next request on others.
    """

    connections: int = MOST_CONNECTIONS
    patience: float = 10
    # Proxies and load balancers keep idle connections for up to ten minutes and must be the ones
    # to close them, or they send into one that is just going.
    idle: int = 620


class OpenConnections(ServerState):
    """What the connections of a server know of each other."""

    def __init__(self, bounds: Bounds, log: ThrottledLog) -> None:
        super().__init__()
        self.bounds = bounds
        self.log = log
        # The one that came first is first.
        self.unauthenticated: dict[Connection, None] = {}

    def oldest_unauthenticated(self) -> Connection:
        """Return who is to go when there is no room: one without a request, if possible."""
        idle = (each for each in self.unauthenticated if not each.is_asking)
        return next(idle, next(iter(self.unauthenticated)))


class _TooMuchError(Exception):
    """Ends the reading of a request; the protocol answers it 400."""


class Connection(HttpToolsProtocol):
    """A connection within bounds."""

    server_state: OpenConnections

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._bytes = 0  # of the request that is arriving
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in uvicorn
        """Take a place, that of the oldest unauthenticated one if there is none left."""
        super().connection_made(transport)
        state = self.server_state
        state.unauthenticated[self] = None
        self._wait()
        if len(state.connections) > state.bounds.connections:
            state.oldest_unauthenticated()._cut(_CROWDED)  # noqa: SLF001 - it is one of these

    @property
    def is_asking(self) -> bool:
        """Whether it waits for a response; without a secret it gets one at once."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_lost(self, exc: Exception | None) -> None:
        """Free the place."""
        self._leave()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, piece by piece, as long as it is within the bounds."""
        self._wait()
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._bytes += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                return
            if self._bytes > (_LONGEST_HEAD if self._in_head else _LONGEST_REQUEST):
                self._cut(_LARGE)
                return

    def on_message_begin(self) -> None:
        """Begin to read a request, unless the one before is not answered yet."""
        if self.is_asking:
            raise _TooMuchError
        self._wait()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or one that follows the body."""
        if len(self.headers) >= _MOST_HEADERS:
            raise _TooMuchError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Go on with the body."""
        self._in_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Be done with a request; the next one has its bytes and its time for itself."""
        self._bytes, self._in_head = 0, True
        self._wait_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Keep the connection: for long if the event was taken."""
        if self.scope["state"].get("is_known"):
            self.server_state.unauthenticated.pop(self, None)
        if self in self.server_state.unauthenticated:
            self.timeout_keep_alive = self.server_state.bounds.patience  # type: ignore[assignment] # given to call_later
        else:
            self.timeout_keep_alive = self.config.timeout_keep_alive
        super().on_response_complete()

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection, though its answer were not fetched."""
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, or is too much of it."""
        self.server_state.log.write(_INVALID)
        super().send_400_response(msg)

    def _wait(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(
                self.server_state.bounds.patience, self._cut, _LATE
            )

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self, why: str) -> None:
        self.server_state.log.write(why)
        self._leave()
        # At once: more may come before it is known to be lost.
        self.connections.discard(self)
        self.transport.abort()

    def _leave(self) -> None:
        self._wait_no_more()
        self.server_state.unauthenticated.pop(self, None)


_CROWDED = (
    "A connection was cut that had brought no event, to make room for another: too many are open. "
    "Limit them where TLS ends."
)
_LARGE = "A connection was cut: its request is larger than an event can be."
_LATE = "A connection was cut: its request did not arrive in time."
_INVALID = (
    "A connection was cut: it sent what is not HTTP, too many headers, or a request before the "
    "answer to another."
)
