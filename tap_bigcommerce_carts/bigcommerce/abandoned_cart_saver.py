"""The Abandoned Cart Saver: its settings and its reminder e-mails, of the store and per channel.

https://developer.bigcommerce.com/docs/rest-management/abandoned-carts
https://developer.bigcommerce.com/docs/rest-management/abandoned-cart-emails
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.bigcommerce.channels import PATH, listed_channels
from tap_bigcommerce_carts.bigcommerce.pagination import v3_page
from tap_bigcommerce_carts.bigcommerce.scopes import CHANNELS, INFORMATION
from tap_bigcommerce_carts.errors import MissingScopeError, NotFoundError, StoreError
from tap_bigcommerce_carts.rows.values import integer_or_none

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.bigcommerce.session import StoreSession

# The row of settings that is for the whole store has no channel; 0 is BigCommerce's own
# way to write "none", and no channel has that id.
WHOLE_STORE = 0
_SETTINGS = "/v3/abandoned-carts/settings"
_EMAILS = "/v3/marketing/abandoned-cart-emails"
logger = logging.getLogger(__name__)


def saver_settings(
    session: StoreSession, channel_ids: frozenset[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the settings: the store's, then each channel's overrides, each with its channel.

    Args:
        session: the conversation with the store.
        channel_ids: the channels to read; empty for all.
    """
    yield WHOLE_STORE, session.get_object(_SETTINGS, scope=INFORMATION)
    for channel in _channels(session, channel_ids):
        try:
            yield (
                channel,
                session.get_object(f"{_SETTINGS}/channels/{channel}", scope=INFORMATION),
            )
        except NotFoundError:
            logger.info("Channel %d has no abandoned-cart settings of its own.", channel)


def saver_emails(
    session: StoreSession, channel_ids: frozenset[int]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the steps: the store's, then those of each channel, each with its channel.

    Args:
        session: the conversation with the store.
        channel_ids: the channels to read; empty for all.
    """
    for channel in (WHOLE_STORE, *_channels(session, channel_ids)):
        query: dict[str, str | int] = {"channel_id": channel} if channel else {}
        for step in v3_page(session.get(_EMAILS, query, scope=INFORMATION), _EMAILS).documents:
            # What is no step has no id either, and is skipped for that.
            yield channel, step if isinstance(step, dict) else {}


def _channels(session: StoreSession, channel_ids: frozenset[int]) -> list[int]:
    """Return the ids of the channels to read: those asked for, else all there are."""
    if channel_ids:
        return sorted(channel_ids)
    try:
        channels = listed_channels(session)
    except (MissingScopeError, NotFoundError):
        logger.warning(
            "Only the store's own abandoned-cart settings are read: the access token lacks the "
            "scope %s to list the channels. Add it, or name the channels in `channel_ids`.",
            CHANNELS,
        )
        return []
    return list(map(_channel_id, channels))


def _channel_id(channel: Any) -> int:
    number = integer_or_none(channel.get("id")) if isinstance(channel, dict) else None
    if number is None:
        raise StoreError(f"{PATH} listed a channel without a readable `id`; stopped.")
    return number
