"""Webhooks: the hooks of the store, and a sender with BigCommerce's steps of trying again."""

import hashlib
import heapq
import random
import time
from dataclasses import dataclass, field
from itertools import count
from threading import Condition, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import requests

from .errors import V3Error
from .views import encode

Document = dict[str, Any]

# Seconds from one try to the next; after the last one the hook is switched off.
STEPS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 50_400, 86_400)
MOST_PER_SCOPE = 10
_SETTABLE = ("scope", "destination", "headers", "is_active")
_TIMEOUT = 10


@dataclass(order=True)
class _Delivery:
    due: float
    number: int
    hook: Document = field(compare=False)
    body: bytes = field(compare=False)
    tries: int = field(default=0, compare=False)


class Webhooks:
    """The hooks of one API account, and what is on its way to them.

    Attributes:
        speed: how many times faster the steps pass than BigCommerce's.
        duplicates: share of events that are sent twice.
        shuffled: seconds by which an event may be late, so that they come in any order.
        https_only: whether destinations must be HTTPS on port 443, as BigCommerce demands.
    """

    def __init__(self, store_hash: str) -> None:
        self.store_hash = store_hash
        self.hooks: dict[int, Document] = {}
        self.speed = 1.0
        self.duplicates = 0.0
        self.shuffled = 0.0
        self.https_only = True
        self._dice = random.Random(7)  # noqa: S311 - not for secrets
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._due: list[_Delivery] = []
        self._numbers = count(1)
        self._under_way = 0
        self._stopped = False
        self._thread: Thread | None = None

    # What `/v3/hooks` does

    def create(self, given: Document) -> Document:
        """Add a hook, after BigCommerce's checks."""
        with self._lock:
            self._check(given)
            now = int(time.time())
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
            return hook

    def change(self, hook_id: int, given: Document) -> Document:
        """Change a hook's fields."""
        with self._lock:
            hook = self.find(hook_id)
            self._check(hook | given, but=hook_id)
            hook |= {name: given[name] for name in _SETTABLE if name in given}
            hook["updated_at"] = int(time.time())
            return hook

    def delete(self, hook_id: int) -> Document:
        """Remove a hook and return it."""
        with self._lock:
            return self.hooks.pop(self.find(hook_id)["id"])

    def find(self, hook_id: int) -> Document:
        """Return a hook."""
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

    # Sending

    def emit(self, scope: str, data: Document, created_at: int | None = None) -> str:
        """Send an event to each active hook that wants it; return its hash."""
        event = {
            "scope": scope,
            "store_id": "1000777",
            "data": data,
            "created_at": int(time.time()) if created_at is None else created_at,
            "producer": f"stores/{self.store_hash}",
        }
        event["hash"] = hashlib.sha1(encode(event), usedforsecurity=False).hexdigest()
        with self._changed:
            for hook in self.hooks.values():
                if hook["is_active"] and _wants(hook["scope"], scope):
                    for _ in range(1 + (self._dice.random() < self.duplicates)):
                        late = self._dice.random() * self.shuffled
                        self._push(_Delivery(time.monotonic() + late, 0, hook, encode(event)))
            if self._thread is None:
                self._thread = Thread(target=self._run, name="sandbox-webhooks", daemon=True)
                self._thread.start()
        return str(event["hash"])

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is on its way; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._under_way, seconds)

    def stop(self) -> None:
        """Stop sending."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _push(self, delivery: _Delivery) -> None:
        delivery.number = next(self._numbers)
        heapq.heappush(self._due, delivery)
        self._changed.notify_all()

    def _run(self) -> None:
        with requests.Session() as session:
            while (delivery := self._next()) is not None:
                arrived = _post(session, delivery)
                with self._changed:
                    self._under_way -= 1
                    if not arrived:
                        self._again(delivery)
                    self._changed.notify_all()

    def _next(self) -> _Delivery | None:
        with self._changed:
            while not self._stopped:
                left = self._due[0].due - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    self._under_way += 1
                    return heapq.heappop(self._due)
                self._changed.wait(left)
        return None

    def _again(self, delivery: _Delivery) -> None:
        if delivery.tries == len(STEPS):
            delivery.hook["is_active"] = False
            return
        delivery.due = time.monotonic() + STEPS[delivery.tries] / self.speed
        delivery.tries += 1
        self._push(delivery)


def _post(session: requests.Session, delivery: _Delivery) -> bool:
    headers = {"Content-Type": "application/json", **(delivery.hook["headers"] or {})}
    try:
        return session.post(
            delivery.hook["destination"], data=delivery.body, headers=headers, timeout=_TIMEOUT
        ).ok
    except requests.RequestException:
        return False


def _wants(wanted: str, scope: str) -> bool:
    return scope == wanted or (wanted.endswith("/*") and scope.startswith(wanted[:-1]))


def _is_https(destination: str) -> bool:
    parts = urlsplit(destination)
    return parts.scheme == "https" and parts.netloc.rpartition(":")[2] in ("443", parts.netloc)
