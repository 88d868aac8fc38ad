"""`python -m tools.benchmarks [--quick] [--only=PART]`: measures, and writes output/bench.json."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from tools.benchmarks.contenders import (
    EVERYONE,
    ONE_AT_A_TIME,
    PEERS,
    SMALL_PAGES,
    TAP,
    THIS,
    Contender,
)
from tools.benchmarks.measure import Measurement, measure
from tools.benchmarks.store import ROOT, STORE_HASH, TOKEN, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = ROOT / "output" / "bench.json"
START_UPS = 5


@dataclass(frozen=True)
class Case:
    """How the store behaves, and how long whoever reads it may take.

    Attributes:
        name: what tables call it.
        latency: seconds added to each answer.
        quota: requests/seconds.
        everyone: who is measured.
        budget: seconds that this tap and the floor may take.
        patience: seconds that the others may take.
    """

    name: str
    latency: float
    quota: str
    everyone: tuple[Contender, ...]
    budget: float
    patience: float


PLENTY, SLOW, LIMITED = "no latency", "300 ms per answer", "150 requests per 30 s"
SOLO = tuple(one for one in EVERYONE if one is not ONE_AT_A_TIME)
SIZES = (1_000, 20_000, 200_000)
# A store that even the slowest read to the end; what larger ones take is computed from it.
SMALL, QUICK_SMALL = 100, 25
CASES = (
    Case(PLENTY, 0, "", SOLO, 120, 120),
    Case(SLOW, 0.3, "", EVERYONE, 120, 60),
    # Four whole windows, and two; the floor waits for no quota.
    Case(LIMITED, 0, "150/30", (THIS, *PEERS), 123, 63),
)
QUICK_SIZES = SIZES[:2]
QUICK_CASES = (
    Case(PLENTY, 0, "", SOLO, 30, 12),
    Case(SLOW, 0.3, "", EVERYONE, 30, 15),
    # Small pages, so that even a small store takes more than one window.
    Case(LIMITED, 0, "150/30", (SMALL_PAGES,), 33, 33),
)


def main(*, quick: bool) -> None:
    """Measure everything, and write it as it comes."""
    began = time.monotonic()
    sizes, cases = (QUICK_SIZES, QUICK_CASES) if quick else (SIZES, CASES)
    small = QUICK_SMALL if quick else SMALL
    measured: list[Measurement] = []
    found: dict[str, Any] = {"quick": quick, "sizes": sizes, "machine": machine()}
    found["start_up"] = start_up()
    for case in cases:
        # With a quota, a small store says nothing of a large one.
        for carts in sizes if case.quota else (small, *sizes):
            everyone = PEERS if carts == small else case.everyone
            for one in in_case(case, carts, everyone, measured):
                measured.append(one)
                log(one)
    found["seconds"] = round(time.monotonic() - began, 1)
    found["measurements"] = [asdict(one) for one in measured]
    for part in PARTS.values():
        found |= part(quick=quick)
    write(found)


def inbox(*, quick: bool) -> dict[str, Any]:
    """Measure the inbox's receivers, and the tap on an inbox."""
    # Imported late: it is large, and what is measured before starts as a copy of this process.
    from tools.benchmarks.inbox_reads import reads  # noqa: PLC0415
    from tools.benchmarks.inbox_receivers import paces  # noqa: PLC0415

    measured = []
    for one in paces(quick=quick):
        measured.append(asdict(one))
        what = f"{one.database}, receivers: {one.receivers}, connections: {one.connections}"
        print(f"{what}: {one.per_second:,.0f} events/s, p99 {one.p99_ms:.0f} ms", flush=True)  # noqa: T201
    runs = []
    for run in reads(quick=quick):
        runs.append(asdict(run))
        print(f"{run.events:,} events: {run.reads:,} carts read, {run.seconds:.1f} s", flush=True)  # noqa: T201
    return {"inbox": {"quick": quick, "machine": machine(), "paces": measured, "reads": runs}}


