"""What a loader's settings cost: the same messages, loaded with one setting changed at a time."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from tools.benchmarks import warehouse_ways as ways
from tools.benchmarks.inbox_receivers import POSTGRES, postgres
from tools.benchmarks.measure import last_words
from tools.benchmarks.store import ROOT, Store
from tools.benchmarks.warehouse_databases import DUCKDB, Database, Duck, Postgres
from tools.benchmarks.warehouse_parts import LOADER, run

if TYPE_CHECKING:
    from collections.abc import Iterator

CARTS, QUICK_CARTS = 10_000, 1_000
_BUDGET = 300  # seconds that a load may take
_RECORDS, _MESSAGES = "", "messages"


@dataclass(frozen=True)
class Variant:
    """A way in which the messages are loaded.

    Attributes:
        database: the kind.
        setting: of the loader, another than in `meltano.yml`; empty for none.
        value: of it.
        batch: how the BATCH files are packed that the messages name; empty for records.
        alone: whether DuckDB loads them without a loader.
    """

    database: str
    setting: str = ""
    value: Any = None
    batch: str = _RECORDS
    alone: bool = False

    @property
    def changed(self) -> dict[str, Any]:
        """The loader's settings that are others than in `meltano.yml`."""
        return {self.setting: self.value} if self.setting else {}


VARIANTS = (
    Variant(POSTGRES),
    Variant(POSTGRES, "batch_size_rows", 2_500),
    Variant(POSTGRES, "batch_size_rows", 20_000),
    Variant(POSTGRES, "sanitize_null_text_characters", value=True),
    Variant(POSTGRES, "add_record_metadata", value=True),
    Variant(POSTGRES, "use_copy", value=False),
    Variant(POSTGRES, "validate_records", value=True),
    Variant(POSTGRES, batch="none"),
    Variant(POSTGRES, batch="gzip"),
    Variant(DUCKDB),
    Variant(DUCKDB, "batch_size_rows", 10_000),
    Variant(DUCKDB, "batch_size_rows", 100_000),
    Variant(DUCKDB, "add_metadata_columns", value=True),
    Variant(DUCKDB, alone=True),
)


@dataclass(frozen=True)
class Cost:
    """What a variant cost.

    Attributes:
        variant: which.
        carts: how many the store has.
        records: loaded, carts and lines.
        seconds: from start to end.
        cpu_seconds: processor time of the loader; PostgreSQL's server is left out.
        peak_mb: the loader's largest resident set in MB (1,048,576 bytes).
    """

    variant: Variant
    carts: int
    records: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


def costs(carts: int) -> Iterator[Cost]:
    """Measure every variant, each into an empty database.

    Args:
        carts: how many the store has.

    Raises:
        RuntimeError: a load failed, or rows are missing after it.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="loaders-")))
        server = stack.enter_context(postgres())
        store = stack.enter_context(Store(carts))
        files = {
            batch: _written(store, folder, batch)
            for batch in dict.fromkeys(each.batch for each in VARIANTS)
        }
        for number, variant in zip(count(), VARIANTS, strict=False):
            place = folder / f"database_{number}"
            database = Duck(place) if variant.database == DUCKDB else Postgres(place, server)
            yield _cost(variant, store, database, files[variant.batch])


def _written(store: Store, folder: Path, batch: str) -> Path:
    """Have the tap write its messages into a file, and rows into BATCH files if asked to."""
    beside = Duck(folder / f"tap_{batch or 'records'}")
    changed: dict[str, Any] = {}
    if batch:
        root = beside.folder / "files"
        root.mkdir()
        encoding = {"format": "jsonl", "compression": batch}
        storage = {"root": root.as_uri(), "prefix": ""}
        changed["batch_config"] = {"encoding": encoding, "storage": storage}
    written = beside.folder / f"{_MESSAGES}.jsonl"
    with written.open("wb") as output:
        command = ways.tap(store, beside, **changed)
        subprocess.run(  # noqa: S603 - our own command
            command, stdout=output, stderr=subprocess.DEVNULL, check=True, cwd=ROOT
        )
    return written


def _cost(variant: Variant, store: Store, database: Database, messages: Path) -> Cost:
    module = [sys.executable, "-m", "tools.benchmarks.warehouse_sql"]
    alone = [*module, database.address, str(database.folder)]
    loader = alone if variant.alone else ways.loader(database, **variant.changed)
    commands = {_MESSAGES: ["cat", str(messages)], LOADER: loader}
    ran = run(commands, ways.environment(store, database), database.folder, _BUDGET)
    if ran.failed:
        said = last_words(database.folder / f"{ran.failed}.log")
        raise RuntimeError(f"{variant}: {ran.failed} failed: {said}")
    carts, lines = database.ask(*ways.PIPED.rows)
    if (carts, lines) != (store.carts, store.lines()):
        raise RuntimeError(f"{variant}: {carts:,} carts and {lines:,} lines were loaded.")
    took = ran.parts[LOADER]
    return Cost(variant, carts, carts + lines, ran.seconds, took.cpu_seconds, took.peak_mb)
