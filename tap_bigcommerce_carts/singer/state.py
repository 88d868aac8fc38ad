"""The STATE given from outside: its bookmarks are checked, and brought into one form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import StateError
from tap_bigcommerce_carts.rows.values import iso, moment

if TYPE_CHECKING:
    from collections.abc import Collection

# What streams of the cart inbox note: which inbox it is, the last event that was read, and the
# moment for which all carts were read.
INBOX, SEQUENCE, TOLD_AT = "inbox", "sequence", "told_at"
# Ids of rows without a date that were skipped: the store may not list them again.
PASSED_BY = "passed_by"
# A date of one source or store says nothing of another.
WHERE = ("source", "store_name")
# How decimals were written: a loader may have begun a new column with the first of another kind.
DECIMALS = "decimals"


def checked(state: dict[str, Any], streams: Collection[str]) -> dict[str, Any]:
    """Check a STATE from outside and return it in the one form this tap writes.

    Dates may be written in any form a tap for BigCommerce has used (RFC-2822 too). Bookmarks
    of streams this tap does not know are passed on as they are: they may be needed again.

    Args:
        state: what was given, parsed.
        streams: names of the streams this tap offers now.

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
    key = bookmark.get("replication_key")
    # By an id a log is read. A date is not of a log: the stream itself tells what it should be of.
    if key == SEQUENCE or (key == "id" and not _is_date(value)):
        return _counted(stream, bookmark, value)
    try:
        text = iso(moment(value))
    except (TypeError, ValueError, OverflowError):
        raise StateError(
            f"The bookmark of {stream} in the STATE is not a date. Mend it (such as "
            "`2026-03-01T09:30:00Z`), or take it out to read the stream from `start_date`."
        ) from None
    kept = {"replication_key_value": text} | _read_with(bookmark) | _passed(bookmark)
    if key:
        kept["replication_key"] = str(key)
    return kept


def not_a_number(stream: str) -> StateError:
    """Return what is said of a bookmark that should be a whole number."""
    return StateError(
        f"The bookmark of {stream} in the STATE is not a whole number. Mend it, or take it out "
        "to read the stream from its beginning."
    )


def _counted(stream: str, bookmark: dict[str, Any], value: Any) -> dict[str, Any]:
    if type(value) is not int or value < 0:
        raise not_a_number(stream)
    key = bookmark["replication_key"]
    kept = {"replication_key": key, "replication_key_value": value} | _read_with(bookmark)
    return kept | ({SEQUENCE: value} if key == SEQUENCE else {})


def _passed(bookmark: dict[str, Any]) -> dict[str, Any]:
    """Return which rows were skipped, as far as the bookmark says so in the form used here."""
    ids = bookmark.get(PASSED_BY)
    if not isinstance(ids, list) or not all(type(each) in {int, str} for each in ids):
        return {}
    return {PASSED_BY: ids}


def _read_with(bookmark: dict[str, Any]) -> dict[str, Any]:
    """Return what a bookmark was read with, as far as it says so in the form used here."""
    start, channels = bookmark.get("start_date"), bookmark.get("channel_ids")
    taken: dict[str, Any] = {
        name: bookmark[name] for name in (*WHERE, DECIMALS) if isinstance(bookmark.get(name), str)
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
