"""A receiver over real HTTP: what it takes, what it refuses, and what it never loses."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import psycopg
import requests
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from tap_bigcommerce_carts.inbox.receiver.authenticity import signature
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tests.support.receivers import SECRET, Receiver, event, fresh_database, load, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., Receiver]

CLIENT_SECRET = "an-invented-client-secret"  # noqa: S105 - signs nothing but the tests


def test_takes_each_event_once(start: Start, inbox_url: str, tmp_path: Path) -> None:
    receiver = start(inbox_url)
    for number in (1, 2, 1):
        assert receiver.post(event(number)) == 200
    assert stored(inbox_url) == [event(1)["hash"], event(2)["hash"]]
    metrics = requests.get(receiver.url + "/metrics", timeout=10).text
    assert 'cart_inbox_events_total{kind="duplicate"} 1.0' in metrics
    assert requests.get(receiver.url + "/healthz", timeout=10).status_code == 200
    assert receiver.stop() == 0
    # Nothing is left beside the database, as what was replaced in it would be.
    assert {each.name for each in tmp_path.iterdir()} <= {"inbox.db"}
    assert "5b1f3a70" not in receiver.log


def test_health_and_metrics_tell_how_it_is(start: Start, inbox_url: str) -> None:
    receiver = start(inbox_url)
    before = time.time()
    answers = [receiver.post(event(1)), receiver.post(event(1)), receiver.post(b"{")]
    answers.append(receiver.post(event(2), **{"X-Inbox-Secret": "another"}))
    _break(inbox_url)
    answers.append(receiver.post(event(3)))
    assert answers == [200, 200, 400, 401, 503]
    page = requests.get(receiver.url + "/metrics", timeout=10)
    assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(page.text)
        for sample in family.samples
    }
    for status, count in {"200": 2, "400": 1, "401": 1, "503": 1}.items():
        assert found[f"cart_inbox_answers_total{status}"] == count
    assert found["cart_inbox_events_totalnew"] == found["cart_inbox_events_totalduplicate"] == 1
    assert found["cart_inbox_commit_seconds_count"] == 2
    assert found["cart_inbox_last_event_timestamp_seconds"] >= before


def test_nobody_and_no_secret_is_in_the_log(start: Start, inbox_url: str) -> None:
    receiver = start(inbox_url, "--client-secret", CLIENT_SECRET)
    shopper = {"type": "cart", "id": "5b1f3a70", "email": "ann@example.com", "token": "1f0c9f3e"}
    assert receiver.post(event(1, data=shopper)) == 401
    receiver.stop()
    plain = start(inbox_url)
    for document in (event(2, data=shopper), event(3, data=shopper | {"id": 7}), b"ann@example"):
        plain.post(document)
    _break(inbox_url)
    assert plain.post(event(4, data=shopper)) == 503
    plain.stop()
    assert "BigCommerce is told to try again" in plain.log
    for secret in (SECRET, CLIENT_SECRET, "ann@example", "5b1f3a70", "1f0c9f3e", "hash"):
        assert secret not in receiver.log + plain.log


def _break(url: str) -> None:
    """Take the table of events away, so that no event can be written."""
    with closing(Storage(url)) as storage, storage.database.engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE cart_inbox_events"))


def test_refuses_what_is_not_an_event_of_ours(start: Start, inbox_url: str) -> None:
    receiver = start(inbox_url)
    assert receiver.post(event(1), **{"X-Inbox-Secret": "another"}) == 401
    assert receiver.post(b"{") == 400
    assert receiver.post(b"[]") == 400
    assert receiver.post(event(1, data={"type": "cart", "token": "../../x?"})) == 400
    assert receiver.post(event(1, data={"type": "cart", "id": 7})) == 400
    assert receiver.post(event(1, created_at=1_772_550_000_000)) == 400
    assert receiver.post(event(1, created_at=int(time.time()) + 90_000)) == 400
    assert receiver.post(b'{"data":' + b"[" * 5000) == 400
    assert receiver.post(event(1, producer="stores/other1")) == 403
    assert receiver.post(b" " * 70_000) == 413
    assert stored(inbox_url) == []


def test_takes_an_odd_event_of_a_cart_and_passes_over_what_is_not_one(
    start: Start, inbox_url: str
) -> None:
    receiver = start(inbox_url)
    odd = {"type": "cart", "id": "5b1f3a70", "token": "a\0b 日本", "deep": [[[{}]]]}
    assert receiver.post(event(1, data=odd, created_at="1772550000")) == 200
    for scope in ("store/order/created", "store/customer/created"):
        other = {"type": "order", "id": 4107, "token": "../../../OTHERSTORE/v3/customers?x="}
        assert receiver.post(event(2, scope=scope, data=other)) == 200
    assert stored(inbox_url) == [event(1)["hash"]]
    metrics = requests.get(receiver.url + "/metrics", timeout=10).text
    assert 'cart_inbox_events_total{kind="other"} 2.0' in metrics
    receiver.stop()
    assert receiver.log.count("something else than a cart was passed over") == 2
    assert "(1 times more)" in receiver.log


def test_refused_events_are_in_the_log_but_not_without_end(start: Start, tmp_path: Path) -> None:
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    for _ in range(40):
        assert receiver.post(event(1), **{"X-Inbox-Secret": "another"}) == 401
        assert receiver.post(event(1, producer="stores/other1")) == 403
        assert receiver.post(b'{"email": "ann@example.com"}') == 400
    receiver.stop()
    for status in (401, 403, 400):
        said = f"An event was refused ({status})"
        first, more = [line for line in receiver.log.splitlines() if said in line]
        assert more.endswith(" (39 times more)")
        assert first.rpartition("An event")[2] in more
    assert "ann@" not in receiver.log


def test_a_stores_secret_opens_its_own_events_alone(start: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    secrets = "abc123=an-invented-secret,def456=another-invented-secret"
    receiver = start(url, "--store-hash", "def456", CART_INBOX_SECRETS=secrets)
    other = event(2, producer="stores/def456")
    assert receiver.post(event(1)) == 200
    assert receiver.post(other) == 401, "with the secret of another store"
    assert receiver.post(other, **{"X-Inbox-Secret": "another-invented-secret"}) == 200
    assert receiver.post(event(3), **{"X-Inbox-Secret": "another-invented-secret"}) == 401
    assert receiver.post(event(4, producer="stores/ghi789")) == 403
    assert stored(url) == [event(1)["hash"]]
    assert stored(url, "def456") == [other["hash"]]
    receiver.stop()
    assert "its secret is that of another store" in receiver.log


def test_no_path_is_redirected(start: Start, tmp_path: Path) -> None:
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    for path in ("/webhooks/", "/healthz/", "/metrics/", "//webhooks"):
        answer = requests.post(
            receiver.url + path,
            headers={"Host": "evil.example.com"},
            timeout=10,
            allow_redirects=False,
        )
        assert (answer.status_code, answer.headers.get("Location")) == (404, None)


def test_checks_signatures_when_it_has_the_client_secret(start: Start, tmp_path: Path) -> None:
    receiver = start(f"sqlite:///{tmp_path / 'inbox.db'}", "--client-secret", CLIENT_SECRET)
    body = requests.Request("POST", receiver.url, json=event(1)).prepare().body
    assert isinstance(body, bytes)
    now = int(time.time())

    def post(sent_at: int, right: str) -> int:
        headers = {"webhook-id": "msg_1", "webhook-timestamp": str(sent_at)}
        return receiver.post(body, **headers, **{"webhook-signature": f"v1,AAAA {right}"})

    def sign(sent_at: int) -> str:
        return "v1," + signature(CLIENT_SECRET, "msg_1", str(sent_at), body)

    assert receiver.post(body) == 401
    assert post(now, "v1,BBBB") == 401
    assert post(now - 4000, sign(now - 4000)) == 401
    assert post(now, sign(now)) == 200


def test_kill_loses_nothing_that_was_answered(start: Start, inbox_url: str) -> None:
    """What was not answered 200 is sent again, as BigCommerce does, until all has arrived."""
    everything = {event(number)["hash"]: number for number in range(4000)}
    answered: set[str] = set()
    for point in random.sample(range(1, 800), 4):
        receiver = start(inbox_url)
        left = [number for each, number in everything.items() if each not in answered]
        taken = load([receiver.url], left, blow=(point, receiver.process.kill))
        receiver.kill()
        assert point <= len(taken) < len(left)
        answered |= taken
        found = stored(inbox_url)
        assert answered <= set(found), f"killed after {point} answers"
        assert len(found) == len(set(found)), f"killed after {point} answers"
    left = [number for each, number in everything.items() if each not in answered]
    answered |= load([start(inbox_url).url], left)
    assert answered == set(everything)
    assert sorted(stored(inbox_url)) == sorted(everything)


def test_four_receivers_share_one_postgres(start: Start, postgres: str) -> None:
    url = fresh_database(postgres)
    # Each event is sent twice, to two receivers.
    receivers = [start(url) for _ in range(4)]
    urls = [each.url for each in receivers]
    answered = load(urls, range(1000)) | load(urls[1:] + urls[:1], range(1000))
    found = stored(url)
    assert len(answered) == 1000
    assert sorted(found) == sorted(answered)


def test_several_make_the_tables_at_once(inbox_url: str) -> None:
    module = "tap_bigcommerce_carts.inbox.receiver.storage"
    code = f"import sys; from {module} import Storage as S; S(sys.argv[1])"
    making = [subprocess.Popen([sys.executable, "-c", code, inbox_url]) for _ in range(6)]
    assert [each.wait(60) for each in making] == [0] * 6


def test_full_disk_is_503_and_then_everything_arrives(start: Start, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'inbox.db'}"
    receiver = start(url)
    pid = receiver.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)

    def fill() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))

    answered = load([receiver.url], range(1000), blow=(100, fill))
    assert 100 <= len(answered) < 1000
    # Health asks whether what failed can be written by now, and never says so wrongly.
    for _ in range(3):
        assert receiver.post(event(1000)) == 503
        assert requests.get(receiver.url + "/healthz", timeout=30).status_code == 503
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    assert answered <= set(stored(url))
    assert requests.get(receiver.url + "/healthz", timeout=30).status_code == 200
    assert event(1000)["hash"] in stored(url)
    everything = load([receiver.url], range(1001))
    assert len(everything) == 1001
    assert sorted(stored(url)) == sorted(everything)
    receiver.stop()
    assert receiver.log.count("BigCommerce is told to try again") == 1
    assert receiver.log.count("takes events again") == 1


def test_database_away_is_503_and_then_it_goes_on(start: Start, postgres: str) -> None:
    url = fresh_database(postgres)
    receiver = start(url)
    assert receiver.post(event(1)) == 200
    name = url.partition("?")[0].rpartition("/")[2]
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        assert receiver.post(event(2)) == 200, "a cut connection alone is made anew"
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        away = f"{name}_away"
        _rename(server, name, away)
        assert receiver.post(event(3)) == 503
        assert requests.get(receiver.url + "/healthz", timeout=30).status_code == 503
        _rename(server, away, name)
    assert receiver.post(event(3)) == 200
    assert stored(url) == [event(number)["hash"] for number in (1, 2, 3)]


def _rename(server: psycopg.Connection[Any], old: str, new: str) -> None:
    """Rename a database; its connections are cut until they are gone."""
    for _ in range(50):
        try:
            server.execute(f'ALTER DATABASE "{old}" RENAME TO "{new}"'.encode())
        except psycopg.errors.ObjectInUse:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (old,)
            )
        else:
            return
    raise AssertionError("the database is still in use")
