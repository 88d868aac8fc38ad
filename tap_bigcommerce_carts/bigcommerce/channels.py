"""Channels: the storefronts and marketplaces of a store, and where their sites are.

https://developer.bigcommerce.com/docs/rest-management/channels
https://developer.bigcommerce.com/docs/rest-management/sites
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.pagination import v3_page
from tap_bigcommerce_carts.bigcommerce.scopes import CHANNELS, SITES
from tap_bigcommerce_carts.errors import MissingScopeError, NotFoundError
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

PATH = "/v3/channels"
_SITES = "/v3/sites"
# The page that a link in a reminder opens.
_RECOVERY = "recover_abandoned_cart"
logger = logging.getLogger(__name__)


def listed_channels(session: StoreSession) -> list[Any]:
    """Return what the list of channels holds; the default storefront is always there.

    Args:
        session: the conversation with the store.
    """
    return session.all_pages(PATH, {}, v3_page, scope=CHANNELS)


def channels_with_sites(session: StoreSession, channel_ids: frozenset[int]) -> Iterator[Any]:
    """Yield the channels; of those with a site, `site_url` and `recovery_route` beside the rest.

    One request for all channels, one for all sites, and one for the routes of each site.

    Args:
        session: the conversation with the store.
        channel_ids: the channels to read; empty for all.
    """
    listed = listed_channels(session)
    chosen = [each for each in listed if not channel_ids or _id(each) in channel_ids]
    sites = _sites(session)
    for channel in chosen:
        if site := sites.get(_id(channel) or 0):
            route = _recovery_route(session, site)
            yield {**channel, "site_url": site.get("url"), "recovery_route": route}
        else:
            yield channel


def _sites(session: StoreSession) -> dict[int, dict[str, Any]]:
    """Return the site of each channel that has one; of several the one that was made first."""
    try:
        listed = session.all_pages(_SITES, {}, v3_page, scope=SITES)
    except (MissingScopeError, NotFoundError):
        logger.warning(
            "The columns `site_url` and `recovery_route` of channels stay empty: the access "
            "token lacks the scope %s. Add it, or leave them empty.",
            SITES,
        )
        return {}
    sites: dict[int, dict[str, Any]] = {}
    for site in sorted(filter(_id, listed), key=lambda each: _id(each) or 0):
        if channel := integer_or_none(value_of(site, "channel_id")):
            sites.setdefault(channel, site)
    return sites


def _recovery_route(session: StoreSession, site: dict[str, Any]) -> Any:
    """Return the path of a site's page for shoppers who come back to a cart; None if unknown."""
    query: dict[str, str | int] = {"type": _RECOVERY}
    try:
        routes = session.all_pages(f"{_SITES}/{_id(site)}/routes", query, v3_page, scope=SITES)
    except NotFoundError:
        return None
    # A store that ignores the filter lists the routes of all pages.
    return next(
        (value_of(each, "route") for each in routes if value_of(each, "type") == _RECOVERY), None
    )


def _id(document: Any) -> int | None:
    return integer_or_none(value_of(document, "id"))
