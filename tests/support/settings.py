"""Settings as tests give them, and what the tap makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.tap import TapBigCommerceCarts

if TYPE_CHECKING:
    from tap_bigcommerce_carts.settings.parsing import Settings


NEEDED = {"store_hash": "abc123", "access_token": "some-token"}

# Wherever a value like this ends up, it must not be printed.
SECRET = "k3yThatNobodyMayPrint0123456789x"  # noqa: S105 - opens nothing

PREFIX = "TAP_BIGCOMMERCE_CARTS_"


def parsed(**settings: Any) -> Settings:
    return TapBigCommerceCarts(config={**NEEDED, **settings}).run.settings


def refused(config: dict[str, Any]) -> str:
    """The sentence that a configuration is refused with."""
    with pytest.raises(SettingsError) as caught:
        TapBigCommerceCarts(config=config)
    assert "\n" not in str(caught.value)
    return str(caught.value)


STRINGS = """
    source store_hash access_token api_url store_name start_date end_date personal_data
    personal_data_salt decimals
""".split()

INTEGERS = "abandoned_after_minutes lookback_seconds page_size max_parallel_requests".split()

NUMBERS = "rate_limit_reserve request_timeout retry_for".split()

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
    "decimals": ("x-singer.decimal", "x-singer.decimal"),
}
