"""The table of how commands of the documents are tried, and how they are found.

That each command is in it is looked for in `tests/test_documents.py`.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.documents import options
from tests.support.documents.found import all_commands, is_command
from tests.support.documents.markdown import Code, inline
from tests.support.documents.rules import (
    OPTIONS_OF_OTHERS,
    RULES,
    Run,
    RunBy,
    way_of,
)
from tests.support.documents.shell import commands, complaint, statements
from tests.support.paths import ROOT

COMMANDS = all_commands()


def test_a_shell_reads_each() -> None:
    assert not [each.name for each in COMMANDS if complaint(each.text)]


def test_an_option_by_itself_is_one_of_some_command() -> None:
    known = options.all_options() | OPTIONS_OF_OTHERS.keys()
    for code in inline():
        words = code.text.split()
        for word in words if words and words[0].startswith("--") else []:
            name = word.partition("=")[0]
            assert not name.startswith("--") or name in known, (
                f"{code.place}: none of our commands knows {name}. If another program does, "
                "name it in OPTIONS_OF_OTHERS in tests/support/documents/rules.py."
            )


def test_what_another_test_runs_is_there() -> None:
    """And make knows what it would do."""
    for command in COMMANDS:
        way = way_of(command.text)
        if isinstance(way, RunBy):
            assert (ROOT / way.test).exists(), command.name
            if command.text.startswith("make "):
                words = command.text.replace("make ", "make -n ", 1).split()
                subprocess.run(words, cwd=ROOT, check=True, capture_output=True)
        for words in commands(command.text):
            for word in words:
                assert not word.startswith("tests/") or (ROOT / word).exists(), command.name


def test_each_rule_is_of_some_command() -> None:
    texts = [each.text for each in COMMANDS]
    for number, (rule, _) in enumerate(RULES):
        earlier = [each for each, _ in RULES[:number]]
        assert any(
            re.fullmatch(rule, text, re.DOTALL)
            and not any(re.fullmatch(each, text, re.DOTALL) for each in earlier)
            for text in texts
        ), f"No command of the documents fits {rule!r} first: take the line out of RULES."


def test_what_is_to_be_run_is_run() -> None:
    """Each file that a rule names asks for its scripts."""
    for _, way in RULES:
        if isinstance(way, Run):
            assert "scripts(__file__)" in (ROOT / way.by).read_text(), way.by


# That it would find a command


def code(text: str, language: str | None = None) -> Code:
    return Code(Path("page.md"), 1, language, text)


@pytest.mark.parametrize(
    "text",
    ["make demo SQL=1", "A=1 B='2' dbt build", ".venv/bin/python -m x", "odd-one --all", "x -y"],
)
def test_a_command_among_words_is_found(text: str) -> None:
    assert is_command(code(text))


@pytest.mark.parametrize(
    "text", ["make", "source: api2cart", "--state FILE", "select 1", "decimals: x-y", "a - b"]
)
def test_other_code_is_not_taken_for_one(text: str) -> None:
    assert not is_command(code(text))


def test_a_block_is_split_where_the_shell_does() -> None:
    block = "a 'b\nc' # d\n\n# e\nf | \\\n  g\ncat > h <<'END'  # i\nj # k\nEND\nl \"#m\"\n"
    assert statements(block) == [
        "a 'b\nc'",
        "f | \\\n  g",
        "cat > h <<'END'\nj # k\nEND",
        'l "#m"',
    ]
    with pytest.raises(ValueError, match="unexpected"):
        statements("for each in 1; do\n")


def test_a_statement_is_split_into_commands() -> None:
    assert commands("A=1 b --c=d 2>/dev/null | e 'f g' && h <<END\n|\nEND") == [
        ["b", "--c=d"],
        ["e", "f g"],
        ["h"],
    ]


def test_an_option_that_is_not_there_is_told() -> None:
    assert options.complaint(["bigcommerce-carts", "load", "acme", "--form", "x"]) == (
        "`bigcommerce-carts load` knows no option --form"
    )
    assert options.complaint(["bigcommerce-carts", "lode"]) is not None
    assert options.complaint(["bigcommerce-carts", "inbox", "COMMAND", "--help"]) is None
