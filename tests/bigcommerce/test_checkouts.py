"""What is kept of a checkout: the last of the steps that were all taken, costs, and options."""

from decimal import Decimal
from typing import Any

import pytest

from tap_bigcommerce_carts.bigcommerce.checkouts import farthest, summary

EMAIL = {"email": "ada@example.com"}
STREET = {"address1": "1 Quay Road", "country_code": "DE"}
ESTIMATE = {"address1": "", "country_code": "DE", "postal_code": "28195"}
PARCEL = {"description": "Parcel", "cost": Decimal("4.9")}
EXPRESS = {"description": "Express", "cost": Decimal("12.9")}
THING = {"physical_items": [{"is_require_shipping": True}]}
FILE = {
    "digital_items": [{"is_require_shipping": False}],
    "physical_items": [{"is_require_shipping": False}],  # a thing that is not sent
    "gift_certificates": [{}],
}
ENGRAVING = {**FILE, "custom_items": [{"name": "Engraving"}]}


def sent(address: Any = STREET, **more: Any) -> dict[str, Any]:
    return {"address": address, **more}


STEPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("filled", {}, {}),
    ("filled", {"email": " "}, {"billing_address": STREET}),
    ("filled", {"email": ""}, {"order_id": "7", "consignments": [sent()]}),
    ("email", EMAIL, {}),
    ("email", EMAIL, {"billing_address": {"email": "ada@example.com", "country_code": ""}}),
    ("email", EMAIL, {"billing_address": {}, "consignments": [sent(ESTIMATE)]}),
    # Shipping was estimated and chosen in the cart, before an address was given.
    ("email", EMAIL, {"consignments": [sent(ESTIMATE, selected_shipping_option=PARCEL)]}),
    ("address", EMAIL, {"billing_address": STREET, "consignments": []}),
    ("address", EMAIL, {"consignments": [sent()]}),
    ("address", EMAIL, {"consignments": [sent(selected_shipping_option={})]}),
    ("address", EMAIL, {"consignments": [sent(selected_shipping_option=PARCEL), sent()]}),
    ("shipping", EMAIL, {"consignments": [sent(selected_shipping_option=PARCEL)]}),
    ("shipping", EMAIL, {"consignments": [sent(None, selected_pickup_option={"id": 1})]}),
    ("payment", EMAIL, {"order_id": "4107"}),
    ("payment", EMAIL, {"order_id": 4107}),
]


@pytest.mark.parametrize(("step", "cart", "checkout"), STEPS)
def test_a_step_is_the_last_that_was_taken_with_all_before(
    step: str, cart: dict[str, Any], checkout: dict[str, Any]
) -> None:
    assert summary({"line_items": THING, **cart}, checkout)["step"] == step


@pytest.mark.parametrize(
    ("lines", "step"),
    [(FILE, "shipping"), (ENGRAVING, "address"), (THING, "address"), (None, "address")],
)
def test_of_what_is_not_sent_the_address_is_enough(lines: Any, step: str) -> None:
    told = summary({**EMAIL, "line_items": lines}, {"billing_address": STREET})
    assert told["step"] == step


def test_several_consignments_are_told_of_together() -> None:
    checkout = {
        "consignments": [
            sent(selected_shipping_option=PARCEL, available_shipping_options=[PARCEL, EXPRESS]),
            sent(selected_shipping_option=EXPRESS, available_shipping_options=[EXPRESS]),
            sent(selected_shipping_option=PARCEL, available_shipping_options=[PARCEL, EXPRESS]),
            sent(None, selected_pickup_option={"id": 1}, available_shipping_options=[]),
        ],
        "tax_total": Decimal("1.28"),
    }
    told = summary({**EMAIL, "line_items": THING}, checkout)
    assert told["shipping_option"] == "Parcel, Express"
    assert told["shipping_option_cost"] == Decimal("22.7")
    assert told["shipping_options"] == 1
    assert (told["shipping_country_code"], told["tax_total"]) == ("DE", Decimal("1.28"))


@pytest.mark.parametrize(
    ("coupons", "taken_off"),
    [
        ([], None),
        (None, None),
        ([{"code": "A", "discounted_amount": 0}], Decimal(0)),
        ([{"discounted_amount": Decimal("0.9")}, {"discounted_amount": "1.1"}], Decimal(2)),
        ([{"discounted_amount": Decimal("0.9")}, {"discounted_amount": None}], None),
        ([{"discounted_amount": "much"}], None),
    ],
)
def test_what_coupons_took_off_is_a_sum_or_not_known(
    coupons: Any, taken_off: Decimal | None
) -> None:
    assert summary(EMAIL, {"coupons": coupons, "grand_total": 1})["coupon_discount"] == taken_off


@pytest.mark.parametrize(
    ("told", "before", "step"),
    [
        ("address", "shipping", "shipping"),
        ("address", "email", "address"),
        ("address", None, "address"),
        ("address", ["email"], "address"),
        ("address", "somewhere", "address"),
    ],
)
def test_a_step_is_never_taken_back(told: str, before: Any, step: str) -> None:
    found = farthest({"step": told, "grand_total": 2}, {"step": before, "grand_total": 1})
    assert found == {"step": step, "grand_total": 2}


def test_what_was_not_read_is_as_it_was() -> None:
    assert farthest(None, {"step": "email"}) == {"step": "email"}
    assert farthest({"step": "email"}, None) == {"step": "email"}
    assert farthest(None, None) is None
