"""Settings from the environment: those that the run was told to read, and those that it was not."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import MapExpressionError

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, command, error_lines
from tests.support.settings import (
    ENVIRONMENT,
    INTEGERS,
    NEEDED,
    NUMBERS,
    PREFIX,
    SECRET,
    STRINGS,
    parsed,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv(f"{PREFIX}STORE_HASH", "abc123")
    monkeypatch.setenv(f"{PREFIX}ACCESS_TOKEN", "some-token")
    return monkeypatch


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_every_setting_can_come_from_the_environment(
    environment: pytest.MonkeyPatch, name: str
) -> None:
    """It means there what it means in a file."""
    text, value = ENVIRONMENT[name]
    companion = {"personal_data": {"personal_data_salt": "grain-of-salt-5b1f3a"}}.get(name, {})
    environment.setenv(PREFIX + name.upper(), text)
    tap = TapBigCommerceCarts(config=dict(companion), parse_env_config=True)
    assert tap.run.settings == parsed(**companion, **{name: value})


def test_every_setting_is_in_the_table_of_the_environment() -> None:
    assert {*ENVIRONMENT, *NEEDED} == {*STRINGS, *INTEGERS, *NUMBERS, "channel_ids"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page_size", SECRET),
        ("page_size", ""),
        ("page_size", "5.5"),
        ("page_size", "0"),
        ("channel_ids", SECRET),
        ("channel_ids", "1,2"),
        ("channel_ids", f'["{SECRET}"]'),
        ("channel_ids", '{"a": 1}'),
        ("retry_for", SECRET),
        ("request_timeout", "0"),
        ("rate_limit_reserve", "1"),
        ("rate_limit_reserve", "nan"),
        ("start_date", SECRET),
        ("personal_data", SECRET),
    ],
)
def test_a_wrong_value_in_the_environment_is_named_and_not_repeated(
    environment: pytest.MonkeyPatch, name: str, text: str
) -> None:
    environment.setenv(PREFIX + name.upper(), text)
    with pytest.raises(SettingsError) as caught:
        TapBigCommerceCarts(config={}, parse_env_config=True)
    assert name in str(caught.value).lower()
    assert SECRET not in str(caught.value)


def test_the_command_reads_the_environment(
    shop: Shop, config: dict[str, Any], tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    """`--config ENV`: the whole run, with text, numbers and a list from there."""
    order = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.add_order(modified=NOON - timedelta(hours=5), channel_id=1)
    given = {**config, "channel_ids": [2], "page_size": 5, "store_name": "Quay"}
    for name, value in given.items():
        text = value if isinstance(value, str) else json.dumps(value)
        environment.setenv(PREFIX + name.upper(), text)
    output = command("{}", "--config", "ENV", folder=tmp_path)
    assert error_lines(output) == []
    assert output.code == 0
    assert output.ids("orders") == [order]
    assert output.rows("orders")[0]["store"] == "Quay"
    assert config["access_token"] not in output.log


def test_a_wrong_environment_ends_the_command_in_one_line(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(f"{PREFIX}PAGE_SIZE", SECRET)
    output = command("{}", "--config", "ENV", folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "PAGE_SIZE" in line
    assert SECRET not in output.log
    assert "Traceback" not in output.log


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("stream_maps", "[" * 100_000),
        ("stream_maps", '{"customers"'),
        ("batch_config", "5"),
        ("flattening_enabled", "maybe"),
        ("page_size", "9" * 5_000),
    ],
)
def test_the_sdks_settings_too_are_looked_at_in_the_environment(
    environment: pytest.MonkeyPatch, name: str, text: str
) -> None:
    environment.setenv(PREFIX + name.upper(), text)
    with pytest.raises(SettingsError, match=PREFIX + name.upper()):
        TapBigCommerceCarts(config={}, parse_env_config=True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LOGLEVEL", "loud"),
        ("TAP_BIGCOMMERCE_CARTS_LOGLEVEL", "\udcff"),
        ("SINGER_SDK_LOG_CONFIG", "."),
        ("SINGER_SDK_LOG_CONFIG", __file__),
    ],
)
def test_what_the_environment_says_of_the_log_is_a_sentence_if_it_cannot_be(
    tmp_path: Path, name: str, text: str
) -> None:
    output = command("{}", "--discover", folder=tmp_path, environment={**os.environ, name: text})
    assert output.code == 1
    assert output.text == ""
    (line,) = error_lines(output)
    assert f"`{name}`" in line
    assert "Traceback" not in output.log


ODD_TEXTS = [
    *(
        "",
        " ",
        "x",
        "-1",
        "1e999",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
        '"',
        "$HOME",
        "%s {0}",
        "é🛒",
    ),
    *("\udcff", "\x1b[2J\n", "9" * 5_000, "[" * 5_000, "postgres://[", "https://["),
    *('{"orders": 1}', '{"orders": {"id": "1 +"}}', '{"orders": {"__source__": 5}}'),
    *('{"__else__": 5}', '{"__else__": "x"}', '{"orders": {"__key_properties__": 5}}'),
    *('{"*": {"__filter__": "("}}', '{"locale": 5}', '{"orders": {"x": []}}'),
    '{"encoding": {"format": "jsonl"}, "storage": {"root": "\\u0000"}}',
    '{"encoding": {"format": "jsonl"}, "storage": {"root": "http://["}}',
]

# The SDK's own error for an expression of a stream map that is none, by the variable's text.
NO_EXPRESSION = ('{"*": {"__filter__": "("}}', '{"orders": {"id": "1 +"}}')


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_in_a_variable_ends_in_anything_but_a_sentence(
    environment: pytest.MonkeyPatch, text: str
) -> None:
    refused_in = set()
    names = TapBigCommerceCarts(config={}, validate_config=False).config_jsonschema["properties"]
    for name in names:
        with environment.context() as one:
            one.setenv(PREFIX + name.upper(), text)
            by_sdk = name == "stream_maps" and text in NO_EXPRESSION
            expected = MapExpressionError if by_sdk else SettingsError
            try:
                TapBigCommerceCarts(config={}, parse_env_config=True)
            except expected:
                refused_in.add(name)
    assert refused_in


def test_a_slip_in_a_variables_name_is_told_with_the_one_meant(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv(f"{PREFIX}PERSONALDATA", "drop")
    with pytest.raises(SettingsError, match=rf"`{PREFIX}PERSONALDATA`.*`{PREFIX}PERSONAL_DATA`"):
        TapBigCommerceCarts(config={}, parse_env_config=True)


def overheard(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    for name, text in variables.items():
        monkeypatch.setenv(PREFIX + name, text)


def warnings_about_the_environment(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if "in the environment" in each.message]


@pytest.mark.parametrize(
    ("name", "text", "given"),
    [
        ("START_DATE", "2026-01-01", {}),
        ("START_DATE", "2026-01-01", {"start_date": "2026-02-01"}),
        ("CHANNEL_IDS", "[1, 2]", {"channel_ids": [1]}),
        ("PAGE_SIZE", "50", {}),
        ("PAGE_SIZE", SECRET, {}),
        ("ACCESS_TOKEN", SECRET, {}),
        ("FLATTENING_ENABLED", "true", {}),
        ("STREAM_MAPS", '{"customers": null}', {"stream_maps": {}}),
        ("PERSONAL_DATA_SALT", SECRET, {}),
        ("PERSONAL_DATA", "drop", {"personal_data": "keep"}),
        ("PERSONAL_DATA", "keep", {"personal_data": "drop"}),
        ("INBOXURL", SECRET, {}),
    ],
)
def test_a_variable_that_is_not_read_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
    text: str,
    given: dict[str, Any],
) -> None:
    overheard(monkeypatch, **{name: text})
    assert parsed(**given).personal_data == given.get("personal_data", "keep")
    (told,) = warnings_about_the_environment(caplog)
    assert f"`{PREFIX}{name}`" in told
    assert ("`--config ENV`" in told) is (name != "INBOXURL")
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("variables", "given"),
    [
        # As Meltano hands on what it was told itself.
        (
            {
                "STORE_HASH": "abc123",
                "PAGE_SIZE": "50",
                "RATE_LIMIT_RESERVE": "0.1",
                "RETRY_FOR": "600",
                "CHANNEL_IDS": "[1, 2]",
                "FLATTENING_ENABLED": "true",
                "STREAM_MAPS": '{"orders": {"b": "1.5", "a": "id"}}',
                "PERSONAL_DATA": "drop",
            },
            {
                "page_size": 50,
                "rate_limit_reserve": Decimal("0.10"),
                "channel_ids": [1, 2],
                "flattening_enabled": True,
                "flattening_max_depth": 1,
                "stream_maps": {"orders": {"a": "id", "b": "1.5"}},
                "personal_data": "drop",
            },
        ),
        ({"PERSONAL_DATA": "keep", "START_DATE": " "}, {}),
        # As Meltano hands on an object that is written in meltano.yml.
        (
            {"STREAM_MAPS": '{"orders.b": "1.5", "customers": null}'},
            {"stream_maps": {"orders": {"b": "1.5"}, "customers": None}},
        ),
        # Of others: the SDK, Meltano, an orchestrator.
        (
            {
                "LOGLEVEL": "INFO",
                "_SELECT": '["*.*"]',
                "BATCH_CONFIG_STORAGE_ROOT": "s3://x",
                "SERVICE_HOST": "192.0.2.1",
                "PORT": "tcp://192.0.2.1:80",
            },
            {},
        ),
    ],
)
def test_variables_that_say_what_the_settings_say_are_not_told(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    variables: dict[str, str],
    given: dict[str, Any],
) -> None:
    overheard(monkeypatch, **variables)
    parsed(**given)
    assert warnings_about_the_environment(caplog) == []


def test_a_null_that_meltano_lost_is_told_with_what_to_write_instead(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it was to take out is loaded, which is no small thing where it is personal."""
    overheard(monkeypatch, STREAM_MAPS='{"customers.phone": null, "orders.b": "1.5"}')
    parsed(stream_maps={"orders": {"b": "1.5"}})
    (told,) = warnings_about_the_environment(caplog)
    assert "`__NULL__`" in told


