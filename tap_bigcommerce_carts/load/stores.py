"""The file that lists the stores: their names and settings, no secrets; and what it must be."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.load import yaml_text
from tap_bigcommerce_carts.model import BigCommerceConnection
from tap_bigcommerce_carts.settings.parsing import parse
from tap_bigcommerce_carts.settings.schema import SDK_SETTINGS, SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from tap_bigcommerce_carts.settings.parsing import Settings

# Part of file names, of the state's id and of variables' names.
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?")
_PLUGIN = re.compile(r"[A-Za-z0-9][\w.-]*")
_COMMAND = re.compile(r"[A-Za-z0-9][\w.-]*(?::[\w.-]+)?")
_MOST_AT_ONCE = 256
SECRETS = tuple(name for name, of in SETTINGS["properties"].items() if of.get("secret"))
SCHEMA: dict[str, Any] = {
    **SETTINGS,
    "properties": {**SETTINGS["properties"], **{name: {} for name in SDK_SETTINGS}},
}
# In the place of secrets that are not in the file, so that the rest can be checked.
_STAND_INS = dict.fromkeys(SECRETS, "x" * 16) | {"inbox_url": None, "store_hash": "x"}
# What only one store can have.
_OF_ONE_STORE = ("store_hash", "store_name")


@dataclass(frozen=True, slots=True)
class Store:
    """One store of the file.

    Attributes:
        name: what it is called, in commands, logs, the state's id and the column `store`.
        settings: the tap's, without secrets.
    """

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Secrets:
    """Where secrets are found, beside the environment.

    Attributes:
        env_files: folder of a file `NAME.env` for each store.
        command: a secrets manager's command; `{store}` in it becomes the store's name.
    """

    env_files: Path | None = None
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreList:
    """What the file says.

    Attributes:
        file: where it is.
        stores: by their names, in the file's order.
        loader: name of the loader in the Meltano project.
        at_once: how many stores are loaded at the same time.
        then: what Meltano runs once after all, such as `dbt-postgres:build`.
        secrets: where secrets are found.
    """

    file: Path
    stores: Mapping[str, Store]
    loader: str = "target-postgres"
    at_once: int = 4
    then: str | None = None
    secrets: Secrets = field(default_factory=Secrets)

    def named(self, name: str) -> Store:
        """Return a store.

        Raises:
            SettingsError: the file has none of that name.
        """
        if name in self.stores:
            return self.stores[name]
        close = difflib.get_close_matches(name, self.stores, n=1)
        hint = f"; did you mean `{close[0]}`?" if close else "."
        raise SettingsError(f"{self.file} has no store `{name}`{hint}")


def variable(name: str, setting: str) -> str:
    """Return the environment variable of a store's setting, such as `STORE_ACME_ACCESS_TOKEN`."""
    return f"STORE_{name.replace('-', '_').upper()}_{setting.upper()}"


def read_bounds(bounds: Mapping[str, str]) -> tuple[datetime | None, datetime | None]:
    """Read the dates of `--from` and `--to` before any store is begun.

    Args:
        bounds: `start_date` and `end_date`, as far as they are given.

    Raises:
        SettingsError: one is no date, or they are the wrong way round.
    """
    try:
        read = parse({**_STAND_INS, **bounds}, SCHEMA)
    except SettingsError as error:
        said = str(error).replace("`start_date`", "--from").replace("`end_date`", "--to")
        raise SettingsError(said) from None
    return read.start, read.end


def read_stores(file: Path) -> StoreList:
    """Read the file of stores and check all of it.

    Raises:
        SettingsError: it cannot be read, or is wrong: a sentence for each mistake, a line each.
            None holds a value, since that may be a secret in the wrong place.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else "cannot be read"
        raise SettingsError(
            f"{file} {why}: name the file of your stores with --stores (stores.example.yml shows "
            "one)."
        ) from None
    try:
        document = yaml_text.read(text)
    except SettingsError as error:
        raise SettingsError(f"{file}, {error}") from None
    parsed = _Parsing()
    found = parsed.whole(file, document)
    if parsed.problems:
        raise SettingsError("\n".join(f"{file}, {problem}" for problem in parsed.problems))
    return found


def names_in(file: Path) -> list[str]:
    """Return the names of the file's stores, whatever else is wrong with it; none at worst."""
    try:
        document = yaml_text.read(file.read_bytes())
    except (OSError, SettingsError):
        return []
    listed = document.get("stores") if isinstance(document, dict) else None
    names = listed if isinstance(listed, dict) else {}
    return [name for name in names if isinstance(name, str) and _NAME.fullmatch(name)]


