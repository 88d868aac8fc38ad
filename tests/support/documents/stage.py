"""A place in which commands of the documents are run, as somebody would who follows them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING

from tests.support.documents.rules import Run, Serve, way_of
from tests.support.loading import OURS
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from tests.support.documents.found import Script

_LONGEST = 900  # seconds; a command that waits for something that never comes is ended
# What a developer has set must not get in.
_OTHERS = (*OURS, "CART_INBOX_", "AIRFLOW", "DAGSTER_", "MAKE", "PIP_", "PYTEST_", "LONG")
_LEFT_OUT = ignore_patterns(
    ".venv", ".venvs", ".meltano", ".git", ".env", ".*_cache", "__pycache__", "output", "target"
)
_BEGIN = """\
set -euo pipefail
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
"""
_WAIT = """\
for _ in $(seq 600); do if ( {ready} ) 2>/dev/null; then break; fi; sleep 0.1; done
( {ready} )
"""


@dataclass
class Stage:
    """A folder, and what is around it.

    Attributes:
        folder: where commands are run.
        path: folders of commands that come before all others.
        variables: of the environment, beside this process's own.
        replaced: what stands here for what the documents write.
    """

    folder: Path
    path: list[Path] = field(default_factory=lambda: [Path(sys.executable).parent])
    variables: dict[str, str] = field(default_factory=dict)
    replaced: dict[str, str] = field(default_factory=dict)

    def play(self, script: Script) -> str:
        """Run what of a block is to be run, in one shell; return what it says.

        Fails with the script and all that it said if a command does.
        """
        return self.run("".join(map(self._line, [each.text for each in script.commands])))

    def run(self, lines: str) -> str:
        """Run lines in a shell that ends with the first one that fails, and all it started."""
        with subprocess.Popen(
            ["/bin/bash", "-c", _BEGIN + lines],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as shell:
            try:
                said, _ = shell.communicate(timeout=_LONGEST)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
        assert shell.returncode == 0, f"{lines}\nended with {shell.returncode}:\n{said}"
        assert "Traceback (most recent call last)" not in said, said
        return said

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the commands."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
        path = os.pathsep.join([*map(str, self.path), os.environ["PATH"]])
        return {**kept, "PATH": path, **self.variables}

    def _line(self, statement: str) -> str:
        line = statement
        for written, here in self.replaced.items():
            line = line.replace(written, here)
        way = way_of(statement)
        if isinstance(way, Serve):
            return f"{line} &\n" + _WAIT.format(ready=way.ready)
        if isinstance(way, Run) and way.code:
            return f"code=0; {line} || code=$?; test $code = {way.code}\n"
        return line + "\n"


def checkout(folder: Path) -> Path:
    """Copy this checkout, with what is installed in it and nothing that was made by it."""
    copy = folder / "checkout"
    copytree(ROOT, copy, ignore=_LEFT_OUT, symlinks=True)
    for name in (".venv", ".venvs"):
        (copy / name).symlink_to(ROOT / name)
    for kind in ("extractors", "loaders", "utilities"):
        (copy / ".meltano").mkdir(exist_ok=True)
        (copy / ".meltano" / kind).symlink_to(ROOT / ".meltano" / kind)
    (copy / "output").mkdir()
    return copy


def plugin(kind: str, name: str) -> Path:
    """Return the folder of commands of a plugin that Meltano installed in this checkout."""
    folder = ROOT / ".meltano" / kind / name / "venv/bin"
    if not folder.exists():
        raise FileNotFoundError(f"{name} is not installed here: run `make test`.")
    return folder
