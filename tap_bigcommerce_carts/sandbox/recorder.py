"""The requests a sandbox has seen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock


@dataclass(slots=True)
class Request:
    """One API request, and what was returned.

    Attributes:
        number: 1 for the first since the start or the last `clear`.
        method: GET, POST, ...
        target: the request target byte for byte, still encoded.
        path: its path, as sent.
        query: its query, decoded once; the last of repeated fields.
        headers: without the token and the keys.
        token_ok: whether the token was right; for API2Cart, whether both keys were.
        in_flight: requests under way when it came, itself included.
        route: the route it matched, e.g. `/v2/orders/{id}/products`; "" for none.
        status: of the response; 0 when there was none.
        fault: the kind of failure it got, if any.
        return_code: what API2Cart's response says; None elsewhere, and if it does not say.
    """

    number: int
    method: str
    target: str
    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    token_ok: bool
    in_flight: int
    route: str = ""
    status: int = 0
    fault: str | None = None
    return_code: int | None = None

    @property
    def limit(self) -> int | None:
        """The page size asked for, when it is a number."""
        text = self.query.get("limit", "")
        return int(text) if text.isdigit() else None


class Recorder:
    """A thread-safe list of requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests: list[Request] = []

    def add(self, request: Request) -> None:
        """Record a request, with its number."""
        with self._lock:
            request.number = len(self._requests) + 1
            self._requests.append(request)

    def snapshot(self) -> list[Request]:
        """Return the requests so far."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self._requests.clear()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the number of requests by route and status."""
        found: dict[str, Counter[str]] = {}
        for request in self.snapshot():
            found.setdefault(request.route or "none", Counter())[str(request.status)] += 1
        return {route: dict(counts) for route, counts in found.items()}
