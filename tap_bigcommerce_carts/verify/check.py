"""Checks one store: asks it again, and compares what it lists with the warehouse's rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_bigcommerce_carts.errors import (
    OutOfReachError,
    SettingsError,
    StoreError,
    UnverifiedError,
    WarehouseError,
)
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tap_bigcommerce_carts.verify.findings import Check, Checked, Mode
from tap_bigcommerce_carts.verify.inbox.log import EVENTS
from tap_bigcommerce_carts.verify.inbox.streams import check_inbox
from tap_bigcommerce_carts.verify.keys.loaded import Loaded, ours_alone
from tap_bigcommerce_carts.verify.keys.side_by_side import (
    CARTS,
    CUSTOMERS,
    NEVER_READ,
    ORDERS,
    SideBySide,
    Stream,
)
from tap_bigcommerce_carts.verify.keys.store_side import Reach
from tap_bigcommerce_carts.verify.lines.again import line_reader
from tap_bigcommerce_carts.verify.lines.of_carts import check_lines
from tap_bigcommerce_carts.verify.state import Bookmark, bookmarks_in, positions_in, streams_in
from tap_bigcommerce_carts.verify.window import cut_off, settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.stream import StoreStream
    from tap_bigcommerce_carts.verify.state import Position
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

# Called with a stream and the share of its dates, 0 to 1, that has been read.
OnProgress: TypeAlias = Callable[[str, float], None]

LINES = "abandoned_cart_line_items"
_KEYED = (ORDERS, CARTS, CUSTOMERS)
# The streams of the inbox, and what they are dated by.
_INBOX = {
    "carts": "date_modified",
    "cart_line_items": "cart_date_modified",
    EVENTS: "happened_at",
}
_DATED = (*_KEYED, LINES)
# Every stream that can be checked.
CHECKABLE = (*_DATED, *_INBOX)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be checked.

    Attributes:
        mode: how thoroughly.
        streams: their names; None: those that the STATE has a bookmark of, or without a STATE
            all that are selected by default, and those of the inbox if there is one.
        start: the first date; None: 30 days before the last.
        end: the date before which to end; None: as far as is settled.
        state: the last STATE of the load, as the tap wrote it or as Meltano gives it.
    """

    mode: Mode = Mode.KEYS
    streams: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None
    state: Mapping[str, Any] | None = None


def check_store(
    run: Run,
    warehouse: Warehouse,
    asked: Asked,
    on_progress: OnProgress = lambda _stream, _share: None,
) -> Check:
    """Compare a store with its rows in a warehouse.

    Args:
        run: settings and store; nothing is written.
        warehouse: what was loaded.
        asked: what is to be checked.
        on_progress: told how far the store's lists were read.

    Raises:
        OutOfReachError: the store cannot be asked at all.
        StateError: the STATE is none.
        WarehouseError: the warehouse cannot be read.

    Returns:
        What was found of each stream. One that cannot be checked says why, and the others go on.
    """
    return _Checks(run, warehouse, asked, on_progress).made()


