"""Bookmarks: reading them back, however they were written, and what a run reads from them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import StateError
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.values import iso, moment

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

# A bookmark a little ahead of the store's clock can come of servers whose clocks differ.
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
# What streams of the cart inbox note: which inbox it is, the last event told of, and the moment
# for which it was told.
INBOX, SEQUENCE, TOLD_AT = "inbox", "sequence", "told_at"
# Ids of rows without a date that were passed by: the store may not list them again.
PASSED_BY = "passed_by"
# A date of one source or store says nothing of another.
_WHERE = ("source", "store_name")


def checked(state: dict[str, Any], streams: Collection[str]) -> dict[str, Any]:
    """Check a STATE from outside and give it back in the one form this tap writes.

    Dates may be written in any form a tap for BigCommerce has used (RFC-2822 too). Bookmarks
    of streams this tap does not know are passed on as they are: they may be needed again.

    Raises:
        StateError: it is not a STATE, or a bookmark is not a date.
    """
    if "singer_state" in state:
        raise StateError(
            "The STATE is in Meltano's own form: give what is inside its `singer_state`."
        )
    bookmarks = state.get("bookmarks", None if state else {})
    if not isinstance(bookmarks, dict):
        raise StateError(
            "The STATE has no `bookmarks`, or they are not an object. Give the last STATE of a run."
        )
    return {
        "bookmarks": {
            stream: _bookmark(stream, bookmark) if stream in streams else bookmark
            for stream, bookmark in bookmarks.items()
            if stream in streams or isinstance(bookmark, dict)
        }
    }


def _bookmark(stream: str, bookmark: Any) -> dict[str, Any]:
    if not isinstance(bookmark, dict):
        raise StateError(f"The bookmark of {stream} in the STATE is not an object.")
    value = bookmark.get("replication_key_value")
    if value is None:
        return _passed(bookmark)
    if bookmark.get("replication_key") == SEQUENCE:
        return _sequence(stream, bookmark, value)
    try:
        text = iso(moment(value))
    except (TypeError, ValueError, OverflowError):
        raise StateError(
            f"The bookmark of {stream} in the STATE is not a date. Mend it (such as "
            "`2026-03-01T09:30:00Z`), or take it out to read the stream from `start_date`."
        ) from None
    kept = {"replication_key_value": text} | _read_with(bookmark) | _passed(bookmark)
    if key := bookmark.get("replication_key"):
        kept["replication_key"] = str(key)
    return kept


def _sequence(stream: str, bookmark: dict[str, Any], value: Any) -> dict[str, Any]:
    if type(value) is not int or value < 0:
        raise StateError(
            f"The bookmark of {stream} in the STATE is not a whole number. Mend it, or take it out "
            "to read the stream from its beginning."
        )
    kept = {"replication_key": SEQUENCE, "replication_key_value": value}
    return kept | _read_with(bookmark) | {SEQUENCE: value}


def _passed(bookmark: dict[str, Any]) -> dict[str, Any]:
    """Take over which rows were passed by."""
    ids = bookmark.get(PASSED_BY)
    if not isinstance(ids, list) or not all(type(each) in {int, str} for each in ids):
        return {}
    return {PASSED_BY: ids}


def _read_with(bookmark: dict[str, Any]) -> dict[str, Any]:
    """Take over what a bookmark was read with, as far as it says so in the form used here."""
    start, channels = bookmark.get("start_date"), bookmark.get("channel_ids")
    taken: dict[str, Any] = {
        name: bookmark[name] for name in _WHERE if isinstance(bookmark.get(name), str)
    }
    if isinstance(bookmark.get(INBOX), str):
        taken[INBOX] = bookmark[INBOX]
    if type(bookmark.get(SEQUENCE)) is int and _is_date(bookmark.get(TOLD_AT)):
        taken |= {SEQUENCE: bookmark[SEQUENCE], TOLD_AT: bookmark[TOLD_AT]}
    if isinstance(start, str):
        taken["start_date"] = start
    if isinstance(channels, list) and all(isinstance(each, int) for each in channels):
        taken["channel_ids"] = channels
    return taken


def _is_date(value: Any) -> bool:
    try:
        return bool(moment(value))
    except (TypeError, ValueError, OverflowError):
        return False


def read_with(
    source: str, store_name: str, start: datetime | None, channel_ids: Collection[int]
) -> dict[str, Any]:
    """Say what a bookmark is read with, to stand beside it in the STATE."""
    return {
        "source": source,
        "store_name": store_name,
        "start_date": iso(start) if start else None,
        "channel_ids": sorted(set(channel_ids)),
    }


def widened(bookmark: dict[str, Any], now: dict[str, Any]) -> str | None:
    """Tell which setting asks for more than the bookmark covers, if one does.

    Args:
        bookmark: a stream's bookmark; one of an older version does not say what it was
            read with, and is taken as it is.
        now: what `read_with` says of the settings of this run.

    Returns:
        The setting's name. Rows from before the bookmark are missing then.
    """
    for name in _WHERE:
        if bookmark.get(name) and bookmark[name] != now[name]:
            return name
    since, channels = bookmark.get("start_date"), bookmark.get("channel_ids")
    if since and (now["start_date"] is None or now["start_date"] < since):
        return "start_date"
    if channels and (not now["channel_ids"] or set(now["channel_ids"]) - set(channels)):
        return "channel_ids"
    return None


def lower_bound(
    stream: str,
    bookmark: str | None,
    *,
    start: datetime | None,
    lookback_seconds: int,
    now: datetime,
) -> datetime:
    """Tell from which date on a stream is read.

    Args:
        stream: its name, for messages.
        bookmark: its bookmark; None for a stream that was never read.
        start: `start_date`, if set.
        lookback_seconds: how far before the bookmark to start.
        now: the store's clock.

    Raises:
        StateError: the bookmark lies in the future, so that rows up to it would be lost.
    """
    earliest = max(start or BEGINNING, BEGINNING).replace(microsecond=0)
    if bookmark is None:
        return earliest
    read = max(moment(bookmark), BEGINNING)
    if read > now + _CLOCKS_MAY_DIFFER:
        raise StateError(
            f"The bookmark of {stream} in the STATE lies in the future, and everything until then "
            "would be missed. Mend it, or take it out to read the stream from `start_date`."
        )
    return max(earliest, min(read, now) - timedelta(seconds=lookback_seconds))


def upper_bound(now: datetime, idle_minutes: int, end: datetime | None) -> datetime:
    """Tell up to which date, included, a stream is read.

    Args:
        now: the store's clock.
        idle_minutes: how long a row must have been left alone.
        end: `end_date`, itself not included.
    """
    upper = now - timedelta(minutes=idle_minutes)
    if end is None:
        return upper
    last = max(end, BEGINNING).replace(microsecond=0)
    if last >= end:
        last -= timedelta(seconds=1)
    return min(upper, last)
