"""A store's secrets are found by its name, and are in no message."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.load.secrets import as_variables, settings_of
from tap_bigcommerce_carts.load.stores import Secrets, Store

if TYPE_CHECKING:
    from pathlib import Path

ACME = Store("acme-uk", {"store_name": "acme-uk", "store_hash": "abc123"})
VARIABLE = "STORE_ACME_UK_ACCESS_TOKEN"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


def prints(text: str, code: int = 0, complaint: str = "") -> Secrets:
    """A secrets manager that prints a text, in which {store} is the store it was asked for."""
    script = (
        "import sys; print(sys.argv[1].replace('STORE', sys.argv[2]));"
        f"print({complaint!r}, file=sys.stderr); sys.exit({code})"
    )
    return Secrets(command=(sys.executable, "-c", script, text, "{store}"))


def in_file(folder: Path, text: bytes) -> Secrets:
    (folder / "acme-uk.env").write_bytes(text)
    return Secrets(folder)


def token(secrets: Secrets) -> str:
    return str(settings_of(ACME, secrets)["access_token"])


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token": "of-STORE"}',
        '{"ACCESS_TOKEN": "of-STORE", "lease": 3600}',
        "TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=of-STORE",
        "# a comment\nACCESS_TOKEN='of-STORE'\nOTHER=1\n",
    ],
)
def test_a_command_prints_json_or_lines(text: str) -> None:
    assert token(prints(text)) == "of-acme-uk"


def test_the_environment_comes_first_then_the_file_then_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = prints('{"access_token": "by-command", "personal_data_salt": "x"}').command
    assert token(Secrets(tmp_path, command)) == "by-command"
    in_file(tmp_path, b"TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN=in-file\nstart_date=2026-01-01\n")
    assert token(Secrets(tmp_path, command)) == "in-file"
    monkeypatch.setenv(VARIABLE, "in-environment")
    assert token(Secrets(tmp_path, command)) == "in-environment"
    found = settings_of(ACME, Secrets(tmp_path, command), {"end_date": "2026-02-01"})
    assert (found["start_date"], found["end_date"]) == ("2026-01-01", "2026-02-01")


def test_a_command_is_asked_also_for_what_need_not_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a store whose token is in the environment would be read without its inbox."""
    monkeypatch.setenv(VARIABLE, "in-environment")
    manager = prints('{"inbox_url": "sqlite:////var/lib/inbox/STORE.db"}')
    assert token(manager) == "in-environment"
    assert settings_of(ACME, manager)["inbox_url"] == "sqlite:////var/lib/inbox/acme-uk.db"


def test_a_command_need_not_know_a_store_whose_secrets_are_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "in-environment")
    assert token(prints("OTHER=1")) == "in-environment"
    assert token(prints("")) == "in-environment"


def test_a_token_is_taken_as_it_is(tmp_path: Path) -> None:
    assert token(in_file(tmp_path, b"ACCESS_TOKEN=a$HOME'b\n")) == "a$HOME'b"
    assert token(in_file(tmp_path, b"\xef\xbb\xbfACCESS_TOKEN=first\r\n")) == "first"


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        (
            Secrets(),
            "`access_token` is missing: set it. Its place: `STORE_ACME_UK_ACCESS_TOKEN` in the",
        ),
        (Secrets(command=("/no/such/command",)), "cannot be run: No such file or directory."),
        (prints("", 3, "permission denied"), "failed with exit code 3: permission denied"),
        (prints(""), "printed no settings: it must print a JSON object such as"),
        (prints('["not-to-be-shown"]'), "printed no settings"),
        (prints('{"access_token": 7}'), "`access_token` must be"),
        (
            prints('{"personal_data_salt": "not-to-be-shown-5b1f"}'),
            "`access_token` is missing: set it. Its place: `STORE_ACME_UK_ACCESS_TOKEN` in the",
        ),
    ],
)
def test_what_is_missing_is_said_with_its_place(secrets: Secrets, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        settings_of(ACME, secrets)
    said = str(error.value)
    assert said.startswith("store `acme-uk`: ")
    assert sentence in said
    assert "\n" not in said
    assert "not-to-be-shown" not in said


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"acme-uk\.env cannot be read\.$"):
        settings_of(ACME, in_file(tmp_path, b"ACCESS_TOKEN=\xff\xfe"))
    (tmp_path / "acme-uk.env").unlink()
    with pytest.raises(SettingsError, match=r"`TAP_BIGCOMMERCE_CARTS_ACCESS_TOKEN` in \S+acme-uk"):
        settings_of(ACME, Secrets(tmp_path))


def test_settings_become_the_variables_that_meltano_reads() -> None:
    assert as_variables({"store_hash": "abc", "channel_ids": [1], "page_size": 50}) == {
        "TAP_BIGCOMMERCE_CARTS_STORE_HASH": "abc",
        "TAP_BIGCOMMERCE_CARTS_CHANNEL_IDS": "[1]",
        "TAP_BIGCOMMERCE_CARTS_PAGE_SIZE": "50",
    }