class _Checks:
    """The checks of one store."""

    def __init__(
        self, run: Run, warehouse: Warehouse, asked: Asked, on_progress: OnProgress
    ) -> None:
        self._run = run
        self._warehouse = warehouse
        self._asked = asked
        self._on_progress = on_progress
        self._is_bigcommerce = run.settings.source is Source.BIGCOMMERCE
        if self._is_bigcommerce:
            run.bigcommerce.learn_time()
        self._now = run.now
        self._found = {name: Checked(name) for name in self._chosen()}
        self._unchecked: list[str] = []
        self._left = self._left_out()
        self._bookmarks = bookmarks_in(asked.state, _DATED) if asked.state else {}

    def made(self) -> Check:
        """Make them all."""
        streams = [made for name in _KEYED if (made := self._prepared(name))]
        SideBySide(self._run, self._on_progress, self._each_by_itself).compare(streams)
        if LINES in self._found:
            self._check_lines()
        if inbox := [each for each in _INBOX if each in self._found]:
            self._check_inbox(inbox)
        found = (*self._found.values(), *self._left)
        has_state = self._asked.state is not None
        store, mode = self._run.store_name, self._asked.mode
        return Check(store, mode, self._now, found, has_state, tuple(self._unchecked))

    # What is asked for

    def _chosen(self) -> list[str]:
        """Return the streams to look at.

        Raises:
            SettingsError: one is asked for that cannot be checked.
        """
        settings, asked = self._run.settings, self._asked
        offered = _declared(STREAMS[settings.source])
        if settings.inbox_url:
            offered |= _declared(INBOX_STREAMS)
        known = [each for each in (*_KEYED, LINES, *_INBOX) if each in offered]
        if asked.streams is None:
            loaded = known if asked.state is None else streams_in(asked.state)
            return [each for each in known if each in loaded]
        if strange := [each for each in asked.streams if each not in known]:
            raise SettingsError(
                f"{', '.join(strange)} cannot be checked; of this store there are "
                f"{', '.join(known)}."
            )
        return [each for each in known if each in asked.streams]

    def _left_out(self) -> list[Checked]:
        """Say which streams of the STATE cannot be looked at with these settings."""
        if self._asked.streams is not None or self._asked.state is None:
            return []
        # What was read before from elsewhere is not this load's.
        here = {"source": self._run.settings.source, "store": self._run.store_name}
        made = streams_in(self._asked.state, **here)
        loaded = [each for each in made if each not in self._found]
        inbox = [each for each in loaded if each in _INBOX]
        others = chain.from_iterable(map(_declared, STREAMS.values()))
        self._unchecked = sorted(set(others).intersection(loaded))
        why = "The STATE has a bookmark of it, and without `inbox_url` it cannot be checked."
        return [Checked(each, unverified=[why]) for each in inbox]

    @contextmanager
    def _each_by_itself(self, *streams: str) -> Iterator[None]:
        """Let what cannot be read make some streams unverified; the others go on."""
        try:
            yield
        except OutOfReachError:
            raise
        except (StoreError, SettingsError, UnverifiedError, WarehouseError) as error:
            why = str(error)
        except sqlite3.Error as error:
            why = (
                f"The temporary file of the comparison cannot be written ({error}): make room in "
                "the folder of temporary files, or name another with SQLITE_TMPDIR."
            )
        else:
            return
        for name in streams:
            self._found[name].unverified.append(why)

    def _prepared(self, name: str) -> Stream | None:
        """Find a stream's table, and which of its dates are settled."""
        if name not in self._found:
            return None
        checked = self._found[name]
        with self._each_by_itself(name):
            mapped = self._mapped(name)
            rows = Loaded(
                self._table(mapped, name), self._run.store_name, self._run.settings.source, mapped
            )
            bookmark = self._bookmark(name, checked, rows.newest)
            checked.window = self._settled({name: bookmark.reached}, checked)
            reach = Reach(bookmark.channels, mapped)
            return Stream(checked, checked.window, rows, bookmark, reach)
        return None

    def _mapped(self, name: str) -> MappedTable:
        declared = _declared(STREAMS[self._run.settings.source] + INBOX_STREAMS)[name]
        return MappedTable(self._run.config, name, declared.fields, vars(declared)["primary_keys"])

    def _table(self, mapped: MappedTable, name: str) -> Table:
        if not mapped.is_written:
            raise UnverifiedError(f"`stream_maps` leaves out {name}, so that it has no table.")
        table = self._warehouse.table(name, named=mapped.name)
        if table is None:
            raise UnverifiedError(f"The warehouse has no table {mapped.name}.")
        return table

    def _settled(self, reached: Mapping[str, datetime], checked: Checked) -> Window:
        window = settled(self._run.settings, reached, self._now, self._asked)
        checked.notes += cut_off(self._run.settings, self._asked, window)
        return window

    def _bookmark(
        self, name: str, checked: Checked, newest: Callable[[], datetime | None]
    ) -> Bookmark:
        """Return up to where a stream was read; without a STATE, the date of its newest row."""
        if self._asked.state is None:
            reached = newest()
            if reached is None:
                raise UnverifiedError(
                    f"The table of {name} has no row of the store {self._run.store_name}, and "
                    "without a STATE it is not known up to when it was loaded."
                )
            checked.notes.append(
                "Without a STATE the newest row stands in for the bookmark: rows that were lost "
                "after it are not seen."
            )
            return Bookmark(reached)
        bookmark = self._bookmarks.get(name)
        if bookmark is None and self._bookmarks and name in streams_in(self._asked.state):
            if name == CUSTOMERS and self._is_bigcommerce and self._has_customers():
                raise UnverifiedError(NEVER_READ.format(name))
            # If it was read, and had no row, then as far as the others came.
            reached = max(each.reached for each in self._bookmarks.values())
            return Bookmark(reached, is_known=False)
        if bookmark is None:
            raise UnverifiedError(f"The STATE has no bookmark of {name}: nothing of it is settled.")
        if bookmark.source not in {None, self._run.settings.source} or bookmark.store not in {
            None,
            self._run.store_name,
        }:
            raise UnverifiedError(f"The STATE's bookmark of {name} is of another store.")
        return bookmark

    def _has_customers(self) -> bool:
        return self._run.bigcommerce.customer_list.newest() is not None

    def _check_lines(self) -> None:
        """Check the lines of abandoned carts."""
        checked = self._found[LINES]
        with self._each_by_itself(LINES):
            maps = {name: self._mapped(name) for name in (CARTS, LINES)}
            columns = {CARTS: "date_modified", LINES: "cart_date_modified"}
            tables = {name: self._table(of, name) for name, of in maps.items()}
            ours = {CARTS: ours_alone(tables[CARTS], self._run.settings.source), LINES: ()}
            reached = {
                name: self._bookmark(
                    name,
                    checked,
                    partial(tables[name].newest, self._run.store_name, columns[name], *ours[name]),
                ).reached
                for name in maps
            }
            sample = line_reader(self._run) if self._asked.mode is Mode.DEEP else None
            window = self._settled(reached, checked)
            found = check_lines(
                self._warehouse,
                self._run.store_name,
                window,
                sample,
                maps,
                source=self._run.settings.source,
            )
            found.notes[:0] = checked.notes
            self._found[LINES] = found

    def _check_inbox(self, names: list[str]) -> None:
        """Check streams of the inbox; carts and their lines for the same dates."""
        state = self._asked.state
        reached, positions = {}, positions_in(state, _INBOX) if state else {}
        for name in names:
            with self._each_by_itself(name):
                reached[name] = self._told_at(name, positions)
        windows = {}
        for name in reached:
            with self._each_by_itself(name):
                together = {name} if name == EVENTS else reached.keys() - {EVENTS}
                of = {each: reached[each] for each in together}
                windows[name] = self._settled(of, self._found[name])
        with self._each_by_itself(*windows):
            if not windows:
                return
            maps = {name: self._mapped(name) for name in _INBOX}
            for found in check_inbox(self._warehouse, self._run, windows, maps, positions):
                found.notes[:0] = self._found[found.stream].notes
                self._found[found.stream] = found

    def _told_at(self, name: str, positions: Mapping[str, Position]) -> datetime:
        """Return the moment for which a stream was read from the inbox."""
        if self._asked.state is None:
            newest = partial(
                self._table(self._mapped(name), name).newest, self._run.store_name, _INBOX[name]
            )
            return self._bookmark(name, self._found[name], newest).reached
        position = positions.get(name)
        if position is None or position.told_at is None:
            raise UnverifiedError(f"The STATE has no bookmark of {name}: nothing of it is settled.")
        if name == EVENTS:
            # Earlier versions of the tap did not move it on: the events are there that carts were
            # read by.
            return max(
                each.told_at
                for each in positions.values()
                if each.told_at
                and each.inbox == position.inbox
                and each.sequence <= position.sequence
            )
        return position.told_at


def _declared(streams: tuple[type[StoreStream], ...]) -> dict[str, type[StoreStream]]:
    """Return streams by their names."""
    return {str(vars(stream)["name"]): stream for stream in streams}
