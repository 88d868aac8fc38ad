"""A shop in the sandbox, and a DuckDB file with all of it, for the command to look at."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock, run
from tools.quick_load import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Loaded:
    """A shop that was loaded, and where.

    Attributes:
        sandbox: serves the shop.
        file: the DuckDB file.
        folder: where files for the command may be.
        state: the last STATE.
    """

    sandbox: Sandbox
    file: Path
    folder: Path
    state: dict[str, Any]

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        clock = self.sandbox.shop.clock
        assert isinstance(clock, Clock)
        return clock

    @property
    def settings(self) -> dict[str, Any]:
        """The tap's settings."""
        return {**self.sandbox.config(), "max_parallel_requests": 1, "retry_for": 5}

    def written(self, name: str, document: Any) -> str:
        """Write a file of JSON, and return its path."""
        file = self.folder / name
        file.write_text(json.dumps(document))
        return str(file)

    @property
    def arguments(self) -> list[str]:
        """What the command needs to check it."""
        return [
            f"--warehouse={self.file}",
            f"--config={self.written('config.json', self.settings)}",
            f"--state={self.written('state.json', self.state)}",
        ]


@contextmanager
def loaded(folder: Path, *, carts: int = 30, placed: int = 20) -> Iterator[Loaded]:
    """Load a shop that nothing happens to for some hours."""
    clock = Clock()
    shop = Shop.seeded(carts=carts, seed="command", clock=clock, placed=placed, customers=60)
    clock.advance(hours=5)
    with Sandbox(shop) as sandbox:
        sandbox.quota = None
        made = Loaded(sandbox, folder / "warehouse.duckdb", folder, {})
        output = run(made.settings)
        load((json.dumps(each, default=str).encode() for each in output.messages), made.file)
        made.state = output.state
        yield made
