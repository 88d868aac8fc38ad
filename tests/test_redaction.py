"""What others wrote is told in one line, without secrets, addresses and control characters."""

from __future__ import annotations

import logging

import pytest

from tap_bigcommerce_carts.bigcommerce.responses import StoreResponses
from tap_bigcommerce_carts.http.session import Session
from tap_bigcommerce_carts.model import Limits
from tap_bigcommerce_carts.redaction import SecretPath, redacted, secret_in
from tests.support.scripted import Answer, Script

TOKEN = "7c9e6679-recovery-token"  # noqa: S105 - opens nothing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No such field: x", "No such field: x"),
        ("two\nlines\r\n\tand more", "two lines and more"),
        ("\x1b[31mred\x1b[0m\x07 \x9b2J", "[31mred [0m 2J"),
        ("a\u2028b\u2029c\u202ed\u200be\ud800f", "a b c d e f"),
        ("Größe 日本 🛒", "Größe 日本 🛒"),
        ("ada.fjord@example.org is taken", "(an e-mail address) is taken"),
        ("(email=Ada+x@mail.example.org,)", "(email=(an e-mail address),)"),
        ("?email=ada%40example.org&id=5", "?email=(an e-mail address)&id=5"),
        ("<søren@exämple.org>", "<(an e-mail address)>"),
        ("a@b\n@c", "(an e-mail address) (an e-mail address)"),
        ("at 5 @ noon", "at 5 @ noon"),
        # The form of an address, as our own sentences tell it.
        ("be postgresql://user:password@host/database.",) * 2,
        ("be postgresql+psycopg://user:password@host:5432/database.",) * 2,
        ("Write an @ in the password as %40.",) * 2,
        ("x://user:password@host.example.org/a", "x://user:(an e-mail address)/a"),
        ("x://jane:my-password@host/a", "x://jane:(an e-mail address)/a"),
        (7, "7"),
        ({"a": ["b"]}, "{'a': ['b']}"),
        (None, "None"),
        ("", ""),
    ],
)
def test_a_text_becomes_one_printable_line_without_addresses(text: object, expected: str) -> None:
    assert redacted(text) == expected


def test_secrets_are_not_repeated_and_length_is_bounded() -> None:
    assert redacted("bad token s3cret, s3cret!", "s3cret", None, "") == "bad token ***, ***!"
    assert redacted("x" * 500) == "x" * 159 + "…"
    assert redacted("x" * 160) == "x" * 160
    assert redacted("abc", longest=2) == "a…"


def test_an_address_cut_off_by_the_bound_is_not_half_told() -> None:
    assert "ada" not in redacted("." * 150 + " ada.fjord.of.the.long.name@example.org")


def test_a_very_long_text_takes_no_time_worth_telling() -> None:
    """Quadratic work on ten million characters would not end."""
    assert len(redacted("a" * 10_000_000 + "@")) == 160


def test_the_secret_part_of_a_path_is_known() -> None:
    path = SecretPath(f"/v3/abandoned-carts/{TOKEN}")
    assert f"{path}" == "/v3/abandoned-carts/…"
    assert secret_in(path) == TOKEN
    assert secret_in("/v3/carts/5") is None


def test_the_log_at_its_most_talkative_has_neither_secret_paths_nor_queries(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The HTTP library's own lines hold the whole address."""
    caplog.set_level(logging.DEBUG)
    with Script(Answer(200, {})).serving() as script:
        session = Session(
            script.url, "api_url", {}, StoreResponses("hash1"), Limits(timeout=5, retry_for=0)
        )
        session.request(SecretPath(f"/v3/abandoned-carts/{TOKEN}"), {}, lambda body: body)
        session.request("/v3/customers", {"email:in": "ada@example.org"}, lambda body: body)
        session.close()
    assert [path for _, path, _ in script.seen] == [
        f"/v3/abandoned-carts/{TOKEN}",
        "/v3/customers?email:in=ada%40example.org",
    ]
    assert "GET /v3/abandoned-carts/… answered 200." in caplog.messages
    assert "GET /v3/customers answered 200." in caplog.messages
    assert TOKEN not in caplog.text
    assert "example.org" not in caplog.text
