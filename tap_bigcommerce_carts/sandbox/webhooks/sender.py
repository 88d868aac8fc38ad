"""A sender of events that retries in BigCommerce's steps.

https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

import hashlib
import heapq
import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from threading import Condition, Thread

import requests

from tap_bigcommerce_carts.sandbox.responses import encode
from tap_bigcommerce_carts.sandbox.shop.records import Document
from tap_bigcommerce_carts.sandbox.webhooks.deliveries import Delivery, Domain, post
from tap_bigcommerce_carts.sandbox.webhooks.hooks import Hooks

# Seconds from one try to the next; after the last one the hook is switched off.
STEPS = (60, 180, 300, 600, 900, 1800, 3600, 7200, 21_600, 50_400, 86_400)
_COUNTED = ("events", "lost", "delivered", "failed", "dropped")


class Webhooks(Hooks):
    """The hooks of one API account, and what is on its way to them.

    Args:
        store_hash: whose events these are.
        clock: the store's, which stamps events. Waiting goes by the real clock, see `speed`.

    Attributes:
        counts: `events` that happened and those `lost`; tries that `delivered` or `failed`; and
            deliveries `dropped`, since their hook was off or gone.
    """

    def __init__(self, store_hash: str, clock: Callable[[], datetime]) -> None:
        super().__init__(store_hash, clock)
        self.counts: Counter[str] = Counter()
        self._dice = random.Random(7)  # noqa: S311 - not for secrets
        self._changed = Condition(self._lock)
        self._due: list[Delivery] = []
        self._domains: defaultdict[str, Domain] = defaultdict(Domain)
        self._under_way = 0
        self._stopped = False
        self._threads: list[Thread] = []

    def event(self, scope: str, data: Document, created_at: int) -> Document:
        """Return an event as it is sent; equal ones of one second have the same hash.

        Args:
            scope: what happened, e.g. `store/cart/created`.
            data: to what.
            created_at: when, in Unix seconds.
        """
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
        """Send an event to each active hook that wants it; return its hash.

        Args:
            scope: what happened, e.g. `store/cart/created`.
            data: to what.
            created_at: when, in Unix seconds; by default now.
        """
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
