"""The page about the marts, opened in a browser, of the shop that was worked out by hand."""

import re
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest

from tap_bigcommerce_carts.commands import bigcommerce_carts, main
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.findings import Check, Checked, Fault, Mode
from tap_bigcommerce_carts.verify.tables.load_checks import append
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.warehouse.engines import SCHEMA, DuckDB
from tests.support.warehouse.hand_shop import SECOND, TESTER, HandShop, at
from tests.support.warehouse.marts import Dbt
from tests.support.warehouse.pipes import pipe
from tools.sandbox import Sandbox

# Abandoned, recovered, lost, still open, and what came in.
MONEY = {
    "EUR": ["747.00 EUR", "203.00 EUR", "509.00 EUR", "35.00 EUR", "209.00 EUR"],
    "SEK": ["1,000.00 SEK", "0.00 SEK", "1,000.00 SEK", "0.00 SEK", "0.00 SEK"],
    "USD": ["7.00 USD", "0.00 USD", "7.00 USD", "0.00 USD", "0.00 USD"],
}
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
    with Warehouse.at(str(engine.path), SCHEMA) as checked:
        for check in checks():
            append(checked, check)
    dbt(engine, "run", as_of=SECOND, test_emails=[TESTER])
    return engine


def checks() -> tuple[Check, Check]:
    """Return a check of each store; of theirs it found a cart missing on the 6th."""
    window = Window(at(1, "07:00"), at(10, "07:59:59"))
    streams = ("abandoned_carts", "abandoned_cart_line_items", "orders")
    ours, theirs = ([Checked(stream, window) for stream in streams] for _ in range(2))
    theirs[0].blame(Fault.MISSING, "7", at(6, "10:00"))
    checked = at(10, "09:30")
    return (
        Check("ours", Mode.KEYS, checked, tuple(ours)),
        Check("theirs", Mode.KEYS, checked - timedelta(hours=1), tuple(theirs)),
    )


@pytest.fixture(scope="module")
def page(warehouse: DuckDB) -> Path:
    """Write the page as `make report` does."""
    file = warehouse.path.with_name("report.html")
    arguments = ["report", "--warehouse", str(warehouse.path), "--output", str(file)]
    bigcommerce_carts(arguments, standalone_mode=False)
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


def headlines(html: str, part: str) -> dict[str, str]:
    """Return the figures of a part of the page by their names."""
    (section,) = re.findall(rf'<section aria-labelledby="{part}">(.*?)</section>', html, re.DOTALL)
    found = re.findall(r"<dt>([^<]*)</dt>\s*<dd><strong>([^<]*)</strong>", section)
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
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert set(policy.split("; ")) == {
        *("default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"),
        # These two do not follow from `default-src`.
        *("base-uri 'none'", "form-action 'none'"),
    }
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", html))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "<script" not in html


def test_settled_carts_came_back_or_are_lost(opened: tuple[str, str]) -> None:
    """Those of the 1st and the 2nd, since a week had passed on the 10th."""
    assert "2026-03-01 to 2026-03-02. Every cart of these days was left 7 days ago" in opened[0]
    assert headlines(opened[0], "headlines") == {
        "Carts abandoned": "13",  # 12 of ours, 1 of theirs
        "Carts recovered": "2",  # refunded, and paid first
        "Carts lost": "11",
        "Abandonment rate": "100.0%",  # nobody else bought
        "Recovery rate": "15.4%",
        "Median hours to recover": "25.0",  # of refunded; the other was paid before it was left
        "Value abandoned, EUR": "514.00",  # with 50 dollars at 1.25
        "Value recovered, EUR": "83.00",  # 62 + 21
        "Value lost, EUR": "431.00",
        "Money that came in, EUR": "84.00",  # 62, and another order of 22
        "Value abandoned, SEK": "1,000.00",  # for want of a rate
        "Value recovered, SEK": "0.00",
        "Value lost, SEK": "1,000.00",
        "Money that came in, SEK": "0.00",
        "Value abandoned, USD": "7.00",  # theirs, whose own currency it is
        "Value recovered, USD": "0.00",
        "Value lost, USD": "7.00",
        "Money that came in, USD": "0.00",
    }


def test_what_may_still_come_back_is_told_apart(opened: tuple[str, str]) -> None:
    """The parts add up: 5 = 2 + 2 + 1, and 233 = 120 + 78 + 35."""
    assert headlines(opened[0], "moving") == {
        "Carts abandoned": "5",
        "Carts recovered": "2",  # same and again
        "Carts lost": "2",  # edge and edited, a week ago by the minute
        "Carts still open": "1",
        "Value abandoned, EUR": "233.00",
        "Value recovered, EUR": "120.00",  # 50 + 70
        "Value lost, EUR": "78.00",  # 30 + 48
        "Value still open, EUR": "35.00",
        "Money that came in, EUR": "125.00",  # 50 + 75
    }


