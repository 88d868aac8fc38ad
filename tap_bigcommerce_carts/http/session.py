"""One conversation with one API: retries, pacing, its clock, what it cost. Only ever reads."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from tap_bigcommerce_carts.errors import (
    HeavyRequestError,
    NoConnectionError,
    OutOfReachError,
    StoreError,
    TransientError,
    WrongAddressError,
)
from tap_bigcommerce_carts.http.concurrency import Slots
from tap_bigcommerce_carts.http.quota import Pacer
from tap_bigcommerce_carts.http.retries import BRIEF, PAGE, PATIENT, retried
from tap_bigcommerce_carts.http.transport import Transport, is_success
from tap_bigcommerce_carts.model import Cost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import requests

    from tap_bigcommerce_carts.http.quota import Quota
    from tap_bigcommerce_carts.model import Limits

T = TypeVar("T")
_NO_CONTENT = 204
logger = logging.getLogger(__name__)


class Responses(Protocol):
    """What a platform's responses mean."""

    def error_of(self, response: requests.Response, *, path: str, scope: str) -> StoreError:
        """Return the exception that a response calls for which is not a success.

        Args:
            response: what came.
            path: what was asked for, for the message.
            scope: what it needs, for the message if that is missing; "" if nothing.
        """

    def shows_overload(self, response: requests.Response) -> bool:
        """Return whether the platform is at its limit, so that fewer requests at once help."""


class Session:
    """Sends GET requests to one API, and retries transient faults.

    Safe to share between threads.

    Args:
        address: what all paths are below, without a slash at its end.
        setting: the setting that holds it, for messages.
        headers: sent with every request; never logged.
        responses: what the platform's responses mean.
        limits: how patient to be.
    """

    def __init__(
        self,
        address: str,
        setting: str,
        headers: Mapping[str, str],
        responses: Responses,
        limits: Limits,
    ) -> None:
        self.limits = limits
        self._transport = Transport(address, setting, headers, limits.timeout)
        self._responses = responses
        self._pacer = Pacer(limits.reserve)
        self._slots = Slots(limits.parallel)
        self._counting = Lock()
        self._requests = self._retries = 0
        # Called with path, status and seconds of each response, by the thread that has it.
        self.on_response: Callable[[str, int, float], None] | None = None
        # The API's own clock at its first response, in whole seconds UTC.
        self.clock: datetime | None = None
        # Whether that response told it; else it is this machine's.
        self.tells_time = False

    @property
    def quota(self) -> Quota | None:
        """What the last response said of the quota; None if none did."""
        return self._pacer.told

    @property
    def waits(self) -> int:
        """How often the quota's next window was waited for."""
        return self._pacer.waits

    @property
    def cost(self) -> Cost:
        """What was asked of the API so far."""
        return Cost(self._requests, self._retries)

    @property
    def parallel(self) -> int:
        """Requests that may be under way at once, as things stand."""
        return self._slots.limit

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def request(  # noqa: PLR0913 - what is asked for, and how patiently
        self,
        path: str,
        query: Mapping[str, str | int],
        read: Callable[[bytes | None], T],
        *,
        scope: str = "",
        smaller: bool = False,
        brief: bool = False,
    ) -> T:
        """Read a resource, retrying transient faults.

        Args:
            path: below the session's address.
            query: fields of the query string, not yet encoded.
            read: makes of the body what the caller wants; None stands for 204. What it
                raises is retried like a response that says so.
            scope: what the resource needs, for the message if it is missing.
            smaller: whether the caller can ask for less at once.
            brief: whether to give up after a few tries.

        Returns:
            What `read` made of the body.

        Raises:
            HeavyRequestError: the request keeps failing, and a smaller one may pass.
            MissingScopeError: the token may not read this.
            NotFoundError: it is not there.
            StoreError: it cannot be read, and trying on would not help.
        """
        rules = PAGE if smaller else BRIEF if brief else PATIENT
        try:
            return retried(
                lambda: self._get(path, query, scope, read),
                rules,
                self.limits.retry_for,
                on_retry=self._count_retry,
            )
        except TransientError as error:
            if smaller and isinstance(error, HeavyRequestError):
                raise
            raise self._given_up(error, brief=brief) from None

    def _count_retry(self) -> None:
        with self._counting:
            self._retries += 1

    def _given_up(self, error: TransientError, *, brief: bool) -> StoreError:
        if isinstance(error, WrongAddressError):
            return OutOfReachError(str(error))
        kind = OutOfReachError if isinstance(error, NoConnectionError) else StoreError
        tried = f"trying for {self.limits.retry_for:g} s (`retry_for`)"
        if brief:
            tried = "a few tries, since others before it had failed for good"
        return kind(f"{str(error).rstrip('.')}; given up after {tried}.")

    def _get(
        self,
        path: str,
        query: Mapping[str, str | int],
        scope: str,
        read: Callable[[bytes | None], T],
    ) -> T:
        """Send one request; return what `read` makes of the body."""
        with self._slots:
            self._pacer.acquire()
            with self._counting:
                self._requests += 1
            try:
                response, content = self._transport.get(path, query)
            except WrongAddressError as error:
                if self.clock is None:
                    raise
                # It was right before, so that it may be again.
                raise NoConnectionError(str(error)) from None
        self._learn(response, path)
        if not is_success(response):
            raise self._responses.error_of(response, path=path, scope=scope)
        return read(None if response.status_code == _NO_CONTENT else content)

    def _learn(self, response: requests.Response, path: str) -> None:
        """Note what is in any response: the time, the quota, how busy the API is."""
        logger.debug("GET %s answered %d.", f"{path}", response.status_code)
        if on_response := self.on_response:
            on_response(path, response.status_code, response.elapsed.total_seconds())
        if self.clock is None:
            self.clock = self._time_in(response)
        self._pacer.observe(response.headers)
        self._slots.note_response(overloaded=self._responses.shows_overload(response))

    def _time_in(self, response: requests.Response) -> datetime:
        """Return a response's date; any has it, also one that refuses."""
        try:
            date = parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC)
        except (OverflowError, TypeError, ValueError):
            logger.warning(
                "%s does not tell its time; this machine's clock is used instead.",
                urlsplit(self._transport.address).netloc,
            )
            date = datetime.now(UTC)
        else:
            self.tells_time = True
        return date.replace(microsecond=0)
