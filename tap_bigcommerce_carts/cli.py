"""The command `tap-bigcommerce-carts`: runs the tap, logs a failure in one line."""

from __future__ import annotations

import gc
import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn

from tap_bigcommerce_carts.errors import IncompleteRunError, TapError


def main() -> NoReturn:
    """Run the command line; never returns."""
    code = 1
    # Spare the garbage collector: modules and pages are many small objects, hardly any in a cycle.
    # While the SDK is imported it would take a seventh of the time that the command takes to start.
    gc.set_threshold(100_000, 50, 100)
    from tap_bigcommerce_carts.singer.tap import SDK_ERRORS, make_command  # noqa: PLC0415
    from tap_bigcommerce_carts.singer.writer import MessageWriter  # noqa: PLC0415
    from tap_bigcommerce_carts.tap import TapBigCommerceCarts  # noqa: PLC0415

    gc.freeze()
    logger = logging.getLogger(TapBigCommerceCarts.name)
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
    except (TapError, *SDK_ERRORS) as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user, who needs no traceback
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without waiting for threads that still wait for a response."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, RuntimeError, ValueError):
            stream.flush()
    os._exit(code)
