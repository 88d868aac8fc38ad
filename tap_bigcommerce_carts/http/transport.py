"""Sends a request to an API, together with a secret, and to nobody else."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.exceptions import LocationParseError

from tap_bigcommerce_carts.errors import OutOfReachError, StoreError
from tap_bigcommerce_carts.http.faults import environment_fault, fault_of
from tap_bigcommerce_carts.redaction import silence_http_libraries

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK, _REDIRECTED = 200, 300
_POOL_SIZE = 16
_PIECE = 16_777_216
# What is raised over an address that can be none.
_NO_ADDRESS = (
    LocationParseError,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidURL,
)


def requests_session(address: str) -> requests.Session:
    """Return a `requests` session that asks an API, and nothing else.

    Proxies and certificates are taken from the environment, as other programs take them, but no
    password from `.netrc`: what signs a request in is in its settings. What is sent in clear
    never leaves this machine, not by way of a proxy either.
    """
    silence_http_libraries()
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # An answer to "who signs in" keeps `requests` from looking for another.
    session.auth = _as_it_is
    session.trust_env = urlsplit(address).scheme != "http"
    return session


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def is_success(response: requests.Response) -> bool:
    """Return whether a response holds, or is, what was asked for."""
    return _OK <= response.status_code < _REDIRECTED


class Transport:
    """Sends GET requests to one API, each once.

    Safe to share between threads: cookies, the one thing a `requests.Session` would write to
    on a response, are switched off.

    Args:
        address: what all paths are below, without a slash at its end.
        setting: the setting that holds it, for messages.
        headers: sent with every request; never logged.
        timeout: seconds to wait for a response to begin, or for its next piece.
    """

    def __init__(
        self, address: str, setting: str, headers: Mapping[str, str], timeout: float
    ) -> None:
        self.address = address
        self._setting = setting
        self._timeout = timeout
        self._http = requests_session(address)
        adapter = HTTPAdapter(pool_maxsize=_POOL_SIZE)
        self._http.mount("https://", adapter)
        self._http.mount("http://", adapter)
        self._http.headers.update(
            {"Accept": "application/json", "User-Agent": "tap-bigcommerce-carts", **headers}
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, query: Mapping[str, str | int]) -> tuple[requests.Response, bytes]:
        """Send a request and return the response and its body, whatever the status is.

        Args:
            path: below the address.
            query: fields of the query string, not yet encoded.

        Raises:
            StoreError: no response came, or not all of it.
        """
        url = self.address + path
        if query:
            # Encoded once, here. Colons and commas stay as they are: legal in a query, and
            # some stores were seen to refuse an encoded colon in a date.
            url += "?" + urlencode(query, safe=":,")
        try:
            # A redirect would carry the token to wherever it points.
            response = self._http.get(
                url, timeout=self._timeout, allow_redirects=False, stream=True
            )
            if not is_success(response):
                # Kept by the response, whose error is looked for in it.
                return response, response.content
            # In large pieces: a page has megabytes, and `requests` takes 10 kB at a time.
            return response, b"".join(response.iter_content(_PIECE))
        except _NO_ADDRESS:
            raise self._no_address() from None
        except OSError as error:
            raise self._fault(error, path) from None

    def _fault(self, error: OSError, path: str) -> StoreError:
        if said := environment_fault(error):
            return OutOfReachError(said)
        host = urlsplit(self.address).netloc.rpartition("@")[2]
        setting, timeout = self._setting, self._timeout
        return fault_of(error, path=path, host=host, setting=setting, timeout=timeout)

    def _no_address(self) -> StoreError:
        parts = urlsplit(self.address)
        address = f"{parts.scheme}://{parts.netloc}"
        proxied = bool(self._http.trust_env and get_environ_proxies(self.address))
        either = ", or the proxy named in the environment is none" if proxied else ""
        return OutOfReachError(
            f"`{self._setting}` is not an address that can be reached: {address}{either}."
        )
