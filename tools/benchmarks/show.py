"""`python -m tools.benchmarks.show [--publish] [--only=PART]`: shows what was measured.

With `--publish` it also draws the figure and writes the parts of the documents.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from tools.benchmarks.__main__ import JSON, PARTS
from tools.benchmarks.chart import DOCS, FIGURE, draw
from tools.benchmarks.loader_settings_results import LoaderSettingsResults
from tools.benchmarks.page_results import PageResults
from tools.benchmarks.results import FINISHED, InboxResults, Results
from tools.benchmarks.store import ROOT
from tools.benchmarks.stores_results import RoundsResults, StoresResults, markdown
from tools.benchmarks.verify_results import VerifyResults
from tools.benchmarks.warehouse_results import WarehouseResults

if TYPE_CHECKING:
    from tools.benchmarks.measure import Measurement

# The documents that the parts stand in.
PLACES = {
    "figures": DOCS / "cost.md",
    "inbox figures": DOCS / "inbox.md",
    "stores figures": DOCS / "cost.md",
    "rounds figures": DOCS / "cost.md",
    "verify figures": DOCS / "cost.md",
    "warehouse figures": DOCS / "cost.md",
    "loaders figures": DOCS / "loaders.md",
    "page figures": DOCS / "cost.md",
}
WIDTH = 90  # what the tables need
HEADINGS = ("who", "carts", "time", "requests", "records/s", "MB", "busy")


def main(*, publish: bool, only: str | None) -> None:
    """Show the tables, and publish them if asked to."""
    console = Console()
    console.width = max(console.width, WIDTH)
    parts = {}
    if not only:
        results = Results.read(JSON)
        console.print(*(table(results, case) for case in results.cases), ratios(results), sep="\n")
        console.print(*remarks(results), sep="\n")
        parts["figures"] = part(results)
    if only in (None, "inbox"):
        inbox = InboxResults.read(JSON)
        console.print(
            figures_table(inbox.rows(), "the inbox's receivers"),
            figures_table(inbox.read_rows(), "the tap on an inbox"),
            sep="\n",
        )
        parts["inbox figures"] = inbox_part(inbox)
    if only in (None, "stores"):
        stores = StoresResults.read(JSON)
        console.print(
            figures_table(stores.load_rows(), "stores into one PostgreSQL"),
            figures_table(stores.start_up_rows(), "start-up"),
            figures_table(stores.speed_ups(), "at once"),
            figures_table(stores.hourly_rows(), "simulated: 1,000 stores hourly"),
            sep="\n",
        )
        parts["stores figures"] = stores.part()
    if only in (None, "rounds"):
        rounds = RoundsResults.read(JSON)
        console.print(figures_table(rounds.rows(), "rounds"))
        parts["rounds figures"] = rounds.part()
    if only in (None, "verify"):
        checks = VerifyResults.read(JSON)
        console.print(
            figures_table(checks.rows(), "checks"),
            figures_table(checks.ratios(), "goals"),
            sep="\n",
        )
        parts["verify figures"] = checks.part()
    if only in (None, "warehouse"):
        warehouse = WarehouseResults.read(JSON)
        console.print(
            *(figures_table(warehouse.database_rows(each), each) for each in warehouse.databases),
            figures_table(warehouse.part_rows(), "processes"),
            figures_table(warehouse.goals(), "goals"),
            warehouse.bottleneck(),
            *warehouse.remarks(),
            sep="\n",
        )
        parts["warehouse figures"] = warehouse.part()
    if only in (None, "loaders"):
        settings = LoaderSettingsResults.read(JSON)
        console.print(figures_table(settings.rows(), "loaders' settings"))
        parts["loaders figures"] = settings.part()
    if only in (None, "page"):
        pages = PageResults.read(JSON)
        console.print(figures_table(pages.rows(), "the page"))
        parts["page figures"] = pages.part()
    if publish:
        published(parts, only)


def published(parts: dict[str, str], only: str | None) -> None:
    """Put the parts into the documents, but what was measured with less."""
    if less := quick(json.loads(JSON.read_text()), only):
        raise SystemExit(f"Measured with QUICK=1, so not published: {', '.join(less)}.")
    if not only:
        draw(Results.read(JSON), FIGURE)
    for name, written in parts.items():
        place = PLACES[name]
        place.write_text(replaced(place.read_text(), name, written))
        print(f"Written: {place.relative_to(ROOT)}: {name}.")  # noqa: T201 - the answer


def quick(found: dict[str, Any], only: str | None) -> list[str]:
    """List what of the measurements to show was made with less."""
    shown_parts = (
        {only: found[only]} if only else {"the tap": found, **{p: found[p] for p in PARTS}}
    )
    return [name for name, of in shown_parts.items() if of["quick"]]


def replaced(text: str, name: str, written: str) -> str:
    """Return a document with a part put between its marks.

    Args:
        text: the document.
        name: of the part, as its marks say.
        written: its new text.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, rest = text.split(begin)
    return f"{before}{begin}{written}\n{end}{rest.split(end, 1)[1]}"


def table(results: Results, case: str) -> Table:
    """Lay out the measurements of one case; ≈ marks what was computed."""
    found = Table(*HEADINGS, title=case, box=None)
    found.columns[0].no_wrap = True
    for name in results.names(case):
        for one in results.runs(case, name):
            cost = (duration(one), requests(one), speed(results, one), peak(one))
            busy = "" if one.busy is None else f"{one.busy:.0%}"
            found.add_row(name, f"{one.carts:,}", *cost, busy)
    return found


