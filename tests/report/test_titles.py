"""What the page calls a difference, and what its charts' titles say, in a browser."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.report.page import SAME, write
from tests.report.test_cells import CELL, MONEY, marts
from tests.support.browser import SIZES, ReportPage
from tools.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

# label, checkouts, carts
GROUPS = [("Portal", 23, 14), ("Main", 500, 142), ("Outlet", 200, 53)]
LIFT: dict[str, Any] = {
    "store": "ours",
    "attribution_days": 7,
    "shoppers_mailed": 900,
    "recovered_mailed": 90,
    "rate_mailed": 0.1,
    "shoppers_held_out": 900,
    "recovered_held_out": 135,
    "rate_held_out": 0.15,
}
ALIKE = [("1: below 25", 100, 30), ("10: 500 or more", 100, 28), ("2: 25 to 50", 100, 33)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


def split(rows: Sequence[tuple[str | None, int, int]]) -> list[dict[str, Any]]:
    return [
        CELL
        | {"span": 7, "label": label, "checkouts": checkouts, "carts": carts, "recovered": 1}
        | {"value": 100, "value_converted": 100}
        for label, checkouts, carts in rows
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("titles") / "report.html"
    days = [
        CELL
        | MONEY
        | {"day": date(2026, 3, 2) - timedelta(days=back), "still_open": 0, "lost": 0}
        | {"checkouts": 100, "carts": 60 if back < 7 else 58, "recovered": 10, "value": 900}
        for back in range(80)
    ]
    found = marts(
        days=days,
        groups=split(GROUPS),
        prices=split(ALIKE),
        coupons=split([(None, 5000, 5000), ("used", 100, 1)]),
        countries=split([(None, 50, 10), ("DE", 40, 8)]),
    )
    found.stores[0]["first_abandoned_at"] = datetime(2025, 12, 1, tzinfo=UTC)
    write(found, file)
    return file


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> ReportPage:
    """A page on which reminders did harm, and of one sale it is not known what came in."""
    file = tmp_path_factory.mktemp("odd") / "report.html"
    # Settled until Monday, 2 March: five Sundays and Mondays in thirty days, and four of others.
    times = {1: 5, 2: 4, 3: 4, 4: 4, 5: 4, 6: 4, 7: 5}
    hours = [
        CELL
        | {"span": 30, "label": 100 * weekday + hour, "checkouts": 90, "carts": 20 * n}
        | {"recovered": 0, "value": None, "value_converted": None}
        for weekday, n in times.items()
        for hour in (9, 15)
    ]
    day = {"checkouts": 4, "carts": 3, "recovered": 1, "lost": 2, "still_open": 0}
    known = CELL | MONEY | day | {"value": 30, "value_recovered": 10, "came_in": 9}
    days = [
        known | {"day": date(2026, 3, 1)},
        known | {"day": date(2026, 3, 2), "came_in": None},
    ]
    lift = LIFT | {"lift": -0.05, "lift_low": -0.08, "lift_high": -0.02}
    problems = [
        {"store": "ours", "span": 7, "label": kind, "problems": n}
        for kind, n in (("tax", 0), ("payment", 3))
    ]
    write(marts(days=days, hours=hours, lift=[lift], problems=problems), file)
    shown = ReportPage(browser, file)
    shown.drawn()
    return shown


@pytest.fixture(scope="module")
def shown(page: Path, browser: Browser) -> ReportPage:
    shown = ReportPage(browser, page)
    shown.drawn()
    return shown


@pytest.mark.parametrize(
    ("shares", "differ"),
    [
        # z = (0.60 - 0.45) / sqrt(0.525 * 0.475 * 0.02) = 2.12; of 58 it is 1.84.
        ([[60, 100], [45, 100]], True),
        ([[58, 100], [45, 100]], False),
        # As of one month beside another: z is 0.23.
        ([[151, 540], [110, 403]], False),
        # By 2.3 points: z is 0.81.
        ([[148, 527], [130, 504]], False),
        # Chi-squared of three: 2 * (10^2 / 50 + 10^2 / 50) = 8 is above 5.99, and 5.12 is not.
        ([[40, 100], [50, 100], [60, 100]], True),
        ([[42, 100], [50, 100], [58, 100]], False),
        ([[0, 5], [0, 900]], False),
        ([[0, 0], [1, 2]], False),
    ],
)
def test_shares_differ_by_more_than_chance(
    shown: ReportPage, shares: list[list[int]], *, differ: bool
) -> None:
    assert shown.page.evaluate("(shares) => Chance.sharesDiffer(shares)", shares) is differ


@pytest.mark.parametrize(
    ("now", "was", "differ"),
    [
        # 2.8 * sqrt(0.02) = 0.396
        ([1390, 100], [1000, 100], False),
        ([1000, 100], [1390, 100], False),
        ([1400, 100], [1000, 100], True),
        # 2.8 * sqrt(0.0002) = 0.0396
        ([1040, 10_000], [1000, 10_000], True),
    ],
)
def test_sums_differ_by_more_than_so_few_carts_do(
    shown: ReportPage, now: list[int], was: list[int], *, differ: bool
) -> None:
    assert shown.page.evaluate("(sums) => Chance.sumsDiffer(...sums)", [now, was]) is differ


def test_times_differ_if_more_of_one_are_above_the_middle_of_all(shown: ReportPage) -> None:
    differ = "(times) => Chance.mediansDiffer(...times)"
    # Of 28 and 28, all above and none; then 15 and 13.
    assert shown.page.evaluate(differ, [list(range(28, 56)), list(range(28))])
    odd, even = list(range(1, 56, 2)), list(range(0, 56, 2))
    assert not shown.page.evaluate(differ, [odd, even])


def test_weekdays_that_come_more_often_are_no_finding(odd: ReportPage) -> None:
    """Forty carts a day, on each weekday alike; all in two of 24 hours."""
    said = "More carts are left from 9:00 to 10:00 than in other hours"
    assert title(odd, "hours") == said


def test_reminders_that_do_harm_are_told_of(odd: ReportPage) -> None:
    assert title(odd, "lift") == "Of those mailed, 5.0 points fewer bought (2.0 to 8.0)"


def test_a_kind_without_problems_is_not_named(odd: ReportPage) -> None:
    assert odd.table("problems") == [["payment", "3"]]


def test_what_came_in_is_unknown_if_it_is_of_one_cart(odd: ReportPage) -> None:
    odd.choose(period=7)
    assert odd.figures()["Money that came in"][0] == "unknown"
    odd.choose(period=30)


def test_without_scripts_what_is_not_known_is_no_zero(tmp_path: Path, browser: Browser) -> None:
    file = tmp_path / "report.html"
    unknown = CELL | MONEY | {"day": date(2026, 3, 1), "carts": 2, "value": 30}
    unknown |= dict.fromkeys(("checkouts", "recovered", "lost", "still_open"))
    write(marts(days=[unknown]), file)
    shown = ReportPage(browser, file, java_script_enabled=False)
    text = " ".join(shown.page.locator("noscript").inner_text().split())
    assert "ours unknown 2 30.00 EUR unknown" in text
    shown.page.close()


def test_counts_differ_from_each_other(shown: ReportPage) -> None:
    # Of ten and ten each: (6^2 + 6^2) / 10 = 7.2 is above 3.84, and 3.2 is not.
    assert shown.page.evaluate("Chance.countsDiffer([16, 4])")
    assert not shown.page.evaluate("Chance.countsDiffer([14, 6])")
    # Of ten and ten, counted twice as long in the second: (9.3^2 / 6.7 + 9.3^2 / 13.3) = 19.6.
    assert shown.page.evaluate("Chance.countsDiffer([16, 4], [1, 2])")
    assert not shown.page.evaluate("Chance.countsDiffer([10, 20], [1, 2])")


def test_the_rule_is_told_on_the_page_and_to_the_manager(shown: ReportPage) -> None:
    assert SAME in shown.text("#definitions")
    assert SAME in Path("docs/manager.md").read_text(encoding="utf-8")


def test_what_chance_does_is_neither_better_nor_worse(shown: ReportPage) -> None:
    """420 of 700 were left, before 406 of 700: z = 0.76; carts' value was the same."""
    shown.choose(period=7)
    assert shown.figures()["Checkouts left"][2:] == ("≈ about the same (2.0 points more)",)
    assert shown.figures()["Value left"][2:] == ("= as before",)


