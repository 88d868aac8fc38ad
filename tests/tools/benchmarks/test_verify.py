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
    listing, *checks = verify_checks.checks(quick=True)
    assert (listing.what, *(each.what for each in checks)) == (LISTING, DUCKDB, POSTGRES)
    # Orders and customers; what is not settled yet is not compared.
    assert 600 < listing.rows <= 660
    assert checks[0].rows == checks[1].rows > 540
    assert listing.requests >= 4
    assert all(0 <= each.requests - listing.requests < 4 for each in checks)
    assert all(each.seconds > 0 and each.peak_mb > 0 for each in (listing, *checks))


def test_a_check_is_shown_beside_the_lists_alone(tmp_path: Path) -> None:
    measured = [
        Checked(LISTING, 200_000, 220_000, 881, seconds=20, peak_mb=70),
        Checked(DUCKDB, 200_000, 300_000, 884, seconds=30, peak_mb=140.2),
        Checked(POSTGRES, 200_000, 300_000, 884, seconds=26, peak_mb=90),
    ]
    file = tmp_path / "bench.json"
    machine = {"cores": 2, "python": "3.13.0"}
    every = [asdict(each) for each in measured]
    file.write_text(json.dumps({"verify": {"quick": True, "machine": machine, "checks": every}}))
    written = VerifyResults.read(file).part()
    assert "`make bench ONLY=verify QUICK=1`" in written
    for row in (
        "| 200,000 orders | rows | requests | time | peak memory |",
        "| a check with DuckDB | 300,000 | 884 | 30.0 s | 140 MB |",
        "| times the time of the lists alone | 1.50 | 1.5 or less |",
        "| the same, if an answer took 300 ms | ≈ 1.10 | 1.5 or less |",
        "| peak memory in MB | 140 | under 150 |",
    ):
        assert row in written
    text = PLACES["verify figures"].read_text()
    assert "\nfigures of today\n" in replaced(text, "verify figures", "figures of today")