def ratios(results: Results) -> Table:
    """Lay out the figures to reach."""
    found = Table("this tap", "reached", "goal", box=None)
    for ratio in results.ratios():
        found.add_row(*ratio)
    return found


def part(results: Results) -> str:
    """Write the part about the cost, in Markdown."""
    machine = results.found["machine"]
    command = "make bench QUICK=1" if results.found["quick"] else "make bench"
    intro = (
        f"`{command}` measured this on {machine['cores']} cores with Python {machine['python']}: "
        "the time to write all abandoned carts with their line items, from start to exit, of a "
        "[local store](../tap_bigcommerce_carts/sandbox) in a process of its own, which was at "
        f"work {results.busy():.0%} of the time at most. ≈ is computed from the requests of a "
        "shorter run, where a whole one would take longer than was waited. The [plain SDK tap]"
        "(../tools/benchmarks/plain_tap.py) is the tap one would write first: pages by number, and "
        "one request per cart for its lines. The [floor](../tools/benchmarks/floor.py) only "
        "fetches, decodes and writes: no checks, no conversion, no state."
    )
    picture = f"![Seconds by number of carts]({FIGURE.name})"
    parts = [intro, *(case_table(results, case) for case in results.cases), picture]
    if said := remarks(results):
        parts.append("\n".join(f"- {each}" for each in said))
    return "\n\n".join([*parts, ratio_table(results)])


def case_table(results: Results, case: str) -> str:
    """Write the table of one case: seconds by size, then requests, speed and memory."""
    sizes = results.sizes
    heads = [
        f"**{case}**",
        *(f"{carts:,} carts" for carts in sizes),
        *(f"requests, {sizes[0]:,}", f"records/s, {sizes[-1]:,}", "peak memory"),
    ]
    rows = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    for name in results.names(case):
        runs = [results.get(case, name, carts) for carts in sizes]
        peaks = [peak(one) for one in results.runs(case, name) if one.peak_mb]
        memory = f"{peaks[-1]} MB" if peaks else ""
        times = (duration(one) for one in runs)
        rows.append([name, *times, requests(runs[0]), speed(results, runs[-1]), memory])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def ratio_table(results: Results) -> str:
    """Write the figures to reach, as Markdown."""
    rows = [("this tap", "reached", "goal"), ("---", "---:", "---"), *results.ratios()]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def figures_table(rows: list[tuple[str, ...]], title: str) -> Table:
    """Lay out figures: their headings, and a row for each."""
    heads, *others = rows
    found = Table(*heads, title=title, box=None)
    for row in others:
        found.add_row(*row)
    return found


def inbox_part(results: InboxResults) -> str:
    """Write the part about the inbox, in Markdown."""
    command = "make bench ONLY=inbox" + (" QUICK=1" if results.quick else "")
    intro = (
        f"`{command}` measured this on {results.machine['cores']} cores with Python "
        f"{results.machine['python']}, which receivers, database and load share: events, all "
        "different, posted over loopback by a process of its own, each answered once it was on "
        f"disk. The load took {results.busy():.0%} of a core at most. Receivers that share a "
        "database commit in turns, and here they share the cores as well."
    )
    reading = (
        "The tap's first run on a SQLite inbox, which emits every cart and its lines. Carts that "
        "are known to be over are not read; those found gone are looked for among the orders. The "
        "token may read checkouts, which doubles the requests for carts with an e-mail address:"
    )
    tables = markdown(results.rows()), markdown(results.read_rows())
    return "\n\n".join((intro, tables[0], reading, tables[1]))


def remarks(results: Results) -> list[str]:
    """Return who could not run, who failed, and who did not write everything."""
    said: dict[object, str] = {}
    for one in results.measurements:
        name, missing = one.contender, results.missing(one)
        if one.outcome == "absent":
            said[name] = f"{name} was not run: {one.note}."
        elif one.outcome == "failed":
            said.setdefault((name, one.case), f"{name} failed, {one.case}: {one.note}")
        elif missing:
            whole = f"{results.whole(one.carts):,} records of {one.carts:,} carts"
            said[name, one.carts] = f"{name} did not write {missing:,} of the {whole}."
    return list(said.values())


def about(one: Measurement) -> str:
    """Mark what was computed."""
    return "" if one.outcome == FINISHED else "≈ "


def duration(one: Measurement) -> str:
    """Write the time a run took, in the unit that fits."""
    if not shown(one):
        return one.outcome
    for unit, size in (("h", 3600), ("min", 60)):
        if one.seconds >= 2 * size:
            return f"{about(one)}{one.seconds / size:,.1f} {unit}"
    return f"{about(one)}{one.seconds:.1f} s"


def requests(one: Measurement) -> str:
    """Write how many requests a run made."""
    return f"{about(one)}{one.requests:,}" if shown(one) else ""


def speed(results: Results, one: Measurement) -> str:
    """Write how many records a second a run wrote."""
    found = results.speed(one)
    return "" if found is None else f"{about(one)}{found:,.0f}"


def peak(one: Measurement) -> str:
    """Write the largest memory of a run, in MB."""
    return "" if one.peak_mb is None else f"{one.peak_mb:.0f}"


def shown(one: Measurement) -> bool:
    """Return whether a run has figures: it went well, or is known to go on like that."""
    return one.outcome not in ("failed", "absent")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.benchmarks.show")
    parser.add_argument("--publish", action="store_true", help="write figure and documents")
    parser.add_argument("--only", choices=[*PARTS], help="of one part")
    given = parser.parse_args()
    main(publish=given.publish, only=given.only)
