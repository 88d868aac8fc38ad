"""Is the inbox as the tap needs it: its database, what it keeps, the hooks, the receiver?"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.receiver.hooks import ApiAccount, Hooks
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS, READINGS
from tap_bigcommerce_carts.sandbox import Sandbox
from tests.support.receivers import SECRET, event, fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.examining import Ended

pytestmark = pytest.mark.slow
JSON = "--format=json"
DATABASE, HOOKS, RECEIVER = "inbox database", "inbox hooks", "inbox receiver"
KEPT = "inbox personal data"


@pytest.fixture
def store(shop: Shop) -> Iterator[Sandbox]:
    """A sandbox of the store that receivers in tests are for."""
    with Sandbox(shop, store_hash="abc123") as sandbox:
        sandbox.quota = None
        sandbox.webhooks.https_only = False
        yield sandbox


def settings(store: Sandbox, url: str, **more: Any) -> dict[str, Any]:
    return {**store.config(), "inbox_url": url, **more}


def register(store: Sandbox, destination: str) -> None:
    Hooks(ApiAccount(store.url, store.store_hash, store.token)).register(destination, SECRET)


@contextmanager
def answering(status: int, health: int = 404) -> Iterator[str]:
    """A web server that answers all alike, but /healthz."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(health if self.path == "/healthz" else status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/webhooks"
        server.shutdown()


def test_without_one_it_says_so(store: Sandbox, doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()["inbox"]) == (0, "not checked")


