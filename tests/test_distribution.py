"""What is installed from the wheel: its files, and that all it imports is declared."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

import pytest
import yaml
from trove_classifiers import classifiers

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "tap_bigcommerce_carts"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What needs an extra; the rest does without.
EXTRAS = {
    "inbox": "inbox",
    "load": "load",
    "report": "report",
    "sandbox": "sandbox",
    "verify": "verify",
    "singer/parquet_files.py": "parquet",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """Build the wheel as a release does."""
    folder: Path = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("*.whl")
    with ZipFile(file) as opened:
        yield opened


def test_types_are_told_to_those_who_import_it(wheel: ZipFile) -> None:
    assert f"{PACKAGE}/py.typed" in wheel.namelist()


def test_the_wheel_holds_the_package_and_nothing_else(wheel: ZipFile) -> None:
    there = {
        str(file.relative_to(ROOT))
        for file in (ROOT / PACKAGE).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == there


def test_the_wheel_says_where_it_comes_from(wheel: ZipFile) -> None:
    (name,) = [each for each in wheel.namelist() if each.endswith("/METADATA")]
    metadata = wheel.read(name).decode()
    labels = set(re.findall(r"^Project-URL: (\w+), https://", metadata, re.MULTILINE))
    assert labels >= {"Homepage", "Source", "Issues", "Changelog", "Documentation"}


def test_classifiers_exist_and_pythons_are_those_that_are_tested() -> None:
    """CI reads them from here; the release has its own list."""
    assert set(PROJECT["classifiers"]) <= classifiers
    language = "Programming Language :: Python :: "
    pythons = [each.removeprefix(language) for each in PROJECT["classifiers"] if language in each]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    release = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    assert release["jobs"]["test"]["strategy"]["matrix"]["python"] == pythons


def test_whatever_is_imported_is_declared() -> None:
    """A package that is there by way of another one can go away with it."""
    found = packages_distributions()
    needed = declared(PROJECT["dependencies"])
    for file in sorted((ROOT / PACKAGE).rglob("*.py")):
        path = file.relative_to(ROOT / PACKAGE).as_posix()
        extras = [name for place, name in EXTRAS.items() if path.startswith(place)]
        allowed = needed.union(
            *(declared(PROJECT["optional-dependencies"][name]) for name in extras)
        )
        for module in imported(ast.parse(file.read_text())):
            if module in sys.stdlib_module_names or module == PACKAGE:
                continue
            names = {canonical(name) for name in found.get(module, [module])}
            assert names & allowed, f"{file.name} imports {module}: {names}"


def imported(tree: ast.AST) -> set[str]:
    """The top-level modules that a file imports, wherever in it."""
    modules = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules.add(node.module.partition(".")[0])
    return modules


def declared(requirements: list[str]) -> set[str]:
    return {canonical(re.split(r"[^\w.-]", each)[0]) for each in requirements}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
