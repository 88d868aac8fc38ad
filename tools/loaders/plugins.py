"""Loaders as `meltano.yml` has them: the commands that Meltano installed, and their settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


def loader_command(loader: str) -> Path:
    """Return a loader's command in the environment that Meltano made for it.

    Raises:
        FileNotFoundError: with a sentence that says how to install it.
    """
    command = ROOT / ".meltano/loaders" / loader / "venv/bin" / loader
    if not command.exists():
        raise FileNotFoundError(
            f"{loader} is not installed here: run `make ready-for-tests`, which installs it."
        )
    return command


def plugin(loader: str) -> dict[str, Any]:
    """Return what `meltano.yml` says of a loader."""
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    (found,) = (each for each in project["plugins"]["loaders"] if each["name"] == loader)
    return dict(found)


def settings_of(loader: str) -> dict[str, Any]:
    """Return the values that `meltano.yml` sets for a loader."""
    return {
        setting["name"]: setting["value"]
        for setting in plugin(loader)["settings"]
        if "value" in setting and "." not in setting["name"]
    }
