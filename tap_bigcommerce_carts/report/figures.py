"""The headline figures: a settled period, the one before it, and the days that still move.

A figure is None where it is not known, and `NOTHING` where it is a share or a median of nothing:
neither is zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_bigcommerce_carts.report.marts import Marts, Rows

DAYS = 30
OUTCOMES = ("recovered", "lost", "open", "unknown")
NOTHING = Decimal("NaN")
# Told where there are some. Settled carts are not open, and of most stores the outcome is known.
_OF_UNKNOWN = ("Carts of unknown outcome", "Value of unknown outcome")
_UNSETTLED = (*_OF_UNKNOWN, "Carts still open", "Value still open")
BUCKETS = (
    ("within an hour", 1),
    ("within a day", 24),
    ("within a week", 168),
    ("within four weeks", 672),
    ("later", None),
)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def before(self) -> Period:
        """Return the period of the same length that ends where this one begins."""
        length = self.last - self.first + _DAY
        return Period(self.first - length, self.last - length)

    def of(self, rows: Iterable[dict[str, Any]]) -> Rows:
        """Return the rows whose day is in the period."""
        return [row for row in rows if self.first <= row["day"] <= self.last]


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure, how it is written, and how it changed since the period before, if known."""

    name: str
    value: Decimal | None
    kind: str
    change: str = ""
    note: str = ""


def today(marts: Marts) -> date:
    """Return the day on which the marts were built, where days are counted."""
    moment: datetime = marts.rules["as_of"].replace(tzinfo=UTC)
    try:
        zone = ZoneInfo(marts.rules["time_zone"])
    except (ZoneInfoNotFoundError, ValueError):
        return moment.date()
    return moment.astimezone(zone).date()


def begin(marts: Marts) -> date | None:
    """Return the first day that anything is known of; None of empty marts."""
    return min((row["day"] for row in marts.days), default=None)


def settled(marts: Marts) -> Period:
    """Return the last 30 days, or as many as are known, whose carts are all recovered or lost."""
    last = today(marts) - timedelta(days=int(marts.rules["lost_after_days"])) - _DAY
    first = last - timedelta(days=DAYS - 1)
    return Period(max(first, min(begin(marts) or first, last + _DAY)), last)


def moving(marts: Marts) -> Period:
    """Return the days after those."""
    return Period(settled(marts).last + _DAY, today(marts))


def compared(marts: Marts) -> Period | None:
    """Return the period before the settled one; None if it is not known of every store."""
    now = settled(marts)
    was = now.before()
    first = max((day for day in map(_first_day, marts.stores) if day), default=None)
    is_whole = now.last - now.first == timedelta(days=DAYS - 1)
    return was if is_whole and first and first <= was.first else None


def _first_day(store: dict[str, Any]) -> date | None:
    moments = (store["first_abandoned_at"], store["first_order_at"])
    return min((moment.date() for moment in moments if moment), default=None)


def headlines(marts: Marts) -> list[Headline]:
    """Work out the figures of the settled period, beside the one before."""
    now, was = settled(marts), compared(marts)
    shown = codes(marts, now)
    found = _figures(now, marts, shown)
    changes = [""] * len(found)
    if was:
        changes = [
            _changed(each.kind, each.value, before.value)
            for each, before in zip(found, _figures(was, marts, shown), strict=True)
        ]
    return [
        replace(each, change=change)
        for each, change in zip(found, changes, strict=True)
        if each.value or not each.name.startswith(_UNSETTLED)
    ]


def since(marts: Marts) -> list[Headline]:
    """Work out the figures of the days that are not settled, which are compared to none."""
    days = moving(marts)
    return [
        each
        for each in _figures(days, marts, codes(marts, days))
        if each.kind in ("count", "money") and (each.value or not each.name.startswith(_OF_UNKNOWN))
    ]


def _figures(days: Period, marts: Marts, codes: list[str]) -> list[Headline]:
    """Work out all figures of a period; the parts of the carts and values add up to the whole."""
    return [
        Headline("Carts abandoned", total(days, marts, "carts"), "count"),
        Headline("Carts recovered", total(days, marts, "recovered"), "count"),
        Headline("Carts lost", total(days, marts, "lost"), "count"),
        Headline("Carts still open", total(days, marts, "still_open"), "count"),
        Headline("Carts of unknown outcome", total(days, marts, "unknown"), "count"),
        Headline(
            "Abandonment rate",
            share(days, marts, "known", "checkouts"),
            "share",
            note="of the checkouts that reached the payment step",
        ),
        Headline(
            "Recovery rate",
            share(days, marts, "recovered", "known"),
            "share",
            note="of the carts abandoned",
        ),
        Headline("Median hours to recover", median(days, marts), "hours"),
        *(each for code in codes for each in _amounts(days, marts, code)),
    ]


def _amounts(days: Period, marts: Marts, code: str) -> list[Headline]:
    rows = [row for row in days.of(marts.values) if row["code"] == code]
    found = {
        "Value abandoned": worth(rows, OUTCOMES, marts),
        "Value recovered": worth(rows, ("recovered",), marts),
        "Value lost": worth(rows, ("lost",), marts),
        "Value still open": worth(rows, ("open",), marts),
        "Value of unknown outcome": worth(rows, ("unknown",), marts),
        "Money that came in": came_in(days, marts, code),
    }
    return [Headline(f"{name}, {code}", value, "money") for name, value in found.items()]


def _changed(kind: str, now: Decimal | None, was: Decimal | None) -> str:
    """Return how a figure changed: shares in points, the rest in percent."""
    if now is None or was is None or now.is_nan() or was.is_nan():
        return "nothing to compare with"
    if kind == "share":
        return f"{(now - was) * 100:+.1f} points"
    if not was:
        return "none before" if now else "as before"
    return f"{(now / was - 1) * 100:+.0f} %"


