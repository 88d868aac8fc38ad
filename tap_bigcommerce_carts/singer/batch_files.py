"""The BATCH files of a stream, as the SDK's setting `batch_config` asks for them.

The SDK's own are gzip whatever is declared, and begin anew with each of its syncs: a stream that
is synced by the page would have a file for each page.
"""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

from fsspec import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from singer_sdk.contrib.msgspec import encoder

from tap_bigcommerce_carts.errors import OutputError
from tap_bigcommerce_carts.singer.parquet_files import write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from singer_sdk.helpers._batch import BatchConfig

    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.singer.bookmarks import DateBookmark
    from tap_bigcommerce_carts.singer.records import Records

# A file is read once, soon, and thrown away. Of 10,000 lines the first level makes 1.17 MB in
# 43 ms, the sixth 0.78 MB in 117 ms, the ninth 0.75 MB in 260 ms.
_GZIP_LEVEL = 1


class BatchFiles:
    """The BATCH files of one stream, which their owner alone may read.

    Args:
        name: how the files' names begin, after the prefix that is set.
        config: the setting `batch_config`, checked before.
        schema: the JSON schema of the rows.
    """

    def __init__(self, name: str, config: BatchConfig, schema: dict[str, Any]) -> None:
        self.config = config
        self._name = name
        self._schema = schema
        self._stem = f"{self.config.storage.prefix or ''}{name}-{uuid4()}"
        self._written = 0

    def write(self, rows: list[Any]) -> str:
        """Write rows, dicts or structs, into a file, and close it; returns its address.

        Raises:
            OutputError: it cannot be written.
        """
        self._written += 1
        encoding = self.config.encoding
        zipped = encoding.compression == "gzip"
        ending = ("parquet" if encoding.format == "parquet" else "json") + (".gz" * zipped)
        file_name = f"{self._stem}-{self._written}.{ending}"
        try:
            with self._opened(file_name) as file:
                if encoding.format == "parquet":
                    write_parquet(file, rows, self._schema, encoding.compression)
                elif zipped:
                    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=_GZIP_LEVEL) as inner:
                        inner.write(encoder.encode_lines(rows))
                else:
                    file.write(encoder.encode_lines(rows))
            return self.config.storage.get_url(file_name)
        except (NotImplementedError, OSError) as error:
            # The first is what a file system raises that can only be read.
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise OutputError(
                f"A file of {self._name.rpartition('--')[2]} cannot be written: {reason}. Look at "
                "`batch_config.storage` and its disk."
            ) from None

    def _opened(self, file_name: str) -> AbstractContextManager[IO[bytes]]:
        storage = self.config.storage
        system, folder = url_to_fs(storage.root, **storage.params)
        if isinstance(system, LocalFileSystem):
            Path(folder).mkdir(parents=True, exist_ok=True)
            return _open_private(Path(folder) / file_name)
        system.makedirs(folder, exist_ok=True)
        opened: AbstractContextManager[IO[bytes]] = system.open(f"{folder}/{file_name}", "wb")
        return opened


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


def _open_private(file: Path) -> IO[bytes]:
    """Make a file and open it to be written, for its owner alone, whatever the umask.

    A folder with the setgid bit says that its group shares its files.
    """
    mode = 0o640 if file.parent.stat().st_mode & stat.S_ISGID else 0o600
    opened = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    # The umask may have taken more.
    os.fchmod(opened, mode)
    return os.fdopen(opened, "wb")
