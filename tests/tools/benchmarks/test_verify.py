"""A check of a store is measured beside the reading of its lists, and shown in tables."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tools.benchmarks import verify_checks
from tools.benchmarks.show import PLACES, replaced
from tools.benchmarks.verify_checks import DUCKDB, LISTING, POSTGRES, Checked
from tools.benchmarks.verify_results import VerifyResults

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_store_is_listed_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_checks, "QUICK_ORDERS", 600)
    monkeypatch.setattr(verify_checks, "LATENCIES", (0, 0.01))
    every = list(verify_checks.checks(quick=True))
    kinds = [(latency, what) for latency in (0, 0.01) for what in (LISTING, DUCKDB, POSTGRES)]
    assert [(each.latency, each.what) for each in every] == kinds
    listing, *checks = every[3:]
    # Orders and customers; what is not settled yet is not compared.
    assert 600 < listing.rows <= 660
    assert checks[0].rows == checks[1].rows > 540
    assert listing.requests >= 4
    assert all(0 <= each.requests - listing.requests < 4 for each in checks)
    assert all(each.seconds > 0 and each.peak_mb > 0 for each in (listing, *checks))


def test_a_check_is_shown_beside_the_lists_alone(tmp_path: Path) -> None:
    measured = [
        Checked(LISTING, 200_000, 0, 220_000, 881, seconds=5, peak_mb=70),
        Checked(DUCKDB, 200_000, 0, 300_000, 884, seconds=10, peak_mb=140.2),
        Checked(POSTGRES, 200_000, 0, 300_000, 884, seconds=9, peak_mb=90),
        Checked(LISTING, 200_000, 0.3, 220_000, 881, seconds=100, peak_mb=70),
        Checked(DUCKDB, 200_000, 0.3, 300_000, 884, seconds=104, peak_mb=140.1),
        Checked(POSTGRES, 200_000, 0.3, 300_000, 884, seconds=110, peak_mb=90),
    ]
    file = tmp_path / "bench.json"
    machine = {"cores": 2, "python": "3.13.0"}
    every = [asdict(each) for each in measured]
    file.write_text(json.dumps({"verify": {"quick": True, "machine": machine, "checks": every}}))
    written = VerifyResults.read(file).part()
    assert "`make bench ONLY=verify QUICK=1`" in written
    for row in (
        "| 200,000 orders | rows | requests | time | peak memory |",
        "| a check with DuckDB, no latency | 300,000 | 884 | 10.0 s | 140 MB |",
        "| with PostgreSQL, 300 ms per answer | 300,000 | 884 | 110.0 s | 90 MB |",
        "| times the time of the lists alone, no latency | 2.00 |  |",
        "| times the time of the lists alone, 300 ms per answer | 1.10 | 1.5 or less |",
        "| peak memory in MB | 140.2 | under 150 |",
    ):
        assert row in written
    text = PLACES["verify figures"].read_text()
    assert "\nfigures of today\n" in replaced(text, "verify figures", "figures of today")
