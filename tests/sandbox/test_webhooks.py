"""Webhooks as receivers see them: signed, repeated, lost, blocked, and switched off."""

import hmac
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.inbox.receiver.authenticity import is_signed
from tap_bigcommerce_carts.sandbox import Sandbox, Shop, Webhooks
from tap_bigcommerce_carts.sandbox.webhooks import STEPS
from tap_bigcommerce_carts.sandbox.webhooks.deliveries import BLOCK, WINDOW, Domain
from tests.support.harness import Clock
from tests.support.patience import until

Get = Callable[..., requests.Response]

PATIENCE = 30
# So fast that all tries of an event take a second.
HURRIED = sum(STEPS)


class Receiver:
    """Takes webhooks, and answers them with `status`."""

    def __init__(self) -> None:
        self.status = 200
        self.calls: list[tuple[dict[str, str], bytes]] = []
        lock = Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(handler) -> None:  # noqa: N805 - self is the receiver
                body = handler.rfile.read(int(handler.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in handler.headers.items()}
                with lock:
                    self.calls.append((headers, body))
                handler.send_response(self.status)
                handler.send_header("Content-Length", "0")
                handler.end_headers()

            def log_message(self, *_: Any) -> None:
                """Be quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/webhooks"

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.calls]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()


@pytest.fixture
def webhooks(sandbox: Sandbox) -> Webhooks:
    """The sender, in a hurry; destinations may be plain."""
    sandbox.webhooks.https_only = False
    sandbox.webhooks.speed = HURRIED
    return sandbox.webhooks


def hook(webhooks: Webhooks, receiver: Receiver, **fields: Any) -> dict[str, Any]:
    return webhooks.create({"scope": "store/cart/*", "destination": receiver.url, **fields})


def emit(webhooks: Webhooks, count: int) -> list[str]:
    """Send so many events; return their hashes."""
    found = [{"type": "cart", "id": f"cart-{n}"} for n in range(count)]
    return [webhooks.emit("store/cart/updated", data) for data in found]


def test_lives_of_carts_arrive_in_order(webhooks: Webhooks, receiver: Receiver, shop: Shop) -> None:
    hook(webhooks, receiver, headers={"X-Inbox-Secret": "s"})
    told: list[str] = []
    shop.carts.listeners.append(lambda *event: told.append(webhooks.event(*event)["hash"]))
    shop.carts.live(30)
    assert webhooks.wait(PATIENCE)
    assert [event["hash"] for event in receiver.events] == told
    assert {headers["x-inbox-secret"] for headers, _ in receiver.calls} == {"s"}
    assert not any("webhook-signature" in headers for headers, _ in receiver.calls)
    first = receiver.events[0]
    assert set(first) == {"scope", "store_id", "data", "created_at", "producer", "hash"}
    assert (first["scope"], first["producer"]) == ("store/cart/created", "stores/sandbox1")


def test_it_is_signed_as_standard_webhooks_says(webhooks: Webhooks, receiver: Receiver) -> None:
    webhooks.client_secret = "a-client-secret"  # noqa: S105 - opens nothing
    hook(webhooks, receiver)
    (event_hash,) = emit(webhooks, 1)
    assert webhooks.wait(PATIENCE)
    ((headers, body),) = receiver.calls
    sent_id, sent_at = headers["webhook-id"], headers["webhook-timestamp"]
    assert sent_id == event_hash
    content = f"{sent_id}.{sent_at}.".encode() + body
    right = b64encode(hmac.digest(b"a-client-secret", content, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{right}"
    # As the inbox looks at it, which minds how far its time is away.
    assert is_signed(headers, body, "a-client-secret", time.time())
    assert "a-client-secret" not in repr(webhooks)


def test_after_the_last_try_a_hook_is_off(webhooks: Webhooks, receiver: Receiver, get: Get) -> None:
    receiver.status = 503
    hook_id = hook(webhooks, receiver)["id"]
    emit(webhooks, 1)
    assert webhooks.wait(PATIENCE)
    assert len(receiver.calls) == 1 + len(STEPS)
    assert len({body for _, body in receiver.calls}) == 1
    assert get(f"/v3/hooks/{hook_id}").json()["data"]["is_active"] is False
    receiver.status = 200
    emit(webhooks, 1)
    assert webhooks.wait(PATIENCE)
    assert len(receiver.calls) == 1 + len(STEPS)
    webhooks.change(hook_id, {"is_active": True})
    emit(webhooks, 1)
    assert webhooks.wait(PATIENCE)
    assert len(receiver.calls) == 2 + len(STEPS)


def test_what_waits_for_a_removed_hook_is_dropped(webhooks: Webhooks, receiver: Receiver) -> None:
    receiver.status = 500
    hook_id = hook(webhooks, receiver)["id"]
    emit(webhooks, 3)
    until(lambda: receiver.calls, "a webhook")
    webhooks.delete(hook_id)
    assert webhooks.wait(PATIENCE)
    state = webhooks.state()
    assert (state["delivered"], state["waiting"], state["dropped"] > 0) == (0, 0, True)


@pytest.mark.parametrize(("failing", "blocked"), [(10, False), (11, True)])
def test_a_domain_is_blocked_below_nine_of_ten(failing: int, *, blocked: bool) -> None:
    domain = Domain()
    for n in range(100):
        assert domain.blocked_until < 0
        domain.note(1000 + n, arrived=n >= failing, speed=1)
    assert (domain.blocked_until == 1099 + BLOCK) is blocked


def test_a_domain_is_judged_window_by_window() -> None:
    domain = Domain()
    for n in range(99):
        domain.note(1000, arrived=False, speed=10)
        assert domain.calls == n + 1
    domain.note(1000 + WINDOW / 10, arrived=False, speed=10)
    assert (domain.calls, domain.blocked_until < 0) == (1, True)


def test_nothing_is_sent_to_a_blocked_domain_and_what_is_due_waits(
    webhooks: Webhooks, receiver: Receiver
) -> None:
    receiver.status, webhooks.speed = 500, 40.0
    hook(webhooks, receiver)
    sent = emit(webhooks, 120)
    until(webhooks.blocked, "a destination that is blocked")
    assert len(receiver.calls) == 100
    assert webhooks.blocked() == [receiver.url.split("/")[2]]
    receiver.status = 200
    assert webhooks.state()["waiting"] == 120
    assert webhooks.wait(PATIENCE)
    assert webhooks.blocked() == []
    arrived = [event["hash"] for event in receiver.events[100:]]
    assert sorted(arrived) == sorted(sent)
    assert webhooks.state()["failed"] == 100


def test_a_share_is_lost(webhooks: Webhooks, receiver: Receiver) -> None:
    hook(webhooks, receiver)
    webhooks.lost = 0.5
    sent = emit(webhooks, 60)
    assert webhooks.wait(PATIENCE)
    arrived = {event["hash"] for event in receiver.events}
    assert arrived < set(sent)
    state = webhooks.state()
    assert state["lost"] + len(receiver.calls) == 60
    assert (state["events"], state["delivered"]) == (60, len(receiver.calls))


def test_several_senders_send_everything_once(webhooks: Webhooks, receiver: Receiver) -> None:
    webhooks.senders = 4
    hook(webhooks, receiver)
    sent = emit(webhooks, 200)
    assert webhooks.wait(PATIENCE)
    assert sorted(event["hash"] for event in receiver.events) == sorted(sent)


def test_a_hook_without_events_is_off_after_90_days(receiver: Receiver) -> None:
    clock = Clock()
    with Sandbox(Shop(clock=clock)) as sandbox:
        webhooks = sandbox.webhooks
        webhooks.https_only = False
        used = hook(webhooks, receiver)["id"]
        unused = hook(webhooks, receiver, scope="store/order/*")["id"]
        clock.advance(days=89)
        emit(webhooks, 1)
        assert [each["is_active"] for each in webhooks.listed()] == [True, True]
        clock.advance(days=1)
        assert webhooks.find(used)["is_active"] is True
        assert webhooks.find(unused)["is_active"] is False
        assert webhooks.find(unused)["updated_at"] == int(clock.now.timestamp())
        clock.now += timedelta(days=90)
        emit(webhooks, 1)
        assert webhooks.find(used)["is_active"] is False
        assert webhooks.change(used, {"is_active": True})["is_active"] is True
        clock.advance(days=89)
        assert webhooks.find(used)["is_active"] is True
        assert webhooks.wait(PATIENCE)
    assert len(receiver.calls) == 1


def test_switches_by_other_processes(sandbox: Sandbox) -> None:
    control = f"{sandbox.url}/_sandbox/webhooks"
    switches = {"speed": 60, "lost": 0.1, "duplicates": 0.2, "client_secret": "s", "senders": 2}
    state = requests.post(control, json=switches, timeout=10).json()
    assert state == requests.get(control, timeout=10).json()
    assert state["blocked"] == []
    assert {name: state[name] for name in ("waiting", "under_way", "events", "lost")} == {
        "waiting": 0,
        "under_way": 0,
        "events": 0,
        "lost": 0,
    }
    webhooks = sandbox.webhooks
    assert {name: getattr(webhooks, name) for name in switches} == switches
    refused: list[dict[str, Any]] = [
        {"speed": 0},
        {"speed": "x"},
        {"hooks": {}},
        {"store_hash": ""},
    ]
    for wrong in refused:
        assert requests.post(control, json=wrong, timeout=10).status_code == 400


def test_a_hook_needs_the_scope_of_its_events(get: Get, sandbox: Sandbox) -> None:
    """The list of hooks needs none."""
    sandbox.scopes = {"store_v2_orders_read_only"}
    assert get("/v3/hooks").status_code == 200
    statuses = [
        requests.post(
            f"{sandbox.base}/v3/hooks",
            json={"scope": scope, "destination": f"https://example.com/{number}"},
            headers={"X-Auth-Token": sandbox.token},
            timeout=10,
        ).status_code
        for number, scope in enumerate(("store/cart/*", "store/order/*", "store/customer/*"))
    ]
    assert statuses == [403, 200, 403]
