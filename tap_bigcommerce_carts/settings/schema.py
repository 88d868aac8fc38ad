"""The settings: names, types, defaults and meanings."""

from __future__ import annotations

from enum import StrEnum

from singer_sdk import typing as th

from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.rows.values import LONGEST_KEY

TIMEOUT = 120
# An answer of API2Cart takes as long as the shop takes: minutes, at times.
LONGER_TIMEOUT = 600


class Source(StrEnum):
    """The values of the setting `source`."""

    BIGCOMMERCE = "bigcommerce"
    API2CART = "api2cart"


SETTINGS = th.PropertiesList(
    th.Property(
        "source",
        th.StringType(allowed_values=[str(each) for each in Source]),
        default=str(Source.BIGCOMMERCE),
        description="Where carts are read: from BigCommerce itself, or from any store that is "
        "connected to API2Cart.",
    ),
    th.Property(
        "store_hash",
        th.StringType,
        description="The store's hash, or an API path that holds it, such as "
        "`https://api.bigcommerce.com/stores/abc123/v3/`. Needed with `source: bigcommerce`.",
    ),
    th.Property(
        "access_token",
        th.StringType,
        secret=True,
        description="Access token of a store-level API account or of an app. Needed with "
        "`source: bigcommerce`.",
    ),
    th.Property(
        "api_url",
        th.StringType,
        default="https://api.bigcommerce.com",
        description="Address of BigCommerce's API; another one for a proxy or the sandbox.",
    ),
    th.Property(
        "api2cart_api_key",
        th.StringType,
        secret=True,
        description="API2Cart's key of the account. Needed with `source: api2cart`.",
    ),
    th.Property(
        "api2cart_store_key",
        th.StringType,
        secret=True,
        description="API2Cart's key of the connected store. Needed with `source: api2cart`.",
    ),
    th.Property(
        "api2cart_url",
        th.StringType,
        default="https://api.api2cart.com/v1.1",
        description="Address of API2Cart's API, with its version.",
    ),
    th.Property(
        "store_name",
        th.StringType(max_length=LONGEST_KEY),
        description="Value of the column `store`; by default the store hash, with API2Cart the "
        "shop's address.",
    ),
    th.Property(
        "start_date",
        th.StringType,
        description="Read what was modified from this date or date-time on; by default all of it.",
    ),
    th.Property(
        "end_date",
        th.StringType,
        description="Read what was modified before this date or date-time, for a bounded backfill.",
    ),
    th.Property(
        "abandoned_after_minutes",
        th.IntegerType(minimum=0, maximum=525_600),
        default=60,
        description="Minutes an order must be idle in status Incomplete to count as abandoned.",
    ),
    th.Property(
        "lookback_seconds",
        th.IntegerType(minimum=0, maximum=31_536_000),
        default=300,
        description="Seconds before the bookmark at which a run starts, to catch late rows.",
    ),
    th.Property(
        "channel_ids",
        th.ArrayType(th.IntegerType(minimum=0)),
        description="Only these storefronts; by default all. Not with API2Cart.",
    ),
    th.Property(
        "page_size",
        th.IntegerType(minimum=1, maximum=250),
        default=250,
        description="Rows a list request asks for.",
    ),
    th.Property(
        "max_parallel_requests",
        th.IntegerType(minimum=1, maximum=10),
        default=3,
        description="Most requests under way at once. Pages of API2Cart come one after the other.",
    ),
    th.Property(
        "rate_limit_reserve",
        th.NumberType(minimum=0, maximum=0.9),  # type: ignore[arg-type]
        default=0.1,
        description="Share of the store's request quota that is left to its other apps.",
    ),
    th.Property(
        "request_timeout",
        th.NumberType(minimum=1, maximum=3600),
        default=TIMEOUT,
        description="Seconds to wait for an answer; with API2Cart by default 600.",
    ),
    th.Property(
        "retry_for",
        th.NumberType(minimum=0, maximum=86_400),
        default=600,
        description="Seconds one request is tried again before the run stops.",
    ),
    th.Property(
        "personal_data",
        th.StringType(allowed_values=[str(each) for each in Masking]),
        default=str(Masking.KEEP),
        description="What happens to names, e-mail, phone, addresses, IP and what shoppers type: "
        "`keep`, `hash` (HMAC-SHA256 with the salt) or `drop` (null).",
    ),
    th.Property(
        "personal_data_salt",
        th.StringType,
        secret=True,
        description="Secret that hashes are made with, of at least 16 characters; needed with "
        "`personal_data: hash`.",
    ),
    th.Property(
        "inbox_url",
        th.StringType,
        secret=True,
        description="The cart inbox's database, such as `sqlite:////var/lib/inbox/inbox.db` or "
        "`postgresql://user:password@host/database`; without it its streams are not offered. Not "
        "with API2Cart.",
    ),
).to_dict()
