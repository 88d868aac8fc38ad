"""The page's figures: what is not known is no zero, and only settled days are compared."""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tap_bigcommerce_carts.report import charts, figures, page
from tap_bigcommerce_carts.report.figures import NOTHING, Period
from tap_bigcommerce_carts.report.marts import Marts, Rows

# A Tuesday. With seven days until a cart is lost, the days up to the 2nd are settled.
AS_OF = datetime(2026, 3, 10, 10, 0)  # noqa: DTZ001 - as engines give it, in UTC
LAST = date(2026, 3, 2)


def marts(
    days: Rows | None = None,
    values: Rows | None = None,
    money: Rows | None = None,
    hours: Rows | None = None,
    **more: Any,
) -> Marts:
    """Make what the queries found: days, values, and what came in."""
    time_zone = more.get("time_zone", "UTC")
    rules = {"as_of": more.get("as_of", AS_OF), "lost_after_days": 7, "time_zone": time_zone}
    since = more.get("since", datetime(2026, 1, 1))  # noqa: DTZ001 - as above
    stores = more.get("stores", [store("ours", since)])
    nothing: Rows = []
    return Marts(
        rules,
        stores,
        days or nothing,
        values or nothing,
        money or nothing,
        hours or nothing,
        more.get("products", nothing),
        more.get("variants", nothing),
        currencies=nothing,
        paid=nothing,
    )


def store(name: str, since: datetime, *, has_orders: bool = True) -> dict[str, Any]:
    """Make a row of `store_coverage`."""
    return {
        "store": name,
        "has_orders": has_orders,
        "first_abandoned_at": since + timedelta(days=3),
        "first_order_at": since if has_orders else None,
        "carts_without_rate": 0,
    }


def day(on: date, carts: int, recovered: int | None = 0, checkouts: int | None = 0) -> Any:
    """Make a day's sums; without `recovered` and `checkouts` what became of it is not known."""
    known = recovered is not None
    return {
        "day": on,
        "carts": carts,
        "known": carts if known else None,
        "recovered": recovered,
        "lost": None if recovered is None else carts - recovered,
        "still_open": 0 if known else None,
        "unknown": 0 if known else carts,
        "checkouts": checkouts,
    }


def left(on: date, outcome: str, value: str | None, store: str = "ours") -> dict[str, Any]:
    """Make a row of carts by what became of them, in euro."""
    return {
        "day": on,
        "store": store,
        "channel_id": 1,
        "code": "EUR",
        "outcome": outcome,
        "carts": 1,
        "value": None if value is None else Decimal(value),
    }


def rates(found: Marts) -> list[list[str]]:
    """Return the rows of the weekly table."""
    part = page.parts(found)[0]
    assert part.id == "rates"
    return [list(row) for row in part.rows]


def test_zero_and_unknown_are_not_alike_in_the_weekly_table() -> None:
    sold = [day(date(2026, 1, 1), 1, 0, 2), day(date(2026, 1, 14), 0, 0, 5)]
    assert rates(marts([*sold, day(date(2026, 1, 28), 4, 2, 8)])) == [
        ["2025-12-29, in part", "1", "0", "1", "0", "2", "in part", "in part"],
        # Weeks without carts, and without anything at all.
        ["2026-01-05", "0", "0", "0", "0", "0", "none", "none"],
        ["2026-01-12", "0", "0", "0", "0", "5", "0.0%", "none"],
        ["2026-01-19", "0", "0", "0", "0", "0", "none", "none"],
        ["2026-01-26", "4", "2", "2", "0", "8", "50.0%", "50.0%"],
    ]


def test_without_orders_the_weekly_table_knows_the_carts_alone() -> None:
    stores = [store("theirs", AS_OF, has_orders=False)]
    days = [day(date(2026, 1, 5), 3, None, None), day(date(2026, 1, 21), 1, None, None)]
    unknown = ["unknown"] * 6
    assert rates(marts(days, stores=stores)) == [
        ["2026-01-05", "3", *unknown],
        ["2026-01-12", "0", *unknown],
        ["2026-01-19", "1", *unknown],
    ]


