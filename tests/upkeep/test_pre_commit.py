"""The hooks before a commit: what `make lint` checks, and what a commit must not bring."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.paths import ROOT

CONFIG = ROOT / ".pre-commit-config.yaml"
# Where the commands of this environment are, .venv of a checkout say.
COMMANDS = Path(sys.executable).parent
# Whoever commits has it.
GIT = shutil.which("git") or "git"
TIDY = '"""Something tidy."""\n'


def hooks() -> list[dict[str, Any]]:
    (repository,) = yaml.safe_load(CONFIG.read_text())["repos"]
    found: list[dict[str, Any]] = repository["hooks"]
    return found


def test_what_lint_checks_is_checked_before_a_commit() -> None:
    (recipe,) = re.findall(
        r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE
    )
    linted = {re.sub(r" \.$", "", each) for each in re.findall(r"\$\(VENV\)/bin/(.*)", recipe)}
    before = {
        each["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
        for each in hooks()
    }
    assert len(linted) > 2
    assert linted <= before


@pytest.mark.slow
def test_a_commit_is_refused_until_it_is_right(tmp_path: Path) -> None:
    made(tmp_path)
    module = tmp_path / "tap_bigcommerce_carts/new.py"
    settings = tmp_path / "settings.yml"
    module.write_text(f"{TIDY}import os\nvalue :int=  'none'")
    settings.write_text("a: [1\n")
    refused = commit(tmp_path)
    assert refused.returncode == 1
    for hook in ("format", "style", "types", "YAML can be read", "files end with one newline"):
        assert re.search(rf"^{hook}\.+Failed$", refused.stderr, re.MULTILINE), refused.stderr
    assert re.search(r"^no file over 500 kB\.+Passed$", refused.stderr, re.MULTILINE)
    module.write_text(f"{TIDY}\nvalue: int = 1\n")
    settings.write_text("a: [1]\n")
    taken = commit(tmp_path)
    assert taken.returncode == 0, taken.stderr
    assert "Failed" not in taken.stderr


def made(folder: Path) -> None:
    """Make a repository with this one's hooks and rules, and a file for each folder of mypy's."""
    for file in (CONFIG, ROOT / "pyproject.toml", ROOT / ".gitignore"):
        shutil.copy(file, folder)
    for name in ("tap_bigcommerce_carts", "tools", "tests"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(TIDY)
    (folder / ".venv").mkdir()
    (folder / ".venv/bin").symlink_to(COMMANDS)
    git(folder, "init", "--quiet")
    subprocess.run(
        [COMMANDS / "pre-commit", "install"],
        cwd=folder,
        env=environment(folder),
        check=True,
        capture_output=True,
    )


def commit(folder: Path) -> subprocess.CompletedProcess[str]:
    git(folder, "add", "--all")
    return git(folder, "commit", "--quiet", "--message=Say something", check=False)


def git(folder: Path, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GIT, "-c", "user.name=Somebody", "-c", "user.email=somebody@example.org", *arguments],
        cwd=folder,
        env=environment(folder),
        check=check,
        capture_output=True,
        text=True,
        timeout=120,
    )


def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which nothing is said of this checkout, or kept outside a folder."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**ours, "HOME": str(folder / "output"), "PRE_COMMIT_HOME": str(folder / "output/hooks")}
