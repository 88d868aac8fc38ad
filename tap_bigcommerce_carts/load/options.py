"""Options that the commands about stores and their warehouse share."""

from __future__ import annotations

from pathlib import Path

import click


def complete_stores(context: click.Context, _option: click.Parameter, typed: str) -> list[str]:
    """Complete the name of a store of the file, less those that were named before.

    Args:
        context: what was read of the line so far.
        typed: how the name begins.
    """
    try:
        # Imported when needed: without the extra this is not there.
        from tap_bigcommerce_carts.load.stores import names_in  # noqa: PLC0415
    except ModuleNotFoundError:
        return []
    named = context.params.get("names") or ()
    there = names_in(context.params["file"])
    return [each for each in there if each.startswith(typed) and each not in named]


_FOLDER = click.Path(path_type=Path, file_okay=False)

stores = click.option(
    "--stores",
    "file",
    type=click.Path(path_type=Path),
    default=Path("stores.yml"),
    envvar="BIGCOMMERCE_CARTS_STORES",
    show_default=True,
    show_envvar=True,
    help="File of the stores: names and settings, no secrets.",
)
project = click.option(
    "--project",
    "root",
    type=_FOLDER,
    default=Path(),
    envvar="MELTANO_PROJECT_ROOT",
    show_envvar=True,
    help="Folder of meltano.yml.  [default: this one]",
)
meltano = click.option(
    "--meltano",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="BIGCOMMERCE_CARTS_MELTANO",
    show_envvar=True,
    help="Meltano's command.  [default: the project's, or on the path]",
)
work = click.option(
    "--work",
    type=_FOLDER,
    envvar="BIGCOMMERCE_CARTS_WORK",
    show_envvar=True,
    help="Where each store gets a working folder.  [default: in .meltano/stores]",
)
warehouse = click.option(
    "--warehouse",
    metavar="ADDRESS",
    help="A DuckDB file, or an address as SQLAlchemy writes it.  [default: where the loader is "
    "told to load to, by TARGET_DUCKDB_PATH, TARGET_POSTGRES_... or meltano.yml]",
)
schema = click.option(
    "--schema", help="Where the tables are.  [default: the loader's, or bigcommerce]"
)
configs = click.option(
    "--config",
    "configs",
    type=click.Path(path_type=Path, dir_okay=False),
    multiple=True,
    help="The tap's settings.  [default: TAP_BIGCOMMERCE_CARTS_... in the environment or .env]",
)
names = click.option(
    "--store",
    "names",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_stores,
    help="A store of the file; or several.",
)
every = click.option("--all", "every", is_flag=True, help="Every store of the file.")
