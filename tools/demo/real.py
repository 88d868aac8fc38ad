"""`make run`: the store named in .env, loaded from where the last run ended."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from rich.console import Console

from tools.demo.load import OUTPUT, ROOT, FailedError, Runs
from tools.demo.proof import prove
from tools.demo.warehouse import answer, check, show, stores

ENV_FILE = ROOT / ".env"
_PREFIX = "TAP_BIGCOMMERCE_CARTS_"
_NEEDED = {
    "bigcommerce": ("STORE_HASH", "ACCESS_TOKEN"),
    # Without a hash, stores and their states differ by name.
    "api2cart": ("API2CART_API_KEY", "API2CART_STORE_KEY", "STORE_NAME"),
}
_HASH_IN_PATH = re.compile(r"(?:^|/)stores/([A-Za-z0-9]+)")


def load_real_store(console: Console, *, sql: bool = False) -> None:
    """Load the store named in .env, or in the environment, check that, and ask it questions.

    Args:
        console: where progress is shown.
        sql: whether the questions are shown in SQL, too.

    Raises:
        FailedError: a setting is missing, or the run failed.
    """
    settings = read_env_file(ENV_FILE) | os.environ
    source = settings.get(_PREFIX + "SOURCE", "").strip()
    needed = _NEEDED.get(source, _NEEDED["bigcommerce"])
    if missing := [name for name in needed if not settings.get(_PREFIX + name, "").strip()]:
        raise FailedError(
            f"{_PREFIX}{missing[0]} is not set: copy .env.example to .env and fill it in."
        )
    store = _store_name(settings)
    warehouse = ROOT / (settings.get("TARGET_DUCKDB_PATH") or OUTPUT / "warehouse.duckdb")
    check(warehouse)
    console.rule(f"[bold]{store}")
    runs = Runs(console, os.environ, warehouse, store, ENV_FILE)
    # A state is worth nothing without the rows it speaks of.
    runs.load(from_start=store not in stores(warehouse))
    console.rule("[bold]Is it what the store has?")
    prove(console, runs, settings)
    runs.build_marts()
    answer(console, warehouse, sql=sql)
    show(console, warehouse, warehouse.with_name("report.html"))
    console.print(
        f"The tables are in the schema [bold]bigcommerce[/bold] of {warehouse}, "
        "the marts in [bold]analytics[/bold]."
    )


def read_env_file(path: Path) -> dict[str, str]:
    """Read the variables of a .env file, as Meltano does; one that is not there has none."""
    found = dotenv_values(path)
    return {name: value.strip() for name, value in found.items() if value is not None}


def _store_name(settings: Mapping[str, str]) -> str:
    """Return the value the tap writes into the column `store`."""
    if name := settings.get(f"{_PREFIX}STORE_NAME", "").strip():
        return name
    given = settings[f"{_PREFIX}STORE_HASH"].strip()
    match = _HASH_IN_PATH.search(given)
    return match[1] if match else given
