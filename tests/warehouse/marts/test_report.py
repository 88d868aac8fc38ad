"""The page about the marts, opened in a browser, of the shop that was worked out by hand."""

import re
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from html import unescape
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tap_bigcommerce_carts.commands import bigcommerce_carts, main
from tap_bigcommerce_carts.errors import NoMartsError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.report.marts import PERIODS, QUERIES, Marts
from tap_bigcommerce_carts.report.page import write
from tap_bigcommerce_carts.sandbox import Sandbox
from tap_bigcommerce_carts.verify.findings import Check, Checked, Fault, Mode
from tap_bigcommerce_carts.verify.tables.load_checks import append
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.browser import SIZES, ReportPage
from tests.support.documents.found import Script, scripts
from tests.support.documents.stage import Stage
from tests.support.paths import ROOT
from tests.support.warehouse.engines import SCHEMA, DuckDB
from tests.support.warehouse.hand_shop import SECOND, TESTER, HandShop, at
from tests.support.warehouse.marts import Dbt
from tests.support.warehouse.pipes import pipe
from tools.browser import chromium


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
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def shown(page: Path, browser: Browser) -> ReportPage:
    return ReportPage(browser, page)


def test_the_browser_has_nothing_to_say_of_it_and_fetches_nothing(shown: ReportPage) -> None:
    shown.drawn()
    assert shown.logged == shown.fetched == []


def test_nothing_could_be_fetched_and_no_other_script_could_run(page: Path) -> None:
    html = page.read_text(encoding="utf-8")
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    rules = dict(rule.split(" ", 1) for rule in unescape(policy).split("; "))
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [b64encode(sha256(each.encode()).digest()).decode() for each in scripts]
    assert rules.pop("script-src").split() == [f"'sha256-{each}'" for each in hashes]
    assert rules == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        # These two do not follow from `default-src`.
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_settled_carts_came_back_or_are_lost(shown: ReportPage) -> None:
    """Those of the 1st and the 2nd, since a week had passed on the 10th; ours were in euro."""
    shown.choose(store="ours", period=30)
    assert shown.text("#days").startswith(
        "1 March to 2 March 2026. Settled: what has not come back"
    )
    assert shown.text("#sentence") == (
        "100.0% of checkouts in EUR were left: EUR 474, of which EUR 83 came back."
    )
    # 62 + 21 came back; as 62, which was refunded, and as another order of 22, paid before.
    assert shown.figures() == {
        "Checkouts left": ("100.0%", "10 of 10"),
        "Value left": ("EUR 474", "10 carts"),
        "Carts that came back": ("20.0%", "2 of 10"),
        "Money that came in": ("EUR 84", "for carts worth EUR 83"),
        "Time to come back": ("25.0 hours", "half of them sooner"),
    }
    soon = dict(row[:2] for row in shown.table("soon"))
    assert soon["1 to 2 days"] == "1"
    assert soon["changed after it was paid"] == "1"


def test_what_may_still_come_back_is_told_apart(shown: ReportPage) -> None:
    """The parts add up: 5 = 2 + 2 + 1, and 233 = 120 + 78 + 35."""
    shown.choose(store="ours", period=30)
    assert shown.text("#since") == (
        "Since then, 3 March to 10 March 2026: 5 carts left, EUR 233; 2 came back so far, "
        "EUR 120, and 1 may still, EUR 35. Not settled, so compared with nothing."
    )


def test_currencies_are_never_added_up(shown: ReportPage) -> None:
    shown.choose(store="ours", period=0)
    left = {}
    for currency in ("EUR", "SEK", "USD", "All, in EUR"):
        shown.choose(currency=currency)
        left[currency] = shown.figures()["Value left"]
    assert left == {
        "EUR": ("EUR 707", "15 carts"),
        "SEK": ("SEK 1,000", "1 cart"),
        "USD": ("USD 50", "1 cart"),
        # The dollars at 1.25; for the kronor there is no rate.
        "All, in EUR": ("EUR 747", "1 cart without a rate left out"),
    }


def test_stores_stand_side_by_side(shown: ReportPage) -> None:
    shown.choose(period=0)
    assert shown.table("stores") == [
        ["ours", "19", "17", "89.5%", "EUR 747.00", "23.5%", "EUR 209.00"],
        ["theirs", "1", "1", "100.0%", "USD 7.00", "0.0%", "USD 0.00"],
    ]


