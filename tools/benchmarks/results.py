"""What was measured, read from output/bench.json, and the ratios it comes to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from tools.benchmarks.contenders import EVERYONE, FLOOR, ONE_AT_A_TIME, PLAIN, THIS, Contender
from tools.benchmarks.inbox_reads import Read
from tools.benchmarks.inbox_receivers import Pace
from tools.benchmarks.measure import Measurement

if TYPE_CHECKING:
    from pathlib import Path

FINISHED = "finished"
MIDDLE = 20_000
RESERVE = 0.1  # the tap's default: the share of a quota that it leaves to others
STREAMS = 2
PAGE_SIZE = 250


class Ratio(NamedTuple):
    """One figure to reach: what it is, what it came to, and the goal in words."""

    what: str
    value: str
    goal: str


@dataclass
class Results:
    """All that one run of the benchmark measured."""

    found: dict[str, Any]
    measurements: list[Measurement]

    @classmethod
    def read(cls, file: Path) -> Results:
        """Read them from the benchmark's JSON."""
        found = json.loads(file.read_text())
        return cls(found, [Measurement(**each) for each in found["measurements"]])

    @property
    def cases(self) -> list[str]:
        """The store's limits, in the order measured."""
        return list(dict.fromkeys(one.case for one in self.measurements))

    @property
    def sizes(self) -> list[int]:
        """The stores' sizes."""
        found: list[int] = self.found["sizes"]
        return found

    def names(self, case: str) -> list[str]:
        """Name who was measured in a case: this tap first, the floor last."""
        found = {one.contender for one in self.measurements if one.case == case}
        known = [who.name for who in EVERYONE if who.name in found]
        return [*sorted(found.difference(known)), *known]

    def runs(self, case: str, name: str) -> list[Measurement]:
        """List what was measured of one contender, the smallest store first."""
        return [m for m in self.measurements if (m.case, m.contender) == (case, name)]

    def get(self, case: str, name: str, carts: int) -> Measurement:
        """Return a measurement."""
        key = (case, name, carts)
        return next(m for m in self.measurements if (m.case, m.contender, m.carts) == key)

    def whole(self, carts: int) -> int:
        """Count the records, carts and lines, that a store of this size has."""
        return (
            self.get(self.cases[0], FLOOR.name, carts).records
            or self.get(self.cases[0], THIS.name, carts).records
        )

    def speed(self, one: Measurement) -> float | None:
        """Return records per second: those written, or those it would write."""
        if not one.seconds or one.outcome not in (FINISHED, "stopped", "computed"):
            return None
        return (one.records if one.outcome == FINISHED else self.whole(one.carts)) / one.seconds

    def missing(self, one: Measurement) -> int:
        """Count the records that a program which ended well did not write."""
        known = one.outcome == FINISHED and one.carts in self.sizes
        return self.whole(one.carts) - one.records if known else 0

    def busy(self) -> float:
        """Return the largest share of the time that the sandbox was at work in a run."""
        return max((one.busy or 0 for one in self.measurements), default=0)

    def ratios(self) -> list[Ratio]:
        """Return the figures to reach, and how far they are."""
        free, slow, limited = self.cases
        return [
            Ratio(
                f"records per second, of the floor's ({self.common(free, FLOOR):,} carts)",
                self.times(free, THIS, FLOOR, self.common(free, FLOOR)),
                "0.6 or more",
            ),
            Ratio(
                f"times as fast as the plain SDK tap, {free} ({MIDDLE:,} carts)",
                self.times(free, THIS, PLAIN, MIDDLE),
                "8 or more",
            ),
            Ratio(
                f"times as fast as the plain SDK tap, {slow} ({MIDDLE:,} carts)",
                self.times(slow, THIS, PLAIN, MIDDLE),
                "50 or more",
            ),
            Ratio(
                f"three parallel requests, times as fast as one, {slow} ({MIDDLE:,} carts)",
                self.times(slow, THIS, ONE_AT_A_TIME, MIDDLE),
                "2.5 or more",
            ),
            *self.memory(free),
            self.schemas(free),
            *self.quota(limited),
            *(
                Ratio(f"seconds to start up: `{name}`", f"{seconds:.2f}", "under 1.5")
                for name, seconds in self.found["start_up"].items()
            ),
        ]

    def common(self, case: str, other: Contender) -> int:
        """Return the largest store that both this tap and another read to its end."""
        both = (
            carts
            for carts in self.sizes
            if {self.get(case, who.name, carts).outcome for who in (THIS, other)} == {FINISHED}
        )
        return max(both, default=self.sizes[0])

    def times(self, case: str, one: Contender, other: Contender, carts: int) -> str:
        """Divide two speeds; `≈` where one was computed.

        Args:
            case: the store's limits.
            one: whose speed is divided.
            other: by whose.
            carts: the size of the store.
        """
        pair = [self.get(case, who.name, carts) for who in (one, other)]
        speeds = [self.speed(each) for each in pair]
        if not (speeds[0] and speeds[1]):
            return "not known"
        computed = any(each.outcome != FINISHED for each in pair)
        return f"{'≈ ' if computed else ''}{speeds[0] / speeds[1]:.3g}"

    def memory(self, case: str) -> list[Ratio]:
        """Compare the peak memory of the two largest stores."""
        smaller, larger = self.sizes[-2:]
        peaks = [self.get(case, THIS.name, carts).peak_mb or 0 for carts in (smaller, larger)]
        ratio = f"{peaks[1] / peaks[0]:.2f}" if peaks[0] else "not known"
        return [
            Ratio(f"peak memory, {larger:,} carts to {smaller:,}", ratio, "1.2 or less"),
            Ratio(f"peak memory in MB, {larger:,} carts", f"{peaks[1]:.0f}", "under 150"),
        ]

    def schemas(self, case: str) -> Ratio:
        """Count the SCHEMA messages of the largest store."""
        carts = self.sizes[-1]
        most = -(-carts // PAGE_SIZE) + STREAMS
        count = self.get(case, THIS.name, carts).schemas
        return Ratio(f"SCHEMA messages, {carts:,} carts", f"{count:,}", f"{most:,} or fewer")

    def quota(self, case: str) -> list[Ratio]:
        """Return how the largest store's run used the quota."""
        run = self.get(case, self.names(case)[0], self.sizes[-1])
        used = run.quota_used
        share = "not known" if used is None else f"{used / (1 - RESERVE):.2f}"
        return [
            Ratio(f"answers 429, {case}", f"{run.refused:,}", "0"),
            Ratio(
                f"requests made, of those allowed ({1 - RESERVE:.0%} of the quota)",
                share,
                "0.95 or more",
            ),
        ]


@dataclass
class InboxResults:
    """What the inbox's part of the benchmark measured."""

    quick: bool
    machine: dict[str, Any]
    paces: list[Pace]
    reads: list[Read]

    @classmethod
    def read(cls, file: Path) -> InboxResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["inbox"]
        paces = [Pace(**each) for each in found["paces"]]
        return cls(
            found["quick"], found["machine"], paces, [Read(**each) for each in found["reads"]]
        )

    def busy(self) -> float:
        """Return the largest share of a core that the load took."""
        return max(one.load_busy for one in self.paces)

    def read_rows(self) -> list[tuple[str, ...]]:
        """Write the table of the tap's runs on an inbox."""
        heads = ("events", "of carts", "rows of `carts`", "carts read", "checkouts read")
        return [
            (*heads, "other requests", "time", "peak memory"),
            *(
                (
                    f"{run.events:,}",
                    f"{run.carts:,}",
                    f"{run.rows:,}",
                    f"{run.reads:,}",
                    f"{run.checkouts:,}",
                    f"{run.others:,}",
                    f"{run.seconds:.1f} s",
                    f"{run.peak_mb:.0f} MB",
                )
                for run in self.reads
            ),
        ]

    def rows(self) -> list[tuple[str, ...]]:
        """Write a table: its headings, and a row for each setting."""
        heads = ("receivers", "connections", "events/s", "median", "p99", "refused", "lost")
        return [
            heads,
            *(
                (
                    f"{one.receivers} on {one.database}",
                    f"{one.connections}",
                    f"{one.per_second:,.0f}",
                    f"{one.median_ms:.1f} ms",
                    f"{one.p99_ms:.1f} ms",
                    f"{one.refused:,}",
                    f"{max(one.taken - one.kept, 0):,} of {one.taken:,}",
                )
                for one in self.paces
            ),
        ]
