"""What a release says of itself is the changelog's section of its version."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tools.release import changelog
from tools.release.project import ReleaseError

if TYPE_CHECKING:
    from pathlib import Path

ADDRESS = "https://example.com/owner/carts"
TEXT = """\
# Changelog

What changes.

## Unreleased

### Streams

- Something new, see [columns](docs/columns.md#orders).

## 1.1.0 (2026-02-28)

- Older, as [others](https://example.com/others) have it.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "CHANGELOG.md").write_text(TEXT)
    return tmp_path


def test_notes_are_the_section_with_links_that_lead_there(root: Path) -> None:
    assert changelog.notes("1.1.0", ADDRESS, root) == (
        "- Older, as [others](https://example.com/others) have it.\n"
    )
    (root / "CHANGELOG.md").write_text(changelog.renamed(TEXT, "1.2.0", date(2026, 3, 31)))
    assert changelog.notes("1.2.0", ADDRESS, root) == (
        "## Streams\n\n- Something new, see "
        f"[columns]({ADDRESS}/blob/v1.2.0/docs/columns.md#orders).\n"
    )


def test_the_unreleased_becomes_a_version_and_nothing_is_lost() -> None:
    text = changelog.renamed(TEXT, "1.2.0", date(2026, 3, 31))
    before, after = changelog.sections(TEXT), changelog.sections(text)
    assert list(after) == ["Unreleased", "1.2.0", "1.1.0"]
    assert after == {"Unreleased": "", "1.2.0": before["Unreleased"], "1.1.0": before["1.1.0"]}
    assert "## 1.2.0 (2026-03-31)\n\n### Streams\n" in text


def test_what_is_unreleased_links_to_what_is_there(root: Path) -> None:
    assert f"({ADDRESS}/blob/main/docs/columns.md#orders)" in changelog.notes(
        "Unreleased", ADDRESS, root
    )


def test_a_release_tells_what_its_trials_told() -> None:
    trial = changelog.renamed(TEXT, "1.2.0rc1", date(2026, 3, 1))
    again = changelog.renamed(trial, "1.2.0rc2", date(2026, 3, 2))
    more = "## Unreleased\n\nA word.\n\n### Marts\n\n- A mart.\n\n### Streams\n\n- One more.\n"
    last = changelog.renamed(again.replace("## Unreleased\n", more), "1.2.0", date(2026, 3, 31))
    told = changelog.sections(last)
    assert list(told) == ["Unreleased", "1.2.0", "1.1.0"]
    assert told["1.1.0"] == changelog.sections(TEXT)["1.1.0"]
    new = changelog.sections(TEXT)["Unreleased"]
    assert told["1.2.0"] == f"{new}\n- One more.\n\nA word.\n\n### Marts\n\n- A mart."
    # Those of another release stay.
    later = changelog.renamed(trial.replace("## Unreleased\n", more), "1.3.0", date(2026, 4, 30))
    assert "1.2.0rc1" in changelog.sections(later)


@pytest.mark.parametrize(
    ("has", "given"), [("1.10.0", "1.9.0"), ("1.2.0rc1", "1.1.9"), ("1.2.0", "1.2.0rc1")]
)
def test_no_version_comes_after_a_later_one(has: str, given: str) -> None:
    text = TEXT.replace("1.1.0", has)
    with pytest.raises(ReleaseError, match=rf"a section of {has}, which is later than {given}"):
        changelog.renamed(text, given, date(2026, 3, 31))


def test_what_is_missing_is_said(root: Path) -> None:
    with pytest.raises(ReleaseError, match=r"nothing of 1\.2\.0.*make release VERSION=1\.2\.0"):
        changelog.notes("1.2.0", ADDRESS, root)
    with pytest.raises(ReleaseError, match=r"has a section of 1\.1\.0 already"):
        changelog.renamed(TEXT, "1.1.0", date(2026, 3, 31))
    empty = changelog.renamed(TEXT, "1.2.0", date(2026, 3, 31))
    with pytest.raises(ReleaseError, match="nothing to release"):
        changelog.renamed(empty, "1.3.0", date(2026, 4, 30))
    with pytest.raises(ReleaseError, match="has the heading '## v2'"):
        changelog.sections(TEXT.replace("## 1.1.0 (2026-02-28)", "## v2"))


def test_the_changelog_here_can_be_released() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert next(iter(changelog.sections(text))) == "Unreleased"
