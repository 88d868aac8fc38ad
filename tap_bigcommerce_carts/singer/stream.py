"""The base of all streams: what a page of theirs makes the tap write, and in which order.

Private members of the SDK's `Stream` that are used here, each for want of a public one:
`_sync_records` and `_sync_batches` are where `sync` leaves the writing to the stream, row by
row; a page at a time is several times as fast, and one walk can feed several streams.
`_write_schema_message`, `_write_batch_message` and `_write_state_message` write what follows the
SDK's rules (stream maps, what was written last); `_stream_version` is that of the table.
"""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from singer_sdk import Stream
from singer_sdk.exceptions import MapExpressionError
from singer_sdk.helpers.conform import TypeConformanceLevel

from tap_bigcommerce_carts.errors import (
    OutOfReachError,
    PassedByError,
    StateError,
    StoreError,
)
from tap_bigcommerce_carts.model import BEGINNING, NOT_YET_TOLD, Window
from tap_bigcommerce_carts.rows.builder import RowBuilder, as_dict
from tap_bigcommerce_carts.rows.fields import Field, schema_of
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.batch_files import BatchFiles
from tap_bigcommerce_carts.singer.bookmarks import DateBookmark, upper_bound
from tap_bigcommerce_carts.singer.outputs import BatchOutput, RecordOutput
from tap_bigcommerce_carts.singer.progress import Named, Watch, rows, said_meanwhile
from tap_bigcommerce_carts.singer.records import Records
from tap_bigcommerce_carts.singer.skipped import Listed, skipped_sentence, still_unread_sentence

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

    from tap_bigcommerce_carts.api2cart.store import Api2CartStore
    from tap_bigcommerce_carts.bigcommerce.store import BigCommerceStore
    from tap_bigcommerce_carts.inbox.cart_log import CartLog
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.rows.personal_data import Personal
    from tap_bigcommerce_carts.settings.checks import Settings
    from tap_bigcommerce_carts.singer.outputs import Output
    from tap_bigcommerce_carts.singer.pages import Page, Position
    from tap_bigcommerce_carts.singer.progress import Cost
    from tap_bigcommerce_carts.singer.writer import Writer

# What ends a stream, and no other. The sentence is the error's own.
_ENDS_A_STREAM = (MapExpressionError, StateError, StoreError)

