"""What is read of an event: whatever tells what it is about, and no more than is needed."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_bigcommerce_carts.errors import OtherScopeError, ShapeError
from tap_bigcommerce_carts.inbox.events import FORMS, Event, parse
from tests.support.receivers import event

NOW = 1_772_600_000
DAY = 86_400
CART = "5b1f3a70-0c11-4d2e-9f52-000000000001"
CHANNEL = "store/channel/1/cart/created"


def read(**changed: Any) -> Event:
    return parse(json.dumps(event(1, **changed)).encode(), NOW)


def kept(**data: Any) -> Any:
    """What is kept of an event's own fields."""
    return msgspec.json.decode(read(data=data).data)


@pytest.mark.parametrize(
    ("created_at", "happened_at"),
    [
        (1_772_550_000, 1_772_550_000),
        ("1772550000", 1_772_550_000),
        (1_772_550_000.0, 1_772_550_000),
        ("1772550000.9", 1_772_550_000),
        (NOW + DAY, NOW + DAY),
        # It does not say when: then as of now.
        (None, NOW),
        ("soon", NOW),
        ([[1]], NOW),
        (-5, NOW),
        (True, NOW),
    ],
)
def test_a_time_in_any_form_is_taken(created_at: Any, happened_at: int) -> None:
    found = read(created_at=created_at)
    assert (found.happened_at, found.cart_id) == (happened_at, CART)


def test_an_event_that_does_not_say_when_is_taken_as_of_now() -> None:
    document = event(1)
    del document["created_at"]
    found = parse(json.dumps(document).encode(), NOW)
    assert found.happened_at == NOW


@pytest.mark.parametrize(
    "created_at", [NOW + DAY + 1, 137_438_953_471, 1_772_550_000_000, "99999999999999", 1e300]
)
def test_a_time_more_than_a_day_ahead_is_refused(created_at: Any) -> None:
    with pytest.raises(ShapeError, match="dated more than a day ahead"):
        read(created_at=created_at)


@pytest.mark.parametrize(
    "scope",
    [
        "store/order/statusUpdated",
        "store/customer/created",
        "store/channel/1/order/created",
        "store/cartography/updated",
        "store/channel/1/../cart/created",
        "store/cart/../order",
        "nonsense\n",
        "s" * 5000,
    ],
)
def test_what_is_not_of_a_cart_is_passed_over(scope: str) -> None:
    with pytest.raises(OtherScopeError, match="not of a cart"):
        read(scope=scope, data={"type": "order", "id": 4107, "token": "../../x"})


@pytest.mark.parametrize(
    ("data", "cart_id"),
    [
        ({"type": "cart", "id": CART}, CART),
        ({"type": "cart_line_item", "id": "0e0c1d52", "cartId": CART}, CART),
        ({"cart_id": CART}, CART),
        # A token alone is enough: the tap asks which cart it leads to.
        ({"type": "cart", "token": "1f0c9f3e"}, None),
        # What names it wrongly is passed over for what names it rightly.
        ({"type": "cart", "id": CART, "cartId": 7}, CART),
        ({"type": "cart", "id": CART, "cart_id": "../x"}, CART),
    ],
)
def test_each_kind_of_event_names_its_cart(data: dict[str, Any], cart_id: str | None) -> None:
    found = read(scope=CHANNEL, data=data)
    assert (found.scope, found.cart_id) == (CHANNEL, cart_id)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"type": "cart"},
        {"type": "cart", "id": 7},
        {"type": "cart", "id": "../../OTHER/v3/customers?limit=1&x="},
        {"type": "cart", "token": "../../OTHER/v3/customers?limit=1&x="},
        {"type": "cart", "id": "a" * 101},
        {"type": "cart", "id": {"id": CART}},
        {"type": "cart_line_item", "id": CART},
        [],
        None,
        "cart",
    ],
)
def test_what_does_not_tell_its_cart_is_refused(data: Any) -> None:
    sentence = "it does not tell its cart" if isinstance(data, dict) else "not an event"
    with pytest.raises(ShapeError, match=sentence):
        read(data=data)


@pytest.mark.parametrize(
    "changed", [{"producer": "stores/"}, {"producer": 7}, {"scope": 7}, {"scope": None}]
)
def test_what_does_not_tell_its_store_or_kind_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match="not an event"):
        read(**changed)


def test_only_what_is_needed_is_kept() -> None:
    rest = {"email": "ann@example.com", "note": {"deep": [1]}, "status": {"new": 11}}
    told = {"type": "cart", "id": CART, "token": "1f0c9f3e", "orderId": 4107, "couponId": 1}
    assert kept(**told, **rest) == told
    line = {"type": "cart_line_item", "id": "0e0c1d52-1", "cartId": CART}
    assert kept(**line, **rest) == line


@pytest.mark.parametrize(
    "odd",
    [
        {"token": "a\0b"},
        {"token": "../../OTHER"},
        {"token": ["1f0c9f3e"]},
        {"token": ""},
        {"orderId": 2**63},
        {"orderId": "4107x"},
        {"orderId": -1},
        {"orderId": True},
        {"couponId": {"id": 1}},
        {"type": "cart\n"},
        {"type": None},
    ],
    ids=repr,
)
def test_what_has_not_its_form_is_left_out(odd: dict[str, Any]) -> None:
    assert kept(cart_id=CART, **odd) == {"cart_id": CART}


def test_a_number_as_text_is_a_number() -> None:
    assert kept(cart_id=CART, orderId="4107", couponId=1.0) == {
        "cart_id": CART,
        "orderId": 4107,
        "couponId": 1,
    }


@pytest.mark.parametrize("depth", [500, 900])
def test_depth_is_not_kept(depth: int) -> None:
    nested = "[" * depth + "]" * depth
    data = f'{{"type":"cart","id":"{CART}","couponId":{nested},"other":{nested}}}'
    body = json.dumps(event(1, data="HERE")).replace('"HERE"', data).encode()
    found = parse(body, NOW)
    assert msgspec.json.decode(found.data) == {"type": "cart", "id": CART}


@pytest.mark.parametrize("hash_", ["a\0b", 7, None, "", "h" * 200])
def test_an_event_without_a_hash_is_known_by_its_text(hash_: Any) -> None:
    first, again, other = (read(hash=hash_, store_id=each) for each in ("1", "1", "2"))
    assert first.hash == again.hash != other.hash
    assert len(first.hash) == 64


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([CART, "stores/abc123", "store/cart/updated", CHANNEL, "cart", "1772550000"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=3,
)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*event(1)]), ODD),
    st.dictionaries(st.sampled_from([*FORMS]), ODD),
)
def test_whatever_is_sent_is_refused_passed_over_or_in_its_form(
    changed: dict[str, Any], data: dict[str, Any]
) -> None:
    try:
        found = read(**{"data": {"type": "cart", "id": CART, **data}, **changed})
    except (ShapeError, OtherScopeError):
        return
    for text in (found.store, found.hash, found.scope, found.cart_id or "x"):
        assert re.fullmatch(r"[A-Za-z0-9+/=_-]+", text)
    assert 0 <= found.happened_at <= NOW + DAY
    for name, value in msgspec.json.decode(found.data).items():
        assert FORMS[name](value) == value
