"""Checkouts of living carts: what each step adds, and what is told of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop.cart import Line, from_catalogue, gift_certificate
from tap_bigcommerce_carts.sandbox.shop.catalog import catalog
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tap_bigcommerce_carts.sandbox.shop.money import units
from tests.support.harness import Clock

Get = Callable[..., requests.Response]
OPTIONS = "consignments.available_shipping_options"


@pytest.fixture
def clock(now: datetime) -> Clock:
    return Clock(now)


@pytest.fixture
def shop(clock: Clock) -> Shop:
    """An empty shop, whose clock a test can move."""
    return Shop(clock=clock)


def served(get: Get, cart_id: str, **query: str) -> dict[str, Any]:
    answer = get(f"/v3/checkouts/{cart_id}", **query)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_each_step_is_in_the_checkout_and_none_but_the_first_is_told_of(
    get: Get, shop: Shop, clock: Clock
) -> None:
    cart_id = shop.carts.fill(2)
    told: list[str] = []
    shop.carts.listeners.append(lambda scope, *_: told.append(scope))
    assert (filled := served(get, cart_id))["billing_address"] == {}
    shop.carts.type_email(cart_id)
    assert told == ["store/cart/updated"]
    email = served(get, cart_id)
    assert email["billing_address"]["email"] == email["cart"]["email"]
    assert (email["billing_address"]["address1"], email["consignments"]) == ("", [])
    clock.advance(minutes=5)
    shop.carts.give_address(cart_id)
    (consignment,) = served(get, cart_id)["consignments"]
    assert consignment["address"]["address1"]
    assert not {"available_shipping_options", "selected_shipping_option"} & set(consignment)
    shop.carts.choose_shipping(cart_id, which=1)
    chosen = served(get, cart_id, include=OPTIONS)
    (consignment,) = chosen["consignments"]
    assert consignment["selected_shipping_option"] == consignment["available_shipping_options"][1]
    assert chosen["shipping_cost_total_ex_tax"] == consignment["selected_shipping_option"]["cost"]
    assert chosen["grand_total"] > filled["grand_total"]
    assert chosen["updated_time"] == email["updated_time"]
    assert told == ["store/cart/updated"]


def test_what_is_chosen_is_paid_for(get: Get, shop: Shop) -> None:
    cart_id = shop.carts.fill(2)
    shop.carts.apply_coupon(cart_id)
    shop.carts.give_address(cart_id)
    shop.carts.choose_shipping(cart_id)
    checkout = served(get, cart_id)
    order = get(f"/v2/orders/{shop.carts.reach_payment(cart_id)}").json()
    for name, of_checkout in (
        ("shipping_cost_inc_tax", "shipping_cost_total_inc_tax"),
        ("total_inc_tax", "grand_total"),
        ("total_tax", "tax_total"),
    ):
        assert units(order[name]) == units(checkout[of_checkout])
    assert units(order["shipping_cost_ex_tax"]) > 0
    assert served(get, cart_id)["order_id"] is None


def test_nothing_is_sent_of_what_is_a_file_or_a_voucher(get: Get, shop: Shop) -> None:
    cart_id = shop.carts.fill(gift_certificate(25, STORE))
    shop.carts.give_address(cart_id)
    checkout = served(get, cart_id)
    assert checkout["billing_address"]["address1"]
    assert checkout["consignments"] == []
    with pytest.raises(ValueError, match="nothing to send"):
        shop.carts.choose_shipping(cart_id)


def test_there_may_be_no_way_to_send_it(get: Get, shop: Shop) -> None:
    cart_id = shop.carts.fill(socks())
    shop.carts.give_address(cart_id)
    (consignment,) = served(get, cart_id, include=OPTIONS)["consignments"]
    shop.carts.not_sent_to = {consignment["address"]["country_code"]}
    (consignment,) = served(get, cart_id, include=OPTIONS)["consignments"]
    assert consignment["available_shipping_options"] == []
    with pytest.raises(IndexError):
        shop.carts.choose_shipping(cart_id)


def test_what_no_document_says_is_a_switch(
    get: Get, shop: Shop, sandbox: Sandbox, clock: Clock
) -> None:
    cart_id = shop.carts.fill(socks())
    shop.carts.type_email(cart_id)
    before = served(get, cart_id)["updated_time"]
    clock.advance(minutes=5)
    shop.carts.steps_are_changes = True
    shop.carts.give_address(cart_id)
    assert served(get, cart_id)["updated_time"] > before
    order = shop.carts.reach_payment(cart_id)
    sandbox.faults.checkout_order_ids = True
    assert served(get, cart_id)["order_id"] == str(order)
    sandbox.faults.without_checkout = [cart_id]
    assert get(f"/v3/checkouts/{cart_id}").status_code == 404
    assert get(f"/v3/carts/{cart_id}").status_code == 200


def test_a_checkout_that_is_not_there_or_not_asked_for_rightly(
    get: Get, shop: Shop, sandbox: Sandbox
) -> None:
    cart_id = shop.carts.fill()
    assert get(f"/v3/checkouts/{cart_id}", include="cart.options").status_code == 422
    assert get("/v3/checkouts").status_code == 404
    sandbox.scopes.discard("store_checkout_read_only")
    assert get(f"/v3/checkouts/{cart_id}").status_code == 403
    assert get(f"/v3/carts/{cart_id}").status_code == 200
    sandbox.scopes.add("store_checkout_read_only")
    shop.carts.convert(cart_id)
    assert get(f"/v3/checkouts/{cart_id}").status_code == 404


def socks() -> list[Line]:
    return from_catalogue(catalog()[0], catalog()[0].variants[0], STORE, 2)
