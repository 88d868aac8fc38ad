"""What the documents say to ask of a warehouse that the tap alone loaded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.verify.checking import shop_of_ten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return a folder with a DuckDB file, the tap's settings, and the STATE of the load."""
    with shop_of_ten(tmp_path) as loaded:
        (tmp_path / "config.json").write_text(json.dumps(loaded.config))
        (tmp_path / "state.json").write_text(json.dumps(loaded.state))
        yield Stage(tmp_path)


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
