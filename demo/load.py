"""Runs the tap into DuckDB through Meltano, and tells of it what a person wants to know."""

import json
import subprocess
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
WAREHOUSE = ROOT / "output/warehouse.duckdb"
TAP, TARGET = "tap-bigcommerce-carts", "target-duckdb"
MARTS = "dbt-duckdb:build"
_LAST_LINES = 12
_WORRYING = {"warning", "error", "critical"}


class FailedError(Exception):
    """It did not work; the message says what to do."""


@dataclass(slots=True)
class _Log:
    """What Meltano's log said so far.

    Attributes:
        rows: those the tap sent, by stream.
        last: the last lines, for when nothing better explains a failure.
        told: whether a plugin said what is wrong.
    """

    rows: Counter[str] = field(default_factory=Counter)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    told: bool = False


def load(  # noqa: PLR0913 - one keyword per thing a run needs
    console: Console,
    environment: Mapping[str, str],
    *,
    state: str,
    env_file: Path,
    from_start: bool,
    marts: bool,
) -> None:
    """Run the tap into DuckDB, renew the marts, and show how many rows were sent.

    Args:
        console: where progress is shown.
        environment: all that Meltano and its plugins can see of it.
        state: suffix of the state's id, so that stores do not share one.
        env_file: where Meltano reads more of them; it need not exist.
        from_start: read everything, whatever the state says.
        marts: whether to renew the marts afterwards.

    Raises:
        FailedError: Meltano is not installed, or the run failed.
    """
    if not MELTANO.exists():
        raise FailedError("Meltano is not installed here: run `make demo` or `make run`.")
    (ROOT / "output").mkdir(exist_ok=True)
    command: list[str | Path] = [MELTANO, "--environment=dev", f"--env-file={env_file}", "run"]
    command += [f"--state-id-suffix={state}", *(["--full-refresh"] if from_start else [])]
    steps = [TAP, TARGET, *([MARTS] if marts else [])]
    console.print(f"[dim]$ meltano run {' '.join(steps)}[/dim]")
    started = monotonic()
    log = _Log()
    with subprocess.Popen(  # noqa: S603 - the command is ours
        [*command, *steps],
        cwd=ROOT,
        env={**environment, "MELTANO_CLI_LOG_FORMAT": "json"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _follow(console, process, log)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        if log.told:
            raise FailedError("The run failed; the reason is above.")
        raise FailedError("\n".join(["The run failed. Meltano's last lines were:", *log.last]))
    _tell(console, log.rows, monotonic() - started)


def _follow(console: Console, process: subprocess.Popen[str], log: _Log) -> None:
    """Read Meltano's log until it ends: count rows, show what worries, keep the last lines."""
    with console.status("starting Meltano") as status:
        for entry in _entries(process):
            text = str(entry.get("event", ""))
            metric = entry.get("metric_info") or {}
            if metric.get("metric") == "record_count":
                log.rows[metric["tags"]["stream"]] += metric["value"]
                status.update(f"read {log.rows.total():,} rows")
            elif not metric:
                log.last.append(text)
            if entry.get("plugin_logger") and entry.get("level") in _WORRYING:
                console.print(f"  {text}", style="yellow", markup=False, soft_wrap=True)
                log.told = log.told or entry["level"] != "warning"


def _entries(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield the entries of a log in JSON; lines that are none are passed over."""
    for line in process.stdout or ():
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict):
                yield entry


def _tell(console: Console, rows: Counter[str], seconds: float) -> None:
    table = Table(box=None, padding=(0, 2), show_edge=False)
    table.add_column("stream")
    table.add_column("rows", justify="right")
    for stream, count in sorted(rows.items()):
        table.add_row(stream, f"{count:,}")
    console.print(table)
    console.print(f"[dim]{seconds:.1f} s[/dim]\n")
