"""All checks of one store, in their order; each fails alone."""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_bigcommerce_carts.addresses import is_local
from tap_bigcommerce_carts.doctor.answers import check_clock, check_quota
from tap_bigcommerce_carts.doctor.api2cart import check_api2cart
from tap_bigcommerce_carts.doctor.carts import check_carts
from tap_bigcommerce_carts.doctor.findings import Finding, Verdict, alone, of_error
from tap_bigcommerce_carts.doctor.scopes import Selected, check_scopes
from tap_bigcommerce_carts.doctor.session import BriefSession
from tap_bigcommerce_carts.doctor.settings import check_settings, run_of
from tap_bigcommerce_carts.doctor.stores import NOTHING_HIDDEN, Hidden
from tap_bigcommerce_carts.doctor.token import check_token
from tap_bigcommerce_carts.errors import TapError
from tap_bigcommerce_carts.model import Api2CartConnection, BigCommerceConnection
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_bigcommerce_carts.doctor.stores import Looked
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.settings.parsing import Settings
    from tap_bigcommerce_carts.verify.places import Place

_TOKEN = "access token"  # noqa: S105 - what is asked, and no token


def findings_of(
    store: Looked, variables: Mapping[str, str], hidden: Hidden = NOTHING_HIDDEN
) -> Iterator[Finding]:
    """Yield what there is to say of a store, as it is found; what cannot be checked says so.

    Args:
        store: the store, right or wrong.
        variables: of the environment, for what the inbox's receiver is told by them.
        hidden: what no finding may hold, beside the store's own secrets.
    """
    try:
        run = run_of(store.configured.settings)
    except TapError as error:
        yield hidden.without(of_error("settings", error))
        return
    hidden = hidden.and_of(run.config)
    try:
        for each in _findings(store, run, variables):
            yield hidden.without(each)
    finally:
        run.close()


def findings_of_warehouse(
    find: Callable[[], Place], store: Looked | None, hidden: Hidden = NOTHING_HIDDEN
) -> Iterator[Finding]:
    """Yield what there is to say of the warehouse.

    Args:
        find: returns where it is, or raises a TapError.
        store: the one that the newest load is looked for; None for any.
        hidden: what no finding may hold, beside the warehouse's own secrets.
    """
    known = hidden

    def found() -> Place:
        nonlocal known
        place = find()
        known = hidden.and_address(place.address)
        return place

    def check() -> Iterator[Finding]:
        from tap_bigcommerce_carts.doctor.warehouse import check_warehouse  # noqa: PLC0415

        yield from check_warehouse(found, _name_of(store) if store else None)

    for each in alone("warehouse", "verify", check):
        yield known.without(each)


def _name_of(store: Looked) -> str | None:
    """Return the value of the column `store`, as far as the settings say it."""
    try:
        return run_of(store.configured.settings).settings.store_name
    except TapError:
        return None


def _findings(store: Looked, run: Run, variables: Mapping[str, str]) -> Iterator[Finding]:
    settings = check_settings(run, store.whence)
    yield settings
    if settings.verdict is Verdict.FAULT:
        yield Finding.left_out("store", "Nothing is asked of it until the settings are right.")
    else:
        connection = run.settings.connection
        if isinstance(connection, Api2CartConnection):
            yield from _of_api2cart(connection, run.settings.page_size)
        else:
            yield from _of_bigcommerce(connection, run.settings, store)
            yield from alone("inbox", "inbox", lambda: _of_inbox(run, connection, variables))
    yield from alone("Meltano", "load", lambda: _of_meltano(store))


def _of_api2cart(connection: Api2CartConnection, page_size: int) -> Iterator[Finding]:
    return alone("API2Cart", "", lambda: check_api2cart(connection, page_size))


def _of_bigcommerce(
    connection: BigCommerceConnection, settings: Settings, store: Looked
) -> Iterator[Finding]:
    with closing(BriefSession(connection)) as session:
        token = list(alone(_TOKEN, "", lambda: [check_token(session)]))
        yield from token
        if session.clock is None:
            return
        if session.around is None:
            yield Finding.note("clock", "The store's answers do not tell its time.")
        else:
            local = is_local(urlsplit(connection.api_url))
            asked_at, answered_at = session.around
            yield check_clock(asked_at, session.clock, answered_at, local=local)
        if all(each.verdict is not Verdict.FAULT for each in token):
            selected = _selected(settings, store)
            yield from alone("scopes", "", lambda: check_scopes(session, selected))
            yield from alone("abandoned carts", "", lambda: check_carts(session))
        else:
            yield Finding.left_out("scopes", "They are not asked for until the token is right.")
        yield check_quota(session.quota, connection.limits.reserve, session.waits)


def _selected(settings: Settings, store: Looked) -> Selected:
    """Return the streams that a load reads: as Meltano says, or by default."""
    with suppress(TapError):
        if (told := store.configured.selected) is not None:
            return Selected(told, "that the project selects")
    offered = STREAMS[settings.source] + (INBOX_STREAMS if settings.inbox_url else ())
    return Selected(
        frozenset(str(vars(each)["name"]) for each in offered if each.selected_by_default),
        "selected by default",
    )


def _of_inbox(
    run: Run, connection: BigCommerceConnection, variables: Mapping[str, str]
) -> Iterator[Finding]:
    from tap_bigcommerce_carts.doctor.inbox import check_inbox  # noqa: PLC0415 - an extra

    yield from check_inbox(run, connection, variables)


def _of_meltano(store: Looked) -> Iterator[Finding]:
    from tap_bigcommerce_carts.doctor.meltano import check_state  # noqa: PLC0415 - an extra

    yield from check_state(store)
