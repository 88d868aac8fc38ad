"""Stores loaded by `bigcommerce-carts load` into one PostgreSQL, serial and several at once.

The stores, and the server with the warehouse and Meltano's system database, are processes beside
what is measured.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import psycopg

from tap_bigcommerce_carts.load.stores import variable
from tools.benchmarks.inbox_receivers import POSTGRES, SQLITE, database, postgres
from tools.benchmarks.store import ROOT
from tools.benchmarks.stores_served import served
from tools.benchmarks.tree import cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tools.benchmarks.stores_served import Settings

LATENCY = 0.3
AT_ONCE = 8
_COMMAND = Path(sys.executable).with_name("bigcommerce-carts")
_MELTANO = ROOT / ".venvs/meltano/bin/meltano"
_TAP = ROOT / ".meltano/extractors/tap-bigcommerce-carts/venv/bin/tap-bigcommerce-carts"
_LOADER = ROOT / ".meltano/loaders/target-postgres/venv/bin/target-postgres"
_LINE = re.compile(r"^(\S+) +loaded +([\d,]+) rows", re.MULTILINE)
# What this shell or machine may hold of other projects; and without bytecode, all would be slow.
_NOT_HANDED_ON = ("TAP_", "TARGET_", "MELTANO_", "STORE_", "BIGCOMMERCE_", "PYTHONDONTWRITE")


@dataclass(frozen=True)
class Extent:
    """How much is measured.

    Attributes:
        stores: how many are loaded; each number by itself.
        idle: how many are loaded again, with nothing new.
        turns: how often these are loaded one by one and at once, by turns; medians count.
        carts: abandoned ones of each store.
        at_once: most that are loaded at the same time.
        start_ups: runs that a median is of.
    """

    stores: tuple[int, ...] = (1, 8, 32)
    idle: int = 8
    turns: int = 3
    carts: int = 500
    at_once: int = AT_ONCE
    start_ups: int = 3


FULL, QUICK = Extent(), Extent(stores=(1, 3), idle=3, turns=1, carts=50, at_once=3, start_ups=1)


@dataclass(frozen=True)
class Loaded:
    """What it cost to load some stores.

    Attributes:
        stores: how many.
        at_once: most at the same time.
        new: whether they were loaded for the first time; else there was nothing new.
        failed: how many were not loaded, or not all of whose carts are in the warehouse.
        rows: sent by the tap.
        seconds: from start to end.
        cpu_seconds: processor time of all processes; not of the stores and the server.
        peak_mb: the most memory of these processes together, see `tree.Cost`.
    """

    stores: int
    at_once: int
    new: bool
    failed: int
    rows: int
    seconds: float
    cpu_seconds: float
    peak_mb: float


@dataclass(frozen=True)
class StartUp:
    """What a program costs that has nothing to do.

    Attributes:
        what: the program.
        runs: how many of it one store's load has.
        seconds: from start to end.
        cpu_seconds: its processor time.
    """

    what: str
    runs: int
    seconds: float
    cpu_seconds: float


class Warehouses:
    """A PostgreSQL server and stores, there while the `with` block runs.

    Args:
        stores: how many.
        carts: abandoned ones of each.
        latency: seconds added to every answer.
    """

    def __init__(self, stores: int, carts: int, latency: float) -> None:
        self.carts = carts
        self._given = (stores, carts, latency)
        self._running = ExitStack()
        self._numbers = count()
        self.stores: Mapping[str, Settings] = {}
        self._server = ""
        self._folder = Path()
        self._prepared = ""

    def __enter__(self) -> Self:
        with self._running as running:
            self._folder = Path(running.enter_context(TemporaryDirectory(prefix="stores-")))
            self._server = running.enter_context(postgres())
            self.stores = running.enter_context(served(*self._given))
            self._running = running.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def cold(self, system: str = POSTGRES) -> Warehouse:
        """Return a warehouse without tables, whose system database is not made either.

        Args:
            system: the kind of Meltano's system database.
        """
        number = next(self._numbers)
        folder = self._folder / f"{number}"
        folder.mkdir()
        if system == SQLITE:
            address = f"sqlite:///{folder}/meltano.db"
        else:
            address = _driver(database(self._server, f"meltano_{number}"))
        return Warehouse(self, folder, database(self._server, f"warehouse_{number}"), address)

    def ready(self) -> Warehouse:
        """Return a warehouse without tables, with a system database in PostgreSQL."""
        found = self.cold()
        found.make_system_database()
        return found


@dataclass
class Warehouse:
    """A database that stores are loaded into.

    Attributes:
        of: the server and the stores.
        folder: of the working folders and the file of stores.
        address: of the database.
        system: address of Meltano's system database.
    """

    of: Warehouses
    folder: Path
    address: str
    system: str

    @property
    def environment(self) -> dict[str, str]:
        """What `bigcommerce-carts load` and Meltano see."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(_NOT_HANDED_ON)
        }
        tokens = {
            variable(name, "access_token"): settings["access_token"]
            for name, settings in self.of.stores.items()
        }
        return {
            **kept,
            **tokens,
            "MELTANO_DATABASE_URI": self.system,
            "MELTANO_PROJECT_ROOT": str(ROOT),
            "TARGET_POSTGRES_SQLALCHEMY_URL": _driver(self.address),
        }

    def load(self, stores: int, at_once: int) -> Loaded:
        """Load the first of the stores.

        Args:
            stores: how many.
            at_once: most at the same time.
        """
        names = list(self.of.stores)[:stores]
        file = self._file_of_stores()
        before = self._whole()
        options = [f"--stores={file}", f"--work={self.folder}", f"--at-once={at_once}"]
        spent = cost([str(_COMMAND), "load", *options, *names], self.environment, ROOT)
        said = dict(_LINE.findall(spent.output))
        return Loaded(
            stores,
            at_once,
            new=not before,
            failed=stores - len(self._whole().intersection(said, names)),
            rows=sum(int(rows.replace(",", "")) for rows in said.values()),
            seconds=spent.seconds,
            cpu_seconds=spent.cpu_seconds,
            peak_mb=spent.peak_mb,
        )

    def _file_of_stores(self) -> Path:
        """Write the file that lists all stores, and return it."""
        file = self.folder / "stores.yml"
        stores = {
            name: {key: each[key] for key in ("api_url", "store_hash")}
            for name, each in self.of.stores.items()
        }
        # JSON is YAML.
        file.write_text(json.dumps({"loader": "target-postgres", "stores": stores}))
        return file

    def _whole(self) -> set[str]:
        """Return the stores of which all carts are in the warehouse."""
        with psycopg.connect(self.address) as connection:
            there = connection.execute("select to_regclass('bigcommerce.abandoned_carts')")
            if there.fetchone() == (None,):
                return set()
            found = connection.execute(
                "select store from bigcommerce.abandoned_carts group by store having count(*) = %s",
                [self.of.carts],
            )
            return {store for (store,) in found}

    def make_system_database(self) -> None:
        """Let Meltano make its tables."""
        if cost(self._meltano(), self.environment, ROOT).code:
            raise RuntimeError("Meltano did not make its system database.")

    def start_ups(self, runs: int) -> Iterator[StartUp]:
        """Measure what a store's load starts, each by itself.

        Args:
            runs: how many, of which the median is taken.
        """
        store, settings = next(iter(self.of.stores.items()))
        tap, loader = self.folder / "tap.json", self.folder / "loader.json"
        tap.write_text(json.dumps(settings))
        loader.write_text(json.dumps({"sqlalchemy_url": _driver(self.address)}))
        check = ["load", "--check", f"--stores={self._file_of_stores()}", store]
        for what, times, command in (
            ("Meltano, to look at its STATE", 1, self._meltano()),
            ("the tap, `--discover`", 2, [str(_TAP), f"--config={tap}", "--discover"]),
            ("the loader, without input", 1, [str(_LOADER), f"--config={loader}"]),
            ("`bigcommerce-carts load`, with `--check`", 0, [str(_COMMAND), *check]),
        ):
            every = [cost(command, self.environment, ROOT) for _ in range(runs)]
            if any(each.code for each in every):
                raise RuntimeError(f"It failed: {what}")
            yield StartUp(
                what,
                times,
                median(each.seconds for each in every),
                median(each.cpu_seconds for each in every),
            )

    @staticmethod
    def _meltano() -> list[str]:
        return [str(_MELTANO), f"--env-file={os.devnull}", "state", "list"]


def loads(extent: Extent) -> Iterator[Loaded | StartUp]:
    """Measure loads of each number of stores, and start-ups at last."""
    with Warehouses(max(extent.stores), extent.carts, LATENCY) as warehouses:
        for stores in extent.stores:
            both = (1, extent.at_once) if stores > 1 else (1,)
            for at_once in both * (extent.turns if stores == extent.idle else 1):
                warehouse = warehouses.ready()
                yield warehouse.load(stores, at_once)
                if stores == extent.idle:
                    yield warehouse.load(stores, at_once)
        yield from warehouses.ready().start_ups(extent.start_ups)


def _driver(address: str) -> str:
    """Return the address of a PostgreSQL database with the driver's name, as SQLAlchemy has it."""
    return address.replace("postgresql://", "postgresql+psycopg://", 1)
