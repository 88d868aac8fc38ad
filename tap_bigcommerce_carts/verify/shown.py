"""Shows what checks found: a table for people, or one JSON document for programs.

Nothing of a row is shown but its key, its date, and a status or an amount that is wrong.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.verify.findings import Mode, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import Console

    from tap_bigcommerce_carts.verify.findings import Check, Checked, Day, Faulty
    from tap_bigcommerce_carts.verify.repair import Plan

_HINT = (
    "Counts are a hint only: equal counts can hide a difference, and some differ without a fault. "
    "Leave out --quick to compare row by row."
)
_NO_STATE = (
    "That is as far as the newest loaded rows tell: rows lost after them are not seen without the "
    "STATE (--state)."
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a store.

    Attributes:
        store: its name.
        check: what was found; None if nothing could be checked.
        failure: what else went wrong, in a sentence: why there is no check, or why it was not kept.
        plans: what would mend the faults, or what was done about those of checks before.
    """

    store: str
    check: Check | None = None
    failure: str | None = None
    plans: tuple[Plan, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Whether everything asked for was checked, and no fault found."""
        return self.check is not None and self.check.is_proven and self.failure is None

    @property
    def is_proof(self) -> bool:
        """Whether that proves anything: equal counts do not."""
        is_counted = self.check is not None and self.check.mode is Mode.QUICK
        return self.is_proven and not is_counted

    @property
    def faults(self) -> int:
        """Faulty rows."""
        return sum(each.faults for each in self.check.streams) if self.check else 0


def show(console: Console, outcome: Outcome) -> None:
    """Write what came of a store, for a person to read."""
    check = outcome.check
    if check is not None:
        console.print(_table(check))
        for line in _remarks(check):
            console.print(line, soft_wrap=True)
    console.print(_verdict(outcome), soft_wrap=True)


def document(outcomes: Iterable[Outcome], failure: str | None = None) -> dict[str, Any]:
    """Return what came of all stores, as JSON has it; docs/verify.md says what each field is.

    Args:
        outcomes: of each store.
        failure: why no store could be checked at all, in a sentence.
    """
    outcomes = list(outcomes)
    return {
        "proven": failure is None and all(each.is_proof for each in outcomes),
        "failure": failure,
        "stores": [_of_store(each) for each in outcomes],
    }


def _of_store(outcome: Outcome) -> dict[str, Any]:
    check = outcome.check
    return {
        "store": outcome.store,
        "proven": outcome.is_proof,
        "mode": check.mode.value if check else None,
        "checked_at": iso(check.at) if check else None,
        "failure": outcome.failure,
        "repairs": [_of_plan(each) for each in outcome.plans],
        "streams": [_of_stream(each, check.mode) for each in check.streams] if check else [],
        "unchecked": list(check.unchecked) if check else [],
    }


def _of_plan(plan: Plan) -> dict[str, Any]:
    return {
        "done": plan.done,
        "deleted": [
            {"stream": name, "keys": [shown(key) for key in keys]}
            for name, keys in plan.spare.items()
        ],
        "loaded": [{"first": iso(each.lower), "last": iso(each.upper)} for each in plan.loads],
    }


def _of_stream(found: Checked, mode: Mode) -> dict[str, Any]:
    return {
        "stream": found.stream,
        "proven": found.is_proven and mode is not Mode.QUICK,
        "window_start": iso(found.window.lower) if found.window else None,
        "window_end": iso(found.window.upper) if found.window else None,
        **_counts(found.days.values()),
        "unverified": found.unverified,
        "notes": found.notes,
        "first_faults": [
            {
                "fault": fault.value,
                "key": each.key,
                "date": iso(each.date),
                "store": each.store,
                "warehouse": each.warehouse,
            }
            for fault, keys in found.keys.items()
            for each in keys
        ],
        "days": [{"day": day.isoformat(), **_counts([of])} for day, of in found.every_day()],
    }


def _counts(days: Iterable[Day]) -> dict[str, Any]:
    days = list(days)
    explained, faults = (
        _kinds(each.explained for each in days),
        _kinds(each.faults for each in days),
    )
    return {
        "rows_checked": sum(each.checked for each in days),
        "rows_equal": sum(each.equal for each in days),
        "rows_explained": sum(explained.values()),
        "rows_at_fault": sum(faults.values()),
        "explained_by_kind": explained,
        "faults_by_kind": faults,
    }


def _kinds(counted: Iterable[Mapping[Any, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counted:
        total.update({kind.value: count for kind, count in each.items() if count})
    return dict(sorted(total.items()))


def _table(check: Check) -> Table:
    title = f"{escape(check.store)}, {check.mode.value}, {iso(check.at)}"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 1))
    for name in ("stream", "days (UTC)"):
        table.add_column(name, no_wrap=True)
    for name in ("checked", "equal"):
        table.add_column(name, justify="right")
    table.add_column("explained", overflow="fold")
    table.add_column("faults", overflow="fold", style="bold red")
    for found in check.streams:
        name = found.stream
        for days, of in _spans(found):
            counts = _counts(of)
            table.add_row(
                name,
                days,
                f"{counts['rows_checked']:,}",
                f"{counts['rows_equal']:,}",
                _listed(counts["explained_by_kind"]),
                _listed(counts["faults_by_kind"]),
            )
            name = ""
        if not found.was_looked_at:
            table.add_row(name, "not checked", "", "", "", "")
    return table


def _spans(found: Checked) -> Iterator[tuple[str, list[Day]]]:
    """Yield days for a line each; those between two with faults share one."""
    for at_fault, group in groupby(found.every_day(), lambda day: bool(day[1].faults)):
        days = list(group)
        for some in [[each] for each in days] if at_fault else [days]:
            first, last = some[0][0], some[-1][0]
            yield f"{first}" if first == last else f"{first} to {last}", [of for _, of in some]


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())


def _remarks(check: Check) -> Iterator[Text]:
    for found in check.streams:
        for fault, keys in found.keys.items():
            total = sum(day.faults[fault] for day in found.days.values())
            first = "the first " if total > len(keys) else ""
            named = ", ".join(map(_named, keys))
            yield Text(f"{found.stream}, {fault.value}, {first}{len(keys)}: {named}", "red")
        for sentence in found.unverified:
            yield Text(f"{found.stream}, not verified: {sentence}", "yellow")
    for sentence, streams in _notes(check).items():
        yield Text(f"{', '.join(streams)}: {sentence}", "dim")
    if check.unchecked:
        yield Text(f"There is no check of {', '.join(check.unchecked)}.", "dim")
    if check.mode is Mode.QUICK:
        yield Text(_HINT, "yellow")


def _named(row: Faulty) -> str:
    both = "" if row.store is None else f": {row.store} at the store, {row.warehouse} loaded"
    return f"{row.key} ({iso(row.date)}{both})"


def _notes(check: Check) -> dict[str, list[str]]:
    """Return each note with the streams that it is about."""
    notes: dict[str, list[str]] = {}
    for found in check.streams:
        for sentence in dict.fromkeys(found.notes):
            notes.setdefault(sentence, []).append(found.stream)
    return notes


def _verdict(outcome: Outcome) -> Text:
    """Return the last line, which says by itself how it ended."""
    check = outcome.check
    if check is None:
        return Text(f"{outcome.store}: not checked: {outcome.failure}", "bold red")
    if not check.streams:
        return Text(f"{check.store}: nothing checked: the STATE has no stream.", "bold red")
    failure = f" {outcome.failure}" if outcome.failure else ""
    counts = _counts(day for found in check.streams for day in found.days.values())
    if outcome.faults:
        kinds = _listed(counts["faults_by_kind"])
        return Text(f"{check.store}: {outcome.faults:,} at fault: {kinds}.{failure}", "bold red")
    if not outcome.is_proven:
        names = ", ".join(found.stream for found in check.streams if not found.is_proven)
        what = f"not verified: {names}." if names else "the check was not kept."
        return Text(f"{check.store}: no fault found, but {what}{failure}", "bold yellow")
    what = "counted alike" if check.mode is Mode.QUICK else "as the store has them"
    text = f"{check.store}: {counts['rows_checked']:,} rows {what}: {_up_to(check)}."
    if not check.has_state:
        # It must not pass for more than it is.
        return Text(f"{text} {_NO_STATE}", "bold yellow")
    return Text(text, "bold green")


def _up_to(check: Check) -> str:
    """Return up to where each stream was looked at, those with the same date together."""
    ends: dict[str, list[str]] = {}
    for found in check.streams:
        if found.window is not None:
            ends.setdefault(iso(found.window.upper), []).append(found.stream)
    return "; ".join(f"{', '.join(names)} up to {end}" for end, names in ends.items())
