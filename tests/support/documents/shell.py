"""What a shell makes of a block: its statements, and the words of each command in them."""

from __future__ import annotations

import re
import shlex
import subprocess
from functools import cache

_COMMENT = re.compile(r"(^|\s+)#\s.*$")
_OPERATOR = re.compile(r"[;&|<>()]+")
_ASSIGNMENT = re.compile(r"\w+=.*")


@cache
def complaint(script: str) -> str:
    """Return what bash has to say against a script, which it reads and does not run."""
    done = subprocess.run(
        ["/bin/bash", "-n"], input=script, capture_output=True, text=True, check=False
    )
    return done.stderr


def statements(block: str) -> list[str]:
    """Split a block into statements: the fewest lines that bash takes as whole.

    Comments behind a statement and empty lines are left out.
    """
    found: list[str] = []
    waiting = ""
    for line in block.splitlines():
        waiting += line if "<<" in waiting else _COMMENT.sub("", line)
        if not waiting.strip():
            waiting = ""
        elif waiting.endswith("\\") or complaint(waiting):
            waiting += "\n"
        else:
            found.append(waiting.strip())
            waiting = ""
    if waiting:
        raise ValueError(f"bash does not take this as whole: {complaint(waiting)}\n{waiting}")
    return found


def commands(statement: str) -> list[list[str]]:
    """Return the words of each command in a statement, without assignments and redirections."""
    lexer = shlex.shlex(statement.partition("<<")[0], posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    found: list[list[str]] = [[]]
    redirected = False
    for word in lexer:
        if _OPERATOR.fullmatch(word):
            redirected = bool(set(word) & set("<>"))
            if not redirected:
                found.append([])
            elif found[-1] and found[-1][-1].isdigit():
                found[-1].pop()  # which of its outputs goes elsewhere
        elif redirected:
            redirected = False
        else:
            found[-1].append(word)
    return [words for each in found if (words := _without_assignments(each))]


def _without_assignments(words: list[str]) -> list[str]:
    first = next((n for n, word in enumerate(words) if not _ASSIGNMENT.fullmatch(word)), len(words))
    return words[first:]
