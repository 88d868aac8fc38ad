"""Colours and bars: on a terminal, unless NO_COLOR is set; a file or pipe gets plain text."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.terminal import COMMANDS, Terminal, plain
from tests.support.verify.shops import loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.verify.shops import Loaded

ESCAPE = "\x1b"
# Among the numbers between `[` and `m` is one of a colour.
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3\d|4\d|9\d|10\d)(?:;\d+)*m")
# All that is no look of letters: cursors moved or hidden, lines wiped.
MOVING = re.compile(r"\x1b(?!\[[\d;]*m)|\r(?!\n)")
WORDS: dict[str, list[list[str]]] = {
    "bigcommerce-carts": [[], ["load"], ["doctor"], ["inbox"]],
    "tap-bigcommerce-carts": [[]],
}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(tmp_path_factory.mktemp("shop")) as made:
        yield made


def verify(shop: Loaded) -> list[str]:
    arguments = ["verify", *shop.arguments, "--from=2026-02-10", "--no-keep"]
    return [str(COMMANDS / "bigcommerce-carts"), *arguments]


def piped(arguments: list[str], folder: Path, **environment: str) -> str:
    """Run a command with its output in a pipe; return all of it."""
    done = subprocess.run(
        arguments,
        env=plain(**environment),
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=120,
    )
    return done.stdout


def on_a_terminal(arguments: list[str], folder: Path, **environment: str) -> str:
    """Run a command on a terminal; return all that was written to it."""
    with Terminal(arguments, plain(**environment), folder) as terminal:
        return terminal.to_the_end()


def test_a_terminal_gets_colours_and_a_bar(shop: Loaded, tmp_path: Path) -> None:
    shown = on_a_terminal(verify(shop), tmp_path)
    assert "rows as the store has them" in shown
    assert COLOUR.search(shown)
    assert MOVING.search(shown)


def test_no_color_is_heeded(shop: Loaded, tmp_path: Path) -> None:
    shown = on_a_terminal(verify(shop), tmp_path, NO_COLOR="1")
    assert "rows as the store has them" in shown
    assert not COLOUR.search(shown)


def test_a_pipe_gets_plain_text_and_colours_if_forced_but_no_bar(
    shop: Loaded, tmp_path: Path
) -> None:
    written = piped(verify(shop), tmp_path)
    assert "rows as the store has them" in written
    assert ESCAPE not in written
    assert not MOVING.search(written)
    coloured = piped(verify(shop), tmp_path, FORCE_COLOR="1")
    assert COLOUR.search(coloured)
    assert not MOVING.search(coloured)
    # As wide as without: a log cuts nothing.
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == written


@pytest.mark.parametrize("command", WORDS)
def test_help_and_errors_are_plain_on_a_terminal_too(command: str, tmp_path: Path) -> None:
    for words in WORDS[command]:
        for option, said in (("-h", "Usage:"), ("--versoin", "--version")):
            shown = on_a_terminal([str(COMMANDS / command), *words, option], tmp_path)
            assert said in shown
            assert ESCAPE not in shown


def test_the_log_of_the_tap_is_plain_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    command = str(COMMANDS / "tap-bigcommerce-carts")
    shown = on_a_terminal([command, "--config", "settings.json"], tmp_path, FORCE_COLOR="1")
    assert "`store_hash`" in shown
    assert ESCAPE not in shown
