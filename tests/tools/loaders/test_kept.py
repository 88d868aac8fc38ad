"""What the documents say that each loader keeps is what each keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.receivers import fresh_database
from tools.loaders.kept import declared, published, table
from tools.loaders.tables import every_loader

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_in_the_documents_is_what_is_loaded(postgres: str, tmp_path: Path) -> None:
    with every_loader(tmp_path, fresh_database(postgres)) as loaders:
        assert table(loaders) == published("kept"), "Run `python -m tools.loaders`."


@pytest.mark.long
def test_the_types_in_the_documents_are_those_that_are_declared() -> None:
    assert declared() == published("declared"), "Run `python -m tools.loaders`."
