"""The subcommand `bigcommerce-carts report`: writes the page about the marts."""

from __future__ import annotations

from pathlib import Path

import click

from tap_bigcommerce_carts.errors import OutputError


@click.command()
@click.option(
    "--warehouse",
    envvar="TARGET_DUCKDB_PATH",
    show_envvar=True,
    default="output/warehouse.duckdb",
    show_default=True,
    help="A DuckDB file, or an address as SQLAlchemy writes it.",
)
@click.option("--schema", default="analytics", show_default=True, help="Where the marts are.")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output/report.html"),
    show_default=True,
    help="The page to write; its folder is made if it is not there.",
)
def report(warehouse: str, schema: str, output: Path) -> None:
    """Write the page about the marts."""
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.report.marts import Marts  # noqa: PLC0415
    from tap_bigcommerce_carts.report.page import write  # noqa: PLC0415

    marts = Marts.read(warehouse, schema)
    try:
        write(marts, output)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror}") from None
    click.echo(f"Written: {output}")