def stores(*, quick: bool) -> dict[str, Any]:
    """Measure loads of many stores into one warehouse."""
    from tools.benchmarks.stores_loads import FULL, QUICK, Loaded, loads  # noqa: PLC0415 - as above

    extent = QUICK if quick else FULL
    measured: dict[str, list[Any]] = {"loads": [], "start_ups": []}
    for one in loads(extent):
        kind = "loads" if isinstance(one, Loaded) else "start_ups"
        measured[kind].append(asdict(one))
        print(one, flush=True)  # noqa: T201
    what = {"quick": quick, "machine": machine(), "extent": asdict(extent)}
    return {"stores": what | measured}


def rounds(*, quick: bool) -> dict[str, Any]:
    """Load the same stores at once, again and again."""
    from tools.benchmarks import stores_rounds  # noqa: PLC0415 - as above

    measured = []
    for one in stores_rounds.rounds(quick=quick):
        measured.append(asdict(one))
        print(one, flush=True)  # noqa: T201
    return {"rounds": {"quick": quick, "machine": machine(), "rounds": measured}}


def verify(*, quick: bool) -> dict[str, Any]:
    """Check a large store beside its warehouse."""
    from tools.benchmarks import verify_checks  # noqa: PLC0415 - as above

    measured = []
    for one in verify_checks.checks(quick=quick):
        measured.append(asdict(one))
        print(one, flush=True)  # noqa: T201
    return {"verify": {"quick": quick, "machine": machine(), "checks": measured}}


def warehouse(*, quick: bool) -> dict[str, Any]:
    """Load a store into each database, by this tap and by others."""
    from tools.benchmarks.warehouse_loads import FULL, QUICK, Limit, loads  # noqa: PLC0415 - as above
    from tools.benchmarks.warehouse_ways import duckdbs  # noqa: PLC0415 - as above

    extent = QUICK if quick else FULL
    what = {"quick": quick, "machine": machine(), "sizes": extent.sizes, "limit": None}
    what["duckdb"] = duckdbs()
    measured = []
    for one in loads(extent):
        print(one, flush=True)  # noqa: T201
        if isinstance(one, Limit):
            what["limit"] = asdict(one)
        else:
            measured.append(asdict(one))
    return {"warehouse": what | {"loads": measured}}


def loaders(*, quick: bool) -> dict[str, Any]:
    """Load the same messages with one setting of a loader changed at a time."""
    from tools.benchmarks import loader_settings  # noqa: PLC0415 - as above

    carts = loader_settings.QUICK_CARTS if quick else loader_settings.CARTS
    measured = []
    for one in loader_settings.costs(carts):
        measured.append(asdict(one))
        print(one, flush=True)  # noqa: T201
    return {"loaders": {"quick": quick, "machine": machine(), "costs": measured}}


def page(*, quick: bool) -> dict[str, Any]:
    """Open the page about the marts."""
    from tools.benchmarks import page_loads  # noqa: PLC0415 - as above

    measured = []
    for one in page_loads.openings(page_loads.QUICK_CARTS if quick else page_loads.CARTS):
        measured.append(asdict(one))
        print(one, flush=True)  # noqa: T201
    return {"page": {"quick": quick, "machine": machine(), "pages": measured}}


# What can be measured by itself.
PARTS = {
    "inbox": inbox,
    "stores": stores,
    "rounds": rounds,
    "verify": verify,
    "warehouse": warehouse,
    "loaders": loaders,
    "page": page,
}


def only(part: str, *, quick: bool) -> None:
    """Measure one part; what else was measured before stays."""
    before = json.loads(JSON.read_text()) if JSON.exists() else {}
    write(before | PARTS[part](quick=quick))


def write(found: dict[str, Any]) -> None:
    """Keep what was measured."""
    JSON.parent.mkdir(exist_ok=True)
    JSON.write_text(json.dumps(found, indent=1))


