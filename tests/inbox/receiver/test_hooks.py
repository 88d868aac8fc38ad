"""The hooks, made and repaired in the sandbox, and events that come through them."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.receiver.hooks import ApiAccount, Hooks
from tap_bigcommerce_carts.sandbox import Fault
from tests.support.receivers import COMMAND, SECRET, Receiver, stored
from tests.support.scripted import Answer, Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.scripted import Sleeps

PLACE = "https://inbox.example.com/webhooks"


def hooks(store: Sandbox) -> Hooks:
    return Hooks(ApiAccount(store.url, store.store_hash, store.token))


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
    hook["destination"] = PLACE.replace(".com", ".com:443")
    assert "nothing to do" in inbox(store, "register")[1]
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
    assert (code, "switched off by BigCommerce and leads elsewhere" in told) == (1, True)


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
        Hooks(ApiAccount(server.url, "abc123", "token")).status()
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
        Hooks(ApiAccount(url, "abc123", "token")).status()
    assert sleeps == []


def test_a_suspended_store_is_not_tried_again(sleeps: Sleeps) -> None:
    script = Script(Answer(503, {"status": 503, "title": "The store is suspended."}))
    with script.serving() as server, pytest.raises(InboxError, match="suspended"):
        Hooks(ApiAccount(server.url, "abc123", "token")).status()
    assert sleeps == []


def test_the_token_is_not_sent_on(sleeps: Sleeps) -> None:
    script = Script(Answer(302, headers={"Location": "https://elsewhere.example.com/"}))
    with script.serving() as server, pytest.raises(InboxError, match="redirected"):
        Hooks(ApiAccount(server.url, "abc123", "token")).status()
    assert (len(script.seen), sleeps) == (1, [])


def test_a_wrong_token_is_one_sentence(store: Sandbox) -> None:
    code, told = inbox(store, "status", "--access-token", "wrong")
    assert (code, len(told.splitlines())) == (1, 1)
    assert "check CART_INBOX_ACCESS_TOKEN" in told


def answering(*hooks: Any) -> Script:
    return Script(Answer(200, {"data": list(hooks), "meta": {}}), Answer(200, {"data": []}))


def status(*hooks: Any, secret: str | None = SECRET) -> list[tuple[bool, str]]:
    with answering(*hooks).serving() as server:
        return Hooks(ApiAccount(server.url, "abc123", "token")).status(PLACE, secret)


HOOK = {"id": 7, "scope": "store/cart/*", "destination": PLACE, "is_active": True}


@pytest.mark.parametrize(
    "shown",
    [
        {"headers": {"x-inbox-secret": SECRET}},
        {"headers": {"X-INBOX-SECRET": SECRET, "X-Other": "1"}},
        {"headers": None},
        {"destination": PLACE.upper(), "headers": None},
        {"destination": PLACE.replace(".com", ".com:443"), "headers": None},
    ],
)
def test_a_hook_is_found_however_bigcommerce_writes_it(shown: dict[str, Any]) -> None:
    hook = {**HOOK, **shown}
    ((fine, line),) = status(hook)
    said = f"store/cart/*: hook 7 to {hook['destination']}: active"
    assert (fine, line.lower()) == (True, said.lower())


@pytest.mark.parametrize("headers", [{"x-inbox-secret": "a former one"}, {}, {"X-Other": SECRET}])
def test_status_tells_of_a_secret_the_receiver_does_not_take(headers: dict[str, str]) -> None:
    ((fine, line),) = status({**HOOK, "headers": headers})
    assert not fine
    assert "sends another secret than the receiver takes; run register" in line
    assert SECRET not in line
    assert "a former one" not in line
    # Without the receiver's it cannot be told.
    assert status({**HOOK, "headers": headers}, secret=None)[0][0]


def test_status_knows_the_secret_of_the_environment(store: Sandbox) -> None:
    inbox(store, "register")
    (hook,) = store.webhooks.hooks.values()
    hook["headers"] = {"x-inbox-secret": "an older secret, of before"}
    code, told = inbox(store, "status")
    assert (code, "another secret" in told) == (1, True)
    assert "repaired headers" in inbox(store, "register")[1]
    hook["headers"] = {"x-inbox-secret": SECRET}
    assert "nothing to do" in inbox(store, "register")[1]
    assert inbox(store, "status")[0] == 0


def test_a_hook_that_leads_elsewhere_is_told() -> None:
    elsewhere = {"destination": "https://old.example.com/webhooks"}
    ((fine, line),) = status({**HOOK, **elsewhere, "headers": {"x-inbox-secret": SECRET}})
    assert (fine, "leads elsewhere" in line) == (False, True)


def test_an_id_forges_no_line() -> None:
    forged = "7 to https://inbox.example.com/webhooks: active\nstore/cart/*: hook 8\x1b[2J"
    ((_, line),) = status({**HOOK, "id": forged, "headers": None})
    assert line.isprintable()


def test_all_pages_of_hooks_are_read_however_short(store: Sandbox) -> None:
    """A proxy may cap pages; one that gives the same for every number ends all the same."""
    others = [{**HOOK, "id": n, "destination": f"https://{n}.example.com/"} for n in range(3)]
    pages = [Answer(200, {"data": [each]}) for each in (*others, {**HOOK, "headers": None})]
    with Script(*pages, Answer(200, {"data": [others[0]]})).serving() as server:
        ((fine, _),) = Hooks(ApiAccount(server.url, "abc123", "token")).status(PLACE)
    assert fine
    assert len(server.seen) == 5
    hooks(store).status()
    assert len([each for each in store.requests if "/hooks" in each.path]) == 1


@pytest.mark.parametrize(
    "body", [{}, {"data": None}, {"data": {}}, [], ["x"], "x", 7, {"data": "x"}], ids=json.dumps
)
def test_an_answer_without_hooks_is_one_sentence(body: Any) -> None:
    with Script(Answer(200, json.dumps(body))).serving() as server:
        account = ApiAccount(server.url, "abc123", "token")
        with pytest.raises(InboxError, match="does not hold what it should"):
            Hooks(account).status()
        with pytest.raises(InboxError, match="does not hold what it should"):
            Hooks(account).register(PLACE, SECRET)


@pytest.mark.parametrize("rows", [["x"], [None, 7, []], [{"id": None}], [{"scope": ["x"]}]])
def test_hooks_that_are_none_are_passed_over(rows: Any) -> None:
    assert status(*rows) == [(False, "store/cart/*: there is no hook; run register")]


def test_what_was_refused_comes_again(
    store: Sandbox, start: Callable[..., Receiver], tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    secrets = f"abc123={'x' * 16},{store.store_hash}={SECRET}"
    first = start(url, "--store-hash", store.store_hash, CART_INBOX_SECRETS=secrets)
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
    start(url, "--store-hash", store.store_hash, "--port", port, CART_INBOX_SECRETS=secrets)
    assert webhooks.wait(40)
    found = stored(url, store.store_hash)
    assert sorted(found) == sorted(sent)
