"""What is tried before it is out, once a week: `.ci/next`, and who calls it."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import yaml

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / ".ci/next"
WORKFLOW = ROOT / ".github/workflows/next.yml"


def test_each_is_tried_once_a_week() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())
    cases = re.findall(r"^(\w+)\)$", SCRIPT.read_text(), re.MULTILINE)
    assert cases == ["sdk", "meltano", "dbt", "dbt2"]
    assert workflow["jobs"]["next"]["strategy"]["matrix"]["of"] == cases
    # YAML takes `on` for true.
    (schedule,) = workflow[True]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* \d", schedule["cron"])


def test_what_it_runs_is_there() -> None:
    text = SCRIPT.read_text()
    for path in re.findall(r"(?<= )tests/[\w/]+", text):
        assert (ROOT / path).is_dir(), path
    for name in re.findall(r"--ignore-glob='\*/(\w+\.py)'", text):
        assert len([*(ROOT / "tests").rglob(name)]) == 1, name
    stamps = re.findall(r" (\.(?:venv|meltano)/\.[\w-]+)", text)
    assert len(stamps) > 5
    known = (ROOT / "Makefile").read_text()
    for stamp in stamps:
        name = stamp.rpartition("/.")[2]
        assert re.search(
            rf"/\.(?:{name}|{name.partition('-')[0]}-%)( |:|$)", known, re.MULTILINE
        ), name


def test_another_word_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [SCRIPT, "python"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (2, "usage: .ci/next sdk|meltano|dbt|dbt2\n")
