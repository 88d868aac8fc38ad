"""What is checked before a request is answered, and in which order."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tap_bigcommerce_carts.sandbox import ALL_SCOPES, Quota, Sandbox, Shop
from tests.support.patience import until

Get = Callable[..., requests.Response]

QUOTA_HEADERS = (
    "X-Rate-Limit-Requests-Quota",
    "X-Rate-Limit-Requests-Left",
    "X-Rate-Limit-Time-Window-Ms",
    "X-Rate-Limit-Time-Reset-Ms",
)


def test_an_unknown_route_comes_before_the_token(sandbox: Sandbox) -> None:
    for method, path in (
        ("GET", "/v3/carts"),
        ("GET", "/v2/nothing"),
        ("GET", "/v3/abandoned/carts"),
        ("POST", "/v2/orders"),
        ("DELETE", "/v2/orders/1"),
        ("GET", ""),
    ):
        url = f"{sandbox.url}/stores/sandbox1{path}"
        response = requests.request(method, url, timeout=10)
        assert response.status_code == 404
        assert response.text == "The route is not found, check the URL"
        assert response.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("headers", "form", "text"),
    [
        ({}, "text/plain", "X-Auth-Token header is required"),
        ({"X-Auth-Token": ""}, "text/plain", "X-Auth-Token header should have correct format"),
        ({"X-Auth-Token": "wrong"}, "application/json", '"status":401,"title":"Unauthorized"'),
    ],
)
def test_three_forms_of_401(
    headers: dict[str, str], form: str, text: str, sandbox: Sandbox
) -> None:
    sandbox.scopes.clear()  # the token is checked before the scope
    url = f"{sandbox.url}/stores/wrong-store/v2/orders"
    response = requests.get(url, headers=headers, timeout=10)
    assert response.status_code == 401
    assert response.headers["Content-Type"].startswith(form)
    assert text in response.text
    assert sandbox.requests[-1].token_ok is False


def test_a_missing_scope_comes_before_the_store(get: Get, sandbox: Sandbox) -> None:
    sandbox.scopes = {"store_v2_customers_read_only", "store_v2_information"}
    sandbox.token = "other"  # noqa: S105 - for this test only
    response = get("/v2/orders")
    assert response.status_code == 403
    assert response.json() == {
        "status": 403,
        "title": "You don't have a required scope to access the endpoint",
        "type": "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes",
        "errors": {},
    }
    for path in ("/v2/orders/1", "/v2/orders/1/products", "/v2/order_statuses", "/v3/channels"):
        assert get(path).status_code == 403
    for path in ("/v2/time", "/v2/store", "/v3/customers", "/v3/abandoned-carts/settings"):
        assert get(path).status_code == 200
    sandbox.scopes -= {"store_v2_information"}
    for path in ("/v2/time", "/v2/store", "/v3/abandoned-carts/settings"):
        assert get(path).status_code == 403
    wrong = f"{sandbox.url}/stores/wrong/v2/orders"
    answer = requests.get(wrong, headers={"X-Auth-Token": "other"}, timeout=10)
    assert "scope" in answer.json()["title"]


def test_another_store_is_403(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stores/wrong/v2/time"
    response = requests.get(url, headers={"X-Auth-Token": sandbox.token}, timeout=10)
    assert response.status_code == 403
    assert "store" in response.json()["title"]


def test_a_suspended_store_comes_before_the_quota(get: Get, sandbox: Sandbox) -> None:
    sandbox.quota = Quota(1, 60_000)
    sandbox.faults.suspended = True
    for _ in range(3):
        response = get("/v2/orders")
        assert response.status_code == 503
        assert response.json()["title"].startswith("The store is suspended")


def test_the_quota(get: Get, sandbox: Sandbox) -> None:
    sandbox.quota = Quota(requests=2, window_ms=60_000)
    answers = [get("/v2/time") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-Rate-Limit-Requests-Left"] for answer in answers] == ["1", "0", "0"]
    last = answers[-1].headers
    assert last["X-Rate-Limit-Requests-Quota"] == "2"
    assert last["X-Rate-Limit-Time-Window-Ms"] == "60000"
    assert 50_000 < int(last["X-Rate-Limit-Time-Reset-Ms"]) <= 60_000
    sandbox.quota = None
    assert get("/v2/time").status_code == 200


def test_the_quota_opens_again(get: Get, sandbox: Sandbox) -> None:
    sandbox.quota = Quota(requests=1, window_ms=60)
    assert get("/v2/time").status_code == 200
    until(lambda: get("/v2/time").status_code == 200, "a window that opens again")


def test_every_answer_has_the_quota_and_the_date(get: Get, sandbox: Sandbox) -> None:
    answers = [get("/v2/time"), get("/v2/orders"), get("/v2/nothing"), get("/v2/orders", limit=251)]
    sandbox.scopes.clear()
    answers.append(get("/v2/orders"))
    assert [answer.status_code for answer in answers] == [200, 204, 404, 413, 403]
    for answer in answers:
        assert set(QUOTA_HEADERS) <= set(answer.headers)
        assert int(answer.headers["X-Rate-Limit-Requests-Left"]) > 1_000_000
        assert answer.headers["Date"] == "Tue, 03 Mar 2026 12:00:00 GMT"


def test_v2_answers_xml_to_who_does_not_ask_for_json(get: Get) -> None:
    for accept, kind in (("", "xml"), ("text/xml", "xml"), ("application/json", "json")):
        answer = get("/v2/order_statuses", headers={"Accept": accept})
        assert kind in answer.headers["Content-Type"]
    assert "json" in get("/v3/customers", headers={"Accept": ""}).headers["Content-Type"]


def test_header_names_in_lower_case(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.lower_headers = True
    assert [name for name in get("/v2/orders").headers if name != name.lower()] == []


def test_v3_refuses_what_it_does_not_know(get: Get) -> None:
    assert get("/v3/channels", color="blue").status_code == 422
    assert get("/v3/abandoned-carts/settings", color="blue").status_code == 422
    part = {"date_modified__min": "2026-03-03T10:00:00.500Z"}
    assert get("/v3/customers", **part).status_code == 422


def test_the_clock_can_move() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC)]
    shop = Shop(clock=lambda: moments[0])
    with Sandbox(shop, scopes=ALL_SCOPES) as sandbox, requests.Session() as session:
        session.headers["X-Auth-Token"] = sandbox.token
        url = f"{sandbox.url}/stores/sandbox1/v2/time"
        assert session.get(url, timeout=10).json() == {"time": 1767225600}
        moments[0] += timedelta(hours=1)
        answer = session.get(url, timeout=10)
        assert answer.json() == {"time": 1767229200}
        assert answer.headers["Date"] == "Thu, 01 Jan 2026 01:00:00 GMT"


def test_config_is_what_the_tap_needs(sandbox: Sandbox) -> None:
    assert sandbox.config() == {
        "api_url": sandbox.url,
        "store_hash": "sandbox1",
        "access_token": "sandbox-token",
    }
    assert sandbox.url.startswith("http://127.0.0.1:")
