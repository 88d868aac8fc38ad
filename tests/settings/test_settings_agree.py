"""Where settings are written down a second time, they say what the tap says."""

import json
import re
import subprocess
from typing import Any

import pytest
import yaml

from tap_bigcommerce_carts.settings.schema import SDK_SETTINGS
from tests.support.paths import ROOT
from tests.support.warehouse.pipes import TAP
from tools.documents.hub import meltanos_kind

PREFIX = "TAP_BIGCOMMERCE_CARTS_"
# Its default depends on the platform, and Meltano would always send the one it knows.
BY_PLATFORM = {"request_timeout"}
# The settings nothing can be read without; those of API2Cart stand beside them.
NEEDED = {"STORE_HASH", "ACCESS_TOKEN"}


@pytest.fixture(scope="module")
def about() -> dict[str, dict[str, Any]]:
    """Return the settings as the tap tells them, by name."""
    said = subprocess.run([TAP, "--about", "--format=json"], capture_output=True, check=True)
    found: dict[str, dict[str, Any]] = json.loads(said.stdout)["settings"]["properties"]
    return found


@pytest.fixture(scope="module")
def tap_in_meltano() -> dict[str, Any]:
    """Return the tap's entry in meltano.yml."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    (tap,) = project["plugins"]["extractors"]
    assert isinstance(tap, dict)
    return tap


def test_meltano_yml_defines_every_setting_as_the_tap_does(
    about: dict[str, dict[str, Any]], tap_in_meltano: dict[str, Any]
) -> None:
    written = {setting["name"]: setting for setting in tap_in_meltano["settings"]}
    assert list(written) == list(about)
    for name, schema in about.items():
        assert written[name] == as_meltano_writes_it(name, schema)


def test_meltano_yml_claims_the_capabilities_the_tap_has(tap_in_meltano: dict[str, Any]) -> None:
    said = subprocess.run([TAP, "--about", "--format=json"], capture_output=True, check=True)
    assert sorted(json.loads(said.stdout)["capabilities"]) == sorted(tap_in_meltano["capabilities"])


def test_env_example_lists_every_setting_with_its_meaning_and_default(
    about: dict[str, dict[str, Any]],
) -> None:
    text = (ROOT / ".env.example").read_text()
    entries = re.findall(rf"((?:^# .*\n)+)^#?{PREFIX}(\w+)=(.*)$", text, flags=re.MULTILINE)
    written = {name.lower(): (remark, value) for remark, name, value in entries}
    assert set(written) == set(about) - set(SDK_SETTINGS)
    for name, (remark, value) in written.items():
        said = " ".join(line.removeprefix("# ") for line in remark.splitlines())
        assert about[name]["description"] in said
        if "default" in about[name]:
            assert value == str(about[name]["default"])


def test_env_example_sets_only_what_is_needed() -> None:
    text = (ROOT / ".env.example").read_text()
    active = dict(re.findall(rf"^{PREFIX}(\w+)=(.*)$", text, flags=re.MULTILINE))
    assert active == dict.fromkeys(NEEDED, "")


def as_meltano_writes_it(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return a setting of `--about` in meltano.yml's terms."""
    (kind,) = (each for each in schema["type"] if each != "null")
    entry = {"name": name, "kind": meltanos_kind(kind), "description": schema["description"]}
    if schema.get("secret"):
        entry["sensitive"] = True
    if "default" in schema and name not in BY_PLATFORM:
        entry["value"] = schema["default"]
    return entry
