"""Addresses of APIs that a secret is sent to: which are taken."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE)
# What an address may hold; the rest would have to be quoted, and by whom is anybody's guess.
_PRINTABLE = re.compile(r"[\x21-\x7e]+")


def address_error(address: str) -> str | None:
    """Return an error message, or None if an API can be asked at an address.

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
    """Whether an address is on this machine: nobody listens on the way there."""
    host = (parts.hostname or "").rstrip(".")
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _is_host(name: str | None) -> bool:
    with suppress(ValueError):
        return bool(ip_address(name or ""))
    return bool(_HOST.fullmatch(name or ""))
