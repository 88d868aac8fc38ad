"""The settings one by one: what is taken, what is refused and how, and what each of them does."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigurationError, MappingError

from tap_bigcommerce_carts.bigcommerce.session import Connection
from tap_bigcommerce_carts.errors import SettingsError, StoreError
from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import DEFAULT_STREAMS, NOON, command, error_lines, run
from tools.sandbox import Fault, Sandbox, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.settings.checks import Settings

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
NEEDED = {"store_hash": "abc123", "access_token": "some-token"}
# Wherever a value like this ends up, it must not be printed.
SECRET = "k3yThatNobodyMayPrint0123456789x"  # noqa: S105 - opens nothing
PREFIX = "TAP_BIGCOMMERCE_CARTS_"


def parsed(**settings: Any) -> Settings:
    return TapBigCommerceCarts(config={**NEEDED, **settings}).settings


def refused(config: dict[str, Any]) -> str:
    """The sentence that a configuration is refused with."""
    with pytest.raises(SettingsError) as caught:
        TapBigCommerceCarts(config=config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def connection_of(settings: Settings) -> Connection:
    assert isinstance(settings.connection, Connection)
    return settings.connection


# Defaults and right values


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = parsed()
    assert connection_of(settings).api_url == "https://api.bigcommerce.com"
    assert connection_of(settings).store_hash == "abc123"
    assert connection_of(settings).access_token == "some-token"  # noqa: S105 - invented
    assert connection_of(settings).limits.timeout == 120
    assert connection_of(settings).limits.retry_for == 600
    assert connection_of(settings).limits.reserve == 0.1
    assert connection_of(settings).limits.parallel == 3
    assert settings.store_name == "abc123"
    assert settings.start is None
    assert settings.end is None
    assert settings.abandoned_after_minutes == 60
    assert settings.lookback_seconds == 300
    assert settings.channel_ids == ()
    assert settings.page_size == 250
    assert settings.personal_data == "keep"


def test_null_is_as_good_as_unset() -> None:
    """Meltano writes null for what is not set."""
    assert parsed(**dict.fromkeys(ENVIRONMENT)) == parsed()


@pytest.mark.parametrize(
    "given",
    [
        "abc123",
        " abc123 ",
        "/abc123/",
        "https://api.bigcommerce.com/stores/abc123/v3/",
        "https://api.bigcommerce.com/stores/abc123/v2",
        "https://api.bigcommerce.com/stores/abc123",
        "http://127.0.0.1:8080/stores/abc123/v3/\n",
        "api.bigcommerce.com/stores/abc123/v3",
        "stores/abc123",
        "/stores/abc123/",
    ],
)
def test_a_pasted_api_path_is_as_good_as_the_hash(given: str) -> None:
    settings = parsed(store_hash=given)
    assert connection_of(settings).store_hash == "abc123"
    assert settings.store_name == "abc123"


@pytest.mark.parametrize(
    "given",
    ["", " ", "abc 123", "abc-123!", "https://store.example.com", "/stores//v3", "../x", "é"],
)
def test_what_holds_no_hash_is_refused(given: str) -> None:
    assert "`store_hash`" in refused({**NEEDED, "store_hash": given})


@pytest.mark.parametrize("given", ["some-token\n", " some-token "])
def test_a_token_pasted_with_its_line_end_is_taken(given: str) -> None:
    assert connection_of(parsed(access_token=given)).access_token == "some-token"  # noqa: S105


@pytest.mark.parametrize("given", ["", "  ", "\n", "two words", "tök", "a\nb"])
def test_a_token_that_can_be_none_is_refused(given: str) -> None:
    message = refused({**NEEDED, "access_token": given})
    assert "`access_token`" in message
    assert given.strip() == "" or given not in message


@pytest.mark.parametrize(
    ("given", "start"),
    [
        ("2026-03-01", utc(2026, 3, 1)),
        ("2026-03-01T09:30:00Z", utc(2026, 3, 1, 9, 30)),
        ("2026-03-01T09:30:00+02:00", utc(2026, 3, 1, 7, 30)),
        ("2026-03-01T09:30:00", utc(2026, 3, 1, 9, 30)),
        ("2026-03-01 09:30:00", utc(2026, 3, 1, 9, 30)),
        ("", None),
    ],
)
def test_dates_and_date_times_are_taken(given: str, start: datetime | None) -> None:
    """A date is its first second; without an offset a time is in UTC."""
    assert parsed(start_date=given).start == start
    assert parsed(end_date=given).end == start


# Wrong values


STRINGS = """
    source store_hash access_token api_url store_name start_date end_date personal_data
    personal_data_salt
