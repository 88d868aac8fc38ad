"""The commands of the documents: where they stand, and those of a file of tests as scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.documents.markdown import Code, blocks, inline
from tests.support.documents.rules import PROGRAMS, Run, With, way_of
from tests.support.documents.shell import statements
from tests.support.paths import ROOT

SHELLS = ("sh", "bash", "console", "zsh", "fish")
_ASSIGNMENTS = re.compile(r"^(\w+=\S* )*")
_OPTION = re.compile(r" --?[a-z]")


@dataclass(frozen=True)
class Command:
    """A statement of the documents.

    Attributes:
        text: what a shell is given.
        place: document and line, to name in a failure.
    """

    text: str
    place: str

    @property
    def name(self) -> str:
        """Where it stands, and its first words."""
        return f"{self.place} {self.text[:60]}"


@dataclass(frozen=True)
class Script:
    """What of a block is run, or of a piece of inline code."""

    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """Where it stands."""
        return self.commands[0].place


@cache
def written() -> tuple[tuple[Command, ...], ...]:
    """Return the statements of each block of a shell's, then each inline command."""
    of_blocks = [
        tuple(Command(each, code.place) for each in statements(code.text))
        for code in blocks(*SHELLS)
    ]
    of_lines = [(Command(code.text, code.place),) for code in inline() if is_command(code)]
    return (*of_blocks, *of_lines)


def is_command(code: Code) -> bool:
    """Whether inline code is a command: a program that is known, or a word with options."""
    words = _ASSIGNMENTS.sub("", code.text).split()
    if len(words) < 2 or not re.fullmatch(r"[\w./]+[\w./-]*", words[0]):
        return False
    return words[0].rpartition("/")[2] in PROGRAMS or bool(_OPTION.search(code.text))


def all_commands() -> list[Command]:
    """Return every statement once, where it stands first."""
    found: dict[str, Command] = {}
    for block in written():
        for each in block:
            found.setdefault(each.text, each)
    return list(found.values())


def scripts(file: str) -> list[Script]:
    """Return what a file of tests is to run: of each block what is its own, each thing once."""
    by = Path(file).relative_to(ROOT).as_posix()
    found: list[Script] = []
    known: set[str] = set()
    for block in written():
        kept = [each for each in block if _is_of(each, by)]
        fresh = [each for each in kept if each.text not in known and _runs(each)]
        if fresh:
            found.append(Script(tuple(kept)))
            known |= {each.text for each in kept}
    return found


def _is_of(command: Command, by: str) -> bool:
    way = way_of(command.text)
    return isinstance(way, With) or (isinstance(way, Run) and way.by == by)


def _runs(command: Command) -> bool:
    return isinstance(way_of(command.text), Run)
