"""The page about the marts, opened in a browser, of the shop that was worked out by hand."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from report.__main__ import main
from sandbox import Sandbox
from tests.warehouse.engines import DuckDB
from tests.warehouse.hand_shop import SECOND, TESTER, HandShop
from tests.warehouse.marts import Dbt
from tests.warehouse.pipes import pipe

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def warehouse(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Return the marts as they are after the second load."""
    folder, shop = tmp_path_factory.mktemp("report"), HandShop()
    engine = DuckDB(folder / "warehouse.duckdb")
    for load in range(2):
        for name, store in (("ours", shop.ours), ("theirs", shop.theirs)):
            with Sandbox(store) as sandbox:
                pipe({**sandbox.config(), "store_name": name}, engine, folder, None)
        if not load:
            shop.before_the_second_load()
    dbt(engine, "run", as_of=SECOND, test_emails=[TESTER])
    return engine


@pytest.fixture(scope="module")
def page(warehouse: DuckDB) -> Path:
    """Write the page as `make report` does."""
    file = warehouse.path.with_name("report.html")
    assert main(["--warehouse", str(warehouse.path), "--output", str(file)]) == 0
    return file


@pytest.fixture(scope="module")
def opened(page: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Open the page in a browser; return what it made of it, and what it logged."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise FileNotFoundError(f"A browser is needed, one of {', '.join(BROWSERS)}.")
    done = subprocess.run(
        [
            browser,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path_factory.mktemp('browser')}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout, done.stderr


def headlines(html: str) -> dict[str, str]:
    """Return the headline figures by their names."""
    found = re.findall(r"<dt>([^<]*)</dt>\s*<dd><strong>([^<]*)</strong>", html)
    return {unescape(name): value for name, value in found}


def table(html: str, name: str) -> list[list[str]]:
    """Return the rows of a part's table."""
    (body,) = re.findall(rf'aria-label="{name}, table".*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[unescape(cell) for cell in re.findall(r"<t[hd][^>]*>([^<]*)<", row)] for row in rows]


def test_the_browser_has_nothing_to_say_of_it(opened: tuple[str, str]) -> None:
    assert "CONSOLE" not in opened[1]


def test_nothing_is_fetched(page: Path) -> None:
    """The policy forbids it, and there is nothing that would be."""
    html = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in html
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in html


def test_the_headlines_are_those_of_the_shop(opened: tuple[str, str]) -> None:
    assert headlines(opened[0]) == {
        "Carts abandoned": "18",  # 17 of ours, 1 of theirs
        "Abandonment rate": "90.0%",  # of 20 checkouts: 1 + 9 + 1 + 1 + 7, and 1
        "Recovery rate": "22.2%",  # same, again, refunded and paid first: 4 of 18
        "Median hours to recover": "6.0",  # of 2.5, 6 and 25
        "Value abandoned, EUR": "747.00",  # 40 + 434 + 233, and 50 dollars at 1.25
        "Value recovered, EUR": "203.00",  # 83 + 120
        "Value lost, EUR": "509.00",  # 40 + 351 + 78 + 40; 35 is open
        "Value abandoned, SEK": "1,000.00",  # for want of a rate
        "Value recovered, SEK": "0.00",
        "Value lost, SEK": "1,000.00",
        "Value abandoned, USD": "7.00",  # theirs, whose own currency it is
        "Value recovered, USD": "0.00",
        "Value lost, USD": "7.00",
    }


def test_every_table_says_what_the_marts_do(opened: tuple[str, str]) -> None:
    html = opened[0]
    assert table(html, "Value abandoned, in EUR") == [
        # The week of the 23rd of February has the 1st of March.
        ["2026-02-23", "40.00", "0.00", "40.00", "0.00"],
        ["2026-03-02", "707.00", "203.00", "469.00", "35.00"],
    ]
    assert table(html, "Rates over time") == [
        ["2026-02-23", "2", "2", "100.0%", "0.0%"],
        ["2026-03-02", "16", "18", "88.9%", "25.0%"],
    ]
    assert table(html, "Time to recover") == [
        ["within an hour", "0"],
        ["within a day", "2"],
        ["within a week", "1"],
        ["within four weeks", "0"],
        ["later", "0"],
    ]
    assert table(html, "Products most often left behind")[0][:4] == ["Mug", "PT-101", "16", "32"]
    assert table(html, "By currency") == [
        ["EUR", "15", "707.00 EUR", "203.00 EUR", "26.7%"],
        ["USD", "2", "57.00 USD", "0.00 USD", "0.0%"],
        ["SEK", "1", "1,000.00 SEK", "0.00 SEK", "0.0%"],
    ]


def test_a_cart_without_a_rate_is_told_of(opened: tuple[str, str]) -> None:
    assert "1 of 17 carts of ours have no exchange rate" in opened[0]


def test_every_chart_has_its_table_for_those_who_cannot_see_it(opened: tuple[str, str]) -> None:
    html = opened[0]
    charts = html.count('<svg aria-hidden="true"')
    assert charts == html.count("<svg ") == html.count("<table>") == html.count("<summary>")
    assert charts == 8


def test_a_warehouse_without_marts_is_one_readable_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--warehouse", str(tmp_path / "none.duckdb")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The marts cannot be read; build them with `dbt build` first.")
    assert said.count("\n") == 1
