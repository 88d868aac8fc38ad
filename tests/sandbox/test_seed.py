"""The invented shop: its numbers, its amounts, and that it is always the same."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tap_bigcommerce_carts.sandbox import Shop


def test_the_numbers_are_as_asked(seeded: Shop, now: datetime) -> None:
    statuses = Counter(order["status_id"] for order in seeded.orders.values())
    assert statuses[0] == 1500
    assert statuses.total() == 2100
    assert len(seeded.customers) == 700
    carts = [key for key, order in seeded.orders.items() if order["status_id"] == 0]
    assert all(seeded.modified(key) < now - timedelta(hours=1) for key in carts)
    assert min(map(seeded.modified, carts)) > now - timedelta(days=92)


def test_the_shop_is_as_mixed_as_a_real_one(seeded: Shop) -> None:
    orders = list(seeded.orders.values())
    guests = sum(order["customer_id"] == 0 for order in orders)
    assert 0.4 < guests / len(orders) < 0.6
    assert {order["channel_id"] for order in orders} == {1, 2, 1017}
    assert {x["currency_code"] for x in orders} == {"EUR", "USD", "GBP", "SEK", "JPY"}
    assert {x["store_default_currency_code"] for x in orders} == {"EUR"}
    carts = Counter(order["cart_id"] for order in orders)
    assert max(carts.values()) > 1, "some carts were paid with another order"
    assert any(len(seeded.lines(key)) > 50 for key in seeded.orders)


def test_yen_have_no_decimals(seeded: Shop) -> None:
    yen = [x for x in seeded.orders.values() if x["default_currency_code"] == "JPY"]
    assert yen
    assert all(order["total_inc_tax"].endswith(".0000") for order in yen)


def amount(document: dict[str, Any], name: str) -> Decimal:
    text = document[name]
    assert isinstance(text, str)
    assert len(text.partition(".")[2]) == 4
    return Decimal(text)


def assert_adds_up(order: dict[str, Any], lines: list[dict[str, Any]]) -> None:
    """The sums that `sandbox.documents` promises."""
    for line in lines:
        assert amount(line, "price_ex_tax") + amount(line, "price_tax") == amount(
            line, "price_inc_tax"
        )
        for kind in ("ex_tax", "inc_tax", "tax"):
            each = amount(line, f"price_{kind}") * line["quantity"]
            assert each == amount(line, f"total_{kind}")
        off = sum(Decimal(x["amount"]) for x in line["applied_discounts"])
        assert amount(line, "discounted_total_inc_tax") == amount(line, "total_inc_tax") - off
    discounts = sum(Decimal(x["amount"]) for line in lines for x in line["applied_discounts"])
    off = amount(order, "discount_amount") + amount(order, "coupon_discount")
    assert off == discounts
    for kind, less in (("ex_tax", off), ("inc_tax", off), ("tax", 0)):
        subtotal = sum(amount(line, f"total_{kind}") for line in lines)
        assert amount(order, f"subtotal_{kind}") == subtotal
        shipping = amount(order, f"shipping_cost_{kind}")
        assert amount(order, f"total_{kind}") == subtotal + shipping - less
    assert amount(order, "total_ex_tax") + amount(order, "total_tax") == amount(
        order, "total_inc_tax"
    )
    assert order["items_total"] == sum(line["quantity"] for line in lines)


def test_totals_add_up(seeded: Shop) -> None:
    for order_id, order in seeded.orders.items():
        assert_adds_up(order, seeded.lines(order_id))


def test_totals_still_add_up_after_changes(now: datetime) -> None:
    shop = Shop.seeded(carts=120, placed=0, clock=lambda: now)
    for order_id in shop.orders:
        for _ in range(3):
            shop.edit_cart(order_id)
        assert_adds_up(shop.orders[order_id], shop.lines(order_id))


def everything(shop: Shop) -> list[Any]:
    orders = [(order, shop.lines(key)) for key, order in shop.orders.items()]
    return [orders, list(shop.customers.values())]


def test_the_same_seed_gives_the_same_shop(now: datetime) -> None:
    def build(seed: int) -> Shop:
        shop = Shop.seeded(carts=50, seed=seed, clock=lambda: now)
        shop.live(recover=3, new=4, edit=5)
        return shop

    assert everything(build(7)) == everything(build(7))
    assert everything(build(7)) != everything(build(8))


def test_the_order_in_which_orders_are_read_does_not_matter(now: datetime) -> None:
    one, two = (Shop.seeded(carts=20, placed=5, clock=lambda: now) for _ in range(2))
    for key in reversed(list(two.orders)):
        two.lines(key)
    assert everything(one) == everything(two)


@pytest.mark.parametrize("carts", [0, 1])
def test_the_smallest_shops(carts: int, now: datetime) -> None:
    shop = Shop.seeded(carts=carts, clock=lambda: now)
    assert len(shop.orders) == 3 * carts
    assert shop.live(recover=1, edit=1) == {"recover": carts, "new": 0, "edit": 0}


def test_dates_are_in_order(seeded: Shop) -> None:
    for key, order in seeded.orders.items():
        modified = parsedate_to_datetime(order["date_modified"])
        assert modified == seeded.modified(key)
        assert modified.tzinfo is UTC or modified.utcoffset() == timedelta(0)
        assert parsedate_to_datetime(order["date_created"]) < modified


def test_a_large_shop_opens(now: datetime) -> None:
    shop = Shop.seeded(carts=20_000, placed=0, clock=lambda: now)
    assert len(shop.orders) == 20_000
