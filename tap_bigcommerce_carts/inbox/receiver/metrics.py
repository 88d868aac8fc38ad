"""The receiver's metrics, for Prometheus."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Metrics:
    """The figures of one receiver."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "cart_inbox_answers", "Answers to webhooks.", ["status"], registry=self._registry
        )
        self._events = Counter(
            "cart_inbox_events",
            "Events: new, duplicate, or of other than carts.",
            ["kind"],
            registry=self._registry,
        )
        self._commits = Histogram(
            "cart_inbox_commit_seconds", "Time a commit took.", registry=self._registry
        )
        self._last = Gauge(
            "cart_inbox_last_event_timestamp_seconds",
            "When the last event was written.",
            registry=self._registry,
        )

    def responded(self, status: int) -> None:
        """Count a response by its status."""
        self._answers.labels(str(status)).inc()

    def wrote(self, new: int, duplicates: int, seconds: float) -> None:
        """Count what a commit wrote.

        Args:
            new: events that were new.
            duplicates: events that were there.
            seconds: how long it took.
        """
        self._events.labels("new").inc(new)
        self._events.labels("duplicate").inc(duplicates)
        self._commits.observe(seconds)
        self._last.set(time.time())

    def skipped(self) -> None:
        """Count an event of something else than a cart."""
        self._events.labels("other").inc()

    def page(self) -> bytes:
        """Return all of them in the text format that Prometheus reads."""
        return generate_latest(self._registry)
