"""What was measured of many stores, and what a simulation makes of it: tables for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tools.benchmarks import stores_hourly as hourly
from tools.benchmarks.stores_loads import LATENCY, Extent, Loaded, StartUp
from tools.benchmarks.stores_rounds import Rounds

if TYPE_CHECKING:
    from pathlib import Path

    Rows = list[tuple[str, ...]]

_HOUR = 3600
# Of an hour; the rest is left for loads that are tried again.
_WITHIN = 0.8
_CORES = (1, 2, 4, 8)
_GB = 1024
_START_UPS = (
    "What a load starts, each run by itself with nothing to do. The tap is installed from its "
    "folder here; of an installed release Meltano keeps the catalog, and runs `--discover` only "
    "when a setting changes:"
)


@dataclass
class StoresResults:
    """What loading stores cost."""

    quick: bool
    machine: dict[str, Any]
    extent: Extent
    loads: list[Loaded]
    start_ups: list[StartUp]

    @classmethod
    def read(cls, file: Path) -> StoresResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["stores"]
        return cls(
            found["quick"],
            found["machine"],
            Extent(**found["extent"]),
            [Loaded(**each) for each in found["loads"]],
            [StartUp(**each) for each in found["start_ups"]],
        )

    def get(self, stores: int, at_once: int, *, new: bool) -> Loaded:
        """Return a measurement: of those alike the median one, with the failures of all."""
        key = (stores, at_once, new)
        alike = [one for one in self.loads if (one.stores, one.at_once, one.new) == key]
        middle = sorted(alike, key=lambda one: one.seconds)[len(alike) // 2]
        return replace(middle, failed=sum(one.failed for one in alike))

    @property
    def medians(self) -> list[Loaded]:
        """One measurement of each kind, in the order they were made."""
        kinds = dict.fromkeys((one.stores, one.at_once, one.new) for one in self.loads)
        return [self.get(stores, at_once, new=new) for stores, at_once, new in kinds]

    def load_rows(self) -> Rows:
        """Write the table of the loads."""
        heads = ("stores", "loaded", "rows", "failed", "time", "per store", "processor", "memory")
        return [
            heads,
            *(
                (
                    f"{one.stores:,}{'' if one.new else ', nothing new'}",
                    f"{one.at_once} at once" if one.at_once > 1 else "one by one",
                    f"{one.rows:,}",
                    f"{one.failed:,}",
                    f"{one.seconds:.0f} s",
                    f"{one.seconds / one.stores:.1f} s",
                    f"{one.cpu_seconds / one.stores:.1f} s",
                    f"{one.peak_mb:,.0f} MB",
                )
                for one in self.medians
            ),
        ]

    def start_up_rows(self) -> Rows:
        """Write the table of what a load with nothing new consists of."""
        whole = self.of_one(new=False)
        parts = [one for one in self.start_ups if one.runs]
        known = sum(one.runs * one.cpu_seconds for one in parts)
        share = "of a load's processor time"
        return [
            ("one store, nothing new", "time", "processor", share),
            *(
                (
                    one.what + (f", {one.runs} times in a load" if one.runs > 1 else ""),
                    f"{one.seconds:.1f} s",
                    f"{one.cpu_seconds:.1f} s",
                    f"{one.runs * one.cpu_seconds / whole.cpu_seconds:.0%}",
                )
                for one in parts
            ),
            *(
                (
                    f"{one.what}, once for all stores",
                    f"{one.seconds:.1f} s",
                    f"{one.cpu_seconds:.1f} s",
                    "",
                )
                for one in self.start_ups
                if not one.runs
            ),
            (
                "the rest: what Meltano does besides, requests, loading, STATE",
                "",
                f"{whole.cpu_seconds - known:.1f} s",
                f"{1 - known / whole.cpu_seconds:.0%}",
            ),
            ("the whole load", f"{whole.seconds:.1f} s", f"{whole.cpu_seconds:.1f} s", "100%"),
        ]

    def of_one(self, *, new: bool) -> hourly.Load:
        """Return what a store's load takes when nothing else runs."""
        one = self.get(self.extent.idle, 1, new=new)
        return hourly.Load(one.seconds / one.stores, one.cpu_seconds / one.stores)

    def speed_ups(self) -> Rows:
        """Write the figures to reach: how much faster so many at once are than one by one."""
        most = self.extent.at_once
        several = [one for one in self.medians if one.at_once > 1]
        rows = [
            (
                f"{most} at once, times as fast as one by one, {one.stores:,} stores"
                + ("" if one.new else ", nothing new"),
                f"{self.get(one.stores, 1, new=one.new).seconds / one.seconds:.2f}",
                "1.6 or more",
            )
            for one in several
        ]
        failed = sum(one.failed for one in self.loads)
        loads = sum(one.stores for one in self.loads)
        return [
            ("many stores", "reached", "goal"),
            *rows,
            (f"loads that failed, of {loads:,}", f"{failed:,}", "0"),
        ]

    def simulated(self, stores: int) -> float:
        """Return the seconds that the simulation makes of loads that were measured at once."""
        one = self.of_one(new=True)
        cores = self.machine["cores"]
        return hourly.seconds([one] * stores, self.extent.at_once, cores)

    def hourly_rows(self) -> Rows:
        """Write the table of the simulation."""
        full = self.get(self.extent.idle, 1, new=True)
        every = hourly.loads(
            hourly.THOUSAND, self.of_one(new=False), self.of_one(new=True), full.rows // full.stores
        )
        one = self.get(1, 1, new=True)
        rows = []
        for cores in _CORES:
            slots = hourly.needed(every, cores, _WITHIN * _HOUR)
            if slots is None:
                alone = hourly.seconds(every, len(every), cores)
                rows.append((f"{cores}", "not enough", f"{alone / 60:.0f} min", ""))
                continue
            rows.append(
                (
                    f"{cores}",
                    f"{slots:,}",
                    f"{hourly.seconds(every, slots, cores) / 60:.0f} min",
                    f"{slots * one.peak_mb / _GB:.1f} GB",
                )
            )
        return [("cores", "at once", "all loaded after", "memory"), *rows]

    def part(self) -> str:
        """Write the part of the documents."""
        tables = (self.load_rows(), self.start_up_rows(), self.speed_ups(), self.hourly_rows())
        loads, start_ups, speed_ups, simulated = map(markdown, tables)
        words = self.intro(), loads, _START_UPS, start_ups, speed_ups, self.assumed(), simulated
        return "\n\n".join(words)

    def intro(self) -> str:
        """Say what was measured, and how."""
        command = "make bench ONLY=stores" + (" QUICK=1" if self.quick else "")
        return (
            f"`{command}` measured this on {self.machine['cores']} cores with Python "
            f"{self.machine['python']}: `bigcommerce-carts load` of stores with "
            f"{self.extent.carts:,} abandoned carts each and twice as many other orders, "
            f"{LATENCY * 1000:.0f} ms per answer, into one PostgreSQL with target-postgres, "
            "Meltano's system database there as well. The stores and the server are processes "
            "beside, on the same cores, and not counted. Processor time is per store; memory is "
            "the most that all processes together had, where what they share counts for each."
            + (
                f" {self.extent.idle} stores were loaded {self.extent.turns} times, one by one and "
                "at once by turns; here is the median."
                if self.extent.turns > 1
                else ""
            )
        )

    def assumed(self) -> str:
        """Say what the simulation rests on, and how near it is to what was measured."""
        shares = ", ".join(
            f"{share.stores} with {share.rows:,}" if share.rows else f"{share.stores} with nothing"
            for share in hourly.THOUSAND
        )
        one = self.get(max(self.extent.stores), self.extent.at_once, new=True)
        return (
            "**A simulation**, not a measurement: 1,000 stores loaded every hour, within "
            f"{_WITHIN:.0%} of it. It takes a store's seconds and processor time from above, and "
            f"assumes how many rows each store has new in an hour: {shares}. The warehouse, each "
            "store's quota and an orchestrator's own cost are not in it. For the first load of "
            f"{one.stores:,} stores, {one.at_once} at once, it says "
            f"{self.simulated(one.stores):.0f} s, where {one.seconds:.0f} s were measured."
        )


