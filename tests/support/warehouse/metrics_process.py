"""Asks MetricFlow for metrics, in the environment that has it.

Each line of standard input is a command: `{"target": "duckdb", "environment": {...}, "queries":
[[["a metric"], ["what to group by"]], ...]}`. Each is answered by a line, with the rows of each
query by column; instants are text.
"""

import json
import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from dbt.adapters.factory import get_adapter_by_type  # type: ignore[import-not-found,unused-ignore]
from dbt.cli.main import dbtRunner  # type: ignore[import-not-found,unused-ignore]
from dbt_metricflow.cli.dbt_connectors.adapter_backed_client import (  # type: ignore[import-not-found,unused-ignore]
    AdapterBackedSqlClient,
)
from metricflow.engine.metricflow_engine import (  # type: ignore[import-not-found,unused-ignore]
    MetricFlowEngine,
    MetricFlowQueryRequest,
)
from metricflow_semantics.model.dbt_manifest_parser import (  # type: ignore[import-not-found,unused-ignore]
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import (  # type: ignore[import-not-found,unused-ignore]
    SemanticManifestLookup,
)


def main() -> None:
    """Answer commands until there are no more."""
    for line in sys.stdin:
        command = json.loads(line)
        os.environ.update(command["environment"])
        with redirect_stdout(sys.stderr):
            answer = _answer(command["target"], command["queries"])
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


def _answer(target: str, queries: list[tuple[list[str], list[str]]]) -> dict[str, Any]:
    done = dbtRunner().invoke(["parse", "--quiet"])
    if not done.success:
        return {"success": False, "error": str(done.exception)}
    told = Path(os.environ["DBT_TARGET_PATH"], "semantic_manifest.json").read_text()
    adapter = get_adapter_by_type(target)
    engine = MetricFlowEngine(
        semantic_manifest_lookup=SemanticManifestLookup(
            parse_manifest_from_dbt_generated_manifest(told)
        ),
        sql_client=AdapterBackedSqlClient(adapter),
    )
    found = []
    for metrics, by in queries:
        asked = MetricFlowQueryRequest.create(metric_names=metrics, group_by_names=by)
        table = engine.query(asked).result_df
        found.append([dict(zip(table.column_names, row, strict=True)) for row in table.rows])
    adapter.cleanup_connections()
    if target == "duckdb":
        # Whoever reads the file next must find it closed.
        adapter.connections.close_all_connections()
    return {
        "success": True,
        "metrics": {each.name: each.description for each in engine.list_metrics()},
        "rows": found,
    }


if __name__ == "__main__":
    main()
