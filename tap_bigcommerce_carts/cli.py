"""The command `tap-bigcommerce-carts`: runs the tap, logs a failure in one line."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn

from tap_bigcommerce_carts.errors import IncompleteRunError, TapError
from tap_bigcommerce_carts.singer.tap import SDK_ERRORS, make_command
from tap_bigcommerce_carts.singer.writer import MessageWriter
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

# What a user can cause; each message is a sentence that says what to do.
_EXPECTED = (TapError, *SDK_ERRORS)
logger = logging.getLogger(TapBigCommerceCarts.name)


def main() -> NoReturn:
    """Run the command line; never returns."""
    code = 1
    _collect_garbage_seldom()
    # A signal can come while a lock is taken: an exception that unwinds from there may wait for
    # that lock for ever. What was written is whole, so the process can end where it stands.
    MessageWriter.end = staticmethod(_leave)
    try:
        make_command(TapBigCommerceCarts)()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except IncompleteRunError as error:
        # What was missing was logged where it happened.
        logger.warning("%s", error)
    except _EXPECTED as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user, who needs no traceback
    _leave(code)


def _collect_garbage_seldom() -> None:
    """Spare the garbage collector: pages are many small objects, none of them in a cycle."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _leave(code: int) -> NoReturn:
    """End the process without waiting for threads that still wait for a response."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, RuntimeError, ValueError):
            stream.flush()
    os._exit(code)
