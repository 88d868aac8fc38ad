"""The ways from a store into a database that are measured: this tap's, its peers', the floor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.benchmarks import contenders
from tools.benchmarks.contenders import AIRBYTE_SOURCE, SINGER_TAP, catalog_of, select, write
from tools.benchmarks.store import ROOT, STORE_HASH, TOKEN
from tools.benchmarks.warehouse_databases import DUCKDB, SCHEMA
from tools.benchmarks.warehouse_parts import LOADER, MELTANO, TAP

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.benchmarks.store import Store
    from tools.benchmarks.warehouse_databases import Database

    Commands = dict[str, list[str]]

MIDDLE = 20_000  # carts of the store whose loads are compared
_PEERS_LARGEST = 1_000
STREAMS = ("abandoned_carts", "abandoned_cart_line_items")
# What a shell or a machine may hold of other projects; and without bytecode, all would be slow.
NOT_HANDED_ON = ("TAP_", "TARGET_", "MELTANO_", "STORE_", "BIGCOMMERCE_", "PYTHONDONTWRITE")
_MELTANO = ROOT / ".venvs/meltano/bin/meltano"
_EXTRACTOR = "tap-bigcommerce-carts"
_PLUGINS = ROOT / ".meltano"
_DLT = ROOT / ".venvs/bench-dlt/bin"
# A line counts that is the cart's as it stands.
_TAPS_ROWS = (
    f"select count(*) from {SCHEMA}.abandoned_carts",
    (
        f"select count(*) from {SCHEMA}.abandoned_cart_line_items line "
        f"join {SCHEMA}.abandoned_carts cart on cart.store = line.store "
        "and cart.id = line.abandoned_cart_id and cart.date_modified = line.cart_date_modified"
    ),
)


@dataclass(frozen=True)
class Way:
    """A way from a store into a database.

    Attributes:
        name: what tables call it.
        commands: prepares its files in the database's folder, and gives the commands to pipe.
        rows: queries of how many carts and lines there are; of peers, who have their lines in
            tables and columns of their own kind, of how many carts.
        again: whether it is also measured with nothing new, and with some carts changed.
        absent: returns why it cannot run here; empty if it can.
        largest: how many carts the largest store has that it is run with; 0 for any.
        into: the only kind of database that it fills; empty if it fills any.
    """

    name: str
    commands: Callable[[Store, Database], Commands]
    rows: tuple[str, ...] = _TAPS_ROWS
    again: bool = False
    absent: Callable[[], str] = lambda: ""
    largest: int = 0
    into: str = ""


def environment(store: Store, database: Database) -> dict[str, str]:
    """Return what the commands see: of settings in variables, those of this load alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_HANDED_ON)}
    tap = {**store.config(), "abandoned_after_minutes": 0}
    return {
        **kept,
        **{f"TAP_BIGCOMMERCE_CARTS_{name.upper()}": str(value) for name, value in tap.items()},
        "TAP_BIGCOMMERCE_CARTS__SELECT": json.dumps([f"{stream}.*" for stream in STREAMS]),
        **database.environment,
        "MELTANO_DATABASE_URI": f"sqlite:///{database.folder}/meltano.db",
        "MELTANO_PROJECT_ROOT": str(ROOT),
        "MELTANO_SYS_DIR_ROOT": str(_working(database)),
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }


def _working(database: Database) -> Path:
    """Return a folder for Meltano's working files alone: two runs in one would fail."""
    folder = database.folder / "meltano"
    folder.mkdir(exist_ok=True)
    for kind in ("extractors", "loaders"):
        if not (folder / kind).exists():
            (folder / kind).symlink_to(_PLUGINS / kind)
    return folder


def piped(store: Store, database: Database) -> Commands:
    """Run `tap | loader`, with the settings of `meltano.yml` and the last STATE."""
    return {TAP: tap(store, database), LOADER: loader(database)}


def alone(store: Store, database: Database) -> Commands:
    """Run the tap, and let DuckDB load what it wrote."""
    module = [sys.executable, "-m", "tools.benchmarks.warehouse_sql"]
    return {TAP: tap(store, database), LOADER: [*module, database.address, str(database.folder)]}


def meltano(_store: Store, database: Database) -> Commands:
    """Run `meltano run`."""
    run = [str(_MELTANO), f"--env-file={os.devnull}", "run", _EXTRACTOR, database.loader]
    return {MELTANO: run}


def singer(store: Store, database: Database) -> Commands:
    """Run Singer's tap into the same loader."""
    return {TAP: contenders.singer(store, database.folder), LOADER: loader(database)}


def airbyte(store: Store, database: Database) -> Commands:
    """Run Airbyte's source into the same loader, its messages translated."""
    source = contenders.airbyte(store, database.folder)
    translator = [sys.executable, "-m", "tools.benchmarks.warehouse_translated", source[-1]]
    return {TAP: source, "translator": translator, LOADER: loader(database)}