def codes(marts: Marts, days: Period | None = None) -> list[str]:
    """Return the currencies of the amounts, the one with most carts first.

    Args:
        marts: what was read of a warehouse.
        days: only carts left in these days; None for all.
    """
    carts: dict[str, int] = {}
    for row in marts.values if days is None else days.of(marts.values):
        carts[row["code"]] = carts.get(row["code"], 0) + int(row["carts"])
    return sorted(carts, key=lambda code: (-carts[code], code))


def total(days: Period, marts: Marts, column: str) -> Decimal | None:
    """Add up a column of the days; None if it is not known.

    Args:
        days: the period.
        marts: what was read of a warehouse.
        column: one of `abandonment_daily`, as `marts.days` has it.
    """
    return added([row[column] for row in days.of(marts.days)], known=is_known(marts, column))


def is_known(marts: Marts, column: str = "") -> bool:
    """Return whether what became of carts is known of any store; how many were left always is.

    Args:
        marts: what was read of a warehouse.
        column: what is counted; "" for what became of carts.
    """
    return column in ("carts", "unknown") or any(row["has_orders"] for row in marts.stores)


def added(values: Sequence[Any], *, known: bool) -> Decimal | None:
    """Add up what is known; without anything to add up, none if that is known, else None.

    Args:
        values: numbers, None where one is not known.
        known: whether it would be known if there were nothing to add up.
    """
    found = [Decimal(each) for each in values if each is not None]
    if not found and (values or not known):
        return None
    return sum(found, Decimal(0))


def share(days: Period, marts: Marts, part: str, whole: str) -> Decimal | None:
    """Return a part of a whole; None if it is not known, `NOTHING` of nothing.

    Args:
        days: the period.
        marts: what was read of a warehouse.
        part: a column, as for `total`.
        whole: another one.

    Returns:
        From 0 to 1.
    """
    return ratio(total(days, marts, part), total(days, marts, whole))


def ratio(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Divide; None if it is not known, `NOTHING` of nothing."""
    if part is None or whole is None:
        return None
    return part / whole if whole else NOTHING


def worth(rows: Rows, outcomes: tuple[str, ...], marts: Marts) -> Decimal | None:
    """Add up the values of carts by what became of them; None if that is not known.

    Args:
        rows: carts' values by `outcome`, in one currency.
        outcomes: which of them to add up.
        marts: what was read of a warehouse.
    """
    asks_for_unknown = "unknown" in outcomes
    if not asks_for_unknown and rows and all(row["outcome"] == "unknown" for row in rows):
        return None
    wanted = [row["value"] for row in rows if row["outcome"] in outcomes]
    return added(wanted, known=asks_for_unknown or bool(rows) or is_known(marts))


def came_in(days: Period, marts: Marts, code: str) -> Decimal | None:
    """Add up what the orders came to that the days' carts came back as.

    Args:
        days: the days on which the carts were left.
        marts: what was read of a warehouse.
        code: the currency the orders were paid in, ISO 4217.

    Returns:
        The amount in that currency; None if it is not known.
    """
    rows = [row for row in days.of(marts.money) if row["code"] == code]
    return added([row["value"] for row in rows], known=is_known(marts))


def median(days: Period, marts: Marts) -> Decimal | None:
    """Return the median of the hours that carts took to come back.

    Args:
        days: the days on which the carts were left.
        marts: what was read of a warehouse.

    Returns:
        Hours; None if they are not known, `NOTHING` if no cart came back.
    """
    rows = days.of(marts.hours)
    hours = sorted(row["hours"] for row in rows for _ in range(int(row["carts"])))
    if not hours:
        return None if total(days, marts, "recovered") else NOTHING if is_known(marts) else None
    middle = len(hours) // 2
    return Decimal(hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2)


def buckets(marts: Marts) -> list[tuple[str, int]]:
    """Count how soon carts came back; nothing where that is not known."""
    if not is_known(marts):
        return []
    counts = dict.fromkeys((name for name, _ in BUCKETS), 0)
    for row in marts.hours:
        name = next(n for n, most in BUCKETS if most is None or row["hours"] <= most)
        counts[name] += int(row["carts"])
    recovered = sum(int(row["recovered"] or 0) for row in marts.days)
    if timeless := recovered - sum(counts.values()):
        counts["changed after it was paid"] = timeless
    return list(counts.items())


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Monday, and its rows.

    Attributes:
        is_whole: whether all of it was loaded, as far as the tables say.
        is_settled: whether no cart of it can be open any more.
    """

    monday: date
    rows: Rows
    is_whole: bool
    is_settled: bool

    @property
    def name(self) -> str:
        """Which week it is."""
        return str(self.monday) if self.is_whole else f"{self.monday}, in part"


def weeks(rows: Rows, marts: Marts) -> list[Week]:
    """Gather rows by week; one without rows between others is there too.

    Args:
        rows: with a `day` each, in any order.
        marts: what was read of a warehouse.

    Returns:
        The weeks from the first row's to the last one's, in order.
    """
    if not rows:
        return []
    first, now = begin(marts) or rows[0]["day"], today(marts)
    last_settled = settled(marts).last
    mondays = sorted(row["day"] - timedelta(days=row["day"].weekday()) for row in rows)
    found = []
    for n in range((mondays[-1] - mondays[0]) // _WEEK + 1):
        monday = mondays[0] + n * _WEEK
        sunday = monday + _WEEK - _DAY
        found.append(
            Week(
                monday,
                Period(monday, sunday).of(rows),
                is_whole=first <= monday and sunday < now,
                is_settled=sunday <= last_settled,
            )
        )
    return found
