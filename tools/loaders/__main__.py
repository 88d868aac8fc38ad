"""`python -m tools.loaders`: loads the probe by every loader, and writes what each kept of it."""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.benchmarks.inbox_receivers import postgres
from tools.loaders.kept import declared, publish, table
from tools.loaders.tables import every_loader


def main() -> None:
    """Write the tables into the document, or with `--show` only show them."""
    parser = argparse.ArgumentParser(prog="python -m tools.loaders", description=__doc__)
    parser.add_argument("--show", action="store_true", help="write nothing; show the tables")
    show = parser.parse_args().show
    with (
        TemporaryDirectory(prefix="loaders-") as folder,
        postgres() as address,
        every_loader(Path(folder), address) as loaders,
    ):
        tables = {"kept": table(loaders), "declared": declared()}
    for part, made in tables.items():
        if show:
            print(made)  # noqa: T201 - what was asked for
        else:
            publish(part, made)


if __name__ == "__main__":
    main()
