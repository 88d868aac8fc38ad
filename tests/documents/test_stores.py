"""What the documents say to ask before stores are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Return a Meltano project in which nothing is installed, with two stores and their tokens."""
    (tmp_path / "meltano.yml").write_text((ROOT / "meltano.yml").read_text())
    (tmp_path / "stores.yml").write_text(
        "stores: {acme: {store_hash: abc123}, acme-uk: {store_hash: def456}}"
    )
    token = "an-invented-token"  # noqa: S105 - opens nothing
    stores = ("ACME", "ACME_UK")
    return Stage(
        tmp_path,
        variables={f"STORE_{each}_ACCESS_TOKEN": token for each in stores},
        replaced={"TOKEN=…": f"TOKEN={token}"},
    )


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
