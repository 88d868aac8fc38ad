"""`meltano.yml` has every setting that these loaders say they have, and no other."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.support.paths import ROOT
from tools.loaders.plugins import loader_command, plugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Of the SDK, and for taps without them: this one has them itself.
LEFT_OUT = ("stream_map", "faker_config", "flattening_")
LOADERS = [
    "target-postgres",
    "target-csv",
    "target-s3tables",
    pytest.param("target-snowflake", marks=pytest.mark.long),
    pytest.param("target-bigquery", marks=pytest.mark.long),
]


def names(properties: dict[str, Any], before: str = "") -> Iterator[str]:
    """Yield names as Meltano has them, those inside of an object after a point."""
    for name, of in properties.items():
        if name.startswith(LEFT_OUT):
            continue
        if of.get("properties"):
            yield from names(of["properties"], f"{before}{name}.")
        else:
            yield before + name


@pytest.mark.parametrize("loader", LOADERS)
def test_meltano_knows_every_setting(loader: str) -> None:
    command: list[str | Path] = [loader_command(loader), "--about", "--format=json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    about = json.loads(told)
    assert {each["name"] for each in plugin(loader)["settings"]} == set(
        names(about["settings"]["properties"])
    )
    assert sorted(plugin(loader)["capabilities"]) == sorted(about["capabilities"])


def test_no_group_of_several_is_met_by_values_that_are_there() -> None:
    """Each has a setting of its own to be given, or Meltano would never ask for any."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    for each in plugins["extractors"] + plugins["loaders"]:
        groups = [set(group) for group in each.get("settings_group_validation", [])]
        given = {setting["name"] for setting in each["settings"] if "value" in setting}
        if len(groups) > 1:
            for group in groups:
                assert group - given - set.intersection(*groups), (each["name"], group)
