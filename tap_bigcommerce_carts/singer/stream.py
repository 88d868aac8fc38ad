"""What all streams share: where they start and end, how the bookmark moves, what is told."""

from __future__ import annotations

import logging
import sys
from abc import abstractmethod
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from singer_sdk import Stream
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers._catalog import pop_deselected_record_properties
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import REPLICATION_INCREMENTAL

from tap_bigcommerce_carts.errors import (
    OutOfReachError,
    PassedByError,
    SettingsError,
    StateError,
    StoreError,
)
from tap_bigcommerce_carts.model import BEGINNING, NOT_YET_TOLD, Window
from tap_bigcommerce_carts.rows.builder import RowBuilder, as_dict
from tap_bigcommerce_carts.rows.fields import Field, schema_of
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.batch_files import BatchFiles
from tap_bigcommerce_carts.singer.bookmarks import (
    PASSED_BY,
    lower_bound,
    read_with,
    upper_bound,
    widened,
)
from tap_bigcommerce_carts.singer.progress import Named, Watch, rows, said_meanwhile

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.mapper import StreamMap

    from tap_bigcommerce_carts.api2cart.store import Api2CartStore
    from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.rows.personal_data import Personal
    from tap_bigcommerce_carts.settings.checks import Settings
    from tap_bigcommerce_carts.singer.progress import Cost
    from tap_bigcommerce_carts.singer.writer import Writer


# What ends a stream, and no other. The sentence is the error's own.
_ENDS_A_STREAM = (MapExpressionError, StateError, StoreError)
# ("properties", column): what is longer lies inside a column.
_COLUMN_BREADCRUMB = 2


# Reasons that are told in full, and ids.
_MOST_TOLD = 5
# Ids of rows passed by that the STATE notes.
_MOST_NOTED = 1_000


class Passable(Protocol):
    """Something of a page that may lack what it needs to be kept."""

    @property
    def id(self) -> Any:
        """What it is known by."""

    @property
    def modified(self) -> datetime:
        """When it last changed."""

    @property
    def problem(self) -> str | None:
        """Why it cannot be kept, if so."""

    @property
    def dated(self) -> bool:
        """Whether it can be asked for again by its date."""


T = TypeVar("T", bound=Passable)


class Run(Protocol):
    """What a run shares between its streams."""

    @property
    def settings(self) -> Settings:
        """The settings, checked and parsed."""

    @property
    def bigcommerce(self) -> BigCommerceStore:
        """The store that is read, if it is BigCommerce's."""

    @property
    def api2cart(self) -> Api2CartStore:
        """The store that is read, if it is read through API2Cart."""

    @property
    def inbox(self) -> CartLog:
        """The cart inbox, for streams that come from it."""

    @property
    def store_name(self) -> str:
        """Value of the column `store`."""

    @property
    def now(self) -> datetime:
        """The platform's clock at its first answer; `NOT_YET_TOLD` before that."""

    @property
    def cost(self) -> Cost:
        """What was asked of the store so far."""

    @property
    def treat(self) -> Callable[[Any, Personal], Any] | None:
        """What happens to a personal value; None if it is kept."""

    def leave_out(self, streams: list[str], error: Exception) -> None:
        """Note that some streams could not be read to their end."""


