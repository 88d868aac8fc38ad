"""Loads of a store into a database are measured, counted and compared right."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from tap_bigcommerce_carts.sandbox import Shop
from tests.support.paths import ROOT
from tools.benchmarks import warehouse_ways as ways
from tools.benchmarks.__main__ import PARTS
from tools.benchmarks.inbox_receivers import POSTGRES
from tools.benchmarks.show import PLACES, quick, replaced
from tools.benchmarks.store import Store
from tools.benchmarks.warehouse_databases import DUCKDB, Duck
from tools.benchmarks.warehouse_loads import (
    ABSENT,
    CHANGED,
    COMPUTED,
    FAILED,
    FINISHED,
    FIRST,
    NOT_MEASURED,
    NOTHING_NEW,
    STOPPED,
    Benchmark,
    Extent,
    Limit,
    Loaded,
    computed,
    counted,
    limit,
)
from tools.benchmarks.warehouse_parts import LOADER, MELTANO, TAP, Part, run
from tools.benchmarks.warehouse_results import WarehouseResults
from tools.benchmarks.warehouse_translated import translated

if TYPE_CHECKING:
    from pathlib import Path

    from tools.benchmarks.warehouse_ways import Commands

CARTS = 600  # three pages
EXTENT = Extent(sizes=(CARTS,), small=(), windows=0)
PIPED, ALONE, RUN = (way.name for way in ways.OURS)
FLOOR = ways.FLOOR.name


def test_a_store_is_loaded_whole_then_nothing_new_then_what_changed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: str
) -> None:
    absent = replace(ways.DLT, absent=lambda: "is not here")
    monkeypatch.setattr(ways, "PEERS", (absent,))
    # What Meltano does again, it does as the pipe does.
    ours = (ways.PIPED, ways.ALONE, replace(ways.MELTANO_RUN, again=False))
    monkeypatch.setattr(ways, "OURS", ours)
    every = list(Benchmark(EXTENT, tmp_path, postgres).loads(CARTS))
    piped = [(PIPED, FIRST), (PIPED, NOTHING_NEW), (FLOOR, FIRST)]
    alone = [(ALONE, FIRST), (ALONE, NOTHING_NEW)]
    others = [(RUN, FIRST), (absent.name, FIRST)]
    assert [(one.database, one.way, one.what) for one in every] == [
        *((DUCKDB, *each) for each in piped + alone + others),
        *((POSTGRES, *each) for each in piped + others),
        *((DUCKDB, PIPED, CHANGED), (DUCKDB, ALONE, CHANGED), (POSTGRES, PIPED, CHANGED)),
    ]
    shop = Shop.seeded(CARTS, placed=0, customers=10)
    rows = CARTS + sum(len(shop.lines(order_id)) for order_id in shop.orders)
    loaded = [one for one in every if one.way != absent.name]
    assert all(one.outcome == FINISHED and one.seconds > 0 for one in loaded)
    assert {one.rows for one in loaded if one.what != CHANGED} == {rows}
    for one in loaded:
        if one.way == FLOOR:
            assert one.requests == 0
            continue
        # STATE is handed on: else all would be read again.
        assert (one.requests < 3) == (one.what != FIRST)
        assert {TAP, LOADER} <= set(one.parts)
        assert all(part.cpu_seconds > 0 and part.peak_mb > 10 for part in one.parts.values())
        assert all(0 < part.seconds <= one.seconds for part in one.parts.values())
    assert all((MELTANO in one.parts) == (one.way == RUN) for one in loaded)
    assert {one.outcome for one in every if one.way == absent.name} == {ABSENT}


def test_a_database_that_is_not_empty_is_not_loaded_into(tmp_path: Path, postgres: str) -> None:
    benchmark = Benchmark(EXTENT, tmp_path, postgres)
    database = benchmark.postgres()
    with pytest.raises(ValueError, match="nothing to run"):
        benchmark.first(idle(ways.PIPED), Store(CARTS), database)
    made = Filled(tmp_path / "filled", [1])
    with pytest.raises(RuntimeError, match="not empty: it has 1 tables"):
        benchmark.first(idle(ways.PIPED), Store(CARTS), made)


def idle(way: ways.Way) -> ways.Way:
    """The way, but that nothing may be run any more."""

    def commands(_store: Store, _database: object) -> Commands:
        raise ValueError("nothing to run")

    return replace(way, commands=commands)


class Filled(Duck):
    """A database that gives these answers."""

    def __init__(self, folder: Path, answers: list[int]) -> None:
        super().__init__(folder)
        self._answers = iter(answers)

    @override
    def ask(self, *queries: str) -> list[int]:
        return [next(self._answers) for _ in queries]

    @override
    def tables(self) -> int:
        return self.ask("how many")[0]


@pytest.mark.parametrize(("carts", "lines"), [(99, 400), (100, 399)])
def test_what_did_not_load_everything_is_not_measured(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, carts: int, lines: int
) -> None:
    store = Store(100)
    monkeypatch.setattr(store, "lines", lambda: 400)
    done = Loaded(PIPED, DUCKDB, 100, FIRST, FINISHED, seconds=1)
    assert counted(done, ways.PIPED, store, Filled(tmp_path, [100, 400])).rows == 500
    with pytest.raises(RuntimeError, match="Of 100 carts with 400 lines"):
        counted(done, ways.PIPED, store, Filled(tmp_path, [carts, lines]))
    peer = counted(done, ways.SINGER, store, Filled(tmp_path, [carts]))
    assert peer.note == ("loaded 99 of 100 carts" if carts == 99 else "")


def test_what_would_take_too_long_is_computed_and_not_run(tmp_path: Path, postgres: str) -> None:
    benchmark = Benchmark(Extent(budget=60), tmp_path, postgres)
    small = Loaded(RUN, DUCKDB, 1_000, FIRST, FINISHED, seconds=2, rows=5_000)
    large = replace(small, carts=2_000, seconds=4, rows=10_000)
    assert computed([small, large], 4_000) == replace(
        large,
        carts=4_000,
        outcome=COMPUTED,
        seconds=8,
        rows=20_000,
        note="from 1,000 and 2,000 carts",
    )
    benchmark.before += [small, large]
    found = benchmark.first(idle(ways.MELTANO_RUN), Store(200_000), benchmark.duckdb())
    assert (found and found.outcome, found and found.seconds) == (COMPUTED, 400)
    with pytest.raises(ValueError, match="nothing to run"):
        benchmark.first(idle(ways.MELTANO_RUN), Store(4_000), benchmark.duckdb())


def test_noise_is_not_multiplied(tmp_path: Path, postgres: str) -> None:
    benchmark = Benchmark(EXTENT, tmp_path, postgres)
    small = Loaded(ways.DLT.name, DUCKDB, 20, FIRST, FINISHED, seconds=8.2, rows=100)
    large = replace(small, carts=1_000, seconds=8.6, rows=5_000)
    assert computed([small], 20_000) is None
    assert computed([small, large], 20_000) is None
    benchmark.before += [small, large]
    way = replace(idle(ways.DLT), absent=lambda: "")
    found = benchmark.first(way, Store(20_000), benchmark.duckdb())
    assert (found.outcome, found.seconds) == (NOT_MEASURED, 0)
    benchmark.before[-1] = replace(large, seconds=18)
    found = benchmark.first(way, Store(20_000), benchmark.duckdb())
    assert (found.outcome, round(found.seconds)) == (COMPUTED, 208)


def test_who_was_stopped_took_longer_and_did_not_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, postgres: str
) -> None:
    sleeper = script("import time; time.sleep(600)")
    way = replace(ways.DLT, absent=lambda: "", commands=lambda *_: {"dlt": sleeper})
    monkeypatch.setattr(ways, "PEERS", (way,))
    benchmark = Benchmark(replace(EXTENT, patience=0.5), tmp_path, postgres)
    # By two small stores that took nearly the same time, it would have been as fast.
    small = Loaded(way.name, DUCKDB, 10, FIRST, FINISHED, seconds=0.4)
    benchmark.before += [small, replace(small, carts=50, seconds=0.4)]
    with Store(100) as store:
        found = benchmark.first(way, store, benchmark.duckdb())
    assert (found.outcome, found.seconds >= 0.5) == (STOPPED, True)
    larger = benchmark.first(idle(way), Store(200), benchmark.duckdb())
    assert larger == replace(found, carts=200, parts={})


def script(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_each_process_is_measured_by_itself(tmp_path: Path) -> None:
    large = "kept = bytearray(100 << 20); import time; time.sleep(1); print('much')"
    busy = "import sys; sum(n * n for n in range(3_000_000)); print(sys.stdin.read(), 'read')"
    ran = run({"one": script(large), "other": script(busy)}, {}, tmp_path, 60)
    assert (ran.failed, ran.stopped, ran.last) == ("", False, " read")
    assert ran.parts["one"].peak_mb > 100 > ran.parts["other"].peak_mb > 1
    assert ran.parts["other"].cpu_seconds > ran.parts["one"].cpu_seconds > 0
    assert ran.seconds >= ran.parts["other"].seconds >= ran.parts["one"].seconds > 1


def test_plugins_are_told_from_what_started_them(tmp_path: Path) -> None:
    tap = tmp_path / "tap-invented"
    tap.write_text("kept = bytearray(100 << 20); import time; time.sleep(2)")
    started = script(f"import subprocess, sys; subprocess.run([sys.executable, {str(tap)!r}])")
    ran = run({MELTANO: started}, {}, tmp_path, 60)
    assert set(ran.parts) == {MELTANO, TAP}
    assert ran.parts[TAP].peak_mb > 100 > ran.parts[MELTANO].peak_mb
    assert ran.seconds > ran.parts[TAP].seconds > 1


def test_who_stopped_reading_is_blamed_and_who_takes_too_long_is_stopped(tmp_path: Path) -> None:
    endless = script("while True: print('more')")
    ran = run({TAP: endless, LOADER: script("import sys; sys.exit('full')")}, {}, tmp_path, 60)
    assert (ran.failed, ran.stopped) == (LOADER, False)
    assert "full" in (tmp_path / f"{LOADER}.log").read_text()
    sleeper = script("import time; time.sleep(600)")
    ran = run({TAP: sleeper, LOADER: script("import sys; sys.stdin.read()")}, {}, tmp_path, 0.5)
    assert ran.stopped


def test_airbytes_messages_become_singers() -> None:
    catalog = {"streams": [{"stream": {"name": "orders"}}]}
    record = {"stream": "orders", "data": {"id": 7, "total": "1.2300"}, "emitted_at": 1}
    lines = [{"type": "LOG", "log": {"message": "m"}}, {"type": "RECORD", "record": record}]
    schema, row, state = map(json.loads, translated(map(encoded, lines), catalog))
    assert (schema["type"], schema["stream"], schema["key_properties"]) == (
        "SCHEMA",
        "orders",
        ["id"],
    )
    assert row == {
        "type": "RECORD",
        "stream": "orders",
        "record": {"id": 7, "data": record["data"]},
    }
    assert state == {"type": "STATE", "value": {}}


def encoded(message: object) -> bytes:
    return json.dumps(message).encode()


def test_a_quota_is_measured_over_whole_windows() -> None:
    few = Extent(sizes=(500,), quota="8/3", windows=2, limited=8_000)
    found = limit(few)
    # So many carts are not read by these requests.
    assert (found.seconds, found.requests < 8_000 / 250) == (6, True)
    assert (found.burst, found.burst_records > 500) == (500, True)
    # Of a store that was read to its end, the windows say nothing.
    with pytest.raises(RuntimeError, match="A store of 300 carts was finished before 60 s"):
        limit(replace(few, quota="150/30", limited=300))


@pytest.fixture
def results(tmp_path: Path) -> WarehouseResults:
    """Results as they are read back from the benchmark's file."""
    tap, loader, around = Part(5, 4, 86.4), Part(20, 15, 263.2), Part(25, 3.04, 97)
    pipe, whole = {TAP: tap, LOADER: loader}, {MELTANO: around, TAP: tap, LOADER: loader}
    duck = Loaded(PIPED, DUCKDB, 20_000, FIRST, FINISHED, 15, 99_000, parts=pipe)
    slow = Loaded(PIPED, POSTGRES, 20_000, FIRST, FINISHED, 30, 99_000, parts=pipe)
    idle_parts = whole | {TAP: Part(0.84, 0.8, 50)}
    found = {
        "quick": False,
        "machine": {"cores": 2, "python": "3.13.0", "system": "Linux"},
        "sizes": (20_000, 200_000),
        "limit": asdict(Limit("150/30", 270, 240_000, 60, 20_000, 99_000, 4)),
        "duckdb": {"alone": "2.0.1", "loader": "1.1.3"},
        "loads": [
            asdict(each)
            for each in (
                duck,
                replace(duck, what=NOTHING_NEW, seconds=1.6),
                replace(duck, way=FLOOR, seconds=0.5, parts={}),
                replace(duck, way=RUN, seconds=18, parts=whole),
                replace(duck, way=RUN, what=NOTHING_NEW, seconds=3.52, parts=idle_parts),
                replace(duck, way=RUN, what=CHANGED, seconds=5, parts=whole),
                Loaded(ways.DLT.name, DUCKDB, 20_000, FIRST, ABSENT, note="is not here"),
                Loaded(ways.SINGER.name, DUCKDB, 20_000, FIRST, FAILED, note="loader: no such"),
                slow,
                replace(
                    slow,
                    way=ways.AIRBYTE.name,
                    outcome=COMPUTED,
                    seconds=3_600,
                    parts={},
                    note="from 20 and 300 carts",
                ),
                replace(slow, way=ways.SINGER.name, outcome=STOPPED, seconds=30.02),
                replace(slow, way=ways.DLT.name, outcome=NOT_MEASURED, seconds=0),
                replace(slow, way=RUN, what=NOTHING_NEW, seconds=5.2, parts={MELTANO: around}),
                replace(
                    slow,
                    carts=200_000,
                    outcome=COMPUTED,
                    seconds=300,
                    rows=990_000,
                    note="from 1,000 and 20,000 carts",
                ),
            )
        ],
    }
    file = tmp_path / "bench.json"
    file.write_text(json.dumps({"warehouse": found}))
    return WarehouseResults.read(file)


