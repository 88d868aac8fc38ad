"""The changelog's sections, each under the heading of its version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.release.project import ROOT, VERSION, ReleaseError, final_of, order

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
    # What is unreleased has no tag yet.
    at = "main" if version == UNRELEASED else f"v{version}"
    linked = re.sub(r"\]\((?!https?://|#)([^)\s]+)\)", rf"]({address}/blob/{at}/\1)", said)
    # Headings are one level higher where the version is the title.
    return re.sub(r"^#(#+ )", r"\1", linked, flags=re.MULTILINE) + "\n"


def renamed(text: str, version: str, day: date) -> str:
    """Return a changelog whose unreleased changes are those of a version.

    So are those of its trials: what 1.2.0rc1 told is told by 1.2.0, and stands nowhere else.

    Raises:
        ReleaseError: if there are none, the version has a section already, or a later one has.
    """
    told = sections(text)
    released = [each for each in told if each != UNRELEASED]
    if version in told:
        raise ReleaseError(f"CHANGELOG.md has a section of {version} already.")
    if later := [each for each in released if order(each) > order(version)]:
        raise ReleaseError(
            f"CHANGELOG.md has a section of {max(later, key=order)}, which is later than {version}."
        )
    trials = [each for each in released if final_of(each) == final_of(version)]
    body = _gathered(
        [told[each] for each in (*sorted(trials, key=order), UNRELEASED) if each in told]
    )
    if not body:
        raise ReleaseError(f"CHANGELOG.md says nothing under {UNRELEASED}: nothing to release.")
    head, *parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    gone = tuple(f"## {each} (" for each in trials)
    kept = [part for part in parts if not part.startswith((*gone, f"## {UNRELEASED}\n"))]
    new = f"## {UNRELEASED}\n\n## {version} ({day.isoformat()})\n\n{body}\n"
    return head + "\n".join([new, *kept])


def _gathered(bodies: list[str]) -> str:
    """Return several sections as one, in which each of their headings stands once."""
    under: dict[str, list[str]] = {}
    for body in bodies:
        for part in re.split(r"^(?=### )", body, flags=re.MULTILINE):
            heading, text = part.split("\n", 1) if part.startswith("### ") else ("", part)
            if text.strip():
                under.setdefault(heading, []).append(text.strip())
    # A list goes on; what stands before the first heading is paragraphs.
    told = {heading: ("\n" if heading else "\n\n").join(texts) for heading, texts in under.items()}
    return "\n\n".join(f"{heading}\n\n{text}".strip() for heading, text in told.items())