@pytest.mark.parametrize("name", ["PERSONAL_DATA", "PERSONALDATA"])
@pytest.mark.parametrize("text", ["drop", "hash", "DROP"])
def test_a_wish_for_privacy_that_nobody_read_ends_the_run_before_it_begins(
    store: Sandbox, config: dict[str, Any], tmp_path: Path, name: str, text: str
) -> None:
    """A warning would come beside addresses that are in the warehouse for good."""
    variables = {**os.environ, PREFIX + name: text}
    output = command(config, folder=tmp_path, environment=variables)
    assert output.code == 1
    (line,) = error_lines(output)
    assert f"`{PREFIX}{name}`" in line
    assert "`personal_data`" in line
    assert output.messages == []
    assert store.requests == []
    # Meltano hands on its own default as if somebody had chosen it; a name that is right it reads.
    told = command({**config, "personal_data": "keep"}, folder=tmp_path, environment=variables)
    assert told.code == (1 if name == "PERSONALDATA" else 0)
    assert f"`{PREFIX}{name}`" in told.log
    treated = command({**config, "personal_data": "drop"}, folder=tmp_path, environment=variables)
    assert treated.code == 0


def test_of_a_slip_the_name_that_was_meant_is_told_and_nothing_else_advised(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """To declare the setting, or to read the environment, would not help."""
    overheard(monkeypatch, INBOXURL=SECRET, PERSONALDATA="drop")
    parsed(personal_data="drop")
    (told,) = warnings_about_the_environment(caplog)
    assert f"`{PREFIX}INBOXURL` in the environment is no setting; did you mean" in told
    assert f"`{PREFIX}INBOX_URL`?" in told
    assert f"`{PREFIX}PERSONAL_DATA`?" in told
    assert "meltano.yml" not in told
    with pytest.raises(SettingsError, match=rf"did you mean `{PREFIX}PERSONAL_DATA`") as caught:
        parsed(personal_data="keep")
    assert "meltano.yml" not in str(caught.value)


def test_with_config_env_nothing_is_left_unread(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    overheard(environment, PERSONAL_DATA="drop", PAGE_SIZE="50")
    tap = TapBigCommerceCarts(config={}, parse_env_config=True)
    assert tap.run.settings.personal_data == "drop"
    assert warnings_about_the_environment(caplog) == []
