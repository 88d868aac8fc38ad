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
_TRIAL = re.compile(r"(a|b|rc)(\d+)")
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


def final_of(version: str) -> str:
    """Return the release that a version is, or is a trial of: 1.2.0 of 1.2.0rc1."""
    return _TRIAL.split(version)[0]


def order(version: str) -> tuple[list[int], str, int]:
    """Return what versions are sorted by: 1.2.0a1, 1.2.0rc1, 1.2.0, 1.10.0."""
    numbers = [int(each) for each in final_of(version).split(".")]
    trial = _TRIAL.search(version)
    return (numbers, trial[1], int(trial[2])) if trial else (numbers, "release", 0)


def set_version(new: str, root: Path = ROOT) -> None:
    """Write another version."""
    file = root / "pyproject.toml"
    file.write_text(_LINE.sub(f'version = "{new}"', file.read_text(), count=1))


def set_address(address: str, root: Path) -> None:
    """Put the repository's address in the place of the placeholder, or of the one before.

    A fork, a renamed repository and one that was written with other letters get their own.

    Args:
        address: as the browser shows it, such as https://example.com/owner/repository
        root: the folder of the pyproject.toml to change

    Raises:
        ReleaseError: if it is no such address.
    """
    if not ADDRESS.fullmatch(address):
        raise ReleaseError(
            f"ADDRESS is {address!r}, which is not how a browser shows a repository: "
            "https://HOST/OWNER/NAME, with nothing behind it."
        )
    file = root / "pyproject.toml"
    # Not within a longer name.
    before = re.compile(re.escape(own_address(root)) + r"(?![\w.-])")
    file.write_text(before.sub(address, file.read_text()))
