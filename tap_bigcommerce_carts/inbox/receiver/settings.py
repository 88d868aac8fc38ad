"""The command's settings: flags, environment variables, and one sentence for each mistake."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_bigcommerce_carts import addresses
from tap_bigcommerce_carts.errors import InboxError

if TYPE_CHECKING:
    from collections.abc import Sequence

_API_URL = "https://api.bigcommerce.com"
_DESTINATION = "https://host/webhooks"
_DAY = 86_400
_UNITS = {"d": _DAY, "h": 3600}
# A cart is told to have expired after 30 days without a change, out of what the inbox holds of it.
# (BigCommerce sends an event again for two days: what is pruned sooner would be new again.)
_LEAST_DAYS = 31
_SHORTEST = 16  # characters of a secret
_HASH = re.compile(r"[A-Za-z0-9]{1,20}")
_ONE_LINE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(
        prog="bigcommerce-cart-inbox",
        description="Catch BigCommerce's cart webhooks and keep them for tap-bigcommerce-carts. "
        "Each flag may be an environment variable; use that for secrets.",
    )
    commands = top.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="receive webhooks")
    _add(serve, "inbox-url", "sqlite:///inbox.db", "database; SQLite or PostgreSQL")
    _add_secrets(serve)
    _add(serve, "client-secret", None, "checks signatures too: the API account's client secret")
    _add(serve, "client-secrets", None, "likewise, with several stores: abc123=...,def456=...")
    _add_stores(serve)
    _add(serve, "host", "127.0.0.1", "address to listen on")
    _add(serve, "port", "8088", "port to listen on; 0 for any")
    for name, told in (
        ("register", "make or repair the hooks"),
        ("status", "tell how the hooks are; exit code 1 if something is wrong"),
        ("unregister", "remove the hooks"),
    ):
        command = commands.add_parser(name, help=told)
        _add_stores(command)
        _add(command, "access-token", None, "token of the store's API account")
        _add(command, "api-url", _API_URL, "BigCommerce's API")
        _add(command, "destination", None, "https://host/webhooks, where the inbox is reached")
        if name != "unregister":
            _add_secrets(command)
        if name == "status":
            _add(command, "inbox-url", None, "database, to tell how long nothing came")
            _add(command, "silence", "24h", "warn when nothing came for longer")
    prune = commands.add_parser("prune", help="remove old events")
    _add(prune, "inbox-url", "sqlite:///inbox.db", "database; SQLite or PostgreSQL")
    prune.add_argument(
        "--older-than",
        required=True,
        metavar="90d",
        help=f"how old: days or hours; at least {_LEAST_DAYS}d, since carts expire after 30",
    )
    prune.add_argument(
        "--unread", action="store_true", help="remove also what the tap has not loaded"
    )
    return top


def _add(to: argparse.ArgumentParser, name: str, default: str | None, told: str) -> None:
    variable = "CART_" + ("" if name.startswith("inbox") else "INBOX_")
    variable += name.upper().replace("-", "_")
    said = f"{told} ({variable}" + (f"; default {default})" if default else ")")
    # Only the default is told, never what the environment holds.
    to.add_argument(f"--{name}", default=os.environ.get(variable, default), help=said)


def _add_secrets(to: argparse.ArgumentParser) -> None:
    _add(to, "secret", None, "what BigCommerce sends as X-Inbox-Secret: 16 characters or more")
    _add(to, "secrets", None, "likewise, with several stores: abc123=...,def456=...")


def _add_stores(to: argparse.ArgumentParser) -> None:
    to.add_argument(
        "--store-hash",
        action="append",
        help="a store's hash; may be repeated (CART_INBOX_STORES, with commas between)",
    )


def check(given: argparse.Namespace) -> None:
    """Refuse a setting that is there but says nothing: whoever set it meant something.

    Raises:
        InboxError: there is one.
    """
    for name, value in vars(given).items():
        if isinstance(value, str) and not value.strip():
            raise InboxError(f"{_named(name)} is set but empty: give it a value, or take it away.")


def _named(name: str) -> str:
    variable = "CART_" + ("" if name.startswith("inbox") else "INBOX_") + name.upper()
    return f"--{name.replace('_', '-')} (or {variable})"


def secrets(given: argparse.Namespace, of: frozenset[str]) -> dict[str, str]:
    """Return the secret of each of some stores; no two are the same.

    Raises:
        InboxError: one is missing, too short, or of another store too.
    """
    if given.secrets is None and len(of) > 1:
        raise InboxError(
            f"Each store needs a secret of its own, since who sees one store's hook could forge "
            f"the events of another: set {_named('secrets')} to abc123=...,def456=...."
        )
    every = _of_each(given, "secret", of)
    if len(set(every.values())) < len(every):
        raise InboxError(f"{_named('secrets')} has the same secret for two stores.")
    return {store: every[store] for store in of}


def client_secrets(given: argparse.Namespace, of: frozenset[str]) -> dict[str, str]:
    """Return the client secret of each of some stores; none if signatures are not checked.

    Raises:
        InboxError: one is missing, or too short.
    """
    if given.client_secret is None and given.client_secrets is None:
        return {}
    return _of_each(given, "client_secret", of)


def _of_each(given: argparse.Namespace, name: str, of: frozenset[str]) -> dict[str, str]:
    """Return what is set for each store, or for all; other stores may be among them."""
    several: str | None = getattr(given, name + "s")
    if several is None:
        return dict.fromkeys(of, _long_enough(needed(given, name), name))
    if getattr(given, name) is not None:
        raise InboxError(f"Set {_named(name)} or {_named(name + 's')}, not both.")
    pairs = [each.strip().partition("=") for each in several.split(",") if each.strip()]
    found = {store.strip(): secret.strip() for store, _, secret in pairs}
    if len(found) < len(pairs) or not all(_HASH.fullmatch(store) for store in found):
        raise InboxError(
            f"{_named(name + 's')} must be abc123=...,def456=...: a store's hash, once, and what "
            "is its own."
        )
    for store in sorted(of - found.keys()):
        raise InboxError(f"{_named(name + 's')} has none for store {store}.")
    return {store: _long_enough(secret, name + "s") for store, secret in found.items()}


def _long_enough(secret: str, name: str) -> str:
    if len(secret) < _SHORTEST or not _ONE_LINE.fullmatch(secret):
        whence = (
            "what BigCommerce shows" if "client" in name else "what `openssl rand -hex 32` says"
        )
        raise InboxError(
            f"{_named(name)} must have at least {_SHORTEST} characters, all plain ASCII: take "
            f"{whence}."
        )
    return secret


def needed(given: argparse.Namespace, name: str) -> str:
    """Return a setting that must be there.

    Raises:
        InboxError: it is not, or is no text that fits into a header.
    """
    value: str | None = getattr(given, name)
    if value is None:
        flag, variable = "--" + name.replace("_", "-"), f"CART_INBOX_{name.upper()}"
        raise InboxError(f"{flag} is missing: set it, or {variable} in the environment.")
    if not _ONE_LINE.fullmatch(value):
        raise InboxError(f"{_named(name)} must be of plain ASCII characters in one line.")
    return value


def stores(given: argparse.Namespace) -> frozenset[str]:
    """Return the stores' hashes."""
    texts: Sequence[str] = given.store_hash or [os.environ.get("CART_INBOX_STORES", "")]
    found = {each.strip() for text in texts for each in re.split(r"[,\s]+", text) if each.strip()}
    if not found:
        raise InboxError(
            "--store-hash is missing: set it, or CART_INBOX_STORES in the environment."
        )
    if not all(_HASH.fullmatch(each) for each in found):
        raise InboxError("--store-hash (or CART_INBOX_STORES) must be letters and digits.")
    return frozenset(found)


