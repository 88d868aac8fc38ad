"""`bigcommerce-carts doctor`, as it is called: what it says, its exit codes, its document."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

JSON = "--format=json"


def test_each_setting_that_is_wrong_is_a_fault_and_nothing_is_asked_of_the_store(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    wrong = {**store.config(), "page_size": 900, "acces_token": "x"}
    ended = doctor(JSON, config=wrong)
    assert (ended.code, ended.errors) == (1, [])
    assert ended.verdicts()["settings"] == "fault"
    said = ended.said("settings")
    assert "`page_size` must be a whole number from 1 to 250." in said
    assert "did you mean `access_token`?" in said
    assert "config.json" in said
    assert store.requests == []


def test_a_file_that_is_not_there_is_a_wrong_call(doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, "--config=elsewhere.json")
    assert ended.code == 2
    assert ended.document["failure"] == ended.errors[0]
    assert not ended.document["fine"]
    assert doctor("--all", "--config=elsewhere.json").code == 2


def test_without_a_file_settings_come_from_the_environment(
    store: Sandbox, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.config().items():
        monkeypatch.setenv(f"TAP_BIGCOMMERCE_CARTS_{name.upper()}", value)
    ended = doctor(JSON)
    assert ended.verdicts()["access token"] == "fine"
    assert "TAP_BIGCOMMERCE_CARTS_…" in ended.said("settings")
