"""Places for requests under way are given out in the order they were asked for."""

from __future__ import annotations

import time
from itertools import pairwise
from threading import Barrier, Thread

from tap_bigcommerce_carts.platform.slots import Slots

TURNS = 5


def test_who_waited_longest_goes_first() -> None:
    """Nobody comes back before the others had their turn, though all have more to ask for."""
    slots, start, order = Slots(1), Barrier(3), list[str]()

    def ask(name: str) -> None:
        start.wait()
        for _ in range(TURNS):
            with slots:
                order.append(name)
                # Long enough for the others to be back and wait.
                time.sleep(0.02)

    threads = [Thread(target=ask, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(order) == sorted("abc" * TURNS)
    assert all(one != next_ for one, next_ in pairwise(order))