def test_what_is_not_known_is_left_out_and_said_why(shown: ReportPage) -> None:
    shown.choose(store="theirs", period=0)
    assert not shown.is_shown("storefronts")
    assert "By storefront: there is one storefront alone, Channel 1." in shown.absent()
    assert "Time to come back: no cart of this period came back." in shown.absent()


def test_a_cart_without_a_rate_is_told_of(shown: ReportPage) -> None:
    assert "1 of 17 carts of ours have no value in the store" in shown.text(".warnings")


def test_the_page_says_up_to_when_it_is_complete_and_of_which_store(shown: ReportPage) -> None:
    from_, checked = "omplete from 2026-03-01 07:00 up to 2026-03", "UTC, checked at 2026-03-10"
    told = shown.text("header")
    assert f"As of 2026-03-10 10:00 UTC. C{from_}-06 00:00 {checked} 08:30 UTC." in told
    assert f"ours: c{from_}-10 07:59 {checked} 09:30 UTC" in told
    assert f"theirs: c{from_}-06 00:00 {checked} 08:30 UTC" in told
    assert "1 row was found wrong or missing in the tables of theirs" in told


def test_every_word_leads_to_its_definition(shown: ReportPage) -> None:
    shown.choose(store="ours", period=0)
    dead = shown.page.evaluate(
        """() => [...document.querySelectorAll("a[href^='#']")].map((link) =>
            link.getAttribute("href")).filter((href) => !document.querySelector(href))"""
    )
    assert dead == []


@pytest.mark.parametrize("look", ["light", "dark"])
def test_it_can_be_used_by_everybody(page: Path, browser: Browser, look: str) -> None:
    """As far as axe can tell, with every table open."""
    shown = ReportPage(browser, page, color_scheme=look)
    shown.choose(store="ours", period=0)
    shown.drawn()
    shown.page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    found = Axe().run(shown.page).response
    assert found["passes"]
    broken = {each["id"]: [node["html"] for node in each["nodes"]] for each in found["violations"]}
    assert broken == {}
    shown.page.close()


@pytest.mark.parametrize("size", SIZES)
def test_it_fits_every_window(page: Path, browser: Browser, size: str) -> None:
    shown = ReportPage(browser, page, SIZES[size])
    shown.choose(period=0)
    shown.drawn()
    width = SIZES[size][0]
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    # A chart is as wide as its place, and no wider.
    wide = shown.page.evaluate(
        """() => [...document.querySelectorAll(".chart svg")].filter((svg) =>
            svg.getBoundingClientRect().right > innerWidth).length"""
    )
    assert wide == 0
    assert shown.page.locator(".chart svg").count() > 3
    shown.page.close()


def test_the_figures_and_the_first_finding_are_on_a_phones_first_screen(
    page: Path, browser: Browser
) -> None:
    """Here below warnings, and of several stores; of one store the first bars are on it, too."""
    width, height = 390, 844
    shown = ReportPage(browser, page, (width, height))
    shown.choose(store="ours", period=0)
    shown.drawn()
    figures = shown.page.locator("#figures div")
    tops = [box["y"] for box in (each.bounding_box() for each in figures.all()) if box]
    finding = shown.page.locator("#parts h2").first.bounding_box()
    assert len(tops) >= 4
    assert finding
    assert max(tops) < finding["y"] < height - finding["height"]
    shown.page.close()


def test_tables_are_printed_though_they_are_closed(page: Path, browser: Browser) -> None:
    shown = ReportPage(browser, page)
    shown.drawn()
    seen = shown.page.locator("#parts details table:visible")
    assert seen.count() == 0
    shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.count() == shown.page.locator("#parts details table").count() > 3
    shown.page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert seen.count() == 0
    shown.page.close()


def test_the_keyboard_is_enough(page: Path, browser: Browser) -> None:
    shown = ReportPage(browser, page)
    shown.page.focus("input[name=period]:checked")
    before = shown.text("#days")
    shown.page.keyboard.press("ArrowRight")
    assert shown.page.is_checked("input[name=period][value='90']")
    shown.page.keyboard.press("ArrowRight")
    assert shown.text("#days") != before
    shown.page.close()


def test_without_scripts_the_sums_are_there(page: Path, browser: Browser) -> None:
    shown = ReportPage(browser, page, java_script_enabled=False)
    text = " ".join((shown.page.locator("noscript").inner_text()).split())
    assert "ours 17 15 707.00 EUR 203.00 EUR" in text
    assert not shown.page.locator("#filters").is_visible()
    shown.page.close()


