"""The simulation of many stores' loads, on cases that can be worked out by hand."""

from __future__ import annotations

import pytest

from tools.benchmarks.stores_hourly import THOUSAND, Load, Share, loads, needed, seconds

WAITING = Load(seconds=10, cpu_seconds=0)
BUSY = Load(seconds=10, cpu_seconds=10)
HALF = Load(seconds=10, cpu_seconds=5)


@pytest.mark.parametrize(
    ("every", "at_once", "cores", "expected"),
    [
        ([], 4, 2, 0),
        ([BUSY], 1, 2, 10),
        # One after the other, whatever the cores.
        ([BUSY] * 4, 1, 8, 40),
        # As many as there are cores go on as if they were alone.
        ([BUSY] * 4, 2, 2, 20),
        # Beyond that, nothing is gained.
        ([BUSY] * 4, 4, 2, 20),
        ([BUSY] * 4, 4, 0.5, 80),
        # Who only waits needs no core.
        ([WAITING] * 100, 100, 1, 10),
        ([HALF] * 8, 4, 2, 20),
        ([HALF] * 8, 8, 2, 20),
        # The short one ends first, and the next takes its place: 10 + 10 beside 20.
        ([Load(20, 0), WAITING, WAITING], 2, 1, 20),
        # Two share a core for 20 s; what is left of the longer has it alone for 10 s.
        ([BUSY, Load(20, 20)], 2, 1, 30),
    ],
)
def test_loads_share_cores_and_slots(
    every: list[Load], at_once: int, cores: float, expected: float
) -> None:
    assert seconds(every, at_once, cores) == pytest.approx(expected)


def test_the_fewest_at_once_are_found() -> None:
    assert needed([HALF] * 100, cores=8, within=100) == 10
    assert needed([HALF] * 100, cores=8, within=99) == 12
    assert needed([HALF] * 100, cores=5, within=100) == 10
    assert needed([HALF] * 100, cores=4, within=100) is None
    assert needed([WAITING], cores=1, within=9) is None


def test_each_store_costs_by_its_new_rows() -> None:
    shares = (Share(2, 0), Share(1, 50), Share(1, 1_000))
    every = loads(shares, idle=Load(4, 2), full=Load(6, 5), rows=100)
    expected = [Load(4, 2), Load(4, 2), Load(5, 3.5), Load(24, 32)]
    assert sorted(every, key=lambda each: each.seconds) == expected
    assert every == loads(shares, idle=Load(4, 2), full=Load(6, 5), rows=100)


def test_a_thousand_stores_are_a_thousand() -> None:
    assert sum(share.stores for share in THOUSAND) == 1000
