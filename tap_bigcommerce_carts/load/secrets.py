"""Finds a store's secrets by its name: in the environment, in a file of its own, or by a command.

The environment comes first, then the file; the command is asked if something is missing still.
Other settings that stand there with the secrets (a store's hash, say) are taken as well.
"""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import suppress
from io import StringIO
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.load.stores import SCHEMA, SECRETS, variable
from tap_bigcommerce_carts.redaction import redacted
from tap_bigcommerce_carts.settings.given import typed
from tap_bigcommerce_carts.settings.parsing import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_bigcommerce_carts.load.stores import Secrets, Store

PREFIX = "TAP_BIGCOMMERCE_CARTS_"
# Seconds for a secrets manager's answer.
_LONGEST = 60


def settings_of(
    store: Store, secrets: Secrets, bounds: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return all settings of a store, its secrets among them, checked.

    Args:
        store: the store, as the file has it.
        secrets: where secrets are, beside the environment.
        bounds: `start_date` and `end_date` of a backfill, instead of the store's own.

    Raises:
        SettingsError: a secret cannot be had, or a setting is wrong. The message holds no value.
    """
    # Asked also if nothing that is needed is missing: what need not be set may be there alone,
    # such as the inbox's address, without which its streams would be missing in silence.
    asked = _by_command(store, secrets.command)
    found = {
        **store.settings,
        **asked,
        **_in_file(store, secrets),
        **_in_environment(store.name),
        **(bounds or {}),
    }
    settings = typed(found, SCHEMA)
    try:
        parse(settings, SCHEMA)
    except SettingsError as error:
        missing = [name for name in SECRETS if f"`{name}` is missing" in str(error)]
        if missing and secrets.command and not asked:
            raise SettingsError(
                f"store `{store.name}`: the secrets' command `{secrets.command[0]}` printed no "
                'settings: it must print a JSON object such as {"access_token": "…"}, or lines '
                "such as `ACCESS_TOKEN=…`."
            ) from None
        hint = f" Its place: {_places(store, missing[0], secrets)}." if missing else ""
        raise SettingsError(f"store `{store.name}`: {error}{hint}") from None
    return settings


def as_variables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings as the environment variables that Meltano reads for the tap."""
    return {
        PREFIX + name.upper(): value if isinstance(value, str) else json.dumps(value)
        for name, value in settings.items()
    }


def _in_environment(name: str) -> dict[str, str]:
    return {
        setting: value
        for setting in SCHEMA["properties"]
        if (value := os.environ.get(variable(name, setting)))
    }


def _in_file(store: Store, secrets: Secrets) -> dict[str, str]:
    if secrets.env_files is None:
        return {}
    file = secrets.env_files / f"{store.name}.env"
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"store `{store.name}`: {file} cannot be read.") from None
    return _named(dotenv_values(stream=StringIO(text), interpolate=False))


def _by_command(store: Store, command: tuple[str, ...]) -> dict[str, Any]:
    """Return what the command prints for a store: nothing, if it keeps nothing of it."""
    if not command:
        return {}
    words = [word.replace("{store}", store.name) for word in command]
    failed = f"store `{store.name}`: the secrets' command `{words[0]}`"
    try:
        ended = subprocess.run(  # noqa: S603 - the user's own command, without a shell
            words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_LONGEST, check=False
        )
    except OSError as error:
        raise SettingsError(f"{failed} cannot be run: {error.strerror}.") from None
    except subprocess.TimeoutExpired:
        raise SettingsError(f"{failed} did not end within {_LONGEST} s.") from None
    if ended.returncode:
        said = redacted(ended.stderr.decode("utf-8", "replace"))
        raise SettingsError(f"{failed} failed with exit code {ended.returncode}: {said}")
    text = ended.stdout.decode("utf-8", "replace")
    document: Any = None
    with suppress(ValueError, RecursionError):
        document = json.loads(text)
    if isinstance(document, dict):
        return _named(document)
    return _named(dotenv_values(stream=StringIO(text), interpolate=False))


def _named(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is a setting, by its name; it may be written as the tap's variables are."""
    found = {name.lower().removeprefix(PREFIX.lower()): value for name, value in given.items()}
    return {name: value for name, value in found.items() if name in SCHEMA["properties"] and value}


def _places(store: Store, setting: str, secrets: Secrets) -> str:
    places = [f"`{variable(store.name, setting)}` in the environment"]
    if secrets.env_files:
        places.append(f"`{PREFIX}{setting.upper()}` in {secrets.env_files / store.name}.env")
    if secrets.command:
        places.append(f"what `{secrets.command[0]}` prints")
    return ", or ".join(places)
