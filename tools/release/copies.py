"""Where else the version stands, each copy written from pyproject.toml by `make documents`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.release.project import ROOT, VERSION, version

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Names of images and of the distribution, with a version behind; dbt's line.
_NAMED = (
    rf"(?:bigcommerce-carts|cart-inbox)[\w-]*(?:\[[\w,]+\])?(?::|==| v|@v|/v)({VERSION.pattern})"
)
_COPY = re.compile(rf"{_NAMED}(?![\w.]*\w)")
_DBT = re.compile(rf"^version: ({VERSION.pattern})$", re.MULTILINE)


_FOLDERS = (("docs", "*.md"), (".github/ISSUE_TEMPLATE", "*.yml"), ("deploy", "**/*"))


def files(root: Path = ROOT) -> dict[Path, str]:
    """Return the files that name the version, with the text they have to have."""
    said = version(root)
    return {
        path: _pattern(path).sub(lambda copy: _replaced(copy, said), path.read_text())
        for path in _places(root)
        if named(path)
    }


def named(path: Path) -> list[str]:
    """Return the versions of this project that a file names."""
    return [copy[1] for copy in _pattern(path).finditer(path.read_text())]


def _pattern(path: Path) -> re.Pattern[str]:
    return _DBT if path.name == "dbt_project.yml" else _COPY


def _replaced(copy: re.Match[str], version: str) -> str:
    whole, begin = copy[0], copy.start()
    return whole[: copy.start(1) - begin] + version + whole[copy.end(1) - begin :]


def _places(root: Path) -> Iterator[Path]:
    """Yield the files that tell a user which version to take."""
    yield root / "README.md"
    yield root / "transform/dbt_project.yml"
    for folder, pattern in _FOLDERS:
        for path in sorted((root / folder).glob(pattern)):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path