def one_store(given: argparse.Namespace) -> str:
    """Return the store's hash: a token belongs to one store."""
    found = stores(given)
    if len(found) > 1:
        raise InboxError("Name one store with --store-hash: an access token belongs to one store.")
    return next(iter(found))


def port(given: argparse.Namespace) -> int:
    """Return the port."""
    text: str = given.port
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 65_536):  # noqa: PLR2004 - the highest port, and its digits
        raise InboxError("--port (or CART_INBOX_PORT) must be a whole number from 0 to 65535.")
    return int(text)


def api_url(given: argparse.Namespace) -> str:
    """Return the address of BigCommerce's API."""
    address: str = given.api_url.strip().rstrip("/")
    if problem := addresses.address_error(address):
        raise InboxError(f"--api-url (or CART_INBOX_API_URL) {problem}, such as {_API_URL}.")
    return address


def destination(given: argparse.Namespace) -> str:
    """Return where BigCommerce is to post to; it wants HTTPS on port 443."""
    text = needed(given, "destination")
    if problem := addresses.address_error(text):
        raise InboxError(f"{_named('destination')} {problem}, such as {_DESTINATION}.")
    parts = urlsplit(text)
    fits = parts.scheme == "https" and parts.port in (None, 443) and parts.path == "/webhooks"
    # Not even an empty query: it is another address to whoever compares them.
    if not fits or text.endswith(("?", "#")):
        raise InboxError(
            f"{_named('destination')} must be {_DESTINATION}: BigCommerce posts to port 443 only."
        )
    if addresses.is_local(parts):
        raise InboxError(
            f"{_named('destination')} must be where BigCommerce reaches the inbox, which it does "
            "not on localhost."
        )
    return text


def duration(text: str, flag: str) -> int:
    """Return seconds of a text such as `90d` or `36h`."""
    match = re.fullmatch(r"([0-9]{1,6})([dh])", text)
    if not match:
        raise InboxError(f"{flag} must be days or hours, such as 90d or 96h.")
    return int(match[1]) * _UNITS[match[2]]


def prune_age(given: argparse.Namespace) -> int:
    """Return how old (seconds) an event must be to be removed."""
    age = duration(given.older_than, "--older-than")
    if age < _LEAST_DAYS * _DAY:
        raise InboxError(
            f"--older-than must be at least {_LEAST_DAYS}d: a cart expires after 30 days, and one "
            "that was removed before could not be told to have expired."
        )
    return age