def test_weeks_that_are_not_over_or_not_settled_have_no_rates() -> None:
    days = [day(date(2026, 2, 16) + timedelta(days=7 * n), 2, 1, 4) for n in range(4)]
    assert [row[-2:] for row in rates(marts(days))] == [
        ["50.0%", "50.0%"],
        ["50.0%", "50.0%"],  # to the 1st
        ["50.0%", "not settled"],  # to the 8th
        ["in part", "in part"],  # to the 15th
    ]


def test_periods_are_equally_settled() -> None:
    """The last of either was left a week ago or more, wherever days begin."""
    found = marts([day(date(2025, 12, 1), 1)], since=datetime(2025, 12, 1))  # noqa: DTZ001
    assert figures.settled(found) == Period(date(2026, 2, 1), LAST)
    assert figures.compared(found) == Period(date(2026, 1, 2), date(2026, 1, 31))
    assert figures.moving(found) == Period(date(2026, 3, 3), date(2026, 3, 10))
    early = datetime(2026, 3, 10, 3, 0)  # noqa: DTZ001 - still the 9th in New York
    abroad = marts([day(date(2025, 12, 1), 1)], as_of=early, time_zone="America/New_York")
    assert figures.settled(abroad).last == date(2026, 3, 1)


def test_days_before_the_tables_begin_are_compared_with_nothing() -> None:
    known = [day(date(2026, 1, 3), 1), day(LAST, 2)]
    whole, half = datetime(2026, 1, 2), datetime(2026, 1, 3)  # noqa: DTZ001
    assert figures.compared(marts(known, since=whole))
    assert figures.compared(marts(known, since=half)) is None
    both = [store("ours", whole), store("theirs", half)]
    assert figures.compared(marts(known, stores=both)) is None
    young = marts([day(date(2026, 2, 20), 1)], since=whole)
    assert figures.settled(young) == Period(date(2026, 2, 20), LAST)
    assert figures.compared(young) is None
    assert {each.change for each in figures.headlines(young)} == {""}


def test_nothing_is_settled_in_the_first_week() -> None:
    found = marts([day(date(2026, 3, 5), 4)], since=datetime(2026, 3, 5))  # noqa: DTZ001
    assert figures.settled(found).first > LAST
    assert figures.begin(found) == date(2026, 3, 5)


@pytest.mark.parametrize(
    ("now", "was", "said"),
    [
        (day(LAST, 3, 1, 4), day(date(2026, 1, 20), 2, 1, 4), ("+50 %", "+25.0 points")),
        (day(LAST, 3, 1, 4), day(date(2025, 12, 1), 2, 1, 4), ("none before", "nothing to com")),
        (day(date(2026, 3, 9), 3), day(date(2025, 12, 1), 2), ("as before", "nothing to comp")),
    ],
)
def test_changes_are_told_of_what_both_periods_know(now: Any, was: Any, said: Any) -> None:
    found = marts([was, now], since=datetime(2025, 12, 1))  # noqa: DTZ001
    changes = {each.name: each.change for each in figures.headlines(found)}
    assert changes["Carts abandoned"] == said[0]
    assert changes["Abandonment rate"].startswith(said[1])


def headlines(found: Marts) -> dict[str, Decimal | None]:
    return {each.name: each.value for each in figures.headlines(found)}


