"""What keeps a loader from losing rows is kept wherever its definition is copied to."""

from __future__ import annotations

import re

import pytest
import yaml

from tests.support.paths import ROOT

LOADERS = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["loaders"]
PIP_URL = {each["name"]: each["pip_url"].partition(" -c ")[0] for each in LOADERS}
# DuckDB's later versions lose a row of each load, without a word.
PINNED = "duckdb"


def test_a_definition_without_its_constraints_holds_duckdb_at_a_version_that_keeps_every_row() -> (
    None
):
    constraints = (ROOT / "constraints/target-duckdb.txt").read_text()
    (version,) = re.findall(rf"^{PINNED}==(\S+)$", constraints, re.MULTILINE)
    assert f"{PINNED}=={version}" in PIP_URL["target-duckdb"].split()


@pytest.mark.parametrize("page", ["data-engineer.md", "loaders.md"])
def test_the_documents_name_the_same_pins(page: str) -> None:
    told = re.findall(r"`pip_url: ([^`]+)`", (ROOT / "docs" / page).read_text())
    assert told == [PIP_URL["target-duckdb"]]


def test_who_copies_a_definition_is_told_of_the_file_beside_it() -> None:
    text = (ROOT / "docs/data-engineer.md").read_text()
    deploying = text.partition("## Deploying with Meltano")[2].partition("\n## ")[0]
    assert "`constraints/`" in deploying
    assert "(loaders.md#duckdb)" in deploying