def test_every_table_says_what_the_marts_do(opened: tuple[str, str]) -> None:
    html = opened[0]
    assert table(html, "Value abandoned, in EUR") == [
        # The week of the 23rd of February has the 1st of March alone.
        ["2026-02-23, in part", "40.00", "0.00", "40.00", "0.00", "0.00"],
        ["2026-03-02", "707.00", "203.00", "469.00", "35.00", "209.00"],
    ]
    assert table(html, "Rates over time") == [
        ["2026-02-23, in part", "2", "0", "2", "0", "2", "in part", "in part"],
        ["2026-03-02", "16", "4", "11", "1", "18", "88.9%", "not settled"],
    ]
    assert table(html, "Time to recover") == [
        ["within an hour", "0"],
        ["within a day", "2"],
        ["within a week", "1"],
        ["within four weeks", "0"],
        ["later", "0"],
        ["changed after it was paid", "1"],
    ]
    products = table(html, "Products most often left behind")
    assert products[0] == ["Mug", "PT-101", "16", "32", "355.20 EUR", "18.8%"]
    assert table(html, "By storefront") == [
        ["ours, channel 1", "16", *MONEY["EUR"], "25.0%"],
        ["ours, channel 2", "1", *MONEY["SEK"], "0.0%"],
        ["theirs, channel 1", "1", *MONEY["USD"], "0.0%"],
    ]
    assert table(html, "By currency") == [
        [
            *("ours, EUR", "15", "707.00 EUR", "203.00 EUR", "469.00 EUR", "35.00 EUR"),
            *("209.00 EUR", "26.7%"),
        ],
        ["ours, SEK", "1", *MONEY["SEK"], "0.0%"],
        [
            *("ours, USD", "1", "50.00 USD", "0.00 USD", "50.00 USD", "0.00 USD", "0.00 USD"),
            "0.0%",
        ],
        ["theirs, USD", "1", *MONEY["USD"], "0.0%"],
    ]


def test_a_cart_without_a_rate_is_told_of(opened: tuple[str, str]) -> None:
    assert "1 of 17 carts of ours have no value in the store" in opened[0]


def test_the_page_says_up_to_when_it_is_complete_and_of_which_store(
    opened: tuple[str, str],
) -> None:
    from_, checked = "omplete from 2026-03-01 07:00 up to 2026-03", "UTC, checked at 2026-03-10"
    html = " ".join(opened[0].split())
    assert f"UTC. C{from_}-06 00:00 {checked} 08:30 UTC.</p>" in html
    assert f"<li>ours: c{from_}-10 07:59 {checked} 09:30 UTC</li>" in html
    assert f"<li>theirs: c{from_}-06 00:00 {checked} 08:30 UTC</li>" in html
    assert "1 row was found wrong or missing in the tables of theirs" in html


def test_every_chart_has_its_table_for_those_who_cannot_see_it(opened: tuple[str, str]) -> None:
    html = opened[0]
    charts = html.count('<svg aria-hidden="true"')
    assert charts == html.count("<svg ") == html.count("<table>")
    assert charts == html.count("as a table</summary>")
    assert charts == 8


def test_files_are_those_of_the_current_folder_unless_named(
    warehouse: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARGET_DUCKDB_PATH", str(warehouse.path))
    bigcommerce_carts(["report"], standalone_mode=False)
    assert "2026-03-01 to 2026-03-02" in (tmp_path / "output/report.html").read_text()
    monkeypatch.delenv("TARGET_DUCKDB_PATH")
    shutil.copy(warehouse.path, tmp_path / "output/warehouse.duckdb")
    bigcommerce_carts(["report", "--output", "new/page.html"], standalone_mode=False)
    assert "2026-03-01 to 2026-03-02" in (tmp_path / "new/page.html").read_text()


@pytest.fixture
def refused(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Callable[[str, Path], str]:
    """Ask for a page that cannot be had; return the one line that the command ends with."""

    def run(warehouse: str, output: Path) -> str:
        command = ["bigcommerce-carts", "report", "--warehouse", warehouse, "--output", str(output)]
        monkeypatch.setattr("sys.argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        (said,) = caplog.records
        assert (ended.value.code, said.exc_info) == (1, None)
        (line,) = said.getMessage().splitlines()
        return line

    return run


def test_a_warehouse_without_marts_is_one_readable_line(
    tmp_path: Path, refused: Callable[[str, Path], str]
) -> None:
    said = refused(str(tmp_path / "none.duckdb"), tmp_path / "page.html")
    assert said.startswith("The marts cannot be read; build them with `dbt build` first.")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://user:s3cret@host:port/db",
        "postgresql+psycopg://user:s3cret@[::1/db",
        "://",
        "nosuch://user:s3cret@host/db",
        "postgresql+psycopg://user:s3cret@127.0.0.1:1/db?connect_timeout=soon",
    ],
)
def test_a_malformed_address_is_one_line_without_its_password(
    address: str, tmp_path: Path, refused: Callable[[str, Path], str]
) -> None:
    said = refused(address, tmp_path / "page.html")
    assert "warehouse" in said or "marts cannot be read" in said
    assert "s3cret" not in said


def test_a_page_that_cannot_be_written_is_one_line(
    warehouse: DuckDB, tmp_path: Path, refused: Callable[[str, Path], str]
) -> None:
    said = refused(str(warehouse.path), tmp_path)
    assert said == f"{tmp_path} cannot be written: Is a directory"
