"""The hooks of an API account, as `/v3/hooks` keeps them.

https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from threading import Lock
from urllib.parse import urlsplit

from tap_bigcommerce_carts.sandbox.bigcommerce.refusals import V3Error
from tap_bigcommerce_carts.sandbox.shop.records import Document

MOST_PER_SCOPE = 10
UNUSED = timedelta(days=90)  # after which a hook without events is switched off
_SETTABLE = ("scope", "destination", "headers", "is_active")


@dataclass
class Sending:
    """The switches of the sender. Set them while the sandbox runs.

    Attributes:
        speed: how many times faster than at BigCommerce the sender's time passes: the steps
            from try to try, the window in which a domain is judged, and its block.
        duplicates: share of events that are sent twice.
        shuffled: seconds by which an event may be late, so that they come in any order.
        lost: share of events that are never sent.
        senders: how many threads send; more than one are quicker, and keep no order.
        https_only: whether destinations must be HTTPS on port 443, as BigCommerce demands.
        client_secret: of the API account; when set, what is sent is signed with it.
    """

    speed: float = 1.0
    duplicates: float = 0.0
    shuffled: float = 0.0
    lost: float = 0.0
    senders: int = 1
    https_only: bool = True
    client_secret: str = field(default="", repr=False)


class Hooks(Sending):
    """The hooks of one API account.

    Args:
        store_hash: whose events these are.
        clock: the store's, which stamps hooks, and by which a hook was not used for 90 days.

    Attributes:
        hooks: by id, as served.
    """

    def __init__(self, store_hash: str, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.store_hash = store_hash
        self.hooks: dict[int, Document] = {}
        self._clock = clock
        self._used: dict[int, datetime] = {}
        self._lock = Lock()
        self._numbers = count(1)

    def create(self, given: Document) -> Document:
        """Add a hook, after BigCommerce's checks."""
        with self._lock:
            self._check(given)
            now = self._stamp()
            hook: Document = {
                "id": next(self._numbers),
                "client_id": "sandbox-client",
                "store_hash": self.store_hash,
                "headers": None,
                "is_active": True,
                "created_at": now,
                "updated_at": now,
            } | {name: given[name] for name in _SETTABLE if name in given}
            self.hooks[hook["id"]] = hook
            self._used[hook["id"]] = self._clock()
            return hook

    def listed(self) -> list[Document]:
        """Return all hooks."""
        with self._lock:
            self._switch_off_unused()
            return list(self.hooks.values())

    def change(self, hook_id: int, given: Document) -> Document:
        """Change a hook's fields."""
        with self._lock:
            hook = self._found(hook_id)
            self._check(hook | given, but=hook_id)
            hook |= {name: given[name] for name in _SETTABLE if name in given}
            hook["updated_at"] = self._stamp()
            self._used[hook_id] = self._clock()
            return hook

    def delete(self, hook_id: int) -> Document:
        """Remove a hook and return it."""
        with self._lock:
            return self.hooks.pop(self._found(hook_id)["id"])

    def find(self, hook_id: int) -> Document:
        """Return a hook."""
        with self._lock:
            self._switch_off_unused()
            return self._found(hook_id)

    def _found(self, hook_id: int) -> Document:
        if hook_id not in self.hooks:
            raise V3Error(404, f"Hook {hook_id} not found.")
        return self.hooks[hook_id]

    def _check(self, given: Document, but: int | None = None) -> None:
        scope, destination = given.get("scope"), given.get("destination")
        if not isinstance(scope, str) or not scope.startswith("store/"):
            raise V3Error(422, "The scope is not valid.", {"scope": "not valid"})
        if not isinstance(destination, str) or (self.https_only and not _is_https(destination)):
            raise V3Error(422, "The destination is not valid.", {"destination": "HTTPS, port 443"})
        same = [hook for key, hook in self.hooks.items() if key != but and hook["scope"] == scope]
        if any(hook["destination"] == destination for hook in same):
            raise V3Error(409, "A hook with this scope and destination exists.")
        if len(same) >= MOST_PER_SCOPE:
            raise V3Error(429, "Too many hooks of this scope.")

    def _switch_off_unused(self) -> None:
        now = self._clock()
        for hook_id, hook in self.hooks.items():
            if hook["is_active"] and now - self._used.setdefault(hook_id, now) >= UNUSED:
                self._switch_off(hook)

    def _switch_off(self, hook: Document) -> None:
        hook["is_active"], hook["updated_at"] = False, self._stamp()

    def _stamp(self) -> int:
        return int(self._clock().timestamp())


def _is_https(destination: str) -> bool:
    parts = urlsplit(destination)
    return parts.scheme == "https" and parts.netloc.rpartition(":")[2] in ("443", parts.netloc)
