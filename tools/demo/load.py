"""Runs the tap into DuckDB through Meltano, and shows what a person wants to know of it."""

import fcntl
import json
import re
import subprocess
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
OUTPUT = ROOT / "output"
TAP, TARGET = "tap-bigcommerce-carts", "target-duckdb"
MARTS = "dbt-duckdb:build"
_LAST_LINES = 12
_WORRYING = {"warning", "error", "critical"}
_HOLDER = re.compile(r"lock is held in (\S+) \(PID (\d+)\)")


class FailedError(Exception):
    """It did not work; the message says what to do."""


@contextmanager
def alone() -> Iterator[None]:
    """Keep out a second run in this folder: it would write the same files.

    Raises:
        FailedError: there is one already.
    """
    OUTPUT.mkdir(exist_ok=True)
    with (OUTPUT / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FailedError(
                "Another `make run` or `make demo` is under way in this folder: wait for its end."
            ) from None
        yield


def why_not(said: str, warehouse: Path) -> str | None:
    """Return in a sentence why a run failed, or None if what DuckDB or Meltano said is not known.

    Args:
        said: their words.
        warehouse: the file that was loaded into.
    """
    if "Could not set lock on file" in said:
        holder = _HOLDER.search(said)
        where = f"in {Path(holder[1]).name}, process {holder[2]}" if holder else "elsewhere"
        return f"{warehouse} is open {where}: close it there, and run this again."
    if "pipeline is already running" in said:
        return (
            "Another run of this store is under way in Meltano: wait for its end. If it was "
            "killed, Meltano takes it for running for five minutes more."
        )
    if "version number" in said:
        return (
            f"{warehouse} was written by a newer DuckDB than the loader's, which cannot "
            "read it: move it away, and all is loaded anew; or copy it with the newer DuckDB into "
            "one that is attached with (storage_version 'v1.0.0')."
        )
    return None


@dataclass(slots=True)
class _Log:
    """What Meltano's log said so far.

    Attributes:
        rows: those the tap sent, by stream.
        last: the last lines, for when nothing better explains a failure.
        explained: whether a plugin said what is wrong.
        reason: what was in its way.
    """

    rows: Counter[str] = field(default_factory=Counter)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=_LAST_LINES))
    explained: bool = False
    reason: str | None = None


def load(  # noqa: PLR0913 - one keyword per thing a run needs
    console: Console,
    environment: Mapping[str, str],
    *,
    warehouse: Path,
    state: str,
    env_file: Path,
    from_start: bool,
    marts: bool,
) -> None:
    """Run the tap into DuckDB, renew the marts, and show how many rows were sent.

    Args:
        console: where progress is shown.
        environment: all that Meltano and its plugins can see of it.
        warehouse: the file they load into.
        state: suffix of the state's id, so that stores do not share one.
        env_file: where Meltano reads more of them; it need not exist.
        from_start: read everything, whatever the state says.
        marts: whether to renew the marts afterwards.

    Raises:
        FailedError: Meltano is not installed, or the run failed.
    """
    if not MELTANO.exists():
        raise FailedError("Meltano is not installed here: run `make demo` or `make run`.")
    command: list[str | Path] = [MELTANO, "--environment=dev", f"--env-file={env_file}", "run"]
    command += [f"--state-id-suffix={state}", *(["--full-refresh"] if from_start else [])]
    steps = [TAP, TARGET, *([MARTS] if marts else [])]
    console.print(f"[dim]$ meltano run {' '.join(steps)}[/dim]")
    started = monotonic()
    log = _Log()
    with subprocess.Popen(  # noqa: S603 - the command is ours
        [*command, *steps],
        cwd=ROOT,
        env={
            **environment,
            "MELTANO_CLI_LOG_FORMAT": "json",
            "TARGET_DUCKDB_PATH": str(warehouse),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _follow(console, process, log, warehouse)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        if log.reason:
            raise FailedError(log.reason)
        if log.explained:
            raise FailedError("The run failed; the reason is above.")
        raise FailedError("\n".join(["The run failed. Meltano's last lines were:", *log.last]))
    _show_rows(console, log.rows, monotonic() - started)


def _follow(console: Console, process: subprocess.Popen[str], log: _Log, warehouse: Path) -> None:
    """Read Meltano's log until it ends: count rows, show what worries, keep the last lines."""
    with console.status("starting Meltano") as status:
        for entry in _entries(process):
            text = str(entry.get("event", ""))
            log.reason = log.reason or why_not(text, warehouse)
            metric = entry.get("metric_info") or {}
            if metric.get("metric") == "record_count":
                log.rows[metric["tags"]["stream"]] += metric["value"]
                status.update(f"read {log.rows.total():,} rows")
            elif not metric:
                log.last.append(text)
            if entry.get("plugin_logger") and entry.get("level") in _WORRYING:
                console.print(f"  {text}", style="yellow", markup=False, soft_wrap=True)
                log.explained = log.explained or entry["level"] != "warning"


def _entries(process: subprocess.Popen[str]) -> Iterator[dict[str, Any]]:
    """Yield the entries of a log in JSON; other lines are skipped."""
    for line in process.stdout or ():
        with suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict):
                yield entry


def _show_rows(console: Console, rows: Counter[str], seconds: float) -> None:
    table = Table(box=None, padding=(0, 2), show_edge=False)
    table.add_column("stream")
    table.add_column("rows", justify="right")
    for stream, count in sorted(rows.items()):
        table.add_row(stream, f"{count:,}")
    console.print(table)
    console.print(f"[dim]{seconds:.1f} s[/dim]\n")