def test_the_tables_show_what_was_measured(results: WarehouseResults) -> None:
    written = results.part()
    for row in (
        "| **DuckDB** | 20,000 carts | 200,000 carts | records/s, 20,000 | nothing new, 20,000 ",
        "| tap to loader | 15.0 s |  | 6,600 | 1.6 s |  | 19.0 s | 350 MB |",
        "| `meltano run` | 18.0 s |  | 5,500 | 3.5 s | 5.0 s | 22.0 s | 447 MB |",
        "| tap-bigcommerce (singer-io) to loader | failed |  |  |  |  |  |  |",
        "| the database alone, from files | 0.5 s |  | 198,000 |  |  |  |  |",
        "| tap to loader | 30.0 s | ≈ 5.0 min (from 1,000 and 20,000 carts) | 3,300 |  |  | 19.0 s",
        "| airbyte-source-bigcommerce to loader | ≈ 60.0 min (from 20 and 300 carts) |  | ≈ 28 |",
        "| tap-bigcommerce (singer-io) to loader | more than 30 s |  |  |  |  |  |  |",
        "| a plain dlt pipeline | not measured |  |  |  |  |  |  |",
        "What DuckDB does alone is DuckDB 2.0.1, given SQL by Python; its loader has DuckDB 1.1.3.",
        "| `meltano run` | first load | 18.0 s | 4.0 s, 86 MB | 15.0 s, 263 MB | 3.0 s, 97 MB |",
        "| tap to loader, DuckDB: times as fast as 3,751 records/s, which the loader alone did bef",
        "before, on another day | 1.76 | 1.5 or more |",
        "| tap to loader, PostgreSQL: times as fast as 6,200 records/s, as the quota is | 0.53 ",
        "| seconds of `meltano run` into DuckDB, nothing new | 3.5 | under 4 |",
        "| of these the tap, `--discover` and run | 0.8 | under 1 |",
        # Who was not seen did not take 0 s.
        "| of these the tap, `--discover` and run | unknown | under 1 |",
        "- a plain dlt pipeline was not run: is not here.",
        "- tap-bigcommerce (singer-io) to loader failed into DuckDB: loader: no such",
    ):
        assert row in written
    assert "`make bench ONLY=warehouse`" in written
    # Who was measured with one database is not in the table of the other.
    assert written.count("| the database alone, from files |") == 1