class _Parsing:
    """Reads the document, and gathers what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        # What stores may not have in common, and which had it first.
        self._seen: dict[tuple[str, Any], str] = {}

    def whole(self, file: Path, document: Any) -> StoreList:
        known = ("loader", "at_once", "then", "secrets", "defaults", "stores")
        if not isinstance(document, dict):
            self.problems.append("the file must hold names with values (`name: value`).")
            return StoreList(file, {})
        given = self._mapping(document, "the file", known)
        defaults = self._mapping(given.get("defaults", {}), "`defaults`")
        defaults = self._settings(defaults, "`defaults`")
        for name in set(_OF_ONE_STORE) & set(defaults):
            self.problems.append(f"`defaults`: `{name}` is one store's own: move it there.")
        if self._parsed(defaults, "`defaults`") is None:
            # Said once, not of each store.
            defaults = {}
        listed = self._mapping(given.get("stores", {}), "`stores`", empty=False)
        stores = {}
        for name, of in listed.items():
            if store := self._store(name, of, defaults):
                stores[store.name] = store
        return StoreList(
            file,
            stores,
            loader=self._text(given, "loader", _PLUGIN, "a loader's name") or "target-postgres",
            at_once=self._at_once(given.get("at_once", 4)),
            then=self._text(given, "then", _COMMAND, "a plugin's command, as dbt-postgres:build"),
            secrets=self._secrets(given.get("secrets", {}), file.parent),
        )

    def _mapping(
        self, value: Any, what: str, known: tuple[str, ...] = (), *, empty: bool = True
    ) -> dict[str, Any]:
        if not isinstance(value, dict) or not (value or empty):
            hint = "" if value else ", indented below it"
            self.problems.append(f"{what} must hold names with values (`name: value`){hint}.")
            return {}
        for key in value if known else ():
            # What begins with x- is there for its anchor: settings that some stores share.
            if key not in known and not str(key).startswith("x-"):
                close = difflib.get_close_matches(str(key), known, n=1)
                hint = f"did you mean `{close[0]}`?" if close else "known are " + _listed(known)
                self.problems.append(f"{what}: there is no `{key}`; {hint}")
        return value

    def _text(
        self, given: dict[str, Any], key: str, shape: re.Pattern[str], what: str
    ) -> str | None:
        value = given.get(key)
        if value is None or (isinstance(value, str) and shape.fullmatch(value)):
            return value
        self.problems.append(f"`{key}` must be {what}.")
        return None

    def _at_once(self, value: Any) -> int:
        if isinstance(value, int) and value is not True and 1 <= value <= _MOST_AT_ONCE:
            return value
        self.problems.append(f"`at_once` must be a whole number from 1 to {_MOST_AT_ONCE}.")
        return 1

    def _secrets(self, value: Any, beside: Path) -> Secrets:
        given = self._mapping(value, "`secrets`", ("env_files", "command"))
        files, command = given.get("env_files"), given.get("command", [])
        if files is not None and not isinstance(files, str):
            self.problems.append("`secrets`: `env_files` must be a folder's path.")
            files = None
        if not (isinstance(command, list) and all(isinstance(each, str) for each in command)):
            self.problems.append(
                "`secrets`: `command` must be a list of words, such as [vault, kv, get, "
                '"bigcommerce/{store}"].'
            )
            command = []
        return Secrets(beside / files if files else None, tuple(command))

    def _store(self, name: Any, of: Any, defaults: dict[str, Any]) -> Store | None:
        where = f"store `{name}`"
        if name in SCHEMA["properties"]:
            self.problems.append(
                f"`{name}` is a setting, not a store: indent it below its store's name."
            )
            return None
        if not isinstance(name, str):
            self.problems.append(f"{where}: put the name in quotes; YAML reads it as no text.")
            return None
        if not _NAME.fullmatch(name):
            self.problems.append(
                f"{where}: a name has letters, digits, - and _ (63 at most), and neither begins "
                "nor ends with - or _."
            )
            return None
        own = self._settings(self._mapping({} if of is None else of, where), where)
        store = Store(name, {"store_name": name, **defaults, **own})
        self._check(store, where)
        return store

    def _settings(self, given: dict[str, Any], where: str) -> dict[str, Any]:
        found = {}
        for name, value in given.items():
            of = SCHEMA["properties"].get(name, {})
            if name in SECRETS:
                self.problems.append(
                    f"{where}: `{name}` is a secret, which this file must not hold: give it by "
                    "the environment, an env file or a command, and if the file was shared, make "
                    "a new one."
                )
            elif "string" in of.get("type", ()) and isinstance(value, int | float):
                self.problems.append(
                    f"{where}: put the value of `{name}` in quotes; YAML reads it as no text."
                )
            elif value is None and name not in SCHEMA["properties"]:
                self.problems.append(
                    f"{where}: `{str(name).partition(':')[0]}` is no setting with a value: write "
                    "`name: value`, with a space after the colon."
                )
            elif value is not None:
                found[str(name)] = value
        return found

    def _parsed(self, settings: Mapping[str, Any], where: str) -> Settings | None:
        try:
            return parse({**_STAND_INS, **settings}, SCHEMA)
        except SettingsError as error:
            self.problems.append(f"{where}: {error}")
            return None

    def _check(self, store: Store, where: str) -> None:
        if (parsed := self._parsed(store.settings, where)) is None:
            return
        shop = None
        if isinstance(parsed.connection, BigCommerceConnection) and "store_hash" in store.settings:
            shop = (parsed.connection.store_hash, parsed.channel_ids)
        for what, key in (
            ("their secrets would have the same variables", variable(store.name, "")),
            ("their rows could not be told apart: the `store_name` is the same", parsed.store_name),
            ("they are the same shop, whose carts would be loaded twice", shop),
        ):
            first = self._seen.setdefault((what, key), store.name)
            if first != store.name and key:
                self.problems.append(f"stores `{first}` and `{store.name}`: {what}.")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names) + "."
