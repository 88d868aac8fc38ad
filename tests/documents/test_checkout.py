"""What the documents say to do in a checkout, done in a copy of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage, checkout
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow
MADE = {".venv", ".venvs", ".meltano", "output"}
# What is there if other targets, or tests, were run.
PERHAPS = {"dist", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a copy of this checkout, in which what is installed is not installed again."""
    return Stage(
        checkout(tmp_path),
        replaced={
            "make documents": "make -o .venv/.tests documents",
            "/var/lib/dagster": f"{tmp_path}/dagster",
        },
    )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)


def test_clean_leaves_what_git_knows(stage: Stage) -> None:
    before = {file.name for file in stage.folder.iterdir()}
    stage.run("make clean")
    gone = before - {file.name for file in stage.folder.iterdir()}
    assert MADE <= gone <= MADE | PERHAPS
    assert all((ROOT / name).exists() for name in MADE)
