"""What the tap writes, kept in a file and loaded by DuckDB alone, with `deploy/duckdb/load.sql`.

`python -m tools.benchmarks.warehouse_sql FILE FOLDER`: standard input is the tap's output; the
STATE is written to standard output at last, as a loader does.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import closing
from pathlib import Path

import duckdb

from tools.benchmarks.store import ROOT

QUERY = ROOT / "deploy/duckdb/load.sql"


def main(file: str, folder: str) -> None:
    """Load one run's output."""
    # The query names the files that it reads and writes as the command line would find them.
    os.chdir(folder)
    with Path("messages.jsonl").open("wb") as kept:
        shutil.copyfileobj(sys.stdin.buffer, kept)
    [(statements,)] = duckdb.execute(QUERY.read_text()).fetchall()
    with closing(duckdb.connect(file)) as warehouse:
        warehouse.execute(statements)
    sys.stdout.write(Path("state.json").read_text())


if __name__ == "__main__":
    main(*sys.argv[1:])
