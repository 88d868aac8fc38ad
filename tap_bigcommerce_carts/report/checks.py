"""What checks say of the tables, in plain words: up to when they are known to be complete.

Complete means that a warehouse has what the store has, as `bigcommerce-carts verify` found it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_bigcommerce_carts.report.marts import Rows

_NEVER = "Never checked against the store: bigcommerce-carts verify does it."
_BUILT_EARLIER = (
    "Built by an earlier version, which knew of no checks: build the marts again to see up to when "
    "the tables are complete."
)
_MINUTE = timedelta(minutes=1)


def complete(stores: Rows) -> str:
    """Return a sentence about all stores together; "" if there are none.

    Args:
        stores: rows of `store_coverage`, also as marts of an earlier version have them.
    """
    if not stores:
        return ""
    if any("verified_at" not in row for row in stores):
        return _BUILT_EARLIER
    if not any(_is_checked(row) for row in stores):
        return _NEVER
    if len(stores) > 1 and any(row["verified_at"] is None for row in stores):
        return "Not known to be complete, since not all stores were checked."
    told = _told(stores[0] if len(stores) == 1 else _together(stores))
    return f"{told[0].upper()}{told[1:]}."


def by_store(stores: Rows) -> list[str]:
    """Return the same of each store, where there are several and they differ.

    Args:
        stores: rows of `store_coverage`.
    """
    told = [_told(row) for row in stores if "verified_at" in row]
    if len(set(told)) < 2:  # noqa: PLR2004 - there is no difference in one
        return []
    return [f"{row['store']}: {words}" for row, words in zip(stores, told, strict=True)]


def troubles(stores: Rows) -> list[str]:
    """Return sentences about what checks found wrong, or could not check.

    Args:
        stores: rows of `store_coverage`.
    """
    found = []
    for row in stores:
        if rows := row.get("rows_at_fault"):
            was = "row was" if rows == 1 else "rows were"
            found.append(
                f"{rows:,} {was} found wrong or missing in the tables of {row['store']}, and not "
                "found mended since: bigcommerce-carts verify names them, and can load them again."
            )
        if row.get("unverified"):
            found.append(
                f"The newest check of {row['store']} could not check all of {row['unverified']}."
            )
    return found


def _is_checked(row: dict[str, Any]) -> bool:
    """Whether a check knows anything of a store."""
    return row["rows_at_fault"] is not None


def _told(row: dict[str, Any]) -> str:
    if not _is_checked(row):
        return "never checked"
    if row["verified_at"] is None:
        return "not known to be complete, since not all tables were checked"
    checked = f"checked at {_minute(row['verified_at'])} UTC"
    if row["verified_until"] is None:
        return f"not known to be complete, {checked}"
    # A minute that is not proven in whole is left out.
    first = _minute(row["verified_from"] + _MINUTE - timedelta(seconds=1))
    return f"complete from {first} up to {_minute(row['verified_until'])} UTC, {checked}"


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _together(stores: Rows) -> dict[str, Any]:
    """Return what holds of each store: the time that is known of all, if there is one."""

    def of(column: str, choose: Callable[[list[Any]], Any]) -> Any:
        values = [row[column] for row in stores]
        return None if None in values else choose(values)

    first, last = of("verified_from", max), of("verified_until", min)
    has_one = first is not None and first <= last
    return {
        "rows_at_fault": 0,
        "verified_from": first if has_one else None,
        "verified_until": last if has_one else None,
        "verified_at": of("verified_at", min),
    }
