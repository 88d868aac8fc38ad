"""The same stores loaded at once, round after round: does each load succeed each time?"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice
from typing import TYPE_CHECKING

from tools.benchmarks.inbox_receivers import POSTGRES, SQLITE
from tools.benchmarks.stores_loads import AT_ONCE, Warehouses

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS, QUICK_ROUNDS = 10, 2
# Few, and answered at once: what is asked is whether the runs hinder each other.
_CARTS = 20


@dataclass(frozen=True)
class Rounds:
    """What came of some rounds; Meltano's system database is SQLite and PostgreSQL by turns.

    Attributes:
        cold: whether system database, working folders and tables were not there before each
            round; else all were.
        stores: how many were loaded in each round, all at once.
        rounds: how many.
        failed: loads that failed.
        seconds: of all rounds.
    """

    cold: bool
    stores: int
    rounds: int
    failed: int
    seconds: float


def rounds(*, quick: bool) -> Iterator[Rounds]:
    """Load stores at once, again and again, cold and then warm."""
    stores, number = (2, QUICK_ROUNDS) if quick else (AT_ONCE, ROUNDS)
    with Warehouses(stores, _CARTS, latency=0) as warehouses:
        new = [warehouses.cold(system) for system in islice(cycle((SQLITE, POSTGRES)), number)]
        for cold, every in ((True, new), (False, [*islice(cycle(new[:2]), number)])):
            ended = [each.load(stores, stores) for each in every]
            failed = sum(one.failed for one in ended)
            yield Rounds(cold, stores, number, failed, sum(one.seconds for one in ended))
