"""What a shop's methods change, by hand and in bursts."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Shop

Get = Callable[..., requests.Response]


def test_an_order_is_served_with_what_was_given(shop: Shop, now: datetime) -> None:
    key = shop.add_order(
        external_id=42, items_total="2", modified=now - timedelta(days=1), lines=3, channel_id=2
    )
    order = shop.orders[key]
    assert (order["external_id"], order["items_total"], order["channel_id"]) == (42, "2", 2)
    assert order["date_modified"] == "Mon, 02 Mar 2026 12:00:00 +0000"
    assert len(shop.lines(key)) == 3


def test_lines_get_their_places(shop: Shop) -> None:
    gift = shop.line(type="giftcertificate", product_id=0)
    key = shop.add_order(lines=[shop.line(sku="A"), gift, shop.line(id=5, quantity=2)])
    lines = shop.lines(key)
    assert lines[2]["id"] == 5
    assert len({line["id"] for line in lines}) == 3
    assert {line["order_id"] for line in lines} == {key}
    assert shop.orders[key]["items_total"] == 4
    assert shop.orders[key]["subtotal_inc_tax"] == "48.0000"


def test_odd_lines_do_no_harm(shop: Shop) -> None:
    key = shop.add_order(lines=[shop.line(quantity="x", total_inc_tax=None, weight=0.2)])
    assert shop.lines(key)[0]["quantity"] == "x"


def test_an_id_can_be_chosen_once(shop: Shop) -> None:
    assert shop.add_order(id=4107) == 4107
    assert shop.add_order() == 4108
    with pytest.raises(ValueError, match="4107"):
        shop.add_order(id=4107)


def test_convert_keeps_the_id(shop: Shop, now: datetime) -> None:
    key = shop.add_order(modified=now - timedelta(days=1))
    shop.convert(key)
    order = shop.orders[key]
    assert (order["status_id"], order["status"]) == (11, "Awaiting Fulfillment")
    assert order["payment_status"] == "authorized"
    assert shop.modified(key) == now


def test_touch_archive_and_remove(shop: Shop, now: datetime) -> None:
    key = shop.add_order(modified=now - timedelta(days=1))
    shop.touch(key, now - timedelta(hours=2))
    assert shop.modified(key) == now - timedelta(hours=2)
    shop.archive(key)
    assert shop.orders[key]["is_deleted"] is True
    assert shop.modified(key) == now
    shop.remove(key)
    assert key not in shop.orders


def test_fields_can_be_left_out(shop: Shop, get: Get) -> None:
    key = shop.add_order()
    shop.leave_out(key, "is_deleted", "fees")
    assert "is_deleted" not in shop.orders[key]
    assert not {"is_deleted", "fees"} & set(get(f"/v2/orders/{key}").json())


def test_edit_cart_changes_lines_in_turn(shop: Shop) -> None:
    key = shop.add_order(lines=2)
    found = []
    for _ in range(3):
        shop.edit_cart(key)
        found.append([line["quantity"] for line in shop.lines(key)])
    assert found == [[1, 1, 1], [2, 1, 1], [2, 1]]
    assert shop.orders[key]["items_total"] == 3


def test_customers_can_be_touched(shop: Shop, now: datetime) -> None:
    key = shop.add_customer(modified=now - timedelta(days=9), phone=None)
    assert shop.customers[key]["date_modified"] == "2026-02-22T12:00:00Z"
    assert shop.customers[key]["phone"] is None
    shop.touch_customer(key)
    assert shop.customers[key]["date_modified"] == "2026-03-03T12:00:00Z"


def test_a_burst_is_found_by_an_incremental_read(now: datetime) -> None:
    shop = Shop.seeded(carts=200, placed=0, clock=lambda: now)
    for _ in range(3):
        before = {key: shop.modified(key) for key in shop.orders}
        last = max(moment for moment in before.values() if moment <= now - timedelta(hours=1))
        assert shop.live(recover=4, new=5, edit=6) == {"recover": 4, "new": 5, "edit": 6}
        moved = [key for key in shop.orders if shop.modified(key) != before.get(key)]
        carts = [key for key in moved if shop.orders[key]["status_id"] == 0]
        assert len(moved) == 15
        assert len(set(moved) - set(before)) == 5
        assert len(carts) == 11
        idle = [shop.modified(key) for key in carts]
        assert last < min(idle)
        assert max(idle) <= now - timedelta(minutes=61)