class StoreStream(Stream):
    """A stream read from a store.

    A subclass says its name, fields and keys, and yields rows in `read`.
    """

    fields: ClassVar[tuple[Field, ...]]
    # Whether rows come in order of date, so that each moves the bookmark. Else it is moved by
    # `settle`, when all rows up to a date are there.
    in_order: ClassVar[bool] = True
    # Rows come out of the row builder with the schema's columns and types.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    # Rows between two STATE messages: what a killed run may have to read again.
    STATE_MSG_FREQUENCY = 2_500

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, schema=schema_of(self.fields))
        self.run = run
        # Whether something ended it before its end.
        self.failed = False
        # Rows of this run.
        self.count = 0
        self._furthest = ""
        # The stream's own logger, whatever the SDK puts around it.
        tap.logger.getChild(self.name).addFilter(Named(self.name))
        # Rows for the next BATCH file.
        self._waiting: list[Any] = []
        # The date that the bookmark must not pass, if there is one.
        self.held: str | None = None
        # What was passed by, and why, by what it is known by.
        self.passed: dict[Any, str] = {}

    @abstractmethod
    def read(self) -> Iterable[list[Row]]:
        """Yield the stream's rows in pages; oldest change first if they are `in_order`."""

    @cached_property
    def rows(self) -> RowBuilder:
        """The stream's row builder."""
        return self.row_builder({"store": self.run.store_name})

    def row_builder(self, constants: dict[str, Any]) -> RowBuilder:
        """Make the row builder; `constants` are the same in all rows."""
        return RowBuilder(self.fields, self.run.treat, constants)

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """Guard the use of a stream map: what a user wrote in it may not fit the row.

        Raises:
            MapExpressionError: names the stream; never holds a value of the row.
        """
        try:
            yield
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            raise MapExpressionError(
                f"A stream map of {self.name} does not fit a row ({type(error).__name__}). Amounts "
                "are exact decimals: write `float(total_inc_tax) * 1.5`."
            ) from None

    def _mapped(self, stream_map: StreamMap, record: Record) -> Record | None:
        """Apply a stream map."""
        with self._fitting():
            mapped = stream_map.transform(record)
        if mapped is None or not stream_map.flattening_enabled:
            return mapped
        # An object that is null has no properties to flatten; its columns are null.
        return {name: mapped.get(name) for name in stream_map.transformed_schema["properties"]}

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for page in self._pages():
            yield from map(as_dict, page)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        """Write by the page what the SDK writes row by row."""
        if write_messages:
            with self.told(), self.alone():
                self.tell_start()
                self._write_pages(context)
        else:
            yield from self._records_for_files()

    def _write_pages(self, context: Context | None) -> None:
        """Write what is read, counted and timed as the SDK does it."""
        with self.get_record_counter() as counter, self.get_sync_timer() as timer:
            counter.with_context(context)
            timer.with_context(context)
            for written in self._write_read():
                counter.increment(written)

    def _write_read(self) -> Iterator[int]:
        """Write what is read; yields how many rows a page had."""
        written, told, most = 0, 0, self.ABORT_AT_RECORD_COUNT
        for page in self._pages():
            self._check_max_record_limit(current_record_index=written)
            some = page[: None if most is None else most - written]
            if self.selected:
                self._write_page(some)
                self.count += len(some)
                yield len(some)
            written += len(some)
            if written - told >= self.STATE_MSG_FREQUENCY:
                self._write_state_message()
                told = written
        self._write_state_message()

    def _write_page(self, page: list[Row]) -> None:
        """Write the rows of a page, and remember how far they reach."""
        records = self._selected(page)
        for name, stream_map in self._outputs:
            mapped = records
            if stream_map:
                candidates = (self._mapped(stream_map, record) for record in records)
                mapped = [record for record in candidates if record is not None]
            self._writer.write_records(name, mapped, self._stream_version)
        if page:
            # Rows come in order of date.
            self._reach(page[-1])
        self.state_manager.is_flushed = False

    def _records_for_files(self) -> Generator[Any, Any, Any]:
        """Yield what BATCH files hold, dicts or rows: the same as RECORD messages would."""
        [(_, stream_map), *others] = self._outputs
        yielded = 0
        if others:
            raise MapExpressionError(
                f"A stream map copies {self.name}, which cannot be had together with "
                "`batch_config`. Take one of them out."
            )
        for page in self._pages():
            for row, record in zip(page, self._selected(page), strict=True):
                self._check_max_record_limit(current_record_index=yielded)
                yielded += 1
                # What a file holds is told of before the next row is asked for.
                self._reach(row)
                mapped = self._mapped(stream_map, record) if stream_map else record
                if mapped is not None:
                    self.count += self.selected
                    yield mapped

    def _selected(self, page: list[Row]) -> list[Any]:
        """Leave out what is deselected; gives dicts if that or a stream map needs them.

        The rows have the schema's columns and types: without either, the SDK's walk over
        every value would find nothing to do.
        """
        if not (self._left_out or self._picks_inside or any(each for _, each in self._outputs)):
            return page
        records = [self.post_process(as_dict(row)) for row in page]
        for record in records if self._picks_inside else ():
            pop_deselected_record_properties(record, self.schema, self.mask)
        return records

    def _reach(self, row: Row) -> None:
        """Remember how far the rows reach; the bookmark follows when they are written."""
        if self.in_order and self.replication_key:
            self._furthest = max(self._furthest, getattr(row, self.replication_key))

    @property
    def _writer(self) -> Writer:
        return cast("Writer", self._tap.message_writer)

    def passes(self, row: Row) -> bool:
        """Tell whether a row is kept by the stream's map, if it has one."""
        stream_map = self.stream_maps[0]
        if isinstance(stream_map, SameRecordTransform):
            return True
        with self._fitting():
            return bool(stream_map.get_filter_result(as_dict(row)))

    def _pages(self) -> Iterator[list[Row]]:
        """Read the stream as long as somebody takes its rows, and tell what was lost."""
        ended = True
        try:
            for page in self.read():
                yield page
                if not self.readers:
                    return
            ended = False
        finally:
            if self.parent_stream_type is None:
                self.tell_losses()
                self._tell_passed(ended=ended)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let what goes wrong end this stream, and those it feeds, but no other.

        Raises:
            OutOfReachError: all streams would end alike.
        """
        try:
            yield
        except _ENDS_A_STREAM as error:
            # What was read so far need not be read again.
            self._write_state_message()
            if isinstance(error, OutOfReachError):
                raise
            ended, self.failed = self.readers, True
            # For who feeds it: what it covers is not written whole from here on.
            self.hold_at(self._furthest or iso(BEGINNING))
            self.run.leave_out([stream.name for stream in ended], error)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say meanwhile how far this stream is, and those it feeds; at the end what it took."""
        if self.parent_stream_type:
            yield
            return
        watch = Watch(lambda: self.run.cost)

        def say() -> None:
            for stream in self.readers:
                stream.tell_progress(watch)

        try:
            with said_meanwhile(say):
                yield
        finally:
            for stream in self._family:
                if stream.selected:
                    stream.tell_end(watch)

    def tell_start(self) -> None:
        """Say what is read."""
        if self.selected:
            self.log("%s: reading %s.", self.name, self.span())

    def tell_progress(self, watch: Watch) -> None:
        """Say how far this stream is."""
        reached = self.reached_so_far or "no date yet"
        self.log(
            "%s: %s up to %s so far, %s.", self.name, rows(self.count), reached, watch.so_far()
        )

    def tell_end(self, watch: Watch) -> None:
        """Say how many rows there were, what they took, and where the next run goes on."""
        bookmark = self.stream_state.get("replication_key_value")
        self.log(
            "%s: %s, %s, bookmark %s.",
            self.name,
            rows(self.count),
            watch.so_far(),
            bookmark or "none",
        )

    @property
    def idle_minutes(self) -> int:
        """How long a row must have been left alone to be read."""
        return 0

    def span(self) -> str:
        """Say in words which dates are read."""
        if self.replication_key is None:
            return "all of it"
        lower, upper = self.lower_bound(), self._upper_bound()
        start = "the beginning" if lower == BEGINNING else iso(lower)
        if upper < NOT_YET_TOLD - timedelta(days=1):
            return f"what changed from {start} to {iso(upper)}"
        # The store's clock is not known before its first answer.
        end = f"{self.idle_minutes} minutes ago" if self.idle_minutes else "now"
        return f"what changed from {start} to {end}"

    @property
    def reached_so_far(self) -> str:
        """How far the rows reach."""
        return self._furthest

    @property
    def readers(self) -> list[StoreStream]:
        """This stream and those it feeds, as far as they were asked for and are still read."""
        return [stream for stream in self._family if stream.selected and not stream.failed]

    @property
    def _family(self) -> list[StoreStream]:
        return [self, *(each for each in self.child_streams if isinstance(each, StoreStream))]

    def readable(self, page: list[T]) -> list[T]:
        """Leave out of a page what cannot be kept; what has no date is noted in the STATE."""
        for each in page:
            if each.problem:
                self.pass_by(each.id, each.problem, iso(each.modified))
        self._note_undated(page)
        return [each for each in page if not each.problem]

    def _note_undated(self, page: list[T]) -> None:
        """Note what has no date: the store may not give it again when it is asked for by date."""
        noted, undated = self.noted, [each.id for each in page if not each.dated]
        if self.replication_method != REPLICATION_INCREMENTAL or not (noted or undated):
            return
        met = {each.id for each in page if not each.problem} | set(undated)
        kept = [each for each in noted if each not in met] + undated
        self.stream_state[PASSED_BY] = kept[:_MOST_NOTED]

    @property
    def noted(self) -> list[Any]:
        """Ids of rows without a date that were passed by, as the STATE notes them."""
        ids: list[Any] = self.stream_state.get(PASSED_BY, [])
        return ids

    def pass_by(self, which: Any, problem: str, date: str) -> None:
        """Go on without something that cannot be kept.

        It is told at the end, and no bookmark passes it, so that a later run tries again.

        Args:
            which: what it is known by; the same is counted once.
            problem: why, in words; names it if it can be named.
            date: when it last changed, or some date before.
        """
        self.passed[which] = problem
        for stream in self.readers:
            stream.hold_at(date)

    def hold_at(self, date: str) -> None:
        """Let the bookmark not pass a date in this run."""
        self.held = min(self.held or date, date)

    def _tell_passed(self, *, ended: bool) -> None:
        """Say what was passed by, of this stream and of those it feeds.

        Args:
            ended: whether something ended this stream before its end.
        """
        for stream in self._family:
            names = [each.name for each in stream.readers] or [stream.name]
            whole = not (ended or stream.failed)
            if stream.passed:
                self.run.leave_out(names, PassedByError(_passed_by(stream.passed, whole=whole)))
            unread = [each for each in stream.noted if each not in stream.passed]
            if unread and whole and stream.replication_method == REPLICATION_INCREMENTAL:
                self.run.leave_out(names, PassedByError(_still_unread(unread)))

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        for column in self._left_out:
            del row[column]
        return row

    @cached_property
    def _left_out(self) -> frozenset[str]:
        """Columns that are deselected, or unknown to the catalog given, as to an older one."""
        known = self.effective_schema.get("properties", {})
        return frozenset(
            column.name
            for column in self.fields
            if column.name not in known or not self.mask[("properties", column.name)]
        )

    @cached_property
    def _picks_inside(self) -> bool:
        """Whether the catalog deselects a property inside an object."""
        return any(
            not chosen and len(breadcrumb) > _COLUMN_BREADCRUMB
            for breadcrumb, chosen in self.mask.items()
        )

    @cached_property
    def _outputs(self) -> list[tuple[str, StreamMap | None]]:
        """Names rows are written under, each with its map; None to take rows as they are."""
        return [
            (
                each.stream_alias,
                None
                if isinstance(each, SameRecordTransform) and not each.flattening_enabled
                else each,
            )
            for each in self.stream_maps
        ]

    def tell_losses(self) -> None:
        """Log how many values of this stream and its children could not be read."""
        for stream in (self, *self.child_streams):
            # A stream that got no further than its start has built none.
            if isinstance(stream, StoreStream) and "rows" in vars(stream):
                stream.rows.tell_losses(stream.name, stream.logger)

    def lower_bound(self) -> datetime:
        """Tell from which date on this stream has to be read."""
        bookmark = None
        settings = self.run.settings
        if settings.start and settings.start > self.run.now:
            raise SettingsError("`start_date` lies in the future: nothing was modified since.")
        if self.replication_method == REPLICATION_INCREMENTAL:
            bookmark = self._bookmark()
        return lower_bound(
            self.name,
            bookmark,
            start=settings.start,
            lookback_seconds=settings.lookback_seconds,
            now=self.run.now,
        )

    def _bookmark(self) -> str | None:
        """Take up the bookmark, unless the settings now ask for more than it covers."""
        state, settings = self.stream_state, self.run.settings
        source, store = str(settings.source), self.run.store_name
        now = read_with(source, store, settings.start, settings.channel_ids)
        if setting := widened(state, now):
            self.logger.warning(
                "Stream %s is read again from `start_date`: its bookmark was made with another "
                "`%s`, and does not cover what is asked for now.",
                self.name,
                setting,
            )
            state.pop("replication_key_value", None)
            state.pop(PASSED_BY, None)
        state.update(now)
        bookmark: str | None = state.get("replication_key_value")
        if bookmark is None:
            return None
        if state.setdefault("replication_key", self.replication_key) != self.replication_key:
            raise StateError(
                f"The bookmark of {self.name} in the STATE is not of `{self.replication_key}`. "
                "Take it out to read the stream from `start_date`."
            )
        return bookmark

    def window(self) -> Window:
        """Tell which dates this run reads."""
        upper = self._upper_bound()
        return Window(self.lower_bound(), upper)

    def _upper_bound(self) -> datetime:
        return upper_bound(self.run.now, self.idle_minutes, self.run.settings.end)

    def settle(self, date: datetime) -> None:
        """Move the bookmark up: all rows up to this date are written, or not asked for."""
        self._furthest = max(self._furthest, iso(date))

    @property
    @override
    def is_sorted(self) -> bool:
        # The bookmark is this class's own matter; the SDK need not hold it back.
        return True

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        # The upper end of the window is in every request; no bookmark can pass it.
        return None

    @cached_property
    def _in_batches(self) -> bool:
        return self.get_batch_config(self.config) is not None

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        with self.told(), self.alone():
            self.tell_start()
            try:
                for record in self._records_for_files():
                    if self.selected:
                        self._waiting.append(record)
                    if len(self._waiting) >= batch_config.batch_size:
                        self.write_file()
                        self._write_state_message()
            except StoreError:
                # What was read so far need not be read again.
                self.write_file()
                raise
            self._end_file()

    def _end_file(self) -> None:
        """Write what is left for a last file, since all was read."""
        self.write_file()
        self._write_state_message()

    def write_file(self) -> None:
        """Write what waits into a BATCH file, and tell of it; then the bookmark moves up.

        Raises:
            OutputError: the file cannot be written.
        """
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            address = self._files.write(waiting)
            self._write_batch_message(self._files.config.encoding, [address])
        self._move_bookmark()
        self.state_manager.is_flushed = False

    @cached_property
    def _files(self) -> BatchFiles:
        return BatchFiles(f"{self.tap_name}--{self.name}", self.config["batch_config"])

    @override
    def _write_state_message(self) -> None:
        if not self._in_batches:
            # Else rows may be in a file nobody has been told of yet.
            self._move_bookmark()
        super()._write_state_message()

    def _move_bookmark(self) -> None:
        """Move the bookmark up; rows of the look-back, older than it, do not move it down."""
        state = self.stream_state
        if self.replication_method != REPLICATION_INCREMENTAL:
            return
        reached = min(self._furthest, self.held or self._furthest)
        if reached > state.get("replication_key_value", ""):
            state["replication_key"] = self.replication_key
            state["replication_key_value"] = reached

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        # The SDK announces an error before it raises it. The command says it, once.
        super().log(
            message, *args, level=logging.DEBUG if level >= logging.ERROR else level, **kwargs
        )


def _still_unread(ids: list[Any]) -> str:
    """Say which rows were passed by in earlier runs and did not come since."""
    told = ", ".join(map(str, ids[:_MOST_TOLD]))
    more = f" and {len(ids) - _MOST_TOLD} more" if len(ids) > _MOST_TOLD else ""
    return (
        f"{len(ids)} passed by in an earlier run without a readable date, and not met since: "
        f"{told}{more}. They are read once they have one; a full refresh forgets them."
    )


def _passed_by(problems: dict[Any, str], *, whole: bool) -> str:
    """Say how many were passed by, and why; the same reason once. `whole`: all else was read."""
    reasons = Counter(problems.values())
    told = [
        reason.rstrip(".") + (f" ({times} times)" if times > 1 else "")
        for reason, times in reasons.most_common(_MOST_TOLD)
    ]
    if more := len(reasons) - len(told):
        told.append(f"and {more} more reasons")
    return (
        f"{len(problems)} passed by: {'; '.join(told)}. {'All else is read; the' * whole or 'The'} "
        "bookmark stays before them, so that the next run tries again."
    )
