"""Lists of orders: filters, sorting, pages and refusals."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

Get = Callable[..., requests.Response]


@pytest.fixture
def ids(shop: Shop, now: datetime) -> list[int]:
    """Five orders: each an hour younger than the one before, the last two of one second."""
    hours = (5, 4, 3, 2, 2)
    return [
        shop.add_order(
            status_id=0 if n % 2 == 0 else 11,
            modified=now - timedelta(hours=hours[n]),
            created=now - timedelta(days=9 - n),
            customer_id=n,
            channel_id=1 + n % 2,
            cart_id=f"cart-{n}",
            external_order_id=f"x{n}",
            payment_method="cash" if n == 3 else "",
            total_inc_tax=f"{n}.5000",
        )
        for n in range(5)
    ]


def listed(response: requests.Response) -> list[int]:
    assert response.status_code == 200, response.text
    return [order["id"] for order in response.json()]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"status_id": 0}, [0, 2, 4]),
        ({"min_date_modified": "2026-03-03T09:00:00+00:00"}, [2, 3, 4]),
        ({"max_date_modified": "2026-03-03T09:00:00Z"}, [0, 1, 2]),
        ({"max_date_modified": "2026-03-03T09:00:00.999Z"}, [0, 1, 2]),
        ({"min_date_modified": "Tue, 03 Mar 2026 10:00:00 +0100"}, [2, 3, 4]),
        (
            {"min_date_modified": "2026-03-03T08:00:00Z", "max_date_modified": "2026-03-03T08:00Z"},
            [1],
        ),
        ({"min_date_created": "2026-02-25T12:00:00Z"}, [3, 4]),
        ({"max_date_created": "2026-02-22T12:00:00Z"}, [0]),
        ({"customer_id": 3}, [3]),
        ({"channel_id": 2}, [1, 3]),
        ({"cart_id": "cart-2"}, [2]),
        ({"email": "CUSTOMER3@example.com"}, []),
        ({"email": "Customer3@example.org"}, [3]),
        ({"external_order_id": "x1"}, [1]),
        ({"payment_method": "cash"}, [3]),
        ({"min_total": "1.5", "max_total": "2.5"}, [1, 2]),
        ({"sort": "date_modified:desc"}, [3, 4, 2, 1, 0]),
        ({"sort": "date_modified"}, [0, 1, 2, 3, 4]),
        ({"sort": "id:desc"}, [4, 3, 2, 1, 0]),
        ({"sort": "status_id:desc"}, [1, 3, 0, 2, 4]),
        ({"sort": "channel_id:asc"}, [0, 2, 4, 1, 3]),
        ({"sort": "customer_id:desc", "max_date_modified": "2026-03-03T08:00:00Z"}, [1, 0]),
        ({"sort": "date_created:desc", "limit": 2, "page": 2}, [2, 1]),
        ({"sort": "external_id"}, [0, 1, 2, 3, 4]),
        ({"limit": 2, "page": 2}, [2, 3]),
        ({"limit": 2, "page": 2, "status_id": 0}, [4]),
        ({"limit": 2, "page": 2, "channel_id": 1}, [4]),
    ],
)
def test_filters_and_sorting(
    query: dict[str, Any], expected: list[int], get: Get, ids: list[int]
) -> None:
    response = get("/v2/orders", **query)
    found = [] if response.status_code == 204 else listed(response)
    assert found == [ids[n] for n in expected]


def test_bounds_on_ids_are_inclusive(get: Get, ids: list[int]) -> None:
    assert listed(get("/v2/orders", min_id=ids[1], max_id=ids[3])) == ids[1:4]
    found = get("/v2/orders", min_id=ids[1], sort="date_modified:asc", status_id=0)
    assert listed(found) == [ids[2], ids[4]]
    dated = get("/v2/orders", min_id=ids[1], min_date_modified="2026-03-03T10:00:00Z")
    assert listed(dated) == ids[3:]


def test_a_status_of_a_wrong_type_is_found(get: Get, shop: Shop, ids: list[int]) -> None:
    shop.set(ids[1], status_id="0")
    assert listed(get("/v2/orders", status_id=0)) == [ids[0], ids[1], ids[2], ids[4]]


@pytest.mark.usefixtures("ids")
def test_nothing_is_204_without_a_body(get: Get) -> None:
    for query in ({"status_id": 5}, {"page": 2}, {"min_id": 10**6}):
        response = get("/v2/orders", **query)
        assert (response.status_code, response.content) == (204, b"")


def test_pages_have_50_orders_unless_asked(get: Get, shop: Shop) -> None:
    for _ in range(51):
        shop.add_order()
    assert len(get("/v2/orders").json()) == 50
    assert len(get("/v2/orders", page=2).json()) == 1
    assert len(get("/v2/orders", limit=250).json()) == 51


def test_a_limit_over_250_is_413(get: Get) -> None:
    response = get("/v2/orders", limit=251)
    assert response.status_code == 413
    (error,) = response.json()
    assert error["status"] == 413
    assert error["details"] == {"max_limit": 250}


@pytest.mark.parametrize(
    "query",
    [
        {"unheard_of": 1},
        {"date_created": "2026-03-03T09:00:00Z"},
        {"is_deleted": "true"},
        {"date_modified:min": "2026-03-03T09:00:00Z"},
        {"min_date_modified": "2026-03-03"},
        {"min_date_modified": "2026-03-03T09:00:00"},
        {"min_date_modified": "03/03/2026"},
        {"min_date_modified": ""},
        {"status_id": "0,1"},
        {"status_id": ""},
        {"limit": 0},
        {"limit": "all"},
        {"page": 0},
        {"sort": "total"},
        {"sort": "id:up"},
        {"include": "products"},
        {"consignment_structure": "list"},
    ],
)
def test_bad_queries_are_400(query: dict[str, Any], get: Get) -> None:
    response = get("/v2/orders", **query)
    assert response.status_code == 400
    (error,) = response.json()
    assert error["status"] == 400
    assert error["message"]


def test_an_unknown_field_is_named(get: Get) -> None:
    (error,) = get("/v2/orders", unheard_of=1).json()
    assert error["message"] == "The field 'unheard_of' is not supported by this resource."


@pytest.fixture
def raw(sandbox: Sandbox) -> Iterator[Callable[[str], int]]:
    """Send a query string as it is, and return the status."""
    with requests.Session() as session:

        def send(query: str) -> int:
            prepared = session.prepare_request(
                requests.Request("GET", sandbox.url, headers={"X-Auth-Token": sandbox.token})
            )
            prepared.url = f"{sandbox.url}/stores/{sandbox.store_hash}/v2/orders?{query}"
            return session.send(prepared, timeout=10).status_code

        yield send


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("2026-03-03T09:00:00%2B00:00", 204),
        ("2026-03-03T09%3A00%3A00%2B00%3A00", 204),
        ("Tue,%2003%20Mar%202026%2009:00:00%20%2B0000", 204),
        ("Tue,+03+Mar+2026+09:00:00+%2B0000", 204),
        ("2026-03-03T09:00:00+00:00", 400),
        ("2026-03-03T09%253A00%253A00%252B00%253A00", 400),
    ],
)
def test_dates_are_decoded_exactly_once(value: str, status: int, raw: Callable[[str], int]) -> None:
    assert raw(f"min_date_modified={value}") == status


def test_one_order(get: Get, ids: list[int]) -> None:
    response = get(f"/v2/orders/{ids[2]}")
    assert response.json()["id"] == ids[2]
    missing = get("/v2/orders/999999")
    assert missing.status_code == 404
    assert missing.json() == [{"status": 404, "message": "The requested resource was not found."}]


def test_counts_follow_the_filters(get: Get, ids: list[int]) -> None:
    counts = get("/v2/orders/count").json()
    assert counts["count"] == 5
    by_status = {row["id"]: row["count"] for row in counts["statuses"]}
    assert by_status[0] == 3
    assert by_status[11] == 2
    assert get("/v2/orders/count", min_id=ids[4]).json()["count"] == 1


def test_products_are_paged(get: Get, shop: Shop) -> None:
    key = shop.add_order(lines=251)
    path = f"/v2/orders/{key}/products"
    assert len(get(path).json()) == 50
    pages = [get(path, limit=250, page=page) for page in (1, 2, 3)]
    assert [page.status_code for page in pages] == [200, 200, 204]
    found = [line["id"] for page in pages[:2] for line in page.json()]
    assert found == [line["id"] for line in shop.lines(key)]
    assert get(path, limit=251).status_code == 413
    assert get("/v2/orders/1/products").status_code == 404


def test_an_order_without_coupons_is_204(get: Get, ids: list[int]) -> None:
    assert get(f"/v2/orders/{ids[0]}/coupons").status_code == 204


def test_links_lead_back_to_the_sandbox(get: Get, sandbox: Sandbox, ids: list[int]) -> None:
    order = get(f"/v2/orders/{ids[0]}").json()
    for name in ("products", "shipping_addresses", "coupons", "fees", "consignments"):
        link = order[name]
        assert set(link) == {"url", "resource"}
        assert link["url"] == f"{sandbox.url}/stores/sandbox1/v2{link['resource']}"
    assert order["shipping_addresses"]["resource"] == f"/orders/{ids[0]}/shippingaddresses"


def test_a_change_shows_at_once(get: Get, shop: Shop, ids: list[int]) -> None:
    get("/v2/orders")
    shop.set(ids[0], staff_notes="called")
    assert get(f"/v2/orders/{ids[0]}").json()["staff_notes"] == "called"
    shop.remove(ids[0])
    assert listed(get("/v2/orders")) == ids[1:]
