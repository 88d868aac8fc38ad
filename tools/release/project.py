"""What pyproject.toml says: it is the one place of version, Pythons and address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Stands for the repository's own address, which is not known before it has one.
PLACEHOLDER = "https://example.org/tap-bigcommerce-carts"
LANGUAGE = "Programming Language :: Python :: "
# A release, or what comes before one (PEP 440): 1.2.0, 1.2.0rc1.
VERSION = re.compile(r"\d+\.\d+\.\d+((?:a|b|rc)\d+)?")
ADDRESS = re.compile(r"https://[\w.-]+/[\w.-]+/[\w.-]+(?<!\.git)")
_LINE = re.compile(r'^version = "(.*)"$', re.MULTILINE)


class ReleaseError(Exception):
    """A sentence for who makes the release."""


def project(root: Path = ROOT) -> dict[str, Any]:
    """Return the table `[project]`."""
    table: dict[str, Any] = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return table


def version(root: Path = ROOT) -> str:
    """Return the project's version."""
    said: str = project(root)["version"]
    return said


def pythons(root: Path = ROOT) -> list[str]:
    """Return the Pythons of the classifiers, such as 3.13."""
    said = project(root)["classifiers"]
    return [each.removeprefix(LANGUAGE) for each in said if each.startswith(LANGUAGE)]


def own_address(root: Path = ROOT) -> str:
    """Return the repository's address, or the placeholder while it has none."""
    said: str = project(root)["urls"]["Source"]
    return said


def is_version(text: str) -> bool:
    """Whether a text is a version as this project numbers its releases."""
    return VERSION.fullmatch(text) is not None


def set_version(new: str, root: Path = ROOT) -> None:
    """Write another version."""
    file = root / "pyproject.toml"
    file.write_text(_LINE.sub(f'version = "{new}"', file.read_text(), count=1))


def set_address(address: str, root: Path) -> None:
    """Put the repository's address in the place of the placeholder.

    Args:
        address: as the browser shows it, such as https://example.com/owner/repository
        root: the folder of the pyproject.toml to change

    Raises:
        ReleaseError: if it is no such address, or another one has its place already.
    """
    if not ADDRESS.fullmatch(address):
        raise ReleaseError(
            f"ADDRESS is {address!r}, which is not how a browser shows a repository: "
            "https://HOST/OWNER/NAME, with nothing behind it."
        )
    file = root / "pyproject.toml"
    text = file.read_text()
    if own_address(root) == address:
        return
    if PLACEHOLDER not in text:
        raise ReleaseError(
            f"pyproject.toml holds {own_address(root)}, and not {PLACEHOLDER}, to be replaced."
        )
    file.write_text(text.replace(PLACEHOLDER, address))
