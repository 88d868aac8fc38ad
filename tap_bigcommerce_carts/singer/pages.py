"""What a stream's `read` yields: a page of its list, and what is complete once that is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_bigcommerce_carts.rows.builder import Row


@dataclass(frozen=True, slots=True)
class InboxPosition:
    """How far the cart inbox was read.

    Attributes:
        sequence: number of an event; all that those up to it tell of is written.
        moment: if set, all carts, or events, are written as they were at this moment.
    """

    sequence: int
    moment: datetime | None = None


# A date, a position in the inbox, or the highest id of a log's entries.
Settled: TypeAlias = "datetime | InboxPosition | int"


@dataclass(frozen=True, slots=True)
class Page:
    """What is written together: first the children's rows, then these, then the bookmark.

    Attributes:
        rows: the stream's own rows.
        documents: what each of the rows was built of, if child streams build theirs of it too.
        settled: how far all rows are in this page or in earlier ones. None if the page says
            nothing of that, or each row moves the bookmark.
    """

    rows: list[Row]
    documents: Sequence[Any] = ()
    settled: Settled | None = None
