"""Every switch, and every way a request can fail."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import KINDS, Fault, Faults, Sandbox, Shop

Get = Callable[..., requests.Response]

FULL = {"include": "consignments.line_items", "consignment_structure": "object"}


def first(get: Get) -> dict[str, Any]:
    order: dict[str, Any] = get("/v2/orders", **FULL).json()[0]
    return order


# Other forms of an answer


def test_incomplete_uncounted(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    shop.add_order(11)
    sandbox.faults.incomplete_uncounted = True
    assert get("/v2/orders/count").json()["count"] == 1
    assert get("/v2/orders/count", status_id=0).json()["count"] == 1


def test_consignments_as_array(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    key = shop.add_order()
    plain = first(get)["consignments"]
    sandbox.faults.consignments_as_array = True
    assert first(get)["consignments"] == [plain]
    answer = get(f"/v2/orders/{key}/consignments", include="consignments.line_items")
    assert answer.json() == [plain]


def test_warning_position(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order(lines=51)

    def places() -> list[bool]:
        order = first(get)
        (shipping,) = order["consignments"]["shipping"]
        return ["__warning__" in part for part in (shipping, order["consignments"], order)]

    assert places() == [True, False, False]
    sandbox.faults.warning_position = "consignments"
    assert places() == [False, True, False]
    sandbox.faults.warning_position = "order"
    assert places() == [False, False, True]


def test_empty_line_items(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    one, two = shop.add_order(lines=3), shop.add_order(lines=60)
    sandbox.faults.empty_line_items = {one}
    orders = get("/v2/orders", **FULL).json()
    counts = [len(order["consignments"]["shipping"][0]["line_items"]) for order in orders]
    assert counts == [0, 50]
    assert orders[0]["items_total"] == 3
    assert len(get(f"/v2/orders/{one}/products").json()) == 3
    sandbox.faults.empty_line_items = True
    (shipping,) = get(f"/v2/orders/{two}", **FULL).json()["consignments"]["shipping"]
    assert shipping["line_items"] == []
    assert "__warning__" not in shipping


def test_dict_line_items(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order(
        lines=[shop.line(), shop.line(type="digital"), shop.line(type="giftcertificate")]
    )
    sandbox.faults.dict_line_items = True
    found = first(get)["consignments"]
    assert found["downloads"][0]["line_items"]["type"] == "digital"
    assert found["email"]["gift_certificates"][0]["line_items"]["type"] == "giftcertificate"
    assert isinstance(found["shipping"][0]["line_items"], list)


def test_empty_list_as_200(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.empty_list_as_200 = True
    response = get("/v2/orders")
    assert (response.status_code, response.text) == (200, "[]")


def test_unauthorized_as(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stores/sandbox1/v2/time"
    sandbox.faults.unauthorized_as = "json"
    assert requests.get(url, timeout=10).json()["status"] == 401
    sandbox.faults.unauthorized_as = "text"
    answer = requests.get(url, headers={"X-Auth-Token": "wrong"}, timeout=10)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_odd_types(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    key = shop.add_order(lines=[shop.line(price="12.34")])
    faults = sandbox.faults
    faults.money_as_number, faults.credit_card_type_object = True, True
    faults.form_fields_as = "string"
    order = first(get)
    assert order["subtotal_ex_tax"] == 12.34
    assert order["consignments"]["shipping"][0]["line_items"][0]["price_ex_tax"] == 12.34
    assert get(f"/v2/orders/{key}/products").json()[0]["total_ex_tax"] == 12.34
    assert order["ebay_order_id"] == "0"
    assert order["credit_card_type"] == {}
    assert order["billing_address"]["form_fields"] == ""
    faults.form_fields_as = "array_value"
    assert isinstance(first(get)["billing_address"]["form_fields"][0]["value"], list)
    sandbox.faults = Faults()
    assert first(get)["subtotal_ex_tax"] == "12.3400"
    assert first(get)["billing_address"]["form_fields"] == []


def test_ignored_fields(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    query = {"max_date_modified": "2026-01-01T00:00:00Z"}
    assert get("/v2/orders", **query).status_code == 204
    sandbox.faults.ignored = ("max_date_modified",)
    assert get("/v2/orders", **query).status_code == 200


def test_list_archived(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.archive(shop.add_order())
    key = shop.add_order()
    shop.leave_out(key, "is_deleted")
    assert len(get("/v2/orders").json()) == 2
    sandbox.faults.list_archived = False
    assert [order["id"] for order in get("/v2/orders").json()] == [key]


# Failures


@pytest.mark.parametrize(
    ("kind", "status", "form"),
    [
        ("500_html", 500, "text/html"),
        ("502_html", 502, "text/html"),
        ("503_html", 503, "text/html"),
        ("503_json", 503, "application/json"),
        ("504", 504, "text/html"),
        ("429", 429, "application/json"),
        ("429_bare", 429, "application/json"),
    ],
)
def test_failed_answers(kind: str, status: int, form: str, get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.script = [kind, None]
    response = get("/v2/time")
    assert response.status_code == status
    assert response.headers["Content-Type"].startswith(form)
    assert get("/v2/time").status_code == 200
    assert [request.fault for request in sandbox.requests] == [kind, None]
    assert [request.status for request in sandbox.requests] == [status, 200]


def test_429_says_when_to_come_back_unless_bare(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.script = ["429", "429_bare", Fault("429", reset_ms=1500)]
    quick, bare, slow = (get("/v2/time").headers for _ in range(3))
    assert quick["X-Rate-Limit-Time-Reset-Ms"] == "50"
    assert quick["X-Rate-Limit-Requests-Left"] == "0"
    assert not [name for name in bare if name.lower().startswith("x-rate-limit")]
    assert slow["X-Rate-Limit-Time-Reset-Ms"] == "1500"


def test_a_suspended_store_says_so_unlike_a_busy_one(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.script = ["503_json"]
    assert "suspended" not in get("/v2/time").json()["title"]


def test_cut_json(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    sandbox.faults.script = ["cut_json"]
    response = get("/v2/orders")
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)


BROKEN = {
    "reset": (requests.ConnectionError, "reset by peer"),
    "empty": (requests.ConnectionError, "without response"),
    "reset_midway": (requests.exceptions.ChunkedEncodingError, "reset by peer"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_connections(kind: str, get: Get, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    error, text = BROKEN[kind]
    for _ in range(3):
        sandbox.faults.script = [kind]
        with pytest.raises(error, match=text):
            get("/v2/orders")
        assert get("/v2/orders").status_code == 200


def test_a_reset_midway_sends_the_headers(sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    sandbox.faults.script = ["reset_midway"]
    url = f"{sandbox.url}/stores/sandbox1/v2/orders"
    headers = {"X-Auth-Token": sandbox.token}
    with requests.get(url, headers=headers, stream=True, timeout=10) as response:
        assert response.status_code == 200
        received = bytearray()
        with suppress(requests.RequestException):
            for chunk in response.iter_content(64):
                received += chunk
    assert 0 < len(received) < int(response.headers["Content-Length"])


def test_slow_answers(get: Get, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.faults.script = ["slow", Fault("slow", seconds=0.05)]
    sandbox.faults.slow_seconds = 0.1
    for _ in range(2):
        assert get("/v2/time").status_code == 200
    assert waits == [0.1, 0.05]


def outcomes(get: Get, sandbox: Sandbox, count: int) -> list[str | None]:
    sandbox.clear()
    for _ in range(count):
        with suppress(requests.RequestException):
            get("/v2/time")
    return [request.fault for request in sandbox.requests]


def test_random_failures_are_repeatable(get: Get, sandbox: Sandbox) -> None:
    kinds = ("500_html", "reset", "429")
    found = []
    for seed in (1, 1, 2):
        sandbox.faults = Faults(rate=0.3, kinds=kinds, seed=seed)
        found.append(outcomes(get, sandbox, 60))
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert set(found[0]) == {None, *kinds}
    assert 5 < sum(fault is not None for fault in found[0]) < 35


def test_only_some_paths_fail(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.only = "/v2/orders"
    sandbox.faults.script = ["500_html"]
    assert get("/v2/time").status_code == 200
    assert get("/v2/orders").status_code == 500
    sandbox.faults.rate = 1.0
    sandbox.faults.kinds = ("502_html",)
    assert get("/v2/time").status_code == 200
    assert get("/v2/orders").status_code == 502


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="418"):
        Fault("418")
    # At random only what passes, and soon.
    assert set(KINDS) - set(Faults().kinds) == {"slow", "400", "404", "413", "422"}
