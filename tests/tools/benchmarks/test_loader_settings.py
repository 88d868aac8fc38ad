"""Loaders are measured with one setting changed at a time, and shown in a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from tools.benchmarks import loader_settings
from tools.benchmarks.inbox_receivers import POSTGRES
from tools.benchmarks.loader_settings import VARIANTS, Cost, Variant, costs
from tools.benchmarks.loader_settings_results import LoaderSettingsResults
from tools.benchmarks.show import PLACES, replaced
from tools.benchmarks.store import Store
from tools.benchmarks.warehouse_databases import DUCKDB
from tools.benchmarks.warehouse_ways import configured

if TYPE_CHECKING:
    from pathlib import Path

# One of each kind.
SOME = (
    Variant(POSTGRES, "use_copy", value=False),
    Variant(POSTGRES, batch="gzip"),
    Variant(DUCKDB),
    Variant(DUCKDB, alone=True),
)


def test_messages_are_loaded_in_every_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader_settings, "VARIANTS", SOME)
    measured = list(costs(40))
    assert tuple(one.variant for one in measured) == SOME
    assert len({one.records for one in measured}) == 1
    assert all(one.carts == 40 and one.records > 80 for one in measured)
    assert all(one.seconds > 0 and one.cpu_seconds > 0 and one.peak_mb > 0 for one in measured)


def test_a_load_that_lacks_rows_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader_settings, "VARIANTS", SOME[3:])
    monkeypatch.setattr(Store, "lines", lambda _store: 7)
    with pytest.raises(RuntimeError, match="40 carts and"):
        list(costs(40))


def test_each_variant_differs_from_what_is_set() -> None:
    for each in VARIANTS:
        loader = "target-duckdb" if each.database == DUCKDB else "target-postgres"
        for name, value in each.changed.items():
            assert configured(loader).get(name) != value


def test_costs_are_shown_in_a_table(tmp_path: Path) -> None:
    measured = [
        Cost(Variant(POSTGRES), 20_000, 100_000, seconds=20, cpu_seconds=15.25, peak_mb=321),
        Cost(SOME[0], 20_000, 100_000, seconds=40, cpu_seconds=30, peak_mb=368),
        Cost(Variant(POSTGRES, batch="none"), 20_000, 100_000, 16, 12, 240),
        Cost(SOME[3], 20_000, 100_000, seconds=2, cpu_seconds=2.5, peak_mb=1_024),
    ]
    machine = {"cores": 2, "python": "3.13.0"}
    found = {"quick": True, "machine": machine, "costs": [asdict(each) for each in measured]}
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"loaders": found}))
    written = LoaderSettingsResults.read(file).part()
    for row in (
        "`make bench ONLY=loaders QUICK=1`",
        "| target-postgres, as set | 20.0 s | 5,000 | 15.2 s | 321 MB |",
        "| target-postgres, `use_copy: false` | 40.0 s | 2,500 | 30.0 s | 368 MB |",
        "| target-postgres, from BATCH files, not packed | 16.0 s | 6,250 | 12.0 s | 240 MB |",
        "| DuckDB alone, by `load.sql` | 2.0 s | 50,000 | 2.5 s | 1,024 MB |",
    ):
        assert row in written
    text = PLACES["loaders figures"].read_text()
    assert "\nfigures of today\n" in replaced(text, "loaders figures", "figures of today")
