"""`make dist` does all of a release that needs no account, and stops at what is wrong."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tools.release import built
from tools.release.project import PLACEHOLDER, project, version

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "https://example.com/Owner/carts"
PARTS = ("tap_bigcommerce_carts", "tools", "constraints", "docs", "deploy", ".github")
FILES = ("pyproject.toml", "README.md", "CHANGELOG.md", "LICENSE", ".gitignore", ".env.example")

# It installs what it builds, from the network, twice.
pytestmark = pytest.mark.long


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what a release is made of, since it leaves files behind."""
    for part in PARTS:
        unmade = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, tmp_path / part, ignore=unmade)
    for name in FILES:
        shutil.copy2(ROOT / name, tmp_path)
    return tmp_path


def dist(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Do what `make dist` does."""
    python = ROOT / ".venvs/release/bin/python"
    return subprocess.run(
        [str(python), "-m", "tools.release", "dist", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_notes_and_bill_are_made(copy: Path) -> None:
    done = dist(copy, "--address", ADDRESS)
    assert (done.returncode, done.stderr) == (0, "")
    (wheel,) = (copy / "dist").glob("*.whl")
    (sdist,) = (copy / "dist").glob("*.tar.gz")
    assert len(list((copy / "dist").iterdir())) == 2
    assert built.faults(wheel, sdist, ADDRESS) == []
    told = copy / "output/release"
    assert PLACEHOLDER not in (told / "notes.md").read_text()
    (bill,) = told.glob("*.cdx.json")
    said = json.loads(bill.read_text())
    component = said["metadata"]["component"]
    assert (component["name"], component["version"]) == (project()["name"], version())
    assert {"singer-sdk", "duckdb", "uvicorn"} <= {each["name"] for each in said["components"]}
    # Neither what installs them, nor what wrote this.
    assert not {"pip", "cyclonedx-bom"} & {each["name"] for each in said["components"]}
    assert str(copy) not in bill.read_text()


def test_a_link_that_leads_nowhere_stops_it(copy: Path) -> None:
    with (copy / "README.md").open("a") as readme:
        readme.write("\nSee [more](docs/gone.md).\n")
    done = dist(copy, "--address", ADDRESS)
    assert done.returncode == 1
    assert (
        done.stderr
        == f"{ADDRESS}/blob/v{version()}/docs/gone.md leads to no file of the repository.\n"
    )
