"""The file of stores: what it says, and a sentence for each mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.load.one import What
from tap_bigcommerce_carts.load.stores import Secrets, read_bounds, read_stores
from tap_bigcommerce_carts.settings.schema import SDK_SETTINGS, SETTINGS

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
loader: target-duckdb
at_once: 8
then: dbt-duckdb:build
secrets:
  env_files: secrets
  command: [vault, kv, get, "bigcommerce/{store}"]
defaults:
  start_date: 2026-01-01
  channel_ids: [1]
stores:
  acme: {store_hash: abc123}
  acme-uk:
    store_hash: https://api.bigcommerce.com/stores/def456/v3/
    store_name: uk
    channel_ids: [2]
  elsewhere: {source: api2cart, channel_ids: null}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "stores.yml"
    file.write_text(text, "utf-8")
    return file


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with a file, without the file's name."""
    file = written(folder, text)
    with pytest.raises(SettingsError) as error:
        read_stores(file)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{file}, ") for line in lines)
    return [line.removeprefix(f"{file}, ") for line in lines]


def test_a_file_is_read(tmp_path: Path) -> None:
    found = read_stores(written(tmp_path, WHOLE.replace("  channel_ids: [1]\n", "")))
    assert (found.loader, found.at_once, found.then) == ("target-duckdb", 8, "dbt-duckdb:build")
    command = ("vault", "kv", "get", "bigcommerce/{store}")
    assert found.secrets == Secrets(tmp_path / "secrets", command)
    assert list(found.stores) == ["acme", "acme-uk", "elsewhere"]
    assert found.stores["acme"].settings == {
        "store_name": "acme",
        "store_hash": "abc123",
        "start_date": "2026-01-01",
    }
    assert found.stores["acme-uk"].settings["store_name"] == "uk"


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    found = read_stores(written(tmp_path, "stores: {acme: }"))
    assert (found.loader, found.at_once, found.then) == ("target-postgres", 4, None)
    assert found.secrets == Secrets()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file must hold names with values (`name: value`)."),
        ("[]", "the file must hold names with values (`name: value`)."),
        ("stores: {}", "`stores` must hold names with values (`name: value`), indented below it."),
        ("stores:", "`stores` must hold names with values (`name: value`), indented below it."),
        ("stores:\n\ta:", "line 2: there is a tab: YAML is indented with spaces alone."),
        ("stores: {{ stores }}", "line 1: a list or mapping is no name."),
        ("stores: {a: }\nstores: {b: }", "line 2: `stores` is there twice."),
        ("stores: {a: 1", "line 1: expected ',' or '}', but got '<stream end>'."),
        ("stores:\n  a: {}\n  b: {}\n  a: {}", "line 4: `a` is there twice."),
        ("stores: {a: }\nloaders: x", "the file: there is no `loaders`; did you mean `loader`?"),
        ("stores: {a: }\nloader: 1", "`loader` must be a loader's name."),
        ("stores: {a: }\nat_once: 0", "`at_once` must be a whole number from 1 to 256."),
        ("stores: {a: }\nat_once: yes", "`at_once` must be a whole number from 1 to 256."),
        ("stores: {a: }\nthen: rm -r", "`then` must be a plugin's command, as dbt-postgres:build."),
        ("stores: {a: }\nsecrets: {env_files: 1}", "`secrets`: `env_files` must be a folder's"),
        ("stores: {a: }\nsecrets: {command: x}", "`secrets`: `command` must be a list of words"),
        ("stores: {a: }\ndefaults: {store_hash: x}", "`defaults`: `store_hash` is one store's own"),
        ("stores: {no: }", "store `False`: put the name in quotes; YAML reads it as no text."),
        ("stores: {a b: }", "store `a b`: a name has letters, digits, - and _ (63 at most), and"),
        ("stores: {../a: }", "store `../a`: a name has letters, digits, - and _ (63 at most), and"),
        ("stores: {a: , store_hash: x}", "`store_hash` is a setting, not a store: indent it below"),
        (
            "stores: {a: {store_hash:x}}",
            "store `a`: `store_hash` is no setting with a value: write",
        ),
        ("stores: {a: {start_date: 2026-13-01}}", "store `a`: `start_date` must be a date that"),
        ("stores: {a: , b: }\ndefaults: {page_size: 0}", "`defaults`: `page_size` must be a whole"),
        ("stores: {a: 1}", "store `a` must hold names with values (`name: value`)."),
        ("stores: {a: {store_hash: 123456}}", "store `a`: put the value of `store_hash` in quotes"),
        (
            "stores: {a: {page_size: 900}}",
            "store `a`: `page_size` must be a whole number from 1 to",
        ),
        ("stores: {a: {pagesize: 9}}", "store `a`: There is no setting `pagesize`; did you mean"),
        ("stores: {a: {start_date: 2026-02-30x}}", "store `a`: `start_date` must be a date that"),
        ("stores: {a-b: , a_b: }", "stores `a-b` and `a_b`: their secrets would have the same"),
        ("stores: {a: , A: }", "stores `a` and `A`: their secrets would have the same variables."),
        ("stores: {a: , b: {store_name: a}}", "stores `a` and `b`: their rows could not be told"),
        (
            "stores: {a: {store_hash: x1}, b: {store_hash: stores/x1}}",
            "stores `a` and `b`: they are the same shop, whose carts would be loaded twice.",
        ),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    [said] = problems(tmp_path, text)
    assert said.startswith(sentence)


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    said = problems(tmp_path, "at_once: 0\nstores: {a: {page_size: 0}, b: {page_size: 0}}")
    assert len(said) == 3


