"""What the documents say to install is there to be installed: pip finds it, with all it needs.

pip only looks (`--dry-run`), for this package at its wheel, for others where it always does.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.long]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a folder with what stands in a checkout for pip, and the wheel as it is published."""
    folder: Path = tmp_path_factory.mktemp("pip")
    # Not what is installed here: a new `.venv` is made.
    for name in "constraints deploy pyproject.toml LICENSE README.md tap_bigcommerce_carts".split():
        (folder / name).symlink_to(ROOT / name)
    wheels = tmp_path_factory.mktemp("wheels")
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels))
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    fresh = folder / "fresh"
    subprocess.run([sys.executable, "-m", "venv", fresh], check=True)
    return Stage(
        folder,
        path=[fresh / "bin"],
        variables={"PIP_FIND_LINKS": str(wheels)},
        # As a variable it would also keep pip from making what a package is built with.
        replaced={"pip install ": "pip install --dry-run "},
    )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    assert "does not provide the extra" not in stage.play(script)