""".split()
INTEGERS = "abandoned_after_minutes lookback_seconds page_size max_parallel_requests".split()
NUMBERS = "rate_limit_reserve request_timeout retry_for".split()
WRONG: list[tuple[list[str], list[Any]]] = [
    (STRINGS, [5, True, 1.5, [SECRET], {"a": SECRET}]),
    (
        INTEGERS,
        [
            "5 or so",
            "",
            "1.5",
            "null",
            '"5"',
            1.5,
            True,
            SECRET,
            [SECRET],
            {"a": SECRET},
            float("nan"),
        ],
    ),
    (NUMBERS, ["5 or so", "", "NaN", "true", True, SECRET, [SECRET], {"a": SECRET}, float("nan")]),
    (["channel_ids"], [5, SECRET, [SECRET], {"a": SECRET}, [1.5], [True], [-1], [None]]),
]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [(name, wrong) for names, values in WRONG for name in names for wrong in values],
)
def test_a_value_of_the_wrong_type_is_refused_and_not_repeated(name: str, wrong: Any) -> None:
    message = refused({**NEEDED, name: wrong})
    assert f"`{name}` must be" in message
    assert SECRET not in message


def test_all_settings_of_the_contract_are_there() -> None:
    assert set(SETTINGS["properties"]) >= {*STRINGS, *INTEGERS, *NUMBERS, "channel_ids"}


BOUNDS = [
    ("page_size", 1, 250),
    ("max_parallel_requests", 1, 10),
    ("rate_limit_reserve", 0, 0.9),
    ("abandoned_after_minutes", 0, None),
    ("lookback_seconds", 0, None),
    ("request_timeout", 1, None),
    ("retry_for", 0, None),
]


@pytest.mark.parametrize(("name", "lowest", "highest"), BOUNDS)
def test_numbers_are_taken_within_their_bounds_only(
    name: str, lowest: float, highest: float | None
) -> None:
    """The ends are inside; beyond them the sentence says what the ends are."""
    parsed(**{name: lowest})
    message = refused({**NEEDED, name: lowest - 1})
    assert f"`{name}` must be" in message
    assert f"from {lowest}" in message
    if highest is not None:
        parsed(**{name: highest})
        assert f"to {highest}" in refused({**NEEDED, name: highest + 1})
    assert f"`{name}` must be" in refused({**NEEDED, name: float("inf")})


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize(
    "wrong",
    [
        *("01/02/2026", "2026-02-30", "2026-13-01", "2026-00-10", "yesterday", "2026-3-1", "26"),
        *("2026-03-01T25:00:00Z", "2026-03-01T10:61:00Z", "1772550000", "now()", SECRET),
        "Tue, 03 Mar 2026 14:05:09 +9999",
        # Dates that leave the calendar on their way to UTC.
        *("0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"),
    ],
)
def test_impossible_dates_are_refused(name: str, wrong: str) -> None:
    message = refused({**NEEDED, name: wrong})
    assert f"`{name}` must be a date" in message
    assert SECRET not in message


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-02", "2026-03-01"),
        ("2026-03-01", "2026-03-01"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00Z"),
    ],
)
def test_the_end_must_come_after_the_start(start: str, end: str) -> None:
    """Instants are compared, not texts."""
    message = refused({**NEEDED, "start_date": start, "end_date": end})
    assert "`end_date`" in message
    assert "`start_date`" in message
    parsed(start_date=start, end_date="2026-03-02T00:00:01Z")


@pytest.mark.parametrize("salt", [None, "", "   ", "s", "fifteen-letters", " fifteen-letters "])
def test_hashing_needs_a_salt_that_cannot_be_guessed(salt: str | None) -> None:
    message = refused({**NEEDED, "personal_data": "hash", "personal_data_salt": salt})
    assert "`personal_data_salt`" in message
    assert (salt or "").strip() == "" or "at least 16 characters" in message
    parsed(personal_data="drop", personal_data_salt=salt)
    assert parsed(personal_data="hash", personal_data_salt="sixteen-letters!").salt


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("page_size", "100", 100),
        ("lookback_seconds", " 60.0 ", 60),
        ("retry_for", "1.5", 1.5),
        ("rate_limit_reserve", "0", 0.0),
        ("channel_ids", "[1, 2]", [1, 2]),
        ("flattening_enabled", "false", False),
        ("flattening_max_depth", "3", 3),
        (
            "stream_maps",
            '{"orders": {"payment_status": null}}',
            {"orders": {"payment_status": None}},
        ),
    ],
)
def test_what_is_text_is_taken_for_what_it_says(name: str, given: str, value: Any) -> None:
    """Meltano passes numbers and lists on as text; the SDK finds them typed as the tap does."""
    tap = TapBigCommerceCarts(config={**NEEDED, name: given})
    assert tap.config[name] == value
    assert tap.settings == parsed(**{name: value})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("page_size", "500"),
        ("page_size", "many"),
        ("page_size", "[" * 100_000),
        ("page_size", "9" * 5_000),
        ("retry_for", "1e999"),
        ("channel_ids", "1,2"),
        ("flattening_max_depth", SECRET),
    ],
)
def test_text_that_says_nothing_of_the_kind_is_refused(name: str, given: str) -> None:
    message = refused({**NEEDED, name: given})
    assert f"`{name}` must be" in message
    assert given not in message


def test_a_stores_name_fits_into_a_key() -> None:
    assert parsed(store_name="n" * 255).store_name == "n" * 255
    message = refused({**NEEDED, "store_name": "n" * 256})
    assert "`store_name` must be text of at most 255 characters" in message


def test_a_list_is_told_as_it_is_written() -> None:
    assert "such as `[1, 2]`" in refused({**NEEDED, "channel_ids": "1,2"})


@pytest.mark.parametrize("given", ["a\udcffb", "\ud83d", "a\0b"])
@pytest.mark.parametrize("name", ["store_name", "personal_data_salt", "access_token", "inbox_url"])
def test_text_that_is_none_is_refused(name: str, given: str) -> None:
    """Bytes of the environment that are no UTF-8, halves of characters of a file, NUL."""
    assert f"`{name}` holds characters that are none" in refused({**NEEDED, name: given})
    maps = {"orders": {"id": given}}
    assert "`stream_maps` holds" in refused({**NEEDED, "stream_maps": maps})
    parsed(store_name="\\u0000 Größe 🛒")


INBOXES = [
    ("sqlite:////var/lib/inbox.db", True),
    ("sqlite:///inbox.db", True),
    (" sqlite:///inbox.db\n", True),
    ("postgresql://me:word@db.example.com/inbox", True),
    ("postgres://me:word@db.example.com:6543/inbox", True),
    ("postgresql+psycopg2://db.example.com/inbox", True),
    ("postgresql:///inbox", True),
    ("inbox.db", False),
    ("/var/lib/inbox.db", False),
    ("sqlite://", False),
    ("sqlite:///:memory:", False),
    ("mysql://db.example.com/inbox", False),
    ("postgresql://me:pa@5w0@db.example.com/inbox", False),
    ("postgresql://db.example.com:port/inbox", False),
    ("://", False),
]


@pytest.mark.parametrize(("url", "taken"), INBOXES)
def test_the_inboxs_address_is_checked_with_the_settings(url: str, *, taken: bool) -> None:
    """It is opened only when its streams are read; its form can be known before."""
    if taken:
        assert parsed(inbox_url=url).inbox_url == url.strip()
        return
    message = refused({**NEEDED, "inbox_url": url})
    assert "`inbox_url`" in message
    assert "postgresql://" in message
    assert "5w0" not in message


@pytest.mark.parametrize("package", ["sqlalchemy", "psycopg"])
def test_packages_that_the_inbox_needs_are_named_before_the_first_request(
    monkeypatch: pytest.MonkeyPatch, package: str
) -> None:
    monkeypatch.delitem(sys.modules, "tap_bigcommerce_carts.inbox.database", raising=False)
    monkeypatch.delitem(sys.modules, "tap_bigcommerce_carts.inbox.tables", raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    message = refused({**NEEDED, "inbox_url": "postgresql://db.example.com/inbox"})
    assert "`inbox_url`" in message
    assert package in message
    assert "install" in message


@pytest.mark.parametrize(
    ("name", "allowed"),
    [("source", ["bigcommerce", "api2cart"]), ("personal_data", ["keep", "hash", "drop"])],
)
def test_an_unknown_choice_is_answered_with_the_known_ones(name: str, allowed: list[str]) -> None:
    for wrong in (SECRET, "", "KEEP", "API2Cart"):
        message = refused({**NEEDED, name: wrong})
        assert f"`{name}` must be one of" in message
        assert all(f"`{choice}`" in message for choice in allowed)
        assert SECRET not in message


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("acess_token", "access_token"),
        ("store_hsh", "store_hash"),
        ("startdate", "start_date"),
        ("page_sizes", "page_size"),
        ("personal_data_sallt", "personal_data_salt"),
    ],
)
def test_an_unknown_setting_is_answered_with_the_one_meant(name: str, meant: str) -> None:
    message = refused({**NEEDED, name: SECRET})
    assert f"`{name}`" in message
    assert f"`{meant}`" in message
    assert SECRET not in message


def test_an_unknown_setting_like_no_other_is_refused_too() -> None:
    message = refused({**NEEDED, "colour": SECRET})
    assert "`colour`" in message
    assert SECRET not in message


def test_missing_settings_are_all_named() -> None:
    message = refused({})
    assert "`store_hash` is missing" in message
    assert "`access_token` is missing" in message
    assert "`access_token` is missing" in refused({"store_hash": "abc123", "access_token": None})


def test_several_mistakes_are_told_together() -> None:
    message = refused({**NEEDED, "page_size": 500, "retry_for": "long", "colour": 1})
    assert all(f"`{name}`" in message for name in ("page_size", "retry_for", "colour"))


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "api.bigcommerce.com", "ftp://api.example.com", "https://", "http://host:99999"),
        *(f"https://u:{SECRET}@api.example.com", f"https://:{SECRET}@api.example.com"),
        *(f"https://{SECRET}@api.example.com", f"https://api.example.com?key={SECRET}"),
        *("https://api.example.com#x", "http://[::1"),
        *("http://api.bigcommerce.com", "http://192.0.2.1:8080"),
    ],
)
def test_an_api_url_that_is_no_address_is_refused(wrong: str) -> None:
    message = refused({**NEEDED, "api_url": wrong})
    assert "`api_url`" in message
    assert SECRET not in message


@pytest.mark.parametrize(
    "name", ["store_hash", "api_url", "source", "start_date", "personal_data", "page_size"]
)
def test_a_secret_in_the_wrong_place_is_not_printed(
    name: str, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """The token pasted into another field: whatever the command says, it does not say that."""
    value = f"{store.url}/{SECRET}" if name == "api_url" else SECRET
    settings = {**config, "retry_for": 0, "access_token": "wrong", name: value}
    output = command(settings, folder=tmp_path)
    assert output.code == 1
    assert error_lines(output)
    assert SECRET not in output.log


def test_a_wrong_setting_ends_the_command_in_one_line(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Before the first request."""
    output = command({**config, "page_size": 0, "start_date": "soon"}, folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "`page_size`" in line
    assert "Traceback" not in output.log
    assert output.messages == []
    assert store.requests == []


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "5", "null", "", '[{"a": 1}]'])
def test_a_settings_file_that_holds_none_is_a_sentence(content: str, tmp_path: Path) -> None:
    output = command(content, folder=tmp_path)
    assert output.code == 1
    assert len(error_lines(output)) == 1
    assert "Traceback" not in output.log


