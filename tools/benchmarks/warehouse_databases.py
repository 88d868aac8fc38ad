"""The databases that a store is loaded into, each empty at first, and what is in them."""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tools.benchmarks.inbox_receivers import POSTGRES, database
from tools.benchmarks.store import ROOT

if TYPE_CHECKING:
    from pathlib import Path

DUCKDB = "DuckDB"
SCHEMA = "bigcommerce"


class Database(ABC):
    """A database of its own.

    Args:
        folder: for what belongs to it.

    Attributes:
        name: its kind.
        loader: the Singer target that fills it.
        address: where it is: a file, or as PostgreSQL's clients write it.
    """

    name: str
    loader: str
    address: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """What the loader must know to find it."""

    @property
    def environment(self) -> dict[str, str]:
        """The same for Meltano."""
        name = self.loader.upper().replace("-", "_")
        return {f"{name}_{setting.upper()}": value for setting, value in self.settings.items()}

    def ask(self, *queries: str) -> list[Any]:
        """Return the first value of each query's first row.

        Asked in a process of its own: what is measured starts as a copy of this one, which must
        stay small.
        """
        command = [sys.executable, "-m", "tools.benchmarks.warehouse_floor", "ask", self.address]
        done = subprocess.run([*command, *queries], stdout=subprocess.PIPE, check=True, cwd=ROOT)  # noqa: S603 - ours
        found: list[Any] = json.loads(done.stdout)
        return found

    def tables(self) -> int:
        """Count its tables, of whatever schema."""
        counted = "select count(*) from information_schema.tables where table_schema not in "
        return int(self.ask(counted + "('information_schema', 'pg_catalog')")[0])


class Duck(Database):
    """A DuckDB file."""

    name, loader = DUCKDB, "target-duckdb"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._file = folder / "warehouse.duckdb"
        self.address = str(self._file)

    @override
    def tables(self) -> int:
        # Whoever opens it first makes it, and the loader reads no file of a newer DuckDB.
        return super().tables() if self._file.exists() else 0

    @property
    @override
    def settings(self) -> dict[str, str]:
        return {"path": self.address}


class Postgres(Database):
    """A database of a PostgreSQL server.

    Args:
        folder: for what belongs to it; its name is the database's, too.
        server: the server's address.
    """

    name, loader = POSTGRES, "target-postgres"

    def __init__(self, folder: Path, server: str) -> None:
        super().__init__(folder)
        self.address = database(server, folder.name)

    @property
    @override
    def settings(self) -> dict[str, str]:
        return {"sqlalchemy_url": self.address.replace("postgresql://", "postgresql+psycopg://", 1)}