def test_the_parts_of_the_value_add_up_also_where_some_outcomes_are_unknown() -> None:
    values = [
        left(LAST, "recovered", "10"),
        left(LAST, "lost", "20"),
        left(LAST, "unknown", "40", "theirs"),
    ]
    stores = [store("ours", AS_OF), store("theirs", AS_OF, has_orders=False)]
    days = [day(LAST, 2, 1, 5), day(LAST, 1, None, None)]
    money = [{"day": LAST, "code": "EUR", "value": Decimal(12)}]
    said = headlines(marts(days, values, money, stores=stores))
    assert said["Carts abandoned"] == 3
    assert said["Carts recovered"] == said["Carts lost"] == said["Carts of unknown outcome"] == 1
    assert said["Value abandoned, EUR"] == 70
    assert said["Value recovered, EUR"] == 10
    assert said["Value lost, EUR"] == 20
    assert said["Value of unknown outcome, EUR"] == 40
    assert said["Money that came in, EUR"] == 12
    # Of the carts whose outcome is known.
    assert said["Recovery rate"] == Decimal("0.5")


def test_without_orders_what_became_of_the_value_is_unknown() -> None:
    stores = [store("theirs", AS_OF, has_orders=False)]
    days, values = [day(LAST, 1, None, None)], [left(LAST, "unknown", "40")]
    said = headlines(marts(days, values, stores=stores))
    assert said["Value abandoned, EUR"] == said["Value of unknown outcome, EUR"] == 40
    unknown = ("Carts recovered", "Carts lost", "Abandonment rate", "Recovery rate")
    amounts = ("Value recovered, EUR", "Value lost, EUR", "Money that came in, EUR")
    assert {said[name] for name in (*unknown, *amounts, "Median hours to recover")} == {None}
    assert figures.buckets(marts(days, values, stores=stores)) == []


def test_a_value_that_is_not_known_is_not_zero() -> None:
    found = marts([day(LAST, 1, 0, 1)], [left(LAST, "lost", None)])
    said = headlines(found)
    assert said["Value abandoned, EUR"] is None
    assert said["Value lost, EUR"] is None
    assert said["Value recovered, EUR"] == 0
    assert said["Median hours to recover"] is NOTHING


def test_a_recovery_without_a_time_is_counted_apart() -> None:
    hours = [{"day": LAST, "hours": Decimal(2), "carts": 1}]
    found = marts([day(LAST, 3, 2, 3)], hours=hours)
    assert dict(figures.buckets(found)) == {
        "within an hour": 0,
        "within a day": 1,
        "within a week": 0,
        "within four weeks": 0,
        "later": 0,
        "changed after it was paid": 1,
    }
    timeless = marts([day(LAST, 3, 2, 3)])
    assert headlines(timeless)["Median hours to recover"] is None


def test_variants_stand_below_their_product() -> None:
    """A product of which one variant was left says it all itself."""
    sums = {"sku": "S", "units": 9, "value_in_store_currency": Decimal(5), "recovered_share": None}
    sums |= {"store": "ours", "store_currency_code": "EUR"}
    mug, cap = (
        {**sums, "product_id": key, "name": name, "times_abandoned": carts}
        for key, name, carts in ((7, "Mug", 3), (8, "Cap", 2))
    )
    variants = [
        {**sums, "product_id": product, "variant_id": variant, "times_abandoned": carts}
        for product, variant, carts in ((7, 71, 3), (7, 72, 1), (8, 80, 2))
    ]
    found = marts([day(LAST, 3)], products=[mug, cap], variants=variants)
    (part,) = (each for each in page.parts(found) if each.id == "products")
    assert [row[:3] for row in part.rows] == [
        ("Mug", "S", "3"),
        ("· variant 71", "S", "3"),
        ("· variant 72", "S", "1"),
        ("Cap", "S", "2"),
    ]
    assert part.rows[0][3:] == ("9", "5.00 EUR", "unknown")


def test_a_chart_of_nothing_says_so_in_the_size_of_its_labels() -> None:
    drawn = charts.lines(["2026-03-02"], {"abandonment rate": [None]}, str)

    sizes = re.findall(r"text\.no_data\{[^}]*font-size:(\d+)px", drawn)
    assert "nothing to show" in drawn
    assert sizes == ["12"]
