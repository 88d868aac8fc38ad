"""Runs SQL and dbt in what takes itself for Snowflake, in an environment with fakesnow.

fakesnow answers Snowflake's connector from a DuckDB in memory. Each line of standard input is a
command: `{"statements": [...]}`, `{"query": "..."}` or `{"arguments": [...]}`, which are dbt's.
Each is answered by a line, with the rows as lists of text and null.

`python fake_snowflake_process.py PROJECT FOLDER`
"""

import json
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import fakesnow  # type: ignore[import-not-found,unused-ignore]
import snowflake.connector  # type: ignore[import-not-found,unused-ignore]
from dbt.cli.main import dbtRunner  # type: ignore[import-not-found,unused-ignore]
from fakesnow.cursor import FakeSnowflakeCursor  # type: ignore[import-not-found,unused-ignore]

PROFILE = {
    "type": "snowflake",
    "account": "none",
    "user": "nobody",
    "password": "none",
    "database": "raw",
    "warehouse": "none",
    "schema": "analytics",
    "threads": 1,
}


def main(project: str, folder: Path) -> None:
    """Answer commands until there are no more."""
    profile = {"target": "fake", "outputs": {"fake": PROFILE}}
    (folder / "profiles.yml").write_text(json.dumps({"bigcommerce_carts": profile}))
    where = ["--project-dir", project, "--profiles-dir", str(folder)]
    where += ["--target-path", str(folder / "target"), "--log-path", str(folder)]
    _mend_what_differs()
    with fakesnow.patch():
        cursor = snowflake.connector.connect(database="raw", schema="bigcommerce").cursor()
        with redirect_stdout(sys.stderr):
            manifest = dbtRunner().invoke(["parse", "--quiet", *where]).result
        for line in sys.stdin:
            with redirect_stdout(sys.stderr):
                answer = _answer(cursor, json.loads(line), manifest, where)
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


def _answer(
    cursor: Any, command: dict[str, Any], manifest: Any, where: list[str]
) -> dict[str, Any]:
    for statement in command.get("statements", ()):
        cursor.execute(statement)
    if "arguments" in command:
        done = dbtRunner(manifest=manifest).invoke([*command["arguments"], *where])
        return {"success": done.success, "error": str(done.exception)}
    if "query" not in command:
        return {"success": True}
    rows = cursor.execute(command["query"]).fetchall()
    return {
        "success": True,
        "columns": [column.name.lower() for column in cursor.description],
        "rows": [[None if value is None else str(value) for value in row] for row in rows],
    }


def _mend_what_differs() -> None:
    """Make plain tables of temporary ones, and leave out comments.

    DuckDB's temporary tables lie in no database, and cannot be named as being in one. Comments the
    fake does not understand of several columns in one statement, nor of a table with a quote.
    """
    execute = FakeSnowflakeCursor.execute

    def plainly(self: Any, command: str, *more: Any, **options: Any) -> Any:
        plain = re.sub(r"\btemporary(?=\s+table\b)", "", command, flags=re.IGNORECASE)
        if re.search(r"\bcomment\b\s+(on\s+table\b|\$\$)", plain, re.IGNORECASE):
            plain = "select 1"
        return execute(self, plain, *more, **options)

    FakeSnowflakeCursor.execute = plainly


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
