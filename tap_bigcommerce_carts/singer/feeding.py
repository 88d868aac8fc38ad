"""One walk of the carts feeds several streams, a page at a time.

With the SDK a child stream is synced once per context. One context per cart would write a
SCHEMA message per cart; here it is one per page.
"""

from __future__ import annotations

import logging
import sys
from abc import abstractmethod
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import AbortedSyncFailedException, AbortedSyncPausedException

from tap_bigcommerce_carts.singer.stream import StoreStream

if sys.version_info >= (3, 12):
    from typing import override
else:
    from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_bigcommerce_carts.model import Cart, Window
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.singer.progress import Watch
    from tap_bigcommerce_carts.singer.stream import Run

# The page of carts in the child's context, on its way there.
_CARTS = "carts"


class CartStream(StoreStream):
    """The stream that walks the carts, and feeds the others."""

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, run)
        self._turn = 0

    @property
    def fed(self) -> list[CartFedStream]:
        """The streams that are fed, as far as they were asked for and are still read."""
        return [each for each in self.readers if isinstance(each, CartFedStream)]

    @property
    @override
    def idle_minutes(self) -> int:
        return self.run.settings.abandoned_after_minutes

    @override
    def tell_start(self) -> None:
        super().tell_start()
        for stream in self.fed:
            with stream.alone():
                stream.log("%s: reading %s, with %s.", stream.name, stream.span(), self.name)

    def windows(self) -> tuple[Window, Window]:
        """Tell which dates this stream reads, and which the walk: as far back as any needs."""
        window = self.window()
        starts = [window.lower] if self.selected else []
        for stream in self.fed:
            with stream.alone():
                starts.append(stream.lower_bound())
        for stream in self.fed:
            stream.announce()
        return window, replace(window, lower=min(starts, default=window.lower))

    def feed(self, page: list[Cart], rows: list[Row], window: Window) -> list[Row]:
        """Write a page's rows of the streams that are fed; gives this stream's own.

        Args:
            page: the carts.
            rows: the row of each.
            window: the dates this stream reads.
        """
        pairs = list(zip(page, rows, strict=True))
        # A stream map that leaves out a cart leaves out what hangs on it.
        kept = [cart for cart, row in pairs if self.passes(row)]
        if kept:
            # Lines before carts: what a STATE says of a cart is true of its lines.
            self.pass_on(kept)
        return [row for cart, row in pairs if cart.modified >= window.lower]

    def pass_on(self, carts: Sequence[Any]) -> None:
        """Sync the streams that are fed with some carts."""
        self._turn += 1
        for stream in self.fed:
            # With `--test` a stream stops at its first row.
            with suppress(AbortedSyncFailedException, AbortedSyncPausedException):
                stream.sync({"page": self._turn, _CARTS: carts})
            if stream.held is not None:
                # What a STATE says of a cart is true of its lines.
                self.hold_at(stream.held)

    @override
    def write_file(self) -> None:
        # Lines before carts, here too.
        for stream in self.fed:
            stream.write_file()
        super().write_file()

    @override
    def generate_child_contexts(
        self, record: Record, context: Context | None
    ) -> Iterator[Context | None]:
        # They are fed by the page, not by the row.
        yield from ()


class CartFedStream(StoreStream):
    """A stream that is fed by the walk of the carts."""

    state_partitioning_keys = ()
    # Where a line says which cart it is of.
    cart_column = "abandoned_cart_id"

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, run)
        self._carts: list[Cart] = []
        self._start: datetime | None = None
        self._announced = False

    @property
    @override
    def idle_minutes(self) -> int:
        return self.run.settings.abandoned_after_minutes

    @override
    def tell_start(self) -> None:
        """Say nothing for each page: whoever feeds this stream says it once."""

    @override
    def _write_pages(self, context: Context | None) -> None:
        # Counted and timed once, not for each page.
        for _ in self._write_read():
            pass

    @override
    def tell_end(self, watch: Watch) -> None:
        super().tell_end(watch)
        with self.get_record_counter() as counter:
            counter.increment(self.count)

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        # The SDK begins a stream for each page.
        begins = message.startswith("Beginning sync")
        super().log(message, *args, level=logging.DEBUG if begins else level, **kwargs)

    @abstractmethod
    def rows_of(self, carts: list[Cart]) -> list[Row]:
        """Build the rows of a page of carts."""

    def with_ids(self, lines: list[Row]) -> list[Row]:
        """Leave out lines without an id."""
        for place, line in enumerate(lines):
            if line.id is None:
                cart = getattr(line, self.cart_column)
                problem = f"a line of cart {cart} has no readable `id`"
                self.pass_by((cart, place), problem, line.cart_date_modified)
        return [line for line in lines if line.id is not None]

    def announce(self) -> None:
        """Write the SCHEMA message, so that the table is there even if no cart was left."""
        self._write_schema_message()

    @override
    def _write_schema_message(self) -> None:
        # Once: the stream is synced per page, and a target starts a new load on each SCHEMA.
        if not self._announced:
            self._announced = True
            super()._write_schema_message()

    @override
    def preprocess_context(self, context: Context) -> Context:
        # What stays in the context is logged, so the page itself is taken out.
        self._carts = context[_CARTS]
        return {"page": context["page"]}

    @override
    def read(self) -> Iterator[list[Row]]:
        if self._start is None:
            # Before this stream's bookmark moves.
            self._start = self.lower_bound()
        start, carts, self._carts = self._start, self._carts, []
        yield self.rows_of([cart for cart in carts if cart.modified >= start])

    @override
    def settle(self, date: datetime) -> None:
        super().settle(date)
        if not self._in_batches:
            # Each page of this stream was written to its end.
            self._move_bookmark()
            self.state_manager.is_flushed = False

    @override
    def _end_file(self) -> None:
        # It goes on with the next page; the stream that feeds this one ends it.
        pass