@pytest.mark.parametrize("content", ["[]", '[["page_size", 5]]', '[{"a": 1}]'])
def test_a_settings_file_that_holds_a_list_is_called_so(content: str, tmp_path: Path) -> None:
    (line,) = error_lines(command(content, folder=tmp_path))
    assert "--config holds a list" in line


def test_a_settings_file_of_a_windows_editor_is_read(
    shop: Shop, config: dict[str, Any], tmp_path: Path
) -> None:
    """It begins with a mark of the encoding."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    output = command("\ufeff" + json.dumps(config), folder=tmp_path)
    assert output.code == 0
    assert output.ids("orders") == [order]


def test_a_settings_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    output = command("{}", "--config", str(tmp_path / "nowhere.json"), folder=tmp_path)
    assert output.code == 1
    (line,) = error_lines(output)
    assert "--config" in line


# From a file as the command reads it, and from the environment


FRACTIONS = {"rate_limit_reserve": 0.25, "request_timeout": 1.5, "retry_for": 0.5}


@pytest.mark.parametrize("name", FRACTIONS)
def test_fractions_in_a_settings_file_work(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, name: str
) -> None:
    """Also when a request fails and these numbers are reckoned with."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    store.faults.script = [Fault("429", reset_ms=10)]
    settings = {**config, "retry_for": 5, name: FRACTIONS[name]}
    if name == "retry_for":
        settings[name] = 5.5
    output = command(settings, folder=tmp_path)
    assert error_lines(output) == []
    assert output.code == 0
    assert output.ids("orders") == [order]