def test_the_document_says_who_is_slower_than_the_store(results: WarehouseResults) -> None:
    said = results.bottleneck()
    assert "20,000 carts at once, in 4.0 s, 24,750 records a second" in said
    assert "**of so few carts the slowest is the loader into DuckDB and PostgreSQL**" in said
    assert "lets it read 4,000 a second" in said
    assert "**of many more carts the slowest is the loader into PostgreSQL**" in said
    results.limit = Limit("150/30", 270, 180_000, 60, 20_000, 99_000, 40)
    said = results.bottleneck()
    assert "**of so few carts the slowest is the store**" in said
    assert "**of many more carts the slowest is the store**" in said


@pytest.mark.parametrize("part", PARTS)
def test_what_was_measured_with_less_is_not_published(part: str) -> None:
    found: dict[str, object] = {"quick": False} | {each: {"quick": False} for each in PARTS}
    assert quick(found, None) == quick(found, part) == []
    found[part] = {"quick": True}
    assert quick(found, None) == quick(found, part) == [part]
    assert quick({**found, "quick": True}, None) == ["the tap", part]


def test_the_documents_have_a_place_for_the_tables() -> None:
    text = PLACES["warehouse figures"].read_text()
    assert "\nfigures of today\n" in replaced(text, "warehouse figures", "figures of today")


def test_the_programs_that_the_tables_name_are_there(results: WarehouseResults) -> None:
    for name in ("translated", "dlt", "floor"):
        path = f"tools/benchmarks/warehouse_{name}.py"
        assert path in results.part()
        assert (ROOT / path).exists()
