"""Whether a list gives what lies at the very second of a bound."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.bigcommerce.pagination import LARGEST_PAGE
from tap_bigcommerce_carts.doctor.probe.questions import Answer
from tap_bigcommerce_carts.rows.values import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SECOND = timedelta(seconds=1)
CROWDED = Answer.unknown("All that was read shares its second with a page of others, or more.")


class Row(NamedTuple):
    """A row of a list, and when it was modified."""

    id: Any
    modified: datetime


def dated(rows: Iterable[dict[str, Any]]) -> list[Row]:
    """Return the rows that have an id and a date."""
    found = []
    for row in rows:
        with suppress(AttributeError, TypeError, ValueError):
            found.append(Row(row.get("id"), moment(row["date_modified"]).replace(microsecond=0)))
    return [row for row in found if row.id is not None]


def least_crowded(rows: list[Row]) -> Row | None:
    """Return the row with fewest others within a second of it, of these the oldest.

    It is looked for by its id, and its seconds must not have more rows than a page. None: they
    may all have.

    Args:
        rows: a page of them, oldest first.
    """
    # Of the last seconds of a full page there may be more rows than it has.
    known = [
        row
        for row in rows
        if len(rows) < LARGEST_PAGE or row.modified + _SECOND < rows[-1].modified
    ]
    return min(known, key=lambda row: (_near(rows, row), row.modified), default=None)


def _near(rows: list[Row], row: Row) -> int:
    return sum(abs(each.modified - row.modified) <= _SECOND for each in rows)


def judged(row: Row, is_listed: Callable[[datetime, datetime], bool]) -> Answer:
    """Return whether both bounds include their own second, in one to four requests.

    Args:
        row: which is asked for.
        is_listed: returns whether the list from one date to another has it.
    """
    at, before, after = row.modified, row.modified - _SECOND, row.modified + _SECOND
    if is_listed(at, at):
        return Answer.told("Both bounds include their own second.")
    lower, upper = is_listed(at, after), is_listed(before, at)
    if lower and upper:
        return Answer.told(
            "Each bound includes its own second, but a window of one second is empty."
        )
    if lower or upper:
        which, other = ("lower", "upper") if lower else ("upper", "lower")
        return Answer.told(f"The {which} bound includes its own second, the {other} one does not.")
    if is_listed(before, after):
        return Answer.told("Neither bound includes its own second.")
    return Answer.unknown("The row that was asked for changed meanwhile; ask again.")
