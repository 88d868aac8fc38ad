"""`bigcommerce-carts doctor`, as it is called: what it says, its exit codes, its document."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.doctor import cli as examining
from tap_bigcommerce_carts.load.project import Project
from tap_bigcommerce_carts.verify import cli as verifying
from tests.support.examining import Ended
from tests.support.lacking import WITHOUT, check_named
from tests.support.loading import OURS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox

pytestmark = pytest.mark.slow

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


def test_people_get_a_line_each_and_colour_on_a_terminal_alone(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    ended = doctor(config=store.config())
    head, *lines, last = ended.out.splitlines()
    assert head.startswith("tap-bigcommerce-carts ")
    as_json = doctor(JSON, config=store.config())
    assert len(lines) == len(as_json.verdicts())
    for line, (asked, verdict) in zip(lines, as_json.verdicts().items(), strict=True):
        assert line.startswith(f"{verdict:<13}{asked}: ")
    assert re.fullmatch(r"\d+ fine(, \d+ [a-z ]+)*\.", last)
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}])
def test_who_wants_no_colour_gets_none_on_a_terminal_either(
    store: Sandbox, tmp_path: Path, variables: dict[str, str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(store.config()))
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    done = subprocess.run(
        [Path(sys.executable).with_name("bigcommerce-carts"), "doctor", "--config=config.json"],
        cwd=tmp_path,
        env=environment | variables,
        stdout=theirs,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    said = os.read(ours, 65_536)
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"access token" in said
    assert (b"\x1b[32m" in said) is not bool(variables)


def test_without_an_extra_the_rest_is_checked_and_the_extra_is_named(
    store: Sandbox, tmp_path: Path
) -> None:
    ended = lacking("duckdb", store, f"--warehouse={tmp_path / 'warehouse.duckdb'}")
    assert ended.verdicts()["access token"] == "fine"
    assert ended.verdicts()["warehouse"] == "not checked"
    assert "[verify]" in ended.said("warehouse")
    # Without what reads Meltano's project and .env.
    ended = lacking("filelock", store)
    assert ended.verdicts()["access token"] == "fine"
    assert "[load]" in ended.said("settings")


def lacking(package: str, store: Sandbox, *arguments: str) -> Ended:
    """Call the command where a package is not installed."""
    settings = {f"TAP_BIGCOMMERCE_CARTS_{name.upper()}": of for name, of in store.config().items()}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, package, "doctor", JSON, *arguments],
        env={name: of for name, of in os.environ.items() if not name.startswith(OURS)} | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return Ended(done.returncode, done.stdout, [])


def test_the_file_of_stores_needs_its_extra(tmp_path: Path) -> None:
    check_named("filelock", "load", "doctor", "--all", f"--stores={tmp_path / 'stores.yml'}")


def test_doctor_and_verify_ask_for_the_same_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The warehouse that is named goes before the loader of the file of stores."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stores.yml").write_text("loader: target-postgres\nstores:\n  a: {}\n")
    project = Project(tmp_path)
    given: dict[str, Any] = {
        "file": Path("stores.yml"),
        **dict.fromkeys(("configs", "names", "schema", "state", "loader", "every")),
        "names": ("a",),
    }
    for warehouse, more, loader in (
        ("w.duckdb", {}, "target-duckdb"),
        ("postgresql://u@localhost/w", {}, "target-postgres"),
        ("w.duckdb", {"loader": "target-duckdb--eu"}, "target-duckdb--eu"),
    ):
        asked = {**given, "warehouse": warehouse, **more}
        (looked,), _ = examining._stores(asked, project)  # noqa: SLF001 - as they ask
        _, (chosen,) = verifying._chosen(asked, project)  # noqa: SLF001
        assert looked.configured.loader == chosen.loader == loader


def test_stores_of_the_file_are_told_by_their_names(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"api_url": store.url, "store_hash": store.store_hash}
    stores = {"acme": settings, "other": {**settings, "store_hash": "elsewhere"}}
    (tmp_path / "stores.yml").write_text(json.dumps({"stores": stores}))
    monkeypatch.setenv("STORE_ACME_ACCESS_TOKEN", store.token)
    ended = doctor(JSON, "--all")
    acme, other, everyone = ended.document["stores"]
    assert [each["store"] for each in (acme, other, everyone)] == ["acme", "other", "(all stores)"]
    assert {each["verdict"] for each in acme["findings"]} <= {"fine", "note", "not checked"}
    (settings_of_other,) = (each for each in other["findings"] if each["verdict"] == "fault")
    assert "`STORE_OTHER_ACCESS_TOKEN`" in settings_of_other["said"]
    assert ended.code == 1
    (one,) = doctor(JSON, "--store=acme").document["stores"]
    assert one["store"] == "acme"
    assert "stores.yml" in one["findings"][0]["said"]
    assert doctor(JSON, "--store=nobody").code == 2
