"""The SDK's command line: how it is made, and what it raises that is a sentence for a user."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from singer_sdk.exceptions import ConfigurationError, MappingError
from singer_sdk.logging import DEFAULT_FORMAT

from tap_bigcommerce_carts.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from singer_sdk import Tap

# Of settings and stream maps: their messages name what is wrong.
SDK_ERRORS = (ConfigurationError, MappingError)


def make_command(tap: type[Tap]) -> Callable[[], None]:
    """Set up the log, and return the tap's command.

    Raises:
        SettingsError: the log cannot be set up as the environment asks.
    """
    try:
        command: Callable[[], None] = tap.cli
    except Exception:  # noqa: BLE001 - a file that configures the log can be wrong in any way
        logging.basicConfig(format=DEFAULT_FORMAT, style="{")
        raise SettingsError(
            "The log cannot be set up as the environment asks: `LOGLEVEL` (or "
            "`TAP_BIGCOMMERCE_CARTS_LOGLEVEL`) must be DEBUG, INFO, WARNING, ERROR or CRITICAL, "
            "and `SINGER_SDK_LOG_CONFIG` a YAML file of Python's logging configuration."
        ) from None
    return command
