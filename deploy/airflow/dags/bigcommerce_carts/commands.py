"""The tasks: each runs one command of the Meltano project, and its output becomes the task's log.

Secrets come from Airflow's connections, from whichever backend has them. They are read when the
task runs and go into the command's environment: no field of a task holds one.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import BaseOperator, Connection
from airflow.sdk.exceptions import (
    AirflowException,
    AirflowFailException,
    AirflowNotFoundException,
    AirflowSkipException,
)
from airflow.sdk.log import mask_secret

from bigcommerce_carts.stores import PROJECT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from airflow.sdk import Context

WAREHOUSE = "meltano_warehouse"
STATE = "meltano_state"
_WRONG_CALL = 2
_LOADED_BY_ANOTHER_RUN = 75
_AT_FAULT = 1


class Command(BaseOperator):
    """Runs `bigcommerce-carts` in the project's folder, and ends it when the task is ended."""

    @cached_property
    def _process(self) -> SubprocessHook:
        return SubprocessHook()

    def run(self, *arguments: str, secrets: dict[str, str]) -> tuple[int, str]:
        """Run the command.

        Args:
            arguments: its arguments.
            secrets: variables of its environment, beside those of all.

        Returns:
            Its exit code, and the last line it wrote, which says how it ended.
        """
        command = os.environ.get("BIGCOMMERCE_CARTS_COMMAND", "bigcommerce-carts")
        # Airflow's own may hold the connections of other stores, and the address of its database.
        kept = {name: value for name, value in os.environ.items() if "AIRFLOW_" not in name}
        environment = kept | shared_secrets() | secrets
        words = [command, *arguments]
        done = self._process.run_command(words, env=environment, cwd=str(PROJECT))
        return done.exit_code, done.output

    def on_kill(self) -> None:
        """End the command, when the task is stopped or takes too long."""
        with suppress(ProcessLookupError):
            self._process.send_sigterm()  # type: ignore[no-untyped-call] # the provider's


class LoadStore(Command):
    """Loads one store.

    Args:
        store: its name in the file.
        options: further arguments, such as `--from` and a date.
        skip_when_busy: whether the task is skipped when another run loads the store now. Else it
            fails, and is tried again.
    """

    template_fields: Sequence[str] = ("store", "options")
    ui_color = "#e8f0fe"

    def __init__(
        self, *, store: str, options: Sequence[str] = (), skip_when_busy: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.store = store
        self.options = list(options)
        self.skip_when_busy = skip_when_busy

    def execute(self, context: Context) -> None:
        """Load the store.

        Raises:
            AirflowSkipException: another run loads it now.
            AirflowFailException: the command was called wrongly, which no further try mends.
            AirflowException: it failed.
        """
        del context
        code, said = self.run("load", self.store, *self.options, secrets=store_secrets(self.store))
        if code == _LOADED_BY_ANOTHER_RUN and self.skip_when_busy:
            raise AirflowSkipException(said)
        if code == _WRONG_CALL:
            raise AirflowFailException(said)
        if code:
            raise AirflowException(f"{said} (exit code {code})")


class VerifyStore(Command):
    """Compares one store's rows in the warehouse with the store.

    Args:
        store: its name in the file.
    """

    template_fields: Sequence[str] = ("store",)
    ui_color = "#e6f4ea"

    def __init__(self, *, store: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.store = store

    def execute(self, context: Context) -> None:
        """Check the store.

        Raises:
            AirflowFailException: rows are wrong, or the command was called wrongly: no further try
                mends that.
            AirflowException: it could not be checked.
        """
        del context
        words = ("verify", f"--store={self.store}")
        code, said = self.run(*words, secrets=store_secrets(self.store))
        if code in (_AT_FAULT, _WRONG_CALL):
            raise AirflowFailException(said)
        if code:
            raise AirflowException(f"{said} (exit code {code})")


class RunPlugin(Command):
    """Runs what comes after all stores, and loads none.

    Args:
        plugin: a command of a plugin of Meltano's, such as `dbt-postgres:build`.
    """

    template_fields: Sequence[str] = ("plugin",)
    ui_color = "#fef7e0"

    def __init__(self, *, plugin: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.plugin = plugin

    def execute(self, context: Context) -> None:
        """Run it.

        Raises:
            AirflowException: it failed.
        """
        del context
        code, said = self.run("load", "--then", self.plugin, secrets={})
        if code:
            raise AirflowException(f"{said} (exit code {code})")


def store_secrets(store: str) -> dict[str, str]:
    """Return a store's secrets, by the variables that `bigcommerce-carts` reads.

    They are those of the connection `bigcommerce_<name>`, with `_` for `-`: its password is the
    setting `access_token`, its extra holds further settings. Without such a connection the command
    looks where else the file says.
    """
    name = store.replace("-", "_")
    connection = _connection(f"bigcommerce_{name.lower()}")
    if connection is None:
        return {}
    settings = {"access_token": connection.password} | connection.extra_dejson
    found = {
        f"STORE_{name.upper()}_{setting.upper()}": value
        if isinstance(value, str)
        else json.dumps(value)
        for setting, value in settings.items()
        if value is not None
    }
    for value in found.values():
        mask_secret(value)
    return found


def shared_secrets() -> dict[str, str]:
    """Return what all runs need: where the warehouse is, and where Meltano keeps its STATE.

    They are the PostgreSQL databases of the connections `meltano_warehouse` and `meltano_state`.
    What has no connection is left to the worker's environment and to the project's `.env`.
    """
    found = {}
    if warehouse := _connection(WAREHOUSE):
        found = {
            f"TARGET_POSTGRES_{setting}": str(value)
            for setting, value in (
                ("HOST", warehouse.host),
                ("PORT", warehouse.port),
                ("USER", warehouse.login),
                ("PASSWORD", warehouse.password),
                ("DATABASE", warehouse.schema),
            )
            if value is not None
        }
    if state := _connection(STATE):
        _, _, rest = state.get_uri().partition("://")
        found["MELTANO_DATABASE_URI"] = f"postgresql+psycopg://{rest}"
        mask_secret(found["MELTANO_DATABASE_URI"])
    return found


def _connection(name: str) -> Connection | None:
    try:
        found: Connection = Connection.get(name)
    except AirflowNotFoundException:
        return None
    return found
