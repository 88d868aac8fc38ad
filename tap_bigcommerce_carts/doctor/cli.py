"""The subcommand `bigcommerce-carts doctor`: is everything there that a load needs?"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_bigcommerce_carts.doctor.findings import exit_code
from tap_bigcommerce_carts.errors import SettingsError, TapError
from tap_bigcommerce_carts.load import options

if TYPE_CHECKING:
    from tap_bigcommerce_carts.doctor.findings import Finding
    from tap_bigcommerce_carts.doctor.stores import Looked
    from tap_bigcommerce_carts.load.project import Project

# Exit codes beside those of the findings; that of a wrong call is click's, too.
_WRONG_CALL, _NOT_CHECKED = 2, 3
logger = logging.getLogger("bigcommerce-carts")


@click.command()
@click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="The tap's settings.  [default: TAP_BIGCOMMERCE_CARTS_... in the environment or .env]",
)
@click.option(
    "--store",
    "names",
    metavar="NAME",
    multiple=True,
    shell_complete=options.complete_stores,
    help="A store of the file; or several.",
)
@click.option("--all", "every", is_flag=True, help="Every store of the file.")
@options.stores
@click.option("--loader", help="Meltano's loader.  [default: by the warehouse, or the file's]")
@options.project
@options.meltano
@options.work
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
def doctor(**given: Any) -> int:
    """Check settings, token, clock, quota, inbox and warehouse; a line each."""
    # Imported when needed: the tap's declarations come with the Singer SDK.
    from tap_bigcommerce_carts.doctor.checkup import findings_of  # noqa: PLC0415
    from tap_bigcommerce_carts.doctor.shown import (  # noqa: PLC0415
        about,
        document,
        say,
        show,
        summary,
    )

    _check_call(given)
    as_json = given["form"] == "json"
    try:
        stores = _stores(given, _project(given))
    except TapError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user
        if as_json:
            click.echo(json.dumps(document([], str(error)), indent=2))
        return _WRONG_CALL if isinstance(error, SettingsError) else _NOT_CHECKED
    found: list[tuple[str, list[Finding]]] = []
    if not as_json:
        say(about())
    for store in stores:
        if store.name and not as_json:
            say(f"\n{store.name}")
        findings = []
        for each in findings_of(store):
            findings.append(each)
            if not as_json:
                show(each)
        found.append((store.name, findings))
    everything = [each for _, findings in found for each in findings]
    if as_json:
        click.echo(json.dumps(document(found), indent=2))
    else:
        say(f"\n{summary(everything)}.")
    return exit_code(everything)


def _check_call(given: dict[str, Any]) -> None:
    """Check what click does not.

    Raises:
        click.UsageError: options that do not go together.
    """
    if bool(given["names"]) + given["every"] + bool(given["configs"]) > 1:
        raise click.UsageError("Say --store, --all or --config, one of them.")


def _project(given: dict[str, Any]) -> Project | None:
    """Return the Meltano project; None if what reads one is not installed.

    Raises:
        TapError: it is not, and stores of the file are asked for.
    """
    try:
        from tap_bigcommerce_carts.load.project import Project  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if given["names"] or given["every"]:
            raise TapError(
                "The packages that read the file of stores are not installed: install "
                f"tap-bigcommerce-carts[load] ({error.name} is missing)."
            ) from None
        return None
    return Project(given["root"], given["meltano"], given["work"])


def _stores(given: dict[str, Any], project: Project | None) -> list[Looked]:
    """Return the stores to look at.

    Raises:
        TapError: a file cannot be read, or is wrong.
    """
    from tap_bigcommerce_carts.doctor import stores  # noqa: PLC0415 - as above

    if given["configs"]:
        return [stores.by_files(given["configs"])]
    if project and (given["names"] or given["every"]):
        return stores.by_names(given["file"], given["names"], project, given["loader"])
    return [stores.by_environment(project, given["loader"] or "")]
