"""One conversation with one API: headers, retries, pacing, decoding. Only ever reads."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import LocationParseError

from tap_bigcommerce_carts.characters import clean, has_nul
from tap_bigcommerce_carts.errors import (
    HeavyRequestError,
    NoConnectionError,
    OutOfReachError,
    PassingError,
    StoreError,
    UnreadableAnswerError,
    WrongAddressError,
)
from tap_bigcommerce_carts.http.concurrency import Slots
from tap_bigcommerce_carts.http.faults import fault_of
from tap_bigcommerce_carts.http.quota import Pacer
from tap_bigcommerce_carts.http.retries import BRIEF, PAGE, PATIENT, retried
from tap_bigcommerce_carts.http.transport import environment_fault, requests_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_bigcommerce_carts.model import Limits

T = TypeVar("T")
_POOL_SIZE = 16
_PIECE = 16_777_216
# What is raised over JSON that is none, or that is nested too deeply.
UNREADABLE = (ValueError, InvalidOperation, RecursionError)
# What is raised over an address that can be none.
_NO_ADDRESS = (
    LocationParseError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)
_OK, _NO_CONTENT, _REDIRECTED = 200, 204, 300
logger = logging.getLogger(__name__)


class Answers(Protocol):
    """What a platform's answers mean."""

    def error_of(self, response: requests.Response, *, path: str, scope: str) -> StoreError:
        """Turn an answer that is not a success into the exception it calls for."""

    def shows_overload(self, response: requests.Response) -> bool:
        """Tell whether the platform is at its limit, so that fewer requests at once help."""


