"""How an API is reached that a secret is sent to: by what proxy, with what certificates."""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests

from tap_bigcommerce_carts.redaction import silence_http_libraries


def requests_session(address: str) -> requests.Session:
    """Make the HTTP session that asks an API, and nothing else.

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


def environment_fault(error: OSError) -> str | None:
    """Return an error message, or None if the environment has nothing to do with an error."""
    if isinstance(error, requests.exceptions.InvalidProxyURL):
        return (
            "The proxy named in the environment (such as HTTPS_PROXY) is no address: mend it, or "
            "unset it."
        )
    if not isinstance(error, requests.RequestException):
        # `requests` looks for the file before it sends anything.
        return (
            "The certificates named in the environment (REQUESTS_CA_BUNDLE or CURL_CA_BUNDLE) "
            "cannot be read: mend the path, or unset it."
        )
    return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
