"""What one client may take of a receiver: it is shut out while all others are served."""

from __future__ import annotations

import json
import random
import re
import resource
import socket
from contextlib import ExitStack, closing, contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from tap_bigcommerce_carts.inbox.receiver.app import Access, application
from tap_bigcommerce_carts.inbox.receiver.connections import Bounds
from tap_bigcommerce_carts.inbox.receiver.server import listen, server
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.receiver.throttled_log import ThrottledLog
from tests.support.receivers import SECRET, Receiver, event, stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., Receiver]

MB = 1024 * 1024
LONG = 60  # seconds: only a fault is waited for so long
HEAD = b"POST /webhooks HTTP/1.1\r\nHost: inbox.example.com\r\n"


@contextmanager
def receiver(folder: Path, bounds: Bounds) -> Iterator[str]:
    """Serve within bounds, in a thread of this process; gives the address."""
    log = ThrottledLog()
    with (
        listen("127.0.0.1", 0) as listener,
        closing(Storage(f"sqlite:///{folder / 'inbox.db'}")) as storage,
    ):
        app = application(storage, Access({"abc123": SECRET}, {}), log)
        made = server(app, bounds, log)
        thread = Thread(target=made.run, args=([listener],))
        host, port = listener.getsockname()
        thread.start()
        try:
            yield f"http://{host}:{port}"
        finally:
            made.should_exit = True
            thread.join(LONG)


def connected(url: str) -> socket.socket:
    at = urlsplit(url)
    return socket.create_connection((at.hostname, at.port), timeout=LONG)


def post(number: int) -> bytes:
    """The bytes of a request with an event."""
    body = json.dumps(event(number)).encode()
    return HEAD + b"X-Inbox-Secret: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        SECRET.encode(),
        len(body),
        body,
    )


def is_cut(client: socket.socket) -> bool:
    """Wait until the other end closes; false if it does not."""
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def taken(client: socket.socket, piece: bytes, most: int) -> int:
    """Send a piece again and again until the other end closes; give how many bytes it took."""
    sent = 0
    try:
        while sent < most:
            client.sendall(piece)
            sent += len(piece)
    except ConnectionError:
        pass
    return sent


