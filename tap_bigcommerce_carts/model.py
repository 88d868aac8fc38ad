"""What is read of a platform: carts, from one date to another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_bigcommerce_carts.rows.documents import Document

# Where reading starts without a lower bound: before any shop.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The time as long as no answer has told it: nothing lies beyond.
NOT_YET_TOLD = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The dates to read, both ends included, in whole seconds UTC."""

    lower: datetime
    upper: datetime


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart left behind, with all its lines.

    Attributes:
        id: what the platform calls it.
        modified: when it last changed.
        order: its document.
        lines: the documents of its lines.
        problem: why it cannot be kept, if so; `modified` may be some date before its own then.
        dated: whether its date can be read.
    """

    id: int | str
    modified: datetime
    order: Document
    lines: list[Document]
    problem: str | None = None
    dated: bool = True
