"""What was measured from a store into a database, as tables for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from tools.benchmarks.stores_results import markdown
from tools.benchmarks.warehouse_loads import (
    ABSENT,
    CHANGED,
    COMPUTED,
    FAILED,
    FINISHED,
    FIRST,
    NOTHING_NEW,
    STOPPED,
    Limit,
    Loaded,
    middle,
)
from tools.benchmarks.warehouse_parts import LOADER, MELTANO, TAP, Part
from tools.benchmarks.warehouse_ways import ALONE, FLOOR, MELTANO_RUN, OURS, PIPED

if TYPE_CHECKING:
    from pathlib import Path

    Rows = list[tuple[str, ...]]

_MINUTE = 60
# Records a second on the machine of this benchmark before the loaders' settings were measured, and
# how many times as fast they are to be.
_BEFORE = {"PostgreSQL": (1_697, 2.5), "DuckDB": (3_751, 1.5)}
# 150 requests in 30 seconds, each with 250 carts and their lines.
_QUOTA = 6_200
_IDLE, _IDLE_TAP = 4, 1
_INTRO = (
    "`{command}` measured this on {cores} cores with Python {python}: all abandoned carts with "
    "their lines, from a local store without latency, three requests at once, by the loaders and "
    "settings of `meltano.yml`, into a database that was empty. Each load was run once; afterwards "
    "every cart and line was there, of other connectors' loads carts alone were counted. Store and "
    "server are processes beside, on the same cores. ≈ is computed, in a straight line from the "
    "two smaller stores named; not measured is what was not run, and could not be computed since "
    "these two took nearly the same time. Records are carts and lines. "
    "Other connectors load orders with what is in them: Airbyte's messages are [translated]"
    "(../tools/benchmarks/warehouse_translated.py) for the same loader, "
    "[dlt](../tools/benchmarks/warehouse_dlt.py) reads the tap's list, page by page. The "
    "[database alone](../tools/benchmarks/warehouse_floor.py) reads the same rows from files: "
    "DuckDB by `read_json`, PostgreSQL by `COPY`. What DuckDB does alone is DuckDB {alone}, given "
    "SQL by Python; its loader has DuckDB {loader}. Processor time (CPU) is that of all processes "
    "together, but the store and PostgreSQL's server, which does a part of the work; DuckDB works "
    "inside the loader. Memory is the sum of the most that each process had, seen ten times a "
    "second, at whatever moment."
)
_PROCESSES = (
    "What each process took: processor time, and the most memory, as seen ten times a second; "
    "PostgreSQL's server is left out. Meltano runs the tap twice, first for its catalog."
)


@dataclass
class WarehouseResults:
    """What loads cost."""

    quick: bool
    machine: dict[str, Any]
    sizes: tuple[int, ...]
    loads: list[Loaded]
    limit: Limit | None
    duckdb: dict[str, str]

    @classmethod
    def read(cls, file: Path) -> WarehouseResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["warehouse"]
        loads = [
            Loaded(**each | {"parts": {name: Part(**of) for name, of in each["parts"].items()}})
            for each in found["loads"]
        ]
        limit = Limit(**found["limit"]) if found["limit"] else None
        sizes = tuple(found["sizes"])
        return cls(found["quick"], found["machine"], sizes, loads, limit, found["duckdb"])

    @property
    def databases(self) -> list[str]:
        """Their kinds, in the order measured."""
        return list(dict.fromkeys(one.database for one in self.loads))

    @property
    def middle(self) -> int:
        """The size of the store whose loads are compared."""
        return middle(self.sizes)

    def get(self, way: str, database: str, carts: int, what: str = FIRST) -> Loaded | None:
        """Return a measurement; None if there is none."""
        key = (way, database, carts, what)
        found = (m for m in self.loads if (m.way, m.database, m.carts, m.what) == key)
        return next(found, None)

    def speed(self, one: Loaded | None) -> float | None:
        """Return how many records, carts and lines, of the store were loaded in a second."""
        if one is None or one.outcome not in (FINISHED, COMPUTED):
            return None
        whole = self.get(PIPED.name, one.database, one.carts)
        return whole.rows / one.seconds if whole else None

    def database_rows(self, database: str) -> Rows:
        """Write the table of one database: every way by the size of the store."""
        at = f"{self.middle:,}"
        sizes = [f"{carts:,} carts" for carts in self.sizes]
        last = [f"records/s, {at}", f"{NOTHING_NEW}, {at}", f"{CHANGED}, {at}"]
        last += [f"CPU, {at}", f"memory, {at}"]
        rows: Rows = [(f"**{database}**", *sizes, *last)]
        ways = dict.fromkeys(
            one.way for one in self.loads if one.database == database and one.carts in self.sizes
        )
        for way in sorted(ways, key=lambda name: name == FLOOR.name):
            first = [self.get(way, database, carts) for carts in self.sizes]
            again = [self.get(way, database, self.middle, what) for what in (NOTHING_NEW, CHANGED)]
            one = self.get(way, database, self.middle)
            speed = self.speed(one)
            shown = f"{_about(one)}{speed:,.0f}" if one and speed else ""
            rows.append((way, *map(_time, first), shown, *map(_time, again), *_whole(one)))
        return rows

    def part_rows(self) -> Rows:
        """Write the table of what each process took of this tap's loads."""
        names = (TAP, LOADER, MELTANO)
        heads = (
            "into",
            "carts",
            "way",
            "load",
            "time",
            *(f"{name}: CPU, memory" for name in names),
        )
        ours = [way.name for way in OURS]
        known = [
            one
            for one in self.loads
            if one.way in ours and one.outcome == FINISHED and one.carts >= self.middle
        ]
        known.sort(
            key=lambda one: (one.carts, self.databases.index(one.database), ours.index(one.way))
        )
        return [
            heads,
            *(
                (
                    one.database,
                    f"{one.carts:,}",
                    one.way,
                    one.what,
                    _time(one),
                    *(_part(one.parts.get(name)) for name in names),
                )
                for one in known
            ),
        ]

    def goals(self) -> Rows:
        """Write the figures to reach."""
        rows: Rows = [(f"this tap, {self.middle:,} carts", "reached", "goal")]
        for database, way in product(self.databases, (PIPED.name, ALONE.name)):
            speed = self.speed(self.get(way, database, self.middle))
            if speed is None:
                continue
            before, times = _BEFORE[database]
            what = f"{way}, {database}" if way == PIPED.name else way
            of_before = f"{before:,} records/s, which the loader alone did before, on another day"
            rows += [
                (
                    f"{what}: times as fast as {of_before}",
                    f"{speed / before:.2f}",
                    f"{times} or more",
                ),
                (
                    f"{what}: times as fast as {_QUOTA:,} records/s, as the quota is",
                    f"{speed / _QUOTA:.2f}",
                    "1 or more",
                ),
            ]
        for database in self.databases:
            if one := self.get(MELTANO_RUN.name, database, self.middle, NOTHING_NEW):
                what = f"seconds of `meltano run` into {database}, nothing new"
                # So short a process can end before it is looked at.
                tap = f"{one.parts[TAP].seconds:.1f}" if TAP in one.parts else "unknown"
                rows += [
                    (what, f"{one.seconds:.1f}", f"under {_IDLE}"),
                    ("of these the tap, `--discover` and run", tap, f"under {_IDLE_TAP}"),
                ]
        return rows

    def remarks(self) -> list[str]:
        """Say who could not run, who failed, and who did not load everything."""
        said: dict[object, str] = {}
        for one in self.loads:
            if one.outcome == ABSENT:
                said[one.way] = f"{one.way} was not run: {one.note}."
            elif one.outcome == FAILED:
                said[one.way, one.database] = f"{one.way} failed into {one.database}: {one.note}"
            elif one.outcome == FINISHED and one.note:
                said[one.way, one.database] = f"{one.way} {one.note} into {one.database}."
        return list(said.values())

    def bottleneck(self) -> str:
        """Say who decides how long a first load takes, of few carts and of many."""
        loaded = [
            self.speed(self.get(PIPED.name, each, self.middle)) or 0 for each in self.databases
        ]
        speeds = " and ".join(
            f"{speed:,.0f} into {each}" for speed, each in zip(loaded, self.databases, strict=True)
        )
        read = f"Tap and loader load {speeds}, in records a second, of {self.middle:,} carts."
        if self.limit is None:
            return read
        found = self.limit

        def slowest(pace: float) -> str:
            slow = [
                each for each, speed in zip(self.databases, loaded, strict=True) if speed < pace
            ]
            return f"the loader into {' and '.join(slow)}" if slow else "the store"

        burst, pace = found.burst_records / found.burst_seconds, found.records / found.seconds
        allows = found.quota.replace("/", " requests in ")
        return (
            f"{read} Without a loader, a store that allows {allows} s and was not asked before "
            f"lets the tap read {found.burst:,} carts at once, in {found.burst_seconds:.1f} s, "
            f"{burst:,.0f} records a second: **of so few carts the slowest is {slowest(burst)}**. "
            f"Over {found.seconds:.0f} s it lets it read {pace:,.0f} a second ({found.requests:,} "
            "requests, some for carts whose lines came cut, and a tenth of the quota left to "
            f"others; {_QUOTA:,} if it left none and none came cut): **of many more carts the "
            f"slowest is {slowest(pace)}**."
        )

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=warehouse" + (" QUICK=1" if self.quick else "")
        intro = _INTRO.format(command=command, **self.machine, **self.duckdb)
        tables = [markdown(self.database_rows(each)) for each in self.databases]
        parts = [intro, self.bottleneck(), *tables]
        if said := self.remarks():
            parts.append("\n".join(f"- {each}" for each in said))
        return "\n\n".join([*parts, _PROCESSES, markdown(self.part_rows()), markdown(self.goals())])


