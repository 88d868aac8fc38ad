"""The command `bigcommerce-cart-inbox`: tells a failure in one line, and sets the code."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.receiver import settings
from tap_bigcommerce_carts.inbox.receiver.hooks import Account, Hooks

if TYPE_CHECKING:
    import argparse

_NO_EXTRA = (
    "The inbox's packages are not installed: install tap-bigcommerce-carts[inbox] ({} is missing)."
)
_NOT_COMPARED = (
    "The secret was not compared with the receiver's: set CART_INBOX_SECRET (or "
    "CART_INBOX_SECRETS) for that."
)
logger = logging.getLogger("bigcommerce-cart-inbox")


def main() -> NoReturn:
    """Run the command line; never returns."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    given = settings.parser().parse_args()
    try:
        settings.check(given)
        code = _COMMANDS[given.command](given)
    except InboxError as error:
        logger.error("%s", error)  # noqa: TRY400 - a sentence for the user, who needs no traceback
        code = 1
    except ModuleNotFoundError as error:
        logger.error(_NO_EXTRA.format(error.name))  # noqa: TRY400 - likewise
        code = 1
    except KeyboardInterrupt:
        code = 0
    sys.exit(code)


def _serve(given: argparse.Namespace) -> int:
    # Imported when needed: without the extra these are not there, and a sentence says so.
    from tap_bigcommerce_carts.inbox.receiver.app import Door, application  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.remarks import Remarks  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.server import listen, serve  # noqa: PLC0415
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415

    stores, remarks = settings.stores(given), Remarks()
    door = Door(settings.secrets(given, stores), settings.client_secrets(given, stores))
    with (
        listen(given.host, settings.port(given)) as listener,
        closing(Storage(given.inbox_url)) as storage,
    ):
        serve(application(storage, door, remarks), listener, remarks)
    return 0


def _register(given: argparse.Namespace) -> int:
    store, destination = settings.one_store(given), settings.destination(given)
    secret = settings.secrets(given, frozenset({store}))[store]
    return _say(_hooks(given).register(destination, secret))


def _unregister(given: argparse.Namespace) -> int:
    return _say(_hooks(given).unregister(_destination(given)))


def _status(given: argparse.Namespace) -> int:
    store, secret = settings.one_store(given), None
    if given.secret is not None or given.secrets is not None:
        secret = settings.secrets(given, frozenset({store}))[store]
    told = _hooks(given).status(_destination(given), secret)
    if secret is None:
        told.append((True, _NOT_COMPARED))
    if given.inbox_url:
        told.append(_silence(given))
    _say([line for _, line in told])
    return 0 if all(fine for fine, _ in told) else 1


def _silence(given: argparse.Namespace) -> tuple[bool, str]:
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415 - as above

    store, longest = settings.one_store(given), settings.duration(given.silence, "--silence")
    with closing(Storage(given.inbox_url, create=False)) as storage:
        last = storage.last_received(store)
    if last is None:
        return False, f"store {store}: the inbox holds no event: none came, or all were pruned"
    hours = (time.time() - last) / 3600
    fine = hours * 3600 <= longest
    said = "" if fine else f", longer than {given.silence}: look at the hooks and the receiver"
    return fine, f"store {store}: last event {hours:.1f} hours ago{said}"


def _prune(given: argparse.Namespace) -> int:
    from tap_bigcommerce_carts.inbox.receiver.storage import Storage  # noqa: PLC0415 - as above

    before = int(time.time()) - settings.prune_age(given)
    with closing(Storage(given.inbox_url, create=False)) as storage:
        removed, unread = storage.prune(before, unread=given.unread)
        is_folded = storage.fold()
    _say([f"removed {removed} events older than {given.older_than}"])
    if not is_folded:
        logger.warning(
            "The inbox is being read by somebody else, so that removed events may still be in the "
            "file that ends in -wal: the next `prune` tries again."
        )
    for store, count in sorted(unread.items()):
        logger.error(
            "Kept %d events of store %s that old, since the tap has not loaded them: run it for "
            "that store, with the STATE of the run before, or give --unread to remove them too.",
            count,
            store,
        )
    return 1 if unread else 0


def _destination(given: argparse.Namespace) -> str | None:
    return None if given.destination is None else settings.destination(given)


def _hooks(given: argparse.Namespace) -> Hooks:
    token = settings.needed(given, "access_token")
    return Hooks(Account(settings.api_url(given), settings.one_store(given), token))


def _say(lines: list[str]) -> int:
    for line in lines:
        print(line)  # noqa: T201 - the command's answer
    return 0


_COMMANDS = {
    "serve": _serve,
    "register": _register,
    "status": _status,
    "unregister": _unregister,
    "prune": _prune,
}
