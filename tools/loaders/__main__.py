"""Loads the probe by every loader, and writes or shows what each kept of it."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.benchmarks.inbox_receivers import postgres
from tools.loaders.kept import declared, publish, table
from tools.loaders.tables import every_loader

if __name__ == "__main__":
    with (
        TemporaryDirectory(prefix="loaders-") as folder,
        postgres() as address,
        every_loader(Path(folder), address) as loaders,
    ):
        tables = {"kept": table(loaders), "declared": declared()}
    for part, made in tables.items():
        if "--show" in sys.argv[1:]:
            print(made)  # noqa: T201 - what was asked for
        else:
            publish(part, made)
