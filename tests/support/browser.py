"""The page in the Chromium that is on this machine, driven as a person does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SIZES = {"desk": (1440, 900), "tablet": (768, 1024), "phone": (390, 844)}
_WAIT = 60_000  # milliseconds


class ReportPage:
    """An open page.

    Args:
        browser: which opens it.
        file: the page.
        size: the window's width and height.
        more: what else a window of the browser can be told, such as `color_scheme`.

    Attributes:
        logged: what the browser said of it.
        fetched: what it asked for beside itself.
    """

    def __init__(
        self, browser: Browser, file: Path, size: tuple[int, int] = SIZES["desk"], **more: Any
    ) -> None:
        width, height = size
        self.page: Page = browser.new_page(viewport={"width": width, "height": height}, **more)
        self.page.set_default_timeout(_WAIT)
        self.logged: list[str] = []
        self.fetched: list[str] = []
        self.page.on("console", lambda message: self.logged.append(message.text))
        self.page.on("pageerror", lambda error: self.logged.append(str(error)))
        self.page.on("request", lambda request: self.fetched.append(request.url))
        self.page.goto(file.as_uri())
        self.fetched.remove(file.as_uri())

    def drawn(self) -> None:
        """Wait until all charts are drawn."""
        self.page.wait_for_selector("body[data-drawn]")

    def choose(self, period: int | None = None, **by_name: str) -> None:
        """Choose a store, storefront or currency by its text, and a period in days (0: all)."""
        for name in ("store", "channel", "currency"):
            if name in by_name:
                self.page.select_option(f"#{name}", label=by_name[name])
        if period is not None:
            self.page.check(f"input[name=period][value='{period}']")

    def text(self, selector: str) -> str:
        """Return the text of an element, with plain spaces."""
        return _plain(self.page.locator(selector).text_content() or "")

    def figures(self) -> dict[str, tuple[str, ...]]:
        """Return the first figures by name: the figure, what it is of, how it changed if told."""
        cards = self.page.evaluate(
            """() => [...document.querySelectorAll("#figures > div")].map((card) =>
                [...card.querySelectorAll("dt, strong, span")].map((each) => each.textContent))"""
        )
        return {card[0]: tuple(_plain(each) for each in card[1:]) for card in cards}

    def is_shown(self, part: str) -> bool:
        """Return whether a part is there to see."""
        return self.page.locator(f"#{part}").is_visible()

    def table(self, part: str) -> list[list[str]]:
        """Return the rows of a part's table, without its headings."""
        rows: list[list[str]] = self.page.evaluate(
            """(part) => [...document.querySelectorAll(`#${part} tbody tr`)].map((row) =>
                [...row.cells].map((cell) => cell.textContent))""",
            part,
        )
        return [[_plain(cell) for cell in row] for row in rows]

    def absent(self) -> list[str]:
        """Return what is not shown, and why."""
        return self.page.locator("#absent li").all_text_contents()


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")