def in_case(
    case: Case, carts: int, everyone: tuple[Contender, ...], measured: list[Measurement]
) -> Iterator[Measurement]:
    """Measure everyone at a size: those that will take too long are computed instead.

    Args:
        case: the store's limits.
        carts: how many the store has.
        everyone: who runs.
        measured: what was measured so far.
    """
    before = {
        one.contender: one
        for one in measured
        if one.case == case.name and one.outcome != "computed"
    }
    known = {who: expected(who, case, carts, before.get(who.name)) for who in everyone}
    yield from (one for one in known.values() if one)
    todo = [who for who, one in known.items() if one is None]
    if not todo:
        return
    with Store(carts, case.latency, case.quota) as store:
        if not (case.latency or case.quota) and any(who in PEERS for who in todo):
            store.warm_lists()
        for index, who in enumerate(todo):
            if index and case.quota:
                time.sleep(window(case))
            one = measure(who, store, case.name, allowed(who, case), case.quota)
            yield projected(one, who) if one.outcome == "stopped" else one


def expected(
    who: Contender, case: Case, carts: int, smaller: Measurement | None
) -> Measurement | None:
    """Compute what a run would take from that of a smaller store; None to measure it.

    Args:
        who: the contender.
        case: the store's limits.
        carts: how many the store has.
        smaller: what was measured of the contender on a smaller store; None for nothing.
    """
    # How the tap keeps to a quota is the question there: it is always run.
    if smaller is None or (case.quota and who not in PEERS):
        return None
    if smaller.outcome in ("absent", "failed"):
        return replace(smaller, carts=carts, seconds=0, requests=0, records=0)
    requests = round(who.per_cart * carts)
    pace = (smaller.seconds - smaller.first) / smaller.requests
    seconds = smaller.first + pace * requests
    if seconds <= allowed(who, case):
        return None
    note = f"computed from {smaller.carts:,} carts"
    return Measurement(
        who.name, case.name, carts, "computed", seconds, requests, first=smaller.first, note=note
    )


def projected(one: Measurement, who: Contender) -> Measurement:
    """Compute what a run that was stopped would have taken, from its requests."""
    requests = max(round(who.per_cart * one.carts), one.requests)
    pace = (one.seconds - one.first) / max(one.requests, 1)
    note = f"computed from its first {one.seconds:.0f} s, {one.requests:,} requests"
    return replace(one, seconds=one.first + pace * requests, requests=requests, note=note)


def allowed(who: Contender, case: Case) -> float:
    """Return the seconds a contender may take."""
    return case.patience if who in PEERS else case.budget


def window(case: Case) -> int:
    """Return the seconds after which a store has forgotten what was asked of it."""
    return int(case.quota.partition("/")[2])


def start_up() -> dict[str, float]:
    """Time the tap's --help and --discover: the median of some runs, in seconds."""
    account = json.dumps({"store_hash": STORE_HASH, "access_token": TOKEN})
    config = ROOT / "output" / "bench-config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(account)
    commands = {"--help": ["--help"], "--discover": ["--discover", "--config", str(config)]}
    found = {
        name: median(timed([str(TAP), *of]) for _ in range(START_UPS))
        for name, of in commands.items()
    }
    config.unlink()
    return found


def timed(command: list[str]) -> float:
    """Time a command, in seconds."""
    started = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own command
    return time.perf_counter() - started


def machine() -> dict[str, Any]:
    """Return what this was measured on."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def log(one: Measurement) -> None:
    """Print one measurement, as it is made."""
    what = f"{one.case}, {one.carts:,} carts, {one.contender}: {one.outcome}"
    print(f"{what}, {one.seconds:.1f} s, {one.requests:,} requests {one.note}", flush=True)  # noqa: T201


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks")
    parser.add_argument("--quick", action="store_true", help="measure less")
    parser.add_argument("--only", choices=[*PARTS], help="measure one part")
    given = parser.parse_args()
    if given.only:
        only(given.only, quick=given.quick)
    else:
        main(quick=given.quick)
