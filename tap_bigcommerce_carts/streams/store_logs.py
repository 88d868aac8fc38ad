"""The store's own log: what failed in the shop, such as shipping quotes and payments.

BigCommerce keeps an entry for a year.
https://developer.bigcommerce.com/docs/rest-management/store-logs
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import instant, integer, personal, text
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.id_bookmark import IdBookmark
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

LOG_KEY = ("store", "id")
LOG_FIELDS = (
    STORE,
    integer("id", "The entry.", key=True),
    instant("date_created", "When it happened."),
    text("type", "What it is about, such as `shipping`, `payment`, `tax` or `general`."),
    text("module", "Which part of the shop wrote it, such as a shipping provider."),
    integer("severity", "1 success, 2 notice, 3 warning, 4 error."),
    personal(text("summary", "What happened, in one line. May name a shopper.")),
    personal(text("message", "What happened. May hold addresses and e-mail.")),
)
# The documents give numbers to ask by, and text in the answer; which text, they do not say.
_SEVERITIES = {"success": 1, "notice": 2, "warning": 3, "error": 4}


def log_rows(entries: list[Any], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of the log.

    Args:
        entries: as the store gave them. What is no entry has no id either.
        rows: the stream's row builder.
    """
    return rows.build([_with_number(each) if isinstance(each, dict) else {} for each in entries])


def _with_number(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry with its severity as a number, if it is one of the known words."""
    severity = entry.get("severity")
    word = severity.strip().lower() if isinstance(severity, str) else ""
    return {**entry, "severity": _SEVERITIES.get(word, severity)}


class StoreLogs(StoreStream):
    """The store's own log, entry by entry."""

    name = "store_logs"
    fields = LOG_FIELDS
    primary_keys = LOG_KEY
    replication_key = "id"
    selected_by_default = False

    @cached_property
    @override
    def bookmark(self) -> IdBookmark:
        return IdBookmark(self, self.run)

    @override
    def read(self) -> Iterator[Page]:
        newest = 0
        for entries in self.run.bigcommerce.store_logs(self.bookmark.resume()):
            rows = log_rows(entries, self.rows)
            wanted = self._wanted(rows)
            # What comes while older pages are read is for the next run.
            newest = newest or max((row.id for row in wanted), default=0)
            yield Page(wanted)
            if self._is_before_all(rows):
                break
        yield Page([], settled=newest)

    def _wanted(self, rows: list[Row]) -> list[Row]:
        """Return the rows that this run reads; those without an id are skipped."""
        settings = self.run.settings
        lower = iso(settings.start) if settings.start else ""
        upper = iso(settings.end) if settings.end else None
        wanted = []
        for place, row in enumerate(rows):
            if row.id is None:
                self.skip((self.count, place), "an entry of the log has no readable `id`", "")
            elif row.date_created is None or (
                lower <= row.date_created and (upper is None or row.date_created < upper)
            ):
                wanted.append(row)
        return wanted

    def _is_before_all(self, rows: list[Row]) -> bool:
        """Return whether a page, and so all that follow, is of before `start_date`."""
        start = self.run.settings.start
        return start is not None and all((row.date_created or "~") < iso(start) for row in rows)

    @override
    def span(self) -> str:
        return f"what was logged after entry {self.bookmark.after}"
