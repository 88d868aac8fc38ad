"""The subcommands of `bigcommerce-carts inbox`: serve, register, status, unregister, prune."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import click
from typing_extensions import override

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.receiver import settings
from tap_bigcommerce_carts.inbox.receiver.hooks import ApiAccount, Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # A decorator of a click command.
    Decorator = Callable[[Any], Any]

_NOT_COMPARED = (
    "The secret was not compared with the receiver's: set CART_INBOX_SECRET (or "
    "CART_INBOX_SECRETS) for that."
)
logger = logging.getLogger(__name__)


class Setting(click.Option):
    """An option that may be an environment variable; one that is set but empty is refused."""

    @override
    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        # click takes an empty variable for none; whoever set it meant something.
        return os.environ.get(str(self.envvar))

    @override
    def process_value(self, ctx: click.Context, value: Any) -> Any:
        given = super().process_value(ctx, value)
        if isinstance(given, str) and not given.strip():
            which = settings.named(str(self.name))
            raise InboxError(f"{which} is set but empty: give it a value, or take it away.")
        return given


def _setting(name: str, text: str, default: str | None = None) -> Decorator:
    # Only the default is shown, never what the environment holds.
    return click.option(
        f"--{name.replace('_', '-')}",
        name,
        cls=Setting,
        default=default,
        envvar=settings.variable(name),
        show_envvar=True,
        show_default=default is not None,
        help=text,
    )


_stores = click.option(
    "--store-hash",
    "stores",
    multiple=True,
    envvar="CART_INBOX_STORES",
    show_envvar=True,
    help="A store's hash; may be repeated (in the variable: with commas between).",
)
_secret = _setting("secret", "What BigCommerce sends as X-Inbox-Secret: 16 characters or more.")
_secrets = _setting("secrets", "Likewise, with several stores: abc123=...,def456=....")
_database = _setting("inbox_url", "Database; SQLite or PostgreSQL.", "sqlite:///inbox.db")
_token = _setting("access_token", "Token of the store's API account.")
_api_url = _setting("api_url", "BigCommerce's API.", settings.API_URL)
_destination = _setting("destination", "https://host/webhooks, where the inbox is reached.")


@click.group()
def inbox() -> None:
    """Take BigCommerce's cart webhooks and keep them for the tap.

    Each option may be an environment variable; use that for secrets.
    """


@inbox.command()
@_database
@_secret
@_secrets
@_setting("client_secret", "Checks signatures too: the API account's client secret.")
@_setting("client_secrets", "Likewise, with several stores: abc123=...,def456=....")
@_stores
@_setting("host", "Address to listen on.", "127.0.0.1")
@_setting("port", "Port to listen on; 0 for any.", "8088")
def serve(  # noqa: PLR0913 - one for each option
    *,
    inbox_url: str,
    secret: str | None,
    secrets: str | None,
    client_secret: str | None,
    client_secrets: str | None,
    stores: Sequence[str],
    host: str,
    port: str,
) -> None:
    """Receive webhooks."""
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.inbox.receiver.app import Access, application  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.server import listen, serve  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.throttled_log import ThrottledLog  # noqa: PLC0415

    of, log = settings.stores(stores), ThrottledLog()
    access = Access(
        settings.secrets(secret, secrets, of),
        settings.client_secrets(client_secret, client_secrets, of),
    )
    with (
        listen(host, settings.port(port)) as listener,
        closing(Storage(inbox_url)) as storage,
    ):
        serve(application(storage, access, log), listener, log)


@inbox.command()
@_stores
@_token
@_api_url
@_destination
@_secret
@_secrets
def register(  # noqa: PLR0913 - one for each option
    *,
    stores: Sequence[str],
    access_token: str | None,
    api_url: str,
    destination: str | None,
    secret: str | None,
    secrets: str | None,
) -> None:
    """Make or repair the hooks."""
    store, address = settings.one_store(stores), settings.destination(destination)
    own = settings.secrets(secret, secrets, frozenset({store}))[store]
    _print(_hooks(stores, access_token, api_url).register(address, own))


@inbox.command()
@_stores
@_token
@_api_url
@_destination
@_secret
@_secrets
@_setting("inbox_url", "Database, to show how long nothing came.")
@_setting("silence", "Warn when nothing came for longer.", "24h")
def status(  # noqa: PLR0913 - one for each option
    *,
    stores: Sequence[str],
    access_token: str | None,
    api_url: str,
    destination: str | None,
    secret: str | None,
    secrets: str | None,
    inbox_url: str | None,
    silence: str,
) -> None:
    """Show how the hooks are; exit code 1 if something is wrong."""
    store, own = settings.one_store(stores), None
    if secret is not None or secrets is not None:
        own = settings.secrets(secret, secrets, frozenset({store}))[store]
    address = None if destination is None else settings.destination(destination)
    found = _hooks(stores, access_token, api_url).status(address, own)
    if own is None:
        found.append((True, _NOT_COMPARED))
    if inbox_url:
        found.append(_silence(inbox_url, store, silence))
    _print([line for _, line in found])
    if not all(fine for fine, _ in found):
        sys.exit(1)


@inbox.command()
@_stores
@_token
@_api_url
@_destination
def unregister(
    stores: Sequence[str], access_token: str | None, api_url: str, destination: str | None
) -> None:
    """Remove the hooks."""
    address = None if destination is None else settings.destination(destination)
    _print(_hooks(stores, access_token, api_url).unregister(address))


@inbox.command()
@_database
@click.option(
    "--older-than",
    required=True,
    metavar="90d",
    help=f"How old: days or hours; at least {settings.LEAST_DAYS}d, since carts expire after 30.",
)
@click.option("--unread", is_flag=True, help="Remove also what the tap has not loaded.")
def prune(inbox_url: str, older_than: str, *, unread: bool) -> None:
    """Remove old events."""
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415 - as above

    before = int(time.time()) - settings.prune_age(older_than)
    with closing(Storage(inbox_url, create=False)) as storage:
        removed, kept = storage.prune(before, unread=unread)
        is_folded = storage.database.fold()
    _print([f"removed {removed} events older than {older_than}"])
    if not is_folded:
        logger.warning(
            "The inbox is being read by somebody else, so that removed events may still be in the "
            "file that ends in -wal: the next `prune` tries again."
        )
    for store, count in sorted(kept.items()):
        logger.error(
            "Kept %d events of store %s that old, since the tap has not loaded them: run it for "
            "that store, with the STATE of the run before, or give --unread to remove them too.",
            count,
            store,
        )
    if kept:
        sys.exit(1)


def _silence(inbox_url: str, store: str, longest: str) -> tuple[bool, str]:
    """Return whether the last event of a store is young enough, and a line about it."""
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415 - as above

    seconds = settings.duration(longest, "--silence")
    with closing(Storage(inbox_url, create=False)) as storage:
        last = storage.last_received(store)
    if last is None:
        return False, f"store {store}: the inbox holds no event: none came, or all were pruned"
    hours = (time.time() - last) / 3600
    fine = hours * 3600 <= seconds
    said = "" if fine else f", longer than {longest}: look at the hooks and the receiver"
    return fine, f"store {store}: last event {hours:.1f} hours ago{said}"


def _hooks(stores: Sequence[str], access_token: str | None, api_url: str) -> Hooks:
    token = settings.needed("access_token", access_token)
    return Hooks(ApiAccount(settings.api_url(api_url), settings.one_store(stores), token))


def _print(lines: list[str]) -> None:
    for line in lines:
        click.echo(line)
