"""What the documents say to ask about a setup."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.harness import Clock
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Return a folder with the tap's settings, of a store whose clock is right."""
    shop = Shop(clock=Clock(datetime.now(UTC).replace(microsecond=0)))
    with Sandbox(shop) as sandbox:
        (tmp_path / "config.json").write_text(json.dumps(sandbox.config()))
        yield Stage(tmp_path)


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)


@pytest.mark.parametrize("page", ["README.md", "docs/data-engineer.md"])
def test_a_meltano_project_is_told_how_to_call_it(page: str) -> None:
    """Meltano installs the tap alone, in a place that no shell looks in.

    Without `load` the project's `.env` is not read, without `verify` the warehouse not looked at.
    """
    call = "uvx --from 'tap-bigcommerce-carts[load,verify]' bigcommerce-carts doctor"
    assert call in (ROOT / page).read_text()