def test_one_that_works_is_fine_from_the_hook_to_the_database(
    store: Sandbox,
    inbox_url: str,
    start: Callable[..., Any],
    doctor: Callable[..., Ended],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    receiver = start(inbox_url)
    assert receiver.post(event(1)) == 200
    register(store, f"{receiver.url}/webhooks")
    store.clear()
    monkeypatch.setenv("CART_INBOX_ACCESS_TOKEN", store.token)
    monkeypatch.setenv("CART_INBOX_SECRET", SECRET)
    ended = doctor(JSON, config=settings(store, inbox_url))
    found = {name: ended.verdicts()[name] for name in (DATABASE, KEPT, HOOKS, RECEIVER)}
    assert found == dict.fromkeys(found, "fine")
    assert "1 events, the newest 0.0 hours old" in ended.said(DATABASE)
    assert "active" in ended.said(HOOKS)
    assert "CART_INBOX_SECRET" not in ended.said(HOOKS)
    assert {each.method for each in store.requests} == {"GET"}
    assert len(store.requests) <= 15
    for secret in (SECRET, store.token, inbox_url, receiver.url, "abc123"):
        assert secret not in ended.out
    wrong = doctor(JSON, config=settings(store, "mysql://somebody@db.example.org/inbox"))
    assert "postgresql://user:password@host/database." in f"{wrong.document}"
    assert "somebody" not in wrong.out
    receiver.stop()
    # This machine's network may be at fault, and BigCommerce's way another.
    ended = doctor(JSON, config=settings(store, inbox_url))
    assert (ended.code, ended.verdicts()[RECEIVER]) == (3, "not known")
    assert "does not tell whether BigCommerce reaches it" in ended.said(RECEIVER)


@pytest.mark.usefixtures("sleeps")
def test_trouble_of_the_hooks_that_passes_is_not_known(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended]
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    Storage(url).close()
    store.before(lambda _, sent: "503_json" if "page" in sent.query else None)
    ended = doctor(JSON, config=settings(store, url))
    assert (ended.code, ended.verdicts()[HOOKS]) == (3, "not known")


def test_of_several_stores_none_is_asked_with_anothers_token(
    store: Sandbox,
    shop: Shop,
    tmp_path: Path,
    doctor: Callable[..., Ended],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    Storage(url).close()
    with Sandbox(shop, store_hash="xyz789", token="another-token") as other:  # noqa: S106 - invented
        other.webhooks.https_only = False
        for each in (store, other):
            register(each, "http://127.0.0.1:9/webhooks")
        stores = {
            name: {"api_url": each.url, "store_hash": each.store_hash}
            for name, each in (("one", store), ("two", other))
        }
        (tmp_path / "stores.yml").write_text(json.dumps({"stores": stores}))
        for name, each in (("ONE", store), ("TWO", other)):
            monkeypatch.setenv(f"STORE_{name}_ACCESS_TOKEN", each.token)
            monkeypatch.setenv(f"STORE_{name}_INBOX_URL", url)
        monkeypatch.setenv("CART_INBOX_ACCESS_TOKEN", store.token)
        document = doctor(JSON, "--all").document
    hooks = [
        each["verdict"]
        for of in document["stores"]
        for each in of["findings"]
        if each["asked"] == HOOKS
    ]
    assert hooks == ["fine", "fine"]


def test_a_hook_that_is_not_as_it_should_be_is_a_fault_with_what_to_do(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    Storage(url).close()
    config = settings(store, url)
    # Whose hooks are another account's cannot know.
    assert doctor(JSON, config=config).verdicts()[HOOKS] == "not checked"
    monkeypatch.setenv("CART_INBOX_ACCESS_TOKEN", store.token)
    ended = doctor(JSON, config=config)
    assert (ended.code, ended.verdicts()[HOOKS]) == (1, "fault")
    assert "inbox register" in ended.said(HOOKS)
    assert ended.verdicts()[RECEIVER] == "not checked"
    register(store, "http://127.0.0.1:9/webhooks")
    (hook,) = store.webhooks.listed()
    store.webhooks.change(hook["id"], {"is_active": False})
    monkeypatch.setenv("CART_INBOX_SECRET", "another-secret-than-that")
    ended = doctor(JSON, config=config)
    assert ended.verdicts()[HOOKS] == "fault"
    assert "switched off" in ended.said(HOOKS)
    assert "another secret" in ended.said(HOOKS)
    monkeypatch.setenv("CART_INBOX_ACCESS_TOKEN", "a-token-of-nobody")
    ended = doctor(JSON, config=config)
    assert ended.verdicts()[HOOKS] == "fault"
    assert "CART_INBOX_ACCESS_TOKEN" in ended.said(HOOKS)


@pytest.mark.parametrize(
    ("statuses", "verdict"),
    [
        ((405, 404), "fine"),
        ((403, 404), "fine"),
        ((403, 503), "fault"),
        ((404, 404), "fault"),
        ((502, 404), "fault"),
        ((200, 404), "note"),
    ],
)
def test_what_stands_at_the_public_address_is_told_by_its_answer(
    store: Sandbox,
    tmp_path: Path,
    doctor: Callable[..., Ended],
    statuses: tuple[int, int],
    verdict: str,
) -> None:
    """A web server before the receiver answers, or the receiver does; /healthz beside it."""
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    Storage(url).close()
    with answering(*statuses) as address:
        register(store, address)
        ended = doctor(JSON, config=settings(store, url))
    assert ended.verdicts()[RECEIVER] == verdict
    assert address not in ended.out


def test_a_database_that_cannot_be_used_is_a_fault(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended], postgres: str
) -> None:
    for url in (f"sqlite:///{tmp_path / 'none.db'}", fresh_database(postgres)):
        ended = doctor(JSON, config=settings(store, url))
        assert (ended.code, ended.verdicts()[DATABASE]) == (1, "fault")
    missing = "postgresql://somebody:a-password-c0ffee@127.0.0.1:9/inbox"
    ended = doctor(JSON, config=settings(store, missing))
    assert ended.verdicts()[DATABASE] == "fault"
    assert "a-password-c0ffee" not in ended.out
    assert "somebody" not in ended.out


def test_one_that_the_tap_may_not_write_is_a_fault(
    store: Sandbox, doctor: Callable[..., Ended], postgres: str
) -> None:
    url = fresh_database(postgres)
    Storage(url).close()
    with psycopg.connect(url) as connection:
        connection.execute(
            "do $$ begin create role looker login; exception when duplicate_object then end $$"
        )
        connection.execute("grant select on all tables in schema public to looker")
    reader = sa.make_url(url).set(username="looker").render_as_string(hide_password=False)
    ended = doctor(JSON, config=settings(store, reader))
    assert (ended.code, ended.verdicts()[DATABASE]) == (1, "fault")
    assert "permission denied" in ended.said(DATABASE)


def test_an_old_event_and_what_is_kept_under_other_settings_are_noted(
    store: Sandbox, tmp_path: Path, doctor: Callable[..., Ended]
) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    storage = Storage(url)
    at = int(time.time()) - 3 * 86_400
    reading = '{"read_at":1,"document":{},"treated":"keep"}'
    with storage.database.writing() as connection:
        connection.execute(
            sa.insert(EVENTS).values(
                store="abc123",
                hash="one",
                scope="store/cart/updated",
                happened_at=at,
                received_at=at,
                data="{}",
            )
        )
        connection.execute(
            sa.insert(READINGS).values(store="abc123", cart_id="a", active_at=at, reading=reading)
        )
    storage.close()
    ended = doctor(JSON, config=settings(store, url, personal_data="drop"))
    assert (ended.code, ended.verdicts()[DATABASE]) == (0, "note")
    assert "72.0 hours old" in ended.said(DATABASE)
    assert ended.verdicts()[KEPT] == "note"
    assert "Of 1 carts" in ended.said(KEPT)
    assert doctor(JSON, config=settings(store, url)).verdicts()[KEPT] == "fine"
