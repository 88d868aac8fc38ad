"""What is read of a platform, and how it is reached: plain data that all rooms share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    import msgspec

# A document as it was decoded: a dict, or a struct that holds only what is read of it.
Document: TypeAlias = "dict[str, Any] | msgspec.Struct"

# Where reading starts without a lower bound: before any shop.
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# The store's clock before its first response: nothing lies beyond.
CLOCK_UNKNOWN = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The dates to read, both ends included, in whole seconds UTC."""

    lower: datetime
    upper: datetime


class Listed(NamedTuple):
    """What stands in a list: a customer, an order, a cart left behind.

    Attributes:
        id: what it is known by.
        modified: when it last changed.
        document: as the platform wrote it: a dict, or a struct of what is read of it.
        problem: why it cannot be kept, if so. What it lacks is stood in for then: the id by one
            that no other has, `modified` by some date before its own.
        dated: whether one that has an id has a date that can be read.
        lines: the documents of a cart's lines.
    """

    id: Any
    modified: datetime
    document: Any
    problem: str | None = None
    dated: bool = True
    lines: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient to be with an API, and how much to ask of it at once.

    Args:
        timeout: seconds to wait for a response to begin, or for its next piece.
        retry_for: seconds one request is tried again before it is given up.
        reserve: share of the quota left to the store's other apps.
        parallel: most requests under way at once.
    """

    timeout: float = 120
    retry_for: float = 600
    reserve: float = 0.1
    parallel: int = 3


@dataclass(frozen=True, slots=True)
class BigCommerceConnection:
    """Where the store is and how patient to be with it.

    Args:
        api_url: scheme and host of the API.
        store_hash: the store's id in the API's paths.
        access_token: sent as `X-Auth-Token`; never logged.
        limits: how patient to be.
    """

    api_url: str
    store_hash: str
    access_token: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Api2CartConnection:
    """Which store is read, by whose account.

    Args:
        url: address of the API, with its version.
        api_key: the account's key, sent as `x-api-key`; never in a URL, never logged.
        store_key: the store's key, sent as `x-store-key`; likewise.
        limits: how patient to be.
    """

    url: str
    api_key: str
    store_key: str
    limits: Limits


class Cost(NamedTuple):
    """What was asked of the store: requests, and how many of them were tried again."""

    requests: int = 0
    retries: int = 0

    def since(self, before: Cost) -> Cost:
        """Return what came on top of an earlier cost."""
        return Cost(self.requests - before.requests, self.retries - before.retries)