T = TypeVar("T", bound=Listed)


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

    A subclass says its name, fields and keys, and yields pages in `read`. One that has a
    `parent_stream_type` is fed by the pages of another instead, and builds its rows in `rows_of`.
    """

    fields: ClassVar[tuple[Field, ...]]
    # Whether rows come in order of date, so that each moves the bookmark. Else a page says how
    # far all rows are there.
    in_order: ClassVar[bool] = True
    # Whether only what has been idle for `abandoned_after_minutes` is read.
    only_idle: ClassVar[bool] = False
    # Rows come out of the row builder with the schema's columns and types.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    # Rows between two STATE messages: what a killed run may have to read again.
    STATE_MSG_FREQUENCY = 2_500

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, schema=schema_of(self.fields))
        self.run = run
        self.writer = cast("Writer", tap.message_writer)
        # Whether something ended it before its end.
        self.failed = False
        # Rows of this run.
        self.count = 0
        # Why each was skipped, by what it is known by.
        self.skipped: dict[Any, str] = {}
        # The stream's own logger, whatever the SDK puts around it.
        tap.logger.getChild(self.name).addFilter(Named(self.name))

    # What a subclass says

    def read(self) -> Iterable[Page]:
        """Yield the stream's pages; oldest change first if they are `in_order`."""
        raise NotImplementedError

    def rows_of(self, documents: list[Any]) -> list[Row]:
        """Build a child stream's rows of some documents of its parent's page."""
        raise NotImplementedError

    def row_builder(self, constants: dict[str, Any]) -> RowBuilder:
        """Make the row builder; `constants` are the same in all rows."""
        return RowBuilder(self.fields, self.run.treat, constants)

    # What a subclass uses

    @cached_property
    def rows(self) -> RowBuilder:
        """The stream's row builder."""
        return self.row_builder({"store": self.run.store_name})

    @cached_property
    def bookmark(self) -> DateBookmark:
        """How far the stream has come."""
        return DateBookmark(self, self.run, in_order=self.in_order)

    def window(self) -> Window:
        """Return the dates to read: as far back as this stream or one of its children needs."""
        upper = self._upper_bound()
        lower = self.bookmark.begin()
        starts = [lower] if self.selected else []
        for child in self.children:
            with child.alone():
                starts.append(child.bookmark.begin())
        return Window(min(starts, default=lower), upper)

    def readable(self, page: list[T]) -> list[T]:
        """Skip what cannot be kept of a page; what has no date is noted in the STATE."""
        for each in page:
            if each.problem:
                self.skip(each.id, each.problem, iso(each.modified))
        undated = [each.id for each in page if not each.dated]
        self.bookmark.note_undated(undated, {each.id for each in page if not each.problem})
        return [each for each in page if not each.problem]

    def skip(self, which: Any, problem: str, date: str) -> None:
        """Go on without something that cannot be kept.

        It is reported at the end, and no bookmark passes it, so that a later run tries again.

        Args:
            which: what it is known by; the same is counted once.
            problem: why, in words; names it if it can be named.
            date: when it last changed, or some date before.
        """
        self.skipped[which] = problem
        for stream in self.active:
            stream.bookmark.hold(date)

    @property
    def children(self) -> list[StoreStream]:
        """The streams that this one feeds, as far as they are selected and have not failed."""
        return [stream for stream in self.active if stream is not self]

    @property
    def active(self) -> list[StoreStream]:
        """This stream and its children, as far as they are selected and have not failed."""
        return [stream for stream in self._family if stream.selected and not stream.failed]

    @property
    def _family(self) -> list[StoreStream]:
        return [self, *(each for each in self.child_streams if isinstance(each, StoreStream))]

    # What is written, and in which order

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        for page in self.read():
            yield from map(as_dict, page.rows)

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        self._sync_pages()
        yield from ()

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        self._sync_pages()

    def _sync_pages(self) -> None:
        """Read the stream, and write it and its children."""
        with self._reported(), self.alone():
            self.log_start()
            for child in self.children:
                # So that the table is there even if it has no row.
                child.announce()
            with self.get_record_counter() as counter, self.get_sync_timer():
                for written in self._written_pages():
                    counter.increment(written)
            self.checkpoint()

    def _written_pages(self) -> Iterator[int]:
        """Write page by page; yields how many rows of this stream each had."""
        unconfirmed, whole = 0, False
        try:
            for page in self.read():
                if self._is_enough():
                    return
                self._write_children(page)
                written = self.write(self._own_rows(page))
                if page.settled is not None:
                    for stream in self.active:
                        stream.settle(page.settled)
                unconfirmed += written
                if unconfirmed >= self.STATE_MSG_FREQUENCY and not self._in_batches:
                    self.checkpoint()
                    unconfirmed = 0
                yield written
                if not self.active:
                    return
            whole = True
        finally:
            self._log_losses()
            self._report_skipped(whole=whole)

    def _write_children(self, page: Page) -> None:
        """Write the children's rows first: what a STATE says of a cart is true of its lines."""
        children = self.children
        if not (children and page.documents):
            return
        # A stream map that leaves out a cart leaves out what hangs on it.
        kept = list(compress(page.documents, map(self._records.keeps, page.rows)))
        for child in children if kept else ():
            with child.alone():
                child.write(child.rows_of(list(filter(child.bookmark.covers, kept))))
                if not child._in_batches:  # noqa: SLF001 - another of this class
                    child.checkpoint()
            if child.bookmark.held is not None:
                self.bookmark.hold(child.bookmark.held)

    def _own_rows(self, page: Page) -> list[Row]:
        """Return a page's rows less those that are only there for a child's sake."""
        if not page.documents:
            return page.rows
        return list(compress(page.rows, map(self.bookmark.covers, page.documents)))

    def write(self, rows: list[Row]) -> int:
        """Write rows of this stream if it is selected; returns how many."""
        if not self.selected:
            return 0
        if self.ABORT_AT_RECORD_COUNT is not None:
            rows = rows[: self.ABORT_AT_RECORD_COUNT - self.count]
        self._output.write(rows)
        self.count += len(rows)
        self.state_manager.is_flushed = False
        return len(rows)

    def checkpoint(self) -> None:
        """Write a STATE message; before that what it covers, the children's files first."""
        family = [*self.children, self]
        for stream in family:
            stream._flush()  # noqa: SLF001 - another of this class
        for stream in family:
            stream.bookmark.move()
        self._write_state_message()

    def settle(self, settled: datetime | Position) -> None:
        """Note that all rows up to a date or a position are written."""
        self.bookmark.settle(settled)

    def announce(self) -> None:
        """Write the stream's SCHEMA message."""
        self._write_schema_message()

    def _flush(self) -> None:
        # `--test` leaves no files behind.
        if self.ABORT_AT_RECORD_COUNT is None:
            self._output.flush()

    def _is_enough(self) -> bool:
        """Whether all rows are there that `--test` asks for."""
        return self.ABORT_AT_RECORD_COUNT is not None and self.count >= self.ABORT_AT_RECORD_COUNT

    @cached_property
    def _in_batches(self) -> bool:
        return self.get_batch_config(self.config) is not None

    @cached_property
    def _records(self) -> Records:
        return Records(self)

    @cached_property
    def _output(self) -> Output:
        if not self._in_batches:
            return RecordOutput(self.writer, self._records, self.bookmark, self._stream_version)
        files = BatchFiles(f"{self.tap_name}--{self.name}", self.config["batch_config"])
        return BatchOutput(
            files,
            self._records,
            self.bookmark,
            emit=lambda address: self._write_batch_message(files.config.encoding, [address]),
            checkpoint=self.checkpoint,
        )

    # What ends it

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
            self.checkpoint()
            if isinstance(error, OutOfReachError):
                raise
            ended, self.failed = self.active, True
            # For its parent: what that covers is not written whole from here on.
            self.bookmark.hold(self.bookmark.furthest or iso(BEGINNING))
            self.run.leave_out([stream.name for stream in ended], error)

    def _report_skipped(self, *, whole: bool) -> None:
        """Report what was skipped of this stream and of its children.

        Args:
            whole: whether this stream was read to its end.
        """
        for stream in self._family:
            names = [each.name for each in stream.active] or [stream.name]
            all_else = whole and not stream.failed
            if stream.skipped:
                sentence = skipped_sentence(stream.skipped, whole=all_else)
                self.run.leave_out(names, PassedByError(sentence))
            unread = [each for each in stream.bookmark.noted if each not in stream.skipped]
            if unread and all_else:
                self.run.leave_out(names, PassedByError(still_unread_sentence(unread)))

    # What is logged

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Log meanwhile how far the stream and its children are; at the end what they took."""
        watch = Watch(lambda: self.run.cost)

        def say() -> None:
            for stream in self.active:
                stream.log_progress(watch)

        try:
            with said_meanwhile(say):
                yield
        finally:
            for stream in self._family:
                if stream.selected:
                    stream.log_end(watch)

    def log_start(self) -> None:
        """Log what is read of this stream and its children."""
        if self.selected:
            self.log("%s: reading %s.", self.name, self.span())
        for child in self.children:
            with child.alone():
                child.log("%s: reading %s, with %s.", child.name, child.span(), self.name)

    def log_progress(self, watch: Watch) -> None:
        """Log how far this stream is."""
        reached = self.bookmark.progress or "no date yet"
        self.log(
            "%s: %s up to %s so far, %s.", self.name, rows(self.count), reached, watch.so_far()
        )

    def log_end(self, watch: Watch) -> None:
        """Log how many rows there were, what they took, and where the next run goes on."""
        bookmark = self.stream_state.get("replication_key_value")
        self.log(
            "%s: %s, %s, bookmark %s.",
            self.name,
            rows(self.count),
            watch.so_far(),
            bookmark or "none",
        )
        if self.parent_stream_type:
            with self.get_record_counter() as counter:
                counter.increment(self.count)

    def span(self) -> str:
        """Return in words which dates are read."""
        if self.replication_key is None:
            return "all of it"
        lower, upper = self.bookmark.begin(), self._upper_bound()
        start = "the beginning" if lower == BEGINNING else iso(lower)
        if upper < NOT_YET_TOLD - timedelta(days=1):
            return f"what changed from {start} to {iso(upper)}"
        # The store's clock is not known before its first answer.
        idle = self._idle_minutes
        return f"what changed from {start} to {f'{idle} minutes ago' if idle else 'now'}"

    def _upper_bound(self) -> datetime:
        return upper_bound(self.run.now, self._idle_minutes, self.run.settings.end)

    @property
    def _idle_minutes(self) -> int:
        return self.run.settings.abandoned_after_minutes if self.only_idle else 0

    def _log_losses(self) -> None:
        """Log how many values of this stream and its children could not be read."""
        for stream in self._family:
            # A stream that got no further than its start has built none.
            if "rows" in vars(stream):
                stream.rows.tell_losses(stream.name, stream.logger)

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        # The SDK announces an error before it raises it. The command says it, once.
        super().log(
            message, *args, level=logging.DEBUG if level >= logging.ERROR else level, **kwargs
        )

    # What the SDK need not do

    @property
    @override
    def is_sorted(self) -> bool:
        # The bookmark is this class's own matter; the SDK need not hold it back.
        return True

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        # The upper end of the window is in every request; no bookmark can pass it.
        return None
