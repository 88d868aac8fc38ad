"""What the queries of both versions have in common."""

from collections.abc import Callable, Mapping
from typing import Any

MAX_LIMIT = 250
DEFAULT_LIMIT = 50
Query = Mapping[str, str]
Test = Callable[[Any], bool]


def choices(query: Query, name: str, known: set[str]) -> frozenset[str]:
    """Return a comma-separated field of the query; unknown words are an error of the caller.

    Args:
        query: the fields of the request.
        name: of the field.
        known: the words it can have.

    Raises:
        ValueError: there are others; it names them.
    """
    words = frozenset(word for word in query.get(name, "").split(",") if word)
    if words - known:
        raise ValueError(", ".join(sorted(words - known)))
    return words


def within(value: float, low: float | None, high: float | None) -> bool:
    """Return whether a value is in a range, both ends inclusive; None for an open end."""
    return (low is None or value >= low) and (high is None or value <= high)


def is_by_modified(query: Query) -> bool:
    """Return whether a query filters by modification date."""
    bounds = {"min_date_modified", "max_date_modified", "date_modified:min", "date_modified:max"}
    return not bounds.isdisjoint(query)
