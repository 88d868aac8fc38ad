"""Are the settings right? As the tap checks them, before it asks anybody anything."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.run import Run
from tap_bigcommerce_carts.settings.given import typed
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

if TYPE_CHECKING:
    from collections.abc import Mapping

_ASKED = "settings"


def run_of(given: Mapping[str, Any]) -> Run:
    """Return a run of the tap with some settings, right or wrong; it reads no environment."""
    schema = deepcopy(TapBigCommerceCarts.config_jsonschema)
    TapBigCommerceCarts.append_builtin_config(schema)
    return Run(typed(given, schema), schema, CartKeeper)


def check_settings(run: Run, whence: str) -> Finding:
    """Return whether a run's settings are right.

    Args:
        run: has them.
        whence: where they come from, in words.
    """
    try:
        settings = run.settings
    except SettingsError as error:
        return Finding.fault(_ASKED, f"{error} They come {whence}.")
    return Finding.fine(_ASKED, f"Valid, of `source: {settings.source}`; they come {whence}.")
