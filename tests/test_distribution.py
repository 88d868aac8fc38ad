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
from trove_classifiers import classifiers

from tests.support.paths import ROOT
from tools.release import built
from tools.release.project import PLACEHOLDER, own_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "tap_bigcommerce_carts"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What needs an extra; the rest does without.
EXTRAS = {
    "doctor/inbox.py": "inbox",
    "doctor/warehouse.py": "verify",
    "inbox": "inbox",
    "load": "load",
    "report": "report",
    "sandbox": "sandbox",
    "verify": "verify",
    "singer/parquet_files.py": "parquet",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Build wheel and sdist."""
    folder: Path = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist


@pytest.fixture
def wheel(files: tuple[Path, Path]) -> Iterator[ZipFile]:
    with ZipFile(files[0]) as opened:
        yield opened


def test_types_are_told_to_those_who_import_it(wheel: ZipFile) -> None:
    assert f"{PACKAGE}/py.typed" in wheel.namelist()


def test_files_and_links_are_as_the_package_index_needs_them(files: tuple[Path, Path]) -> None:
    """No link is relative there, and each of ours leads to a file that is here."""
    assert built.faults(*files) == []
    readme = str(built.metadata(files[0]).get_payload())
    assert readme.count(f"({own_address()}/blob/v{PROJECT['version']}/") > 10
    assert f"{own_address()}/raw/v{PROJECT['version']}/deploy/hub/" in readme
    assert "/main/" not in readme
    assert readme.startswith("# tap-bigcommerce-carts\n")


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ("[a](docs/inbox.md)", "links to 'docs/inbox.md'"),
        ("[a](#documents)", "links to '#documents'"),
        (f"[a]({PLACEHOLDER}/blob/main/README.md)", "links to"),
        ("[a]({files}/docs/gone.md#x)", "gone.md#x leads to no file"),
        ("`curl {raw}/deploy/hub/gone.yml`", "gone.yml leads to no file"),
        ("![a]({files}/docs/page.png)", "is the page of an image"),
        ("[a]({files}/docs/inbox.md#x) [b](https://example.com/x) ![c]({raw}/docs/page.png)", ""),
    ],
)
def test_a_link_that_leads_nowhere_is_found(link: str, fault: str) -> None:
    at = [f"{PLACEHOLDER}/{kind}/v{PROJECT['version']}" for kind in ("blob", "raw")]
    found = list(built.faults_of_links(link.format(files=at[0], raw=at[1]), PLACEHOLDER))
    assert len(found) == bool(fault)
    assert fault in "".join(found)


def test_what_is_lacking_or_too_much_is_found(files: tuple[Path, Path], tmp_path: Path) -> None:
    wheel, sdist = files
    other = tmp_path / "other.whl"
    with ZipFile(wheel) as whole, ZipFile(other, "w") as changed:
        for name in whole.namelist():
            if not name.endswith("/py.typed"):
                changed.writestr(name, whole.read(name))
        changed.writestr("tests/secret.txt", "")
    assert built.faults(other, sdist, "https://example.com/owner/carts")[:2] == [
        "The wheel lacks tap_bigcommerce_carts/py.typed.",
        "The wheel holds what is not of the package: tests/secret.txt.",
    ]
    assert "which is not in https://example.com/owner/carts." in "".join(
        built.faults(wheel, sdist, "https://example.com/owner/carts")
    )


def test_classifiers_exist_and_pythons_are_those_that_are_tested() -> None:
    """CI and the release read them from here."""
    assert set(PROJECT["classifiers"]) <= classifiers
    language = "Programming Language :: Python :: "
    pythons = [each.removeprefix(language) for each in PROJECT["classifiers"] if language in each]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]


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
