"""The hooks, made and repaired in the sandbox, and events that come through them."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from sandbox import Fault
from tap_bigcommerce_carts.inbox.errors import InboxError
from tap_bigcommerce_carts.inbox.hooks import Account, Hooks
from tests.inbox.conftest import COMMAND, SECRET, Receiver, stored
from tests.scripted import Answer, Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sandbox import Sandbox
    from tests.scripted import Sleeps

PLACE = "https://inbox.example.com/webhooks"


def hooks(store: Sandbox) -> Hooks:
    return Hooks(Account(store.url, store.store_hash, store.token))


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


def test_one_hook_with_the_right_secret_is_left(store: Sandbox) -> None:
    for host in ("old", "older"):
        store.webhooks.create(
            {
                "scope": "store/cart/*",
                "destination": f"https://{host}.example.com/webhooks",
                "headers": {"X-Inbox-Secret": "a former one"},
            }
        )
    code, told = inbox(store, "register")
    assert (code, "repaired destination, headers of hook 1" in told) == (0, True)
    assert "removed hook 2, one too many" in told
    (hook,) = store.webhooks.hooks.values()
    assert (hook["destination"], hook["headers"]) == (PLACE, {"X-Inbox-Secret": SECRET})


def test_hooks_of_others_are_left_alone(store: Sandbox) -> None:
    other = store.webhooks.create(
        {"scope": "store/cart/*", "destination": "https://another.example.com/"}
    )
    inbox(store, "register")
    inbox(store, "unregister")
    assert list(store.webhooks.hooks.values()) == [other]


def test_status_tells_of_a_hook_that_was_switched_off(store: Sandbox) -> None:
    """BigCommerce does that after the last of its tries."""
    inbox(store, "register")
    (hook,) = store.webhooks.hooks.values()
    store.webhooks.https_only, store.webhooks.speed = False, 1e9
    hook["destination"] = "http://127.0.0.1:9/webhooks"
    store.webhooks.emit("store/cart/updated", {"type": "cart", "id": "cart-1"})
    assert store.webhooks.wait(40)
    code, told = inbox(store, "status")
    assert (code, "switched off by BigCommerce; run register" in told) == (1, True)


FAULTS = "429 429_bare 500_html 502_html 503_json reset reset_midway empty cut_json".split()


@pytest.mark.parametrize("kind", FAULTS)
def test_faults_that_pass_are_tried_again(store: Sandbox, sleeps: Sleeps, kind: str) -> None:
    """Listing fails, then making: a hook that was made before the answer broke is made once."""
    store.faults.script = [kind, None, kind]
    hooks(store).register(PLACE, SECRET)
    (hook,) = store.webhooks.hooks.values()
    assert len(sleeps) == 2
    store.faults.script = [kind, None, kind]
    assert hooks(store).unregister() == [f"store/cart/*: removed hook {hook['id']}"]
    assert not store.webhooks.hooks
    assert len(sleeps) == 4


def test_waits_as_long_as_bigcommerce_asks(store: Sandbox, sleeps: Sleeps) -> None:
    store.faults.script = [Fault("429", reset_ms=1500)]
    hooks(store).status()
    script = Script(Answer(503, headers={"Retry-After": "7"}), Answer(200, {"data": []}))
    with script.serving() as server:
        Hooks(Account(server.url, "abc123", "token")).status()
    assert sleeps == [1.5, 7.0]


@pytest.mark.parametrize("kind", ["429", "503_html", "reset"])
def test_faults_that_stay_are_given_up(store: Sandbox, sleeps: Sleeps, kind: str) -> None:
    store.faults.rate, store.faults.kinds, store.faults.reset_ms = 1, (kind,), 20_000
    with pytest.raises(InboxError, match="Given up after trying for 120 s"):
        hooks(store).register(PLACE, SECRET)
    assert 100 < sum(sleeps) <= 120


@pytest.mark.parametrize("url", ["nonsense", "https://", "ftp://api.example.com"])
def test_a_wrong_address_is_not_tried_again(sleeps: Sleeps, url: str) -> None:
    with pytest.raises(InboxError, match="check CART_INBOX_API_URL"):
        Hooks(Account(url, "abc123", "token")).status()
    assert sleeps == []


def test_a_suspended_store_is_not_tried_again(sleeps: Sleeps) -> None:
    script = Script(Answer(503, {"status": 503, "title": "The store is suspended."}))
    with script.serving() as server, pytest.raises(InboxError, match="suspended"):
        Hooks(Account(server.url, "abc123", "token")).status()
    assert sleeps == []


def test_the_token_is_not_sent_on(sleeps: Sleeps) -> None:
    script = Script(Answer(302, headers={"Location": "https://elsewhere.example.com/"}))
    with script.serving() as server, pytest.raises(InboxError, match="redirected"):
        Hooks(Account(server.url, "abc123", "token")).status()
    assert (len(script.seen), sleeps) == (1, [])


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
