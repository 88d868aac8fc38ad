"""Puts figures, charts and tables together into one HTML file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from tap_bigcommerce_carts.report import charts, checks, figures
from tap_bigcommerce_carts.report.figures import OUTCOMES, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tap_bigcommerce_carts.report.figures import Week
    from tap_bigcommerce_carts.report.marts import Marts, Rows

UNKNOWN = "unknown"
NONE = "none"  # a share of nothing
IN_PART = "in part"
NOT_SETTLED = "not settled"


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
    """Write the page.

    Args:
        marts: what was read of a warehouse.
        output: the HTML file, which is replaced.
    """
    environment = Environment(
        loader=PackageLoader("tap_bigcommerce_carts.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("page.html.jinja").render(
        marts=marts,
        rules=marts.rules,
        begin=figures.begin(marts),
        settled=figures.settled(marts),
        before=figures.compared(marts),
        moving=figures.moving(marts),
        headlines=figures.headlines(marts),
        since=figures.since(marts),
        figure=figure,
        parts=parts(marts),
        complete=checks.complete(marts.stores),
        complete_by_store=checks.by_store(marts.stores),
        warnings=[*warnings(marts), *checks.troubles(marts.stores)],
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
    """Return sentences about what cannot be known from what was loaded."""
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
        "value in the store's currency: what they are worth, if known, is told in their own."
        for row in marts.stores
        if row["carts_without_rate"]
    ]
    return found


def figure(value: Decimal | None, kind: str) -> str:
    """Write a number for a person.

    Args:
        value: the number; None if it is not known, NaN if there is nothing to take it of.
        kind: `count`, `share` (1 is all), `hours` or `money`.
    """
    if value is None:
        return UNKNOWN
    if value.is_nan():
        return NONE
    places = {"count": ",.0f", "share": ".1%", "hours": ",.1f", "money": ",.2f"}[kind]
    return format(value, places)


def count(value: Any) -> str:
    """Write a whole number, or that it is not known."""
    return figure(None if value is None else Decimal(value), "count")


def amount(value: Any, code: str | None) -> str:
    """Write an amount with its currency, or that it is not known.

    Args:
        value: how much; None if it is not known.
        code: the currency, ISO 4217; None if it is not known.
    """
    return UNKNOWN if value is None else f"{figure(Decimal(value), 'money')} {code or UNKNOWN}"


def _rates(marts: Marts) -> Part:
    weeks = [
        (
            week,
            {
                name: figures.added([row[name] for row in week.rows], known=known)
                for name, known in _columns(marts).items()
            },
        )
        for week in figures.weeks(marts.days, marts)
    ]
    left = [
        figures.ratio(sums["known"], sums["checkouts"]) if week.is_whole else None
        for week, sums in weeks
    ]
    back = [
        figures.ratio(sums["recovered"], sums["known"])
        if week.is_whole and week.is_settled
        else None
        for week, sums in weeks
    ]
    return Part(
        "rates",
        "Rates over time",
        "By week, from Monday. Weeks that were loaded in part have no rates, and weeks with carts "
        "that may still come back have no recovery rate.",
        charts.lines(
            [str(week.monday) for week, _ in weeks],
            {"abandonment rate": _drawn(left), "recovery rate": _drawn(back)},
            lambda share: f"{share:.0%}",
        ),
        (
            *("Week from", "Carts abandoned", "Recovered", "Lost", "Still open", "Checkouts"),
            *("Abandonment rate", "Recovery rate"),
        ),
        [
            (
                week.name,
                *(
                    figure(sums[name], "count")
                    for name in ("carts", "recovered", "lost", "still_open", "checkouts")
                ),
                figure(rate, "share") if week.is_whole else IN_PART,
                IN_PART
                if not week.is_whole
                else figure(came, "share")
                if week.is_settled or sums["recovered"] is None
                else NOT_SETTLED,
            )
            for (week, sums), rate, came in zip(weeks, left, back, strict=True)
        ],
    )


def _columns(marts: Marts) -> dict[str, bool]:
    """Return the columns of a week's sums, and whether none of them is zero."""
    names = ("carts", "known", "recovered", "lost", "still_open", "checkouts")
    return {name: figures.is_known(marts, name) for name in names}


def _drawn(values: Sequence[Decimal | None]) -> list[float | None]:
    return [None if each is None or each.is_nan() else float(each) for each in values]


