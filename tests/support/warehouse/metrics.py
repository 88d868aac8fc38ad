"""MetricFlow in a process of its own, on warehouses of the tests."""

from pathlib import Path
from typing import Any

from tests.support.paths import ROOT
from tests.support.warehouse.answering import Answering
from tests.support.warehouse.engines import DuckDB, Engine
from tests.support.warehouse.marts import in_project, place

PYTHON = ROOT / ".venvs/dbt-metricflow/bin/python"
Query = tuple[list[str], list[str]]


class MetricFlow:
    """The process, from its start until it is closed.

    Args:
        folder: an empty one, for logs.
    """

    def __init__(self, folder: Path) -> None:
        if not PYTHON.exists():
            raise FileNotFoundError("MetricFlow is not installed here: run `make test`.")
        self._folder = folder
        script = Path(__file__).with_name("metrics_process.py")
        self._process = Answering(
            [PYTHON, script], folder / "metricflow.log", {}, without=("DBT_", "TARGET_")
        )

    def __call__(self, engine: Engine, queries: list[Query]) -> dict[str, Any]:
        """Return the rows of each query, and the meaning of all metrics.

        Args:
            engine: a warehouse with the marts in it.
            queries: of each its metrics, and what they are grouped by.
        """
        target = "duckdb" if isinstance(engine, DuckDB) else "postgres"
        environment = in_project(target, self._folder / target) | place(engine)
        return self._process.ask(target=target, environment=environment, queries=queries)

    def close(self) -> None:
        """End the process."""
        self._process.close()
