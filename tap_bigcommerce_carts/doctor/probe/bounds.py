"""Whether a list gives what lies at the very second of a bound."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.doctor.probe.questions import Answer
from tap_bigcommerce_carts.rows.values import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SECOND = timedelta(seconds=1)


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


def alone_in_its_second(rows: list[Row]) -> Row | None:
    """Return the oldest row that shares its second with no other; None if there is none."""
    seconds = Counter(row.modified for row in rows)
    return min(
        (row for row in rows if seconds[row.modified] == 1),
        key=lambda row: row.modified,
        default=None,
    )


def judged(row: Row, is_listed: Callable[[datetime, datetime], bool]) -> Answer:
    """Return whether both bounds include their own second, in one to four requests.

    Args:
        row: which is asked for.
        is_listed: returns whether the list from one date to another has it.
    """
    at, before, after = row.modified, row.modified - _SECOND, row.modified + _SECOND
    if is_listed(at, at):
        return Answer.either("Both bounds include their own second.", as_assumed=True)
    lower, upper = is_listed(at, after), is_listed(before, at)
    if lower and upper:
        return Answer.either(
            "Each bound includes its own second, but a window of one second is empty.",
            as_assumed=False,
        )
    if lower or upper:
        which, other = ("lower", "upper") if lower else ("upper", "lower")
        return Answer.either(
            f"The {which} bound includes its own second, the {other} one does not.",
            as_assumed=False,
        )
    if is_listed(before, after):
        return Answer.either("Neither bound includes its own second.", as_assumed=False)
    return Answer.unknown("The row that was asked for changed meanwhile; ask again.")
