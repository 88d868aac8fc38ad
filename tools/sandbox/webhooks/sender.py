"""Webhooks: the hooks of the store, and a sender with BigCommerce's steps of trying again."""

import hashlib
import heapq
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Condition, Lock, Thread
from typing import Any
from urllib.parse import urlsplit

import requests

from tools.sandbox.bigcommerce.refusals import V3Error
from tools.sandbox.responses import encode

from .deliveries import Delivery, Domain, post

Document = dict[str, Any]

# Seconds from one try to the next; after the last one the hook is switched off.
STEPS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 50_400, 86_400)
MOST_PER_SCOPE = 10
UNUSED = timedelta(days=90)  # after which a hook without events is switched off
_COUNTED = ("events", "lost", "delivered", "failed", "dropped")
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


def _now() -> datetime:
    return datetime.now(UTC)


class Webhooks(Sending):
    """The hooks of one API account, and what is on its way to them.

    Args:
        store_hash: whose events these are.
        clock: the store's, which stamps hooks and events, and by which a hook was not used
            for 90 days. Waiting goes by the real clock, see `speed`.

    Attributes:
        hooks: by id, as served.
        counts: `events` that happened and those `lost`; tries that `delivered` or `failed`; and
            deliveries `dropped`, since their hook was off or gone.
    """

    def __init__(self, store_hash: str, clock: Callable[[], datetime] = _now) -> None:
        super().__init__()
        self.store_hash = store_hash
        self.hooks: dict[int, Document] = {}
        self.counts: Counter[str] = Counter()
        self._clock = clock
        self._used: dict[int, datetime] = {}
        self._dice = random.Random(7)  # noqa: S311 - not for secrets
        self._lock = Lock()
        self._changed = Condition(self._lock)
        self._due: list[Delivery] = []
        self._domains: defaultdict[str, Domain] = defaultdict(Domain)
        self._numbers = count(1)
        self._under_way = 0
        self._stopped = False
        self._threads: list[Thread] = []

    # What `/v3/hooks` does

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

    # Sending

    def event(self, scope: str, data: Document, created_at: int) -> Document:
        """Return an event as it is sent; equal ones of one second have the same hash."""
        event = {
            "scope": scope,
            "store_id": "1000777",
            "data": data,
            "created_at": created_at,
            "producer": f"stores/{self.store_hash}",
        }
        event["hash"] = hashlib.sha1(encode(event), usedforsecurity=False).hexdigest()
        return event

    def emit(self, scope: str, data: Document, created_at: int | None = None) -> str:
        """Send an event to each active hook that wants it; return its hash."""
        event = self.event(scope, data, self._stamp() if created_at is None else created_at)
        with self._changed:
            self._switch_off_unused()
            self.counts["events"] += 1
            wanting = [
                hook
                for hook in self.hooks.values()
                if hook["is_active"] and _wants(hook["scope"], scope)
            ]
            self._used |= {hook["id"]: self._clock() for hook in wanting}
            if self._dice.random() < self.lost:
                self.counts["lost"] += 1
            else:
                self._send(event, wanting)
        return str(event["hash"])

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is on its way; False if that took too long."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._due and not self._under_way, seconds)

    def blocked(self) -> list[str]:
        """Return the domains that get nothing at the moment."""
        with self._lock:
            now = time.monotonic()
            return sorted(x for x, domain in self._domains.items() if domain.blocked_until > now)

    def state(self) -> Document:
        """Return how the sending goes: `waiting` for a try, `under_way`, `blocked`, counts."""
        blocked = self.blocked()
        with self._lock:
            going = {"waiting": len(self._due), "under_way": self._under_way}
            return going | {"blocked": blocked} | {name: self.counts[name] for name in _COUNTED}

    def stop(self) -> None:
        """Stop sending."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _send(self, event: Document, hooks: list[Document]) -> None:
        """Queue an event for hooks. Only under the lock, as all below."""
        body, now = encode(event), time.monotonic()
        for hook in hooks:
            for _ in range(1 + (self._dice.random() < self.duplicates)):
                late = self._dice.random() * self.shuffled
                self._queue(Delivery(now + late, next(self._numbers), hook, event["hash"], body))
        while hooks and len(self._threads) < self.senders:
            thread = Thread(target=self._run, name="sandbox-webhooks", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _queue(self, delivery: Delivery) -> None:
        heapq.heappush(self._due, delivery)
        self._changed.notify_all()

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy stands before a loopback address
            while (delivery := self._next()) is not None:
                arrived = post(session, delivery, self.client_secret)
                with self._changed:
                    self._under_way -= 1
                    self.counts["delivered" if arrived else "failed"] += 1
                    now = time.monotonic()
                    self._domains[delivery.domain].note(now, arrived=arrived, speed=self.speed)
                    if not arrived:
                        self._again(delivery)
                    self._changed.notify_all()

    def _next(self) -> Delivery | None:
        """Wait for what is due next, and return it; None when there is no more sending."""
        with self._changed:
            while not self._stopped:
                now = time.monotonic()
                if not self._due or self._due[0].due > now:
                    self._changed.wait(self._due[0].due - now if self._due else None)
                    continue
                delivery = heapq.heappop(self._due)
                if not delivery.hook["is_active"] or delivery.hook["id"] not in self.hooks:
                    self.counts["dropped"] += 1
                    self._changed.notify_all()
                elif (until := self._domains[delivery.domain].blocked_until) > now:
                    delivery.due = until
                    self._queue(delivery)
                else:
                    self._under_way += 1
                    return delivery
        return None

    def _again(self, delivery: Delivery) -> None:
        if delivery.tries == len(STEPS):
            self._switch_off(delivery.hook)
            return
        delivery.due = time.monotonic() + STEPS[delivery.tries] / self.speed
        delivery.tries += 1
        self._queue(delivery)


def _wants(wanted: str, scope: str) -> bool:
    return scope == wanted or (wanted.endswith("/*") and scope.startswith(wanted[:-1]))


def _is_https(destination: str) -> bool:
    parts = urlsplit(destination)
    return parts.scheme == "https" and parts.netloc.rpartition(":")[2] in ("443", parts.netloc)
