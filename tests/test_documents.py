"""The documents say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import command
from tests.support.paths import ROOT
from tests.support.warehouse.marts import described
from tools.documents.definitions import definitions
from tools.documents.generated import fault
from tools.documents.paths import ANALYST, DATA_ENGINEER, DEFINITIONS_TOLD, MANAGER

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_written_from_the_code_is_up_to_it() -> None:
    assert fault() is None


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


def test_a_words_sentence_is_the_same_wherever_it_is_said() -> None:
    """In the documents, in what the page says, and, by name, in the columns of the marts."""
    told = definitions()
    assert json.loads(DEFINITIONS_TOLD.read_text()) == told
    for page, word in ((ANALYST, "abandonment_rate"), (MANAGER, "lost")):
        assert f": {told[word]}\n" in page.read_text()
    columns = [
        column["description"]
        for model in described("marts").values()
        for column in model["columns"]
    ]
    assert set(re.findall(r"doc\('(\w+)'\)", " ".join(columns))) <= set(told)
    assert set(columns) & set(told.values()) == set()
