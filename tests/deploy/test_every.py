"""`deploy/image/every`, which calls the command in turns, run by a real shell."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.paths import ROOT
from tests.support.patience import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EVERY = ROOT / "deploy/image/every"
# In the command's place: notes when it began and how it ended.
CALLED = """\
#!/bin/sh
echo "begin $*" >>calls
trap 'kill $!; echo "stopped $*" >>calls; exit 143' TERM
case $1 in
    bad) exit 3 ;;
    long) sleep 600 & wait $! ;;
esac
echo "end $*" >>calls
"""


@contextmanager
def turns(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    program = folder / "bigcommerce-carts"
    program.write_text(CALLED)
    program.chmod(0o755)
    path = os.pathsep.join((str(folder), os.environ["PATH"]))
    with subprocess.Popen(
        ["/bin/sh", EVERY, *words],
        cwd=folder,
        env={"PATH": path, "WELL": str(folder / "well")},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def calls(folder: Path) -> list[str]:
    written = folder / "calls"
    return written.read_text().splitlines() if written.exists() else []


def test_a_call_that_fails_is_told_of_and_keeps_nothing_from_running(tmp_path: Path) -> None:
    with turns(tmp_path, "60", "bad one", "good --two") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == (
            "`bigcommerce-carts bad one` ended with exit code 3; again in 60 minutes.\n"
        )
        until(lambda: "end good --two" in calls(tmp_path), "the second call")
    assert calls(tmp_path) == ["begin bad one", "begin good --two", "end good --two"]
    assert not (tmp_path / "well").exists()


def test_turns_come_one_after_the_other(tmp_path: Path) -> None:
    """With no minute between them, too: a call begins when the one before has ended."""
    with turns(tmp_path, "0", "one", "two") as process:
        until(lambda: len(calls(tmp_path)) >= 8, "two turns")
        assert process.poll() is None
    turn = ["begin one", "end one", "begin two", "end two"]
    assert calls(tmp_path)[:8] == turn * 2
    assert (tmp_path / "well").read_text() == ""


def test_the_first_turn_is_told_from_those_that_went_well(tmp_path: Path) -> None:
    """Nothing failed yet: what looks after it need not wait for hours to see what did."""
    with turns(tmp_path, "60", "long"):
        until(lambda: calls(tmp_path) == ["begin long"], "the call")
        assert (tmp_path / "well").read_text()


@pytest.mark.parametrize("word", ["long", "short"])
def test_it_ends_with_what_is_under_way(tmp_path: Path, word: str) -> None:
    """While a call is made, and while it waits for the next turn."""
    with turns(tmp_path, "60", word) as process:
        last = "begin long" if word == "long" else "end short"
        until(lambda: calls(tmp_path)[-1:] == [last], "the call")
        if word == "short":
            until(lambda: (tmp_path / "well").read_text() == "", "the end of the turn")
        process.terminate()
        assert process.wait(60) == 0
    assert calls(tmp_path)[1:] == [f"stopped {word}" if word == "long" else "end short"]