ENVIRONMENT: dict[str, tuple[str, Any]] = {
    "source": ("bigcommerce", "bigcommerce"),
    "api_url": ("https://proxy.example.com/", "https://proxy.example.com/"),
    "store_name": ("Lantern & Quay", "Lantern & Quay"),
    "start_date": ("2026-03-01", "2026-03-01"),
    "end_date": ("2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z"),
    "abandoned_after_minutes": ("90", 90),
    "lookback_seconds": ("0", 0),
    "channel_ids": ("[1, 1017]", [1, 1017]),
    "page_size": ("50", 50),
    "max_parallel_requests": ("1", 1),
    "rate_limit_reserve": ("0.25", 0.25),
    "request_timeout": ("30", 30),
    "retry_for": ("1.5", 1.5),
    "personal_data": ("hash", "hash"),
    "personal_data_salt": ("grain-of-salt-5b1f3a", "grain-of-salt-5b1f3a"),
}


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
    assert tap.settings == parsed(**companion, **{name: value})


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
EXPECTED = (ConfigurationError, MappingError, SettingsError)


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_in_a_variable_ends_in_anything_but_a_sentence(
    environment: pytest.MonkeyPatch, text: str
) -> None:
    refused_in = set()
    names = TapBigCommerceCarts(config={}, validate_config=False).config_jsonschema["properties"]
    for name in names:
        with environment.context() as one:
            one.setenv(PREFIX + name.upper(), text)
            try:
                TapBigCommerceCarts(config={}, parse_env_config=True)
            except EXPECTED:
                refused_in.add(name)
    assert refused_in


