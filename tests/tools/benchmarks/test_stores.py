"""Loads of many stores are measured and counted right, and shown in tables."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from tools.benchmarks.inbox_receivers import SQLITE
from tools.benchmarks.show import PLACES, replaced
from tools.benchmarks.stores_loads import FULL, Extent, Loaded, StartUp, Warehouses
from tools.benchmarks.stores_results import RoundsResults, StoresResults
from tools.benchmarks.stores_rounds import Rounds
from tools.benchmarks.tree import cost

if TYPE_CHECKING:
    from pathlib import Path

CARTS = 5
MACHINE = {"cores": 2, "python": "3.13.0"}
LOADS = [
    Loaded(1, 1, True, 0, 8_422, seconds=10, cpu_seconds=9, peak_mb=300),  # noqa: FBT003
    Loaded(8, 1, True, 0, 67_376, seconds=80, cpu_seconds=64, peak_mb=310.4),  # noqa: FBT003
    Loaded(8, 1, False, 0, 64, seconds=48, cpu_seconds=40, peak_mb=305),  # noqa: FBT003
    Loaded(8, 8, True, 1, 67_000, seconds=40, cpu_seconds=66, peak_mb=1800),  # noqa: FBT003
    Loaded(32, 1, True, 0, 269_504, seconds=320, cpu_seconds=250, peak_mb=320),  # noqa: FBT003
    Loaded(32, 8, True, 0, 269_504, seconds=160, cpu_seconds=260, peak_mb=1900),  # noqa: FBT003
]
START_UPS = [
    StartUp("Meltano, to look at its STATE", 1, seconds=2.5, cpu_seconds=2),
    StartUp("the tap, `--discover`", 2, seconds=0.6, cpu_seconds=0.5),
    StartUp("the command", 0, seconds=0.6, cpu_seconds=0.5),
]


@pytest.fixture
def results(tmp_path: Path) -> StoresResults:
    """Results as they are read back from the benchmark's file."""
    found = {
        "quick": True,
        "machine": MACHINE,
        "extent": asdict(FULL),
        "loads": [asdict(each) for each in LOADS],
        "start_ups": [asdict(each) for each in START_UPS],
    }
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"stores": found}))
    return StoresResults.read(file)


def test_loads_and_start_ups_are_measured_and_a_store_not_loaded_counts_as_failed() -> None:
    with Warehouses(2, CARTS, latency=0) as warehouses:
        warehouse = warehouses.cold(SQLITE)
        warehouse.of.stores["store-2"]["access_token"] = "not-its-own"  # noqa: S105 - wrong, on purpose
        first = warehouse.load(2, 2)
        assert (first.stores, first.at_once, first.new, first.failed) == (2, 2, True, 1)
        # Carts, their lines, customers and orders.
        assert first.rows > 4 * CARTS
        assert first.peak_mb > 100
        assert 1 < first.cpu_seconds < first.seconds * (os.cpu_count() or 1)
        again = warehouse.load(1, 1)
        assert (again.new, again.failed) == (False, 0)
        assert 0 < again.rows < first.rows / 2
        parts = {each.what: each for each in warehouse.start_ups(1)}
        assert len(parts) == 4
        assert all(each.cpu_seconds > 0 for each in parts.values())


def test_processes_that_a_command_starts_count(tmp_path: Path) -> None:
    child = "import time; kept = bytearray(100 << 20); time.sleep(1); print('done')"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    one = cost([sys.executable, "-c", parent], {}, tmp_path)
    assert (one.code, one.output) == (0, "done\n")
    assert one.peak_mb > 100
    assert one.seconds > 1
    assert one.cpu_seconds > 0


def test_the_tables_show_what_was_measured(results: StoresResults) -> None:
    assert results.loads == LOADS
    written = results.part()
    for row in (
        "| 8 | 8 at once | 67,000 | 1 | 40 s | 5.0 s | 8.2 s | 1,800 MB |",
        "| 8, nothing new | one by one | 64 | 0 | 48 s | 6.0 s | 5.0 s | 305 MB |",
        "| Meltano, to look at its STATE | 2.5 s | 2.0 s | 40% |",
        "| the tap, `--discover`, 2 times in a load | 0.6 s | 0.5 s | 20% |",
        "| the command, once for all stores | 0.6 s | 0.5 s |  |",
        "| the rest: what Meltano does besides, requests, loading, STATE |  | 2.0 s | 40% |",
        "| the whole load | 6.0 s | 5.0 s | 100% |",
        "| 8 at once, times as fast as one by one, 8 stores | 2.00 | 1.6 or more |",
        "| loads that failed, of 89 | 1 | 0 |",
    ):
        assert row in written
    assert "`make bench ONLY=stores QUICK=1`" in written


def test_the_simulation_is_shown_beside_what_was_measured(results: StoresResults) -> None:
    # 8 s of processor for each of 32 stores, on two cores.
    assert results.simulated(32) == pytest.approx(128)
    assert "it says 128 s, where 160 s were measured" in results.part()
    heads, one_core, *others = results.hourly_rows()
    assert len(heads) == len(one_core)
    assert one_core[1] == "not enough"
    assert others[-1][1].isdecimal()


def test_rounds_are_counted(tmp_path: Path) -> None:
    cold = Rounds(cold=True, stores=8, rounds=10, failed=2, seconds=300)
    warm = Rounds(cold=False, stores=8, rounds=10, failed=0, seconds=200)
    found = {"quick": False, "machine": MACHINE, "rounds": [asdict(cold), asdict(warm)]}
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"rounds": found}))
    written = RoundsResults.read(file).part()
    assert "| 10 cold | 8 | 78 of 80 | 30 s |" in written
    assert "| 10 warm | 8 | 80 of 80 | 20 s |" in written
    assert "`make bench ONLY=rounds`" in written


@pytest.mark.parametrize("name", ["stores figures", "rounds figures"])
def test_the_documents_have_a_place_for_the_tables(name: str) -> None:
    text = PLACES[name].read_text()
    assert "\nfigures of today\n" in replaced(text, name, "figures of today")


def test_the_extent_is_what_the_documents_say() -> None:
    assert Extent() == FULL
    assert (FULL.stores, FULL.carts, FULL.at_once) == ((1, 8, 32), 500, 8)
