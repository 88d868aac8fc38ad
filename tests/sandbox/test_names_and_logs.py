"""Channels, their sites, customer groups and the store's log: filters, pages, refusals."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import NOON

Get = Callable[..., requests.Response]

LOG = "/v3/store/systemlogs"


def ids(answer: requests.Response) -> list[int]:
    rows = answer.json()
    return [row["id"] for row in (rows["data"] if isinstance(rows, dict) else rows)]


def test_a_site_and_its_routes_are_found_by_channel_and_by_kind(get: Get) -> None:
    (site,) = ids(get("/v3/sites", **{"channel_id:in": "1017"}))
    (route,) = get(f"/v3/sites/{site}/routes", type="recover_abandoned_cart").json()["data"]
    assert route["route"] == "/recover-abandoned-cart"
    assert get("/v3/sites/1/routes").status_code == 404
    assert get("/v3/channels/77/site").status_code == 404


def test_groups_by_name_and_none(shop: Shop, get: Get) -> None:
    assert ids(get("/v2/customer_groups", name="Wholesale")) == [2]
    shop.names.groups.clear()
    assert get("/v2/customer_groups").status_code == 204


def test_the_log_is_filtered_sorted_and_paged(shop: Shop, get: Get) -> None:
    for hours in range(60, 0, -1):
        shop.log.add(NOON - timedelta(hours=hours), "tax" if hours % 2 else "shipping")
    assert ids(get(LOG)) == list(range(1, 51))
    newest = {"sort": "date_created", "direction": "desc"}
    assert ids(get(LOG, **newest, limit=50, page=2)) == list(range(10, 0, -1))
    assert ids(get(LOG, type="tax", limit=2)) == [2, 4]
    assert ids(get(LOG, **{"type:not": "tax", "limit": "2"})) == [1, 3]
    assert ids(get(LOG, severity=4, limit=1)) == [2]
    assert ids(get(LOG, **{"id:in": "3,7,99"})) == [3, 7]


def test_the_log_forgets_after_a_year(shop: Shop, get: Get) -> None:
    for days in (366, 364):
        shop.log.add(NOON - timedelta(days=days))
    assert ids(get(LOG)) == [2]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (LOG, {"limit": 51}),
        (LOG, {"sort": "id"}),
        (LOG, {"direction": "down"}),
        (LOG, {"type": "sales"}),
        (LOG, {"date_created:min": "2026-03-01"}),
        ("/v3/sites", {"url": "https://channel-1.example.com/"}),
        ("/v3/sites/1002/routes", {"matching": "*"}),
    ],
)
def test_what_is_not_documented_is_refused(get: Get, path: str, query: dict[str, Any]) -> None:
    assert get(path, **query).status_code == 422


def test_v2_refuses_an_unknown_filter_in_its_own_way(get: Get) -> None:
    assert get("/v2/customer_groups", colour="blue").status_code == 400


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (LOG, "store_logs_read_only"),
        ("/v3/sites", "store_sites_read_only"),
        ("/v3/channels/1/site", "store_sites_read_only"),
        ("/v2/customer_groups", "store_v2_customers_read_only"),
    ],
)
def test_each_needs_its_scope(sandbox: Sandbox, get: Get, path: str, scope: str) -> None:
    assert get(path).status_code == 200
    sandbox.scopes -= {scope}
    assert get(path).status_code == 403
