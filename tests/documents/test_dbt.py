"""What the documents say to ask of dbt and MetricFlow, asked in a copy of this checkout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage, checkout
from tests.support.paths import ROOT
from tests.support.verify.checking import shop_of_ten

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.long]
INSTALLED = ROOT / ".venvs/dbt-metricflow/bin"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """Return a checkout whose warehouse is loaded."""
    if not INSTALLED.exists():
        raise FileNotFoundError("MetricFlow is not installed here: run `make test`.")
    folder: Path = checkout(tmp_path_factory.mktemp("dbt"))
    with shop_of_ten(folder / "output"):
        pass
    # What stands by itself in a sentence is said of the folder of the project, too.
    return Stage(folder, path=[INSTALLED], replaced={"dbt source": "cd transform && dbt source"})


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_works(script: Script, stage: Stage) -> None:
    stage.play(script)