@pytest.fixture
def older(warehouse: DuckDB, tmp_path: Path) -> Path:
    """Return a copy of the marts, to take something out of."""
    return Path(shutil.copy(warehouse.path, tmp_path / "older.duckdb"))


def asked() -> list[str]:
    """Return the marts that the page asks, in one order."""
    return sorted({mart for query in QUERIES.values() for mart in query.needs})


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_needs_no_more_than_it_says(warehouse: DuckDB, name: str) -> None:
    """It can be asked of marts that have these columns alone."""
    query, after = QUERIES[name], {f"after_{days}": "current_date" for days in (0, *PERIODS)}
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse.path}' as whole (read_only)")
        connection.execute("create schema older")
        for mart, columns in query.needs.items():
            connection.execute(
                f"create table older.{mart} as "
                f"select {', '.join(set(columns.split()))} from whole.analytics.{mart}"
            )
        connection.execute(query.sql.format(schema="older", **after))


def test_marts_of_an_earlier_version_make_a_page_that_says_what_it_leaves_out(
    older: Path, browser: Browser
) -> None:
    with duckdb.connect(str(older)) as connection:
        for mart in asked():
            if mart not in {"store_coverage", "abandonment_daily", "cart_outcomes"}:
                connection.execute(f"drop table analytics.{mart}")
        connection.execute("alter table analytics.cart_outcomes drop seconds_to_recover")
    file = older.with_suffix(".html")
    write(Marts.read(str(older), "analytics"), file)
    shown = ReportPage(browser, file)
    shown.choose(store="ours", period=0)
    shown.drawn()
    assert shown.logged == []
    assert shown.text("#sentence").startswith("88.2% of checkouts in EUR were left")
    told = " ".join(shown.absent())
    for part in ("Recovery by days since", "Time to come back", "By price", "By hour and weekday"):
        assert part in told
    shown.page.close()


def test_marts_that_lack_what_every_page_needs_are_a_sentence(older: Path) -> None:
    with duckdb.connect(str(older)) as connection:
        connection.execute("alter table analytics.abandonment_daily drop value_open")
    with pytest.raises(NoMartsError, match=r"They lack abandonment_daily\.value_open\.$"):
        Marts.read(str(older), "analytics")


def test_of_an_empty_warehouse_one_sentence_is_said(older: Path, browser: Browser) -> None:
    with duckdb.connect(str(older)) as connection:
        for mart in asked():
            if mart != "store_coverage":
                connection.execute(f"delete from analytics.{mart}")
    file = older.with_suffix(".html")
    write(Marts.read(str(older), "analytics"), file)
    shown = ReportPage(browser, file)
    shown.choose(store="ours")
    assert shown.text("#sentence") == (
        "Nothing was loaded of ours yet: no carts that were left, and no sales."
    )
    assert not any(shown.is_shown(part) for part in ("days", "figures", "parts", "unknown"))
    assert shown.logged == []
    shown.page.close()


def test_files_are_those_of_the_current_folder_unless_named(
    warehouse: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TARGET_DUCKDB_PATH", str(warehouse.path))
    bigcommerce_carts(["report"], standalone_mode=False)
    assert "As of 2026-03-10 10:00 UTC" in (tmp_path / "output/report.html").read_text()
    monkeypatch.delenv("TARGET_DUCKDB_PATH")
    shutil.copy(warehouse.path, tmp_path / "output/warehouse.duckdb")
    bigcommerce_carts(["report", "--output", "new/page.html"], standalone_mode=False)
    assert "As of 2026-03-10 10:00 UTC" in (tmp_path / "new/page.html").read_text()


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


@pytest.mark.parametrize("script", scripts(__file__), ids=lambda each: each.name)
def test_it_is_written_as_the_documents_say(
    script: Script, warehouse: DuckDB, tmp_path: Path
) -> None:
    (tmp_path / "output").mkdir()
    for there in ("warehouse.duckdb", "output/warehouse.duckdb"):
        (tmp_path / there).symlink_to(warehouse.path)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    make = f"make -f '{ROOT}/Makefile' -o .venv/.demo "
    Stage(tmp_path, replaced={"make ": make}).play(script)
    assert "<html" in (tmp_path / "output/report.html").read_text()