@dataclass
class RoundsResults:
    """What came of many rounds."""

    quick: bool
    machine: dict[str, Any]
    rounds: list[Rounds]

    @classmethod
    def read(cls, file: Path) -> RoundsResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["rounds"]
        every = [Rounds(**each) for each in found["rounds"]]
        return cls(found["quick"], found["machine"], every)

    def rows(self) -> Rows:
        """Write the table."""
        return [
            ("rounds", "stores at once", "loaded", "per round"),
            *(
                (
                    f"{one.rounds} {'cold' if one.cold else 'warm'}",
                    f"{one.stores}",
                    f"{one.rounds * one.stores - one.failed:,} of {one.rounds * one.stores:,}",
                    f"{one.seconds / one.rounds:.0f} s",
                )
                for one in self.rounds
            ),
        ]

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=rounds" + (" QUICK=1" if self.quick else "")
        return (
            f"`{command}` loaded the same stores at once, round after round, on "
            f"{self.machine['cores']} cores: cold, with neither system database nor working "
            "folders nor tables there before each round, and warm. Meltano's system database was "
            "SQLite and PostgreSQL by turns.\n\n" + markdown(self.rows())
        )


def markdown(rows: Rows) -> str:
    """Write a table of figures in Markdown."""
    heads, *others = rows
    lines = [heads, ("---", *["---:"] * (len(heads) - 1)), *others]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)
