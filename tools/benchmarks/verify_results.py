"""What was measured of checks, as tables for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.benchmarks.stores_results import markdown
from tools.benchmarks.verify_checks import LISTING, Checked

if TYPE_CHECKING:
    from pathlib import Path

    Rows = list[tuple[str, ...]]

_MOST_MB, _MOST_TIMES = 150, 1.5
# Seconds that a store may take for an answer, as elsewhere in the benchmark, and answers at once.
_LATENCY, _PARALLEL = 0.3, 3


@dataclass
class VerifyResults:
    """What checks cost."""

    quick: bool
    machine: dict[str, Any]
    checks: list[Checked]

    @classmethod
    def read(cls, file: Path) -> VerifyResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["verify"]
        return cls(found["quick"], found["machine"], [Checked(**each) for each in found["checks"]])

    @property
    def _listing(self) -> Checked:
        return next(one for one in self.checks if one.what == LISTING)

    def rows(self) -> Rows:
        """Write the table of what was measured."""
        return [
            (f"{self._listing.orders:,} orders", "rows", "requests", "time", "peak memory"),
            *(
                (
                    one.what,
                    f"{one.rows:,}",
                    f"{one.requests:,}",
                    f"{one.seconds:.1f} s",
                    f"{one.peak_mb:.0f} MB",
                )
                for one in self.checks
            ),
        ]

    def ratios(self) -> Rows:
        """Write the table of the figures to reach."""
        made = [one for one in self.checks if one is not self._listing]
        times = max(one.seconds for one in made) / self._listing.seconds
        slow = max(map(_slowly, made)) / _slowly(self._listing)
        more = max(one.requests for one in made) / self._listing.requests
        return [
            ("a check, the slower and the larger of the two", "reached", "goal"),
            ("times the time of the lists alone", f"{times:.2f}", f"{_MOST_TIMES} or less"),
            (
                f"the same, if an answer took {_LATENCY * 1000:.0f} ms",
                f"≈ {slow:.2f}",
                f"{_MOST_TIMES} or less",
            ),
            ("times the requests of the lists alone", f"{more:.2f}", "1.1 or less"),
            (
                "peak memory in MB",
                f"{max(one.peak_mb for one in made):.0f}",
                f"under {_MOST_MB}",
            ),
        ]

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=verify" + (" QUICK=1" if self.quick else "")
        return (
            f"`{command}` measured this on {self.machine['cores']} cores with Python "
            f"{self.machine['python']}: `bigcommerce-carts verify` of a store without latency, a "
            "tenth of whose orders are carts, with a tenth as many customers, all of it in the "
            "warehouse and all of it right. Store and server are processes beside, on the same "
            "cores. The lists alone are read by the same requests and nothing is made of them. ≈ "
            f"is computed: {_PARALLEL} requests at once, and nothing else done meanwhile.\n\n"
            + "\n\n".join(map(markdown, (self.rows(), self.ratios())))
        )


def _slowly(one: Checked) -> float:
    """Return the seconds it would take if each answer took longer."""
    return one.seconds + one.requests * _LATENCY / _PARALLEL
