"""The forms of issues fit the published schemas: GitHub leaves out, in silence, what does not."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = ROOT / ".github/ISSUE_TEMPLATE"
CHOOSER = FOLDER / "config.yml"
FORMS = sorted({*FOLDER.glob("*.yml")} - {CHOOSER})


def checked(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Check files by a schema that is installed, without a connection."""
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *files],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "files"),
    [("github-issue-forms", FORMS), ("github-issue-config", [CHOOSER])],
)
def test_github_can_read_it(schema: str, files: list[Path]) -> None:
    assert files
    done = checked(schema, *files)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_a_form_that_github_would_leave_out_is_seen(tmp_path: Path) -> None:
    form = yaml.safe_load(FORMS[0].read_text())
    form["body"][1]["type"] = "text"
    file = tmp_path / "form.yml"
    file.write_text(yaml.safe_dump(form))
    assert checked("github-issue-forms", file).returncode == 1


@pytest.mark.parametrize("form", FORMS, ids=lambda file: str(file.stem))
def test_a_form_says_what_its_schema_cannot(form: Path) -> None:
    """GitHub wants each id once, and something to fill in; we want the version."""
    body = yaml.safe_load(form.read_text())["body"]
    ids = [each["id"] for each in body if each["type"] != "markdown"]
    assert ids
    assert len(ids) == len(set(ids))
    assert form.stem == "question" or "version" in ids


def test_every_label_is_there_or_made_once() -> None:
    """GitHub makes those of a new repository, and leaves out in silence what is not there."""
    made = {"bug", "documentation", "duplicate", "enhancement", "invalid", "question"}
    steps = (ROOT / ".github/RELEASING.md").read_text()
    made |= set(re.findall(r"`gh label create (\w+) --repo OWNER/NAME`", steps))
    put = {label for file in FORMS for label in yaml.safe_load(file.read_text())["labels"]}
    assert put >= {"bug", "question"}
    assert put <= made
