"""Which addresses a secret is sent to, and that nothing is added to what signs a request in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from tap_bigcommerce_carts.addresses import address_error
from tap_bigcommerce_carts.bigcommerce.responses import StoreResponses
from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.http.session import Session
from tap_bigcommerce_carts.http.transport import requests_session
from tap_bigcommerce_carts.model import Limits
from tests.support.scripted import Answer, Script

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "address",
    [
        "https://api.bigcommerce.com",
        "https://API.example.com:8443/bc",
        "https://api.api2cart.com/v1.1",
        "https://192.0.2.7",
        "https://[2001:db8::7]:444",
        "https://host_1.internal.",
        "https://localhost",
        "http://localhost:8080",
        "http://127.0.0.1:8080",
        "http://127.9.9.9",
        "http://[::1]:8080",
        "http://store.localhost:1",
    ],
)
def test_https_is_taken_and_plain_http_on_this_machine(address: str) -> None:
    assert address_error(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "http://api.bigcommerce.com",
        "http://192.168.1.5:8080",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://notlocalhost",
        "http://[2001:db8::1]",
    ],
)
def test_plain_http_to_elsewhere_is_refused(address: str) -> None:
    """Anybody on the way could read the token."""
    assert "`https://`" in (address_error(address) or "")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "x",
            "/stores",
            "api.bigcommerce.com",
            "ftp://example.com",
            "file:///etc",
            "https://",
        ),
        *("https://:80", "https://host:99999", "https://host:0", "https://host:x", "http://[::1"),
        *("https://a b.example.com", "https://a..example.com", "https://-a.example.com"),
        *("https://" + "a" * 64, "https://exa\nmple.com", "https://ex\udcffample.com"),
        *(
            "https://example.com/\x00",
            "https://ex%61mple.com",
            "https://host/a b",
            "https://ö.example",
        ),
        *("https://example.com?x=1", "https://example.com#x", "https://me:pw@example.com"),
        *("https://@example.com", "http://me@localhost"),
    ],
)
def test_what_is_no_plain_address_is_refused_and_not_repeated(address: str) -> None:
    said = address_error(address)
    assert said is not None
    assert said.startswith("must be an address")
    assert "pw" not in said


@pytest.fixture
def netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "netrc"
    hosts = ("127.0.0.1", "api.example.com")
    file.write_text("".join(f"machine {host} login me password other\n" for host in hosts))
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize("address", ["https://api.example.com", "http://127.0.0.1"])
def test_a_password_of_netrc_is_not_sent(address: str) -> None:
    request = requests.Request("GET", f"{address}/x", headers={"X-Auth-Token": "t"})
    with requests.Session() as plain, requests_session(address) as ours:
        assert "Authorization" in plain.prepare_request(request).headers
        sent = ours.prepare_request(request).headers
    assert "Authorization" not in sent
    assert sent["X-Auth-Token"] == "t"


def test_proxies_of_the_environment_are_used_for_others_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is sent in clear must not go by way of another machine."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    with requests_session("https://api.example.com") as elsewhere:
        used = elsewhere.merge_environment_settings(
            "https://api.example.com/x", {}, None, None, None
        )
        assert used["proxies"]["https"] == "http://proxy.example.com:3128"
    with Script(Answer(200, {})).serving() as store, Script(Answer(502)).serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        session = Session(
            store.url, "api_url", {}, StoreResponses("a"), Limits(timeout=5, retry_for=0)
        )
        session.request("/x", {}, lambda body: body)
        session.close()
    assert [path for _, path, _ in store.seen] == ["/x"]
    assert proxy.seen == []


@pytest.mark.parametrize(
    ("variable", "text", "named"),
    [
        ("https_proxy", "http://", "proxy"),
        ("https_proxy", "foo://bar", "proxy"),
        ("https_proxy", "http://[::1", "proxy"),
        ("https_proxy", "http://x:99999", "proxy"),
        ("https_proxy", "\udcff", "proxy"),
        ("REQUESTS_CA_BUNDLE", "/nowhere/at/all", "REQUESTS_CA_BUNDLE"),
        ("REQUESTS_CA_BUNDLE", "\udcff", "REQUESTS_CA_BUNDLE"),
    ],
)
def test_what_the_environment_says_wrongly_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, named: str
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, text)
    session = Session(
        "https://127.0.0.1:9", "api_url", {}, StoreResponses("a"), Limits(timeout=5, retry_for=0)
    )
    with pytest.raises(StoreError, match=named):
        session.request("/x", {}, lambda body: body)
    session.close()
