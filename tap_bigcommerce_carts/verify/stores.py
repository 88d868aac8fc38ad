"""Which stores are checked: each with the settings and the STATE that it is loaded with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.load.secrets import PREFIX, settings_of
from tap_bigcommerce_carts.load.stores import SCHEMA, Secrets, Store
from tap_bigcommerce_carts.settings.given import from_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tap_bigcommerce_carts.load.project import Project
    from tap_bigcommerce_carts.load.stores import StoreList

# How a store is called whose settings have neither of what names it.
_NAMELESS, _NAMES = "the store", ("store_name", "store_hash")


@dataclass(frozen=True)
class Chosen:
    """A store to check. What Meltano knows of it is asked for once.

    Attributes:
        store: its name, and its settings.
        secrets: where to look for what the file of stores does not hold; None: it came from no
            such file, and its settings are all there are.
        project: the Meltano project that loads it; None if none does.
        loader: the loader that the STATE is kept with; empty if it is not known.
        suffix: how that STATE is called, behind the loader.
        state: the STATE, if it was given.
    """

    store: Store
    secrets: Secrets | None = None
    project: Project | None = None
    loader: str = ""
    suffix: str | None = None
    state: Mapping[str, Any] | None = None

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The settings that it is loaded with, secrets among them.

        Raises:
            TapError: some cannot be had, or one is wrong.
        """
        given = self.store.settings
        if self.secrets is not None:
            given = settings_of(self.store, self.secrets)
        return self.project.settings_with(given) if self.project else given

    @cached_property
    def selected(self) -> frozenset[str] | None:
        """The streams that a load reads; None if no project says.

        Raises:
            TapError: Meltano, which should know, does not say.
        """
        if self.project is None:
            return None
        given = self.store.settings
        if self.secrets is not None:
            given = settings_of(self.store, self.secrets)
        return self.project.selected_with(given)

    @cached_property
    def last_state(self) -> Mapping[str, Any] | None:
        """The STATE of its last load; None if there is none.

        Raises:
            TapError: Meltano, which should have it, does not say.
        """
        if self.state is not None or self.project is None or not self.loader:
            return self.state
        return self.project.state_of(self.loader, self.suffix)


def by_files(files: Sequence[Path], state: Mapping[str, Any] | None) -> Chosen:
    """Return the store whose settings are in files, a later one before an earlier."""
    settings: dict[str, Any] = {}
    for file in files:
        settings |= from_file(str(file))
    return Chosen(_store(settings), state=state)


def by_environment(project: Project, loader: str, state: Mapping[str, Any] | None) -> Chosen:
    """Return the store that the variables TAP_BIGCOMMERCE_CARTS_… are about."""
    variables = project.variables
    settings = {
        name: value
        for name in SCHEMA["properties"]
        if (value := variables.get(PREFIX + name.upper(), "").strip())
    }
    return Chosen(
        _store(settings),
        project=_that_loads(project),
        loader=loader,
        suffix=variables.get("MELTANO_STATE_ID_SUFFIX"),
        state=state,
    )


def by_names(
    listed: StoreList,
    names: Sequence[str],
    project: Project,
    loader: str,
    state: Mapping[str, Any] | None,
) -> list[Chosen]:
    """Return stores of the file; all of them if none is named.

    Raises:
        SettingsError: the file has none of a name.
    """
    chosen = [listed.named(each) for each in dict.fromkeys(names)] or [*listed.stores.values()]
    return [
        Chosen(each, listed.secrets, _that_loads(project), loader, each.name, state)
        for each in chosen
    ]


def _store(settings: dict[str, Any]) -> Store:
    """Return a store that comes from no file of stores."""
    names = (settings.get(each) for each in _NAMES)
    return Store(
        next((each for each in names if isinstance(each, str) and each), _NAMELESS), settings
    )


def _that_loads(project: Project) -> Project | None:
    return project if project.has_tap else None
