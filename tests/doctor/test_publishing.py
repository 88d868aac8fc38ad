"""What is printed may be published: it holds no secret, and nothing of a shopper."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.doctor.findings import Finding
from tap_bigcommerce_carts.doctor.stores import Hidden
from tests.support.planting import MARK, plant_customer, plant_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

JSON = "--format=json"


def told(text: str, hidden: Hidden) -> str:
    return hidden.without(Finding.fault("asked", text, text)).todo


@pytest.mark.parametrize(
    ("settings", "text", "left"),
    [
        ({"access_token": "t0k3n-abc"}, "sent t0k3n-abc twice", "sent *** twice"),
        ({"store_hash": "stores/abc123xy/v3"}, "store abc123xy", "store ***"),
        (
            {"inbox_url": "postgresql://maria:p%40ss-word@db.example.com/inbox"},
            'at "db.example.com": "maria" may not; p@ss-word, p%40ss-word',
            'at "***": "***" may not; ***, ***',
        ),
        ({"inbox_url": "postgresql://u@localhost/inbox"}, "at localhost", "at localhost"),
        ({"store_hash": "abc"}, "store abc, abcd and x-abc", "store ***, abcd and x-abc"),
        ({"api_url": "https://proxy.example.com:9/bc"}, "to proxy.example.com:9", "to ***:9"),
        (
            {"api_url": "https://api.bigcommerce.com"},
            "at api.bigcommerce.com",
            "at api.bigcommerce.com",
        ),
        (
            {},
            'connection to server at "127.0.0.1", port 5 failed',
            'connection to server at "***", port 5 failed',
        ),
        ({}, 'server at "db.example.com" (192.0.2.7), port 5', 'server at "***", port 5'),
        ({}, "host: 'db', hostaddr: '192.0.2.7': no", "host: 'db', hostaddr: '***': no"),
        ({"store_hash": 7, "access_token": ""}, "as it is", "as it is"),
    ],
)
def test_what_settings_hold_is_taken_out_of_what_is_said(
    settings: dict[str, Any], text: str, left: str
) -> None:
    assert told(text, Hidden().and_of(settings)) == left


def test_neither_home_nor_shopper_is_told() -> None:
    said = told(f"{Path.home()}/shop/warehouse.duckdb of jane@example.com", Hidden())
    assert said == "~/shop/warehouse.duckdb of (an e-mail address)"


@pytest.mark.usefixtures("every_scope")
def test_nothing_of_a_shopper_or_a_secret_comes_out_of_any_check(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    plant_order(store.shop, ("billing_address", "first_name"), MARK)
    plant_order(store.shop, ("staff_notes",), MARK)
    plant_customer(store.shop, ("first_name",), MARK)
    for status in (None, "503_json", "cut_json", "422"):
        store.faults.script = [None, *[status] * 3] if status else []
        for form in (JSON, "--format=text"):
            ended = doctor(form, config={**store.config(), "retry_for": 0})
            everything = " ".join((ended.out, *ended.errors))
            assert "abandoned carts" in everything
            for secret in (MARK, store.token, store.store_hash, "@"):
                assert secret not in everything
