"""The site of `make docs`: what can be clicked leads somewhere, and who searches finds."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from typing_extensions import override

from tests.support.paths import ROOT
from tools.browser import chromium
from tools.documents.paths import DOCS
from tools.release.project import project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
# GitHub Pages serves a repository's site below its name.
BELOW = "tap-bigcommerce-carts"
REPOSITORY = f"{project()['urls']['Source']}/blob/main/"


class Page(HTMLParser):
    """What a page links to and loads, and what can be linked to in it."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(file.read_text())

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given[name]) for name in ("href", "src") if given.get(name)]
        self.anchors |= {str(given[name]) for name in ("id", "name") if given.get(name)}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the site as `make docs` does, in a folder of its own."""
    folder = tmp_path_factory.mktemp("site") / BELOW
    (recipe,) = re.findall(r"^docs: .*\n\t@(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    command = recipe.replace("output/docs", str(folder)).split()
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {file: Page(file) for file in sorted(site.glob("*.html"))}


def test_every_link_leads_somewhere(site: Path, pages: dict[Path, Page]) -> None:
    dead, elsewhere = [], 0
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if link.startswith(REPOSITORY):
                elsewhere += 1
                target = ROOT / unquote(urlsplit(link.removeprefix(REPOSITORY)).path)
                is_there = target.exists()
            elif parts.scheme or parts.netloc:
                # Cannot be looked at from here.
                is_there = parts.scheme == "https"
            else:
                target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
                is_there = target.is_relative_to(site) and target.is_file()
                if is_there and parts.fragment and target in pages:
                    is_there = unquote(parts.fragment) in pages[target].anchors
            if not is_there:
                dead.append(f"{file.name}: {link}")
    assert not dead, "\n".join(sorted(set(dead)))
    assert elsewhere > 10


def test_every_document_is_a_page_that_the_navigation_leads_to(pages: dict[Path, Page]) -> None:
    documents = {f"{file.stem}.html" for file in DOCS.glob("*.md")}
    assert documents <= {file.name for file in pages}
    for file, page in pages.items():
        if file.name in documents:
            linked = {urlsplit(each).path for each in page.links}
            assert documents - {file.name, "index.html"} <= linked, file.name


def test_whoever_searches_finds(site: Path) -> None:
    """In a real browser, below a folder and without any other server, as it is published."""
    with serving(site.parent) as address, chromium() as browser:
        page = browser.new_page()
        broken: list[str] = []
        asked: dict[str, int] = {}
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("response", lambda response: asked.update({response.url: response.status}))
        page.goto(f"{address}/{BELOW}/")
        page.fill("input.sidebar-search", "rate_limit_reserve")
        page.press("input.sidebar-search", "Enter")
        found = page.locator("#search-results li a")
        found.first.wait_for()
        names = {urlsplit(str(each.get_attribute("href"))).path for each in found.all()}
        assert any(name.endswith("data-engineer.html") for name in names)
        found.first.click()
        page.wait_for_load_state()
        assert "rate_limit_reserve" in (page.text_content("article") or "")
        page.goto(f"{address}/{BELOW}/search.html?q=nothingofthekind")
        page.get_by_text(re.compile("did not match any documents")).wait_for()
    assert broken == []
    # A browser asks for that by itself, of the host.
    asked.pop(f"{address}/favicon.ico", None)
    assert set(asked.values()) <= {200, 304}, asked
    assert all(each.startswith((f"{address}/{BELOW}/", "data:")) for each in asked), asked


def test_whoever_searches_a_number_finds(site: Path) -> None:
    with serving(site.parent) as address, chromium() as browser:
        page = browser.new_page()
        for number in ("401", "429", "503"):
            page.goto(f"{address}/{BELOW}/search.html?q={number}")
            # A page's name alone is no proof: what it says of the number is marked.
            page.locator("#search-results li .highlighted", has_text=number).first.wait_for()


def test_every_page_leads_to_the_repository(pages: dict[Path, Page]) -> None:
    address = project()["urls"]["Source"]
    assert [file.name for file, page in pages.items() if address not in page.links] == []


def test_what_a_column_means_is_seen_on_a_phone(site: Path) -> None:
    with serving(site.parent) as address, chromium() as browser:
        page = browser.new_page(viewport={"width": 375, "height": 800})
        page.goto(f"{address}/{BELOW}/columns.html")
        for table in page.locator("article table").all():
            box = table.locator("tbody tr").first.locator("td").last.bounding_box()
            assert box is not None
            # A word or two of it, at least.
            assert box["x"] + 80 < 375


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve files of a folder; return the address."""
    quiet = type("Quiet", (SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
