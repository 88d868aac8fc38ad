"""Where the warehouse is: as asked for, or as the loaders' own variables say; and what loads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL

from tap_bigcommerce_carts.errors import SettingsError, UnnamedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_bigcommerce_carts.load.project import Project

_DUCKDB, _POSTGRES = "target-duckdb", "target-postgres"
# The setting of a loader that says where it loads to.
_ADDRESS = {_DUCKDB: "path", _POSTGRES: "sqlalchemy_url"}
_SCHEMA, _USUAL_SCHEMA = "default_target_schema", "bigcommerce"
_HIGHEST_PORT = 65_535
_HOW = "a DuckDB file, or an address such as postgresql+psycopg://user@host:5432/database"


@dataclass(frozen=True, slots=True)
class Place:
    """A warehouse.

    Attributes:
        address: a DuckDB file, or an address as SQLAlchemy writes it; may hold a password.
        schema: where the loader's tables are.
        loader: the loader that writes there; None if it is not known.
    """

    address: str
    schema: str
    loader: str | None

    def loader_of(self, listed: str) -> str:
        """Return the loader that writes there: the one of the file of stores, if it can."""
        return self.loader if self.loader and not listed.startswith(self.loader) else listed

    def settings_of(self, loader: str) -> dict[str, str]:
        """Return the variables that make a loader of this kind load here."""
        of = {_ADDRESS[self.loader]: self._for_loader()} if self.loader else {}
        return {
            _variable(loader, name): value for name, value in {**of, _SCHEMA: self.schema}.items()
        }

    def _for_loader(self) -> str:
        """Return the address as the loader takes it, from whatever folder."""
        if self.loader == _POSTGRES:
            _, _, rest = self.address.partition("://")
            return f"postgresql+psycopg://{rest}"
        file = self.address.removeprefix("duckdb:///")
        return file if file.startswith("md:") else str(Path(file).absolute())


def loader_meant(asked: str | None, find: Callable[[], Place], listed: str = "") -> str:
    """Return the loader whose STATE is meant; empty if it is not known.

    Args:
        asked: by --loader; None if it was not.
        find: returns the warehouse.
        listed: the loader of the file of stores; empty without one.

    Raises:
        TapError: the warehouse is not known.
    """
    return asked or find().loader_of(listed)


def told_by(project: Project, loader: str | None) -> Callable[[], dict[str, str]]:
    """Return what asks Meltano for the loaders' settings, which takes it seconds.

    Args:
        project: the Meltano project that loads.
        loader: the loader that is meant; None for any that is installed.

    Returns:
        What gives them as variables such as `TARGET_DUCKDB_PATH`; none without a project.
    """

    def told() -> dict[str, str]:
        return {
            _variable(_kind(each), name): str(value)
            for each in ([loader] if loader else _ADDRESS)
            if _kind(each) in _ADDRESS and project.has_loader(each)
            for name, value in project.loader_settings(each).items()
            if value is not None
        }

    return told


def place(
    address: str | None,
    schema: str | None,
    environment: Mapping[str, str],
    told: Callable[[], Mapping[str, str]] = dict,
    loader: str | None = None,
) -> Place:
    """Return the warehouse that is meant.

    Args:
        address: as asked for; None for the one that the loaders are told of.
        schema: likewise.
        environment: variables such as `TARGET_DUCKDB_PATH` or `TARGET_POSTGRES_HOST`.
        told: gives more of them if these name no warehouse.
        loader: the loader that is meant, which decides between two; None if none is.

    Raises:
        UnnamedError: none is named, or more than one.
        SettingsError: its port is none.
    """
    if not address:
        if not _named_by(environment):
            environment = {**environment, **told()}
        address = _told(environment, loader)
    writes = _loader_of(address)
    usual = environment.get(_variable(writes, _SCHEMA)) if writes else None
    return Place(address, schema or usual or _USUAL_SCHEMA, writes)


def _told(environment: Mapping[str, str], loader: str | None) -> str:
    """Return the address that the loaders are told of; raises an UnnamedError as `place`."""
    found = _named_by(environment)
    if len(found) > 1 and loader and (meant := found.get(_kind(loader))):
        return meant
    if len(found) == 1:
        return next(iter(found.values()))
    which = "two are named, TARGET_DUCKDB_PATH and TARGET_POSTGRES_…, or in meltano.yml"
    raise UnnamedError(
        f"Which warehouse is to be checked: {which if found else 'none is named'}. Give it with "
        f"--warehouse, {_HOW}; or say with --loader which of the loaders is meant."
    )


def _named_by(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses that the loaders are told of, by loader."""
    told = {
        _DUCKDB: environment.get("TARGET_DUCKDB_PATH"),
        _POSTGRES: environment.get("TARGET_POSTGRES_SQLALCHEMY_URL") or _of_parts(environment),
    }
    return {loader: address for loader, address in told.items() if address}


def _kind(loader: str) -> str:
    """Return the loader that one inherits from, by its name, as `target-duckdb--eu`."""
    return next((each for each in _ADDRESS if loader.startswith(each)), loader)


def _variable(loader: str, setting: str) -> str:
    return f"{loader}_{setting}".replace("-", "_").upper()


def _loader_of(address: str) -> str | None:
    scheme, _, rest = address.partition("://")
    if not rest or scheme.startswith("duckdb"):
        return _DUCKDB
    return _POSTGRES if scheme.startswith("postgres") else None


def _of_parts(environment: Mapping[str, str]) -> str | None:
    """Return the address that target-postgres makes of its other settings.

    Raises:
        SettingsError: the port is none.
    """

    def of(name: str) -> str | None:
        return environment.get(f"TARGET_POSTGRES_{name}") or None

    if not (of("HOST") and of("DATABASE")):
        return None
    port = of("PORT") or "5432"
    if not (port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT):
        raise SettingsError("`TARGET_POSTGRES_PORT` is no port: set a number such as 5432.")
    encrypted = (of("SSL_ENABLE") or "").lower() in ("true", "1", "yes", "on")
    return URL.create(
        "postgresql+psycopg",
        username=of("USER"),
        password=of("PASSWORD"),
        host=of("HOST"),
        port=int(port),
        database=of("DATABASE"),
        query={"sslmode": of("SSL_MODE") or "verify-full"} if encrypted else {},
    ).render_as_string(hide_password=False)
