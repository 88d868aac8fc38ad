"""`bigcommerce-carts doctor --probe`: asks the questions, and prints the report."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import click

from tap_bigcommerce_carts.doctor.probe.budget import Budget
from tap_bigcommerce_carts.doctor.probe.probing import Asked, probed
from tap_bigcommerce_carts.doctor.probe.shown import document, lines, summary
from tap_bigcommerce_carts.doctor.settings import run_of
from tap_bigcommerce_carts.doctor.shown import about, say
from tap_bigcommerce_carts.doctor.stores import NOTHING_HIDDEN
from tap_bigcommerce_carts.errors import SettingsError, StoreError, TapError
from tap_bigcommerce_carts.model import BigCommerceConnection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_bigcommerce_carts.doctor.stores import Looked

_DONE, _WRONG_CALL, _NOT_ASKED = 0, 2, 3
logger = logging.getLogger("bigcommerce-carts")
# What says on the way that a request is tried again, and where.
_RETRIES = logging.getLogger("tap_bigcommerce_carts.http.retries")


def probe(stores: Sequence[Looked], *, as_json: bool) -> int:
    """Ask a store all questions, print what it answers, and return the exit code.

    That is 0 whatever the answers are, 2 for settings that are wrong, and 3 if the store could not
    be asked.

    Args:
        stores: one.
        as_json: whether the report is for programs.

    Raises:
        click.UsageError: they are several.
    """
    if len(stores) != 1:
        raise click.UsageError("--probe asks one store: name it with --store.")
    budget, found = Budget(), list[Asked]()
    hidden, failure, code = NOTHING_HIDDEN, None, _DONE

    def without_address(record: logging.LogRecord) -> bool:
        """Let a line of the log pass, without what the report must not hold."""
        record.msg, record.args = hidden.of(record.getMessage()), ()
        return True

    _RETRIES.addFilter(without_address)
    try:
        given = stores[0].configured.settings
        hidden = hidden.and_of(given)
        connection = _connection(stores[0])
        if not as_json:
            say(f"{about()}, --probe")
        for asked in probed(connection, budget):
            found.append(asked)
            if not as_json:
                say(f"\n{lines(asked)}")
    except TapError as error:
        failure = hidden.of(str(error))
        logger.error("%s", failure)  # noqa: TRY400 - a sentence for the user
        code = _NOT_ASKED if isinstance(error, StoreError) else _WRONG_CALL
    finally:
        _RETRIES.removeFilter(without_address)
    if as_json:
        click.echo(json.dumps(document(found, budget, failure), indent=2))
    elif found:
        say(f"\n{summary(found, budget)}.")
    return code


def _connection(store: Looked) -> BigCommerceConnection:
    """Return where the store is.

    Raises:
        SettingsError: they are not right, or are of another platform.
    """
    run = run_of(store.configured.settings)
    try:
        connection = run.settings.connection
    finally:
        run.close()
    if isinstance(connection, BigCommerceConnection):
        return connection
    raise SettingsError("--probe is for `source: bigcommerce`: its questions are of that API.")
