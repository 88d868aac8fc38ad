"""The subcommand `bigcommerce-carts verify`: compares the warehouse with the store."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from tap_bigcommerce_carts.errors import SettingsError, StateError, TapError
from tap_bigcommerce_carts.load import options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import Console

    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.verify.check import Asked, OnProgress
    from tap_bigcommerce_carts.verify.one import Checking
    from tap_bigcommerce_carts.verify.places import Place
    from tap_bigcommerce_carts.verify.repair import Repairing
    from tap_bigcommerce_carts.verify.shown import Outcome
    from tap_bigcommerce_carts.verify.stores import Chosen

# Exit codes; that of a wrong call is click's, too.
_PROVEN, _AT_FAULT, _WRONG_CALL, _NOT_CHECKED = 0, 1, 2, 3
logger = logging.getLogger("bigcommerce-carts")


def _complete_streams(_context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete the last name of a list of streams."""
    try:
        from tap_bigcommerce_carts.verify.check import CHECKABLE  # noqa: PLC0415 - as below
    except ModuleNotFoundError:
        return []
    before, comma, begun = typed.rpartition(",")
    named = before.split(",")
    return [
        f"{before}{comma}{each}"
        for each in CHECKABLE
        if each.startswith(begun) and each not in named
    ]


@click.command()
@options.warehouse
@options.schema
@options.configs
@options.names
@options.every
@options.stores
@click.option("--from", "start", metavar="DATE", help="Check what changed from this date on ...")
@click.option(
    "--to",
    "end",
    metavar="DATE",
    help="... and before this one.  [default: the last 30 days that are loaded]",
)
@click.option(
    "--streams",
    metavar="A,B",
    shell_complete=_complete_streams,
    help="Check these alone.  [default: what is loaded]",
)
@click.option("--quick", is_flag=True, help="Compare how many rows a day has: a hint, no proof.")
@click.option("--deep", is_flag=True, help="Compare lines, too, and read some carts again.")
@click.option(
    "--state",
    type=click.File("rb"),
    help="The STATE of the last load; - for standard input.  [default: Meltano's]",
)
@click.option("--repair", is_flag=True, help="Say what would mend the faults ...")
@click.option("--yes", is_flag=True, help="... and do it, then check once more.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people, or for programs.",
)
@click.option("--no-keep", is_flag=True, help="Do not write the check into the warehouse.")
@click.option("--loader", help="Meltano's loader.  [default: by the warehouse, or the file's]")
@options.project
@options.meltano
@options.work
def verify(**given: Any) -> int:
    """Compare the warehouse with the store, key by key, for dates that are settled."""
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.load import terminal  # noqa: PLC0415
    from tap_bigcommerce_carts.load.project import Project  # noqa: PLC0415
    from tap_bigcommerce_carts.verify.one import Checking  # noqa: PLC0415
    from tap_bigcommerce_carts.verify.shown import document  # noqa: PLC0415

    _check_call(given)
    as_json = given["form"] == "json"
    # What is said on the way must not stand in the document.
    console = terminal.console(stderr=as_json)
    project = Project(given["root"], given["meltano"], given["work"])
    try:
        asked = _asked(given)
        where, chosen = _chosen(given, project)
    except TapError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user
        if as_json:
            click.echo(json.dumps(document([], str(error)), indent=2))
        return _WRONG_CALL if isinstance(error, (SettingsError, StateError)) else _NOT_CHECKED
    checking = Checking(where, asked, keep=not given["no_keep"])
    repairing = _repairing(given, checking, project)
    outcomes = [_one(each, checking, repairing, console, quiet=as_json) for each in chosen]
    if as_json:
        click.echo(json.dumps(document(outcomes), indent=2))
    if any(each.faults for each in outcomes):
        return _AT_FAULT
    return _PROVEN if all(each.is_proven for each in outcomes) else _NOT_CHECKED


def _check_call(given: dict[str, Any]) -> None:
    """Check what click does not.

    Raises:
        click.UsageError: options that do not go together.
    """
    named = bool(given["names"]) + given["every"] + bool(given["configs"])
    for wrong, why in (
        (named > 1, "Say --store, --all or --config, one of them."),
        (given["quick"] and given["deep"], "Say --quick or --deep, not both."),
        ("" in (given["start"], given["end"]), "--from and --to take a date, such as 2026-02-01."),
        (given["yes"] and not given["repair"], "--yes is for --repair."),
        (given["quick"] and given["repair"], "--quick finds no rows that could be repaired."),
        (
            given["state"] is not None and (given["every"] or len(given["names"]) > 1),
            "A STATE is one store's: name one, or leave out --state.",
        ),
    ):
        if wrong:
            raise click.UsageError(why)