def test_the_store_is_named_if_it_is_the_only_one(shown: ReportPage) -> None:
    assert shown.text("h1") == "Abandoned carts of ours"


def title(shown: ReportPage, part: str) -> str:
    return shown.text(f"#{part} h2")


def test_a_title_names_the_largest_bar_and_says_if_it_is_of_few(shown: ReportPage) -> None:
    said = "Most left: Portal, 60.9% (few: 23 checkouts); least: Outlet, 26.5%"
    assert title(shown, "groups") == said
    assert "60.9% (of 23)" in bars(shown, "groups")


def test_groups_that_differ_by_chance_are_about_the_same(shown: ReportPage) -> None:
    assert title(shown, "prices") == "About the same for every price band, near 30.3%"


def test_price_bands_stand_in_their_order_without_its_number(shown: ReportPage) -> None:
    assert [row[0] for row in shown.table("prices")] == ["below 25", "25 to 50", "500 or more"]


def test_a_split_that_most_carts_left_are_unknown_to_is_not_shown(shown: ReportPage) -> None:
    assert "By use of coupons: of most carts that were left it is not known." in shown.absent()


def test_what_is_as_unknown_of_sales_is_shown(shown: ReportPage) -> None:
    assert [row[0] for row in shown.table("countries")] == ["Unknown country", "Germany"]


