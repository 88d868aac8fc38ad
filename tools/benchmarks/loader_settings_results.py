"""What was measured of loaders' settings, as a table for the documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.benchmarks.loader_settings import Cost, Variant
from tools.benchmarks.stores_results import markdown
from tools.benchmarks.warehouse_databases import DUCKDB

if TYPE_CHECKING:
    from pathlib import Path

    Rows = list[tuple[str, ...]]

_LOADERS = {DUCKDB: "target-duckdb"}
_PACKED = {"none": "not packed"}


@dataclass
class LoaderSettingsResults:
    """What loaders' settings cost."""

    quick: bool
    machine: dict[str, Any]
    costs: list[Cost]

    @classmethod
    def read(cls, file: Path) -> LoaderSettingsResults:
        """Read it from the benchmark's JSON."""
        found = json.loads(file.read_text())["loaders"]
        costs = [Cost(**{**each, "variant": Variant(**each["variant"])}) for each in found["costs"]]
        return cls(found["quick"], found["machine"], costs)

    def rows(self) -> Rows:
        """Write the table."""
        return [
            ("loaded by", "time", "records/s", "processor", "memory"),
            *(
                (
                    _called(one.variant),
                    f"{one.seconds:.1f} s",
                    f"{one.records / one.seconds:,.0f}",
                    f"{one.cpu_seconds:.1f} s",
                    f"{one.peak_mb:,.0f} MB",
                )
                for one in self.costs
            ),
        ]

    def part(self) -> str:
        """Write the part of the documents."""
        command = "make bench ONLY=loaders" + (" QUICK=1" if self.quick else "")
        first = self.costs[0]
        return (
            f"`{command}` measured this on {self.machine['cores']} cores with Python "
            f"{self.machine['python']}: what the tap wrote of {first.carts:,} carts with their "
            f"lines, {first.records:,} records in a file, loaded into an empty database with the "
            "settings of `meltano.yml` but the one that the row names. Each was run once; "
            "afterwards every cart and line was there. Processor time and memory are the loader's; "
            "PostgreSQL's server, a process beside on the same cores, is left out.\n\n"
            + markdown(self.rows())
        )


def _called(variant: Variant) -> str:
    loader = _LOADERS.get(variant.database, "target-postgres")
    if variant.alone:
        return "DuckDB alone, by `load.sql`"
    if variant.batch:
        return f"{loader}, from BATCH files, {_PACKED.get(variant.batch, variant.batch)}"
    if variant.setting:
        return f"{loader}, `{variant.setting}: {json.dumps(variant.value)}`"
    return f"{loader}, as set"
