"""Runs dbt again and again in one process, in the environment of a Meltano plugin.

dbt takes five seconds to start and to read a project, and one to run it. Each line of standard
input is a command: `{"arguments": [...], "environment": {...}}`. Each is answered by a line.
"""

import json
import os
import sys
from contextlib import redirect_stdout

from dbt.adapters.factory import get_adapter_by_type  # type: ignore[import-not-found,unused-ignore]
from dbt.cli.main import dbtRunner  # type: ignore[import-not-found,unused-ignore]


def main(adapter: str) -> None:
    """Answer commands until there are no more."""
    manifest = None
    for line in sys.stdin:
        command = json.loads(line)
        os.environ.update(command["environment"])
        with redirect_stdout(sys.stderr):
            if manifest is None:
                manifest = dbtRunner().invoke(["parse", "--quiet"]).result
            done = dbtRunner(manifest=manifest).invoke(command["arguments"])
            if adapter == "duckdb":
                # Whoever reads the file next must find it closed.
                get_adapter_by_type(adapter).connections.close_all_connections()
        answer = {"success": done.success, "error": str(done.exception)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