ENDLESS = [
    (b"POST /webhooks HTTP/1.1\r\n", b"a: b\r\n" * 1000),
    (b"POST /webhooks HTTP/1.1\r\n", b"a" * 6000),
    (b"POST /webhooks HTTP/1.1\r\na: ", b"a" * 6000),
    (b"GET /", b"a" * 6000),
    (b"", b"\r\n" * 3000),
    (b"", b"A" * 6000),
    # A body without end, of a request that is refused, and what follows a body.
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096 + b"\r\n"),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 1000),
    (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a" * 6000),
    (HEAD + b"Content-Length: 999999999\r\n\r\n", b"a" * 6000),
    # Requests that wait for no answer.
    (b"", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" * 300),
    (HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"a" * 6000),
]


def test_bytes_without_end_are_cut(start: Start, tmp_path: Path) -> None:
    one = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    for number, (start_of, piece) in enumerate(ENDLESS):
        with connected(one.url) as client:
            client.sendall(start_of)
            # Far less than 150 MB: what the kernel holds of it is some MB.
            assert taken(client, piece, 50 * MB) < 50 * MB, (start_of, piece[:20])
        assert one.post(event(number)) == 200
    one.stop()
    assert "Traceback" not in one.log
    said = [line for line in one.log.splitlines() if "A connection was cut" in line]
    # Two reasons, each at once and at the end with how often.
    assert len(said) == 4
    more = sum(int(times) for times in re.findall(r"\((\d+) times more\)", "".join(said)))
    assert 2 + more == len(ENDLESS)


def test_what_a_receiver_holds_of_a_flood_is_bounded(start: Start, tmp_path: Path) -> None:
    one = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    with ExitStack() as clients:
        for _ in range(200):
            client = clients.enter_context(connected(one.url))
            client.sendall(b"POST /webhooks HTTP/1.1\r\n" + b"a:\r\n" * 2000)
        assert one.post(event(1)) == 200
        peak = _peak_mb(one.process.pid)
    assert peak < 200, f"{peak} MB"


def _peak_mb(pid: int) -> float:
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123 - not a file of ours
        (line,) = (line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def test_a_request_that_does_not_arrive_is_cut(tmp_path: Path) -> None:
    late = [
        b"",
        b"POST /webhooks HT",
        HEAD,
        HEAD + b"X-Inbox-Secret: %s\r\nContent-Length: 99\r\n\r\n{" % SECRET.encode(),
        # It was answered; then nothing comes, or not all of it.
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /heal",
        post(1) + HEAD,
        post(2) + b"\r\n",
    ]
    with receiver(tmp_path, Bounds(patience=0.3, idle=3600)) as url, ExitStack() as clients:
        every = [clients.enter_context(connected(url)) for _ in late]
        for client, sent in zip(every, late, strict=True):
            client.sendall(sent)
        assert [is_cut(client) for client in every[:-1]] == [True] * (len(late) - 1)
        # What brought an event is kept until its next request: also after a line that is none.
        every[-1].sendall(b"\r\n")
        assert is_cut(every[-1])


def test_a_connection_that_brought_an_event_is_kept(tmp_path: Path) -> None:
    with (
        receiver(tmp_path, Bounds(patience=2, idle=3600)) as url,
        connected(url) as known,
        connected(url) as stranger,
    ):
        known.sendall(post(1))
        assert known.recv(65536).startswith(b"HTTP/1.1 200")
        # Both have been idle for as long as strangers may.
        assert is_cut(stranger)
        known.sendall(post(2))
        assert known.recv(65536).startswith(b"HTTP/1.1 200")
    assert len(stored(f"sqlite:///{tmp_path / 'inbox.db'}")) == 2


def test_idle_connections_make_room(start: Start, tmp_path: Path) -> None:
    files = 128

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    one = start(f"sqlite:///{tmp_path / 'inbox.db'}", preexec=limit)
    with ExitStack() as clients, requests.Session() as known:
        known.headers["X-Inbox-Secret"] = SECRET
        assert known.post(one.url + "/webhooks", json=event(1), timeout=LONG).status_code == 200
        idle = [clients.enter_context(connected(one.url)) for _ in range(2 * files)]
        assert requests.get(one.url + "/healthz", timeout=LONG).status_code == 200
        assert one.post(event(2)) == 200
        assert known.post(one.url + "/webhooks", json=event(3), timeout=LONG).status_code == 200
        assert is_cut(idle[0]), "the first to come is the first to go"
    one.stop()
    assert one.log.count("to make room for another") == 2
    assert "times more)" in one.log


def test_a_full_house_of_known_ones_is_not_cut(tmp_path: Path) -> None:
    with (
        receiver(tmp_path, Bounds(connections=2)) as url,
        connected(url) as first,
        connected(url) as second,
    ):
        for client in (first, second):
            client.sendall(post(1))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")
        with connected(url) as third:
            assert is_cut(third)
        for client in (first, second):
            client.sendall(post(2))
            assert client.recv(65536).startswith(b"HTTP/1.1 200")


def test_a_request_under_way_does_not_make_room(tmp_path: Path) -> None:
    request = post(1)
    with (
        receiver(tmp_path, Bounds(connections=2, patience=LONG)) as url,
        connected(url) as asking,
        connected(url) as idle,
    ):
        # All but its last byte, with the secret.
        asking.sendall(request[:-1])
        # An answer to a later one shows that this was read.
        idle.sendall(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 404")
        with connected(url) as third:
            assert is_cut(idle)
            asking.sendall(request[-1:])
            assert asking.recv(65536).startswith(b"HTTP/1.1 200")
            third.sendall(post(2))
            assert third.recv(65536).startswith(b"HTTP/1.1 200")


def test_odd_bytes_end_no_request_but_their_own(start: Start, tmp_path: Path) -> None:
    """Pieces of requests, cut, doubled, mixed up and with odd bytes: never a traceback."""
    dice = random.Random(7)  # noqa: S311 - not for secrets
    pieces = [
        *post(1).split(b"\r\n"),
        *(b"\r\n", b"\r\n\r\n", b"GET ", b"HEAD /healthz HTTP/1.0", b"CONNECT a:1 HTTP/1.1"),
        *(b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Upgrade: h2c", b"\0\xff\xfe"),
        *(
            b"Content-Length: 18446744073709551616",
            b"5\r\nabcde\r\n0\r\n\r\n",
            b"%ff%00",
            b"PRI * HTTP/2.0",
        ),
    ]
    one = start(f"sqlite:///{tmp_path / 'inbox.db'}")
    for _ in range(300):
        chosen = dice.choices(pieces, k=dice.randint(1, 8))
        with connected(one.url) as client, suppress(ConnectionError):
            client.sendall(b"\r\n".join(chosen) + dice.choice([b"", b"\r\n", b"\r\n\r\n"]))
            client.shutdown(socket.SHUT_WR)
            if dice.random() < 0.5:
                assert is_cut(client)
    assert one.post(event(2)) == 200
    one.stop()
    assert "Traceback" not in one.log
    assert "ERROR" not in one.log