def dlt(store: Store, database: Database) -> Commands:
    """Run a pipeline of dlt."""
    script = str(Path(__file__).with_name("warehouse_dlt.py"))
    given = [store.url, STORE_HASH, TOKEN, database.address, str(database.folder / "dlt")]
    return {"dlt": [str(_DLT / "python"), script, *given]}


def floor(_store: Store, database: Database) -> Commands:
    """Read the rows from files, which `unload` wrote."""
    module = [sys.executable, "-m", "tools.benchmarks.warehouse_floor"]
    return {"client": [*module, "load", database.address, str(files_beside(database))]}


def unload(loaded: Database, database: Database) -> None:
    """Write a database's rows into files, for the floor to fill another with."""
    folder = files_beside(database)
    folder.mkdir()
    module = [sys.executable, "-m", "tools.benchmarks.warehouse_floor"]
    subprocess.run([*module, "unload", loaded.address, str(folder)], check=True, cwd=ROOT)  # noqa: S603 - ours


def files_beside(database: Database) -> Path:
    """Return the folder of the files that the floor reads."""
    return database.folder / "files"


def tap(store: Store, database: Database, **changed: Any) -> list[str]:
    """Return the tap's command, with the settings of `meltano.yml` and the last STATE.

    Args:
        store: what it reads.
        database: beside which its files are.
        changed: settings that are to be others.
    """
    folder = database.folder
    account = {**store.config(), "abandoned_after_minutes": 0}
    settings = {**configured(_EXTRACTOR), **account, **changed}
    command = [str(plugin("extractors", _EXTRACTOR)), "--config", write(folder, "tap", settings)]
    catalog = folder / "catalog.json"
    if not catalog.exists():
        write(folder, "catalog", select(catalog_of([*command, "--discover"]), STREAMS))
    state = folder / "state.json"
    return [*command, f"--catalog={catalog}", *([f"--state={state}"] if state.exists() else [])]


def loader(database: Database, **changed: Any) -> list[str]:
    """Return a Singer target's command, with the settings of `meltano.yml`.

    Args:
        database: what it fills.
        changed: settings that are to be others.
    """
    name = database.loader
    settings = {**configured(name), **database.settings, **changed}
    return [str(plugin("loaders", name)), "--config", write(database.folder, "loader", settings)]


def plugin(kind: str, name: str) -> Path:
    """Return a plugin's command in the environment that Meltano made for it."""
    return _PLUGINS / kind / name / "venv/bin" / name


@cache
def configured(name: str) -> dict[str, Any]:
    """Ask Meltano for a plugin's settings, as `meltano.yml` has them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(NOT_HANDED_ON)}
    command = [str(_MELTANO), f"--env-file={os.devnull}", "config", "--unsafe", "print", name]
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        env=kept | {"MELTANO_PROJECT_ROOT": str(ROOT)},
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def duckdbs() -> dict[str, str]:
    """Return the versions of DuckDB: of `DuckDB alone` and the database alone, and the loader's."""
    said = "import duckdb; print(duckdb.__version__)"
    pythons = {
        "alone": sys.executable,
        "loader": str(plugin("loaders", "target-duckdb").with_name("python")),
    }
    return {
        name: subprocess.check_output([python, "-c", said], text=True, cwd=ROOT).strip()  # noqa: S603 - ours
        for name, python in pythons.items()
    }


_ORDERS = f"select count(*) from {SCHEMA}.orders"
# Of the ways into a database that take long, one is run with the largest store: the one most take.
PIPED = Way("tap to loader", piped, again=True, largest=MIDDLE)
ALONE = Way("tap to DuckDB alone, by `load.sql`", alone, again=True, into=DUCKDB)
MELTANO_RUN = Way("`meltano run`", meltano, again=True)
SINGER = Way(
    "tap-bigcommerce (singer-io) to loader",
    singer,
    (_ORDERS,),
    absent=SINGER_TAP.absent,
    largest=_PEERS_LARGEST,
)
AIRBYTE = Way(
    "airbyte-source-bigcommerce to loader",
    airbyte,
    (_ORDERS,),
    absent=AIRBYTE_SOURCE.absent,
    largest=_PEERS_LARGEST,
)
DLT = Way(
    "a plain dlt pipeline",
    dlt,
    (_ORDERS,),
    absent=contenders.installed(_DLT, "dlt", "could not be installed"),
    largest=_PEERS_LARGEST,
)
FLOOR = Way("the database alone, from files", floor, largest=MIDDLE)
OURS = (PIPED, ALONE, MELTANO_RUN)
PEERS = (DLT, SINGER, AIRBYTE)
