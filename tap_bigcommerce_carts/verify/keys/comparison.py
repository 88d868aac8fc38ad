"""Compares two sides by key, and finds the rows that have to be looked at once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.keys.listing import moment_of, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.verify.findings import Checked
    from tap_bigcommerce_carts.verify.keys.listing import Item, Staging

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Compared:
    """What is compared of a stream's rows, beside their keys and dates.

    Attributes:
        status: whether `status_id` is.
        total: whether `total_inc_tax` is.
        inexact: whether the warehouse keeps the total in a DOUBLE.
        only_carts: whether the stream has orders in status 0 alone.
    """

    status: bool = False
    total: bool = False
    inexact: bool = False
    only_carts: bool = False

    def same_total(self, one: Item, other: Item) -> bool:
        """Whether two totals are equal, as far as the warehouse can keep them."""
        return one.rounded == other.rounded if self.inexact else one.total == other.total

    @property
    def same(self) -> str:
        """The condition that nothing differs in rows `x` of the store and `w` of the warehouse."""
        amount = "rounded" if self.inexact else "total"
        tests = ["w.key = x.key", "w.date = x.date"]
        tests += ["w.status is x.status"] if self.status else []
        tests += [f"w.{amount} is x.{amount}"] if self.total else []
        return " and ".join(tests)

    @property
    def expected(self) -> str:
        """The condition that a row `x` of the store is one of the stream, and of the window."""
        return "x.date between :lower and :upper" + (" and x.status = 0" if self.only_carts else "")


def compare(staging: Staging, window: Window, compared: Compared, checked: Checked) -> None:
    """Count the rows in which nothing differs; note the others in the table `suspects`.

    Args:
        staging: both sides, of the window's dates.
        window: the dates.
        compared: what is compared.
        checked: takes the counts.
    """
    bounds = {"lower": seconds(window.lower), "upper": seconds(window.upper)}
    same, expected = compared.same, compared.expected
    equal = (
        f"select x.date / {_DAY} * {_DAY}, count(*) from listed x join loaded w on {same} "
        f"where {expected} group by 1"
    )
    for day, count in staging.db.execute(equal, bounds):
        checked.day(moment_of(day)).equal += count
    staging.db.execute(
        "insert into suspects select key, date from listed x "
        f"where {expected} and not exists (select 1 from loaded w where {same})",
        bounds,
    )
    staging.db.execute(
        "insert or ignore into suspects select key, coalesce(date, :upper) from loaded w "
        "where not exists "
        f"(select 1 from listed x where x.key = w.key and {expected})",
        bounds,
    )
    if compared.only_carts:
        _explain_converted(staging, compared, checked)


def has_rows(staging: Staging, window: Window, compared: Compared) -> bool:
    """Whether any side has a row of the stream in a window."""
    bounds = {"lower": seconds(window.lower), "upper": seconds(window.upper)}
    listed = f"select 1 from listed x where {compared.expected}"
    (found,) = staging.db.execute(
        f"select exists ({listed}) or exists (select 1 from loaded)", bounds
    ).fetchone()
    return bool(found)


def blame_doubled(staging: Staging, rows: Callable[[str], int], checked: Checked) -> None:
    """Blame rows that have another's key, and keep the latest of each: one key is one row.

    Args:
        staging: both sides.
        rows: returns how many rows the warehouse has of a key now: a load that was running may
            have moved a row while it was read, so that it came twice.
        checked: takes the faults.
    """
    doubled = "select key, max(date) from loaded group by key "
    doubled += "having count(*) > 1 and max(date) is not null"
    for key, latest in staging.db.execute(doubled).fetchall():
        for _ in range(rows(key) - 1):
            checked.blame(Fault.EXTRA, key, moment_of(latest))
        staging.db.execute(
            "delete from loaded where key = :key and rowid <> "
            "(select max(rowid) from loaded where key = :key and date = :latest)",
            {"key": key, "latest": latest},
        )


def _explain_converted(staging: Staging, compared: Compared, checked: Checked) -> None:
    """A cart whose order is listed in another status since was paid, or cancelled."""
    of_a_cart = "and w.status = 0" if compared.status else ""
    converted = (
        "from loaded w join listed x on x.key = w.key "
        f"where x.status <> 0 and x.date >= w.date {of_a_cart}"
    )
    for day, count in staging.db.execute(
        f"select w.date / {_DAY} * {_DAY}, count(*) {converted} group by 1"
    ):
        checked.explain(Explained.CONVERTED, moment_of(day), count)
    staging.db.execute(f"delete from suspects where key in (select w.key {converted})")
