"""What takes itself for Snowflake, and dbt in it, in a process of their own."""

import json
from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.warehouse.answering import Answering
from tests.support.warehouse.engines import Rows
from tests.support.warehouse.marts import TRANSFORM

PYTHON = ROOT / ".venvs/dbt-elsewhere/bin/python"


class Snowflake:
    """fakesnow, until it is closed.

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
        "texts": "variant",
    }

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise FileNotFoundError("dbt's other adapters are not installed here: run `make test`.")
        script = Path(__file__).with_name("fake_snowflake_process.py")
        self._process = Answering(
            [PYTHON, script, TRANSFORM, folder], folder / "snowflake.log", {}, without=("DBT_",)
        )

    def run(self, statements: list[str]) -> None:
        """Run statements."""
        self._process.ask(statements=statements)

    def dbt(self, *arguments: str, **variables: Any) -> None:
        """Run dbt."""
        self._process.ask(arguments=[*arguments, "--vars", json.dumps(variables)])

    def query(self, sql: str) -> Rows:
        """Return the rows of a query, their values as text."""
        answer = self._process.ask(query=sql)
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

    def close(self) -> None:
        """End the process."""
        self._process.close()