def test_weeks_are_compared_in_words(shown: ReportPage) -> None:
    shown.choose(period=30)
    assert title(shown, "rates") == "The share left stayed about the same, near 58.4%"


@pytest.mark.parametrize("size", SIZES)
def test_the_text_beside_a_bar_has_its_room(page: Path, browser: Browser, size: str) -> None:
    shown = ReportPage(browser, page, SIZES[size])
    shown.drawn()
    cut = shown.page.evaluate(
        """() => [...document.querySelectorAll(".chart svg")].flatMap((svg) =>
            [...svg.querySelectorAll("text")].filter((text) =>
                getComputedStyle(text).opacity !== "0" &&
                text.getBoundingClientRect().right > svg.getBoundingClientRect().right + 1
            ).map((text) => text.textContent))"""
    )
    assert cut == []
    shown.page.close()


def test_charts_below_the_screen_wait_for_the_browser_unless_it_prints(
    page: Path, browser: Browser
) -> None:
    window = browser.new_page(viewport={"width": 1440, "height": 900})
    window.add_init_script("window.setTimeout = (go) => { window.goOn = go; }")
    window.goto(page.as_uri())
    window.wait_for_selector("body[data-seen]")
    drawn, all_of_them = window.locator(".chart svg"), window.locator(".part:not([hidden]) .chart")
    assert 0 < drawn.count() < all_of_them.count()
    window.evaluate("document.querySelector('#prices').scrollIntoView()")
    window.evaluate("() => goOn()")
    assert window.locator("#prices svg").count() == 1
    window.evaluate("() => void dispatchEvent(new Event('beforeprint'))")
    assert drawn.count() == all_of_them.count()
    window.close()


def bars(shown: ReportPage, part: str) -> list[str]:
    shown.drawn()
    return shown.page.locator(f"#{part} .chart svg .mark-text text").all_text_contents()
