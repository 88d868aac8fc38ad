"""The server itself: what it records, its hooks, control by other processes, and its end."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Fault, Request, Sandbox, Shop

Get = Callable[..., requests.Response]


def test_requests_are_recorded_as_sent(get: Get, sandbox: Sandbox) -> None:
    get("/v2/orders", min_date_modified="2026-03-03T09:00:00+00:00", limit=20)
    get("/v2/orders/7/products", headers={"Accept": "application/json"})
    get("/v2/nothing")
    one, two, three = sandbox.requests
    assert one.number == 1
    assert one.method == "GET"
    assert one.path == "/stores/sandbox1/v2/orders"
    assert one.target.endswith("?min_date_modified=2026-03-03T09%3A00%3A00%2B00%3A00&limit=20")
    assert one.query == {"min_date_modified": "2026-03-03T09:00:00+00:00", "limit": "20"}
    assert (one.limit, two.limit) == (20, None)
    assert (one.token_ok, one.in_flight, one.fault) == (True, 1, None)
    assert [request.status for request in (one, two, three)] == [204, 404, 404]
    assert (two.route, three.route) == ("/v2/orders/{id}/products", "")
    assert two.headers["Accept"] == "application/json"
    assert sandbox.token not in repr(sandbox.requests)
    sandbox.clear()
    assert sandbox.requests == []
    get("/v2/time")
    assert sandbox.requests[0].number == 1


def test_requests_in_flight_are_counted(get: Get, sandbox: Sandbox) -> None:
    sandbox.latency = 0.05
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: get("/v2/time").status_code, range(4)))
    assert statuses == [200] * 4
    assert sorted(request.in_flight for request in sandbox.requests) == [1, 2, 3, 4]


def test_a_hook_can_change_the_shop_between_pages(
    get: Get, sandbox: Sandbox, shop: Shop, now: datetime
) -> None:
    keys = [shop.add_order() for _ in range(4)]
    seen: list[int] = []

    def hook(number: int, request: Request) -> str | Fault | None:
        seen.append(number)
        assert request.query["limit"] == "2"
        if number == 2:
            shop.remove(keys[0])
        planned: dict[int, str | Fault] = {3: "500_html", 4: Fault("slow", seconds=0.0)}
        return planned.get(number)

    sandbox.before(hook)
    pages = [get("/v2/orders", limit=2, page=page) for page in (1, 2, 2, 2)]
    assert [page.status_code for page in pages] == [200, 200, 500, 200]
    assert [order["id"] for order in pages[1].json()] == keys[3:]
    assert seen == [1, 2, 3, 4]
    sandbox.before(None)
    assert get("/v2/orders").status_code == 200
    assert shop.modified(keys[1]) == now


def test_an_error_in_a_hook_is_not_lost(shop: Shop) -> None:
    def hook(number: int, request: Request) -> None:
        raise AssertionError(f"{number} {request.method}")

    sandbox = Sandbox(shop)
    sandbox.before(hook)
    with pytest.raises(AssertionError, match="1 GET"), sandbox:
        requests.get(f"{sandbox.url}/stores/sandbox1/v2/time", timeout=10)


def test_latency(get: Get, sandbox: Sandbox, waits: list[float]) -> None:
    sandbox.latency = 0.05
    get("/v2/time")
    assert waits == [0.05]


def test_control_by_other_processes(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    for _ in range(3):
        shop.add_order(modified=datetime.fromisoformat("2026-03-01T00:00:00Z"))
    control = f"{sandbox.url}/_sandbox"
    assert requests.get(f"{control}/health", timeout=10).json() == {"ok": True, "orders": 3}
    burst = {"recover": 1, "new": 2, "edit": 1}
    assert requests.post(f"{control}/live", json=burst, timeout=10).json() == burst
    assert len(shop.orders) == 5
    switches = {"rate": 1.0, "kinds": ["500_html"]}
    assert requests.post(f"{control}/faults", json=switches, timeout=10).status_code == 200
    assert get("/v2/time").status_code == 500
    requests.post(f"{control}/faults", json={"rate": 0}, timeout=10)
    get("/v2/time")
    counts = requests.get(f"{control}/requests", timeout=10).json()
    assert counts == {"none": {"500": 1}, "/v2/time": {"200": 1}}
    assert len(sandbox.requests) == 2


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults", b'{"rat": 1}', 400),
        ("faults", b'{"_numbers": 1}', 400),
        ("live", b'{"old": 1}', 400),
        ("live", b"{", 400),
        ("latency", b"{}", 400),
        ("latency", b'{"seconds": 60}', 400),
        ("nothing", b"", 404),
    ],
)
def test_bad_control_requests(path: str, body: bytes, status: int, sandbox: Sandbox) -> None:
    response = requests.post(f"{sandbox.url}/_sandbox/{path}", data=body, timeout=10)
    assert response.status_code == status
    assert "error" in response.json()


def test_it_ends_while_a_request_waits(shop: Shop) -> None:
    before = threading.active_count()
    with Sandbox(shop) as sandbox, ThreadPoolExecutor(1) as pool:
        sandbox.faults.script = [Fault("slow", seconds=30)]
        url = f"{sandbox.url}/stores/sandbox1/v2/time"
        waiting = pool.submit(requests.get, url, timeout=20)
        while not sandbox.requests:
            pass
        sandbox.stop()
        # The answer would come after 30 seconds, and the request would wait for 20.
        with pytest.raises(requests.ConnectionError):
            waiting.result()
    assert threading.active_count() == before


def test_it_starts_and_stops_many_times(shop: Shop) -> None:
    for _ in range(20):
        with Sandbox(shop) as sandbox:
            assert requests.get(f"{sandbox.url}/_sandbox/health", timeout=10).ok


def test_a_shop_may_be_read_and_changed_while_it_is_served(now: datetime) -> None:
    shop = Shop.seeded(carts=300, placed=0, clock=lambda: now)
    with Sandbox(shop) as sandbox, requests.Session() as session, ThreadPoolExecutor(2) as pool:
        session.headers["X-Auth-Token"] = sandbox.token
        url = f"{sandbox.url}/stores/sandbox1/v2/orders"
        changes = [pool.submit(shop.live, recover=1, new=1, edit=1) for _ in range(30)]
        reads = [pool.submit(lambda: len(list(shop.orders.values()))) for _ in range(3)]
        for _ in range(10):
            assert session.get(url, params={"limit": 250}, timeout=10).status_code == 200
        assert [change.result()["new"] for change in changes] == [1] * 30
        assert min(read.result() for read in reads) >= 300
    assert len(shop.orders) == 330
