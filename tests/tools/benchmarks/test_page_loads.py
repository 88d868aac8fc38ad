"""The page is measured in a browser, of a shop made by SQL, and shown in a table."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from tools.benchmarks.page_loads import Opened, openings
from tools.benchmarks.page_results import PageResults
from tools.benchmarks.show import PLACES, replaced

if TYPE_CHECKING:
    from pathlib import Path


def test_a_page_is_written_and_opened() -> None:
    (one,) = openings([300])
    assert 200 < one.carts < 400
    assert 0.9 < one.megabytes < 3
    assert one.written_seconds > 0
    assert 0 < one.shown_ms <= one.seen_ms < one.drawn_ms
    assert one.changed_ms > 0


def test_pages_are_shown_in_a_table(tmp_path: Path) -> None:
    measured = [
        Opened(100_000, 2.25, 3.5, shown_ms=400.4, seen_ms=600, drawn_ms=900, changed_ms=60)
    ]
    found = {"quick": False, "machine": {"cores": 2, "python": "3.11.7"}}
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"page": found | {"pages": list(map(asdict, measured))}}))
    results = PageResults.read(file)
    assert results.rows()[1] == (
        "100,000",
        "2.2 MB",
        "3.5 s",
        "400 ms",
        "600 ms",
        "900 ms",
        "60 ms",
    )
    assert results.part().startswith("`make bench ONLY=page` measured this on 2 cores")
    assert results.part() in replaced(
        PLACES["page figures"].read_text(), "page figures", results.part()
    )
