"""Addresses of APIs that a secret is sent to: which are taken, and how they are asked."""

from __future__ import annotations

import re
from contextlib import suppress
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from tap_bigcommerce_carts.redaction import silence_http_libraries

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
# What an address may hold; the rest would have to be quoted, and by whom is anybody's guess.
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def address_error(address: str) -> str | None:
    """Tell why an API cannot be asked at an address; None if nothing speaks against it.

    Args:
        address: scheme, host, port and path, without a slash at its end.

    Returns:
        The rest of a sentence that begins with the setting's name. It never holds the address,
        since a password may be in it.
    """
    try:
        parts = urlsplit(address)
        whole = parts.scheme in {"http", "https"} and parts.port != 0 and _is_host(parts.hostname)
    except ValueError:
        whole = False
    if not whole or not _PRINTABLE.fullmatch(address):
        return "must be an address"
    if "@" in parts.netloc:
        return "must be an address without user and password"
    if parts.query or parts.fragment:
        return "must be an address without `?` and `#`"
    if parts.scheme == "http" and not is_local(parts):
        return (
            "must be an address that begins with `https://` (plain HTTP is for this machine alone, "
            "since a secret is sent along)"
        )
    return None


def is_local(parts: SplitResult) -> bool:
    """Tell whether an address is on this machine: nobody listens on the way there."""
    host = (parts.hostname or "").rstrip(".")
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


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
    """Tell what the environment says that no request can be sent with; None if it is not that."""
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


def _is_host(name: str | None) -> bool:
    with suppress(ValueError):
        return bool(ip_address(name or ""))
    return bool(_HOST.fullmatch(name or ""))
