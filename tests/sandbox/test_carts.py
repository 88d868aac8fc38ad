"""Living carts: how they are served, what happens to them, and what is told of it."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop import CHANNELS
from tap_bigcommerce_carts.sandbox.shop.cart import (
    Line,
    custom_item,
    from_catalogue,
    gift_certificate,
)
from tap_bigcommerce_carts.sandbox.shop.catalog import catalog, product
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tests.support.harness import Clock

Get = Callable[..., requests.Response]
Event = tuple[str, dict[str, Any], int]

OPTIONS = "line_items.physical_items.options,line_items.digital_items.options"
BUNDLE = 401


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(clock: Clock) -> Shop:
    """An empty shop, whose clock a test can move."""
    return Shop(clock=clock)


@pytest.fixture
def told(shop: Shop) -> list[Event]:
    """What was told of carts."""
    events: list[Event] = []
    shop.carts.listeners.append(lambda *event: events.append(event))
    return events


def socks() -> list[Line]:
    return from_catalogue(catalog()[0], catalog()[0].variants[0], STORE, 2)


def names(told: list[Event]) -> list[str]:
    """What was told, without `store/cart/`; the list is empty afterwards."""
    found = [scope.removeprefix("store/cart/") for scope, _, _ in told]
    told.clear()
    return found


def served(get: Get, cart_id: str, **query: str) -> dict[str, Any]:
    answer = get(f"/v3/carts/{cart_id}", **query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["meta"] == {}
    data: dict[str, Any] = answer.json()["data"]
    return data


# How a cart is served


def test_a_cart_with_every_kind_of_line(get: Get, shop: Shop) -> None:
    digital = next(item for item in catalog() if item.type == "digital")
    cart_id = shop.carts.fill(
        [
            *socks(),
            *from_catalogue(digital, digital.variants[0], STORE),
            *gift_certificate(25, STORE),
            *custom_item("Engraving", 3, STORE),
        ],
        channel_id=2,
    )
    cart = served(get, cart_id)
    assert (cart["id"], cart["customer_id"], cart["channel_id"], cart["email"]) == (
        cart_id,
        0,
        2,
        "",
    )
    assert cart["created_time"] == cart["updated_time"] == "2026-03-03T12:00:00+00:00"
    assert (cart["version"], cart["coupons"], cart["tax_included"]) == (1, [], False)
    items = cart["line_items"]
    (physical,), (download,) = items["physical_items"], items["digital_items"]
    (gift,), (custom,) = items["gift_certificates"], items["custom_items"]
    assert (physical["product_id"], physical["quantity"]) == (101, 2)
    assert physical["extended_list_price"] == 2 * physical["list_price"]
    assert (physical["parent_id"], physical["gift_wrapping"]) == (None, None)
    assert (physical["is_require_shipping"], download["is_require_shipping"]) == (True, False)
    assert (gift["amount"], custom["list_price"], custom["name"]) == (25, 3, "Engraving")
    amounts = [x["extended_list_price"] for x in (physical, download, custom)]
    assert cart["base_amount"] == cart["cart_amount"] == pytest.approx(sum(amounts) + 25)
    assert not isinstance(cart["base_amount"], str)


def test_options_need_an_include(get: Get, shop: Shop) -> None:
    cart_id = shop.carts.fill(socks())
    assert "options" not in served(get, cart_id)["line_items"]["physical_items"][0]
    (line,) = served(get, cart_id, include=OPTIONS)["line_items"]["physical_items"]
    assert line["options"] == [
        {"name": "Size", "nameId": 101, "value": "S", "valueId": 61},
        {"name": "Colour", "nameId": 102, "value": "Red", "valueId": 62},
    ]
    digital_only = served(get, cart_id, include="line_items.digital_items.options")
    assert "options" not in digital_only["line_items"]["physical_items"][0]
    assert get(f"/v3/carts/{cart_id}", include="redirect_urls").status_code == 422


def test_a_bundle_comes_with_its_parts(get: Get, shop: Shop, told: list[Event]) -> None:
    bundle = product(BUNDLE)
    cart_id = shop.carts.fill(from_catalogue(bundle, bundle.variants[0], STORE))
    whole, *parts = served(get, cart_id)["line_items"]["physical_items"]
    assert [part["parent_id"] for part in parts] == [whole["id"]] * 3
    assert [(part["list_price"], part["is_mutable"]) for part in parts] == [(0, False)] * 3
    shop.carts.change(cart_id, whole["id"], 2)
    lines = served(get, cart_id)["line_items"]["physical_items"]
    assert [line["quantity"] for line in lines] == [2] * 4
    (order_line, *rest) = shop.lines(shop.carts.reach_payment(cart_id))
    assert {x["parent_order_product_id"] for x in rest} == {order_line["id"]}
    told.clear()
    shop.carts.remove(cart_id, whole["id"])
    assert names(told) == ["lineItem/deleted"] * 4 + ["deleted", "updated"]


def test_there_is_no_list_of_carts(get: Get, shop: Shop) -> None:
    shop.carts.fill()
    answer = get("/v3/carts")
    assert (answer.status_code, answer.text) == (404, "The route is not found, check the URL")


def test_what_cannot_be_read_is_404(get: Get, shop: Shop, clock: Clock) -> None:
    assert get("/v3/carts/5b1f3a70-0c11-4d2e-9f52-2d7a3f1c0e88").status_code == 404
    placed, emptied, old = (shop.carts.fill() for _ in range(3))
    shop.carts.convert(placed)
    shop.carts.empty(emptied)
    assert get(f"/v3/carts/{placed}").status_code == 404
    assert get(f"/v3/carts/{emptied}").json()["status"] == 404
    clock.advance(days=29)
    shop.carts.type_email(old)
    clock.advance(days=29, hours=23)
    assert served(get, old.upper())["id"] == old
    clock.advance(hours=1)
    assert get(f"/v3/carts/{old}").status_code == 404
    assert [shop.carts.truth(x).status for x in (placed, emptied, old)] == [
        "converted",
        "deleted",
        "expired",
    ]
    with pytest.raises(LookupError, match=old):
        shop.carts.add(old)


def test_the_scopes(get: Get, sandbox: Sandbox, shop: Shop) -> None:
    cart_id = shop.carts.fill(at=shop.now() - timedelta(hours=2))
    cart, link = f"/v3/carts/{cart_id}", f"/v3/abandoned-carts/{shop.carts.abandon(cart_id)}"
    found = []
    for scopes in ({"store_cart"}, {"store_v2_information"}, {"store_v2_orders"}):
        sandbox.scopes = set(scopes)
        found.append((get(cart).status_code, get(link).status_code))
    assert found == [(200, 403), (403, 200), (403, 403)]


def test_a_token_tells_the_cart(get: Get, shop: Shop) -> None:
    cart_id = shop.carts.fill(at=shop.now() - timedelta(hours=2))
    token = shop.carts.abandon(cart_id)
    answer = get(f"/v3/abandoned-carts/{token}")
    assert answer.json() == {"data": {"cart_id": cart_id}, "meta": {}}
    dashed = "-".join((token[:8], token[8:12], token[12:16], token[16:20], token[20:]))
    assert get(f"/v3/abandoned-carts/{dashed}").json() == answer.json()
    shop.carts.empty(cart_id)
    for path, status in ((token, 404), ("0" * 32, 404), ("no-token", 422), ("settings", 200)):
        assert get(f"/v3/abandoned-carts/{path}").status_code == status
    assert sandbox_routes(get) == {"/v3/abandoned-carts/{token}", "/v3/abandoned-carts/settings"}


def sandbox_routes(get: Get) -> set[str]:
    """The routes that were matched."""
    base = get("/v2/nothing").url.partition("/stores/")[0]
    counts = requests.get(f"{base}/_sandbox/requests", timeout=10).json()
    return set(counts) - {"none"}


# What happens to carts


def test_what_is_told_of_each_change(shop: Shop, clock: Clock, told: list[Event]) -> None:
    carts = shop.carts
    cart_id = carts.fill([*socks(), *gift_certificate(25, STORE)])
    assert names(told) == ["created", "lineItem/created", "lineItem/created", "updated"]
    (line_id,) = carts.add(cart_id, custom_item("Engraving", 3, STORE))
    assert told[0] == (
        "store/cart/lineItem/created",
        {"type": "cart_line_item", "id": line_id, "cartId": cart_id},
        int(clock.now.timestamp()),
    )
    assert names(told) == ["lineItem/created", "updated"]
    carts.change(cart_id, line_id, 2)
    assert names(told) == ["lineItem/updated", "updated"]
    carts.remove(cart_id, line_id)
    assert names(told) == ["lineItem/deleted", "updated"]
    carts.type_email(cart_id, "kim@example.org")
    assert told == [("store/cart/updated", {"type": "cart", "id": cart_id}, 1_772_539_200)]
    assert names(told) == ["updated"]
    carts.apply_coupon(cart_id)
    assert told[0][1] == {"type": "cart", "id": cart_id, "couponId": 1}
    assert names(told) == ["couponApplied", "updated"]
    carts.empty(cart_id)
    assert names(told) == ["lineItem/deleted", "updated", "lineItem/deleted", "deleted", "updated"]


def test_a_wrong_line_changes_nothing(shop: Shop, told: list[Event]) -> None:
    cart_id = shop.carts.fill()
    told.clear()
    with pytest.raises(LookupError, match="no line 7"):
        shop.carts.change(cart_id, "7", 2)
    cart = shop.carts.get(cart_id)
    assert (told, cart and cart.version) == ([], 1)


def test_a_cart_is_abandoned_an_hour_after_its_last_change(
    shop: Shop, clock: Clock, told: list[Event]
) -> None:
    cart_id = shop.carts.fill()
    clock.advance(minutes=59)
    assert shop.carts.notice() == []
    with pytest.raises(ValueError, match="not left an hour ago"):
        shop.carts.abandon(cart_id)
    clock.advance(minutes=10)
    told.clear()
    assert shop.carts.notice() == [cart_id]
    assert shop.carts.notice() == []
    ((scope, data, moment),) = told
    assert (scope, moment) == ("store/cart/abandoned", 1_772_539_200 + 3600)
    assert data == {"type": "cart", "id": cart_id, "token": shop.carts.truth(cart_id).token}
    assert shop.carts.truth(cart_id).status == "abandoned"
    shop.carts.add(cart_id)
    assert shop.carts.truth(cart_id).status == "active"
    clock.advance(hours=1)
    assert shop.carts.notice() == [cart_id]


def test_a_cart_left_at_payment_is_abandoned_too(
    shop: Shop, clock: Clock, told: list[Event]
) -> None:
    cart_id = shop.carts.fill()
    clock.advance(minutes=30)
    shop.carts.reach_payment(cart_id)
    clock.advance(minutes=45)
    assert shop.carts.notice() == []
    clock.advance(minutes=15)
    assert shop.carts.notice() == [cart_id]
    assert told[-1][:2] == (
        "store/cart/abandoned",
        {"type": "cart", "id": cart_id, "token": shop.carts.truth(cart_id).token},
    )
    assert shop.carts.truth(cart_id).outcome == "left_at_payment"
    assert shop.carts.notice() == []


def test_an_order_tells_of_the_same_cart(
    get: Get, shop: Shop, clock: Clock, told: list[Event]
) -> None:
    cart_id = shop.carts.fill([*socks(), *gift_certificate(25, STORE)])
    shop.carts.apply_coupon(cart_id)
    told.clear()
    order_id = shop.carts.reach_payment(cart_id)
    assert names(told) == ["updated"], "the address is typed before"
    cart = served(get, cart_id)
    (order,) = get("/v2/orders", cart_id=cart_id).json()
    assert (order["id"], order["status_id"], order["cart_id"]) == (order_id, 0, cart_id)
    assert order["billing_address"]["email"] == cart["email"] != ""
    assert order["default_currency_code"] == cart["currency"]["code"]
    assert float(order["subtotal_ex_tax"]) == cart["base_amount"]
    assert float(order["total_ex_tax"]) == cart["cart_amount"] < cart["base_amount"]
    (coupon,) = get(f"/v2/orders/{order_id}/coupons").json()
    assert coupon["code"] == cart["coupons"][0]["code"]
    assert coupon["discount"] == cart["coupons"][0]["discounted_amount"]
    clock.advance(minutes=5)
    shop.carts.add(cart_id)
    told.clear()
    assert shop.carts.convert(cart_id) == order_id
    assert told[-1][1] == {"type": "cart", "id": cart_id, "orderId": order_id}
    assert names(told) == ["converted"]
    (order,) = get("/v2/orders", cart_id=cart_id).json()
    truth = shop.carts.truth(cart_id)
    assert (order["status_id"], order["items_total"]) == (11, truth.quantity)
    assert float(order["total_ex_tax"]) == truth.cart_amount
    assert (truth.status, truth.outcome, truth.order_id) == ("converted", "placed", order_id)
    assert order["date_modified"] == "Tue, 03 Mar 2026 12:05:00 +0000"


def test_a_cart_may_have_two_orders(get: Get, shop: Shop, clock: Clock) -> None:
    cart_id = shop.carts.fill()
    first = shop.carts.reach_payment(cart_id)
    clock.advance(hours=3)
    second = shop.carts.convert(cart_id, another=True)
    found = {x["id"]: x["status_id"] for x in get("/v2/orders", cart_id=cart_id).json()}
    assert found == {first: 0, second: 11}
    assert shop.carts.truth(cart_id).outcome == "came_back"


def test_an_order_converts_with_its_cart(get: Get, shop: Shop, told: list[Event]) -> None:
    cart_id = shop.carts.fill(at=shop.now() - timedelta(hours=2))
    order_id = shop.carts.reach_payment(cart_id, shop.now() - timedelta(hours=2))
    assert shop.live(recover=1, edit=1) == {"recover": 0, "new": 0, "edit": 0}
    told.clear()
    shop.convert(order_id)
    assert names(told) == ["converted"]
    assert get(f"/v3/carts/{cart_id}").status_code == 404
    assert shop.orders[order_id]["status_id"] == 11


def test_a_signed_in_shopper_is_known(get: Get, shop: Shop) -> None:
    customer_id = shop.add_customer()
    cart_id = shop.carts.fill(customer_id=customer_id)
    cart = served(get, cart_id)
    assert (cart["customer_id"], cart["email"]) == (
        customer_id,
        shop.customers[customer_id]["email"],
    )
    order = shop.orders[shop.carts.convert(cart_id)]
    assert (order["customer_id"], order["billing_address"]["email"]) == (customer_id, cart["email"])


# Many


def test_a_day_of_lives(now: datetime) -> None:
    shop = Shop.seeded(carts=5, placed=5, customers=20, clock=lambda: now)
    events: list[Event] = []
    shop.carts.listeners.append(lambda *event: events.append(event))
    truths = shop.carts.live(400, seed=3)
    outcomes = Counter(each.outcome for each in truths)
    assert set(outcomes) == {
        *("open", "left_early", "left_at_payment", "placed", "came_back", "emptied", "expired"),
    }
    assert shop.carts.truths() == truths
    moments = [moment for _, _, moment in events]
    assert moments == sorted(moments)
    assert moments[-1] <= now.timestamp()
    converted = {data["id"]: data["orderId"] for scope, data, _ in events if "orderId" in data}
    assert converted == {x.cart_id: x.order_id for x in truths if x.status == "converted"}
    tokens = {data["id"]: data["token"] for _, data, _ in events if "token" in data}
    assert tokens == {x.cart_id: x.token for x in truths if x.token}
    assert {x.channel_id for x in truths} <= set(CHANNELS)
    assert {bool(x.customer_id) for x in truths} == {False, True}
    for each in truths:
        readable = each.status in ("active", "abandoned")
        assert (shop.carts.get(each.cart_id) is not None) is readable
        if each.order_id:
            order = shop.orders[each.order_id]
            assert order["cart_id"] == each.cart_id
            assert (order["status_id"] == 0) is (each.status != "converted")
            assert float(order["total_ex_tax"]) == each.cart_amount
    again = Shop.seeded(carts=5, placed=5, customers=20, clock=lambda: now)
    assert again.carts.live(400, seed=3) == truths
    assert len({x.cart_id for x in again.carts.live(400, seed=3) + truths}) == 800


def test_shoppers_come_back(shop: Shop, told: list[Event], now: datetime) -> None:
    before = {x.cart_id: x for x in shop.carts.live(60)}
    told.clear()
    truths = shop.carts.come_back(3)
    assert {before[x.cart_id].status for x in truths} == {"abandoned"}
    assert [x.outcome for x in truths] == ["came_back"] * 3
    for each in truths:
        assert each.order_id
        assert shop.modified(each.order_id) == now
    assert Counter(names(told))["converted"] == 3


def test_control_by_other_processes(sandbox: Sandbox, shop: Shop, told: list[Event]) -> None:
    control = f"{sandbox.url}/_sandbox/carts"
    outcomes = requests.post(f"{control}/live", json={"count": 30, "seed": 2}, timeout=10).json()
    assert sum(outcomes.values()) == 30
    truths = requests.get(control, timeout=10).json()
    assert Counter(x["outcome"] for x in truths) == outcomes
    assert truths[0]["cart_id"] == shop.carts.truths()[0].cart_id
    back = requests.post(f"{control}/come_back", json={"count": 1}, timeout=10).json()
    assert [x["status"] for x in back] == ["converted"]
    heard = len(told)
    events = requests.post(f"{control}/events", json={"count": 20}, timeout=10).json()
    assert len(told) == heard
    assert len(shop.carts.truths()) == 50
    assert len({x["data"].get("cartId", x["data"]["id"]) for x in events}) == 20
    assert {x["producer"] for x in events} == {"stores/sandbox1"}
    assert requests.post(f"{control}/live", json={"many": 1}, timeout=10).status_code == 400
