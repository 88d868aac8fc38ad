"""One conversation with one store: headers, retries, pacing, decoding. Only ever reads."""

from __future__ import annotations

import itertools
import json
import logging
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import backoff
import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import LocationParseError

from tap_bigcommerce_carts.bigcommerce.errors import (
    HeavyRequestError,
    PassingError,
    StoreError,
    UnreadableAnswerError,
)
from tap_bigcommerce_carts.bigcommerce.listing import EMPTY, Form, Listing
from tap_bigcommerce_carts.bigcommerce.outcomes import error_of, shows_overload
from tap_bigcommerce_carts.bigcommerce.pacing import Pacer
from tap_bigcommerce_carts.bigcommerce.slots import Slots

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    Get = Callable[..., tuple[Any, str]]

_SHORTEST_WAIT, _LONGEST_WAIT = 0.1, 60.0
# Cut JSON passes; a web page in its place stays. This many tries tell them apart.
_UNREADABLE_TRIES = 6
# A page that fails this often in a row is asked for in a smaller size.
_HEAVY_TRIES = 3
_POOL_SIZE = 16
_PIECE = 16_777_216
# As JSON writes it.
_NUL = b"\\u0000"
_OK, _NO_CONTENT, _REDIRECTED = 200, 204, 300
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the store is and how patient to be with it.

    Args:
        api_url: scheme and host of the API.
        store_hash: the store's id in the API's paths.
        access_token: sent as `X-Auth-Token`; never logged.
        timeout: seconds to wait for an answer to begin, or for its next piece.
        retry_for: seconds one request is tried again before it is given up.
        reserve: share of the quota left to the store's other apps.
        parallel: most requests under way at once.
    """

    api_url: str
    store_hash: str
    access_token: str
    timeout: float = 120
    retry_for: float = 600
    reserve: float = 0.1
    parallel: int = 3


class Session:
    """Sends GET requests to one store and gives decoded JSON back.

    Safe to share between threads: cookies, the one thing a `requests.Session` would write to
    on an answer, are switched off.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._pacer = Pacer(connection.reserve)
        self._slots = Slots(connection.parallel)
        self._http = requests.Session()
        self._http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = HTTPAdapter(pool_maxsize=_POOL_SIZE)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)
        self._http.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": "tap-bigcommerce-carts",
                "X-Auth-Token": connection.access_token,
            }
        )
        self._decoder = msgspec.json.Decoder(float_hook=Decimal)
        self._get_patiently = self._try(PassingError, max_time=connection.retry_for)(
            self._try(UnreadableAnswerError, max_tries=_UNREADABLE_TRIES)(self._get_once)
        )
        self._get_page = self._try(
            PassingError,
            max_time=connection.retry_for,
            giveup=lambda error: isinstance(error, HeavyRequestError),
        )(
            self._try(HeavyRequestError, max_tries=_HEAVY_TRIES)(
                self._try(UnreadableAnswerError, max_tries=_UNREADABLE_TRIES)(self._get_once)
            )
        )

    def _try(self, error: type[StoreError], **limits: Any) -> Callable[[Get], Get]:
        """Make a decorator that tries again on an error, within limits."""
        return backoff.on_exception(
            _waits,
            error,
            **{"max_time": self.connection.retry_for, **limits},
            jitter=None,
            on_backoff=_say_again,
            logger=None,
        )

    @property
    def parallel(self) -> int:
        """Requests that may be under way at once, as things stand."""
        return self._slots.limit

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, str | int] | None = None, *, scope: str) -> Any:
        """Read a resource, trying again through faults that pass.

        Args:
            path: below the store, such as `/v2/orders`.
            query: fields of the query string, not yet encoded.
            scope: the OAuth scope the resource needs, for the message if it is missing.

        Returns:
            The decoded JSON, numbers with a point as Decimal; None where the store answers
            204, which is how V2 says "an empty list".

        Raises:
            MissingScopeError: the token may not read this.
            NotFoundError: it is not there.
            StoreError: it cannot be read, and trying on would not help.
        """
        try:
            return self._get_patiently(
                path, query or {}, scope, lambda body: self._read(body, path)
            )[0]
        except PassingError as error:
            raise self._given_up(error) from None

    def page(
        self,
        path: str,
        query: Mapping[str, str | int],
        *,
        scope: str,
        form: Form,
        smaller: bool,
    ) -> Listing:
        """Read a page of a list; its documents are decoded when they are looked at.

        Args:
            path: as for `get`.
            query: as for `get`.
            scope: as for `get`.
            form: where the list stands in the answer.
            smaller: whether the caller can ask for a smaller page.

        Raises:
            HeavyRequestError: the page keeps failing, and a smaller one may pass.
            StoreError: as for `get`.
        """

        def documents(content: bytes) -> list[Any]:
            if form.typed and _NUL not in content:
                with suppress(ValueError, InvalidOperation):
                    return form.typed.decode(content)
            return form.documents(self._read(content, path), path)

        def read(content: bytes | None) -> Listing:
            if content is None:
                return EMPTY
            listing = Listing(content, form, documents)
            # Read here, where an answer that was cut can still be asked for again.
            _ = listing.heads
            return listing

        get = self._get_page if smaller else self._get_patiently
        try:
            found: Listing = get(path, query, scope, read)[0]
        except HeavyRequestError as error:
            if smaller:
                raise
            raise self._given_up(error) from None
        except PassingError as error:
            raise self._given_up(error) from None
        return found

    def clock(self) -> datetime:
        """Ask for the store's own time, in whole seconds UTC.

        The probe is the cheapest authenticated request there is, so it also tells whether
        the token, the store hash and the address are right before any work is done.
        """
        try:
            body, date = self._get_patiently(
                "/v2/time", {}, "any", lambda body: self._read(body, "/v2/time")
            )
        except PassingError as error:
            raise self._given_up(error) from None
        try:
            return parsedate_to_datetime(date).astimezone(UTC).replace(microsecond=0)
        except (TypeError, ValueError):
            pass
        with suppress(LookupError, TypeError, ValueError, OverflowError, OSError):
            return datetime.fromtimestamp(body["time"], UTC)
        logger.warning("The store did not tell its time; this machine's clock is used instead.")
        return datetime.now(UTC).replace(microsecond=0)

    def _given_up(self, error: PassingError) -> StoreError:
        return StoreError(
            f"{str(error).rstrip('.')}; given up after trying for "
            f"{self.connection.retry_for:g} s (`retry_for`)."
        )

    def _get_once(
        self,
        path: str,
        query: Mapping[str, str | int],
        scope: str,
        read: Callable[[bytes | None], Any],
    ) -> tuple[Any, str]:
        """Send one request; gives what `read` makes of the body, and the `Date` header."""
        response, content = self._send(path, query)
        if not _is_good(response):
            raise error_of(response, path=path, scope=scope, store=self.connection.store_hash)
        empty = response.status_code == _NO_CONTENT
        return read(None if empty else content), response.headers.get("Date", "")

    def _send(self, path: str, query: Mapping[str, str | int]) -> tuple[requests.Response, bytes]:
        """Send one request; gives the answer and its body."""
        connection = self.connection
        url = f"{connection.api_url}/stores/{connection.store_hash}{path}"
        if query:
            # Encoded once, here. Colons and commas stay as they are: legal in a query, and
            # some stores were seen to refuse an encoded colon in a date.
            url += "?" + urlencode(query, safe=":,")
        with self._slots:
            self._pacer.acquire()
            try:
                # A redirect would carry the token to wherever it points.
                response = self._http.get(
                    url, timeout=connection.timeout, allow_redirects=False, stream=True
                )
                content = _body(response) if _is_good(response) else response.content
            except LocationParseError:
                raise _no_address(connection) from None
            except requests.RequestException as error:
                raise _connection_error(error, path, connection) from None
        self._pacer.observe(response.headers)
        self._slots.answered(overloaded=shows_overload(response))
        return response, content

    def _read(self, content: bytes | None, path: str) -> Any:
        """Decode a body; None is the 204 that V2 says "an empty list" with."""
        if content is None:
            return None
        try:
            body = self._decoder.decode(content)
        except (ValueError, InvalidOperation):
            body = _decode_leniently(content, path)
        if body is None:
            # None stands for 204; "null" is no answer to anything.
            raise StoreError(f"{path} answered `null` instead of data. Check `api_url`.")
        # No warehouse keeps a NUL character; PostgreSQL refuses the whole load over one.
        return _clean(body) if _NUL in content else body


