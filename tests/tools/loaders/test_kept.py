"""What the documents say that each loader keeps is what each keeps."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tests.support.receivers import fresh_database
from tools.loaders.kept import DOCUMENT, declared, published, table
from tools.loaders.tables import every_loader

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_in_the_documents_is_what_is_loaded(postgres: str, tmp_path: Path) -> None:
    with every_loader(tmp_path, fresh_database(postgres)) as loaders:
        assert table(loaders) == published("kept"), "Run `python -m tools.loaders`."


@pytest.mark.long
def test_the_types_in_the_documents_are_those_that_are_declared() -> None:
    assert declared() == published("declared"), "Run `python -m tools.loaders`."


def test_asked_for_help_the_command_loads_and_writes_nothing() -> None:
    before = DOCUMENT.read_text()
    asked = [sys.executable, "-m", "tools.loaders", "--help"]
    told = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.startswith("usage: python -m tools.loaders [-h] [--show]")
    assert DOCUMENT.read_text() == before
