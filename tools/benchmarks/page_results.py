"""What was measured of the page, as a table for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.benchmarks.page_loads import Opened
from tools.benchmarks.stores_results import markdown

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class PageResults:
    """How large pages are, and how soon they are there."""

    quick: bool
    machine: dict[str, Any]
    pages: list[Opened]

    @classmethod
    def read(cls, file: Path) -> PageResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["page"]
        return cls(found["quick"], found["machine"], [Opened(**each) for each in found["pages"]])

    def rows(self) -> list[tuple[str, ...]]:
        """Write the table."""
        return [
            (
                *("abandoned carts of a year", "file", "written in", "first figures after"),
                *("charts on screen after", "all charts after", "another period after"),
            ),
            *(
                (
                    f"{one.carts:,}",
                    f"{one.megabytes:.1f} MB",
                    f"{one.written_seconds:.1f} s",
                    f"{one.shown_ms:,.0f} ms",
                    f"{one.seen_ms:,.0f} ms",
                    f"{one.drawn_ms:,.0f} ms",
                    f"{one.changed_ms:,.0f} ms",
                )
                for one in self.pages
            ),
        ]

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=page" + (" QUICK=1" if self.quick else "")
        return (
            f"`{command}` measured this on {self.machine['cores']} cores with Python "
            f"{self.machine['python']}: the page of three stores with three storefronts and two "
            "currencies each, from marts made by SQL, opened in Chromium at 1440 by 900 px, the "
            "median of 5 times. Written is from asking DuckDB to the file; 0.9 MB of each file is "
            "Vega.\n\n" + markdown(self.rows())
        )
