"""Where rows are written: as RECORD messages at once, or by the thousand into BATCH files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.singer.batch_files import BatchFiles
    from tap_bigcommerce_carts.singer.bookmarks import DateBookmark
    from tap_bigcommerce_carts.singer.records import Records
    from tap_bigcommerce_carts.singer.writer import MessageWriter


class Output(Protocol):
    """Where a stream's rows go; the stream's bookmark notes how far they reach."""

    def write(self, rows: list[Row]) -> None:
        """Write some rows.

        Raises:
            MapExpressionError: a stream map does not fit a row.
            OutputError: they cannot be written.
        """

    def flush(self) -> None:
        """Write what waits.

        Raises:
            OutputError: it cannot be written.
        """


class RecordOutput:
    """Writes RECORD messages.

    Args:
        writer: writes them to standard output.
        records: makes them of rows.
        bookmark: the stream's.
    """

    def __init__(self, writer: MessageWriter, records: Records, bookmark: DateBookmark) -> None:
        self._writer = writer
        self._records = records
        self._bookmark = bookmark

    def write(self, rows: list[Row]) -> None:
        """Write the records of some rows."""
        for name, records in self._records.by_name(rows):
            self._writer.write_records(name, records)
        self._bookmark.reach(rows)

    def flush(self) -> None:
        """Nothing waits."""


class BatchOutput:
    """Collects rows, and writes them into BATCH files of a given length.

    Args:
        files: the stream's.
        records: makes records of rows.
        bookmark: the stream's.
        emit: writes the BATCH message of a file, by its address.
        checkpoint: called when a file is full: flushes this output, then writes a STATE.
    """

    def __init__(
        self,
        files: BatchFiles,
        records: Records,
        bookmark: DateBookmark,
        *,
        emit: Callable[[str], None],
        checkpoint: Callable[[], None],
    ) -> None:
        self._files = files
        self._records = records
        self._bookmark = bookmark
        self._emit = emit
        self._checkpoint = checkpoint
        self._waiting: list[Any] = []

    def write(self, rows: list[Row]) -> None:
        """Collect the records of some rows; a file that is full is written at once."""
        for row, record in self._records.each(rows):
            self._bookmark.reach([row])
            if record is not None:
                self._waiting.append(record)
            if len(self._waiting) >= self._files.config.batch_size:
                self._checkpoint()

    def flush(self) -> None:
        """Write what waits into a file; it is closed before its BATCH message is emitted."""
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._emit(self._files.write(waiting))
