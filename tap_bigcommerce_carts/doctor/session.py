"""A conversation with the store that is short: few requests, given up soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from typing_extensions import override

from tap_bigcommerce_carts.bigcommerce.session import StoreSession
from tap_bigcommerce_carts.errors import (
    NoConnectionError,
    NotSentError,
    OutOfReachError,
    StoreError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_bigcommerce_carts.errors import TransientError
    from tap_bigcommerce_carts.model import BigCommerceConnection, Limits

T = TypeVar("T")
# Seconds to wait for an answer, and to try a request again.
_TIMEOUT, _RETRY_FOR = 15.0, 5.0
MOST_REQUESTS = 15
# After so many that were given up no further one is sent.
_MOST_GIVEN_UP = 2


def brief(limits: Limits, timeout: float = _TIMEOUT) -> Limits:
    """Return how patient to be where somebody waits for the findings.

    Args:
        limits: how patient a load is.
        timeout: seconds to wait for an answer, if that is less.
    """
    return replace(
        limits,
        timeout=min(limits.timeout, timeout),
        retry_for=min(limits.retry_for, _RETRY_FOR),
        parallel=1,
    )


class BriefSession(StoreSession):
    """Reads a few of one store's resources; keeps to the quota as a load does.

    Args:
        connection: where the store is.
        most: requests it sends at most, tries again included.
        timeout: seconds to wait for an answer.
    """

    def __init__(
        self,
        connection: BigCommerceConnection,
        most: int = MOST_REQUESTS,
        timeout: float = _TIMEOUT,
    ) -> None:
        super().__init__(replace(connection, limits=brief(connection.limits, timeout)))
        self.most = most
        self._given_up_so_far = 0
        # By this machine's clock: before and after the request whose answer told the store's.
        self.around: tuple[datetime, datetime] | None = None

    @override
    def _get(
        self,
        path: str,
        query: Mapping[str, str | int],
        scope: str,
        read: Callable[[bytes | None], T],
    ) -> T:
        self._check_may_send(path)
        before = datetime.now(UTC)
        try:
            return super()._get(path, query, scope, read)
        finally:
            if self.around is None and self.tells_time:
                self.around = before, datetime.now(UTC)

    def _check_may_send(self, path: str) -> None:
        """Check that a request may be sent.

        Raises:
            NotSentError: it may not.
        """
        if self.cost.requests >= self.most:
            raise NotSentError(f"{path} was not asked for: {self.most} requests were sent already.")
        if self._given_up_so_far >= _MOST_GIVEN_UP:
            raise NotSentError(f"{path} was not asked for, since others before it were given up.")

    @override
    def _given_up(self, error: TransientError, *, brief: bool) -> StoreError:
        self._given_up_so_far += 1
        kind = OutOfReachError if isinstance(error, NoConnectionError) else StoreError
        return kind(str(error))
