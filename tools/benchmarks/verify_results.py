"""What was measured of checks, as tables for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.benchmarks.stores_results import markdown
from tools.benchmarks.verify_checks import LATENCIES, LISTING, Checked

if TYPE_CHECKING:
    from pathlib import Path

    Rows = list[tuple[str, ...]]

_MOST_MB, _MOST_TIMES = 150, 1.5


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

    def rows(self) -> Rows:
        """Write the table of what was measured."""
        return [
            (f"{self.checks[0].orders:,} orders", "rows", "requests", "time", "peak memory"),
            *(
                (
                    f"{one.what}, {_taking(one.latency)}",
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
        return [
            ("a check, the slower and the larger of the two", "reached", "goal"),
            *(
                (
                    f"times the time of the lists alone, {_taking(latency)}",
                    f"{self._times('seconds', latency):.2f}",
                    f"{_MOST_TIMES} or less" if latency else "",
                )
                for latency in LATENCIES
            ),
            (
                "times the requests of the lists alone",
                f"{max(self._times('requests', each) for each in LATENCIES):.2f}",
                "1.1 or less",
            ),
            (
                "peak memory in MB",
                f"{max(one.peak_mb for one in self.checks):.1f}",
                f"under {_MOST_MB}",
            ),
        ]

    def _times(self, what: str, latency: float) -> float:
        """Divide what the dearest check took by what the lists alone did."""
        alike = [one for one in self.checks if one.latency == latency]
        listing: float = next(getattr(one, what) for one in alike if one.what == LISTING)
        most: float = max(getattr(one, what) for one in alike if one.what != LISTING)
        return most / listing

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=verify" + (" QUICK=1" if self.quick else "")
        return (
            f"`{command}` measured this on {self.machine['cores']} cores with Python "
            f"{self.machine['python']}: `bigcommerce-carts verify` of a store, a tenth of whose "
            "orders are carts, with a tenth as many customers, all of it in the warehouse and all "
            "of it right. Store and server are processes beside, on the same cores. The lists "
            "alone are read by the same requests, three at once, and nothing is made of them.\n\n"
            + "\n\n".join(map(markdown, (self.rows(), self.ratios())))
        )


def _taking(latency: float) -> str:
    return f"{latency * 1000:.0f} ms per answer" if latency else "no latency"
