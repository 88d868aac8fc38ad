"""What is no command in the documents is at least what it says to be."""

from __future__ import annotations

import json

import pytest
import yaml

from tests.support.documents.found import SHELLS
from tests.support.documents.markdown import Code, blocks


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda each: each.place)
def test_yaml_is_read(block: Code) -> None:
    assert isinstance(yaml.safe_load(block.text), dict)


@pytest.mark.parametrize("block", blocks("json"), ids=lambda each: each.place)
def test_json_is_read(block: Code) -> None:
    assert json.loads(block.text)


def test_there_is_no_python() -> None:
    """Whoever adds some adds a test that runs it, and takes this one out."""
    assert [each.place for each in blocks("python", "py")] == []


def test_blocks_say_what_they_are() -> None:
    """Those of no language are what a command prints, or a drawing."""
    assert {each.language for each in blocks()} <= {*SHELLS, "", "sql", "yaml", "json"}
