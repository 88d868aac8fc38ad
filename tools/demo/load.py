"""Runs the tap into DuckDB through Meltano, and shows what a person wants to know of it."""

from __future__ import annotations

import fcntl
import json
import shlex
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic
from typing import IO, TYPE_CHECKING, Any

from rich.table import Table

from tap_bigcommerce_carts.load.meltano_log import Gathered, known_reason, lines

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator, Mapping

    from rich.console import Console

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
class Loader:
    """A loader that runs by itself.

    Args:
        process: it.
        states: the file that it writes each STATE to: a pipe that nobody reads would get full.
        log: the file that it logs to.
    """

    process: subprocess.Popen[bytes]
    states: IO[str]
    log: IO[str]

    def take(self, messages: bytes) -> None:
        """Give it Singer messages.

        Raises:
            FailedError: it has ended.
        """
        if self.process.stdin is None:
            raise TypeError("the loader was not made to take messages")
        try:
            self.process.stdin.write(messages)
        except BrokenPipeError:
            raise self._failed() from None

    def finish(self) -> dict[str, Any]:
        """Say that there is no more; return the last STATE of which the loader says it is loaded.

        Raises:
            FailedError: it failed.
        """
        self.process.communicate()
        if self.process.returncode:
            raise self._failed()
        self.states.seek(0)
        found: dict[str, Any] = json.loads(self.states.readlines()[-1])
        return found

    def _failed(self) -> FailedError:
        self.log.seek(0)
        gathered = Gathered()
        for line in lines(self.log):
            gathered.take(line)
        return FailedError(f"The loader failed: {gathered.reason}")


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
        log = self._run("run", *options, TAP, TARGET)
        show_rows(self.console, log.rows, monotonic() - started)

    def build_marts(self, variables: Mapping[str, object] | None = None) -> None:
        """Renew the marts.

        Args:
            variables: rules of theirs that differ from the project's.

        Raises:
            FailedError: they could not be built.
        """
        if variables:
            self._run("invoke", MARTS, "--vars", json.dumps(variables))
        else:
            self._run("run", MARTS)

    def last_state(self) -> dict[str, Any]:
        """Return the STATE of the last load.

        Raises:
            FailedError: there is none.
        """
        found: dict[str, Any] = json.loads(self._state("get", self._state_id))
        return found

    def set_state(self, state: dict[str, Any]) -> None:
        """Let the next load go on from a STATE.

        Raises:
            FailedError: Meltano did not take it.
        """
        self._state("set", "--force", self._state_id, json.dumps({"singer_state": state}))

    @contextmanager
    def loader(self) -> Iterator[Loader]:
        """Run the loader alone, as Meltano has it set up, for messages that come from elsewhere.

        Raises:
            FailedError: Meltano is not installed.
        """
        with (
            TemporaryFile("w+") as states,
            TemporaryFile("w+") as log,
            subprocess.Popen(  # noqa: S603 - the command is ours
                [*self._meltano(), "invoke", TARGET],
                cwd=ROOT,
                env=self._loading,
                stdin=subprocess.PIPE,
                stdout=states,
                stderr=log,
            ) as process,
        ):
            try:
                yield Loader(process, states, log)
            except BaseException:
                process.kill()
                raise

    @property
    def _loading(self) -> dict[str, str]:
        more = {"MELTANO_CLI_LOG_FORMAT": "json", "TARGET_DUCKDB_PATH": str(self.warehouse)}
        return {**self.environment, **more}

    @property
    def _state_id(self) -> str:
        return f"dev:{TAP}-to-{TARGET}:{self.state}"

    def _state(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*self._meltano(), "state", *arguments],
            cwd=ROOT,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise FailedError(f"Meltano's state cannot be had:\n{done.stderr}")
        return done.stdout

    def _meltano(self) -> list[str]:
        if not MELTANO.exists():
            raise FailedError("Meltano is not installed here: run `make demo` or `make run`.")
        return [str(MELTANO), "--environment=dev", f"--env-file={self.env_file}"]

    def _run(self, *arguments: str) -> Gathered:
        command = [*self._meltano(), *arguments]
        shown = [each for each in arguments if each != f"--state-id-suffix={self.state}"]
        self.console.print(f"$ meltano {shlex.join(shown)}", style="dim", markup=False)
        log = Gathered()
        with subprocess.Popen(  # noqa: S603 - the command is ours
            command,
            cwd=ROOT,
            env=self._loading,
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


def show_rows(console: Console, rows: Counter[str], seconds: float) -> None:
    """Show how many rows of each stream were sent, and how long that took."""
    table = Table(box=None, padding=(0, 2), show_edge=False)
    table.add_column("stream")
    table.add_column("rows", justify="right")
    for stream, count in sorted(rows.items()):
        table.add_row(stream, f"{count:,}")
    console.print(table)
    console.print(f"[dim]{seconds:.1f} s[/dim]\n")
