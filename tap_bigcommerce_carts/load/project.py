"""The Meltano project that loads: where it is, its plugins, its system database, its environment.

Sources: Meltano's documentation of project structure (`.meltano/`), of the settings `database_uri`
and `MELTANO_SYS_DIR_ROOT`, and of `--env-file`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from dotenv import dotenv_values

from tap_bigcommerce_carts.errors import SettingsError, TapError
from tap_bigcommerce_carts.load import system_database, yaml_text
from tap_bigcommerce_carts.load.meltano_log import TAP, Gathered, lines
from tap_bigcommerce_carts.load.secrets import PREFIX, as_variables
from tap_bigcommerce_carts.load.stores import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The working folder of what is run once for all stores; no store can have that name.
FOR_ALL = ".all"
# What Meltano keeps plugins in, by their kind.
_KINDS = ("extractors", "loaders", "mappers", "utilities")
# Written by Meltano, each time it installs a plugin; what of it a store's folder has seen; and
# without which Meltano does not go by a catalog it has.
_INSTALLED, _SEEN = "venv/.meltano_plugin_fingerprint", ".tap-installed"
_CATALOG_KEY = "tap.properties.cache_key"
_A_STORES_OWN = re.compile(
    "STORE_.*_(?:" + "|".join(name.upper() for name in SCHEMA["properties"]) + ")"
)
# Each store has one of its own.
_NOT_HANDED_ON = ("MELTANO_STATE_ID_SUFFIX",)
# What loaders, dbt and state backends call what nobody may read, and where it stands in addresses.
_SECRET_NAME = re.compile(
    r"_(?:PASS|PASSWORD|PASSPHRASE|SECRET|TOKEN|KEY|CREDENTIALS|CONNECTION_STRING)\Z", re.IGNORECASE
)
_IN_ADDRESS = re.compile(r"://[^/@\s]*?:([^/@\s]+)@")
# Anything shorter is in many a word.
_SHORTEST_SECRET = 6


@dataclass(frozen=True)
class Project:
    """A Meltano project on this machine.

    Args:
        root: the folder of meltano.yml.
        meltano: the command; None for the project's own or the one on the path.
        work: where each store gets a working folder; None for one beside the plugins.
        further: variables that come before those of the environment.
    """

    root: Path
    meltano: Path | None = None
    work: Path | None = None
    further: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def command(self) -> Path:
        """Meltano's command.

        Raises:
            SettingsError: there is none.
        """
        # The project's own, or one that is installed beside this command.
        near = (self.root / ".venvs/meltano/bin/meltano", Path(sys.executable).parent / "meltano")
        found = self.meltano or next(filter(Path.exists, near), None) or shutil.which("meltano")
        if found is None or shutil.which(found) is None:
            raise SettingsError(
                "Meltano is not there: install it, or name its command with --meltano."
            )
        return Path(found).absolute()

    @cached_property
    def plugins(self) -> Path:
        """The folder that Meltano installed the project's plugins into, for all stores."""
        return (self.root / os.environ.get("MELTANO_SYS_DIR_ROOT", ".meltano")).absolute()

    @cached_property
    def stores(self) -> Path:
        """The folder of the stores' working folders."""
        return (self.work or self.plugins / "stores").absolute()

    @cached_property
    def variables(self) -> dict[str, str]:
        """Variables of the project's `.env` and of the environment, which come first."""
        try:
            of_file = dotenv_values(self.root / ".env")
        except (OSError, UnicodeDecodeError):
            raise SettingsError(f"{self.root / '.env'} cannot be read.") from None
        given = {name: value for name, value in of_file.items() if value is not None}
        return {**given, **os.environ, **self.further}

    @cached_property
    def environment(self) -> dict[str, str]:
        """What every store's run may see: neither the tap's settings nor any store's secrets."""
        kept = {
            name: value
            for name, value in self.variables.items()
            if not name.startswith(PREFIX)
            and not _A_STORES_OWN.fullmatch(name)
            and name not in _NOT_HANDED_ON
        }
        return {
            **kept,
            "MELTANO_PROJECT_ROOT": str(self.root.absolute()),
            "MELTANO_DATABASE_URI": self._database(kept),
            "MELTANO_AUTO_INSTALL": "false",
            # What Meltano says is read here; the project's own file would shape it otherwise.
            "MELTANO_CLI_LOG_CONFIG": os.devnull,
            "MELTANO_CLI_LOG_FORMAT": "json",
        }

    @cached_property
    def secrets(self) -> list[str]:
        """What no log may hold of the environment: the warehouse's password, say; longest first."""
        found = set()
        for name, value in self.environment.items():
            if _SECRET_NAME.search(name):
                found.add(value)
            for password in _IN_ADDRESS.findall(value):
                found |= {password, unquote(password)}
        return sorted((each for each in found if len(each) >= _SHORTEST_SECRET), key=len)[::-1]

    @cached_property
    def _document(self) -> dict[str, Any]:
        """What meltano.yml says."""
        try:
            document = yaml_text.read(self._file.read_bytes())
        except SettingsError as error:
            raise SettingsError(f"{self._file}, {error}") from None
        return document if isinstance(document, dict) else {}

    def _database(self, given: Mapping[str, str]) -> str:
        """Return the address of the system database, where Meltano would look for it."""
        address = given.get("MELTANO_DATABASE_URI") or self._document.get("database_uri")
        address = address or "sqlite:///$MELTANO_SYS_DIR_ROOT/meltano.db"
        known = {
            **given,
            "MELTANO_PROJECT_ROOT": str(self.root.absolute()),
            "MELTANO_SYS_DIR_ROOT": str(self.plugins),
        }
        return re.sub(
            r"\$(?:\{(\w+)\}|(\w+))", lambda each: known.get(each[1] or each[2], ""), str(address)
        )

    def arguments(self, *words: str) -> list[str]:
        """Return a command line of Meltano, which then reads no `.env`."""
        return [str(self.command), f"--env-file={os.devnull}", *words]

    @property
    def has_tap(self) -> bool:
        """Whether there is a project at all, with the tap installed."""
        return self._file.is_file() and (self.plugins / "extractors" / TAP).is_dir()

    @property
    def _file(self) -> Path:
        return self.root / "meltano.yml"

    def check(self, loader: str) -> None:
        """Check that the project can load.

        Raises:
            SettingsError: there is no project, no Meltano, or a plugin is not installed.
        """
        if not self._file.is_file():
            raise SettingsError(
                f"{self.root.absolute()} holds no meltano.yml: name the project with --project."
            )
        for kind, name in (("extractor", TAP), ("loader", loader)):
            if not (self.plugins / f"{kind}s" / name).is_dir():
                other = ", or name another with --loader" if kind == "loader" else ""
                raise SettingsError(
                    f"{name} is not installed in the Meltano project: run `meltano install "
                    f"{kind} {name}` there{other}."
                )
        _ = self.command

    def prepare(self) -> None:
        """Make the system database, if it is not there: stores that begin at once would collide.

        Raises:
            TapError: it cannot be made.
        """
        with system_database.is_made(self.environment["MELTANO_DATABASE_URI"]) as made:
            if made:
                return
            # Not the states of all stores, wherever they are kept.
            backend = {"MELTANO_STATE_BACKEND_URI": "systemdb"}
            self._ask("Meltano's system database cannot be made", ("state", "list"), backend)

    def state_of(self, loader: str, suffix: str | None) -> dict[str, Any] | None:
        """Return the STATE that Meltano keeps of a store's loads; None if there is none.

        Args:
            loader: where it is loaded to.
            suffix: of the state's id: the store's name; None if it has none.

        Raises:
            SettingsError: meltano.yml names no environment, which the STATE is kept under.
            TapError: Meltano does not say.
        """
        environment = self.environment.get("MELTANO_ENVIRONMENT")
        environment = environment or self._document.get("default_environment")
        if not environment:
            raise SettingsError(
                "Under which environment does Meltano keep the STATE? Set MELTANO_ENVIRONMENT, or "
                "give the STATE with --state."
            )
        name = ":".join(filter(None, (environment, f"{TAP}-to-{loader}", suffix)))
        return self._ask_for_object(f"Meltano's state {name} cannot be read", "state", "get", name)

    def settings_with(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings that Meltano hands to the tap: meltano.yml's, too.

        Args:
            settings: what it is told of by the environment, as for a load.

        Raises:
            TapError: Meltano does not say.
        """
        found = self._ask_for_object(
            "What meltano.yml says of the tap cannot be read",
            *("invoke", "--dump=config", TAP),
            variables=as_variables(settings),
        )
        return {**settings, **(found or {})}

    def selected_with(self, settings: Mapping[str, Any]) -> frozenset[str]:
        """Return the streams that Meltano lets the tap read: meltano.yml's `select`, say.

        The tap is asked for its catalog, which takes it seconds.

        Args:
            settings: as for `settings_with`.

        Raises:
            TapError: Meltano does not say.
        """
        found = self._ask_for_object(
            "Which streams meltano.yml selects cannot be found out",
            *("invoke", "--dump=catalog", TAP),
            variables=as_variables(settings),
        )
        streams = (found or {}).get("streams")
        return frozenset(
            str(each.get("tap_stream_id"))
            for each in (streams if isinstance(streams, list) else [])
            for of in each.get("metadata", ())
            if not of.get("breadcrumb") and of.get("metadata", {}).get("selected")
        )

    def loader_settings(self, loader: str) -> dict[str, Any]:
        """Return the settings that Meltano hands to a loader, which may hold a password.

        Raises:
            TapError: Meltano does not say.
        """
        failed = f"What meltano.yml says of {loader} cannot be read"
        return self._ask_for_object(failed, "invoke", "--dump=config", loader) or {}

    def has_loader(self, loader: str) -> bool:
        """Whether there is a project at all, with a loader installed."""
        return self._file.is_file() and (self.plugins / "loaders" / loader).is_dir()

    def _ask_for_object(
        self, failed: str, *words: str, variables: Mapping[str, str] | None = None
    ) -> dict[str, Any] | None:
        """Return the JSON object that Meltano prints; None if it is empty."""
        self.prepare()
        said = self._ask(failed, words, variables or {})
        with suppress(ValueError):
            found = json.loads(said)
            if isinstance(found, dict):
                return found or None
        raise TapError(f"{failed}: Meltano printed no JSON object.")

    def _ask(self, failed: str, words: Sequence[str], variables: Mapping[str, str]) -> str:
        """Return what Meltano prints, which may hold secrets."""
        ended = subprocess.run(  # noqa: S603 - Meltano, with our arguments
            self.arguments(*words),
            cwd=self.root,
            env={**self.environment_in(FOR_ALL), **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if ended.returncode:
            log = Gathered()
            for line in lines(ended.stderr.splitlines()):
                log.take(line.without([*filter(None, variables.values()), *self.secrets]))
            raise TapError(f"{failed}: {log.reason}")
        return ended.stdout

    def environment_in(self, name: str) -> dict[str, str]:
        """Return the environment of a Meltano that writes into a working folder alone.

        Args:
            name: the store's, or `FOR_ALL`.
        """
        return {**self.environment, "MELTANO_SYS_DIR_ROOT": str(self.folder_of(name))}

    def folder_of(self, name: str) -> Path:
        """Return a store's working folder, made if need be, with the project's plugins in it.

        Raises:
            SettingsError: it cannot be made.
        """
        folder = self.stores / name
        try:
            self._make(folder)
        except OSError as error:
            raise SettingsError(
                f"{folder} cannot be made ({error.strerror}): say with --work where the stores' "
                "folders can be."
            ) from None
        return folder

    def _make(self, folder: Path) -> None:
        # Nobody else may look in: while it runs, Meltano keeps the plugins' settings there.
        folder.mkdir(0o700, parents=True, exist_ok=True)
        with suppress(PermissionError):
            # One that was there may be open to others; on a volume of somebody else's it stays so.
            folder.chmod(0o700)
        for kind in _KINDS:
            link, target = folder / kind, self.plugins / kind
            if target.is_dir() and not (link.is_symlink() and link.readlink() == target):
                link.unlink(missing_ok=True)
                link.symlink_to(target)
        self._forget_catalog_of_another_tap(folder)

    def _forget_catalog_of_another_tap(self, folder: Path) -> None:
        """Let Meltano discover a store's streams anew if the tap was installed since.

        It keeps the catalog of a released tap for as long as no setting changes, and forgets it
        when the tap is installed: but the one in the project's own folder alone.
        """
        mark, seen = self.plugins / "extractors" / TAP / _INSTALLED, folder / _SEEN
        known = f"{mark.read_text()} {mark.stat().st_mtime_ns}" if mark.exists() else ""
        if not (known and seen.exists() and seen.read_text() == known):
            (folder / "run" / TAP / _CATALOG_KEY).unlink(missing_ok=True)
            seen.write_text(known)
