"""The documents say what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.documents import options
from tests.support.documents.found import all_commands
from tests.support.documents.rules import Named, NotHere, Run, RunBy, way_of
from tests.support.documents.shell import commands, statements
from tests.support.harness import command
from tests.support.paths import ROOT
from tests.support.warehouse.marts import described
from tools.documents.definitions import definitions
from tools.documents.generated import fault
from tools.documents.paths import ANALYST, DATA_ENGINEER, DEFINITIONS_TOLD, DOCS, MANAGER

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = all_commands()
OURS = ("bigcommerce-carts", "tap-bigcommerce-carts")
NOT_TRIED = DOCS / "not-tried-here.md"


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


# Commands


def test_it_is_known_how_each_command_is_tried() -> None:
    assert not [each.name for each in COMMANDS if way_of(each.text) is None], (
        "Nothing says how these are tried. Add a line to RULES in "
        "tests/support/documents/rules.py, whose first lines say how."
    )


def test_our_own_commands_have_such_options() -> None:
    for each in COMMANDS:
        way = way_of(each.text)
        for words in commands((way.before if isinstance(way, Named) else "") + each.text):
            if words[0].rpartition("/")[2] in OURS:
                wrong = options.complaint(words)
                assert not wrong, f"{each.place}: {wrong}"


def test_what_is_not_tried_here_is_on_its_page() -> None:
    """Under what it needs; what else is there, some test runs all the same."""
    listed: dict[str, set[str]] = {}
    page = NOT_TRIED.read_text()
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        needs, _, text = section.partition("\n")
        found = re.findall(r"^```sh\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        listed[needs] = {each for block in found for each in statements(block)}
    wanted: dict[str, set[str]] = {}
    for each in COMMANDS:
        way = way_of(each.text)
        if isinstance(way, NotHere) and way.told_in:
            assert f"(../{way.told_in})" in page, each.name
            assert each.place.startswith(way.told_in + ":"), each.name
        elif isinstance(way, NotHere):
            wanted.setdefault(way.needs, set()).add(each.text)
    alone = {
        needs: {each for each in said if not _is_tried(each)} for needs, said in listed.items()
    }
    assert {needs: said for needs, said in alone.items() if said} == wanted


def test_what_is_said_to_be_not_run_is_on_its_page() -> None:
    sections = re.split(r"^## ", (DOCS / "bi-tools.md").read_text(), flags=re.MULTILINE)[1:]
    told = [each.partition("\n") for each in sections]
    not_run = {name for name, _, text in told if text.lstrip().startswith("Not run here")}
    assert len(not_run) > 2
    page = NOT_TRIED.read_text()
    assert {name for name in not_run if name not in page} == set()
    for name in ("Redshift", "Databricks", "Delta", "thrift", "S3 Tables", "Python 3.14"):
        assert name in page


def _is_tried(statement: str) -> bool:
    return isinstance(way_of(statement), Run | RunBy)
