"""Mends what a check found: deletes what does not belong, and loads the wrong dates again.

A loader writes over rows by their key: that mends a row that is missing, old or wrong. It leaves
alone what stands under another key: rows that the store cannot have, and lines that are not their
cart's. Those alone are deleted, of the keys that the check named, and kept in `load_repairs`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import SettingsError, TapError, UnverifiedError
from tap_bigcommerce_carts.load.meltano_log import TAP
from tap_bigcommerce_carts.load.one import Loading, What
from tap_bigcommerce_carts.load.processes import Processes, stopping
from tap_bigcommerce_carts.load.stores import Secrets, Store
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.verify.findings import Fault, shown
from tap_bigcommerce_carts.verify.lines.again import line_reader
from tap_bigcommerce_carts.verify.one import run_of
from tap_bigcommerce_carts.verify.state import streams_in
from tap_bigcommerce_carts.verify.tables.deletions import LINES, Tables, delete
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from rich.console import Console

    from tap_bigcommerce_carts.load.meltano_log import Line
    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.verify.findings import Check, Checked
    from tap_bigcommerce_carts.verify.one import Checking
    from tap_bigcommerce_carts.verify.shown import Outcome
    from tap_bigcommerce_carts.verify.stores import Chosen
    from tap_bigcommerce_carts.verify.tables.deletions import Spare

# To start Meltano takes as long as to read some thousand rows: dates so near each other are one
# load, and there are no more loads than these.
_NEAR, _MOST_LOADS = timedelta(days=7), 8
_SECOND = timedelta(seconds=1)
# A repair is repeated as long as it mends something: of much that is spare a part is named at once.
_MOST_ROUNDS = 3
# Keys that are shown of what is deleted.
_SHOWN = 10
# A greater share of rows that are not the store's, and it may be another store.
_SHARE = 0.2
_STATE = "repair"
# Streams of the STATE whose tables have to be there.
_CHECKED = frozenset({"orders", "abandoned_carts", "customers", *LINES})


@dataclass(frozen=True, slots=True)
class Plan:
    """What would mend a store's rows.

    Attributes:
        spare: what is looked at first, and deleted if it does not belong, by stream: keys of rows;
            of lines, those of their carts. If it was done: that of which something was deleted.
        loads: the dates to load again, both ends included.
        done: whether it was done.
    """

    spare: Spare
    loads: tuple[Window, ...]
    done: bool = False


def plan(check: Check) -> Plan:
    """Return what would mend the faults that a check found.

    Raises:
        UnverifiedError: so many rows are not the store's that it may be another store.
    """
    for found in check.faulty:
        _check_store(found)
    spare = {found.stream: found.spare for found in check.faulty if found.spare}
    return Plan(spare, _ranges(check))


def _check_store(found: Checked) -> None:
    extra = sum(day.faults[Fault.EXTRA] for day in found.days.values())
    checked = sum(day.checked for day in found.days.values())
    if found.stream not in LINES and extra > checked * _SHARE:
        raise UnverifiedError(
            f"{extra:,} of {checked:,} rows of {found.stream} are not the store's: are these the "
            "settings of the store that was loaded? If so, delete them yourself; nothing was "
            "deleted, and nothing loaded."
        )


def _ranges(check: Check) -> tuple[Window, ...]:
    """Return the dates with faults, as few ranges as make sense."""
    ranges: list[Window] = []
    for first, last in sorted(_wrong_dates(check)):
        if ranges and first - ranges[-1].upper <= _NEAR:
            ranges[-1] = Window(ranges[-1].lower, max(last, ranges[-1].upper))
        else:
            ranges.append(Window(first, last))
    while len(ranges) > _MOST_LOADS:
        gaps = [ranges[at + 1].lower - ranges[at].upper for at in range(len(ranges) - 1)]
        at = gaps.index(min(gaps))
        ranges[at : at + 2] = [Window(ranges[at].lower, ranges[at + 1].upper)]
    return tuple(ranges)


def _wrong_dates(check: Check) -> Iterator[tuple[datetime, datetime]]:
    for found in check.faulty:
        for day in found.days.values():
            if day.first and day.last:
                yield day.first, day.last


class Repairing:
    """Repairs stores, or says what that would be.

    Args:
        checking: how they are checked.
        project: the Meltano project that loads.
        loader: the loader to take; None for the one that the warehouse is loaded by.
        do: whether it is done.
    """

    def __init__(
        self, checking: Checking, project: Project, loader: str | None, *, do: bool
    ) -> None:
        self._checking = checking
        self._project = project
        self._loader = loader
        self._do = do

    def repair(self, chosen: Chosen, outcome: Outcome, console: Console) -> Outcome:
        """Repair a store, and check it once more.

        Args:
            chosen: the store.
            outcome: what a check of it found.
            console: where is shown what is done.

        Returns:
            What the last check found.
        """
        plans: list[Plan] = []
        while outcome.check is not None and outcome.faults:
            before = outcome
            try:
                planned = plan(outcome.check)
                self._check_tables(outcome.check, chosen)
                self._show(planned, chosen, outcome.check.store, console)
                if not self._do:
                    return replace(outcome, plans=(planned,))
                plans.append(self._carry_out(planned, chosen, outcome.check.store, console))
            except TapError as error:
                return replace(outcome, failure=str(error), plans=tuple(plans))
            outcome = self._checking.check(chosen)
            if len(plans) == _MOST_ROUNDS or outcome.faults >= before.faults:
                break
        return replace(outcome, plans=tuple(plans))

    def _check_tables(self, check: Check, chosen: Chosen) -> None:
        """Check that no table is absent.

        Raises:
            UnverifiedError: one is: the loader would make it, with the repaired dates alone.
        """
        place, config = self._checking.place, run_of(chosen.settings).config
        loaded = _CHECKED.intersection(streams_in(chosen.last_state or {}))
        with Warehouse.at(place.address, place.schema) as warehouse:
            tables = Tables(warehouse, config)
            absent = sorted(
                filter(tables.lacks, loaded.union(each.stream for each in check.streams))
            )
        if absent:
            raise UnverifiedError(
                f"The warehouse has no table of {', '.join(absent)}: load all first, by "
                f"`{self._load_command(chosen, check.store)}`. Nothing was repaired."
            )

    def _show(self, planned: Plan, chosen: Chosen, store: str, console: Console) -> None:
        def say(text: str) -> None:
            console.print(f"  {text}", markup=False, highlight=False, soft_wrap=True)

        console.print("To mend it:", style="bold")
        for stream, keys in planned.spare.items():
            what = (
                "delete what the store does not have, or what is twice, of the lines of cart(s)"
                if stream in LINES
                else "delete the row(s), or of rows with the same key all but the latest,"
            )
            more = ", ..." if len(keys) > _SHOWN else ""
            named = ", ".join(map(shown, [*keys][:_SHOWN]))
            say(f"{store}, {stream}: {what} {named}{more} ({len(keys):,})")
        for window in planned.loads:
            say(self._load_command(chosen, store, window))
        if not self._do:
            console.print("With --yes this is done.", style="bold")

    def _load_command(self, chosen: Chosen, store: str, window: Window | None = None) -> str:
        """Return what loads a store, or some dates of it, in a form to be pasted."""
        bounds = (iso(window.lower), iso(_end(window))) if window else ()
        if chosen.secrets is not None:
            named = ("--from", "--to")[: len(bounds)]
            options = [word for pair in zip(named, bounds, strict=True) for word in pair]
            words = ["bigcommerce-carts", "load", chosen.store.name, *options, "--full-refresh"]
            return shlex.join(words)
        names = ("START_DATE", "END_DATE")[: len(bounds)]
        settings = [
            f"TAP_BIGCOMMERCE_CARTS_{name}={value}"
            for name, value in zip(names, bounds, strict=True)
        ]
        suffix = f"--state-id-suffix={_named(chosen, store).name}.{_STATE}" if window else ""
        loader = self._loader or chosen.loader or self._checking.place.loader or "LOADER"
        words = [*settings, "meltano run --full-refresh", suffix, TAP, loader]
        return " ".join(filter(None, words))

    def _carry_out(self, planned: Plan, chosen: Chosen, store: str, console: Console) -> Plan:
        """Delete, then load; return what was done.

        Raises:
            TapError: it could not be done to its end; a further repair goes on.
        """
        place = self._checking.place
        loader = self._loader or chosen.loader or place.loader
        if place.loader is None or loader is None:
            raise SettingsError(
                "A repair loads by target-duckdb or target-postgres alone: load the dates above "
                "with your loader, by `bigcommerce-carts load --from ... --to ... --full-refresh`."
            )
        project = replace(self._project, further=place.settings_of(loader))
        project.check(loader)
        project.prepare()
        deleted = self._delete(planned, chosen, store) if planned.spare else {}
        processes = Processes()
        with stopping(processes):
            for window in planned.loads:
                bounds = (iso(window.lower), iso(_end(window)))
                what = What(loader, *bounds, full_refresh=True, state=_STATE)
                secrets = Secrets() if chosen.secrets is None else chosen.secrets
                loading = Loading(project, secrets, what, processes)
                loaded = loading.load(_named(chosen, store), _left_to_the_log)
                if loaded.failure is not None:
                    raise TapError(f"The repair did not come to its end: {loaded.failure}")
                console.print(
                    f"  {store}: loaded {bounds[0]} to {bounds[1]}: {loaded.log.rows.total():,} "
                    f"rows, {loaded.log.requests:,} requests, {loaded.seconds:,.1f} s",
                    markup=False,
                    highlight=False,
                    soft_wrap=True,
                )
        return replace(planned, spare=deleted, done=True)

    def _delete(self, planned: Plan, chosen: Chosen, store: str) -> Spare:
        place, run = self._checking.place, run_of(chosen.settings)
        try:
            with Warehouse.at(place.address, place.schema) as warehouse:
                return delete(warehouse, planned.spare, store, run.config, line_reader(run))
        finally:
            run.close()


def _end(window: Window) -> datetime:
    """Return the date before which a load ends."""
    return window.upper + _SECOND


def _named(chosen: Chosen, store: str) -> Store:
    """Return a store with a name that files and the STATE can be called by."""
    if chosen.secrets is not None:
        return chosen.store
    return Store(re.sub(r"[^A-Za-z0-9]+", "-", store).strip("-"), chosen.store.settings)


def _left_to_the_log(line: Line) -> None:
    """Leave a line to the store's log file."""
