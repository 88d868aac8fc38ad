"""All checks of one store, in their order; each fails alone."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.doctor.findings import Finding, Verdict, alone, of_error
from tap_bigcommerce_carts.doctor.session import BriefSession
from tap_bigcommerce_carts.doctor.settings import check_settings, run_of
from tap_bigcommerce_carts.doctor.stores import NOTHING_HIDDEN, Hidden
from tap_bigcommerce_carts.doctor.token import check_token
from tap_bigcommerce_carts.errors import TapError
from tap_bigcommerce_carts.model import BigCommerceConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.doctor.stores import Looked
    from tap_bigcommerce_carts.run import Run


def findings_of(store: Looked, hidden: Hidden = NOTHING_HIDDEN) -> Iterator[Finding]:
    """Yield what there is to say of a store, as it is found; what cannot be checked says so.

    Args:
        store: the store, right or wrong.
        hidden: what no finding may hold, beside the store's own secrets.
    """
    try:
        run = run_of(store.configured.settings)
    except TapError as error:
        yield hidden.without(of_error("settings", error))
        return
    hidden = hidden.and_of(run.config)
    try:
        for each in _findings(store, run):
            yield hidden.without(each)
    finally:
        run.close()


def _findings(store: Looked, run: Run) -> Iterator[Finding]:
    settings = check_settings(run, store.whence)
    yield settings
    if settings.verdict is Verdict.FAULT:
        return
    connection = run.settings.connection
    if isinstance(connection, BigCommerceConnection):
        yield from alone("access token", "", lambda: _of_bigcommerce(connection))


def _of_bigcommerce(connection: BigCommerceConnection) -> Iterator[Finding]:
    with closing(BriefSession(connection)) as session:
        yield check_token(session)