def _about(one: Loaded) -> str:
    return "≈ " if one.outcome == COMPUTED else ""


def _time(one: Loaded | None) -> str:
    """Write the time a load took, in the unit that fits."""
    if one is None:
        return ""
    if one.outcome == STOPPED:
        return f"more than {int(one.seconds)} s"
    if one.outcome not in (FINISHED, COMPUTED):
        return one.outcome
    source = f" ({one.note})" if one.outcome == COMPUTED else ""
    for unit, size in (("h", _MINUTE * _MINUTE), ("min", _MINUTE)):
        if one.seconds >= 2 * size:
            return f"{_about(one)}{one.seconds / size:,.1f} {unit}{source}"
    return f"{_about(one)}{one.seconds:.1f} s{source}"


def _whole(one: Loaded | None) -> tuple[str, str]:
    """Add up what the processes of a load took."""
    parts = one.parts.values() if one and one.outcome == FINISHED else ()
    cpu, memory = sum(part.cpu_seconds for part in parts), sum(part.peak_mb for part in parts)
    return (f"{cpu:.1f} s", f"{memory:,.0f} MB") if parts else ("", "")


def _part(part: Part | None) -> str:
    return f"{part.cpu_seconds:.1f} s, {part.peak_mb:.0f} MB" if part else ""
