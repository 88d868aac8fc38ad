"""Included consignments: their shapes, their lines, and the cut at fifty."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

Get = Callable[..., requests.Response]

FULL = {"include": "consignments.line_items", "consignment_structure": "object"}


@pytest.fixture
def mixed(shop: Shop) -> int:
    """An order with one line in every kind of consignment."""
    return shop.add_order(
        lines=[
            shop.line(sku="PARCEL"),
            shop.line(sku="ELSEWHERE", order_address_id=77),
            shop.line(sku="COUNTER", order_pickup_method_id=1),
            shop.line(sku="FILE", type="digital"),
            shop.line(sku="GIFT", type="giftcertificate"),
        ]
    )


def skus(consignments: list[dict[str, Any]]) -> list[list[str]]:
    return [[line["sku"] for line in one["line_items"]] for one in consignments]


def test_each_line_is_in_its_consignment(get: Get, mixed: int) -> None:
    for path in ("/v2/orders", f"/v2/orders/{mixed}"):
        answer = get(path, **FULL).json()
        order = answer[0] if isinstance(answer, list) else answer
        found = order["consignments"]
        assert skus(found["shipping"]) == [["PARCEL"], ["ELSEWHERE"]]
        assert skus(found["pickups"]) == [["COUNTER"]]
        assert skus(found["downloads"]) == [["FILE"]]
        assert skus(found["email"]["gift_certificates"]) == [["GIFT"]]
        for one in found["shipping"]:
            assert {line["order_address_id"] for line in one["line_items"]} == {one["id"]}
        assert order["shipping_address_count"] == 2


def test_without_the_structure_an_array_is_around_it(get: Get, mixed: int) -> None:
    new = get(f"/v2/orders/{mixed}", **FULL).json()["consignments"]
    old = get(f"/v2/orders/{mixed}", include="consignments.line_items").json()["consignments"]
    assert old == [new]


def test_without_line_items_there_are_links(get: Get, sandbox: Sandbox, mixed: int) -> None:
    query = {"include": "consignments", "consignment_structure": "object"}
    found = get(f"/v2/orders/{mixed}", **query).json()["consignments"]
    (link,) = found["pickups"][0]["line_items"]
    assert link["url"] == f"{sandbox.url}/stores/sandbox1/v2{link['resource']}"
    assert get(link["resource"].join(["/v2", ""])).status_code == 404, "not served here"


def test_fees_can_be_included(get: Get, mixed: int) -> None:
    order = get(f"/v2/orders/{mixed}", include="fees,consignments").json()
    assert order["fees"] == []
    assert isinstance(order["consignments"], list)


def test_the_consignments_route(get: Get, mixed: int) -> None:
    path = f"/v2/orders/{mixed}/consignments"
    included = get(f"/v2/orders/{mixed}", **FULL).json()["consignments"]
    assert get(path, include="consignments.line_items").json() == included
    assert get(path).json()["shipping"][0]["line_items"][0].keys() == {"url", "resource"}
    assert get("/v2/orders/1/consignments").status_code == 404


@pytest.mark.parametrize(("count", "cut"), [(49, False), (50, False), (51, True), (73, True)])
def test_lines_are_cut_at_fifty(count: int, cut: bool, get: Get, shop: Shop) -> None:  # noqa: FBT001 - a parameter of the test
    key = shop.add_order(lines=count)
    order = get(f"/v2/orders/{key}", **FULL).json()
    (one,) = order["consignments"]["shipping"]
    assert len(one["line_items"]) == min(count, 50)
    assert ("__warning__" in one) is cut
    assert order["items_total"] == count
    if cut:
        assert set(one["__warning__"]) == {"message"}


def test_amounts_of_consignments_are_numbers(get: Get, mixed: int, shop: Shop) -> None:
    shop.set(mixed, base_shipping_cost="9.5000", shipping_cost_ex_tax="9.5000")
    shop.set_lines(mixed, shop.lines(mixed))
    first, second = get(f"/v2/orders/{mixed}", **FULL).json()["consignments"]["shipping"]
    assert (first["base_cost"], first["cost_ex_tax"], first["cost_tax"]) == (9.5, 9.5, 0)
    assert second["base_cost"] == 0


def test_consignments_set_by_hand_are_served_as_they_are(get: Get, mixed: int, shop: Shop) -> None:
    shop.set(mixed, consignments=None)
    assert get(f"/v2/orders/{mixed}", **FULL).json()["consignments"] is None
