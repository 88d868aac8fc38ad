"""Measures the page: how large it is, and how soon a browser shows it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from tap_bigcommerce_carts.report.marts import QUERIES, Marts
from tap_bigcommerce_carts.report.page import write
from tools.benchmarks import page_marts
from tools.browser import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

CARTS, QUICK_CARTS = (10_000, 100_000), (1_000,)
_TIMES = 5
# Milliseconds since the browser began to read the file; a change ends when its figures are there.
_SHOWN = """() => {
    const at = (name) => performance.getEntriesByName(name)[0].startTime;
    const began = performance.now();
    document.querySelector("input[name=period][value='0']").click();
    const changed = performance.now() - began;
    return {shown: at("shown"), seen: at("seen"), drawn: at("drawn"), changed};
}"""


@dataclass(frozen=True)
class Opened:
    """A page of so many abandoned carts.

    Attributes:
        carts: left at payment within a year, of three stores.
        megabytes: size of the file.
        written_seconds: to read the marts and write it.
        shown_ms: until the first figures and tables were there; the median of some times.
        seen_ms: until the charts on the screen were drawn, at 1440 by 900 px.
        drawn_ms: until all charts were drawn.
        changed_ms: until another period's figures were there.
    """

    carts: int
    megabytes: float
    written_seconds: float
    shown_ms: float
    seen_ms: float
    drawn_ms: float
    changed_ms: float


def openings(sizes: Sequence[int]) -> Iterator[Opened]:
    """Make marts of each size, write their page, and open it some times."""
    with chromium() as browser, TemporaryDirectory() as folder:
        for carts in sizes:
            yield _opened(browser, Path(folder) / f"{carts}.duckdb", carts)


def _opened(browser: Browser, warehouse: Path, carts: int) -> Opened:
    page_marts.make(warehouse, carts)
    page = warehouse.with_suffix(".html")
    began = time.monotonic()
    marts = Marts.read(str(warehouse), "analytics")
    if missing := QUERIES.keys() - marts.found.keys():
        raise ValueError(f"The page would lack {', '.join(sorted(missing))}.")
    write(marts, page)
    written = time.monotonic() - began
    seen = [_seen(browser, page) for _ in range(_TIMES)]
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (found,) = connection.sql("select count(*) from analytics.cart_outcomes").fetchall()[0]
    return Opened(
        carts=found,
        megabytes=page.stat().st_size / 1e6,
        written_seconds=written,
        shown_ms=median(each["shown"] for each in seen),
        seen_ms=median(each["seen"] for each in seen),
        drawn_ms=median(each["drawn"] for each in seen),
        changed_ms=median(each["changed"] for each in seen),
    )


def _seen(browser: Browser, page: Path) -> dict[str, Any]:
    """Open the page in a window of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        window = context.new_page()
        window.goto(page.as_uri())
        window.wait_for_selector("body[data-drawn]")
        seen: dict[str, Any] = window.evaluate(_SHOWN)
        return seen
    finally:
        context.close()
