"""Customers: both ways of paging, filters, includes and refusals; settings and e-mails."""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

Get = Callable[..., requests.Response]


@pytest.fixture
def ids(shop: Shop, now: datetime) -> list[int]:
    """Five customers; the first is the one modified last."""
    return [
        shop.add_customer(
            modified=now - timedelta(hours=n),
            customer_group_id=n % 2,
            last_name=f"Name{n}",
            first_name="Ada",
        )
        for n in range(5)
    ]


def keys(answer: dict[str, Any]) -> list[int]:
    return [customer["id"] for customer in answer["data"]]


def test_pages_by_number(get: Get, ids: list[int]) -> None:
    first, second, third, past = (
        get("/v3/customers", limit=2, page=page).json() for page in (1, 2, 3, 4)
    )
    assert keys(first) + keys(second) + keys(third) == ids
    assert set(first["meta"]) == {"pagination", "cursor_pagination"}
    assert set(second["meta"]) == {"pagination"}
    assert past["data"] == []
    pagination = second["meta"]["pagination"]
    assert pagination["links"] == {
        "previous": "?page=1&limit=2",
        "current": "?page=2&limit=2",
        "next": "?page=3&limit=2",
    }
    assert (pagination["total"], pagination["total_pages"], pagination["count"]) == (5, 3, 2)


def test_pages_by_cursor(get: Get, ids: list[int]) -> None:
    answer = get("/v3/customers", limit=2).json()
    found = keys(answer)
    while cursor := answer["meta"]["cursor_pagination"]["end_cursor"]:
        answer = get("/v3/customers", limit=2, after=cursor, page=7).json()
        assert set(answer["meta"]) == {"cursor_pagination"}
        found += keys(answer)
    assert found == ids
    assert answer["data"] == []


def test_cursors_go_back_too(get: Get, ids: list[int]) -> None:
    first = get("/v3/customers", limit=2).json()["meta"]["cursor_pagination"]
    second = get("/v3/customers", limit=2, after=first["end_cursor"]).json()
    start = second["meta"]["cursor_pagination"]["start_cursor"]
    assert keys(get("/v3/customers", limit=2, before=start).json()) == ids[:2]
    assert urlsafe_b64decode(start + "==") == f'{{"id":{ids[2]}}}'.encode()


def test_the_last_cursor_page_has_no_next_link(get: Get, ids: list[int]) -> None:
    first = get("/v3/customers", limit=5).json()["meta"]["cursor_pagination"]
    assert first["links"] == {}
    assert first["count"] == len(ids)


def test_a_cursor_keeps_the_filters(get: Get, ids: list[int]) -> None:
    query = {"limit": 1, "date_modified:max": "2026-03-03T10:00:00Z"}
    first = get("/v3/customers", **query).json()
    assert keys(first) == [ids[2]]
    cursor = first["meta"]["cursor_pagination"]["end_cursor"]
    assert keys(get("/v3/customers", after=cursor, **query).json()) == [ids[3]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"date_modified:min": "2026-03-03T10:00:00+00:00"}, [0, 1, 2]),
        ({"date_modified:max": "2026-03-03T10:00:00"}, [2, 3, 4]),
        ({"date_modified:min": "2026-03-03"}, [0, 1, 2, 3, 4]),
        ({"date_modified": "2026-03-03T11:00:00Z"}, [1]),
        ({"date_created": "2026-03-03T11:00:00Z"}, [1]),
        ({"date_created:min": "2026-03-03T11:00:00Z"}, [0, 1]),
        ({"id:in": "1,3,99"}, [0, 2]),
        ({"email:in": "customer2@example.com,nobody@example.com"}, [1]),
        ({"customer_group_id:in": "1"}, [1, 3]),
        ({"name:in": "Ada Name4"}, [4]),
        ({"name:like": "name"}, [0, 1, 2, 3, 4]),
        ({"sort": "date_modified:asc"}, [4, 3, 2, 1, 0]),
        ({"sort": "last_name:desc"}, [4, 3, 2, 1, 0]),
        ({"sort": "date_created:desc"}, [0, 1, 2, 3, 4]),
    ],
)
def test_filters_and_sorting(
    query: dict[str, Any], expected: list[int], get: Get, ids: list[int]
) -> None:
    assert keys(get("/v3/customers", **query).json()) == [ids[n] for n in expected]