@pytest.mark.parametrize("setting", ["access_token", "personal_data_salt", "inbox_url"])
@pytest.mark.parametrize("where", ["defaults", "store `a`"])
def test_a_secret_is_refused_and_not_repeated(tmp_path: Path, setting: str, where: str) -> None:
    inside = f"{{{setting}: not-to-be-shown}}"
    text = (
        f"stores: {{a: {inside}}}" if "a" in where[-2:] else f"defaults: {inside}\nstores: {{a: }}"
    )
    [said] = problems(tmp_path, text)
    assert f"`{setting}` is a secret, which this file must not hold" in said
    assert "not-to-be-shown" not in said


def test_a_secret_without_a_space_after_its_colon_is_not_repeated(tmp_path: Path) -> None:
    [said] = problems(tmp_path, "stores: {a: {store_hash: x1, access_token:not-to-be-shown}}")
    assert "`access_token`" in said
    assert "not-to-be-shown" not in said


def test_anchors_and_merge_keys_work(tmp_path: Path) -> None:
    text = """
x-closed: &closed {personal_data: drop}
stores:
  a: &private {store_hash: x1, <<: *closed}
  b: {<<: *private, store_hash: x2}
  2026-01-01: {<<: *private, store_hash: x3, personal_data: keep}
"""
    stores = read_stores(written(tmp_path, text)).stores
    assert [
        (name, store.settings["store_hash"], store.settings["personal_data"])
        for name, store in stores.items()
    ] == [("a", "x1", "drop"), ("b", "x2", "drop"), ("2026-01-01", "x3", "keep")]


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        ("2026-13-01", None, "--from must be a date that exists, such as"),
        (None, "tomorrow", "--to must be a date that exists, such as"),
        ("2026-02-01", "2026-01-01", "--to must lie after --from."),
    ],
)
def test_the_dates_of_a_backfill_are_checked_before_any_store(
    start: str | None, end: str | None, sentence: str
) -> None:
    with pytest.raises(SettingsError) as error:
        read_bounds(What("", start, end).bounds)
    assert str(error.value).startswith(sentence)


def test_the_same_shop_may_be_read_by_storefront(tmp_path: Path) -> None:
    text = "stores: {a: {store_hash: x1, channel_ids: [1]}, b: {store_hash: x1, channel_ids: [2]}}"
    assert len(read_stores(written(tmp_path, text)).stores) == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"is not there: name the file of your stores with --st"
    ):
        read_stores(tmp_path / "stores.yml")


def test_a_store_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = read_stores(written(tmp_path, "stores: {acme: }"))
    with pytest.raises(SettingsError, match=r"has no store `acne`; did you mean `acme`\?$"):
        found.named("acne")


def test_the_settings_of_the_sdk_are_known_by_name() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "tap_bigcommerce_carts", "--about", "--format=json"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    properties = json.loads(shown)["settings"]["properties"]
    assert set(SDK_SETTINGS) == set(properties) - set(SETTINGS["properties"])
