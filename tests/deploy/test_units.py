"""systemd itself finds nothing to say of the units."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = sorted({file.parent for file in (ROOT / "deploy").rglob("*.service")})


def said_of(folder: Path, copied: Path) -> str:
    """What systemd says of the units of a folder, whose programs are there."""
    if shutil.which("systemd-analyze") is None:
        raise FileNotFoundError("systemd-analyze is needed (Debian: apt install systemd).")
    units = [*folder.glob("*.service"), *folder.glob("*.timer")]
    for unit in units:
        program = r"^(ExecStart=)/opt/\S+"
        text = re.sub(program, r"\1/bin/true", unit.read_text(), flags=re.MULTILINE)
        (copied / unit.name).write_text(text)
    ended = subprocess.run(
        ["systemd-analyze", "verify", *(copied / unit.name for unit in units)],  # noqa: S607 - the machine's
        capture_output=True,
        text=True,
        check=False,
    )
    return ended.stdout + ended.stderr + (f"{ended.returncode}" if ended.returncode else "")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_systemd_understands_the_units(folder: Path, tmp_path: Path) -> None:
    assert said_of(folder, tmp_path) == ""


def test_a_mistake_in_a_unit_is_found(tmp_path: Path) -> None:
    folder, copied = tmp_path / "wrong", tmp_path / "copied"
    folder.mkdir()
    copied.mkdir()
    (folder / "a.service").write_text("[Service]\nType=oneshot\nExecStart=/bin/true\nUmask=77\n")
    assert "'Umask'" in said_of(folder, copied)
