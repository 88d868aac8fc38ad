"""The command `bigcommerce-carts`: its help, and what it says when it is called wrongly."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import version
from typing import TYPE_CHECKING

import click
import pytest

from tap_bigcommerce_carts.commands import bigcommerce_carts, main
from tests.support.lacking import check_named
from tests.support.paths import ROOT
from tests.support.terminal import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = "tap_bigcommerce_carts"


def called(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Run the command in this process; return its exit code, and what it wrote."""
    monkeypatch.setattr("sys.argv", ["bigcommerce-carts", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().out


def test_help_lists_the_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = called(["--help"], monkeypatch, capsys)
    assert code == 0
    assert all(f"  {name} " in out for name in bigcommerce_carts.commands)
    code, out = called(["inbox", "--help"], monkeypatch, capsys)
    assert code == 0
    for name in ("serve", "register", "status", "unregister", "prune"):
        assert f"  {name} " in out


def test_help_shows_no_value_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CART_INBOX_SECRET", "not-to-be-shown")
    monkeypatch.setenv("CART_INBOX_URL", "postgresql://me:not-to-be-shown@127.0.0.1/x")
    code, out = called(["inbox", "serve", "--help"], monkeypatch, capsys)
    assert (code, "not-to-be-shown" in out) == (0, False)


def every_call(command: click.Command = bigcommerce_carts) -> Iterator[list[str]]:
    """Yield the words that call a command, and each below it."""
    yield []
    for name, each in command.commands.items() if isinstance(command, click.Group) else ():
        yield from ([name, *words] for words in every_call(each))


@pytest.mark.parametrize("words", [*every_call()], ids=" ".join)
def test_every_command_tells_its_version_and_help(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = (0, f"bigcommerce-carts {version('tap-bigcommerce-carts')}\n")
    assert called([*words, "--version"], monkeypatch, capsys) == told
    code, out = called([*words, "-h"], monkeypatch, capsys)
    assert (code, out.startswith("Usage: bigcommerce-carts")) == (0, True)
    assert called([*words, "--help"], monkeypatch, capsys) == (0, out)


def test_the_exit_codes_of_every_command_are_documented() -> None:
    text = (ROOT / "docs/data-engineer.md").read_text()
    table = text.partition("### Exit codes")[2].partition("\n## ")[0]
    told = set(re.findall(r"`([^`]+)`", "".join(re.findall(r"^\|([^|]+)\|", table, re.MULTILINE))))
    groups = {" ".join(words[:-1]) for words in every_call()}
    commands = {" ".join(words) for words in every_call()} - groups
    there = {each.removeprefix("bigcommerce-carts ").removeprefix("inbox ") for each in told}
    assert there == {each.removeprefix("inbox ") for each in commands} | {"tap-bigcommerce-carts"}


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
@pytest.mark.parametrize("command", [["tap-bigcommerce-carts"], ["python", "-m", PACKAGE]])
def test_the_tap_tells_the_same(command: list[str], option: str) -> None:
    name, *more = command
    done = subprocess.run(
        [COMMANDS / name, *more, option], check=False, capture_output=True, text=True, timeout=60
    )
    said = f"tap-bigcommerce-carts v{version('tap-bigcommerce-carts')}, "
    assert done.returncode == 0
    assert done.stdout.startswith(said if option == "--version" else "Usage: ")


def test_an_option_of_the_tap_that_is_mistyped_names_the_near_one() -> None:
    done = subprocess.run(
        [COMMANDS / "tap-bigcommerce-carts", "--discovr"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "Did you mean '--discover'?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["inbox", "listen"], "See `bigcommerce-carts inbox --help`."),
        (["inbox", "serve", "--now"], "See `bigcommerce-carts inbox serve --help`."),
        (["inbox", "prune"], "Missing option '--older-than'. See "),
        (["inbox", "serve", "now"], "Got unexpected extra argument (now). See "),
        (["inbox", "serve", "--por", "1"], "No such option '--por'. Did you mean '--port'? See "),
        (["inbox", "serve", "--port"], "See `bigcommerce-carts inbox serve --help`."),
        (["doctor", "--config"], "See `bigcommerce-carts doctor --help`."),
        (["doctor", "--stores", "nope.yml"], "--stores goes with --all or --store."),
        (["report", "--pages"], "See `bigcommerce-carts report --help`."),
    ],
)
def test_a_wrong_call_is_one_sentence(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert called(arguments, monkeypatch, capsys) == (2, "")
    (said,) = caplog.messages
    assert sentence in said
    assert "\n" not in said


@pytest.mark.parametrize("arguments", [[], ["inbox"]])
def test_no_command_at_all_is_answered_with_help(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bigcommerce-carts", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("Usage: bigcommerce-carts ")


def test_an_interrupt_is_an_end_without_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tap_bigcommerce_carts.inbox.receiver.settings.stores", interrupted)
    monkeypatch.setattr("sys.argv", ["bigcommerce-carts", "inbox", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr()) == (0, ("", ""))


@pytest.mark.parametrize("package", ["altair", "duckdb", "jinja2", "sqlalchemy", "vl_convert"])
def test_a_report_without_its_extra_is_one_sentence(package: str) -> None:
    check_named(package, "report", "report")
