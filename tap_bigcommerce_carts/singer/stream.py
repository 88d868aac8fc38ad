"""The base of all streams of a store: their declaration, what a run reads, what it skips."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_bigcommerce_carts.errors import SkippedError
from tap_bigcommerce_carts.model import BEGINNING, CLOCK_UNKNOWN, Window
from tap_bigcommerce_carts.rows.builder import RowBuilder, log_losses
from tap_bigcommerce_carts.rows.fields import Field, schema_of
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.bookmarks import DateBookmark, upper_bound
from tap_bigcommerce_carts.singer.progress import NameFilter, counted
from tap_bigcommerce_carts.singer.skipped import skipped_sentence, still_unread_sentence
from tap_bigcommerce_carts.singer.sync import PagedStream

if TYPE_CHECKING:
    from datetime import datetime

    from singer_sdk import Tap

    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.progress import Watch


class StoreStream(PagedStream):
    """A stream read from a store.

    A subclass says its name, fields and keys, and yields pages in `read`. One that has a
    `parent_stream_type` is fed by the pages of that instead, and builds its rows in `rows_of`.
    """

    fields: ClassVar[tuple[Field, ...]]
    # Whether rows come in order of date, so that each moves the bookmark. Else a page says how
    # far all rows are there.
    in_order: ClassVar[bool] = True
    # Whether only what has been idle for `abandoned_after_minutes` is read.
    only_idle: ClassVar[bool] = False

    def __init__(self, tap: Tap, run: Run) -> None:
        # As this run writes them.
        self.columns = run.written(self.fields)
        super().__init__(tap, run, schema_of(self.columns))
        # Why each was skipped, by what it is known by.
        self.skipped: dict[Any, str] = {}
        # The stream's own logger, whatever the SDK puts around it.
        tap.logger.getChild(self.name).addFilter(NameFilter(self.name))

    # What is read

    def row_builder(self, constants: dict[str, Any]) -> RowBuilder:
        """Make the row builder; `constants` are the same in all rows."""
        return RowBuilder(self.columns, self.run.mask, constants)

    @cached_property
    def rows(self) -> RowBuilder:
        """The stream's row builder."""
        return self.row_builder({"store": self.run.store_name})

    @cached_property
    @override
    def bookmark(self) -> DateBookmark:
        return DateBookmark(self, self.run, in_order=self.in_order)

    def window(self) -> Window:
        """Return the dates to read: as far back as this stream or one of its children needs."""
        upper = self._upper_bound()
        lower = self.bookmark.begin()
        starts = [lower] if self.selected else []
        for child in self.children:
            with child.isolated():
                starts.append(child.bookmark.begin())
        return Window(min(starts, default=lower), upper)

    def _upper_bound(self) -> datetime:
        return upper_bound(self.run.now, self._idle_minutes, self.run.settings.end)

    @property
    def _idle_minutes(self) -> int:
        return self.run.settings.abandoned_after_minutes if self.only_idle else 0

    # What is skipped

    def readable(self, page: list[Listed]) -> list[Listed]:
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

    @override
    def report_skipped(self, *, whole: bool) -> None:
        streams = self.active or [self]
        all_else = whole and not self.failed
        if self.skipped:
            sentence = skipped_sentence(self.skipped, whole=all_else)
            self.leave_out(streams, SkippedError(sentence))
        unread = [each for each in self.bookmark.noted if each not in self.skipped]
        if unread and all_else:
            self.leave_out(streams, SkippedError(still_unread_sentence(unread)))

    @override
    def log_losses(self) -> None:
        # A stream that got no further than its start has built no rows.
        if "rows" in vars(self):
            log_losses(self.rows.losses, self.name, self.logger)
        if "_records" in vars(self):
            log_losses(self._records.losses, self.name, self.logger)

    # What is logged

    @override
    def log_start(self, parent: str | None = None) -> None:
        beside = f", with {parent}" if parent else ""
        self.log("%s: reading %s%s.", self.name, self.span(), beside)

    @override
    def log_progress(self, watch: Watch) -> None:
        reached = self.bookmark.progress or "no date yet"
        self.log(
            "%s: %s up to %s so far, %s.",
            self.name,
            counted(self.count, "row"),
            reached,
            watch.so_far(),
        )

    @override
    def log_end(self, watch: Watch) -> None:
        bookmark = self.stream_state.get("replication_key_value")
        self.log(
            "%s: %s, %s, bookmark %s.",
            self.name,
            counted(self.count, "row"),
            watch.so_far(),
            bookmark or "none",
        )
        if self.parent_stream_type:
            # Its parent's sync has a counter; it has none of its own.
            with self.get_record_counter() as counter:
                counter.increment(self.count)

    def span(self) -> str:
        """Return in words which dates are read."""
        if self.replication_key is None:
            return "all of it"
        lower, upper = self.bookmark.begin(), self._upper_bound()
        start = "the beginning" if lower == BEGINNING else iso(lower)
        if upper < CLOCK_UNKNOWN - timedelta(days=1):
            return f"what changed from {start} to {iso(upper)}"
        # The store's clock is not known before its first answer.
        idle = self._idle_minutes
        return f"what changed from {start} to {f'{idle} minutes ago' if idle else 'now'}"
