"""What the command's settings may be: one sentence for each mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_bigcommerce_carts import addresses
from tap_bigcommerce_carts.errors import InboxError

if TYPE_CHECKING:
    from collections.abc import Sequence

API_URL = "https://api.bigcommerce.com"
_DESTINATION = "https://host/webhooks"
_DAY = 86_400
_UNITS = {"d": _DAY, "h": 3600}
# A cart has expired after 30 days without a change, which follows from what the inbox holds of it.
# (BigCommerce sends an event again for two days: what is pruned sooner would be new again.)
LEAST_DAYS = 31
_SHORTEST = 16  # characters of a secret
_HASH = re.compile(r"[A-Za-z0-9]{1,20}")
_ONE_LINE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def named(name: str) -> str:
    """Return how an option is named in messages: its flag and its variable."""
    return f"--{name.replace('_', '-')} (or {variable(name)})"


def variable(name: str) -> str:
    """Return the environment variable of an option."""
    return "CART_" + ("" if name.startswith("inbox") else "INBOX_") + name.upper()


def secrets(secret: str | None, several: str | None, of: frozenset[str]) -> dict[str, str]:
    """Return the secret of each of some stores; no two are the same.

    Args:
        secret: `--secret`, for one store.
        several: `--secrets`, such as `abc123=...,def456=...`; other stores may be among them.
        of: the stores' hashes.

    Raises:
        InboxError: one is missing, too short, or of another store too.
    """
    if several is None and len(of) > 1:
        raise InboxError(
            f"Each store needs a secret of its own, since who sees one store's hook could forge "
            f"the events of another: set {named('secrets')} to abc123=...,def456=...."
        )
    every = _of_each("secret", secret, several, of)
    if len(set(every.values())) < len(every):
        raise InboxError(f"{named('secrets')} has the same secret for two stores.")
    return {store: every[store] for store in of}


def client_secrets(secret: str | None, several: str | None, of: frozenset[str]) -> dict[str, str]:
    """Return the client secret of each of some stores; none if signatures are not checked.

    Args:
        secret: `--client-secret`, for all stores.
        several: `--client-secrets`, as for `secrets`.
        of: the stores' hashes.

    Raises:
        InboxError: one is missing, or too short.
    """
    if secret is None and several is None:
        return {}
    return _of_each("client_secret", secret, several, of)


def _of_each(name: str, one: str | None, several: str | None, of: frozenset[str]) -> dict[str, str]:
    """Return what is set for each store, or for all; other stores may be among them."""
    if several is None:
        return dict.fromkeys(of, _long_enough(needed(name, one), name))
    if one is not None:
        raise InboxError(f"Set {named(name)} or {named(name + 's')}, not both.")
    pairs = [each.strip().partition("=") for each in several.split(",") if each.strip()]
    found = {store.strip(): secret.strip() for store, _, secret in pairs}
    if len(found) < len(pairs) or not all(_HASH.fullmatch(store) for store in found):
        raise InboxError(
            f"{named(name + 's')} must be abc123=...,def456=...: a store's hash, once, and what "
            "is its own."
        )
    for store in sorted(of - found.keys()):
        raise InboxError(f"{named(name + 's')} has none for store {store}.")
    return {store: _long_enough(secret, name + "s") for store, secret in found.items()}


def _long_enough(secret: str, name: str) -> str:
    if len(secret) < _SHORTEST or not _ONE_LINE.fullmatch(secret):
        whence = (
            "what BigCommerce shows" if "client" in name else "what `openssl rand -hex 32` says"
        )
        raise InboxError(
            f"{named(name)} must have at least {_SHORTEST} characters, all plain ASCII: take "
            f"{whence}."
        )
    return secret


def needed(name: str, value: str | None) -> str:
    """Return the value of an option that must be there.

    Raises:
        InboxError: it is not, or is no text that fits into a header.

    Args:
        name: the option's, with underscores, for the message.
        value: what was given; None if nothing was.
    """
    if value is None:
        flag = "--" + name.replace("_", "-")
        raise InboxError(f"{flag} is missing: set it, or {variable(name)} in the environment.")
    if not _ONE_LINE.fullmatch(value):
        raise InboxError(f"{named(name)} must be of plain ASCII characters in one line.")
    return value


def stores(texts: Sequence[str]) -> frozenset[str]:
    """Return the stores' hashes.

    Args:
        texts: each a hash, or several with commas or spaces between.
    """
    found = {each.strip() for text in texts for each in re.split(r"[,\s]+", text) if each.strip()}
    if not found:
        raise InboxError(
            "--store-hash is missing: set it, or CART_INBOX_STORES in the environment."
        )
    if not all(_HASH.fullmatch(each) for each in found):
        raise InboxError("--store-hash (or CART_INBOX_STORES) must be letters and digits.")
    return frozenset(found)


def one_store(texts: Sequence[str]) -> str:
    """Return the store's hash: a token belongs to one store."""
    found = stores(texts)
    if len(found) > 1:
        raise InboxError("Name one store with --store-hash: an access token belongs to one store.")
    return next(iter(found))


def port(text: str) -> int:
    """Return the port."""
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65_536):  # noqa: PLR2004 - the highest port, and its digits
        raise InboxError("--port (or CART_INBOX_PORT) must be a whole number from 0 to 65535.")
    return int(text)


def api_url(text: str) -> str:
    """Return the address of BigCommerce's API."""
    address = text.strip().rstrip("/")
    if problem := addresses.address_error(address):
        raise InboxError(f"--api-url (or CART_INBOX_API_URL) {problem}, such as {API_URL}.")
    return address


def destination(text: str | None) -> str:
    """Return where BigCommerce is to post to; it wants HTTPS on port 443."""
    address = needed("destination", text)
    if problem := addresses.address_error(address):
        raise InboxError(f"{named('destination')} {problem}, such as {_DESTINATION}.")
    parts = urlsplit(address)
    fits = parts.scheme == "https" and parts.port in (None, 443) and parts.path == "/webhooks"
    # Not even an empty query: it is another address to whoever compares them.
    if not fits or address.endswith(("?", "#")):
        raise InboxError(
            f"{named('destination')} must be {_DESTINATION}: BigCommerce posts to port 443 only."
        )
    if addresses.is_local(parts):
        raise InboxError(
            f"{named('destination')} must be where BigCommerce reaches the inbox, which it does "
            "not on localhost."
        )
    return address


def duration(text: str, flag: str) -> int:
    """Return seconds of a text such as `90d` or `36h`.

    Args:
        text: a whole number of days or hours.
        flag: the option it was given with, for the message.

    Raises:
        InboxError: it is neither.
    """
    match = re.fullmatch(r"([0-9]{1,6})([dh])", text)
    if not match:
        raise InboxError(f"{flag} must be days or hours, such as 90d or 96h.")
    return int(match[1]) * _UNITS[match[2]]


def prune_age(text: str) -> int:
    """Return how old (seconds) an event must be to be removed."""
    age = duration(text, "--older-than")
    if age < LEAST_DAYS * _DAY:
        raise InboxError(
            f"--older-than must be at least {LEAST_DAYS}d: a cart expires after 30 days, and one "
            "that was removed before could not be told to have expired."
        )
    return age
