"""What a STATE says of the tables: up to where each stream was read, and with which settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import StateError
from tap_bigcommerce_carts.rows.values import moment
from tap_bigcommerce_carts.singer.state import INBOX, PASSED_BY, SEQUENCE, TOLD_AT, checked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

# Meltano keeps a tap's STATE inside its own.
_INSIDE = "singer_state"


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a stream was read by date of change.

    Attributes:
        reached: rows up to here are in the warehouse, but for a look-back that is read again.
        start: the `start_date` it was read with; None: all history, or not known.
        channels: the `channel_ids` it was read with; empty: all, or not known.
        passed_by: ids of rows without a readable date that were skipped.
        source: the setting it was read with; None: not known.
        store: the column `store` it was read for; None: not known.
        is_known: whether it has a date; else the stream had no row, or was never read to its end.
    """

    reached: datetime
    start: datetime | None = None
    channels: frozenset[int] = frozenset()
    passed_by: tuple[int | str, ...] = ()
    source: str | None = None
    store: str | None = None
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream was read from the cart inbox.

    Attributes:
        sequence: all that was told up to this event is in the warehouse.
        told_at: the moment for which carts were read; None: not known.
        inbox: the inbox's own name; None: not known.
    """

    sequence: int
    told_at: datetime | None = None
    inbox: str | None = None


def streams_in(state: Mapping[str, Any], *, source: str = "", store: str = "") -> tuple[str, ...]:
    """Return the streams that a STATE has a bookmark of.

    Args:
        state: as for `bookmarks_in`.
        source: leaves out bookmarks that say that they were made with another setting `source`.
        store: leaves out those that say that they are of another store.

    Raises:
        StateError: it is no STATE.
    """
    bookmarks = _singer(state).get("bookmarks", {})
    if not isinstance(bookmarks, dict):
        return ()
    wanted = {"source": source, "store_name": store}
    return tuple(
        stream
        for stream, entry in bookmarks.items()
        if not isinstance(entry, dict)
        or all(entry.get(name, value) == value for name, value in wanted.items() if value)
    )


def bookmarks_in(state: Mapping[str, Any], streams: Collection[str]) -> dict[str, Bookmark]:
    """Return the bookmarks of streams that are read by date; others have none here.

    Args:
        state: a tap's last STATE, or what `meltano state get` writes.
        streams: the streams' names.

    Raises:
        StateError: it is no STATE, or a bookmark is no date.
    """
    found: dict[str, dict[str, Any]] = checked(_singer(state), streams)["bookmarks"]
    return {
        stream: _bookmark(entry)
        for stream, entry in found.items()
        if stream in streams
        and isinstance(entry.get("replication_key_value"), str)
        and entry.get("replication_key") != SEQUENCE
    }


def positions_in(state: Mapping[str, Any], streams: Collection[str]) -> dict[str, Position]:
    """Return how far those of some streams were read that are read from the inbox.

    Args:
        state: as for `bookmarks_in`.
        streams: the streams' names.

    Raises:
        StateError: it is no STATE, or a bookmark is none.
    """
    found: dict[str, dict[str, Any]] = checked(_singer(state), streams)["bookmarks"]
    return {
        stream: Position(entry[SEQUENCE], moment(told_at) if told_at else None, entry.get(INBOX))
        for stream, entry in found.items()
        if stream in streams and SEQUENCE in entry
        for told_at in (entry.get(TOLD_AT),)
    }


def _singer(state: Mapping[str, Any]) -> dict[str, Any]:
    inside = state.get(_INSIDE, state)
    if not isinstance(inside, dict):
        raise StateError(f"The STATE's `{_INSIDE}` is not an object. Give the last STATE of a run.")
    return inside


def _bookmark(entry: dict[str, Any]) -> Bookmark:
    start: str | None = entry.get("start_date")
    return Bookmark(
        reached=moment(entry["replication_key_value"]),
        start=moment(start) if start else None,
        channels=frozenset(entry.get("channel_ids", ())),
        passed_by=tuple(entry.get(PASSED_BY, ())),
        source=entry.get("source"),
        store=entry.get("store_name"),
    )
