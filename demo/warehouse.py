"""The DuckDB file: whose rows it holds, and what SQL says of them."""

from decimal import Decimal
from pathlib import Path

import duckdb
from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table

from report.marts import Marts
from report.page import write

from .load import WAREHOUSE, FailedError

QUERIES = Path(__file__).parent / "sql"
INVENTED = "sandbox1"


def stores(warehouse: Path) -> set[str]:
    """Return the stores that a warehouse has carts or orders of.

    Raises:
        FailedError: the file cannot be read.
    """
    if not warehouse.exists():
        return set()
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            there = _tables(connection) & {"orders", "abandoned_carts"}
            found = [
                row
                for table in there
                for row in connection.sql(f"select store from bigcommerce.{table}").fetchall()  # noqa: S608 - names of our own
            ]
    except duckdb.Error as error:
        raise FailedError(f"{warehouse} cannot be read; is it open elsewhere? {error}") from None
    return {store for (store,) in found}


def empty_warehouse() -> Path:
    """Return the file for an invented store, with nothing in it; a real store's is left alone."""
    warehouse = WAREHOUSE
    if stores(warehouse) - {INVENTED}:
        warehouse = WAREHOUSE.with_name("demo.duckdb")
    warehouse.unlink(missing_ok=True)
    return warehouse


def make_room(warehouse: Path) -> None:
    """Remove a warehouse that holds the invented store alone: a real one comes."""
    if stores(warehouse) == {INVENTED}:
        warehouse.unlink()


def answer(console: Console, warehouse: Path) -> None:
    """Show each query and its answer."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        for file in sorted(QUERIES.glob("*.sql")):
            query = file.read_text(encoding="utf-8").strip()
            if "bigcommerce.orders" in query and "orders" not in _tables(connection):
                title = file.stem.partition("_")[2].replace("_", " ")
                console.print(f"[dim]{title}: needs the orders, which API2Cart does not give[/dim]")
                continue
            console.print(
                Padding(Syntax(query, "sql", background_color="default", word_wrap=True), (1, 0))
            )
            result = connection.sql(query)
            console.print(_table(result.columns, result.fetchall()))


def show(console: Console, warehouse: Path) -> None:
    """Write the page about the marts beside the warehouse, and say where it is."""
    page = warehouse.with_name("report.html")
    write(Marts.read(str(warehouse), "analytics"), page)
    console.print(f"A page to look at: [bold]{page}[/bold]\n", soft_wrap=True)


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.sql(
        "select table_name from information_schema.tables where table_schema = 'bigcommerce'"
    ).fetchall()
    return {name for (name,) in rows}


def _table(columns: list[str], rows: list[tuple[object, ...]]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for position, column in enumerate(columns):
        numbers = all(not isinstance(row[position], str) for row in rows)
        table.add_column(column, justify="right" if numbers else "left")
    for row in rows:
        table.add_row(*(_shown(value) for value in row))
    return table


def _shown(value: object) -> str:
    """Write a value for a person: thousands apart, text as it is."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)
