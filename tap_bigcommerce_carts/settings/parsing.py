"""Checks the settings and parses them: one sentence for each mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts import addresses
from tap_bigcommerce_carts.errors import InboxError, SettingsError
from tap_bigcommerce_carts.model import Api2CartConnection, BigCommerceConnection, Limits
from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.settings import batches
from tap_bigcommerce_carts.settings.schema import LONGER_TIMEOUT, SETTINGS, TIMEOUT, Source
from tap_bigcommerce_carts.settings.validation import problems_in

if TYPE_CHECKING:
    from collections.abc import Mapping

# Store hashes have about ten characters; a token pasted in the wrong place has more.
_BARE_HASH = re.compile(r"[A-Za-z0-9]{1,20}")
_HASH_IN_PATH = re.compile(r"(?:^|/)stores/([A-Za-z0-9]{1,20})(?:/|$)")
_SHORTEST_SALT = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as the tap uses them: checked, parsed, defaults filled in.

    Attributes:
        source: the platform it is read from.
        connection: which store is read.
        store_name: value of the column `store`; None to take the name the platform gives.
    """

    source: Source
    connection: BigCommerceConnection | Api2CartConnection
    store_name: str | None
    start: datetime | None
    end: datetime | None
    abandoned_after_minutes: int
    lookback_seconds: int
    channel_ids: tuple[int, ...]
    page_size: int
    personal_data: Masking
    salt: str
    inbox_url: str | None


def parse(config: Mapping[str, Any], schema: dict[str, Any]) -> Settings:
    """Check all settings and parse them.

    Args:
        config: the settings, each of its type.
        schema: the JSON schema of all settings, those of the SDK included.

    Raises:
        SettingsError: one sentence for each setting that is wrong, in one line. It never
            holds a value, since that may be a secret in the wrong place.

    Returns:
        The settings in the types the code uses; what was not given has its default.
    """
    given = {name: value for name, value in config.items() if value is not None}
    problems = problems_in(given, schema)
    if problems:
        raise SettingsError(" ".join(problems))
    known = {
        name: of["default"]
        for name, of in SETTINGS["properties"].items()
        # How long to wait depends on the platform.
        if "default" in of and name != "request_timeout"
    } | given
    problems = []
    parsed = _parsed(known, problems)
    if problems or parsed is None:
        raise SettingsError(" ".join(problems))
    return parsed


def _parsed(known: Mapping[str, Any], problems: list[str]) -> Settings | None:
    source = Source(known["source"])
    connected = _bigcommerce if source is Source.BIGCOMMERCE else _api2cart
    connection = connected(known, problems)
    start, end = (_instant(known, name, problems) for name in ("start_date", "end_date"))
    if start and end and end <= start:
        problems.append("`end_date` must lie after `start_date`.")
    if problem := batches.problem_in(known.get("batch_config")):
        problems.append(problem)
    if known.get("flattening_enabled") and "flattening_max_depth" not in known:
        problems.append("`flattening_max_depth` is needed with `flattening_enabled`: set it.")
    masking = Masking(known["personal_data"])
    salt = _salt(known, masking, problems)
    inbox_url = _inbox_url(known, problems)
    if problems:
        return None
    return Settings(
        source=source,
        connection=connection,
        store_name=(known.get("store_name") or "").strip() or _own_name(connection),
        start=start,
        end=end,
        abandoned_after_minutes=known["abandoned_after_minutes"],
        lookback_seconds=known["lookback_seconds"],
        channel_ids=tuple(known.get("channel_ids") or ()),
        page_size=known["page_size"],
        personal_data=masking,
        salt=salt,
        inbox_url=inbox_url,
    )


def _salt(known: Mapping[str, Any], masking: Masking, problems: list[str]) -> str:
    salt: str = known.get("personal_data_salt") or ""
    if masking is Masking.HASH:
        if not salt.strip():
            problems.append(
                "`personal_data_salt` is needed with `personal_data: hash`: set a secret."
            )
        elif len(salt.strip()) < _SHORTEST_SALT:
            problems.append(
                f"`personal_data_salt` must have at least {_SHORTEST_SALT} characters, since a "
                "short one can be guessed, and with it who is behind a hash: take what `openssl "
                "rand -hex 16` gives."
            )
    return salt


