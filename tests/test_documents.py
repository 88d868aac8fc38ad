"""The documents say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.documents import DATA_ENGINEER, PARTS, part
from tests.support.harness import command
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", PARTS)
def test_the_documents_are_up_to_the_code(name: str) -> None:
    """If not: `python -m tests.documents`."""
    _, render = PARTS[name]
    assert part(name) == render()


def test_about_tells_every_setting_with_default_and_description(tmp_path: Path) -> None:
    output = command({}, "--about", "--format=json", folder=tmp_path)
    assert output.code == 0
    told = json.loads(output.text)["settings"]["properties"]
    for name, of in SETTINGS["properties"].items():
        assert told[name]["description"] == of["description"]
        assert told[name].get("default") == of.get("default")
        assert told[name].get("secret") == of.get("secret")


def test_every_stream_is_named_with_its_key() -> None:
    text = DATA_ENGINEER.read_text()
    config = {"inbox_url": "sqlite:///inbox.db"}
    for stream in TapBigCommerceCarts(config=config, validate_config=False).streams.values():
        row = re.search(rf"^\| `{stream.name}` \| (`store`.*?) \|", text, re.MULTILINE)
        assert row is not None, stream.name
        assert re.findall(r"`(\w+)`", row[1]) == list(stream.primary_keys)


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert f"## {project['version']}" in changelog or "## Unreleased" in changelog
