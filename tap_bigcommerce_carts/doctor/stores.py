"""Which stores are looked at, where their settings come from, and what of them nobody may see."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit

from tap_bigcommerce_carts.addresses import is_local
from tap_bigcommerce_carts.redaction import redacted
from tap_bigcommerce_carts.settings.given import from_file
from tap_bigcommerce_carts.settings.schema import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_bigcommerce_carts.doctor.findings import Finding
    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.load.stores import StoreList

PREFIX = "TAP_BIGCOMMERCE_CARTS_"
_SECRETS = tuple(name for name, of in SETTINGS["properties"].items() if of.get("secret"))
_ADDRESSES = {name: SETTINGS["properties"][name]["default"] for name in ("api_url", "api2cart_url")}
_LONGEST = 600
# Where PostgreSQL's library looked for a host, by name and by what the name leads to.
_RESOLVED = (
    (re.compile(r'server at "[^"]+"(?: \([^)]+\))?'), 'server at "***"'),
    (re.compile(r"hostaddr: '[^']+'"), "hostaddr: '***'"),
)
# Anything shorter stands in many a word.
_SHORTEST = 4


class Configured(Protocol):
    """A store, with what it is loaded with."""

    @property
    def loader(self) -> str:
        """The loader that its STATE is kept with; empty if it is not known."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The settings, secrets among them; raises a TapError if some cannot be had."""

    @property
    def selected(self) -> frozenset[str] | None:
        """The streams that a load reads; None if nothing says; raises a TapError."""

    @property
    def last_state(self) -> Mapping[str, Any] | None:
        """The STATE of its last load; None if there is none; raises a TapError."""


@dataclass(frozen=True, slots=True)
class OfVariables:
    """A store of the environment alone, where what reads `.env` and Meltano is not installed."""

    settings: Mapping[str, Any]
    loader: str = ""
    selected: None = None
    last_state: None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A store to look at.

    Attributes:
        name: how it is called; empty if it is the only one.
        whence: where its settings come from, in words.
        configured: its settings and its STATE.
        project: the Meltano project that loads it; None if none does, or that is not known.
    """

    name: str
    whence: str
    configured: Configured
    project: Project | None = None


def by_files(files: Sequence[Path]) -> Looked:
    """Return the store whose settings are in files, a later one before an earlier.

    Raises:
        SettingsError: one cannot be read, or is no JSON object.
    """
    settings: dict[str, Any] = {}
    for file in files:
        settings |= from_file(str(file))
    return Looked("", f"from {' and '.join(each.name for each in files)}", OfVariables(settings))


def by_environment(project: Project | None, loader: str) -> Looked:
    """Return the store that the variables TAP_BIGCOMMERCE_CARTS_… are about.

    Args:
        project: the Meltano project; None if what reads it is not installed.
        loader: the loader that the STATE is kept with; empty if it is not known.
    """
    if project is None:
        settings = {
            name: value
            for name in SETTINGS["properties"]
            if (value := os.environ.get(PREFIX + name.upper(), "").strip())
        }
        whence = f"from the variables {PREFIX}… alone: to read .env and Meltano's project, too, "
        return Looked("", f"{whence}install tap-bigcommerce-carts[load]", OfVariables(settings))
    from tap_bigcommerce_carts.verify import stores  # noqa: PLC0415 - an extra

    chosen = stores.by_environment(project, loader, None)
    also = ", and meltano.yml" if chosen.project else ""
    whence = f"from the variables {PREFIX}… of the environment and .env{also}"
    return Looked("", whence, chosen, chosen.project)


def by_names(
    listed: StoreList, names: Sequence[str], project: Project, loader: str
) -> list[Looked]:
    """Return stores of the file; all of them if none is named.

    Args:
        listed: what the file says.
        names: of the stores.
        project: the Meltano project that loads them.
        loader: the loader that their STATE is kept with.

    Raises:
        SettingsError: the file has none of a name.
    """
    from tap_bigcommerce_carts.verify import stores  # noqa: PLC0415 - an extra

    chosen = stores.by_names(listed, names, project, loader, None)
    return [
        Looked(each.store.name, f"from {listed.file.name} and its secrets", each, each.project)
        for each in chosen
    ]


@dataclass(frozen=True, slots=True)
class Hidden:
    """What no finding may hold: secrets, and what tells whose setup it is.

    Attributes:
        values: text that is replaced wherever it stands.
        quoted: text that is replaced where it stands in quotes, as databases name users.
        short: text that is replaced where it is a word of its own.
    """

    values: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    short: tuple[str, ...] = ()

    def and_of(self, settings: Mapping[str, Any]) -> Hidden:
        """Return this, and what of a store's settings nobody may see.

        Args:
            settings: as given, right or wrong.
        """
        found = self
        secrets = [str(settings[each]) for each in _SECRETS if settings.get(each)]
        # A proxy of one's own tells whose setup it is; the platform's own address does not.
        proxies = [
            str(settings[name])
            for name, usual in _ADDRESSES.items()
            if settings.get(name) and settings[name] != usual
        ]
        for each in (*secrets, *proxies):
            found = found.and_address(each)
        store_hash = str(settings.get("store_hash") or "").strip().strip("/")
        names = [store_hash, store_hash.rpartition("stores/")[2].partition("/")[0]]
        return found.and_values(*secrets, *names)

    def and_address(self, address: str) -> Hidden:
        """Return this, and user, password and host of an address, which it may be or not."""
        try:
            parts = urlsplit(address)
            host = None if parts.hostname is None or is_local(parts) else parts.hostname
        except ValueError:
            return self
        if not (parts.scheme and parts.netloc):
            return self
        users = (parts.username,) if parts.username else ()
        found = replace(self, quoted=(*self.quoted, *users))
        return found.and_values(parts.password, unquote(parts.password or ""), host)

    def and_values(self, *values: str | None) -> Hidden:
        """Return this, and some texts; the longest is looked for first."""
        given = {*self.values, *self.short, *filter(None, values)}
        known = sorted(given, key=len, reverse=True)
        return replace(
            self,
            values=tuple(each for each in known if len(each) >= _SHORTEST),
            short=tuple(each for each in known if len(each) < _SHORTEST),
        )

    def without(self, finding: Finding) -> Finding:
        """Return a finding without all that."""
        return replace(finding, said=self.of(finding.said), todo=self.of(finding.todo))

    def of(self, text: str) -> str:
        """Return a text without all that."""
        home = str(Path.home())
        if len(home) > 1:
            text = text.replace(home, "~")
        for pattern, instead in _RESOLVED:
            text = pattern.sub(instead, text)
        for each in self.short:
            text = re.sub(rf"(?<![\w-]){re.escape(each)}(?![\w-])", "***", text)
        for each in self.quoted:
            text = re.sub(rf"([\"'`]){re.escape(each)}\1", r"\1***\1", text)
        return redacted(text, *self.values, longest=_LONGEST)


NOTHING_HIDDEN = Hidden()
