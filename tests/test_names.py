"""What the documents for contributors name is there: files, folders, classes and functions."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import pytest

from tools.documents.paths import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = ROOT / "tap_bigcommerce_carts"
ARCHITECTURE = DOCS / "architecture.md"
CONTRIBUTING = ROOT / ".github" / "CONTRIBUTING.md"
PATH = re.compile(r"`([\w./@-]+(?:/|\.(?:py|sql|ya?ml|json|toml|md|txt)))`")
# A row of a table: a file, and what of it is named beside it.
STEP = re.compile(r"\| `([\w./]+\.py)` \| (`[\w.]+`(?:, `[\w.]+`)*) \|$", re.MULTILINE)


@pytest.mark.parametrize("document", [ARCHITECTURE, CONTRIBUTING], ids=lambda file: str(file.name))
def test_every_path_exists(document: Path) -> None:
    """From the top of the repository, or within the package."""
    for path in PATH.findall(document.read_text()):
        assert any((place / path).exists() for place in (ROOT, PACKAGE)), path


def test_every_step_of_a_walk_names_what_its_file_defines() -> None:
    text = ARCHITECTURE.read_text()
    steps = STEP.findall(text)
    assert len(steps) == len(re.findall(r"^\| .*`\w+/.*\.py` \|", text, re.MULTILINE)) > 0
    for path, names in steps:
        (file,) = [place / path for place in (PACKAGE, ROOT) if (place / path).exists()]
        there = set(defined(ast.parse(file.read_text())))
        assert set(re.findall(r"[\w.]+", names)) <= there, path


def defined(tree: ast.Module | ast.ClassDef, before: str = "") -> Iterator[str]:
    """Yield the classes and functions of a module, methods as `Class.method`."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield before + node.name
            yield from defined(node, f"{before}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield before + node.name
