"""The subcommand `bigcommerce-carts doctor`: is everything there that a load needs?"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from tap_bigcommerce_carts.doctor.findings import exit_code
from tap_bigcommerce_carts.errors import MissingExtraError, SettingsError, TapError
from tap_bigcommerce_carts.load import options

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.doctor.stores import Looked
    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.verify.places import Place

# Exit codes beside those of the findings; that of a wrong call is click's, too.
_WRONG_CALL, _NOT_CHECKED = 2, 3
# The part of the findings that is about no single store; no store can be called so.
_ACCOUNTS_TOKEN = "CART_INBOX_ACCESS_TOKEN"  # noqa: S105 - a variable's name
_FOR_ALL = "(all stores)"
logger = logging.getLogger("bigcommerce-carts")


@click.command()
@options.configs
@options.names
@options.every
@options.stores
@options.warehouse
@options.schema
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
@click.option(
    "--probe",
    is_flag=True,
    help="Ask the store instead what no document says of the API, in 30 requests at most, all of "
    "them GET; the report holds nothing of the store, and is meant to be sent in.",
)
def doctor(**given: Any) -> int:
    """Check settings, token, clock, quota, inbox and warehouse; a line each.

    Only looks: what it writes to prove that it can is taken back. What it prints may be
    published: no secret and no shopper is in it.
    """
    # Imported when needed: the tap's declarations come with the Singer SDK.
    from tap_bigcommerce_carts.doctor import checkup, shown  # noqa: PLC0415

    _check_call(given)
    as_json = given["form"] == "json"
    project = _project(given)
    try:
        variables = os.environ if project is None else project.variables
        stores, find = _stores(given, project)
    except TapError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user
        if as_json:
            click.echo(json.dumps(shown.document([], str(error)), indent=2))
        return _WRONG_CALL if isinstance(error, SettingsError) else _NOT_CHECKED
    if given["probe"]:
        from tap_bigcommerce_carts.doctor.probe.command import probe  # noqa: PLC0415 - as above

        return probe(stores, as_json=as_json)
    if len(stores) > 1:
        # It is of one store's account.
        variables = {name: value for name, value in variables.items() if name != _ACCOUNTS_TOKEN}
    parts = [(each.name, checkup.findings_of(each, variables)) for each in stores]
    if len(stores) == 1:
        of_one = checkup.findings_of_warehouse(find, stores[0])
        parts = [(stores[0].name, chain(parts[0][1], of_one))]
    else:
        parts.append((_FOR_ALL, checkup.findings_of_warehouse(find, None)))
    found = [(name, [*shown.shown(name, findings, quiet=as_json)]) for name, findings in parts]
    everything = [each for _, findings in found for each in findings]
    if as_json:
        click.echo(json.dumps(shown.document(found), indent=2))
    else:
        shown.say(shown.summary(everything))
    return exit_code(everything)


def _check_call(given: dict[str, Any]) -> None:
    """Check what click does not.

    Raises:
        click.UsageError: options that do not go together.
    """
    if bool(given["names"]) + given["every"] + bool(given["configs"]) > 1:
        raise click.UsageError("Say --store, --all or --config, one of them.")
    # Of the environment it may stand there for other calls.
    typed = click.get_current_context().get_parameter_source("file") is ParameterSource.COMMANDLINE
    if typed and not (given["names"] or given["every"]):
        raise click.UsageError("--stores goes with --all or --store.")


def _project(given: dict[str, Any]) -> Project | None:
    """Return the Meltano project; None if what reads one is not installed.

    Raises:
        MissingExtraError: it is not, and stores of the file are asked for.
    """
    try:
        from tap_bigcommerce_carts.load.project import Project  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        if given["names"] or given["every"]:
            raise MissingExtraError(
                "The packages that read the file of stores are not installed: install "
                f"tap-bigcommerce-carts[load] ({error.name} is missing)."
            ) from None
        return None
    return Project(given["root"], given["meltano"], given["work"])


def _stores(
    given: dict[str, Any], project: Project | None
) -> tuple[list[Looked], Callable[[], Place]]:
    """Return the stores to look at, and what tells the warehouse.

    Raises:
        TapError: a file cannot be read, or is wrong.
    """
    from tap_bigcommerce_carts.doctor import stores  # noqa: PLC0415 - as above

    loader = given["loader"]
    if given["configs"]:
        chosen = [stores.by_files(given["configs"])]
        return chosen, _placed(given, project, loader)
    if project and (given["names"] or given["every"]):
        from tap_bigcommerce_carts.load.stores import read_stores  # noqa: PLC0415 - an extra

        listed = read_stores(given["file"])
        for name in given["names"]:
            listed.named(name)
        find = _placed(given, project, loader or listed.loader)
        known = _loader_known(loader, find, listed.loader)
        return stores.by_names(listed, given["names"], project, known), find
    find = _placed(given, project, loader)
    return [stores.by_environment(project, _loader_known(loader, find))], find


def _loader_known(asked: str | None, find: Callable[[], Place], listed: str = "") -> str:
    """Return the loader whose STATE is meant, as far as is known where the warehouse may not be."""
    with suppress(TapError, ModuleNotFoundError):
        from tap_bigcommerce_carts.verify.places import loader_meant  # noqa: PLC0415 - an extra

        return loader_meant(asked, find, listed)
    return asked or listed


def _placed(
    given: dict[str, Any], project: Project | None, loader: str | None
) -> Callable[[], Place]:
    """Return what tells the warehouse, or raises why it is not known; Meltano is asked once."""

    @cache
    def asked() -> Place | Exception:
        try:
            from tap_bigcommerce_carts.verify.places import place, told_by  # noqa: PLC0415

            variables, told = (
                (os.environ, dict[str, str])
                if project is None
                else (project.variables, told_by(project, loader))
            )
            if project is not None and project.has_tap and not given["warehouse"]:
                logger.info("Meltano is asked about the project, which takes it seconds.")
            return place(given["warehouse"], given["schema"], variables, told, loader)
        except (TapError, ModuleNotFoundError) as error:
            return error

    def find() -> Place:
        answer = asked()
        if isinstance(answer, Exception):
            raise answer
        return answer

    return find
