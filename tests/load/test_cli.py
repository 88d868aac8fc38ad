"""The subcommand `load`: how it is called wrongly, and what it is without its extra."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.commands import main
from tests.support.lacking import check_named

if TYPE_CHECKING:
    from pathlib import Path

EXTRA = "dotenv filelock rich sqlalchemy yaml".split()


def called(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """Call the command in this process; return its exit code."""
    monkeypatch.setattr("sys.argv", ["bigcommerce-carts", "load", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.fixture(autouse=True)
def one_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with a file of stores, and nothing set."""
    (tmp_path / "stores.yml").write_text("stores: {acme: {store_hash: abc}}")
    monkeypatch.chdir(tmp_path)
    for name in ("BIGCOMMERCE_CARTS_STORES", "MELTANO_PROJECT_ROOT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ([], 2, "Name the stores to load, or say --all. See `bigcommerce-carts load --help`."),
        (["acme", "--all"], 2, "Name the stores to load, or say --all, not both."),
        (["--all", "--at-once=0"], 2, "0 is not in the range 1<=x<=256."),
        (["--all", "--project=stores.yml"], 2, "'stores.yml' is a file."),
        (["acne"], 1, "stores.yml has no store `acne`; did you mean `acme`?"),
        (["acme"], 1, "holds no meltano.yml: name the project with --project."),
        (["--all", "--stores=shops.yml"], 1, "shops.yml is not there: name the file of your"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    arguments: list[str],
    code: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert called(arguments, monkeypatch) == code
    (said,) = caplog.messages
    assert sentence in said
    assert "\n" not in said


def test_all_mistakes_of_the_file_are_said_before_anything_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "stores.yml"
    file.write_text("at_once: 0\nstores: {acme: {page_size: 0}, beta: {access_token: hidden}}")
    assert called(["acme", f"--stores={file}"], monkeypatch) == 1
    assert len(caplog.text.splitlines()) == 3
    assert "hidden" not in caplog.text


def test_an_interrupt_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tap_bigcommerce_carts.load.stores.read_stores", interrupted)
    assert called(["acme"], monkeypatch) == 130


@pytest.mark.slow
@pytest.mark.parametrize("package", ["rich", "yaml"])
def test_without_its_extra_it_says_which(package: str) -> None:
    check_named(package, "load", "load", "acme")


@pytest.mark.slow
def test_its_extra_is_not_asked_of_the_other_commands() -> None:
    script = (
        "import sys, tap_bigcommerce_carts.commands\n"
        f"print([name for name in {EXTRA} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == "[]\n"
