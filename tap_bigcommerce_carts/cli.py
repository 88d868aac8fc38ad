"""The command `tap-bigcommerce-carts`: runs the tap, tells a failure in one line, sets the code."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from singer_sdk.exceptions import ConfigurationError, MappingError
from singer_sdk.logging import DEFAULT_FORMAT

from tap_bigcommerce_carts.errors import (
    IncompleteRunError,
    SettingsError,
    TapError,
)
from tap_bigcommerce_carts.singer.writer import MessageWriter
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

if TYPE_CHECKING:
    from collections.abc import Callable

# What a user can cause; each message is a sentence that says what to do.
_EXPECTED = (TapError, ConfigurationError, MappingError)
logger = logging.getLogger(TapBigCommerceCarts.name)


def main() -> NoReturn:
    """Run the command line; never returns."""
    code = 1
    _look_for_cycles_seldom()
    # A signal can come while a lock is taken: an exception that unwinds from there may wait for
    # that lock for ever. What was written is whole, so the process can end where it stands.
    MessageWriter.end = staticmethod(_leave)
    try:
        _command()()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except IncompleteRunError as error:
        # What was missing is told where it happened.
        logger.warning("%s", error)
    except _EXPECTED as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user, who needs no traceback
    _leave(code)


def _command() -> Callable[[], None]:
    """Set up the log, and make the command.

    Raises:
        SettingsError: what the environment says of the log cannot be done.
    """
    try:
        command: Callable[[], None] = TapBigCommerceCarts.cli
    except Exception:  # noqa: BLE001 - a file that configures the log can be wrong in any way
        logging.basicConfig(format=DEFAULT_FORMAT, style="{")
        raise SettingsError(
            "The log cannot be set up as the environment asks: `LOGLEVEL` (or "
            "`TAP_BIGCOMMERCE_CARTS_LOGLEVEL`) must be DEBUG, INFO, WARNING, ERROR or CRITICAL, "
            "and `SINGER_SDK_LOG_CONFIG` a YAML file of Python's logging configuration."
        ) from None
    return command


def _look_for_cycles_seldom() -> None:
    """Spare the garbage collector: pages are many small objects, none of them in a cycle."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _leave(code: int) -> NoReturn:
    """End the process without waiting for threads that still wait for an answer."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, RuntimeError, ValueError):
            stream.flush()
    os._exit(code)
