"""How far a stream has come, by date: where a run begins and ends, and what the STATE covers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_bigcommerce_carts.errors import SettingsError, StateError
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.values import iso, moment
from tap_bigcommerce_carts.singer.state import DECIMALS, PASSED_BY, WHERE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from singer_sdk import Stream

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.pages import Settled

# A bookmark a little ahead of the store's clock can come of servers whose clocks differ.
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)
# What to know of amounts in tables that are there.
_NEW_COLUMNS = (
    " A loader that begins new columns for the new type leaves them empty in rows that the store "
    "has no more: see `decimals` in the documentation of loaders, or load into new tables."
)
# Ids of skipped rows that the STATE notes.
_MOST_NOTED = 1_000


class DateBookmark:
    """The bookmark of a stream that is read by date of change.

    Args:
        stream: whose bookmark it is; its entry in the STATE changes with `move`.
        run: settings, store and clock of the run.
        in_order: whether rows come in order of date, so that each of them moves the bookmark.

    Attributes:
        start: the date from which on this run reads.
        furthest: the latest date up to which all rows are written; "" if none is.
        held: the date that the bookmark must not pass in this run, if there is one.
    """

    def __init__(self, stream: Stream, run: Run, *, in_order: bool = True) -> None:
        self._stream = stream.name
        self._key = stream.replication_key
        self._logger = stream.logger
        self._run = run
        self._in_order = in_order
        self._is_incremental = stream.replication_method == REPLICATION_INCREMENTAL
        # A stream that is read whole has an entry that nobody sees.
        self._state: dict[str, Any] = stream.stream_state if self._is_incremental else {}
        self.start = BEGINNING
        self.furthest = ""
        self.held: str | None = None

    def begin(self) -> datetime:
        """Return the date from which on this run reads.

        Raises:
            SettingsError: `start_date` lies in the future.
            StateError: the bookmark lies in the future, or is of another key.
        """
        settings, now = self._run.settings, self._run.now
        if settings.start and settings.start > now:
            raise SettingsError("`start_date` lies in the future: nothing was modified since.")
        self.start = max(settings.start or BEGINNING, BEGINNING).replace(microsecond=0)
        if (bookmark := self._taken_up()) is not None:
            read = max(moment(bookmark), BEGINNING)
            if read > now + _CLOCKS_MAY_DIFFER:
                raise StateError(
                    f"The bookmark of {self._stream} in the STATE lies in the future, and "
                    "everything until then would be missed. Mend it, or take it out to read the "
                    "stream from `start_date`."
                )
            lookback = timedelta(seconds=settings.lookback_seconds)
            self.start = max(self.start, min(read, now) - lookback)
        return self.start

    def covers(self, document: Any) -> bool:
        """Whether a document is one that this stream reads: another may need older ones."""
        return bool(document.modified >= self.start)

    def reach(self, rows: Sequence[Row]) -> None:
        """Note that some rows are written; the bookmark follows with the next `move`."""
        if rows and self._in_order and self._key:
            self.furthest = max(self.furthest, getattr(rows[-1], self._key))

    def settle(self, settled: Settled) -> None:
        """Note that all rows up to a date are written."""
        if isinstance(settled, datetime):
            self.furthest = max(self.furthest, iso(settled))

    def hold(self, date: str) -> None:
        """Do not let the bookmark pass a date in this run."""
        self.held = min(self.held or date, date)

    def move(self) -> None:
        """Move the bookmark in the STATE up; rows of the look-back do not move it down."""
        reached = min(self.furthest, self.held or self.furthest)
        if reached > self._state.get("replication_key_value", ""):
            self._state["replication_key"] = self._key
            self._state["replication_key_value"] = reached

    @property
    def progress(self) -> str:
        """How far the rows reach, in words; empty if there are none yet."""
        return self.furthest

    @property
    def noted(self) -> list[Any]:
        """Ids of rows without a date that were skipped, as the STATE notes them."""
        ids: list[Any] = self._state.get(PASSED_BY, [])
        return ids

    def note_undated(self, undated: list[Any], read: Collection[Any]) -> None:
        """Note rows without a date: the store may not list them when it is asked by date.

        Args:
            undated: ids of those that were skipped.
            read: ids of the rows that could be read, which need not be noted any more.
        """
        noted = self.noted
        if noted or undated:
            kept = [each for each in noted if each not in read and each not in undated]
            self._state[PASSED_BY] = (kept + undated)[:_MOST_NOTED]

    def _taken_up(self) -> str | None:
        """Return the date in the STATE, unless the settings ask for more than it covers."""
        state, settings = self._state, self._run.settings
        # What the bookmark is read with stands beside it.
        now = {
            "source": str(settings.source),
            "store_name": self._run.store_name,
            "start_date": iso(settings.start) if settings.start else None,
            "channel_ids": sorted(set(settings.channel_ids)),
            DECIMALS: self._run.decimals,
        }
        if setting := widened(state, now):
            self._logger.warning(
                "Stream %s is read again from `start_date`: its bookmark was made with another "
                "`%s`, and does not cover what is asked for now.%s",
                self._stream,
                setting,
                _NEW_COLUMNS if setting == DECIMALS else "",
            )
            state.pop("replication_key_value", None)
            state.pop(PASSED_BY, None)
        state.update(now)
        bookmark: str | None = state.get("replication_key_value")
        if bookmark is None:
            return None
        if state.setdefault("replication_key", self._key) != self._key:
            raise StateError(
                f"The bookmark of {self._stream} in the STATE is not of `{self._key}`. "
                "Take it out to read the stream from `start_date`."
            )
        return bookmark


def widened(bookmark: dict[str, Any], now: dict[str, Any]) -> str | None:
    """Return the setting that asks for more than the bookmark covers, if one does.

    Args:
        bookmark: a stream's bookmark; one of an older version does not say what it was
            read with, and is taken as it is.
        now: what this run reads with.

    Returns:
        The setting's name. Rows from before the bookmark are missing then.
    """
    for name in WHERE:
        if bookmark.get(name) and bookmark[name] != now[name]:
            return name
    # Versions that did not note it wrote numbers.
    if "replication_key_value" in bookmark and bookmark.get(DECIMALS, "number") != now[DECIMALS]:
        return DECIMALS
    since, channels = bookmark.get("start_date"), bookmark.get("channel_ids")
    if since and (now["start_date"] is None or now["start_date"] < since):
        return "start_date"
    if channels and (not now["channel_ids"] or set(now["channel_ids"]) - set(channels)):
        return "channel_ids"
    return None


def upper_bound(now: datetime, idle_minutes: int, end: datetime | None) -> datetime:
    """Return the date up to which, included, a stream is read.

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
