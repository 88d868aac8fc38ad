"""The definition for Meltano Hub: of one mind with the tap, and as the Hub wants it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from tests.support.paths import ROOT
from tests.support.warehouse.pipes import TAP
from tools.documents import hub
from tools.documents.hub import definition, definition_file, files, how_to_add

DATA = ROOT / "deploy/hub/_data"
SCHEMA = json.loads(Path(__file__).with_name("extractor.schema.json").read_text())


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    """Return the definition as a file says it."""
    (file,) = (DATA / "meltano/extractors/tap-bigcommerce-carts").iterdir()
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    # The Hub finds a variant by its file.
    assert file.name == f"{found['variant']}.yml"
    assert file.parent.name == found["name"]
    return found


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    said = subprocess.run([TAP, "--about", "--format=json"], capture_output=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.fixture(scope="module")
def in_meltano_yml() -> dict[str, Any]:
    (found,) = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["extractors"]
    return dict(found)


def test_it_is_as_the_hubs_schema_wants_it(written: dict[str, Any]) -> None:
    validator = Draft7Validator(SCHEMA)
    assert list(validator.iter_errors(written)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"quality": None},
        {"pip-url": "tap-bigcommerce-carts"},
        {"capabilities": ["teleport"]},
        {"supported_python_versions": [3.11]},
        {"settings": [{"name": "page_size", "kind": "number"}]},
        {"settings": [{"kind": "string"}]},
        {"settings": [{"name": "page_size", "default": 250}]},
    ],
)
def test_the_schema_would_say_what_is_wrong(written: dict[str, Any], wrong: dict[str, Any]) -> None:
    assert not Draft7Validator(SCHEMA).is_valid(written | wrong)


def test_it_is_written_as_the_hubs_linter_wants_it() -> None:
    """Keys in their order, no braces, no blank at an end."""
    for path, text in files().items():
        ordered = json.dumps(yaml.safe_load(text))
        assert ordered == json.dumps(yaml.safe_load(text), sort_keys=True), path
        tokens = list(yaml.scan(text))
        assert not [each for each in tokens if isinstance(each, yaml.FlowMappingStartToken)]
        assert not re.search(r"[ \t]$|\n\n\Z", text, re.MULTILINE)


def test_it_tells_of_every_setting_what_the_tap_tells(
    written: dict[str, Any], about: dict[str, Any]
) -> None:
    told = about["settings"]["properties"]
    settings = {each["name"]: each for each in written["settings"]}
    assert list(settings) == sorted(told)
    for name, of in told.items():
        setting = settings[name]
        assert setting["description"] == of["description"]
        assert setting.get("sensitive", False) is of.get("secret", False)
        choices = [each["value"] for each in setting.get("options", [])]
        assert choices == of.get("enum", [])
        assert setting["label"]
        if name != "request_timeout":
            assert setting.get("value") == of.get("default")
    assert sorted(about["capabilities"]) == written["capabilities"]
    assert about["supported_python_versions"] == written["supported_python_versions"]


def test_it_says_what_meltano_yml_says(
    written: dict[str, Any], in_meltano_yml: dict[str, Any]
) -> None:
    """So that a project of one's own reads what this one reads."""
    for name in ("description", "executable", "label", "namespace", "select", "capabilities"):
        assert written[name] == in_meltano_yml[name], name
    groups = [sorted(each) for each in in_meltano_yml["settings_group_validation"]]
    assert written["settings_group_validation"] == groups
    # What Meltano does with a value; labels and the like are for readers.
    shared = ("name", "kind", "description", "sensitive", "value")
    settings = sorted(in_meltano_yml["settings"], key=lambda each: str(each["name"]))
    assert [
        {key: each[key] for key in shared if key in each} for each in written["settings"]
    ] == settings


