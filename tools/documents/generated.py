"""The files that are generated, or hold generated parts: what each has to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.documents import catalog, columns, definitions, hub, staging, tables
from tools.documents.paths import ROOT
from tools.release import copies

if TYPE_CHECKING:
    from pathlib import Path

# Each returns files, with the text they have to have.
_WRITERS = (
    tables.files,
    columns.files,
    definitions.files,
    staging.files,
    catalog.files,
    hub.files,
    copies.files,
)


def behind() -> dict[Path, str]:
    """Return the files that say something else than they have to, and what that is."""
    files = {path: text for writer in _WRITERS for path, text in writer().items()}
    return {
        path: text for path, text in files.items() if not path.exists() or path.read_text() != text
    }


def fault() -> str | None:
    """Return a sentence that names the files that are behind, or None if none is."""
    names = ", ".join(str(path.relative_to(ROOT)) for path in behind())
    return f"Behind the code: {names}. Run `make documents`." if names else None


def write() -> None:
    """Write the files that are behind."""
    for path, text in behind().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
