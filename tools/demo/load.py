"""Runs the tap into DuckDB through Meltano, and shows what a person wants to know of it."""

import fcntl
import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from rich.console import Console
from rich.table import Table

from tap_bigcommerce_carts.load.meltano_log import Gathered, known_reason, lines

ROOT = Path(__file__).resolve().parents[2]
MELTANO = ROOT / ".venvs/meltano/bin/meltano"
OUTPUT = ROOT / "output"
TAP, TARGET = "tap-bigcommerce-carts", "target-duckdb"
MARTS = "dbt-duckdb:build"


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


@dataclass(frozen=True, slots=True)
class Runs:
    """How Meltano is run into a warehouse.

    Args:
        console: where progress is shown.
        environment: all that Meltano and its plugins can see of it.
        warehouse: the file they load into.
        state: suffix of the state's id, so that stores do not share one.
        env_file: where Meltano reads more of them; it need not exist.
    """

    console: Console
    environment: Mapping[str, str]
    warehouse: Path
    state: str
    env_file: Path

    def load(self, *, from_start: bool) -> None:
        """Run the tap into DuckDB, and show how many rows were sent.

        Args:
            from_start: read everything, whatever the state says.

        Raises:
            FailedError: Meltano is not installed, or the run failed.
        """
        options = [f"--state-id-suffix={self.state}", *(["--full-refresh"] if from_start else [])]
        started = monotonic()
        log = self._run(options, TAP, TARGET)
        _show_rows(self.console, log.rows, monotonic() - started)

    def build_marts(self) -> None:
        """Renew the marts.

        Raises:
            FailedError: they could not be built.
        """
        self._run([], MARTS)

    def last_state(self) -> dict[str, Any]:
        """Return the STATE of the last load.

        Raises:
            FailedError: there is none.
        """
        name = f"dev:{TAP}-to-{TARGET}:{self.state}"
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*self._meltano(), "state", "get", name],
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise FailedError(f"Meltano does not find its state:\n{done.stderr}")
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def _meltano(self) -> list[str]:
        if not MELTANO.exists():
            raise FailedError("Meltano is not installed here: run `make demo` or `make run`.")
        return [str(MELTANO), "--environment=dev", f"--env-file={self.env_file}"]

    def _run(self, options: list[str], *steps: str) -> Gathered:
        command = [*self._meltano(), "run", *options, *steps]
        self.console.print(f"[dim]$ meltano run {' '.join(steps)}[/dim]")
        log = Gathered()
        with subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            cwd=ROOT,
            env={
                **self.environment,
                "MELTANO_CLI_LOG_FORMAT": "json",
                "TARGET_DUCKDB_PATH": str(self.warehouse),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                reason = _follow(self.console, process, log, self.warehouse)
            except BaseException:
                process.terminate()
                raise
        if process.returncode:
            if reason:
                raise FailedError(reason)
            if log.explained:
                raise FailedError("The run failed; the reason is above.")
            raise FailedError("\n".join(["The run failed. Meltano's last lines were:", *log.last]))
        return log


def _follow(
    console: Console, process: subprocess.Popen[str], log: Gathered, warehouse: Path
) -> str | None:
    """Read Meltano's log until it ends: count rows, show what worries.

    Returns:
        What is known to be in its way, if that is so.
    """
    reason = None
    with console.status("starting Meltano") as status:
        for line in lines(process.stdout or ()):
            log.take(line)
            reason = reason or known_reason(line.text, str(warehouse))
            if line.metric:
                status.update(f"read {log.rows.total():,} rows")
            elif line.worrying:
                console.print(f"  {line.text}", style="yellow", markup=False, soft_wrap=True)
    return reason


def _show_rows(console: Console, rows: Counter[str], seconds: float) -> None:
    table = Table(box=None, padding=(0, 2), show_edge=False)
    table.add_column("stream")
    table.add_column("rows", justify="right")
    for stream, count in sorted(rows.items()):
        table.add_row(stream, f"{count:,}")
    console.print(table)
    console.print(f"[dim]{seconds:.1f} s[/dim]\n")
