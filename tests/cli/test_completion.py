"""What the documents say of completion, in the real shells: bash, zsh and fish."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.lacking import WITHOUT
from tests.support.paths import ROOT
from tests.support.terminal import COMMANDS, Terminal, plain

if TYPE_CHECKING:
    from pathlib import Path

# As somebody types them, and the word that the tab key makes of the last one.
LINES = {
    "bigcommerce-carts ver": "verify",
    "bigcommerce-carts load --at-": "--at-once",
    "bigcommerce-carts load north so": "south",
    "bigcommerce-carts load --stores others.yml w": "west",
    "bigcommerce-carts verify --store nor": "north",
    "bigcommerce-carts verify --streams cus": "customers",
    "tap-bigcommerce-carts --disc": "--discover",
    "tap-bigcommerce-carts --config sett": "settings.json",
    "tap-bigcommerce-carts --config EN": "ENV",
}
# In fish the list is one word, whose begin alone is completed.
AFTER_A_COMMA = {"bigcommerce-carts verify --streams customers,ord": "customers,orders"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("stores")
    # A fault in the file keeps no name from being completed.
    (made / "stores.yml").write_text("stores: {north: {page_size: 0}, south: {}}\n")
    (made / "others.yml").write_text("stores: {east: {}, west: {}}\n")
    (made / "settings.json").write_text("{}")
    return made


def documented(shell: str) -> list[str]:
    """Return the lines that the documents give for a shell, one for each command."""
    text = (ROOT / "docs/data-engineer.md").read_text()
    (block,) = re.findall(rf"```{shell}\n(.*?)```", text, re.DOTALL)
    lines = [each for each in block.splitlines() if not each.startswith("#")]
    assert len(lines) >= 2
    return lines


@pytest.mark.parametrize(
    ("shell", "arguments"), [("bash", ["--norc", "--noprofile", "-i"]), ("zsh", ["-f", "-i"])]
)
def test_the_tab_key_completes_a_line(shell: str, arguments: list[str], folder: Path) -> None:
    program = shutil.which(shell)
    assert program, f"{shell} is not here: .ci/packages installs it"
    environment = plain(PS1="> ", HOME=str(folder), INPUTRC="/dev/null")
    with Terminal([program, *arguments], environment, folder) as terminal:
        for line in documented(shell):
            terminal.type(f"{line}\n")
        for number, (typed, word) in enumerate({**LINES, **AFTER_A_COMMA}.items()):
            # To the line's begin, and let the shell say it instead of run it.
            terminal.type(f"{typed}\t\x01echo 'says:'\"{number}:\" \x05;\n")
            said = terminal.until(rf"says:{number}: (.*?) *\r")
            assert said[1] == f"{typed.rpartition(' ')[0]} {word}"


def test_fish_completes_a_line(folder: Path) -> None:
    program = shutil.which("fish")
    assert program, "fish is not here: .ci/packages installs it"
    asked = [f"echo says; complete -C '{typed}'" for typed in LINES]
    done = subprocess.run(
        [program, "--no-config", "-c", "\n".join([*documented("fish"), *asked])],
        env=plain(HOME=str(folder)),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answers = done.stdout.split("says\n")[1:]
    for word, answer in zip(LINES.values(), answers, strict=True):
        assert [each.partition("\t")[0] for each in answer.splitlines()] == [word]


@pytest.mark.parametrize(
    ("typed", "environment"),
    [
        # No such file.
        ("load --stores none.yml ", {}),
        # What the receiver refuses to start with is nothing to be told between two keys.
        ("inbox serve --secret x", {"CART_INBOX_URL": ""}),
    ],
)
def test_where_nothing_can_be_completed_nothing_is_said(
    typed: str, environment: dict[str, str], folder: Path
) -> None:
    assert completed([COMMANDS / "bigcommerce-carts"], typed, folder, environment) == []


@pytest.mark.parametrize(
    ("typed", "lacking"),
    [("load n", "yaml"), ("verify --store n", "yaml"), ("verify --streams o", "sqlalchemy")],
)
def test_without_the_extra_nothing_is_said_either(typed: str, lacking: str, folder: Path) -> None:
    assert completed([COMMANDS / "python", "-c", WITHOUT, lacking], typed, folder, {}) == []


def completed(
    command: list[str | Path], typed: str, folder: Path, environment: dict[str, str]
) -> list[str]:
    """Ask a command as bash does; return what is offered. Nothing else may be said."""
    words = f"bigcommerce-carts {typed}"
    asked = {
        "COMP_WORDS": words,
        "COMP_CWORD": str(words.count(" ")),
        "_BIGCOMMERCE_CARTS_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        command,
        env=plain(**asked, **environment),
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split()
