"""The changelog's sections, each under the heading of its version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.release.project import ROOT, VERSION, ReleaseError

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

UNRELEASED = "Unreleased"
_HEADING = re.compile(rf"## (?:({UNRELEASED})|({VERSION.pattern}) \(\d{{4}}-\d\d-\d\d\))")


def sections(text: str) -> dict[str, str]:
    """Return what a changelog says of each version, newest first, headings left out."""
    _, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    found: dict[str, str] = {}
    for part in parts:
        heading, _, body = part.partition("\n")
        told = _HEADING.fullmatch(heading)
        if told is None:
            raise ReleaseError(
                f"CHANGELOG.md has the heading {heading!r}: it takes `## {UNRELEASED}` "
                "and `## 1.2.0 (2026-03-31)`."
            )
        found[told[1] or told[2]] = body.strip()
    return found


def notes(version: str, address: str, root: Path = ROOT) -> str:
    """Return what the changelog says of a version, with links that lead there from anywhere.

    Raises:
        ReleaseError: if it says nothing of it.
    """
    said = sections((root / "CHANGELOG.md").read_text()).get(version)
    if not said:
        raise ReleaseError(
            f"CHANGELOG.md says nothing of {version}. "
            f"Write it with `make release VERSION={version}`, from what is under {UNRELEASED}."
        )
    linked = re.sub(r"\]\((?!https?://|#)([^)\s]+)\)", rf"]({address}/blob/v{version}/\1)", said)
    # Headings are one level higher where the version is the title.
    return re.sub(r"^#(#+ )", r"\1", linked, flags=re.MULTILINE) + "\n"


def renamed(text: str, version: str, day: date) -> str:
    """Return a changelog whose unreleased changes are those of a version.

    Raises:
        ReleaseError: if there are none, or the version has a section already.
    """
    told = sections(text)
    if version in told:
        raise ReleaseError(f"CHANGELOG.md has a section of {version} already.")
    if not told.get(UNRELEASED):
        raise ReleaseError(f"CHANGELOG.md says nothing under {UNRELEASED}: nothing to release.")
    heading = f"## {UNRELEASED}\n"
    return text.replace(heading, f"{heading}\n## {version} ({day.isoformat()})\n", 1)
