"""The DuckDB file: whether the loader can write it, whose rows it holds, what SQL says of them."""

import re
import subprocess
from decimal import Decimal
from pathlib import Path

import duckdb
from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table

from tap_bigcommerce_carts.errors import NoMartsError
from tap_bigcommerce_carts.load.meltano_log import known_reason
from tap_bigcommerce_carts.report.marts import Marts
from tap_bigcommerce_carts.report.page import write
from tools.demo.load import ROOT, TARGET, FailedError

QUERIES = Path(__file__).parent / "sql"
# Those that are answered without being asked for in SQL, so that it stays on a screen or two.
FIRST = (
    *("abandonment_rate", "value_lost", "share_recovered", "time_to_recover", "extra_costs"),
    *("storefronts", "top_products"),
)
_LOADERS_PYTHON = ROOT / f".meltano/loaders/{TARGET}/venv/bin/python"
_OPEN = "import duckdb, sys; duckdb.connect(sys.argv[1])"
# DuckDB calls a database as its file is called, and these names mean something else in SQL.
_TAKEN = {
    *("main", "temp", "system", "information_schema", "pg_catalog"),
    *("bigcommerce", "analytics", "analytics_staging"),
}
_PLAIN = re.compile(r"[\w -]+")


def check(warehouse: Path) -> None:
    """Make sure that the loader can write a file, before anything is read from a store.

    Raises:
        FailedError: it cannot; the message says why and what to do.
    """
    name = warehouse.stem
    if name.lower() in _TAKEN or not _PLAIN.fullmatch(name):
        raise FailedError(
            f"TARGET_DUCKDB_PATH: DuckDB cannot work with a file named {warehouse.name}, since the "
            "name stands for the database in SQL: call it warehouse.duckdb, say."
        )
    if not warehouse.parent.is_dir():
        raise FailedError(f"TARGET_DUCKDB_PATH: there is no folder {warehouse.parent}: make it.")
    if not warehouse.exists():
        return
    opened = subprocess.run(  # noqa: S603 - the command is ours
        [_LOADERS_PYTHON, "-c", _OPEN, warehouse], capture_output=True, text=True, check=False
    )
    if opened.returncode:
        reason = opened.stderr.strip()
        raise FailedError(
            known_reason(reason, str(warehouse))
            or f"{warehouse} cannot be opened: {_error_in(reason)}"
        )


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
        raise FailedError(
            known_reason(str(error), str(warehouse)) or f"{warehouse} cannot be read: {error}"
        ) from None
    return {store for (store,) in found}


def answer(console: Console, warehouse: Path, *, sql: bool) -> None:
    """Ask the marts some questions, and show the answers.

    Args:
        console: where.
        warehouse: the file.
        sql: whether to ask all there are, and show the queries, too.

    Raises:
        FailedError: the marts cannot be read.
    """
    try:
        with duckdb.connect(warehouse, read_only=True) as connection:
            questions = {x.stem.partition("_")[2]: x for x in sorted(QUERIES.glob("*.sql"))}
            asked = [each for each in questions if sql or each in FIRST]
            for name in asked:
                query = questions[name].read_text(encoding="utf-8").strip()
                result = connection.sql(query)
                title = name.replace("_", " ").capitalize()
                console.print(f"[bold]{title}[/bold]")
                if not sql:
                    console.print(_remark(query), style="dim", markup=False)
                else:
                    shown = Syntax(query, "sql", background_color="default", word_wrap=True)
                    console.print(Padding(shown, (1, 0)))
                console.print(_table(result.columns, result.fetchall()))
                console.print()
    except duckdb.Error as error:
        raise FailedError(
            known_reason(str(error), str(warehouse)) or f"The marts cannot be read: {error}"
        ) from None
    if more := len(questions) - len(asked):
        console.print(f"{more} more questions, and how all are asked: SQL=1\n", style="dim")


def show(console: Console, warehouse: Path, page: Path) -> None:
    """Write the page about the marts, and say where it is.

    Raises:
        FailedError: the marts cannot be read.

    Args:
        console: where.
        warehouse: the DuckDB file.
        page: the HTML file.
    """
    try:
        write(Marts.read(str(warehouse), "analytics"), page)
    except NoMartsError as error:
        raise FailedError(known_reason(str(error), str(warehouse)) or str(error)) from None
    console.print(f"A page to look at: [bold]{page}[/bold]", soft_wrap=True)


def _error_in(traceback: str) -> str:
    """Return what an error says, without where it came from."""
    said = re.search(r"^[\w.]+(?:Error|Exception): (.*)$", traceback, re.MULTILINE)
    return said[1] if said else traceback


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.sql(
        "select table_name from information_schema.tables where table_schema = 'bigcommerce'"
    ).fetchall()
    return {name for (name,) in rows}


def _remark(query: str) -> str:
    """Return what a query says of itself, in its first lines."""
    lines = query.splitlines()
    code = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return " ".join(line.removeprefix("-- ") for line in lines[:code])


def _table(columns: list[str], rows: list[tuple[object, ...]]) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for position, column in enumerate(columns):
        numbers = all(not isinstance(row[position], str) for row in rows)
        table.add_column(column, justify="right" if numbers else "left", overflow="fold")
    for row in rows or [("nothing", *[""] * (len(columns) - 1))]:
        table.add_row(*(_shown(value) for value in row))
    return table


def _shown(value: object) -> str:
    """Write a value for a person: thousands apart, amounts without idle places."""
    if value is None:
        return "unknown"
    if isinstance(value, Decimal):
        whole, _, places = f"{value:,f}".partition(".")
        return f"{whole}.{places.rstrip('0'):0<2}" if places else whole
    return f"{value:,}" if isinstance(value, int | float) else str(value)