def _asked(given: dict[str, Any]) -> Asked:
    """Return what is to be checked of each store.

    Raises:
        SettingsError: a date is none, or there is no such stream.
    """
    from tap_bigcommerce_carts.load.stores import read_bounds  # noqa: PLC0415 - as above
    from tap_bigcommerce_carts.verify.check import CHECKABLE, Asked  # noqa: PLC0415
    from tap_bigcommerce_carts.verify.findings import Mode  # noqa: PLC0415

    bounds = {"start_date": given["start"], "end_date": given["end"]}
    start, end = read_bounds({name: value for name, value in bounds.items() if value})
    streams = None
    if given["streams"] is not None:
        streams = tuple(filter(None, (each.strip() for each in given["streams"].split(","))))
        if not streams:
            raise SettingsError(f"--streams names none; there are {_listed(CHECKABLE)}.")
    for name in streams or ():
        if name not in CHECKABLE:
            raise SettingsError(
                f"--streams: there is no `{name}` to check; there are {_listed(CHECKABLE)}."
            )
    mode = Mode.QUICK if given["quick"] else Mode.DEEP if given["deep"] else Mode.KEYS
    return Asked(mode, streams, start, end)


def _chosen(given: dict[str, Any], project: Project) -> tuple[Place, list[Chosen]]:
    """Return the warehouse and the stores to check; what is wrong with these is said first.

    Raises:
        TapError: a file cannot be read, or is wrong; or it is not known which warehouse.
    """
    from tap_bigcommerce_carts.load.stores import read_stores  # noqa: PLC0415 - as above
    from tap_bigcommerce_carts.verify import stores  # noqa: PLC0415
    from tap_bigcommerce_carts.verify.places import loader_meant  # noqa: PLC0415

    state = _state(given["state"])
    if given["configs"]:
        chosen = stores.by_files(given["configs"], state)
        return _place(given, project, given["loader"]), [chosen]
    if not (given["names"] or given["every"]):
        where = _place(given, project, given["loader"])
        loader = loader_meant(given["loader"], lambda: where)
        return where, [stores.by_environment(project, loader, state)]
    listed = read_stores(given["file"])
    for name in given["names"]:
        listed.named(name)
    where = _place(given, project, given["loader"] or listed.loader)
    loader = loader_meant(given["loader"], lambda: where, listed.loader)
    return where, stores.by_names(listed, given["names"], project, loader, state)


def _place(given: dict[str, Any], project: Project, loader: str | None) -> Place:
    """Return the warehouse.

    Raises:
        TapError: it is not known which.
    """
    from tap_bigcommerce_carts.verify.places import place, told_by  # noqa: PLC0415 - as above

    told = told_by(project, loader)
    return place(given["warehouse"], given["schema"], project.variables, told, loader)


def _state(file: IO[bytes] | None) -> dict[str, Any] | None:
    from tap_bigcommerce_carts.verify.check import CHECKABLE  # noqa: PLC0415 - as above
    from tap_bigcommerce_carts.verify.state import bookmarks_in, positions_in  # noqa: PLC0415

    if file is None:
        return None
    try:
        found = json.load(file)
    except (ValueError, RecursionError):
        raise StateError("The file given with --state is not JSON.") from None
    if not isinstance(found, dict):
        raise StateError("The STATE is not a JSON object. Give the last STATE of a run.")
    # Said before anything is asked for.
    bookmarks_in(found, CHECKABLE)
    positions_in(found, CHECKABLE)
    return found


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{each}`" for each in sorted(names))


def _repairing(given: dict[str, Any], checking: Checking, project: Project) -> Repairing | None:
    if not given["repair"]:
        return None
    from tap_bigcommerce_carts.verify.repair import Repairing  # noqa: PLC0415 - as above

    return Repairing(checking, project, given["loader"], do=given["yes"])


def _one(
    chosen: Chosen,
    checking: Checking,
    repairing: Repairing | None,
    console: Console,
    *,
    quiet: bool,
) -> Outcome:
    """Check a store, repair it if that is asked for, and show what came of it."""
    from tap_bigcommerce_carts.verify.shown import show  # noqa: PLC0415 - as above

    with _bar(chosen.store.name) as on_progress:
        outcome = checking.check(chosen, on_progress)
    if not quiet:
        show(console, outcome)
    if repairing is None or not outcome.faults:
        return outcome
    outcome = repairing.repair(chosen, outcome, console)
    if not quiet and any(each.done for each in outcome.plans):
        show(console, outcome)
    return outcome


@contextmanager
def _bar(name: str) -> Iterator[OnProgress]:
    """Show on a terminal how far the store's lists were read."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - as above

    from tap_bigcommerce_carts.load import terminal  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with terminal.bar(terminal.console(stderr=True), *columns) as bar:
        task = bar.add_task(name, total=1)
        yield lambda stream, share: bar.update(
            task, completed=share, description=f"{name}: {stream}"
        )
