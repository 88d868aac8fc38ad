"""What the streams of the cart inbox share."""

from __future__ import annotations

from functools import cached_property

from typing_extensions import override

from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.sequence_bookmark import SequenceBookmark
from tap_bigcommerce_carts.singer.stream import StoreStream


class InboxStream(StoreStream):
    """A stream read from the cart inbox: from event to event, not from date to date."""

    @cached_property
    @override
    def bookmark(self) -> SequenceBookmark:
        return SequenceBookmark(self, self.run)

    def resume(self) -> int:
        """Take up the STATE; return the sequence up to which everything was read before."""
        return self.bookmark.resume(self.run.inbox)

    @property
    def inbox_streams(self) -> list[InboxStream]:
        """This stream and its children, as far as they are selected and have not failed."""
        return [each for each in self.active if isinstance(each, InboxStream)]

    @override
    def span(self) -> str:
        return f"what happened after event {self.bookmark.after} of the inbox"

    def is_within(self, date: str) -> bool:
        """Whether a date is one that this run reads; a later one holds the bookmarks."""
        settings = self.run.settings
        if settings.end and date >= iso(settings.end):
            for stream in self.inbox_streams:
                stream.bookmark.hold_position()
            return False
        return settings.start is None or date >= iso(settings.start)
