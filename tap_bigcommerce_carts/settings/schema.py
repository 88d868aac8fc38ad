"""The settings: names, types, defaults and meanings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.rows.values import LONGEST_KEY

TIMEOUT = 120
# A response of API2Cart takes as long as the shop takes: minutes, at times.
LONGER_TIMEOUT = 600


class Source(StrEnum):
    """The values of the setting `source`."""

    BIGCOMMERCE = "bigcommerce"
    API2CART = "api2cart"


class Decimals(StrEnum):
    """The values of the setting `decimals`."""

    NUMBER = "number"
    TEXT = "x-singer.decimal"


def _setting(kind: str, description: str, **rules: Any) -> dict[str, Any]:
    """Return the JSON schema of a setting that need not be set."""
    return {"type": [kind, "null"], **rules, "description": description}


def _secret(description: str) -> dict[str, Any]:
    return {**_setting("string", description), "secret": True, "writeOnly": True}


SETTINGS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "source": _setting(
            "string",
            "Where carts are read: from BigCommerce itself, or from any store that is "
            "connected to API2Cart.",
            enum=[str(each) for each in Source],
            default=str(Source.BIGCOMMERCE),
        ),
        "store_hash": _setting(
            "string",
            "The store's hash, or an API path that holds it, such as "
            "`https://api.bigcommerce.com/stores/abc123/v3/`. Needed with `source: bigcommerce`.",
        ),
        "access_token": _secret(
            "Access token of a store-level API account or of an app. Needed with "
            "`source: bigcommerce`.",
        ),
        "api_url": _setting(
            "string",
            "Address of BigCommerce's API; another one for a proxy or the sandbox.",
            default="https://api.bigcommerce.com",
        ),
        "api2cart_api_key": _secret(
            "API2Cart's key of the account. Needed with `source: api2cart`.",
        ),
        "api2cart_store_key": _secret(
            "API2Cart's key of the connected store. Needed with `source: api2cart`.",
        ),
        "api2cart_url": _setting(
            "string",
            "Address of API2Cart's API, with its version.",
            default="https://api.api2cart.com/v1.1",
        ),
        "store_name": _setting(
            "string",
            "Value of the column `store`; by default the store hash, with API2Cart the "
            "shop's address.",
            maxLength=LONGEST_KEY,
        ),
        "start_date": _setting(
            "string",
            "Read what was modified from this date or date-time on; by default all of it.",
        ),
        "end_date": _setting(
            "string",
            "Read what was modified before this date or date-time, for a bounded backfill.",
        ),
        "abandoned_after_minutes": _setting(
            "integer",
            "Minutes an order must be idle in status Incomplete to count as abandoned.",
            minimum=0,
            maximum=525_600,
            default=60,
        ),
        "lookback_seconds": _setting(
            "integer",
            "Seconds before the bookmark at which a run starts, to catch late rows.",
            minimum=0,
            maximum=31_536_000,
            default=300,
        ),
        "channel_ids": _setting(
            "array",
            "Only these storefronts; by default all. Not with API2Cart.",
            items={"type": ["integer"], "minimum": 0},
        ),
        "page_size": _setting(
            "integer",
            "Rows a list request asks for.",
            minimum=1,
            maximum=250,
            default=250,
        ),
        "max_parallel_requests": _setting(
            "integer",
            "Most requests under way at once. Pages of API2Cart come one after the other.",
            minimum=1,
            maximum=10,
            default=3,
        ),
        "rate_limit_reserve": _setting(
            "number",
            "Share of the store's request quota that is left to its other apps.",
            minimum=0,
            maximum=0.9,
            default=0.1,
        ),
        "request_timeout": _setting(
            "number",
            "Seconds to wait for an answer; with API2Cart by default 600.",
            minimum=1,
            maximum=3600,
            default=TIMEOUT,
        ),
        "retry_for": _setting(
            "number",
            "Seconds one request is tried again before the run stops.",
            minimum=0,
            maximum=86_400,
            default=600,
        ),
        "personal_data": _setting(
            "string",
            "What happens to names, e-mail, phone, addresses, IP and what shoppers type: "
            "`keep`, `hash` (HMAC-SHA256 with the salt) or `drop` (null).",
            enum=[str(each) for each in Masking],
            default=str(Masking.KEEP),
        ),
        "personal_data_salt": _secret(
            "Secret that hashes are made with, of at least 16 characters; needed with "
            "`personal_data: hash`.",
        ),
        "decimals": _setting(
            "string",
            "How money and other decimals are written: as JSON's `number`, or as text in the SDK's "
            "format `x-singer.decimal` (20 digits, 4 of them after the point; exchange rates 10), "
            "for loaders that make an exact type of that, such as Snowflake's.",
            enum=[str(each) for each in Decimals],
            default=str(Decimals.NUMBER),
        ),
        "inbox_url": _secret(
            "The cart inbox's database, such as `sqlite:////var/lib/inbox/inbox.db` or "
            "`postgresql://user:password@host/database`; without it its streams are not offered. "
            "Not with API2Cart.",
        ),
    },
    "$schema": "https://json-schema.org/draft/2020-12/schema",
}

# The SDK adds these, and the tap looks at them with it: elsewhere only their names are known.
SDK_SETTINGS = (
    "batch_config",
    "faker_config",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "stream_map_config",
    "stream_maps",
)