def test_a_slip_in_a_variables_name_is_told_with_the_one_meant(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv(f"{PREFIX}PERSONALDATA", "drop")
    with pytest.raises(SettingsError, match=rf"`{PREFIX}PERSONALDATA`.*`{PREFIX}PERSONAL_DATA`"):
        TapBigCommerceCarts(config={}, parse_env_config=True)


# From an environment that the run was not told to read


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
    assert "`--config ENV`" in told
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
    told = command({**config, "personal_data": "keep"}, folder=tmp_path, environment=variables)
    assert told.code == 0
    assert f"`{PREFIX}{name}`" in told.log


def test_with_config_env_nothing_is_left_unread(
    environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    overheard(environment, PERSONAL_DATA="drop", PAGE_SIZE="50")
    tap = TapBigCommerceCarts(config={}, parse_env_config=True)
    assert tap.settings.personal_data == "drop"
    assert warnings_about_the_environment(caplog) == []


# What each setting does


def queries(store: Sandbox, path: str, **fields: str) -> list[dict[str, str]]:
    return [
        each.query
        for each in store.requests
        if each.path.endswith(path) and all(each.query.get(n) == v for n, v in fields.items())
    ]


@pytest.mark.parametrize("size", [1, 7, 250, 5.0])
def test_page_size_is_the_limit_asked_for(
    shop: Shop, store: Sandbox, config: dict[str, Any], size: float
) -> None:
    """5.0 is a whole number too, and is sent as one."""
    shop.add_order(modified=NOON - timedelta(hours=5))
    shop.add_customer(modified=NOON - timedelta(hours=5))
    run({**config, "page_size": size})
    for path in ("/v2/orders", "/v3/customers"):
        assert {each["limit"] for each in queries(store, path, page="1")} == {str(int(size))}


def test_one_channel_is_filtered_by_the_store(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    ours = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.add_order(modified=NOON - timedelta(hours=4), channel_id=1)
    output = run({**config, "channel_ids": [2]})
    assert {each["channel_id"] for each in queries(store, "/v2/orders")} == {"2"}
    assert output.ids("orders") == [ours]
    assert output.ids("abandoned_carts") == [str(ours)]
    assert {row["abandoned_cart_id"] for row in output.rows("abandoned_cart_line_items")} == {
        str(ours)
    }


def test_of_several_channels_the_rows_are_picked(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """The list takes one channel only, so it is not filtered there; no page is cut short by it."""
    ids = [
        shop.add_order(
            modified=NOON - timedelta(hours=9, minutes=-n), channel_id=(1, 2, 1017)[n % 3]
        )
        for n in range(12)
    ]
    output = run({**config, "channel_ids": [2, 1017], "page_size": 2})
    assert all("channel_id" not in each for each in queries(store, "/v2/orders"))
    expected = [each for n, each in enumerate(ids) if n % 3]
    assert output.ids("orders") == expected
    assert output.ids("abandoned_carts") == [str(each) for each in expected]


@pytest.mark.parametrize("channels", [None, []])
def test_without_channels_all_are_read(
    shop: Shop, config: dict[str, Any], channels: list[int] | None
) -> None:
    ids = [shop.add_order(modified=NOON - timedelta(hours=5), channel_id=n) for n in (1, 2, 1017)]
    assert run({**config, "channel_ids": channels}).ids("orders") == ids


@pytest.mark.parametrize("written", ["2", 2.0, "2.0000"])
def test_a_channel_written_in_another_form_is_still_ours(
    shop: Shop, config: dict[str, Any], written: Any
) -> None:
    """Ids come as text at times: such a row must not vanish in silence."""
    order = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.order_records[order].keep().document["channel_id"] = written
    output = run({**config, "channel_ids": [2, 3]})
    assert output.ids("orders") == [order]
    assert output.rows("orders")[0]["channel_id"] == 2


@pytest.mark.parametrize("written", [[], {}, [2], None, True, "shop"])
def test_a_channel_that_is_no_id_does_not_break_the_run(
    shop: Shop, config: dict[str, Any], written: Any
) -> None:
    order = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.order_records[order].keep().document["channel_id"] = written
    customer = shop.add_customer(origin_channel_id=written, channel_ids=[written])
    ours = shop.add_order(modified=NOON - timedelta(hours=4), channel_id=2)
    output = run({**config, "channel_ids": [2, 3]})
    assert ours in output.ids("orders")
    assert set(output.ids("customers")) <= {customer}


def test_customers_of_other_storefronts_are_left_out(shop: Shop, config: dict[str, Any]) -> None:
    """Null means that the customer may sign in everywhere."""
    everywhere = shop.add_customer(channel_ids=None, origin_channel_id=1)
    here = shop.add_customer(channel_ids=[1, 2], origin_channel_id=1)
    born_here = shop.add_customer(channel_ids=[1], origin_channel_id=2)
    shop.add_customer(channel_ids=[1], origin_channel_id=1)
    output = run({**config, "channel_ids": [2]}, streams=["customers"])
    assert sorted(output.ids("customers")) == [everywhere, here, born_here]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Lantern & Quay", "Lantern & Quay"), (None, "sandbox1"), (" ", "sandbox1")],
)
@pytest.mark.usefixtures("every_scope")
def test_store_name_is_the_column_store_of_every_stream(
    shop: Shop, config: dict[str, Any], name: str | None, expected: str
) -> None:
    shop.add_order(modified=NOON - timedelta(hours=5))
    shop.add_customer()
    streams = (*DEFAULT_STREAMS, "abandoned_cart_settings", "abandoned_cart_emails")
    output = run({**config, "store_name": name}, streams=streams)
    for stream in streams:
        assert {row["store"] for row in output.rows(stream)} == {expected}


@pytest.mark.parametrize("most", [1, 2, 5])
def test_never_more_requests_under_way_than_allowed(
    shop: Shop, store: Sandbox, config: dict[str, Any], most: int
) -> None:
    for n in range(20):
        shop.add_order(modified=NOON - timedelta(hours=9, minutes=-n))
    store.faults.empty_line_items = True
    store.latency = 0.01
    output = run({**config, "max_parallel_requests": most, "page_size": 7}, streams=CARTS)
    assert len(output.ids("abandoned_carts")) == 20
    busiest = max(each.in_flight for each in store.requests)
    assert busiest <= most
    # And what is allowed is used.
    assert most == 1 or busiest > 1


def test_request_timeout_gives_a_slow_answer_up(
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    store.faults.script = [Fault("slow", seconds=1.4)]
    output = run({**config, "request_timeout": 1}, streams=["orders"])
    assert output.ids("orders") == [order]
    assert "within 1 s (`request_timeout`)" in caplog.text


def test_retry_for_zero_means_one_request(store: Sandbox, config: dict[str, Any]) -> None:
    store.faults.rate = 1.0
    store.faults.kinds = ("500_html",)
    with pytest.raises(StoreError, match=r"500.*`retry_for`"):
        run({**config, "retry_for": 0, "page_size": 1}, streams=["orders"])
    assert len(store.requests) == 1


@pytest.mark.parametrize("end", ["", "/", "//", " "])
def test_api_url_is_where_requests_go(
    shop: Shop, store: Sandbox, config: dict[str, Any], end: str
) -> None:
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    output = run({**config, "api_url": store.url + end}, streams=["orders"])
    assert output.ids("orders") == [order]
    assert all(each.path.startswith("/stores/sandbox1/v2/") for each in store.requests)


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("2026-03-01", "2026-03-01T00:00:00%2B00:00"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00%2B00:00"),
        ("2026-03-01T09:30:00-05:00", "2026-03-01T14:30:00%2B00:00"),
        ("2026-03-01T09:30:00.987654Z", "2026-03-01T09:30:00%2B00:00"),
    ],
)
def test_start_date_has_time_and_offset_on_the_wire(
    store: Sandbox, config: dict[str, Any], given: str, wire: str
) -> None:
    """V2 refuses a date alone, and V3 fractions of a second."""
    run({**config, "start_date": given})
    targets = [each.target for each in store.requests if each.path.endswith("/v2/orders")]
    assert targets
    assert all(f"min_date_modified={wire}&" in each for each in targets)
    for each in store.requests:
        for name, value in each.query.items():
            if "date_modified" in name:
                assert datetime.fromisoformat(value).utcoffset() == timedelta()
                assert len(value) == len("2026-03-01T00:00:00+00:00")


def test_versions_are_asked_by_their_own_names(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """V3 knows no `min_date_modified`, V2 no `date_modified:min`; the bare name is equality."""
    shop.add_customer()
    run(config)
    for each in store.requests:
        names = set(each.query)
        assert "date_modified" not in names
        if "/v3/" in each.path:
            assert not names & {"min_date_modified", "max_date_modified"}
        else:
            assert not {name for name in names if ":" in name}
        assert "," not in each.query.get("status_id", "")


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("given", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_the_ends_of_the_calendar_are_dates_too(
    shop: Shop, config: dict[str, Any], name: str, given: str
) -> None:
    """Before any shop, or after every one: nothing breaks on it."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    customer = shop.add_customer(modified=NOON - timedelta(hours=5))
    if (name, given) == ("start_date", "9999-12-31"):
        with pytest.raises(SettingsError, match="future"):
            run({**config, name: given})
        return
    output = run({**config, name: given})
    there = (name == "start_date") == (given < "2026")
    assert output.ids("orders") == ([order] if there else [])
    assert output.ids("customers") == ([customer] if there else [])


def test_the_idle_time_and_the_look_back_are_on_the_wire(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    last = shop.add_order(modified=NOON - timedelta(hours=10))
    first = run(config, streams=CARTS)
    idle, _active = (shop.add_order(modified=NOON - timedelta(minutes=m)) for m in (90, 89))
    store.clear()
    settings = {**config, "abandoned_after_minutes": 90, "lookback_seconds": 3600}
    second = run(settings, state=first.state, streams=CARTS)
    assert second.ids(CARTS[0]) == [str(last), str(idle)]
    (query,) = queries(store, "/v2/orders", status_id="0")
    assert query["min_date_modified"] == "2026-03-03T01:00:00+00:00"


def test_a_bookmark_of_a_day_and_a_half_ago_is_read_up_to_now(
    shop: Shop, config: dict[str, Any]
) -> None:
    """No counting in whole days: a customer changed two hours ago is there."""
    customer = shop.add_customer(modified=NOON - timedelta(hours=2))
    mark = (NOON - timedelta(hours=36)).strftime("%Y-%m-%dT%H:%M:%SZ")
    bookmark = {"replication_key": "date_modified", "replication_key_value": mark}
    output = run(config, state={"bookmarks": {"customers": bookmark}}, streams=["customers"])
    assert output.ids("customers") == [customer]


@pytest.mark.parametrize(
    "given",
    [
        {"encoding": {}},
        {"storage": {"root": "file:///tmp"}},
        {"encoding": {"format": "jsonl"}, "storage": {}},
        {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp"}, "more": 1},
        {"encoding": 1, "storage": 2},
    ],
)
def test_a_batch_config_that_is_not_whole_is_refused(given: dict[str, Any]) -> None:
    assert "`batch_config" in refused({**NEEDED, "batch_config": given})


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        *(({"batch_size": size}, "batch_size") for size in (0, -1, "5", 2.5, True)),
        ({"encoding": {"format": "csv"}}, "encoding.format"),
        ({"encoding": {"format": "jsonl", "compression": "zip"}}, "encoding.compression"),
        *(
            ({"storage": {"root": root}}, "storage.root")
            for root in (5, "foo://x", "/dev/null", "/dev/null/x", "/dev/null/x/y")
        ),
        ({"storage": {"root": "/tmp", "prefix": "a/b/"}}, "storage.prefix"),  # noqa: S108 - not made
        ({"storage": {"root": "/tmp", "params": 5}}, "storage.params"),  # noqa: S108 - not made
    ],
)
def test_a_mistake_inside_a_batch_config_is_named(changed: dict[str, Any], named: str) -> None:
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    message = refused({**NEEDED, "batch_config": {**whole, **changed}})
    assert f"`batch_config.{named}`" in message
    assert message.count("`batch_config") == 1


@pytest.mark.parametrize(
    ("package", "changed"),
    [
        ("pyarrow", {"encoding": {"format": "parquet"}}),
        ("s3fs", {"storage": {"root": "s3://bucket/x"}}),
    ],
)
def test_a_package_that_files_need_is_named(
    monkeypatch: pytest.MonkeyPatch, package: str, changed: dict[str, Any]
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    message = refused({**NEEDED, "batch_config": {**whole, **changed}})
    assert "`batch_config." in message
    assert package in message


@pytest.mark.parametrize("wrong", [5, "x", {}])
def test_a_map_for_all_other_streams_can_only_leave_them_out(wrong: Any) -> None:
    message = refused({**NEEDED, "stream_maps": {"__else__": wrong}})
    assert "`stream_maps.__else__` must be null" in message
    parsed(stream_maps={"__else__": None})


def test_flattening_needs_its_depth() -> None:
    assert "`flattening_max_depth`" in refused({**NEEDED, "flattening_enabled": True})
    parsed(flattening_enabled=True, flattening_max_depth=0)
    parsed(flattening_enabled=False)


def test_a_whole_batch_config_is_taken() -> None:
    whole = {"encoding": {"format": "jsonl"}, "storage": {"root": "file:///tmp/batches"}}
    assert parsed(batch_config=whole) == parsed()
