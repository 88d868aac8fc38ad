"""The hooks, made and repaired in the sandbox, and events that come through them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.inbox.conftest import COMMAND, SECRET, Receiver, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox import Sandbox

PLACE = "https://inbox.example.com/webhooks"


def inbox(store: Sandbox, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ
        | {
            "CART_INBOX_API_URL": store.url,
            "CART_INBOX_ACCESS_TOKEN": store.token,
            "CART_INBOX_STORES": store.store_hash,
            "CART_INBOX_SECRET": SECRET,
            "CART_INBOX_DESTINATION": PLACE,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert SECRET not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


def test_hooks_are_made_once_repaired_and_removed(store: Sandbox) -> None:
    assert "created hook" in inbox(store, "register")[1]
    assert "nothing to do" in inbox(store, "register")[1]
    (hook,) = store.webhooks.hooks.values()
    assert inbox(store, "status")[0] == 0
    hook["is_active"] = False
    code, told = inbox(store, "status")
    assert (code, "switched off" in told) == (1, True)
    hook["destination"] = "https://old.example.com/webhooks"
    assert "repaired destination, is_active" in inbox(store, "register")[1]
    assert (hook["is_active"], hook["destination"]) == (True, PLACE)
    assert "removed hook" in inbox(store, "unregister")[1]
    assert "there was no hook" in inbox(store, "unregister")[1]
    assert not store.webhooks.hooks


def test_a_wrong_token_is_one_sentence(store: Sandbox) -> None:
    code, told = inbox(store, "status", "--access-token", "wrong")
    assert (code, len(told.splitlines())) == (1, 1)
    assert "check CART_INBOX_ACCESS_TOKEN" in told


def test_what_was_refused_comes_again(
    store: Sandbox, start: Callable[..., Receiver], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    first = start(url, "--store-hash", store.store_hash)
    webhooks = store.webhooks
    webhooks.https_only, webhooks.speed = False, 300
    webhooks.duplicates, webhooks.shuffled = 0.3, 0.2
    webhooks.create(
        {
            "scope": "store/cart/*",
            "destination": first.url + "/webhooks",
            "headers": {"X-Inbox-Secret": SECRET},
        }
    )
    first.stop()
    sent = {
        webhooks.emit("store/cart/updated", {"type": "cart", "id": f"cart-{number}"})
        for number in range(30)
    }
    port = first.url.rpartition(":")[2]
    start(url, "--store-hash", store.store_hash, "--port", port)
    assert webhooks.wait(40)
    found = stored(url, store.store_hash)
    assert sorted(found) == sorted(sent)