def _values(marts: Marts, code: str) -> Part:
    rows = [row for row in marts.values if row["code"] == code]
    there = {row["outcome"] for row in rows}
    shown = [name for name in OUTCOMES if name in there]
    weeks = figures.weeks(rows, marts)
    sums = [{name: figures.worth(week.rows, (name,), marts) for name in shown} for week in weeks]
    return Part(
        f"value-{code.lower()}",
        f"Value abandoned, in {code}",
        "By the week in which the carts were left: what came back, what is lost, what may still "
        "come back.",
        charts.stacked(
            [str(week.monday) for week in weeks],
            {_HEADINGS[name].lower(): _drawn([each[name] for each in sums]) for name in shown},
            lambda amount: f"{amount:,.0f}",
        ),
        ("Week from", "Abandoned", *(_HEADINGS[name] for name in shown), "Money that came in"),
        [
            (
                week.name,
                figure(figures.worth(week.rows, OUTCOMES, marts), "money"),
                *(figure(each[name], "money") for name in shown),
                figure(_week_came_in(week, marts, code), "money"),
            )
            for week, each in zip(weeks, sums, strict=True)
        ],
    )


_HEADINGS = {
    "recovered": "Recovered",
    "lost": "Lost",
    "open": "Still open",
    UNKNOWN: "Of unknown outcome",
}


def _week_came_in(week: Week, marts: Marts, code: str) -> Decimal | None:
    days = Period(week.monday, week.monday + timedelta(days=6))
    return figures.came_in(days, marts, code)


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
        "Of all carts that were loaded, with their variants. A cart with two variants of a product "
        "is one cart.",
        charts.bars(
            [row["name"] or "" for row in rows],
            {"carts": [int(row["times_abandoned"]) for row in rows]},
            count,
        ),
        ("Product", "SKU", "Carts", "Units", "Value", "Recovered"),
        [
            line
            for row in rows
            for line in (
                _left_behind(row["name"] or f"product {row['product_id']}", row),
                *(
                    _left_behind(f"· variant {each['variant_id']}", each)
                    for each in _variants(marts, row)
                ),
            )
        ],
    )


def _variants(marts: Marts, product: dict[str, Any]) -> Rows:
    """Return the variants of a product; a single one would say the same again."""
    key = (product["store"], product["product_id"])
    found = [row for row in marts.variants if (row["store"], row["product_id"]) == key]
    return found if len(found) > 1 else []


def _left_behind(name: str, row: dict[str, Any]) -> Sequence[str]:
    return (
        name,
        row["sku"] or "",
        count(row["times_abandoned"]),
        count(row["units"]),
        amount(row["value_in_store_currency"], row["store_currency_code"]),
        figure(row["recovered_share"], "share"),
    )


def _channels(marts: Marts) -> Part:
    return _split(
        marts,
        ("channels", "By storefront", "Storefronts by their channel id."),
        (marts.values, marts.money),
        lambda row: (
            f"{row['store']}, channel {UNKNOWN if row['channel_id'] is None else row['channel_id']}"
        ),
    )


def _currencies(marts: Marts) -> Part:
    several = len(marts.stores) > 1
    return _split(
        marts,
        (
            "currencies",
            "By currency",
            "The currency the shopper would have paid in, or did pay in, unconverted.",
        ),
        (marts.currencies, marts.paid),
        lambda row: f"{row['store']}, {row['code']}" if several else row["code"],
    )


def _split(
    marts: Marts,
    words: tuple[str, str, str],
    rows: tuple[Rows, Rows],
    name: Callable[[dict[str, Any]], str],
) -> Part:
    """Split carts and the money that came in by a name; amounts of each currency stay apart."""
    (id_, title, note), (carts, money) = words, rows
    keys = sorted({(name(row), row["code"]) for row in (*carts, *money)})
    groups = [
        (
            key,
            [row for row in carts if (name(row), row["code"]) == key],
            [row["value"] for row in money if (name(row), row["code"]) == key],
        )
        for key in keys
    ]
    groups.sort(key=lambda group: -_count(group[1], OUTCOMES))
    return Part(
        id_,
        title,
        note,
        charts.bars(
            [key[0] for key, _, _ in groups],
            {"carts": [_count(of, OUTCOMES) for _, of, _ in groups]},
            count,
        ),
        (
            *(title.removeprefix("By ").capitalize(), "Carts", "Value abandoned"),
            *("Value recovered", "Value lost", "Value still open", "Money that came in"),
            "Recovery rate",
        ),
        [
            (
                key[0],
                count(_count(of, OUTCOMES)),
                *(
                    amount(figures.worth(of, outcomes, marts), key[1])
                    for outcomes in (OUTCOMES, ("recovered",), ("lost",), ("open",))
                ),
                amount(figures.added(paid, known=bool(_count(of, _KNOWN))), key[1]),
                figure(_recovery_rate(of), "share"),
            )
            for key, of, paid in groups
        ],
    )


_KNOWN = ("recovered", "lost", "open")


def _count(rows: Rows, outcomes: tuple[str, ...]) -> int:
    return sum(int(row["carts"]) for row in rows if row["outcome"] in outcomes)


def _recovery_rate(rows: Rows) -> Decimal | None:
    """Return which share came back; None if that is known of none."""
    known = _count(rows, _KNOWN)
    if rows and not known:
        return None
    return figures.ratio(Decimal(_count(rows, ("recovered",))), Decimal(known))
