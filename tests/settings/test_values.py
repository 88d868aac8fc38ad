"""The settings one by one: defaults, what is taken, and what is refused in which sentence."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.model import BigCommerceConnection
from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import command, error_lines
from tests.support.settings import (
    ENVIRONMENT,
    INTEGERS,
    NEEDED,
    NUMBERS,
    SECRET,
    STRINGS,
    parsed,
    refused,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tap_bigcommerce_carts.settings.parsing import Settings


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def connection_of(settings: Settings) -> BigCommerceConnection:
    assert isinstance(settings.connection, BigCommerceConnection)
    return settings.connection


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
    assert tap.run.settings == parsed(**{name: value})


@pytest.mark.parametrize(
    ("text", "value"), [("True", True), ("1", True), ("yes", True), ("FALSE", False), ("no", False)]
)
def test_words_for_true_and_false_are_taken_as_meltano_writes_them(
    text: str, *, value: bool
) -> None:
    depth = {"flattening_max_depth": 1}
    tap = TapBigCommerceCarts(config={**NEEDED, **depth, "flattening_enabled": text})
    assert tap.config["flattening_enabled"] is value


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
        ("flattening_enabled", "ture"),
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


@pytest.mark.parametrize("wrong", [5, "x", {}])
def test_a_map_for_all_other_streams_can_only_leave_them_out(wrong: Any) -> None:
    message = refused({**NEEDED, "stream_maps": {"__else__": wrong}})
    assert "`stream_maps.__else__` must be null" in message
    parsed(stream_maps={"__else__": None})


def test_flattening_needs_its_depth() -> None:
    assert "`flattening_max_depth`" in refused({**NEEDED, "flattening_enabled": True})
    parsed(flattening_enabled=True, flattening_max_depth=0)
    parsed(flattening_enabled=False)
