"""How far a shopper came before payment, as the checkout of each cart tells it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.sandbox.shop.cart import Line, from_catalogue, gift_certificate
from tap_bigcommerce_carts.sandbox.shop.catalog import catalog
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tap_bigcommerce_carts.sandbox.shop.people import PLACES
from tests.support.shop_inbox import CARTS, Inbox, by_id, reads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop
    from tests.support.harness import Clock, Output

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("every_scope", "sleeps")]

CHECKOUTS = "store_checkout_read_only"
FROM_CHECKOUT = (
    "shipping_country_code",
    "shipping_options",
    "shipping_option",
    "shipping_option_cost",
    "shipping_cost_total_ex_tax",
    "shipping_cost_total_inc_tax",
    "handling_cost_total_ex_tax",
    "handling_cost_total_inc_tax",
    "tax_total",
    "coupon_discount",
    "grand_total",
)


@pytest.fixture
def inbox_url(tmp_path: Path) -> str:
    """One kind of database: what is kept of a cart is the same text in each."""
    return f"sqlite:///{tmp_path / 'inbox.db'}"


def socks() -> list[Line]:
    return from_catalogue(catalog()[0], catalog()[0].variants[0], STORE, 2)


def checkouts_asked_for(store: Sandbox) -> list[str]:
    """The carts whose checkout was asked for."""
    asked = (each.path.rpartition("/") for each in store.requests)
    return [cart for path, _, cart in asked if path.endswith("checkouts")]


def costs(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in FROM_CHECKOUT}


def test_tells_how_far_each_cart_came(shop: Shop, read: Callable[..., Output]) -> None:
    filled, typed, given, chosen, paying = (shop.carts.fill(socks()) for _ in range(5))
    shop.carts.type_email(typed)
    for cart in (given, chosen):
        shop.carts.give_address(cart)
    shop.carts.choose_shipping(chosen)
    shop.carts.reach_payment(paying)
    rows = by_id(read())
    assert [rows[cart]["step"] for cart in (filled, typed, given, chosen, paying)] == [
        "filled", "email", "address", "shipping", "shipping",
    ]  # fmt: skip
    assert set(costs(rows[filled]).values()) == {None}
    assert (rows[typed]["shipping_options"], rows[typed]["grand_total"]) == (
        None,
        rows[typed]["base_amount"] + rows[typed]["tax_total"],
    )
    assert (rows[given]["shipping_options"], rows[given]["shipping_option"]) == (2, None)
    row = rows[chosen]
    assert row["shipping_country_code"]
    cost = row["shipping_cost_total_ex_tax"]
    assert (row["shipping_option"], row["shipping_option_cost"]) == ("Parcel", cost)
    assert cost > row["handling_cost_total_inc_tax"] == 0
    assert row["grand_total"] == row["base_amount"] + cost + row["tax_total"]


def test_an_order_that_the_checkout_names_is_payment(
    shop: Shop, store: Sandbox, read: Callable[..., Output]
) -> None:
    store.faults.checkout_order_ids = True
    cart = shop.carts.fill()
    shop.carts.reach_payment(cart)
    assert by_id(read())[cart]["step"] == "payment"


def test_what_is_not_sent_needs_no_shipping_option(shop: Shop, read: Callable[..., Output]) -> None:
    voucher = shop.carts.fill(gift_certificate(25, STORE))
    shop.carts.give_address(voucher)
    row = by_id(read())[voucher]
    assert (row["step"], row["shipping_options"], row["shipping_country_code"]) == (
        "shipping",
        None,
        None,
    )


def test_tells_that_nothing_is_sent_to_an_address(shop: Shop, read: Callable[..., Output]) -> None:
    cart = shop.carts.fill(socks())
    shop.carts.not_sent_to = {place.iso2 for place in PLACES}
    shop.carts.give_address(cart)
    row = by_id(read())[cart]
    assert (row["step"], row["shipping_options"]) == ("address", 0)


def test_tells_a_coupon_that_takes_nothing_off_from_none(
    shop: Shop, read: Callable[..., Output]
) -> None:
    without, used, refused = (shop.carts.fill(lines) for lines in (
        socks(), socks(), gift_certificate(25, STORE),
    ))  # fmt: skip
    for cart in (used, refused):
        shop.carts.apply_coupon(cart)
    for cart in (without, used, refused):
        shop.carts.type_email(cart)
    rows = by_id(read())
    assert rows[without]["coupon_discount"] is None
    assert rows[used]["coupon_discount"] > 0
    assert rows[refused]["coupon_discount"] == 0


def test_asks_for_the_checkouts_of_those_who_began_to_check_out(
    shop: Shop, store: Sandbox, read: Callable[..., Output]
) -> None:
    """One more tells whether the token may read any; a cart is asked for once as ever."""
    carts = [shop.carts.fill() for _ in range(9)]
    for cart in carts[5:]:
        shop.carts.type_email(cart)
    rows = by_id(read())
    asked = checkouts_asked_for(store)
    assert len(asked) == len(set(asked)) == 5
    assert set(carts[5:]) <= set(asked)
    assert len(reads(store)) == 9
    assert [rows[cart]["step"] for cart in carts] == ["filled"] * 5 + ["email"] * 4
    assert rows[carts[0]]["grand_total"] is None


def test_without_the_scope_steps_are_null_and_all_else_is_as_ever(
    shop: Shop, store: Sandbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    store.scopes.discard(CHECKOUTS)
    carts = [shop.carts.fill() for _ in range(6)]
    for cart in carts:
        shop.carts.give_address(cart)
    out = read(max_parallel_requests=3)
    assert out.code == 0
    assert {row["step"] for row in by_id(out).values()} == {None}
    assert all(row["cart_amount"] and row["email"] for row in by_id(out).values())
    assert len(checkouts_asked_for(store)) == 1
    (told,) = (each for each in caplog.messages if "Checkouts: read-only" in each)
    assert "`step`" in told


def test_the_checkout_is_read_again_when_the_cart_was_left(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    """No event tells of an address: it is known when the cart counts as abandoned."""
    inbox.wanted = lambda scope: not scope.endswith("abandoned")
    cart = shop.carts.fill(socks())
    shop.carts.type_email(cart)
    out = read()
    assert by_id(out)[cart]["step"] == "email"
    clock.advance(minutes=5)
    shop.carts.give_address(cart)
    shop.carts.choose_shipping(cart)
    out = read(out.state)
    assert not out.tables
    clock.advance(minutes=60)
    row = by_id(read(out.state))[cart]
    assert (row["status"], row["step"], row["shipping_option"]) == (
        "abandoned",
        "shipping",
        "Parcel",
    )


def test_the_step_is_the_farthest_that_was_ever_read(
    shop: Shop, store: Sandbox, clock: Clock, read: Callable[..., Output]
) -> None:
    cart = shop.carts.fill(socks())
    shop.carts.give_address(cart)
    shop.carts.choose_shipping(cart)
    out = read()
    clock.advance(minutes=1)
    shop.carts.add(cart, socks())
    store.faults.without_checkout = True
    out = read(out.state)
    assert (by_id(out)[cart]["step"], by_id(out)[cart]["shipping_option"]) == ("shipping", None)
    # Also when it is gone, or the scope is.
    clock.advance(minutes=1)
    store.scopes.discard(CHECKOUTS)
    shop.carts.empty(cart)
    assert by_id(read(out.state))[cart]["step"] == "shipping"


def test_a_cart_without_checkout_is_told_by_what_the_cart_says(
    shop: Shop, store: Sandbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    store.faults.without_checkout = True
    filled, typed = shop.carts.fill(), shop.carts.fill()
    shop.carts.type_email(typed)
    rows = by_id(read())
    assert (rows[filled]["step"], rows[typed]["step"]) == ("filled", "email")
    assert set(costs(rows[typed]).values()) == {None}
    assert "came" not in caplog.text


def test_a_checkout_that_cannot_be_read_holds_no_cart_up(
    shop: Shop,
    store: Sandbox,
    clock: Clock,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
) -> None:
    carts = [shop.carts.fill(socks()) for _ in range(14)]
    for cart in carts:
        shop.carts.give_address(cart)
    out = read()
    clock.advance(minutes=1)
    for cart in carts:
        shop.carts.add(cart, socks())
    caplog.clear()
    store.faults.only, store.faults.kinds, store.faults.rate = "/v3/checkouts", ("500_html",), 1.0
    out = read(out.state, retry_for=1)
    rows = by_id(out)
    assert out.code == 0
    assert {rows[cart]["step"] for cart in carts} == {"address"}
    assert {rows[cart]["items_total"] for cart in carts} == {4}
    told = [each for each in caplog.messages if "How far a cart came" in each]
    assert 1 <= len(told) <= 12
    assert "times in a row" in told[-1]


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_nobody_s_address_is_kept(
    shop: Shop, inbox: Inbox, read: Callable[..., Output], how: str
) -> None:
    """What is kept of a checkout is about no person, however personal data is treated."""
    cart = shop.carts.fill(socks())
    shop.carts.give_address(cart)
    shop.carts.choose_shipping(cart)
    who = shop.carts.get(cart)
    assert who
    kept = by_id(read(streams=[CARTS]))[cart]
    with closing(CartLog(inbox.url, "sandbox1")) as log:
        written = str(log.readings.of([cart]))
    assert who.who.street not in written
    assert who.who.last_name not in written
    assert "Parcel" in written
    more = {"personal_data": how, "personal_data_salt": "a salt of sixteen"}
    masked = by_id(read(streams=[CARTS], **more))[cart]
    assert {name: masked[name] for name in ("step", *FROM_CHECKOUT)} == {
        name: kept[name] for name in ("step", *FROM_CHECKOUT)
    }
    assert masked["email"] != kept["email"]
