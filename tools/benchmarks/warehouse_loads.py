"""A store loaded into a database, the whole way: first all of it, then nothing new, then a little.

The store and PostgreSQL's server are processes beside what is measured, on the same cores.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tools.benchmarks import warehouse_ways as ways
from tools.benchmarks.contenders import THIS
from tools.benchmarks.inbox_receivers import postgres
from tools.benchmarks.measure import last_words, measure
from tools.benchmarks.store import Store
from tools.benchmarks.warehouse_databases import Database, Duck, Postgres
from tools.benchmarks.warehouse_parts import Part, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.benchmarks.warehouse_ways import Way

FIRST, NOTHING_NEW, CHANGED = "first load", "nothing new", "1% changed"
FINISHED, COMPUTED, STOPPED = "finished", "computed", "stopped"
FAILED, ABSENT, NOT_MEASURED = "failed", "absent", "not measured"
_CHANGED_SHARE = 100
# Of two loads, how many times the time of the other the larger one takes at least, to compute what
# a third takes: of less, most is start-up, and noise would be multiplied.
_CLEARLY = 2
# What is read once more lest a row is lost takes no more of them.
_IDLE_REQUESTS = 4


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        sizes: how many carts the stores have.
        small: of stores that even the slowest peer reads, for peers alone: what larger ones take
            can be computed from two.
        budget: seconds that a load of this tap may take: all but one that would never end.
        patience: seconds that a peer may take.
        quota: of the store whose pace is measured, requests/seconds.
        windows: of the quota, over which it is measured; 0 for not at all.
        limited: carts of this store, more than are read in these windows.
    """

    sizes: tuple[int, ...] = (1_000, ways.MIDDLE, 200_000)
    small: tuple[int, ...] = (20, 300)
    budget: float = 900
    patience: float = 30
    quota: str = "150/30"
    windows: int = 2
    limited: int = 80_000

    @property
    def middle(self) -> int:
        """The size of the store whose loads are compared."""
        return middle(self.sizes)


def middle(sizes: tuple[int, ...]) -> int:
    """Return which of these sizes is compared."""
    return ways.MIDDLE if ways.MIDDLE in sizes else sizes[-1]


FULL = Extent()
QUICK = Extent(sizes=(1_000,), small=(10, 100), budget=120, patience=10, windows=0)


@dataclass(frozen=True)
class Loaded:
    """What one load cost.

    Attributes:
        way: its name.
        database: the kind.
        carts: how many the store has.
        what: which load of it.
        outcome: `finished`; `stopped`, since it took too long; `failed`; `absent`; when it was not
            run, `computed`, or `not measured` when it could not be.
        seconds: from start to end; when it was computed, what it would take.
        rows: carts and lines that are in the database; of peers, carts.
        requests: to the store.
        parts: its processes by name.
        note: what a reader must know.
    """

    way: str
    database: str
    carts: int
    what: str
    outcome: str
    seconds: float = 0
    rows: int = 0
    requests: int = 0
    parts: dict[str, Part] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Limit:
    """What a store's quota lets the tap read.

    Attributes:
        quota: requests/seconds.
        requests: made in whole windows.
        records: written in them, carts and lines.
        seconds: of these windows.
        burst: carts that a store gives that was not asked before.
        burst_records: carts and lines of these.
        burst_seconds: that they took.
    """

    quota: str
    requests: int
    records: int
    seconds: float
    burst: int
    burst_records: int
    burst_seconds: float


@dataclass
class Filled:
    """A database that a way loads into, again and again."""

    way: Way
    database: Database


