"""What takes itself for Snowflake, and dbt in it, in a process of their own."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.warehouse.engines import Rows
from tests.support.warehouse.marts import TRANSFORM

PYTHON = ROOT / ".venvs/dbt-elsewhere/bin/python"


class Snowflake:
    """fakesnow, from the first command on until it is stopped.

    Args:
        folder: an empty one, for logs.
    """

    # As MeltanoLabs' loader makes them.
    types = {  # noqa: RUF012 - a constant
        "text": "varchar",
        "whole": "number(38, 0)",
        "id": "number(38, 0)",
        "flag": "boolean",
        "instant": "timestamp_ntz",
        "day": "date",
        "money": "number(20, 4)",
        "rate": "number(20, 10)",
        "object": "variant",
        "objects": "variant",
        "wholes": "variant",
    }

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise FileNotFoundError("dbt's other adapters are not installed here: run `make test`.")
        self._log = folder / "snowflake.log"
        script = Path(__file__).with_name("fake_snowflake_process.py")
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [PYTHON, script, TRANSFORM, folder],
                env={k: v for k, v in os.environ.items() if not k.startswith("DBT_")},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def run(self, statements: list[str]) -> None:
        """Run statements."""
        self._ask(statements=statements)

    def dbt(self, *arguments: str, **variables: Any) -> None:
        """Run dbt."""
        self._ask(arguments=[*arguments, "--vars", json.dumps(variables)])

    def query(self, sql: str) -> Rows:
        """Return the rows of a query, their values as text."""
        answer = self._ask(query=sql)
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

    def stop(self) -> None:
        """End the process."""
        self._process.communicate()

    def _ask(self, **command: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(command), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"success": false}')
        assert answer["success"], f"{answer}\n{self._log.read_text()}"
        return answer


@contextmanager
def snowflake_running(folder: Path) -> Iterator[Snowflake]:
    """Keep it at hand for as long as the block lasts."""
    snowflake = Snowflake(folder)
    try:
        yield snowflake
    finally:
        snowflake.stop()
