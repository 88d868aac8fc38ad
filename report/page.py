"""Puts figures, charts and tables together into one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from report import charts, figures
from report.figures import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from report.marts import Marts, Rows

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page: what it shows, as a picture (or none) and as a table."""

    id: str
    title: str
    note: str
    svg: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def write(marts: Marts, output: Path) -> None:
    """Write the page."""
    environment = Environment(
        loader=PackageLoader("report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    now = figures.period(marts)
    page = environment.get_template("page.html.jinja").render(
        marts=marts,
        rules=marts.rules,
        period=now,
        before=now.before(),
        headlines=figures.headlines(marts, now),
        figure=figure,
        parts=parts(marts),
        warnings=warnings(marts),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(page, encoding="utf-8")


def parts(marts: Marts) -> list[Part]:
    """Return the parts of the page, in order."""
    return [
        _rates(marts),
        *(_values(marts, code) for code in figures.codes(marts)),
        _hours(marts),
        _products(marts),
        _channels(marts),
        _currencies(marts),
    ]


def warnings(marts: Marts) -> list[str]:
    """Say what cannot be known from what was loaded."""
    found = []
    if not marts.days:
        found.append("No abandoned carts and no sales were loaded.")
    found += [
        f"No orders of {row['store']} were loaded: its rates, and what became of its carts, are "
        "unknown, which is not zero."
        for row in marts.stores
        if not row["has_orders"]
    ]
    found += [
        f"{row['carts_without_rate']:,} of {row['carts']:,} carts of {row['store']} have no "
        "exchange rate: their value is told in their own currency."
        for row in marts.stores
        if row["carts_without_rate"]
    ]
    return found


def figure(value: Decimal | None, kind: str) -> str:
    """Write a number for a person."""
    if value is None:
        return UNKNOWN
    places = {"count": ",.0f", "share": ".1%", "hours": ",.1f", "money": ",.2f"}[kind]
    return format(Decimal(value), places)


def count(value: Any) -> str:
    """Write a whole number, or that it is not known."""
    return figure(None if value is None else Decimal(value), "count")


def money(value: Any) -> str:
    """Write an amount, or that it is not known."""
    return figure(None if value is None else Decimal(value), "money")


def rate(part: Any, whole: Any) -> str:
    """Write a share, or that it is not known."""
    return figure(Decimal(part) / Decimal(whole) if whole and part is not None else None, "share")


def _rates(marts: Marts) -> Part:
    weeks = {
        week: [sum(int(row[name] or 0) for row in rows) for name in _COLUMNS]
        for week, rows in figures.weeks(marts.days).items()
    }
    series = {
        "abandonment rate": [
            known / checkouts if checkouts else None for _, known, checkouts, _ in weeks.values()
        ],
        "recovery rate": [
            recovered / known if known else None for _, known, _, recovered in weeks.values()
        ],
    }
    return Part(
        "rates",
        "Rates over time",
        "By week, from Monday. The recovery rate of the last weeks still grows.",
        charts.lines([str(week) for week in weeks], series, lambda share: f"{share:.0%}"),
        ("Week from", "Carts abandoned", "Checkouts", "Abandonment rate", "Recovery rate"),
        [
            (
                str(week),
                count(carts),
                count(checkouts) if known else UNKNOWN,
                rate(known, checkouts),
                rate(recovered, known),
            )
            for week, (carts, known, checkouts, recovered) in weeks.items()
        ],
    )


_COLUMNS = ("carts", "known", "checkouts", "recovered")


def _values(marts: Marts, code: str) -> Part:
    rows = [row for row in marts.values if row["code"] == code]
    weeks = {
        week: {
            outcome: sum((r["value"] for r in of if r["outcome"] == outcome), Decimal(0))
            for outcome in OUTCOMES
        }
        for week, of in figures.weeks(rows).items()
    }
    shown = [name for name in OUTCOMES if any(sums[name] for sums in weeks.values())]
    return Part(
        f"value-{code.lower()}",
        f"Value abandoned, in {code}",
        "By the week in which the carts were left: what came back, what is lost, what may still "
        "come back.",
        charts.stacked(
            [str(week) for week in weeks],
            {name: [float(sums[name]) for sums in weeks.values()] for name in shown},
            lambda amount: f"{amount:,.0f}",
        ),
        ("Week from", "Abandoned", *(name.capitalize() for name in shown)),
        [
            (str(week), money(sum(sums.values())), *(money(sums[name]) for name in shown))
            for week, sums in weeks.items()
        ],
    )


def _hours(marts: Marts) -> Part:
    found = figures.buckets(marts)
    return Part(
        "hours",
        "Time to recover",
        "How soon carts came back. An order that was shipped since counts from its last change, "
        "so the truth is sooner.",
        charts.bars([name for name, _ in found], {"carts": [n for _, n in found]}, count),
        ("Came back", "Carts"),
        [(name, count(number)) for name, number in found],
    )


def _products(marts: Marts) -> Part:
    rows = marts.products
    return Part(
        "products",
        "Products most often left behind",
        "Of all carts that were loaded.",
        charts.bars(
            [row["name"] or "" for row in rows],
            {"carts": [int(row["times_abandoned"]) for row in rows]},
            count,
        ),
        ("Product", "SKU", "Carts", "Units", "Value", "Recovered"),
        [
            (
                row["name"] or "",
                row["sku"] or "",
                count(row["times_abandoned"]),
                count(row["units"]),
                f"{money(row['value_in_store_currency'])} {row['store_currency_code'] or ''}",
                figure(row["recovered_share"], "share"),
            )
            for row in rows
        ],
    )


def _channels(marts: Marts) -> Part:
    return _split(
        "channels",
        "By storefront",
        "Storefronts by their channel id.",
        marts.channels,
        lambda row: (
            f"{row['store']}, channel {UNKNOWN if row['channel_id'] is None else row['channel_id']}"
        ),
    )


def _currencies(marts: Marts) -> Part:
    return _split(
        "currencies",
        "By currency",
        "The currency the shopper would have paid in, unconverted.",
        marts.currencies,
        lambda row: row["code"],
    )


def _split(id_: str, title: str, note: str, rows: Rows, name: Any) -> Part:
    return Part(
        id_,
        title,
        note,
        charts.bars(
            [name(row) for row in rows], {"carts": [int(row["carts"]) for row in rows]}, count
        ),
        (
            title.removeprefix("By ").capitalize(),
            "Carts",
            "Value abandoned",
            "Value recovered",
            "Recovery rate",
        ),
        [
            (
                name(row),
                count(row["carts"]),
                f"{money(row['value'])} {row['code']}",
                UNKNOWN
                if row["unknown"] == row["carts"]
                else f"{money(row['value_recovered'])} {row['code']}",
                rate(row["recovered"], row["carts"] - row["unknown"]),
            )
            for row in rows
        ],
    )