def test_every_source_has_a_group_of_what_it_needs(
    written: dict[str, Any], about: dict[str, Any]
) -> None:
    needed = {
        source: {
            name
            for name, of in about["settings"]["properties"].items()
            if f"Needed with `source: {source}`" in of["description"]
        }
        for source in about["settings"]["properties"]["source"]["enum"]
    }
    groups = [set(each) - {"source"} for each in written["settings_group_validation"]]
    assert groups == list(needed.values())


def test_addresses_and_pythons_are_those_of_the_package(written: dict[str, Any]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert written["repo"] == project["urls"]["Source"]
    assert written["docs"] == project["urls"]["Documentation"]
    pythons = [
        f"Programming Language :: Python :: {each}"
        for each in definition()["supported_python_versions"]
    ]
    assert set(pythons) <= set(project["classifiers"])
    assert written["pip_url"].partition("[")[0] == project["name"]
    assert written["executable"] in project["scripts"]


def test_the_other_files_name_the_same_variant(written: dict[str, Any]) -> None:
    name, variant = written["name"], written["variant"]
    default = yaml.safe_load((DATA / "default_variants.yml").read_text())
    assert default == {"extractors": {name: variant}}
    ((key, maintainer),) = yaml.safe_load((DATA / "maintainers.yml").read_text()).items()
    assert key == maintainer["name"] == variant
    assert written["repo"].startswith(maintainer["url"] + "/")
    assert set(maintainer) == {"label", "name", "url"}


def test_with_an_owner_in_the_address_all_files_are_the_owners(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One place: the address in pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text()
    address = tomllib.loads(text)["project"]["urls"]["Source"]
    moved = tmp_path / "pyproject.toml"
    moved.write_text(text.replace(address, "https://git.example.com/Lantern-Quay/tap"))
    monkeypatch.setattr(hub, "PROJECT", moved)
    assert definition_file().name == "lantern-quay.yml"
    assert definition()["repo"] == "https://git.example.com/Lantern-Quay/tap"
    maintainers = yaml.safe_load(files()[DATA / "maintainers.yml"])
    assert maintainers == {
        "lantern-quay": {
            "label": "Lantern-Quay",
            "name": "lantern-quay",
            "url": "https://git.example.com/Lantern-Quay",
        }
    }
    assert "https://git.example.com/Lantern-Quay/tap/raw/main/deploy/hub/" in how_to_add()


def test_the_commands_put_it_into_a_copy_of_the_hub(
    tmp_path: Path, written: dict[str, Any]
) -> None:
    """Those of the README, but for what needs an account, and the Hub's own tool."""
    (tmp_path / "_data/meltano/extractors/tap-bigcommerce").mkdir(parents=True)
    (tmp_path / "_data/default_variants.yml").write_text(
        "extractors:\n  tap-bigcommerce: singer-io\nloaders:\n  target-csv: meltanolabs\n"
    )
    (tmp_path / "_data/maintainers.yml").write_text(
        "singer-io:\n  label: Singer\n  name: singer-io\n  url: https://www.example.com/\n"
    )
    (block,) = re.findall(r"```sh\n(.*?)```", (DATA.parent / "README.md").read_text(), re.DOTALL)
    elsewhere = ("git ", "cd ", "TAP=", "uvx ", "gh ")
    commands = [line for line in block.splitlines() if not line.startswith(elsewhere)]
    script = "\n".join(["set -e", f"TAP={shlex.quote(str(ROOT))}", *commands])
    subprocess.run(["/bin/sh", "-c", script], cwd=tmp_path, check=True)
    name, variant = written["name"], written["variant"]
    put = tmp_path / "_data/meltano/extractors" / name / f"{variant}.yml"
    assert put.read_text() == definition_file().read_text()
    assert yaml.safe_load((tmp_path / "_data/default_variants.yml").read_text()) == {
        "extractors": {"tap-bigcommerce": "singer-io", name: variant},
        "loaders": {"target-csv": "meltanolabs"},
    }
    maintainers = yaml.safe_load((tmp_path / "_data/maintainers.yml").read_text())
    assert maintainers.keys() == {"singer-io", variant}
