"""Whoever follows a link in the documents finds what it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.support.documents.markdown import DOCUMENTS, PAGES
from tests.support.paths import ROOT
from tools.documents.paths import DOCS

if TYPE_CHECKING:
    from pathlib import Path

MOST_OF_THE_README = 10_000
of_each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda file: str(file.relative_to(ROOT))
)


def prose(document: Path) -> str:
    """Return a document without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)


def links(document: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", prose(document))


def anchors(document: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@of_each_document
def test_every_link_leads_somewhere(document: Path) -> None:
    for link in links(document):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_bytes()) <= MOST_OF_THE_README


def test_every_page_is_in_the_navigation() -> None:
    """It is made of the links of the index, in their order."""
    index = DOCS / "index.md"
    named = [link for link in links(index) if "/" not in link]
    assert sorted(named) == sorted(page.name for page in PAGES if page != index)
