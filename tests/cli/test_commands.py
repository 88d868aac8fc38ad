"""The command `bigcommerce-carts`: its help, and what it says when it is called wrongly."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from tap_bigcommerce_carts.commands import main
from tests.support.lacking import check_named


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
    assert all(f"  {name} " in out for name in ("inbox", "load", "report", "sandbox", "verify"))
    code, out = called(["inbox", "--help"], monkeypatch, capsys)
    assert code == 0
    for name in ("serve", "register", "status", "unregister", "prune"):
        assert f"  {name} " in out


def test_help_is_there_by_its_short_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["-h"], ["inbox", "-h"], ["inbox", "serve", "-h"], ["report", "-h"]):
        code, out = called(arguments, monkeypatch, capsys)
        assert (code, out.startswith("Usage: bigcommerce-carts")) == (0, True)


def test_help_shows_no_value_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CART_INBOX_SECRET", "not-to-be-shown")
    monkeypatch.setenv("CART_INBOX_URL", "postgresql://me:not-to-be-shown@127.0.0.1/x")
    code, out = called(["inbox", "serve", "--help"], monkeypatch, capsys)
    assert (code, "not-to-be-shown" in out) == (0, False)


def test_the_version_is_that_of_the_distribution(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = called(["--version"], monkeypatch, capsys)
    assert (code, out) == (0, f"bigcommerce-carts {version('tap-bigcommerce-carts')}\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["inbox", "listen"], "See `bigcommerce-carts inbox --help`."),
        (["inbox", "serve", "--now"], "See `bigcommerce-carts inbox serve --help`."),
        (["inbox", "prune"], "Missing option '--older-than'. See "),
        (["inbox", "serve", "now"], "Got unexpected extra argument (now). See "),
        (["inbox", "serve", "--por", "1"], "No such option '--por'. Did you mean '--port'? See "),
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
