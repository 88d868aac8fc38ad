"""Which dates are settled: whatever the store has of them now, the warehouse must have too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import UnverifiedError
from tap_bigcommerce_carts.model import BEGINNING, Window
from tap_bigcommerce_carts.rows.values import iso

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.settings.parsing import Settings
    from tap_bigcommerce_carts.verify.check import Asked

_SECOND = timedelta(seconds=1)
# How much is looked at if nothing is asked for.
USUAL = timedelta(days=30)


def settled(
    settings: Settings, bookmarks: Mapping[str, datetime], now: datetime, asked: Asked
) -> Window:
    """Return the dates that were read, and are not read again.

    The last of them lies before the least bookmark by the look-back, in which rows may still come
    in late, and by the time that a cart must be left alone.

    Args:
        settings: the store's.
        bookmarks: by stream, up to where it was read, of the streams that are looked at together.
        now: the store's clock.
        asked: the dates asked for.

    Raises:
        UnverifiedError: there are none; the message says why.
    """
    reached = min([now, *bookmarks.values()])
    margin = timedelta(seconds=settings.lookback_seconds, minutes=settings.abandoned_after_minutes)
    read = reached - margin
    # The ends of what is asked for and of `end_date` are not included.
    upper = min(each for each in (read, asked.end, settings.end) if each) - _SECOND
    usual = upper - USUAL
    lower = max(asked.start or usual, settings.start or BEGINNING, BEGINNING)
    window = Window(_whole(lower), _whole(upper))
    if window.lower > window.upper:
        raise UnverifiedError(
            f"No date of what is asked for is settled: loads have come to {iso(reached)}, and what "
            f"changed after {iso(read)} may still be read again. Load again, or ask for earlier "
            "dates."
        )
    return window


def cut_off(settings: Settings, asked: Asked, window: Window) -> list[str]:
    """Say in sentences what of the dates asked for is not looked at, and why.

    Args:
        settings: the store's.
        asked: the dates asked for.
        window: those that are looked at.
    """
    told = []
    if asked.start and settings.start and asked.start < window.lower:
        told.append(
            f"What changed before {iso(window.lower)} was not checked: `start_date` leaves it out."
        )
    end = window.upper + _SECOND
    if asked.end and end < asked.end:
        is_left_out = settings.end is not None and _whole(settings.end) <= end
        why = "`end_date` leaves it out" if is_left_out else "it is not settled yet"
        told.append(f"What changed since {iso(end)} was not checked: {why}.")
    return told


def _whole(moment: datetime) -> datetime:
    """Dates have whole seconds."""
    return moment.replace(microsecond=0)
