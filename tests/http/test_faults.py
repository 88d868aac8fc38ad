"""What kept an answer from coming is told by its cause, over real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import requests
from urllib3 import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError
from urllib3.exceptions import SSLError as TlsError

from tap_bigcommerce_carts.bigcommerce.responses import StoreResponses
from tap_bigcommerce_carts.errors import OutOfReachError, StoreError, WrongAddressError
from tap_bigcommerce_carts.http.faults import fault_of
from tap_bigcommerce_carts.http.session import Session
from tap_bigcommerce_carts.model import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.scripted import Sleeps

TOKEN = "token-that-nobody-may-see-78"  # noqa: S105 - opens nothing


def kept(content: bytes | None) -> bytes | None:
    return content


def told(address: str, *, retry_for: float = 0, timeout: float = 5) -> StoreError:
    """Ask for something with a secret in the query; gives the error."""
    limits = Limits(timeout=timeout, retry_for=retry_for, reserve=0)
    session = Session(address, "api_url", {"X-Auth-Token": TOKEN}, StoreResponses("hash1"), limits)
    try:
        with pytest.raises(StoreError) as caught:
            session.request("/v2/orders", {"email": "shopper@example.org"}, kept)
    finally:
        session.close()
    said = str(caught.value)
    assert "\n" not in said
    assert "shopper" not in said
    assert TOKEN not in said
    return caught.value


@contextmanager
def listening(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """Answer every connection as told; gives host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_name_that_is_not_known_is_given_up_in_seconds(sleeps: Sleeps) -> None:
    error = told("https://api.shop.invalid", retry_for=600)
    assert isinstance(error, OutOfReachError)
    assert "api.shop.invalid (`api_url`): there is no such name" in str(error)
    assert len(sleeps) == 2
    assert sum(sleeps) < 5


def test_a_name_that_was_known_is_waited_for(
    sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name service that fails for a while is a fault that passes."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]")

    with listening(answer) as host:
        limits = Limits(timeout=5, retry_for=60, reserve=0)
        session = Session(f"http://{host}", "api_url", {}, StoreResponses("hash1"), limits)
        session.request("/v2/orders", {}, kept)

        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(OutOfReachError, match=r"no such name.*`retry_for`"):
            session.request("/v2/orders", {}, kept)
        session.close()
    assert sum(sleeps) > 30


def test_nobody_listens(sleeps: Sleeps) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = told(f"http://127.0.0.1:{port}", retry_for=30)
    assert isinstance(error, OutOfReachError)
    assert f"No connection to 127.0.0.1:{port} (`api_url`): connection refused" in str(error)
    assert "`retry_for`" in str(error)
    assert sum(sleeps) > 15


def test_a_name_and_password_in_the_address_are_not_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert "secret" not in str(told(f"http://me:secret@127.0.0.1:{port}"))


def test_no_tls_on_the_other_side(sleeps: Sleeps) -> None:
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as host:
        error = told(f"https://{host}", retry_for=600)
    assert isinstance(error, OutOfReachError)
    assert f"No secure connection to {host} (`api_url`): " in str(error)
    assert "wrong version number" in str(error)
    assert len(sleeps) == 2


def test_a_certificate_that_is_not_trusted() -> None:
    """As the libraries hand it on."""
    cause = ssl.SSLCertVerificationError(1, "certificate verify failed")
    cause.verify_message = "self-signed certificate"
    wrapped = MaxRetryError(HTTPSConnectionPool("x"), "/?email=shopper", TlsError(cause))
    error = fault_of(
        requests.exceptions.SSLError(wrapped),
        path="/v2/orders",
        host="api.example.com",
        setting="api_url",
        timeout=5,
    )
    assert isinstance(error, WrongAddressError)
    assert str(error) == (
        "No secure connection to api.example.com (`api_url`): its certificate was not accepted "
        "(self-signed certificate)."
    )


def test_an_answer_that_does_not_come() -> None:
    done = threading.Event()
    with listening(lambda _connection: done.wait(5)) as host:
        error = told(f"http://{host}", timeout=0.05)
        done.set()
    assert type(error) is StoreError
    assert "/v2/orders did not answer within 0.05 s (`request_timeout`)" in str(error)


def test_a_connection_that_breaks_off() -> None:
    with listening(lambda connection: connection.recv(10)) as host:
        error = told(f"http://{host}")
    assert type(error) is StoreError
    assert f"The connection to {host} (`api_url`) broke off at /v2/orders" in str(error)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    error = told("https://api.example.com")
    assert isinstance(error, OutOfReachError)
    assert "HTTPS_PROXY" in str(error)
