"""Several sandbox stores, a Meltano project of their own, and the command that loads them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import yaml

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.loading import OURS
from tests.support.paths import ROOT
from tests.support.receivers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = Path(sys.executable).with_name("bigcommerce-carts")
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
# Writes down what it sees of the environment, each time it is run.
WITNESS = "#!/bin/sh\nenv >> {}\n"


@dataclass
class Place:
    """A Meltano project with this checkout's plugins, a file of stores, and a warehouse.

    Attributes:
        folder: where all of it is.
        warehouse: PostgreSQL's address.
        variables: the environment that the command gets beside this process's own.
        shops: the sandboxes, by the stores' names.
    """

    folder: Path
    warehouse: str
    variables: dict[str, str] = field(default_factory=dict)
    shops: dict[str, Sandbox] = field(default_factory=dict)

    @property
    def work(self) -> Path:
        """The folder of the stores' working folders."""
        return self.folder / ".meltano/stores"

    @property
    def witnessed(self) -> Path:
        """What the plugin `witness` saw."""
        return self.folder / "witnessed"

    @property
    def environment(self) -> dict[str, str]:
        """The command's environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return kept | self.variables

    def write(self, stores: Mapping[str, Mapping[str, Any]], **more: Any) -> None:
        """Write the file of stores; each gets its sandbox's address and hash."""
        settings = {
            name: {"api_url": shop.url, "store_hash": shop.store_hash, **stores.get(name, {})}
            for name, shop in self.shops.items()
        }
        document = {"stores": {**stores, **settings}, **more}
        (self.folder / "stores.yml").write_text(yaml.safe_dump(document, sort_keys=False))

    def start(self, *arguments: str, command: str = "load", **more: Any) -> subprocess.Popen[str]:
        """Start the command."""
        return subprocess.Popen(
            [PROGRAM, command, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more},
        )

    def run(self, *arguments: str) -> Ended:
        """Run the command to its end."""
        return ended(self.start(*arguments))

    def verify(self, *arguments: str) -> Ended:
        """Check what was loaded."""
        return ended(self.start(*arguments, command="verify"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query of the warehouse."""
        with psycopg.connect(self.warehouse) as connection:
            return connection.execute(query.encode()).fetchall()

    def carts(self) -> dict[str, int]:
        """How many carts of each store were loaded."""
        return dict(self.rows("select store, count(*) from bigcommerce.abandoned_carts group by 1"))

    def log(self, store: str) -> str:
        """A store's log file."""
        return (self.work / store / "load.log").read_text()

    def files(self) -> dict[Path, str]:
        """All that was written beside the plugins, but for what the test wrote itself."""
        return {
            file: file.read_text("utf-8", "replace")
            for file in (self.folder / ".meltano").rglob("*")
            if file.is_file() and not file.is_symlink()
        }


@dataclass(frozen=True)
class Ended:
    """What the command wrote, and its exit code."""

    out: str
    log: str
    code: int


def ended(process: subprocess.Popen[str]) -> Ended:
    """Wait for the command's end."""
    out, log = process.communicate(timeout=120)
    return Ended(out, log, process.returncode)


def place(folder: Path, postgres: str) -> Place:
    """Make a project, and a database for the warehouse."""
    if not MELTANO.exists():
        raise FileNotFoundError("Meltano is not installed here: run `make test`.")
    warehouse = fresh_database(postgres)
    made = Place(folder, warehouse)
    for kind in ("extractors", "loaders"):
        (folder / ".meltano").mkdir(exist_ok=True)
        (folder / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)
    witness = folder / "witness"
    witness.write_text(WITNESS.format(shlex.quote(str(made.witnessed))))
    witness.chmod(0o755)
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    project["plugins"]["utilities"].append(
        {
            "name": "witness",
            "namespace": "witness",
            "executable": str(witness),
            "commands": {"look": {"args": ""}},
        }
    )
    (folder / "meltano.yml").write_text(yaml.safe_dump(project, sort_keys=False))
    made.variables |= {
        "BIGCOMMERCE_CARTS_MELTANO": str(MELTANO),
        "TARGET_POSTGRES_SQLALCHEMY_URL": warehouse.replace("://", "+psycopg://", 1),
    }
    return made


def token_of(name: str) -> str:
    """The access token of a store's sandbox."""
    return f"the-token-of-{name}-5b1f3a70"


def sandbox(name: str, carts: int = 12, **more: Any) -> Sandbox:
    """A sandbox with a shop of its own."""
    shop = Shop.seeded(carts=carts, seed=name, clock=Clock(), placed=6, customers=4)
    return Sandbox(shop, token=token_of(name), store_hash=name.replace("-", ""), **more)
