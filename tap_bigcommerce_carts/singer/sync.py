"""Writes a stream: page by page the children's rows, its own, and then the bookmark.

Private members of the SDK's `Stream` that are used here, each for want of a public one:
`_sync_records` and `_sync_batches` are where `sync` leaves the writing to the stream, row by
row; a page at a time is several times as fast, and one walk can feed several streams.
`_write_schema_message`, `_write_batch_message` and `_write_state_message` write what follows the
SDK's rules (stream maps, what was written last).
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from contextlib import contextmanager
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

from singer_sdk import Stream
from singer_sdk.exceptions import MapExpressionError
from typing_extensions import override

from tap_bigcommerce_carts.errors import OutOfReachError, StateError, StoreError
from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.builder import as_dict
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.batch_files import BatchFiles, BatchOutput
from tap_bigcommerce_carts.singer.progress import Watch, repeated
from tap_bigcommerce_carts.singer.records import Records
from tap_bigcommerce_carts.singer.request_metrics import request_metrics

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context, Record

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.bookmarks import DateBookmark
    from tap_bigcommerce_carts.singer.pages import Page, Settled
    from tap_bigcommerce_carts.singer.writer import MessageWriter

# What ends a stream, and no other. The sentence is the error's own.
_ENDS_A_STREAM = (MapExpressionError, StateError, StoreError)


class PagedStream(Stream):
    """A stream that is read in pages, and that may have child streams.

    A stream with a `parent_stream_type` is not read: its rows are built of its parent's pages.
    """

    # Rows between two STATE messages: what a killed run may have to read again.
    STATE_MSG_FREQUENCY = 2_500

    def __init__(self, tap: Tap, run: Run, schema: dict[str, Any]) -> None:
        super().__init__(tap, schema=schema)
        self.run = run
        # Whether something ended it before its end.
        self.failed = False
        # Rows of this run.
        self.count = 0
        self._writer = cast("MessageWriter", tap.message_writer)

    # What a stream says of itself

    def read(self) -> Iterable[Page]:
        """Yield the stream's pages."""
        raise NotImplementedError

    def rows_of(self, documents: list[Any]) -> list[Row]:
        """Build a child stream's rows of some documents of its parent's page."""
        raise NotImplementedError

    @property
    @abstractmethod
    def bookmark(self) -> DateBookmark:
        """How far the stream has come."""

    @abstractmethod
    def log_start(self, parent: str | None = None) -> None:
        """Log what is read, and with which parent stream."""

    @abstractmethod
    def log_progress(self, watch: Watch) -> None:
        """Log how far this stream is."""

    @abstractmethod
    def log_end(self, watch: Watch) -> None:
        """Log how many rows there were, what they took, and where the next run goes on."""

    @abstractmethod
    def log_losses(self) -> None:
        """Log how many values could not be read."""

    @abstractmethod
    def report_skipped(self, *, whole: bool) -> None:
        """Report what was skipped; `whole` if all else was read."""

    # A stream and those it feeds

    @property
    def family(self) -> list[PagedStream]:
        """This stream and its children, selected or not."""
        return [self, *(each for each in self.child_streams if isinstance(each, PagedStream))]

    @property
    def active(self) -> list[PagedStream]:
        """This stream and its children, as far as they are selected and have not failed."""
        return [stream for stream in self.family if stream.selected and not stream.failed]

    @property
    def children(self) -> list[PagedStream]:
        """The children, as far as they are selected and have not failed."""
        return [stream for stream in self.active if stream is not self]

    # The way of a page

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
        with self._logged(), self.isolated():
            if self.selected:
                self.log_start()
            for child in self.children:
                with child.isolated():
                    child.log_start(self.name)
                    # So that the table is there even if it has no row.
                    child.announce()
            if not self.active:
                return
            with (
                self.get_record_counter() as counter,
                self.get_sync_timer(),
                request_metrics(self, self.run.observe),
            ):
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
                if unconfirmed >= self.STATE_MSG_FREQUENCY and not self.in_batches:
                    self.checkpoint()
                    unconfirmed = 0
                yield written
                if not self.active:
                    return
            whole = True
        finally:
            for stream in self.family:
                stream.log_losses()
            for stream in self.family:
                stream.report_skipped(whole=whole)

    def _write_children(self, page: Page) -> None:
        """Write the children's rows first: what a STATE says of a cart is true of its lines."""
        children = self.children
        if not (children and page.documents):
            return
        # A stream map that leaves out a cart leaves out what hangs on it.
        kept = list(compress(page.documents, map(self._records.keeps, page.rows)))
        for child in children if kept else ():
            with child.isolated():
                child.write(child.rows_of(list(filter(child.bookmark.covers, kept))))
                if not child.in_batches:
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
        if self._batches:
            self._batches.write(rows)
        else:
            for name, records in self._records.by_name(rows):
                self._writer.write_records(name, records)
            self.bookmark.reach(rows)
        self.count += len(rows)
        self.state_manager.is_flushed = False
        return len(rows)

    def settle(self, settled: Settled) -> None:
        """Note that all rows up to a date, an id, or a position in the inbox, are written."""
        self.bookmark.settle(settled)

    def checkpoint(self) -> None:
        """Write a STATE message; before that what it covers, the children's files first."""
        if self.in_batches and self.ABORT_AT_RECORD_COUNT is not None:
            # `--test` leaves no files behind, so that there is nothing for a STATE to cover.
            return
        streams = [*self.children, self]
        for stream in streams:
            stream.flush()
        for stream in streams:
            stream.bookmark.move()
        self._write_state_message()

    def announce(self) -> None:
        """Write the stream's SCHEMA message."""
        self._write_schema_message()

    def flush(self) -> None:
        """Write what waits for a BATCH file."""
        if self._batches:
            self._batches.flush()

    def _is_enough(self) -> bool:
        """Whether all rows are there that `--test` asks for."""
        return self.ABORT_AT_RECORD_COUNT is not None and self.count >= self.ABORT_AT_RECORD_COUNT

    # Where it goes

    @property
    def in_batches(self) -> bool:
        """Whether rows go to BATCH files."""
        return self._batch_config is not None

    @cached_property
    def _batch_config(self) -> BatchConfig | None:
        return self.get_batch_config(self.config)

    @cached_property
    def _records(self) -> Records:
        return Records(self)

    @cached_property
    def _batches(self) -> BatchOutput | None:
        if self._batch_config is None:
            return None
        schema = self.stream_maps[0].transformed_schema
        files = BatchFiles(f"{self.tap_name}--{self.name}", self._batch_config, schema)
        return BatchOutput(
            files,
            self._records,
            self.bookmark,
            emit=lambda address: self._write_batch_message(files.config.encoding, [address]),
            checkpoint=self.checkpoint,
        )

    # What ends it, and what is said meanwhile

    @contextmanager
    def isolated(self) -> Iterator[None]:
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
            self.leave_out(ended, error)

    def leave_out(self, streams: list[PagedStream], error: Exception) -> None:
        """Report that streams could not be read to their end, and why.

        Args:
            streams: this stream, or some that it feeds.
            error: why; its message is a sentence.
        """
        # `--test` tries all streams, whatever is selected.
        tested = all(each.ABORT_AT_RECORD_COUNT is not None for each in streams)
        wanted = not tested or any(each.selected_by_default for each in streams)
        self.run.leave_out([each.name for each in streams], error, wanted=wanted)

    @contextmanager
    def _logged(self) -> Iterator[None]:
        """Log meanwhile how far the stream and its children are; at the end what they took."""
        watch = Watch(lambda: self.run.cost)

        def log_progress() -> None:
            for stream in self.active:
                stream.log_progress(watch)

        try:
            with repeated(log_progress):
                yield
        finally:
            for stream in self.family:
                if stream.selected:
                    stream.log_end(watch)

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        # The SDK announces an error before it raises it. The command says it, once.
        super().log(
            message, *args, level=logging.DEBUG if level >= logging.ERROR else level, **kwargs
        )

    # What the SDK need not do

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        # Nobody asks for single records but who tries a stream by itself.
        for page in self.read():
            yield from map(as_dict, page.rows)

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        # The upper end of the window is in every request; no bookmark can pass it.
        return None