class Session:
    """Sends GET requests to one API, and tries again through faults that pass.

    Safe to share between threads: cookies, the one thing a `requests.Session` would write to
    on an answer, are switched off.

    Args:
        address: what all paths are below, without a slash at its end.
        setting: the setting that holds it, for messages.
        headers: sent with every request; never logged.
        answers: what the platform's answers mean.
        limits: how patient to be.
    """

    def __init__(
        self,
        address: str,
        setting: str,
        headers: Mapping[str, str],
        answers: Answers,
        limits: Limits,
    ) -> None:
        self.limits = limits
        self._address = address
        self._setting = setting
        self._answers = answers
        self._pacer = Pacer(limits.reserve)
        self._slots = Slots(limits.parallel)
        self._counting = Lock()
        self._requests = self._retries = 0
        self._http = requests_session(address)
        adapter = HTTPAdapter(pool_maxsize=_POOL_SIZE)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)
        self._http.headers.update(
            {"Accept": "application/json", "User-Agent": "tap-bigcommerce-carts", **headers}
        )
        # Called with path, status and seconds of each response, by the thread that has it.
        self.on_response: Callable[[str, int, float], None] | None = None
        self._clock: datetime | None = None
        self._decoder = msgspec.json.Decoder(float_hook=Decimal)

    @property
    def cost(self) -> tuple[int, int]:
        """Requests sent so far, and how often one was tried again."""
        return self._requests, self._retries

    @property
    def parallel(self) -> int:
        """Requests that may be under way at once, as things stand."""
        return self._slots.limit

    @property
    def clock(self) -> datetime | None:
        """The API's own clock at its first answer, in whole seconds UTC; None before that."""
        return self._clock

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

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
        """Read a resource, trying again through faults that pass.

        Args:
            path: below the session's address.
            query: fields of the query string, not yet encoded.
            read: makes of the body what the caller wants; None stands for 204. What it
                raises is tried again like an answer that says so.
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
        except PassingError as error:
            if smaller and isinstance(error, HeavyRequestError):
                raise
            raise self._given_up(error, brief=brief) from None

    def _count_retry(self) -> None:
        with self._counting:
            self._retries += 1

    def decoded(self, content: bytes | None, path: str) -> Any:
        """Decode a body, numbers with a point as Decimal; None is the 204 that says "nothing".

        Raises:
            StoreError: it holds no data.
        """
        if content is None:
            return None
        try:
            body = self._decoder.decode(content)
        except UNREADABLE:
            body = _decode_leniently(content, path, self._setting)
        if body is None:
            # None stands for 204; "null" is no answer to anything.
            raise StoreError(f"{path} answered `null` instead of data. Check `{self._setting}`.")
        # No warehouse keeps a NUL character; PostgreSQL refuses the whole load over one.
        return clean(body) if has_nul(content) else body

    def _given_up(self, error: PassingError, *, brief: bool) -> StoreError:
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
        response, content = self._send(path, query)
        if not _is_good(response):
            raise self._answers.error_of(response, path=path, scope=scope)
        empty = response.status_code == _NO_CONTENT
        return read(None if empty else content)

    def _send(self, path: str, query: Mapping[str, str | int]) -> tuple[requests.Response, bytes]:
        """Send one request; gives the answer and its body."""
        url = self._address + path
        if query:
            # Encoded once, here. Colons and commas stay as they are: legal in a query, and
            # some stores were seen to refuse an encoded colon in a date.
            url += "?" + urlencode(query, safe=":,")
        with self._slots:
            self._pacer.acquire()
            with self._counting:
                self._requests += 1
            try:
                # A redirect would carry the token to wherever it points.
                response = self._http.get(
                    url, timeout=self.limits.timeout, allow_redirects=False, stream=True
                )
                content = _body(response) if _is_good(response) else response.content
            except _NO_ADDRESS:
                raise self._no_address() from None
            except OSError as error:
                raise self._fault(error, path) from None
        logger.debug("GET %s answered %d.", f"{path}", response.status_code)
        if on_response := self.on_response:
            on_response(path, response.status_code, response.elapsed.total_seconds())
        if self._clock is None:
            self._clock = self._time_in(response)
        self._pacer.observe(response.headers)
        self._slots.answered(overloaded=self._answers.shows_overload(response))
        return response, content

    def _time_in(self, response: requests.Response) -> datetime:
        """Read an answer's date: any answer tells it, also one that refuses."""
        try:
            date = parsedate_to_datetime(response.headers.get("Date", ""))
            return date.astimezone(UTC).replace(microsecond=0)
        except (OverflowError, TypeError, ValueError):
            logger.warning(
                "%s does not tell its time; this machine's clock is used instead.",
                urlsplit(self._address).netloc,
            )
        return datetime.now(UTC).replace(microsecond=0)

    def _fault(self, error: OSError, path: str) -> StoreError:
        if said := environment_fault(error):
            return OutOfReachError(said)
        host = urlsplit(self._address).netloc.rpartition("@")[2]
        setting, timeout = self._setting, self.limits.timeout
        fault = fault_of(error, path=path, host=host, setting=setting, timeout=timeout)
        if isinstance(fault, WrongAddressError) and self._clock is not None:
            # It was right before, so that it may be again.
            return NoConnectionError(str(fault))
        return fault

    def _no_address(self) -> StoreError:
        parts = urlsplit(self._address)
        address = f"{parts.scheme}://{parts.netloc}"
        proxied = bool(self._http.trust_env and get_environ_proxies(self._address))
        either = ", or the proxy named in the environment is none" if proxied else ""
        return OutOfReachError(
            f"`{self._setting}` is not an address that can be reached: {address}{either}."
        )


def _is_good(response: requests.Response) -> bool:
    return _OK <= response.status_code < _REDIRECTED


def _body(response: requests.Response) -> bytes:
    """Read a body in large pieces: a page has megabytes, and `requests` takes 10 kB at a time."""
    return b"".join(response.iter_content(_PIECE))


def _decode_leniently(content: bytes, path: str, setting: str) -> Any:
    """Read JSON in which text was cut in the middle of a character; what is left of it is marked.

    Raises:
        UnreadableAnswerError: it is no JSON at all.
    """
    try:
        body = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    except UNREADABLE:
        raise UnreadableAnswerError(
            f"{path} answered with something that is not JSON. If this stays, check `{setting}`."
        ) from None
    return clean(body)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
