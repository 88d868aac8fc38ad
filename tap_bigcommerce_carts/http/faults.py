"""What broke on the way to an API, without the exception's own text: it may hold the query."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, TypeVar

import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError, ProxyError

from tap_bigcommerce_carts.errors import (
    NoConnectionError,
    StoreError,
    TransientError,
    WrongAddressError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

E = TypeVar("E", bound=BaseException)


def fault_of(error: OSError, *, path: str, host: str, setting: str, timeout: float) -> StoreError:
    """Return the error for what kept a response from coming.

    Args:
        error: what the HTTP library raised.
        path: what was asked for.
        host: who was asked, without a password.
        setting: the setting that names the host.
        timeout: seconds that were waited.
    """
    fault: StoreError
    if isinstance(error, requests.exceptions.SSLError):
        fault = WrongAddressError(f"No secure connection to {host} (`{setting}`): {_tls(error)}.")
    elif _find(error, ProxyError):
        fault = NoConnectionError(
            f"No connection to {host} (`{setting}`): the proxy that HTTPS_PROXY or HTTP_PROXY "
            "names cannot be reached."
        )
    elif _find(error, NameResolutionError):
        fault = WrongAddressError(
            f"No connection to {host} (`{setting}`): there is no such name. Check it, and the "
            "network's name service (DNS)."
        )
    elif isinstance(error, requests.ConnectTimeout):
        fault = NoConnectionError(
            f"No connection to {host} (`{setting}`) within {timeout:g} s (`request_timeout`). A "
            "firewall may be in the way."
        )
    elif isinstance(error, requests.Timeout):
        fault = TransientError(f"{path} did not answer within {timeout:g} s (`request_timeout`).")
    elif found := _find(error, NewConnectionError):
        fault = NoConnectionError(f"No connection to {host} (`{setting}`): {_refusal(found)}.")
    elif isinstance(error, requests.exceptions.ChunkedEncodingError):
        fault = TransientError(f"The answer to {path} broke off.")
    else:
        fault = TransientError(f"The connection to {host} (`{setting}`) broke off at {path}.")
    return fault


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


def _tls(error: OSError) -> str:
    """Return why there is no secure connection, as the TLS library names it."""
    if wrong := _find(error, ssl.SSLCertVerificationError):
        return f"its certificate was not accepted ({wrong.verify_message.rstrip('.')})"
    found = _find(error, ssl.SSLError)
    reason = (found.reason or "").lower().replace("_", " ") if found else ""
    return reason or "the other side does not speak TLS as it should"


def _refusal(error: NewConnectionError) -> str:
    """Return why nobody took the connection, as the system names it."""
    found = _find(error, OSError)
    return (found.strerror or "it was refused").lower() if found else "it was refused"


def _find(error: BaseException, kind: type[E]) -> E | None:
    """Return the first error of a kind among those that led to another, if any."""
    return next((each for each in _chain(error) if isinstance(each, kind)), None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what led to it, nearest first; libraries note that in several ways."""
    met: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and each not in met:
            met.append(each)
            yield each
            waiting += [getattr(each, "reason", None), *each.args, each.__cause__, each.__context__]
