"""What is kept of a cart: what its rows are made of, and nothing more."""

from __future__ import annotations

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import pytest

from tap_bigcommerce_carts.inbox.lifecycle import Reading
from tap_bigcommerce_carts.rows.personal_data import Masking
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper

SALT = "grain-of-salt-5b1f3a"
# Every text a shopper, or who writes for one, may have typed has the word Typed in it.
CART: dict[str, Any] = {
    "id": "5b1f3a70-0c11-4d2e-9f52-2d7a3f1c0e88",
    "customer_id": 204,
    "channel_id": 1,
    "email": " Typed.Ada@Example.ORG",
    "currency": {"code": "EUR", "symbol": "Typedsymbol"},
    "cart_amount": Decimal("84.10"),
    "coupons": [{"code": "TYPEDCODE", "id": "1", "display_name": "Typedcoupon"}],
    "discounts": [{"id": "total-coupon", "discounted_amount": 3, "note": "Typeddiscount"}],
    "line_items": {
        "physical_items": [
            {
                "id": "line-1",
                "product_id": 88,
                "name": "Socks",
                "quantity": 2,
                "gift_wrapping": {"name": "Box", "message": "Typedwrapping"},
                "coupons": [{"code": "TYPEDCODE"}],
                "options": [
                    {"name": "Size", "nameId": 120, "value": "M", "valueId": 69, "x": "Typedx"},
                    {"name": "Engraving", "nameId": 121, "value": "Typedone", "valueId": None},
                    {"name": "Monogram", "nameId": 122, "value": "Typedtwo"},
                    {"name": "Logo", "nameId": 123, "value": "Typedthree.png", "valueId": 0},
                ],
            }
        ],
        "gift_certificates": [
            {
                "id": "line-2",
                "name": "Typedcertificate",
                "theme": "General",
                "amount": 25,
                "sender": {"name": "Typedsender", "email": "typed.sender@example.org"},
                "recipient": {"name": "Typedfriend", "email": "typed.friend@example.org"},
                "message": "Typedmessage",
            }
        ],
        "custom_items": [{"id": "line-3", "name": "Typeditem", "quantity": "1"}],
        "unheard_of": [{"name": "Typedunheard"}],
    },
    "created_time": "2026-03-03T10:00:00+00:00",
    "updated_time": "2026-03-03T11:00:00+00:00",
    "note": {"of": ["Typednote"]},
}


def keeper(how: str, salt: str = SALT) -> CartKeeper:
    return CartKeeper(Masking(how), salt)


def text(document: Any) -> str:
    return json.dumps(document, default=str).lower()


def hashed(value: str) -> str:
    return hmac.new(SALT.encode(), value.encode(), hashlib.sha256).hexdigest()


def test_unknown_fields_are_not_kept() -> None:
    kept = keeper("keep").kept(CART)
    for word in ("symbol", "typednote", "typedx", "typedunheard", "typedwrapping", "typeddiscount"):
        assert word not in text(kept)
    assert kept["email"] == CART["email"]
    assert kept["line_items"]["custom_items"][0] == CART["line_items"]["custom_items"][0]


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_nothing_that_was_typed_is_kept_in_clear(how: str) -> None:
    kept = keeper(how).kept(CART)
    assert "typed" not in text(kept)
    (line,) = kept["line_items"]["physical_items"]
    assert (line["name"], line["quantity"]) == ("Socks", 2)
    assert line["options"][0] == {"name": "Size", "nameId": 120, "value": "M", "valueId": 69}
    assert [each["name"] for each in line["options"]] == ["Size", "Engraving", "Monogram", "Logo"]
    assert kept["currency"] == {"code": "EUR"}
    assert kept["customer_id"] == 204
    values = (
        (kept["email"], "typed.ada@example.org"),
        (kept["coupons"][0]["code"], "TYPEDCODE"),
        (line["options"][1]["value"], "Typedone"),
        (kept["line_items"]["gift_certificates"][0]["recipient"]["name"], "Typedfriend"),
        (kept["line_items"]["custom_items"][0]["name"], "Typeditem"),
    )
    for value, planted in values:
        assert value == (hashed(planted) if how == "hash" else None)


@pytest.mark.parametrize("odd", ["Typed", ["Typed"], {"a": "Typed"}, [{"a": ["Typed"]}], True, 3])
@pytest.mark.parametrize("how", ["hash", "drop"])
def test_what_stands_in_the_wrong_place_is_not_kept(how: str, odd: Any) -> None:
    # What is text by right, and says nothing of a person.
    texts = {"id", "name", "theme"} if isinstance(odd, str) else set()
    for name in CART.keys() - texts:
        assert "typed" not in text(keeper(how).kept({**CART, name: odd})), name
    lines = CART["line_items"]
    for name in lines:
        assert "typed" not in text(keeper(how).kept({"line_items": {**lines, name: odd}})), name
    for kind in ("physical_items", "gift_certificates"):
        for name in lines[kind][0].keys() - texts:
            document = {"line_items": {kind: [{**lines[kind][0], name: odd}]}}
            assert "typed" not in text(keeper(how).kept(document)), name


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_older_readings_are_brought_to_the_same_once(how: str) -> None:
    older = Reading(7, CART, gone_at=8, order_id=9)
    renewed = keeper(how).renewed(older)
    assert renewed == Reading(7, keeper(how).kept(CART), 8, 9, treated=keeper(how).mark)


def test_a_hash_is_not_hashed_again() -> None:
    """One of another salt would tell one person from itself: it is dropped."""
    first = keeper("hash").renewed(Reading(7, CART))
    other = keeper("hash", SALT + "!").renewed(first)
    assert other.document
    assert other.document["email"] is None
    assert other.treated == keeper("hash", SALT + "!").mark != first.treated
    assert SALT not in first.treated
    dropped = keeper("drop").renewed(first)
    assert dropped.document == keeper("drop").kept(CART)
