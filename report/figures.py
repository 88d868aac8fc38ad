"""The headline figures: a period, the one before it, and the change between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from report.marts import Marts, Rows

DAYS = 30
OUTCOMES = ("recovered", "lost", "open", "unknown")
BUCKETS = (
    ("within an hour", 1),
    ("within a day", 24),
    ("within a week", 168),
    ("within four weeks", 672),
    ("later", None),
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def before(self) -> Period:
        """Return the period of the same length that ends where this one begins."""
        length = self.last - self.first + timedelta(days=1)
        return Period(self.first - length, self.last - length)

    def of(self, rows: Iterable[dict[str, Any]]) -> Rows:
        """Return the rows whose day is in the period."""
        return [row for row in rows if self.first <= row["day"] <= self.last]


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure, what it was in the period before, and how it is written."""

    name: str
    now: Decimal | None
    before: Decimal | None
    kind: str
    note: str = ""

    @property
    def change(self) -> str:
        """Say how it changed; shares in points, the rest in percent."""
        if self.now is None or self.before is None:
            return "nothing to compare with"
        if self.kind == "share":
            points = (self.now - self.before) * 100
            return f"{points:+.1f} points on the {DAYS} days before"
        if not self.before:
            return f"none in the {DAYS} days before"
        return f"{(self.now / self.before - 1) * 100:+.0f} % on the {DAYS} days before"


def period(marts: Marts) -> Period:
    """Return the last 30 days that were over when the marts were built."""
    last = marts.rules["as_of"].date() - timedelta(days=1)
    return Period(last - timedelta(days=DAYS - 1), last)


def headlines(marts: Marts, now: Period) -> list[Headline]:
    """Work out the headline figures of a period and of the one before."""
    was = now.before()
    found = [
        Headline(
            "Carts abandoned", total(now, marts, "carts"), total(was, marts, "carts"), "count"
        ),
        Headline(
            "Abandonment rate",
            share(now, marts, "known", "checkouts"),
            share(was, marts, "known", "checkouts"),
            "share",
            "of the checkouts that reached the payment step",
        ),
        Headline(
            "Recovery rate",
            share(now, marts, "recovered", "known"),
            share(was, marts, "recovered", "known"),
            "share",
            "of the carts abandoned; it still grows",
        ),
        Headline("Median hours to recover", median(now, marts), median(was, marts), "hours"),
    ]
    for code in codes(marts):
        for name, outcomes in (
            ("Value abandoned", OUTCOMES),
            ("Value recovered", ("recovered",)),
            ("Value lost", ("lost",)),
        ):
            amount, previous = (value(each, marts, code, outcomes) for each in (now, was))
            found.append(Headline(f"{name}, {code}", amount, previous, "money"))
    return found


def codes(marts: Marts) -> list[str]:
    """Return the currencies that amounts are told in, the one with most carts first."""
    carts: dict[str, int] = {}
    for row in marts.channels:
        carts[row["code"]] = carts.get(row["code"], 0) + int(row["carts"])
    return sorted(carts, key=lambda code: (-carts[code], code))


def total(days: Period, marts: Marts, column: str) -> Decimal:
    """Add up a column of the days."""
    return Decimal(sum(int(row[column] or 0) for row in days.of(marts.days)))


def share(days: Period, marts: Marts, part: str, whole: str) -> Decimal | None:
    """Return a part of a whole; None of nothing, or if it is not known."""
    of = total(days, marts, whole)
    return total(days, marts, part) / of if of else None


def value(days: Period, marts: Marts, code: str, outcomes: tuple[str, ...]) -> Decimal | None:
    """Add up amounts of one currency; None if what became of the carts is not known."""
    rows = [row for row in days.of(marts.values) if row["code"] == code]
    if len(outcomes) == 1 and rows and all(row["outcome"] == "unknown" for row in rows):
        return None
    return sum((row["value"] for row in rows if row["outcome"] in outcomes), Decimal(0))


def median(days: Period, marts: Marts) -> Decimal | None:
    """Return the median of the hours that carts took to come back."""
    rows = days.of(marts.hours)
    hours = sorted(row["hours"] for row in rows for _ in range(int(row["carts"])))
    if not hours:
        return None
    middle = len(hours) // 2
    return Decimal(hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2)


def buckets(marts: Marts) -> list[tuple[str, int]]:
    """Count how soon carts came back."""
    counts = dict.fromkeys((name for name, _ in BUCKETS), 0)
    for row in marts.hours:
        name = next(n for n, most in BUCKETS if most is None or row["hours"] <= most)
        counts[name] += int(row["carts"])
    return list(counts.items())


def weeks(rows: Rows) -> dict[date, Rows]:
    """Gather rows by the Monday of their week."""
    found: dict[date, Rows] = {}
    for row in rows:
        found.setdefault(row["day"] - timedelta(days=row["day"].weekday()), []).append(row)
    return dict(sorted(found.items()))
