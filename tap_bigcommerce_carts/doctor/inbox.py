"""Is the inbox as the tap needs it: its database, what it keeps, the hooks, the receiver?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tap_bigcommerce_carts.doctor.findings import Finding, alone
from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.http.faults import environment_fault, fault_of
from tap_bigcommerce_carts.http.transport import requests_session
from tap_bigcommerce_carts.inbox.receiver import settings
from tap_bigcommerce_carts.inbox.receiver.hooks import ApiAccount, Hooks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_bigcommerce_carts.inbox.receiver.hooks import FoundHook
    from tap_bigcommerce_carts.model import BigCommerceConnection
    from tap_bigcommerce_carts.run import Run

_HOUR = 3_600
# As `inbox status` has it, too.
_SILENCE = 24 * _HOUR
# Seconds to wait for an answer, and to try again.
_PATIENCE = 10
# What receiver and nginx answer to a GET of where webhooks are posted to.
_ONLY_POST, _REFUSED, _NOBODY, _FIRST_FAULT = 405, 403, 404, 500
_HOOKS, _RECEIVER = "inbox hooks", "inbox receiver"


def check_inbox(
    run: Run, connection: BigCommerceConnection, variables: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield how the inbox is: one request to BigCommerce, one to the receiver.

    Args:
        run: has the settings.
        connection: where the store is.
        variables: of the environment; those that begin with CART_INBOX_ are looked at.
    """
    if run.settings.inbox_url is None:
        yield Finding.left_out("inbox", "`inbox_url` is not set: its streams are not offered.")
        return
    yield from alone("inbox database", "inbox", lambda: _database(run))
    hooks: list[FoundHook] = []
    yield from alone(_HOOKS, "inbox", lambda: _hooks(connection, variables, hooks))
    destination = variables.get("CART_INBOX_DESTINATION") or next(
        (each.destination for each in hooks), None
    )
    if destination is None:
        yield Finding.left_out(
            _RECEIVER,
            "Where it is reached is not known.",
            "Set CART_INBOX_DESTINATION, or make the hook by `bigcommerce-carts inbox register`.",
        )
    else:
        yield _receiver(destination)


def _database(run: Run) -> Iterator[Finding]:
    asked = "inbox database"
    log = run.inbox_as_it_is
    count, newest = log.extent()
    # The tap keeps there what it read of carts.
    log.readings.check()
    if newest is None:
        yield Finding.note(
            asked, "It opens and can be written; of this store it holds no event: none came yet."
        )
    else:
        hours = (time.time() - newest) / _HOUR
        said = f"It opens and can be written; {count:,} events, the newest {hours:.1f} hours old."
        if hours * _HOUR > _SILENCE:
            yield Finding.note(asked, said, "If the shop is busier, look at hooks and receiver.")
        else:
            yield Finding.fine(asked, said)
    if others := run.readings_to_renew():
        yield Finding.note(
            "inbox personal data",
            f"Of {others:,} carts it keeps more, or other, than `personal_data: "
            f"{run.settings.personal_data}` lets it: the next run that reads the inbox's streams "
            "treats them.",
        )
    else:
        yield Finding.fine(
            "inbox personal data",
            f"What it keeps of carts agrees with `personal_data: {run.settings.personal_data}`.",
        )


def _hooks(
    connection: BigCommerceConnection, variables: Mapping[str, str], found: list[FoundHook]
) -> Iterator[Finding]:
    own = variables.get("CART_INBOX_ACCESS_TOKEN")
    address = variables.get("CART_INBOX_API_URL") or connection.api_url
    account = ApiAccount(address, connection.store_hash, own or connection.access_token)
    secret = _secret(variables, connection.store_hash)
    destination = variables.get("CART_INBOX_DESTINATION") or None
    found += Hooks(account, _PATIENCE).found(destination, secret)
    if not found and not own:
        yield Finding.left_out(
            _HOOKS,
            "The tap's token sees none; those of another API account are not shown to it.",
            "Set CART_INBOX_ACCESS_TOKEN to the token that `inbox register` was given, and ask for "
            "this store alone.",
        )
        return
    if not found:
        said = "There is none, so that no event comes."
        yield Finding.fault(_HOOKS, said, "Run `bigcommerce-carts inbox register`.")
    for hook in found:
        if hook.wrong:
            said = f"{hook.name}: {' and '.join(hook.wrong)}."
            yield Finding.fault(_HOOKS, said, "Run `bigcommerce-carts inbox register`.")
        else:
            compared = "" if secret else "; the secret was not compared (CART_INBOX_SECRET)"
            yield Finding.fine(_HOOKS, f"{hook.name} is active{compared}.")


def _secret(variables: Mapping[str, str], store: str) -> str | None:
    """Return the secret that the receiver takes; None if it is not told here."""
    one, several = (variables.get(f"CART_INBOX_{each}") or None for each in ("SECRET", "SECRETS"))
    if one is None and several is None:
        return None
    return settings.secrets(one, several, frozenset({store}))[store]


def _receiver(destination: str) -> Finding:
    """Return whether somebody takes webhooks where BigCommerce posts them to."""
    try:
        status = _status(destination)
        if status == _REFUSED:
            # A web server before it that lets POST through alone; /healthz may be let through.
            parts = urlsplit(destination)
            health = _status(f"{parts.scheme}://{parts.netloc}/healthz")
            status = health if health >= _FIRST_FAULT else status
    except InboxError as error:
        return Finding.unknown(
            _RECEIVER,
            f"From this machine it is not reached, which does not tell whether BigCommerce reaches "
            f"it. {error}",
            "Ask for its public address from another network, or for /healthz on its own machine.",
        )
    if status == _ONLY_POST:
        return Finding.fine(_RECEIVER, "It answers at its public address.")
    if status == _REFUSED:
        return Finding.fine(
            _RECEIVER,
            "The web server at its public address answers, and lets webhooks alone through; "
            "whether the receiver behind it runs, /healthz tells on its own machine.",
        )
    said = f"A GET of its public address is answered {status}, not 405 as the receiver does."
    if status >= _FIRST_FAULT:
        return Finding.fault(_RECEIVER, said, "Start the receiver (docs/inbox.md).")
    if status == _NOBODY:
        return Finding.fault(_RECEIVER, said, "Let the path /webhooks lead to the receiver.")
    return Finding.note(_RECEIVER, said, "Check that this is the receiver.")


def _status(address: str) -> int:
    """Return the status of a GET.

    Raises:
        InboxError: there was no answer; the message does not hold the address.
    """
    try:
        with requests_session(address) as session:
            # What is answered is not read.
            return session.get(
                address, timeout=_PATIENCE, allow_redirects=False, stream=True
            ).status_code
    except OSError as error:
        said = environment_fault(error) or fault_of(
            error,
            path="The inbox",
            host="the inbox's public address",
            setting="CART_INBOX_DESTINATION",
            timeout=_PATIENCE,
        )
        raise InboxError(str(said)) from None
    except ValueError:
        raise InboxError("The inbox's public address is none.") from None
