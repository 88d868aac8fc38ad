"""The demo's cart inbox: a receiver that the invented store sends its webhooks to."""

import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.request import Request, urlopen

from tools.demo.load import ROOT, FailedError

# Installed with the tap, where Meltano keeps it.
COMMAND = ROOT / ".meltano/extractors/tap-bigcommerce-carts/venv/bin/bigcommerce-carts"
DATABASE = ROOT / "output/inbox.db"
_SECRET = "an-invented-demo-secret"  # noqa: S105 - opens nothing but the demo
_PATIENCE = 60  # seconds
_GLANCE = 0.01


@contextmanager
def inbox(store_url: str, store: str, token: str) -> Iterator[str]:
    """Run a receiver for the store's webhooks, and give the inbox's address."""
    DATABASE.parent.mkdir(exist_ok=True)
    for old in DATABASE.parent.glob(DATABASE.name + "*"):
        old.unlink()
    url = f"sqlite:///{DATABASE}"
    others = {k: v for k, v in os.environ.items() if not k.startswith("CART_INBOX_")}
    settings = {"URL": url, "SECRET": _SECRET, "STORES": store, "HOST": "127.0.0.1", "PORT": "0"}
    with subprocess.Popen(  # noqa: S603 - the command is ours
        [COMMAND, "inbox", "serve"],
        cwd=ROOT,
        env=others | {f"CART_INBOX_{name}": value for name, value in settings.items()},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            greeting = process.stderr.readline() if process.stderr else ""
            where = re.search(r"http://\S+?:\d+", greeting)
            if where is None:
                raise FailedError(f"The inbox did not start: {greeting.strip()}")
            # `register` would insist on HTTPS, as BigCommerce does.
            hook = {
                "scope": "store/cart/*",
                "destination": f"{where[0]}/webhooks",
                "headers": {"X-Inbox-Secret": _SECRET},
            }
            _post(f"{store_url}/stores/{store}/v3/hooks", hook, token)
            yield url
        finally:
            process.terminate()
            process.communicate()


def arrived(store_url: str) -> None:
    """Wait until the inbox was told of all that has happened.

    Months pass in a minute here, so the inbox then takes each event for one that it received when
    it happened.

    Raises:
        FailedError: some of it does not arrive.
    """
    until, waiting = 0.0, None
    while (sent := _get(f"{store_url}/_sandbox/webhooks"))["waiting"] or sent["under_way"]:
        if sent["waiting"] != waiting:  # it goes on, however slowly
            until, waiting = time.monotonic() + _PATIENCE, sent["waiting"]
        if time.monotonic() > until:
            raise FailedError("The store's webhooks did not all arrive.")
        time.sleep(_GLANCE)
    with closing(sqlite3.connect(DATABASE, timeout=_PATIENCE)) as database, database:
        database.execute(
            "update cart_inbox_events set received_at = happened_at where received_at > happened_at"
        )


def _post(url: str, document: dict[str, Any], token: str = "") -> Any:
    headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
    return _sent(Request(url, json.dumps(document).encode(), headers))  # noqa: S310 - the sandbox's own address


def _get(url: str) -> Any:
    return _sent(Request(url))  # noqa: S310 - as above


def _sent(request: Request) -> Any:
    with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - as above
        return json.load(answer)
