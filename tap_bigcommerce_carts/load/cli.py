"""The subcommand `bigcommerce-carts load`: loads stores through Meltano, each by itself."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import click

from tap_bigcommerce_carts.errors import SettingsError, TapError
from tap_bigcommerce_carts.load import options

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from tap_bigcommerce_carts.load.meltano_log import Line
    from tap_bigcommerce_carts.load.one import Loading, What
    from tap_bigcommerce_carts.load.processes import Processes
    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.load.stores import Store, StoreList

logger = logging.getLogger("bigcommerce-carts")
# EX_TEMPFAIL of sysexits(3): try again later.
_RUNNING = 75


@click.command()
@click.argument("names", metavar="[STORE]...", nargs=-1, shell_complete=options.complete_stores)
@click.option("--all", "every", is_flag=True, help="Load every store of the file.")
@options.stores
@click.option("--loader", help="Meltano's loader.  [default: the file's]")
@click.option(
    "--at-once",
    type=click.IntRange(1, 256),
    help="Most stores loaded at the same time.  [default: the file's, or 4]",
)
@click.option("--from", "start", metavar="DATE", help="Backfill from this modification date on ...")
@click.option("--to", "end", metavar="DATE", help="... up to this one, with a state of its own.")
@click.option("--full-refresh", is_flag=True, help="Read everything again.")
@click.option(
    "--then",
    metavar="PLUGIN:COMMAND",
    help="What Meltano runs once after all, or alone.  [default with --all: the file's]",
)
@click.option("--check", is_flag=True, help="Check the file and all secrets, and load nothing.")
@options.project
@options.meltano
@options.work
def load(  # noqa: PLR0913 - one for each option
    *,
    names: tuple[str, ...],
    file: Path,
    loader: str | None,
    at_once: int | None,
    start: str | None,
    end: str | None,
    then: str | None,
    root: Path,
    meltano: Path | None,
    work: Path | None,
    every: bool,
    full_refresh: bool,
    check: bool,
) -> int:
    """Load stores into the warehouse, each with a state, a folder and secrets of its own."""
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.load import terminal  # noqa: PLC0415
    from tap_bigcommerce_carts.load.one import Loading, What  # noqa: PLC0415
    from tap_bigcommerce_carts.load.processes import Processes, stopping  # noqa: PLC0415
    from tap_bigcommerce_carts.load.project import Project  # noqa: PLC0415
    from tap_bigcommerce_carts.load.stores import read_bounds, read_stores  # noqa: PLC0415

    if sys.platform == "win32":
        raise TapError("Loading many stores needs Linux or macOS; on Windows, WSL.")
    nothing_but_then = bool(then) and not (names or every or check)
    if every == bool(names) and not (check or nothing_but_then):
        both = ", not both" if every else ""
        raise click.UsageError(f"Name the stores to load, or say --all{both}.")
    listed = read_stores(file)
    chosen = [listed.named(name) for name in dict.fromkeys(names)] or [*listed.stores.values()]
    what = What(loader or listed.loader, start, end, full_refresh=full_refresh)
    read_bounds(what.bounds)
    if check:
        return _check(listed, chosen)
    project = Project(root, meltano, work)
    project.check(what.loader)
    most = _at_once(min(at_once or listed.at_once, len(chosen)), what, project)
    then = then or (listed.then if every else None)
    processes = Processes()
    with stopping(processes):
        project.prepare()
        loading = Loading(project, listed.secrets, what, processes)
        code = 0
        if not nothing_but_then:
            code = _load(loading, chosen, most, terminal.console(soft_wrap=True))
        return max(code, _run(project, processes, then)) if then else code


def _check(listed: StoreList, chosen: Sequence[Store]) -> int:
    from tap_bigcommerce_carts.load.secrets import settings_of  # noqa: PLC0415 - as above

    wrong = 0
    for store in chosen:
        try:
            settings_of(store, listed.secrets)
        except SettingsError as error:
            wrong += 1
            logger.error("%s", error)  # noqa: TRY400 - a sentence for the user
        else:
            click.echo(f"{store.name}: nothing is missing.")
    if wrong:
        raise SettingsError(f"{wrong} of {len(chosen)} stores cannot be loaded.")
    return 0


def _at_once(wanted: int, what: What, project: Project) -> int:
    path = project.environment.get("TARGET_DUCKDB_PATH", "")
    if what.loader.startswith("target-duckdb") and not path.startswith("md:") and wanted > 1:
        logger.info("A DuckDB file takes one writer: the stores are loaded one after the other.")
        return 1
    return wanted


def _load(loading: Loading, chosen: Sequence[Store], at_once: int, console: Console) -> int:
    from tap_bigcommerce_carts.load.many import load_all, show  # noqa: PLC0415 - as above

    if len(chosen) > 1:
        ended = load_all(loading, chosen, at_once, console)
        return int(any(each.failure is not None for each in ended))
    loaded = loading.load(chosen[0], _to_stderr)
    if loaded.running:
        logger.error("%s", loaded.failure)
        return _RUNNING
    show(console, loaded)
    return int(loaded.failure is not None)


def _to_stderr(line: Line) -> None:
    if not line.metric:
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - the log of another process


def _run(project: Project, processes: Processes, block: str) -> int:
    from tap_bigcommerce_carts.load.project import FOR_ALL  # noqa: PLC0415 - as above

    code = processes.run(
        project.arguments("run", "--no-install", block),
        project.root,
        project.environment_in(FOR_ALL),
        lambda line: _to_stderr(line.without(project.secrets)),
    )
    if code:
        raise TapError(f"`meltano run {block}` failed with exit code {code}; its words are above.")
    return code