def _inbox_url(known: Mapping[str, Any], problems: list[str]) -> str | None:
    """Check the inbox's address, and that its packages are there; it is opened when first read."""
    url: str = (known.get("inbox_url") or "").strip()
    if not url:
        return None
    try:
        from tap_bigcommerce_carts.inbox.database import address_of  # noqa: PLC0415 - an extra

        address_of(url)
    except ModuleNotFoundError as error:
        problems.append(
            "`inbox_url` needs packages that are not installed: install "
            f"tap-bigcommerce-carts[inbox] ({error.name} is missing)."
        )
    except InboxError as error:
        problems.append(f"`inbox_url`: {error}")
    return url


def _own_name(connection: BigCommerceConnection | Api2CartConnection) -> str | None:
    return connection.store_hash if isinstance(connection, BigCommerceConnection) else None


def _bigcommerce(known: Mapping[str, Any], problems: list[str]) -> BigCommerceConnection:
    return BigCommerceConnection(
        api_url=_address(known, "api_url", problems),
        store_hash=_store_hash(known["store_hash"], problems),
        access_token=_key(known, "access_token", "token", problems),
        limits=Limits(
            timeout=known.get("request_timeout", TIMEOUT),
            retry_for=known["retry_for"],
            reserve=known["rate_limit_reserve"],
            parallel=known["max_parallel_requests"],
        ),
    )


def _api2cart(known: Mapping[str, Any], problems: list[str]) -> Api2CartConnection:
    if known.get("channel_ids"):
        problems.append(
            "`channel_ids` cannot be used with `source: api2cart`: API2Cart does not tell a cart's "
            "storefront. Take it out."
        )
    if known.get("inbox_url"):
        problems.append(
            "`inbox_url` cannot be used with `source: api2cart`: the inbox holds webhooks of "
            "BigCommerce. Take it out."
        )
    return Api2CartConnection(
        url=_address(known, "api2cart_url", problems),
        api_key=_key(known, "api2cart_api_key", "key", problems),
        store_key=_key(known, "api2cart_store_key", "key", problems),
        limits=Limits(
            timeout=known.get("request_timeout", LONGER_TIMEOUT),
            retry_for=known["retry_for"],
            parallel=1,
        ),
    )


def _key(known: Mapping[str, Any], name: str, noun: str, problems: list[str]) -> str:
    key: str = known[name].strip()
    if not key:
        problems.append(f"`{name}` is empty: paste the {noun}.")
    elif not key.isascii() or any(letter.isspace() for letter in key):
        problems.append(f"`{name}` holds characters that no {noun} has; paste it again.")
    return key


def _store_hash(given: str, problems: list[str]) -> str:
    bare = given.strip().strip("/")
    if _BARE_HASH.fullmatch(bare):
        return bare
    if match := _HASH_IN_PATH.search(given.strip()):
        return match[1]
    problems.append(
        "`store_hash` must be the store's hash (letters and digits), or an API path that holds "
        "it, such as `https://api.bigcommerce.com/stores/abc123/v3/`."
    )
    return ""


def _address(known: Mapping[str, Any], name: str, problems: list[str]) -> str:
    url: str = known[name].strip().rstrip("/")
    if problem := addresses.address_error(url):
        example = SETTINGS["properties"][name]["default"]
        problems.append(f"`{name}` {problem}, such as `{example}`.")
    return url


def _instant(known: Mapping[str, Any], name: str, problems: list[str]) -> datetime | None:
    """Read a date or date-time; without an offset it is in UTC."""
    given = (known.get(name) or "").strip()
    if not given:
        return None
    try:
        if len(given) == len("2026-03-01"):
            day = date.fromisoformat(given)
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        read = datetime.fromisoformat(given)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (OverflowError, ValueError):
        problems.append(
            f"`{name}` must be a date that exists, such as `2026-03-01` or `2026-03-01T09:30:00Z`."
        )
        return None
