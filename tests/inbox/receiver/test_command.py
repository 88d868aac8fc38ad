"""The command's answers: silence, pruning, mistakes, and a missing extra."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import pytest
import requests
import sqlalchemy as sa

from tap_bigcommerce_carts.commands import main
from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tests.support.lacking import WITHOUT, check_named
from tests.support.receivers import COMMAND, SECRET, event, logged, stored

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox

HOUR = 3600
SERVE = ["serve", "--secret", SECRET, "--store-hash", "abc123"]


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command; return its exit code, its answer and its log."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    return done.returncode, done.stdout, done.stderr


def fill(url: str, ages: list[int], store: str = "abc123") -> None:
    """Put an event into an inbox for each age, in seconds."""
    events = [
        parse(msgspec.json.encode(event(number, producer=f"stores/{store}")))
        for number in range(len(ages))
    ]
    with closing(Storage(url)) as storage:
        storage.write(events)
        with storage.database.engine.begin() as connection:
            for one, age in zip(events, ages, strict=True):
                connection.execute(
                    sa.update(EVENTS)
                    .where(EVENTS.c.hash == one.hash)
                    .values(received_at=int(time.time()) - age)
                )


def test_status_warns_of_silence(store: Sandbox, inbox_url: str) -> None:
    environment = {
        "CART_INBOX_API_URL": store.url,
        "CART_INBOX_ACCESS_TOKEN": store.token,
        "CART_INBOX_STORES": store.store_hash,
        "CART_INBOX_SECRET": "an-invented-secret",
        "CART_INBOX_URL": inbox_url,
    }
    run("register", "--destination", "https://inbox.example.com/webhooks", **environment)
    Storage(inbox_url).close()
    code, told, _ = run("status", **environment)
    assert (code, "the inbox holds no event: none came, or all were pruned" in told) == (1, True)
    fill(inbox_url, [30 * HOUR, 9 * HOUR], store.store_hash)
    code, told, _ = run("status", **environment)
    assert (code, told.splitlines()[1:]) == (
        0,
        [f"store {store.store_hash}: last event 9.0 hours ago"],
    )
    code, told, _ = run("status", "--silence", "8h", **environment)
    assert code == 1
    assert "9.0 hours ago, longer than 8h: look at the hooks and the receiver" in told
    code, _, log = run("status", "--silence", "soon", **environment)
    assert (code, "--silence must be days or hours" in log) == (1, True)


def test_prune_says_how_many_it_removed(inbox_url: str) -> None:
    fill(inbox_url, [100 * 24 * HOUR, 91 * 24 * HOUR, 89 * 24 * HOUR])
    code, told, log = run("prune", "--older-than", "90d", CART_INBOX_URL=inbox_url)
    assert (code, told) == (1, "removed 0 events older than 90d\n")
    assert "Kept 2 events of store abc123" in log
    assert "give --unread" in log
    with closing(CartLog(inbox_url, "abc123")) as read:
        read.checkpoint("carts", 3)
    code, told, log = run("prune", "--older-than", "90d", CART_INBOX_URL=inbox_url)
    assert (code, told, log) == (0, "removed 2 events older than 90d\n", "")
    assert stored(inbox_url) == [event(2)["hash"]]
    code, told, _ = run("prune", "--older-than", "2160h", CART_INBOX_URL=inbox_url)
    assert (code, told) == (0, "removed 0 events older than 2160h\n")


@pytest.mark.parametrize("inbox_url", ["sqlite"], indirect=True)
def test_what_was_pruned_stands_in_no_file(inbox_url: str, tmp_path: Path) -> None:
    fill(inbox_url, [100 * 24 * HOUR, 0])
    ids = [event(number)["data"]["id"].encode() for number in range(2)]
    prune = ("prune", "--older-than", "90d", "--unread")
    with closing(Storage(inbox_url)) as receiver, closing(CartLog(inbox_url, "abc123")) as read:
        with read.database.reading() as glance:
            glance.execute(sa.select(EVENTS.c.sequence)).first()
            code, told, log = run(*prune, CART_INBOX_URL=inbox_url)
            assert (code, told) == (0, "removed 1 events older than 90d\n")
            assert "the next `prune` tries again" in log
        assert run(*prune, CART_INBOX_URL=inbox_url)[2] == ""
        assert len(logged(receiver)) == 1
        content = b"".join(each.read_bytes() for each in tmp_path.glob("inbox.db*"))
    assert [each in content for each in ids] == [False, True]


def test_status_says_that_it_had_no_secret_to_compare(store: Sandbox) -> None:
    environment = {
        "CART_INBOX_API_URL": store.url,
        "CART_INBOX_ACCESS_TOKEN": store.token,
        "CART_INBOX_STORES": store.store_hash,
        "CART_INBOX_DESTINATION": "https://inbox.example.com/webhooks",
    }
    run("register", "--secret", SECRET, **environment)
    code, told, _ = run("status", **environment)
    assert (code, len(told.splitlines())) == (0, 2)
    assert "The secret was not compared" in told
    code, told, _ = run("status", "--secret", SECRET, **environment)
    assert (code, len(told.splitlines())) == (0, 1)


@pytest.mark.parametrize("package", ["sqlalchemy", "starlette", "uvicorn", "prometheus_client"])
def test_a_missing_extra_is_one_sentence(package: str, tmp_path: Path) -> None:
    arguments = f"serve --secret an-invented-secret --store-hash abc123 --port 0 --inbox-url sqlite:///{tmp_path}/i"
    check_named(package, "inbox", "inbox", *arguments.split())


def test_hooks_are_managed_without_the_extra(store: Sandbox) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, "sqlalchemy", "inbox", "unregister"],
        env=os.environ
        | {
            "CART_INBOX_API_URL": store.url,
            "CART_INBOX_ACCESS_TOKEN": store.token,
            "CART_INBOX_STORES": store.store_hash,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout) == (0, "store/cart/*: there was no hook\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["serve", "--store-hash", "abc123"], "--secret is missing"),
        (["serve", "--secret", SECRET], "--store-hash is missing"),
        (["serve", "--secret", "", "--store-hash", "abc123"], "--secret (or CART_INBOX_SECRET) is"),
        (["serve", "--secret", "a", "--store-hash", "abc123"], "at least 16 characters"),
        (["serve", "--secret", SECRET + "\n", "--store-hash", "abc123"], "must be of plain ASCII"),
        (
            ["serve", "--secret", SECRET, "--store-hash", "a1,b2"],
            "Each store needs a secret of its",
        ),
        ([*SERVE, "--client-secret", ""], "--client-secret (or CART_INBOX_CLIENT_SECRET) is set"),
        ([*SERVE, "--client-secret", "hidden"], "what BigCommerce shows"),
        ([*SERVE, "--secrets", "abc123=" + SECRET], "not both"),
        ([*SERVE, "--host", " "], "--host (or CART_INBOX_HOST) is set but empty"),
        ([*SERVE, "--inbox-url", ""], "--inbox-url (or CART_INBOX_URL) is set but empty"),
        (["serve", "--store-hash", "a1,b2", "--secrets", "a1=" + SECRET], "has none for store b2"),
        (
            ["serve", "--store-hash", "a1", "--secrets", SECRET + ",a1"],
            "must be abc123=...,def456=",
        ),
        (["serve", "--store-hash", "a1", "--secrets", "a1=hidden"], "at least 16 characters"),
        (
            ["serve", "--store-hash", "a1,b2", "--secrets", f"a1={SECRET},b2={SECRET}"],
            "the same secret for two stores",
        ),
        (["serve", "--secret", SECRET, "--store-hash", "abc123", "--port", "x"], "--port"),
        ([*SERVE, "--host", "\udcff"], "--host (or CART_INBOX_HOST) must be an address"),
        (["prune", "--older-than", "1d"], "at least 31d"),
        (["prune", "--older-than", "743h"], "at least 31d: a cart expires after 30 days"),
        (["prune", "--older-than", "90"], "must be days or hours, such as 90d"),
        (["prune", "--older-than", "90d", "--inbox-url", "mysql://h/d"], "must be sqlite:///"),
        (["prune", "--older-than", "90d", "--inbox-url", "sqlite:////no/x.db"], "does not exist"),
        (
            "serve --secret an-invented-secret --store-hash abc123 --port 0 "
            "--inbox-url postgresql://inbox:hidden@127.0.0.1:9/inbox".split(),
            "The inbox's database cannot be opened",
        ),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = refused(arguments, monkeypatch, caplog)
    assert sentence in log
    assert "hidden" not in log
    assert SECRET not in log


def refused(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> str:
    """Run the command in this process, which is quicker; return the one line it ends with."""
    caplog.clear()
    monkeypatch.setattr("sys.argv", [*COMMAND, *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    (said,) = caplog.records
    assert (ended.value.code, said.exc_info) == (1, None)
    (line,) = said.getMessage().splitlines()
    return line


@pytest.mark.parametrize("name", ["CLIENT_SECRET", "CLIENT_SECRETS", "SECRETS", "URL"])
def test_an_empty_variable_is_not_taken_for_none(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(f"CART_INBOX_{name}", "")
    assert f"CART_INBOX_{name}) is set but empty" in refused(SERVE, monkeypatch, caplog)


def test_a_mistake_is_one_line_of_the_process() -> None:
    code, told, log = run("serve", "--secret", "hidden", "--store-hash", "abc123")
    assert (code, told, len(log.splitlines())) == (1, "", 1)
    assert "hidden" not in log


def test_register_sends_the_stores_own_secret(store: Sandbox) -> None:
    code, _, log = run(
        "register",
        "--store-hash",
        store.store_hash,
        CART_INBOX_API_URL=store.url,
        CART_INBOX_ACCESS_TOKEN=store.token,
        CART_INBOX_STORES=f"{store.store_hash},def456",
        CART_INBOX_SECRETS=f"def456=another-invented-secret,{store.store_hash}={SECRET}",
        CART_INBOX_DESTINATION="https://inbox.example.com/webhooks",
    )
    assert (code, log) == (0, "")
    answer = requests.get(
        f"{store.url}/stores/{store.store_hash}/v3/hooks",
        headers={"X-Auth-Token": store.token},
        timeout=10,
    )
    assert [each["headers"] for each in answer.json()["data"]] == [{"X-Inbox-Secret": SECRET}]


@pytest.mark.parametrize(
    ("command", "address"),
    [
        ("register", "http://api.example.com"),
        ("status", "https://me:pass-word@api.example.com"),
        ("unregister", "http://[::1"),
        ("status", "https://x/\udcff"),
    ],
)
def test_an_api_address_that_a_token_must_not_be_sent_to_is_a_sentence(
    command: str, address: str
) -> None:
    code, said, log = run(
        command,
        CART_INBOX_API_URL=address,
        CART_INBOX_ACCESS_TOKEN="a-token-of-nobody",  # noqa: S106 - opens nothing
        CART_INBOX_STORES="abc123",
        CART_INBOX_SECRET="an-invented-secret-of-32-letters",  # noqa: S106 - opens nothing
        CART_INBOX_DESTINATION="https://inbox.example.com/webhooks",
    )
    assert code == 1
    assert said == ""
    (line,) = log.splitlines()
    assert "CART_INBOX_API_URL" in line
    assert "pass-word" not in log


@pytest.mark.parametrize(
    "place",
    [
        "http://inbox.example.com/webhooks",
        "http://localhost/webhooks",
        "https://localhost/webhooks",
        "https://inbox.localhost/webhooks",
        "https://127.0.0.1/webhooks",
        "https://[::1]/webhooks",
        "https://me:pass-word@inbox.example.com/webhooks",
        "https://inbox.example.com/webhooks?pass-word=1",
        "https://inbox.example.com/webhooks?",
        "https://inbox.example.com/webhooks#",
        "https://inbox.example.com/webhooks#pass-word",
        "https://inbox.example.com:8443/webhooks",
        "https://inbox.example.com/",
        "https://[::1/webhooks",
        "https:///webhooks",
    ],
)
def test_a_destination_that_bigcommerce_cannot_post_to_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    for name, value in {"ACCESS_TOKEN": "a-token", "SECRET": SECRET, "STORES": "abc123"}.items():
        monkeypatch.setenv(f"CART_INBOX_{name}", value)
    # Nobody is there to be asked.
    monkeypatch.setenv("CART_INBOX_API_URL", "http://127.0.0.1:9")
    line = refused(["register", "--destination", place], monkeypatch, caplog)
    assert "--destination (or CART_INBOX_DESTINATION) must be" in line
    assert "pass-word" not in line


ODD_TEXTS = [
    *("", " ", "x", "-1", "٣", "%s {0}", "é🛒", "\udcff", "\x1b[2J\n", "9" * 5_000, "a b", "::1"),
    *(
        "sqlite://",
        "sqlite:////no\udcff.db",
        "postgres://[",
        "postgresql://127.0.0.1:9/x?sslmode=z",
    ),
    *("abc123=", "=", "https://[/webhooks", "256.0.0.1", "a" * 70),
]


@pytest.mark.parametrize("text", ODD_TEXTS, ids=range(len(ODD_TEXTS)))
def test_no_text_in_a_variable_ends_in_anything_but_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    """In this process; commands that would ask BigCommerce are not among them."""
    monkeypatch.setattr("tap_bigcommerce_carts.inbox.receiver.server.serve", lambda *_: None)
    given = {
        "CART_INBOX_URL": f"sqlite:///{tmp_path / 'inbox.db'}",
        "CART_INBOX_SECRET": SECRET,
        "CART_INBOX_CLIENT_SECRET": SECRET + "-of-the-api-account",
        "CART_INBOX_STORES": "abc123",
        "CART_INBOX_HOST": "127.0.0.1",
        "CART_INBOX_PORT": "0",
    }
    codes = set()
    for name in given:
        for command in (["serve"], ["prune", "--older-than", "90d"]):
            with monkeypatch.context() as one:
                for each, value in (given | {name: text}).items():
                    one.setenv(each, value)
                one.setattr("sys.argv", ["bigcommerce-carts", "inbox", *command])
                with pytest.raises(SystemExit) as ended:
                    main()
                codes.add(ended.value.code)
    assert codes <= {0, 1}
    assert 1 in codes
