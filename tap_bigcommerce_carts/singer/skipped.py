"""What a stream skips because it cannot be read: how that is said at the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

# Reasons that are named, and ids.
_MOST_NAMED = 5


def skipped_sentence(problems: dict[Any, str], *, whole: bool) -> str:
    """Return how many were skipped, and why; the same reason once.

    Args:
        problems: the reason of each, by what it is known by.
        whole: whether all else was read.
    """
    reasons = Counter(problems.values())
    named = [
        reason.rstrip(".") + (f" ({times} times)" if times > 1 else "")
        for reason, times in reasons.most_common(_MOST_NAMED)
    ]
    if more := len(reasons) - len(named):
        named.append(f"and {more} more reasons")
    all_else = "All else is read; the" if whole else "The"
    return (
        f"{len(problems)} passed by: {'; '.join(named)}. {all_else} bookmark stays before them, so "
        "that the next run tries again."
    )


def still_unread_sentence(ids: list[Any]) -> str:
    """Return which rows were skipped in earlier runs and did not come since."""
    named = ", ".join(map(str, ids[:_MOST_NAMED]))
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return (
        f"{len(ids)} passed by in an earlier run without a readable date, and not met since: "
        f"{named}{more}. They are read once they have one; a full refresh forgets them."
    )