class Benchmark:
    """Loads stores into databases.

    Args:
        extent: how much.
        folder: for all files.
        server: PostgreSQL's address.

    Attributes:
        before: first loads so far, of smaller stores.
    """

    def __init__(self, extent: Extent, folder: Path, server: str) -> None:
        self._extent = extent
        self._folder = folder
        self._server = server
        self._numbers = count()
        self.before: list[Loaded] = []

    def loads(self, carts: int) -> Iterator[Loaded]:
        """Measure every way into both databases, from a store of so many carts."""
        again = carts == self._extent.middle
        with Store(carts) as store:
            everyone = ways.PEERS if carts in self._extent.small else (*ways.OURS, *ways.PEERS)
            filled: list[Filled] = []
            for make in (self.duckdb, self.postgres):
                for way in everyone:
                    database = make()
                    if way.into not in ("", database.name):
                        continue
                    first = self.first(way, store, database)
                    yield first
                    done = first.outcome == FINISHED
                    if done and way.again and again:
                        filled.append(Filled(way, database))
                        yield self._nothing_new(way, store, database)
                    if way is ways.PIPED:
                        yield self._floor(store, database if done else None, make())
            yield from self._changed(store, filled)

    def first(self, way: Way, store: Store, database: Database) -> Loaded:
        """Load all there is; or compute what that would take, if it would take too long."""
        if reason := way.absent():
            return Loaded(way.name, database.name, store.carts, FIRST, ABSENT, note=reason)
        before = [
            one for one in self.before if (one.way, one.database) == (way.name, database.name)
        ]
        if before and before[-1].outcome in (FAILED, STOPPED):
            return replace(before[-1], carts=store.carts, parts={})
        expected = computed(before, store.carts)
        too_long = expected is not None and expected.seconds > self._allowed(way)
        if too_long or 0 < way.largest < store.carts:
            return expected or Loaded(way.name, database.name, store.carts, FIRST, NOT_MEASURED)
        if tables := database.tables():
            raise RuntimeError(f"The database is not empty: it has {tables} tables.")
        if way in ways.PEERS:
            store.warm_lists()
        found = self._load(way, store, database, FIRST)
        self.before.append(found)
        return found

    def _nothing_new(self, way: Way, store: Store, database: Database) -> Loaded:
        found = self._load(way, store, database, NOTHING_NEW)
        if found.requests > _IDLE_REQUESTS:
            raise RuntimeError(f"Nothing was new, and {found.requests:,} requests were made.")
        return found

    def _floor(self, store: Store, loaded: Database | None, empty: Database) -> Loaded:
        if loaded:
            ways.unload(loaded, empty)
        return self.first(ways.FLOOR, store, empty)

    def _changed(self, store: Store, filled: list[Filled]) -> Iterator[Loaded]:
        """Change some carts at the store, and load again what was loaded."""
        some = store.carts // _CHANGED_SHARE
        if not (filled and some):
            return
        newest = "select cast(max(date_modified) as varchar) from bigcommerce.abandoned_carts"
        (before,) = filled[0].database.ask(newest)
        store.edit(some)
        for one in filled:
            yield self._load(one.way, store, one.database, CHANGED)
            (newer,) = one.database.ask(
                f"select count(*) from bigcommerce.abandoned_carts where date_modified > '{before}'"
            )
            if newer != some:
                raise RuntimeError(f"{newer:,} of {some:,} changed carts were loaded.")

    def _load(self, way: Way, store: Store, database: Database, what: str) -> Loaded:
        commands = way.commands(store, database)
        surroundings = ways.environment(store, database)
        before, _ = store.counts()
        ran = run(commands, surroundings, database.folder, self._allowed(way))
        found = Loaded(
            way.name,
            database.name,
            store.carts,
            what,
            FINISHED,
            ran.seconds,
            requests=store.counts()[0] - before,
            parts=ran.parts,
        )
        if ran.stopped:
            return replace(found, outcome=STOPPED)
        if ran.failed:
            said = last_words(database.folder / f"{ran.failed}.log")
            return replace(found, outcome=FAILED, note=f"{ran.failed}: {said}")
        if way is ways.PIPED:
            (database.folder / "state.json").write_text(ran.last)
        return counted(found, way, store, database)

    def _allowed(self, way: Way) -> float:
        return self._extent.patience if way in ways.PEERS else self._extent.budget

    def duckdb(self) -> Database:
        """Return a DuckDB file that is not there yet."""
        return Duck(self._folder / f"database_{next(self._numbers)}")

    def postgres(self) -> Database:
        """Return a database without tables."""
        return Postgres(self._folder / f"database_{next(self._numbers)}", self._server)


def counted(found: Loaded, way: Way, store: Store, database: Database) -> Loaded:
    """Say how many rows there are; this tap's must be all that the store has."""
    carts, *lines = database.ask(*way.rows)
    rows = carts + sum(lines)
    if way in ways.PEERS:
        note = "" if carts == found.carts else f"loaded {carts:,} of {found.carts:,} carts"
        return replace(found, rows=rows, note=note)
    said = store.lines()
    if (carts, sum(lines)) != (found.carts, said):
        raise RuntimeError(
            f"Of {found.carts:,} carts with {said:,} lines {carts:,} and {sum(lines):,} "
            f"are in {database.name}."
        )
    return replace(found, rows=rows)


def computed(before: list[Loaded], carts: int) -> Loaded | None:
    """Go on in a straight line from the smallest and the largest store that were loaded.

    Returns:
        None if there are no two, or they took too nearly the same time to tell.
    """
    if len(before) < 2 or before[-1].seconds < _CLEARLY * before[0].seconds:  # noqa: PLR2004 - a line
        return None
    less, last = before[0], before[-1]
    pace = (last.seconds - less.seconds) / (last.carts - less.carts)
    return replace(
        last,
        carts=carts,
        outcome=COMPUTED,
        seconds=last.seconds + pace * (carts - last.carts),
        rows=round(last.rows * carts / last.carts),
        requests=0,
        parts={},
        note=f"from {less.carts:,} and {last.carts:,} carts",
    )


def loads(extent: Extent) -> Iterator[Loaded | Limit]:
    """Measure what a quota lets the tap read, then loads of stores of each size."""
    if extent.windows:
        yield limit(extent)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="warehouse-")))
        benchmark = Benchmark(extent, folder, stack.enter_context(postgres()))
        for carts in (*extent.small, *extent.sizes):
            yield from benchmark.loads(carts)


def limit(extent: Extent) -> Limit:
    """Let the tap read a store with a quota, and stop it right before a window begins.

    Raises:
        RuntimeError: the store was at its end before.
    """
    quota, carts = extent.quota, extent.middle
    seconds = extent.windows * int(quota.partition("/")[2])
    with Store(extent.limited, quota=quota) as store:
        pace = measure(THIS, store, quota, seconds - 1, quota)
    if pace.outcome != STOPPED:
        raise RuntimeError(
            f"A store of {extent.limited:,} carts was {pace.outcome} before {seconds} s were over."
        )
    with Store(carts, quota=quota) as store:
        burst = measure(THIS, store, quota, extent.budget, quota)
    if burst.outcome != FINISHED:
        raise RuntimeError(f"Reading {carts:,} carts with a quota: {burst.outcome}. {burst.note}")
    return Limit(quota, pace.requests, pace.records, seconds, carts, burst.records, burst.seconds)
