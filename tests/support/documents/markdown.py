"""The documents, and the code in them, as a reader of Markdown finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from tests.support.paths import ROOT
from tools.documents.paths import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted(DOCS.glob("*.md"))
CHANGELOG = ROOT / "CHANGELOG.md"
DOCUMENTS = [
    ROOT / "README.md",
    CHANGELOG,
    *PAGES,
    *sorted(ROOT.glob(".github/*.md")),
    *sorted(ROOT.glob("deploy/**/*.md")),
    *sorted(ROOT.glob("transform/*.md")),
]
# What holds today: the changelog also tells of what was.
IN_FORCE = [each for each in DOCUMENTS if each != CHANGELOG]
_READER = MarkdownIt("commonmark").enable("table")


@dataclass(frozen=True)
class Code:
    """A piece of code in a document.

    Attributes:
        document: the file.
        line: where it begins, from 1 on; of inline code, where its paragraph begins.
        language: what a fenced block says it is; `None` of inline code.
        text: the code.
    """

    document: Path
    line: int
    language: str | None
    text: str

    @property
    def place(self) -> str:
        """The document and the line, to name in a failure."""
        return f"{self.document.relative_to(ROOT).as_posix()}:{self.line}"


def code_of(document: Path) -> Iterator[Code]:
    """Yield a document's fenced blocks and inline code, in their order."""
    for token in _READER.parse(document.read_text()):
        line = token.map[0] + 1 if token.map else 0
        if token.type == "fence":
            yield Code(document, line, token.info.split(" ")[0], token.content)
        for child in token.children or []:
            if child.type == "code_inline":
                yield Code(document, line, None, child.content)


def blocks(*languages: str) -> list[Code]:
    """Return the fenced blocks of all documents, those alone that say they are of a language."""
    return [
        code
        for document in IN_FORCE
        for code in code_of(document)
        if code.language is not None and (not languages or code.language in languages)
    ]


def inline() -> list[Code]:
    """Return the inline code of all documents."""
    return [code for document in IN_FORCE for code in code_of(document) if code.language is None]
