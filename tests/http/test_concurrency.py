"""Places for requests under way are given out in the order they were asked for."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.http.concurrency import Slots

if TYPE_CHECKING:
    import pytest

PATIENCE = 30.0


def test_who_waited_longest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also before one that comes back at once, as a thread does that has more to ask for."""
    waits, order = threading.Event(), list[str]()

    class Told(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            # Said with the lock held: nobody gets in before this one has begun to wait.
            waits.set()
            return super().wait(timeout)

    with monkeypatch.context() as patched:
        patched.setattr("tap_bigcommerce_carts.http.concurrency.threading.Condition", Told)
        slots = Slots(1)

    def ask() -> None:
        with slots:
            order.append("other")

    other = threading.Thread(target=ask)
    with slots:
        other.start()
        assert waits.wait(PATIENCE)
    with slots:
        order.append("again")
    other.join(PATIENCE)
    assert order == ["other", "again"]