def _is_good(response: requests.Response) -> bool:
    return _OK <= response.status_code < _REDIRECTED


def _body(response: requests.Response) -> bytes:
    """Read a body in large pieces: a page has megabytes, and `requests` takes 10 kB at a time."""
    return b"".join(response.iter_content(_PIECE))


def _decode_leniently(content: bytes, path: str) -> Any:
    """Read JSON in which text was cut in the middle of a character; what is left of it is marked.

    Raises:
        UnreadableAnswerError: it is no JSON at all.
    """
    try:
        body = json.loads(content, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, InvalidOperation, RecursionError):
        raise UnreadableAnswerError(
            f"{path} answered with something that is not JSON. If this stays, check `api_url`."
        ) from None
    return _clean(body)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _clean(value: Any) -> Any:
    """Take out of all text what is no character: NUL, and halves of characters."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {key: _clean(item) for key, item in value.items()}
    return value


def _connection_error(
    error: requests.RequestException, path: str, connection: Connection
) -> StoreError:
    """Say what broke without the exception's own text, which may hold the query."""
    host = urlsplit(connection.api_url).netloc
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return _no_address(connection)
    if isinstance(error, requests.exceptions.SSLError):
        return PassingError(f"No secure connection to {host}: its certificate was not accepted.")
    if isinstance(error, requests.Timeout):
        return PassingError(
            f"{path} did not answer within {connection.timeout:g} s (`request_timeout`)."
        )
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return PassingError(f"The answer to {path} broke off.")
    return PassingError(f"No connection to {host} (`api_url`).")


def _no_address(connection: Connection) -> StoreError:
    return StoreError(f"`api_url` is not an address that can be reached: {connection.api_url}.")


def _waits() -> Generator[float, StoreError, None]:
    """Yield the seconds before each next try: what the store asks for, else longer each time."""
    error = yield 0.0
    for tries in itertools.count():
        asked = getattr(error, "wait", None)
        if asked is not None:
            # "At once" would be a race against whatever stopped us.
            asked = max(asked, _SHORTEST_WAIT)
        else:
            # Spread out, so that parallel requests do not come back all at once.
            asked = random.uniform(0.5, 1.0) * 2 ** min(tries, 10)  # noqa: S311 - not a secret
        error = yield min(asked, _LONGEST_WAIT)


def _say_again(details: Any) -> None:
    logger.warning("%s Trying again in %.1f s.", details["exception"], details["wait"])
