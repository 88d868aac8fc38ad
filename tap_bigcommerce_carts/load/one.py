"""Loads one store, alone: its folder, its state, its secrets, and a lock against a second run."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from tap_bigcommerce_carts.errors import AlreadyRunningError, TapError
from tap_bigcommerce_carts.load import system_database
from tap_bigcommerce_carts.load.meltano_log import TAP, Gathered, Line
from tap_bigcommerce_carts.load.secrets import as_variables, settings_of
from tap_bigcommerce_carts.load.stores import SECRETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TextIO

    from tap_bigcommerce_carts.load.processes import Processes
    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.load.stores import Secrets, Store

LOG, LOG_BEFORE = "load.log", "load.previous.log"
_LOCK = ".load.lock"
# Runs of a store whose loader makes tables that other stores' loaders make at the same moment.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class What:
    """What to load of a store.

    Attributes:
        loader: the loader's name in the project.
        start: first modification date, of a bounded backfill; None for the store's own.
        end: modification date to end before; None for now.
        full_refresh: read everything again, whatever the state says.
        state: what the state is called after the store; None to go by the dates.
    """

    loader: str
    start: str | None = None
    end: str | None = None
    full_refresh: bool = False
    state: str | None = None

    @property
    def bounds(self) -> dict[str, str]:
        """The tap's settings that bound a backfill; empty if there is none."""
        given = {"start_date": self.start, "end_date": self.end}
        return {name: value for name, value in given.items() if value is not None}

    def state_of(self, name: str) -> str:
        """Return the suffix of the state's id: a backfill has one of its own."""
        if self.state:
            return f"{name}.{self.state}"
        if not self.bounds:
            return name
        bounds = (self.start or "beginning", self.end or "now")
        return ".".join([name, "backfill", *(each.replace(":", "") for each in bounds)])


@dataclass(frozen=True, slots=True)
class Loaded:
    """How the load of a store ended.

    Attributes:
        store: its name.
        seconds: how long it took.
        log: what was said.
        failure: why it failed, in a sentence; None if it did not.
        running: whether it was left alone, since another run loads it.
    """

    store: str
    seconds: float
    log: Gathered
    failure: str | None = None
    running: bool = False


class Loading:
    """Loads stores of a project.

    Args:
        project: the Meltano project.
        secrets: where secrets are, beside the environment.
        what: what is loaded of each.
        processes: run Meltano; when they are stopped, no store is begun any more.
    """

    def __init__(
        self, project: Project, secrets: Secrets, what: What, processes: Processes
    ) -> None:
        self._project = project
        self._secrets = secrets
        self._what = what
        self._processes = processes

    def load(self, store: Store, heard: Callable[[Line], None]) -> Loaded:
        """Load a store.

        Args:
            store: the store, as the file has it.
            heard: called with each line of Meltano's log, without the store's secrets.

        Returns:
            How it ended; a failure does not raise.
        """
        began = monotonic()
        log = Gathered()
        failure, running = None, False
        try:
            code, log = self._meltano(store, heard)
            failure = log.reason if code else None
            if code == -signal.SIGKILL:
                failure = (
                    "Meltano was killed (SIGKILL): for want of memory? Then load fewer at once."
                )
        except AlreadyRunningError as error:
            failure, running = str(error), True
        except TapError as error:
            failure = str(error)
        except OSError as error:
            # A full disk, say; the other stores' loads say so for themselves.
            failure = f"Its folder cannot be used: {error.strerror}."
        if self._processes.stopped and failure:
            failure = "It was stopped before its end; the next run goes on from the last STATE."
        return Loaded(store.name, monotonic() - began, log, failure, running)

    @property
    def logs(self) -> str:
        """Where the stores' logs are, in words."""
        return f"{self._project.stores}/NAME/{LOG}"

    def stop(self) -> None:
        """End all that is running, and let nothing new begin."""
        self._processes.stop()

    def _meltano(self, store: Store, heard: Callable[[Line], None]) -> tuple[int, Gathered]:
        if self._processes.stopped:
            # Before a secrets manager is asked for the secrets of each that is not begun.
            return 1, Gathered()
        settings = settings_of(store, self._secrets, self._what.bounds)
        secrets = [str(settings[name]) for name in SECRETS if settings.get(name)]
        secrets += self._project.secrets
        folder = self._project.folder_of(store.name)
        environment = self._project.environment_in(store.name) | as_variables(settings)
        words = ["run", "--no-install", "--force"]
        words += ["--full-refresh"] if self._what.full_refresh else []
        words += [f"--state-id-suffix={self._what.state_of(store.name)}", TAP, self._what.loader]

        def take(line: Line) -> None:
            shown = line.without(secrets)
            log.take(shown)
            if not shown.metric:
                print(shown, file=file, flush=True)
            heard(shown)

        with (
            _alone(folder, store.name, environment["MELTANO_DATABASE_URI"]),
            _without_settings(folder),
            _log_file(folder) as file,
        ):
            for left in reversed(range(_TRIES)):
                log = Gathered()
                code = self._processes.run(
                    self._project.arguments(*words), self._project.root, environment, take
                )
                if not (code and log.collided and left):
                    break
                take(Line("Another store's loader made the same tables: once more.", "warning"))
            return code, log


@contextmanager
def _alone(folder: Path, name: str, database: str) -> Iterator[None]:
    """Keep out a second run of a store, on this machine and, by PostgreSQL, on others.

    Both locks are the system's: they are free at once when this process ends, however it does.
    """
    taken = "Store `{}` is being loaded by another run{}: this one leaves it alone."
    lock = FileLock(folder / _LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        raise AlreadyRunningError(taken.format(name, "")) from None
    try:
        with system_database.held(database, name) as ours:
            if not ours:
                raise AlreadyRunningError(taken.format(name, ", on another machine"))
            yield
    finally:
        lock.release()


@contextmanager
def _without_settings(folder: Path) -> Iterator[None]:
    """Remove the plugins' settings, secrets among them, that a Meltano which was killed left."""
    try:
        _remove_settings(folder)
        yield
    finally:
        _remove_settings(folder)


def _remove_settings(folder: Path) -> None:
    for file in folder.glob("run/*/*.config.json"):
        file.unlink(missing_ok=True)


@contextmanager
def _log_file(folder: Path) -> Iterator[TextIO]:
    """Open a store's log anew; the one before is kept."""
    file = folder / LOG
    if file.exists():
        file.replace(folder / LOG_BEFORE)
    with file.open("w", encoding="utf-8") as opened:
        yield opened
