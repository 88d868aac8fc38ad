"""What CI keeps of what was installed: complete, in the right place, and newer than a checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAKE = shutil.which("make") or "make"
MAKEFILE = (ROOT / "Makefile").read_text()
STEPS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())[
    "jobs"
]["test"]["steps"]
LONG_AGO = 1_500_000_000


def step(action: str) -> int:
    """Return where the step is that uses an action, or runs a command."""
    (found,) = [
        n for n, each in enumerate(STEPS) if action in str(each.get("uses", each.get("run")))
    ]
    return found


def test_what_is_kept_is_what_was_installed_before_any_test() -> None:
    taken, kept = STEPS[step("cache/restore")], STEPS[step("cache/save")]
    assert taken["with"]["path"] == kept["with"]["path"]
    assert set(taken["with"]["path"].split()) == {".meltano", ".venv", ".venvs"}
    assert "restore-keys" not in taken["with"]
    order = ["cache/restore", "-exec touch", "make ready-for-tests", "cache/save", ".ci/run"]
    assert [step(each) for each in order] == sorted(step(each) for each in order)


def test_whatever_says_what_is_installed_is_in_the_key() -> None:
    key = STEPS[step("cache/restore")]["with"]["key"]
    for part in ("runner.os", "runner.arch", "steps.python.outputs.python-version"):
        assert f"${{{{ {part} }}}}" in key
    (listed,) = re.findall(r"hashFiles\((.*)\)", key)
    patterns = re.findall(r"'([^']+)'", listed)
    stamps = re.findall(r"^\S*(?:/\.\S+|\$\(TAP\)): ([^|\n]+)", MAKEFILE, re.MULTILINE)
    needed = {each for line in stamps for each in line.split() if "%" not in each}
    assert {"pyproject.toml", "constraints/tap.txt"} <= needed
    # Meltano's own file says which loaders and which dbt.
    for file in {*needed, "meltano.yml"}:
        assert any(fnmatch(file, each) for each in patterns), file


@pytest.mark.slow
def test_make_installs_nothing_again(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints", "deploy/airflow/requirements.txt"):
        source = ROOT / name
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    for folder in (".venv", ".meltano", *re.findall(r"^(\.venvs/[\w-]+)/", MAKEFILE, re.MULTILINE)):
        (tmp_path / folder).mkdir(parents=True)
    assert made(tmp_path, "--question") != 0
    assert made(tmp_path, "--touch") == 0
    stamps = [each for each in tmp_path.glob(".*/**/.*") if each.is_file()]
    assert len(stamps) > 10
    for each in stamps:
        os.utime(each, (LONG_AGO, LONG_AGO))
    assert made(tmp_path, "--question") != 0
    subprocess.run(
        ["/bin/sh", "-e", "-c", STEPS[step("-exec touch")]["run"]], cwd=tmp_path, check=True
    )
    assert made(tmp_path, "--question") == 0


def made(folder: Path, how: str) -> int:
    return subprocess.run(
        [MAKE, how, "ready-for-tests"], cwd=folder, check=False, capture_output=True
    ).returncode
