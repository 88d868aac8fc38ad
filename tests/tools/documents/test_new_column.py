"""A column stands in one place: whatever else names it is written by one command."""

import re
import subprocess
import sys
from pathlib import Path
from shutil import copy2, copytree, ignore_patterns

import pytest

from tests.support.paths import ROOT

PARTS = ("tap_bigcommerce_carts", "tools", "transform", "docs", "deploy", "tests/streams")
FILES = (".env.example", "README.md", "meltano.yml", "pyproject.toml")
LINE = '    personal(text("phone", "Phone number.")),\n'
NEW = '    integer("reward_points", "Points the customer may spend."),\n'


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the repository with a new column in `customers`."""
    for part in PARTS:
        copytree(ROOT / part, tmp_path / part, ignore=ignore_patterns("__pycache__", "target"))
    for name in FILES:
        copy2(ROOT / name, tmp_path)
    declared = tmp_path / "tap_bigcommerce_carts" / "streams" / "customers.py"
    declared.write_text(declared.read_text().replace(LINE, LINE + NEW, 1))
    return tmp_path


def documents(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.documents", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_new_column_is_written_everywhere_by_one_command(copy: Path) -> None:
    behind = documents(copy, "--check")
    assert behind.returncode == 1
    assert behind.stderr == (
        "Behind the code: docs/columns.md, "
        "transform/models/staging/stg_bigcommerce__customers.sql, "
        "transform/models/staging/staging.yml, tests/streams/catalog.json. Run `make documents`.\n"
    )

    assert documents(copy).returncode == 0

    assert documents(copy, "--check").returncode == 0
    staging = copy / "transform" / "models" / "staging"
    assert (
        "('phone', 'text'),\n    ('reward_points', 'whole'),\n"
        in (staging / "stg_bigcommerce__customers.sql").read_text()
    )
    for file in (staging / "staging.yml", copy / "docs" / "columns.md"):
        assert re.search(
            r"\breward_points\b.*?Points the customer may", file.read_text(), re.DOTALL
        )
    assert '"reward_points": {' in (copy / "tests" / "streams" / "catalog.json").read_text()


def test_what_is_generated_says_so_and_by_which_command() -> None:
    for file in (
        *ROOT.glob("transform/models/staging/*"),
        ROOT / "docs" / "columns.md",
        ROOT / "tests" / "streams" / "catalog.json",
    ):
        top = "".join(file.read_text().splitlines(keepends=True)[:2])
        assert "Generated from the fields" in top, file
        assert "`make documents`" in top, file