@pytest.mark.parametrize(
    "query",
    [
        {"min_date_modified": "2026-03-03T10:00:00Z"},
        {"status_id": 0},
        {"limit": 251},
        {"limit": 0},
        {"page": "x"},
        {"date_modified:min": "yesterday"},
        {"date_modified:min": "2026-03-03T10%3A00%3A00Z"},
        {"sort": "id"},
        {"include": "orders"},
        {"after": "???"},
    ],
)
def test_bad_queries_are_422(query: dict[str, Any], get: Get) -> None:
    response = get("/v3/customers", **query)
    assert response.status_code == 422
    assert response.headers["Content-Type"].startswith("application/problem+json")
    error = response.json()
    assert error["status"] == 422
    assert list(error["errors"]) == list(query)


def test_parts_come_only_with_an_include(get: Get, shop: Shop) -> None:
    shop.add_customer(addresses=12)
    (plain,) = get("/v3/customers").json()["data"]
    assert not {"addresses", "attributes", "form_fields", "store_credit_amounts"} & set(plain)
    assert plain["address_count"] == 12
    (full,) = get("/v3/customers", include="addresses,formfields").json()["data"]
    assert len(full["addresses"]) == 10
    assert full["form_fields"] == []
    assert "attributes" not in full


def test_addresses_have_a_list_of_their_own(get: Get, shop: Shop) -> None:
    one, two = shop.add_customer(addresses=12), shop.add_customer(addresses=1)
    path = "/v3/customers/addresses"
    assert get(path).json()["meta"]["pagination"]["total"] == 13
    found = get(path, **{"customer_id:in": str(one)}).json()["data"]
    assert {address["customer_id"] for address in found} == {one}
    assert len(found) == 12
    assert len(get(path, **{"customer_id:in": str(two)}).json()["data"]) == 1
    assert get(path, before="x").status_code == 422


def test_no_customers(get: Get) -> None:
    answer = get("/v3/customers").json()
    assert answer["data"] == []
    assert answer["meta"]["pagination"]["total"] == 0
    assert answer["meta"]["cursor_pagination"]["end_cursor"] is None


def test_channels_inherit_settings(get: Get) -> None:
    path = "/v3/abandoned-carts/settings"
    store = get(path).json()
    assert store["data"]["enable_notification"] is True
    assert store["meta"] == {}
    outlet = get(f"{path}/channels/2").json()["data"]
    assert outlet["enable_notification"] is False
    assert outlet["merchant_email_address"] is None
    assert get(f"{path}/channels/5").status_code == 404


def test_cart_emails(get: Get) -> None:
    path = "/v3/marketing/abandoned-cart-emails"
    steps = get(path).json()["data"]
    assert [step["notify_at_minutes"] for step in steps] == [60, 1440, 4320]
    assert get(path, channel_id=1).json()["data"] == steps
    assert [x["id"] for x in get(path, channel_id=1017).json()["data"]] == [4]
    assert get(f"{path}/2").json()["data"] == steps[1]
    assert get(f"{path}/99").status_code == 404
    assert get(path, channel_id="x").status_code == 422
    assert set(get(f"{path}/default").json()) == {"subject", "body", "translations"}


def test_channels(get: Get) -> None:
    answer = get("/v3/channels", limit=2).json()
    assert [channel["id"] for channel in answer["data"]] == [1, 2]
    assert answer["meta"]["pagination"]["total"] == 3


def test_the_form_of_v3_errors(get: Get, sandbox: Sandbox) -> None:
    sandbox.faults.v3_errors_as = "array"
    assert get("/v3/customers", limit=251).json()["errors"] == ["is not valid"]
    sandbox.faults.v3_errors_as = "absent"
    assert "errors" not in get("/v3/customers", limit=251).json()


def test_a_store_without_cursors(get: Get, sandbox: Sandbox, ids: list[int]) -> None:
    sandbox.faults.customers_cursor = False
    answer = get("/v3/customers", limit=2).json()
    assert set(answer["meta"]) == {"pagination"}
    assert keys(answer) == ids[:2]
