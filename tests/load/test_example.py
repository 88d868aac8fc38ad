"""`stores.example.yml`: it is right as it stands, and shows all that can be said."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.commands import main
from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.load.stores import read_stores
from tests.support.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = ROOT / "stores.example.yml"
SECRETS = {
    "STORE_ACME_UK_ACCESS_TOKEN": "an-invented-token",
    "STORE_ACME_UK_PERSONAL_DATA_SALT": "an-invented-salt",
    "STORE_ACME_OUTLET_ACCESS_TOKEN": "an-invented-token",
    "STORE_GIFTS_API2CART_API_KEY": "an-invented-key",
    "STORE_GIFTS_API2CART_STORE_KEY": "an-invented-key",
}


def checked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    """Check the example, copied as its first line says; return exit code and standard output."""
    shutil.copy(EXAMPLE, folder / "stores.yml")
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["bigcommerce-carts", "load", "--check"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code, capsys.readouterr().out.splitlines()


def test_the_example_is_right_with_the_secrets_where_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    names = ["acme", "acme-uk", "acme-outlet", "gifts"]
    assert checked(tmp_path, monkeypatch, capsys) == (
        1,
        [f"{name}: nothing is missing." for name in names[1:]],
    )
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/acme.env").write_text("TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=invented\n")
    assert checked(tmp_path, monkeypatch, capsys) == (
        0,
        [f"{name}: nothing is missing." for name in names],
    )


@pytest.mark.parametrize(
    ("wrong", "where", "some"),
    [("odd: 1", "the file", "at_once"), ("secrets: {odd: 1}", "`secrets`", "env_files")],
)
def test_every_key_is_shown(tmp_path: Path, wrong: str, where: str, some: str) -> None:
    file = tmp_path / "stores.yml"
    file.write_text(f"{wrong}\nstores: {{a: {{}}}}\n")
    with pytest.raises(SettingsError, match=f"{where}: there is no `odd`; known are") as error:
        read_stores(file)
    known = re.findall(r"`(\w+)`", str(error.value).partition("known are")[2])
    assert some in known
    shown = re.findall(r"^ *#?(\w+):", EXAMPLE.read_text(), re.MULTILINE)
    assert set(known) <= set(shown)


def test_the_command_that_is_not_in_use_is_right_too(tmp_path: Path) -> None:
    text, used = re.subn(r"^( +)#command:", r"\1command:", EXAMPLE.read_text(), flags=re.MULTILINE)
    assert used == 1
    file = tmp_path / "stores.yml"
    file.write_text(text)
    assert "bigcommerce/{store}" in read_stores(file).secrets.command
