"""The version stands in pyproject.toml; whatever else names it is written from there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from shutil import copy2, copytree, ignore_patterns
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tools.documents import hub
from tools.documents.paths import DATA_ENGINEER, README
from tools.release import copies
from tools.release.changelog import sections
from tools.release.project import (
    PLACEHOLDER,
    ReleaseError,
    own_address,
    pythons,
    set_address,
    version,
)

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("tools/release", "deploy", "docs", "transform", ".github/ISSUE_TEMPLATE")
FILES = ("pyproject.toml", "CHANGELOG.md", "README.md", "tools/__init__.py")
# Names of ours that a version may stand behind.
OURS = re.compile(r"carts|inbox")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of what a release changes, and of what changes it."""
    for folder in FOLDERS:
        unmade = ignore_patterns("__pycache__", "target", "logs", "*.png")
        copytree(ROOT / folder, tmp_path / folder, ignore=unmade)
    for name in FILES:
        copy2(ROOT / name, tmp_path / name)
    return tmp_path


def step(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Do a step of a release in a folder as its workflow does, with nothing but Python itself."""
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", RUN, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


RUN = """\
import sys
sys.path.insert(0, ".")
from tools.release.__main__ import main
sys.exit(main())
"""


def named(root: Path) -> dict[str, list[str]]:
    """Return the versions that each file names."""
    return {path.relative_to(root).as_posix(): copies.named(path) for path in copies.files(root)}


def test_one_command_writes_it_everywhere(copy: Path) -> None:
    before = named(copy)
    assert {"transform/dbt_project.yml", "deploy/README.md"} <= before.keys()
    assert {each for found in before.values() for each in found} == {version()}

    done = step(copy, "prepare", "7.8.9rc1")

    assert (done.returncode, done.stderr) == (0, "")
    assert version(copy) == "7.8.9rc1"
    after = named(copy)
    assert after == {path: ["7.8.9rc1"] * len(found) for path, found in before.items()}
    assert re.search(r"^## 7\.8\.9rc1 \(20\d\d-\d\d-\d\d\)$", changelog(copy), re.MULTILINE)
    assert step(copy, "tag", "v7.8.9rc1").returncode == 0
    # What its trial told is told by the release.
    trial = sections(changelog(copy))["7.8.9rc1"]
    assert step(copy, "prepare", "7.8.9").returncode == 0
    told = sections(changelog(copy))
    assert (told["7.8.9"], "7.8.9rc1" in told) == (trial, False)
    assert step(copy, "tag", "v7.8.9").returncode == 0
    again = step(copy, "prepare", "7.8.10")
    assert (again.returncode, again.stderr) == (
        1,
        "CHANGELOG.md says nothing under Unreleased: nothing to release.\n",
    )
    assert version(copy) == "7.8.9"


def test_what_the_changelog_does_not_tell_of_is_not_built(copy: Path) -> None:
    file = copy / "CHANGELOG.md"
    file.write_text(file.read_text().replace(f"## {version()} (", "## 0.0.1 ("))
    (copy / "dist").mkdir()
    (copy / "dist" / "built").touch()
    done = step(copy, "dist", "--final")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"CHANGELOG.md says nothing of {version()}.")
    assert (copy / "dist" / "built").exists()


def changelog(root: Path) -> str:
    return (root / "CHANGELOG.md").read_text()


def lines_with(text: str, *places: str) -> list[str]:
    """Return the lines of what is committed that hold a text, as `path:number:line`."""
    git = shutil.which("git")
    assert git
    found = subprocess.run(
        [git, "grep", "-nF", text, "--", *places],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return found.stdout.splitlines()


def test_it_stands_nowhere_else() -> None:
    """In no line that speaks of ours; the changelog and the steps of a release tell of others."""
    elsewhere = (":!constraints", ":!CHANGELOG.md", ":!tests", ":!.github/RELEASING.md")
    written = {str(path.relative_to(ROOT)) for path in copies.files()} | {"pyproject.toml"}
    for line in lines_with(version(), *elsewhere):
        path, _, text = line.split(":", 2)
        assert path in written or not OURS.search(text), line


@pytest.mark.parametrize("given", ["", "1.2", "v1.2.0", "1.2.0-rc1", "1.2.0\n"])
def test_what_is_no_version_is_refused(copy: Path, given: str) -> None:
    done = step(copy, "prepare", given)
    assert done.returncode == 1
    assert done.stderr == f"VERSION is {given!r}; it takes three numbers, such as 1.2.0.\n"
    assert version(copy) == version()


def test_a_tag_is_the_version_that_the_changelog_tells_of(copy: Path) -> None:
    other = step(copy, "tag", "v9.9.9")
    assert other.returncode == 1
    assert other.stderr == (
        f"The tag is v9.9.9, but pyproject.toml says version {version()}: "
        f"the tag has to be v{version()}.\n"
    )
    if f"## {version()} (" not in changelog(copy):
        untold = step(copy, "tag", f"v{version()}")
        assert (untold.returncode, "says nothing of" in untold.stderr) == (1, True)


def test_the_pythons_are_told_to_workflows(copy: Path) -> None:
    assert json.loads(step(copy, "pythons").stdout) == pythons()


def test_the_address_is_in_one_file_and_replaced_there(copy: Path) -> None:
    lines = lines_with(PLACEHOLDER, ":!tests", ":!tools/release")
    holding = {line.partition(":")[0] for line in lines}
    images = {str(file.relative_to(ROOT)) for file in ROOT.glob("deploy/*/Dockerfile")}
    generated = {str(file.relative_to(ROOT)) for file in (*hub.files(), README, DATA_ENGINEER)}
    # Images are given it as a build argument; the definition for Meltano is written from there.
    assert holding - {"pyproject.toml"} <= images | generated
    for wrong in ("example.com/owner/carts", "https://example.com/owner", f"{PLACEHOLDER}/a.git"):
        with pytest.raises(ReleaseError, match="ADDRESS is"):
            set_address(wrong, copy)
    # Whatever its owner has put there.
    file = copy / "pyproject.toml"
    file.write_text(file.read_text().replace(own_address(), PLACEHOLDER))
    assert step(copy, "address", "https://example.com/Owner/carts").returncode == 0
    text = (copy / "pyproject.toml").read_text()
    assert "example.org" not in text
    assert 'Issues = "https://example.com/Owner/carts/issues"' in text
    # An owner may have written it there before.
    assert step(copy, "address", "https://example.com/Owner/carts").returncode == 0
    assert (copy / "pyproject.toml").read_text() == text
    # A fork, a repository that was renamed, or its name in other letters.
    for other in ("https://example.com/owner/carts-too", "https://example.com/fork/carts"):
        assert step(copy, "address", other).returncode == 0
        text = (copy / "pyproject.toml").read_text()
        assert own_address(copy) == other
        assert f'Issues = "{other}/issues"' in text
        assert text.count(other) == text.count("https://example.com/")


def test_a_forks_package_leads_to_the_fork(copy: Path) -> None:
    """Although its README was written with the address of what it is a fork of."""
    first, fork = "https://example.com/Owner/carts", "https://example.com/fork/carts"
    readme = (copy / "README.md").read_text().replace(own_address(), first)
    assert f"{first}/raw/main/deploy/hub/" in readme
    set_address(fork, copy)
    told = tomllib.loads((copy / "pyproject.toml").read_text())
    for each in told["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        readme = re.sub(each["pattern"], each["replacement"], readme)
    assert f"{fork}/raw/v$HFPR_VERSION/deploy/hub/" in readme
    assert first not in readme
