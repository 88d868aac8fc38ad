"""`python -m tap_bigcommerce_carts.report [--warehouse FILE_OR_URL] …`: write the page."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tap_bigcommerce_carts.report.marts import Marts, NoMartsError
from tap_bigcommerce_carts.report.page import write

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str]) -> int:
    """Write the page and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tap_bigcommerce_carts.report", description=__doc__
    )
    parser.add_argument(
        "--warehouse",
        default=os.environ.get("TARGET_DUCKDB_PATH") or str(ROOT / "output/warehouse.duckdb"),
        help="a DuckDB file, or an address as SQLAlchemy writes it",
    )
    parser.add_argument("--schema", default="analytics", help="where the marts are")
    parser.add_argument("--output", type=Path, default=ROOT / "output/report.html")
    given = parser.parse_args(arguments)
    try:
        marts = Marts.read(given.warehouse, given.schema)
    except NoMartsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    try:
        write(marts, given.output)
    except OSError as error:
        sys.stderr.write(f"{given.output} cannot be written: {error.strerror}\n")
        return 1
    sys.stdout.write(f"Written: {given.output}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
