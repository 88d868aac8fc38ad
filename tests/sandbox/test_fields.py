"""Every served field and its type is one that BigCommerce documents, or is known from practice.

The lists in `fields/` hold names and types of the vendor's OpenAPI files.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

Get = Callable[..., requests.Response]

FIELDS = Path(__file__).parent / "fields"
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}

# Fields that real answers have and the OpenAPI files do not.
UNDOCUMENTED = {
    "order": {
        "credit_card_type": "null",  # the control panel's card name, long unused
        "custom_status": "string",  # the merchant's own label of the status
    },
    "order_status": {"order": "integer"},  # where the control panel shows it
    # In the documents' examples; with an include.
    "checkout_physical_item": {"coupons": "number", "options": "array"},
    "checkout_digital_item": {"coupons": "number", "options": "array"},
}
# Values that real answers have and the documented types do not allow.
LOOSER = {
    ("order", "payment_provider_id"): "null",  # nothing was paid
    ("order_product", "wrapping_message"): "null",  # not wrapped
    ("customer", "channel_ids"): "null",  # all channels
    ("cart_physical_item", "parent_id"): "null",  # no part of a bundle
    ("cart_digital_item", "parent_id"): "null",
    ("cart_physical_item", "gift_wrapping"): "null",  # not wrapped
    ("checkout_physical_item", "parent_id"): "string|null",  # a line's id, as in carts
    ("transaction", "reference_transaction_id"): "null",  # it acts upon no other
    ("cart_custom_item", "quantity"): "number",
    ("cart_custom_item", "list_price"): "number",
}
# Served only with an include, or only when there is another page.
OPTIONAL = {
    "customer": {"addresses", "attributes", "form_fields", "store_credit_amounts"},
    "customer_address": {"form_fields"},
    "cart": {"promotions"},
    "checkout": {"promotions"},
    "checkout_consignment": {
        *("available_shipping_options", "selected_shipping_option", "selected_pickup_option"),
        "shippingAddress",  # deprecated
    },
    "checkout_physical_item": {"options", "comparison_price", "extended_comparison_price"},
    "checkout_digital_item": {"options", "comparison_price", "extended_comparison_price"},
    "cart_physical_item": {"options"},
    "cart_digital_item": {"options"},
}


def documented(name: str) -> dict[str, str]:
    fields: dict[str, str] = json.loads((FIELDS / f"{name}.json").read_text(encoding="utf-8"))
    return fields | UNDOCUMENTED.get(name, {})


def check(name: str, rows: Iterable[dict[str, Any]]) -> None:
    fields = documented(name)
    rows = list(rows)
    assert rows, f"nothing to check for {name}"
    for row in rows:
        assert set(row) <= set(fields), "a field nobody knows"
        assert set(fields) - set(row) <= OPTIONAL.get(name, set()), "a field is missing"
        for field, value in row.items():
            allowed = f"{fields[field]}|{LOOSER.get((name, field), '')}".strip("|").split("|")
            kinds = tuple(kind for word in allowed for kind in TYPES[word])
            assert isinstance(value, kinds), (name, field, value)
            if isinstance(value, bool):
                assert "boolean" in allowed, (name, field, value)


@pytest.fixture(scope="module")
def orders(get_seeded: Get) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in range(1, 5):
        found += get_seeded(
            "/v2/orders",
            page=page,
            limit=250,
            include="consignments.line_items",
            consignment_structure="object",
        ).json()
    return found


def consignments(orders: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    parts = [order["consignments"] for order in orders]
    if kind == "gift_certificates":
        return [one for part in parts for one in part["email"][kind]]
    return [
        {name: value for name, value in one.items() if name != "__warning__"}
        for part in parts
        for one in part[kind]
    ]


def lines(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds = ("pickups", "shipping", "downloads", "gift_certificates")
    return [x for kind in kinds for one in consignments(orders, kind) for x in one["line_items"]]


def test_orders(orders: list[dict[str, Any]]) -> None:
    check("order", orders)
    check("billing_address", (order["billing_address"] for order in orders))


def test_consignments(orders: list[dict[str, Any]]) -> None:
    check("consignments", (order["consignments"] for order in orders))
    check("shipping_consignment", consignments(orders, "shipping"))
    check("pickup_consignment", consignments(orders, "pickups"))
    check("pickup_location", (x["location"] for x in consignments(orders, "pickups")))
    check("digital_consignment", consignments(orders, "downloads"))
    check("gift_certificate_consignment", consignments(orders, "gift_certificates"))


def test_lines(orders: list[dict[str, Any]]) -> None:
    found = lines(orders)
    check("order_product", found)
    check("product_option", (x for line in found for x in line["product_options"]))
    check("applied_discount", (x for line in found for x in line["applied_discounts"]))


def test_lines_are_the_same_in_the_list_of_products(
    orders: list[dict[str, Any]], get_seeded: Get
) -> None:
    order = orders[0]
    products = get_seeded(f"/v2/orders/{order['id']}/products").json()
    included = sorted(lines([order]), key=lambda line: int(line["id"]))
    assert products == included


def test_coupons(orders: list[dict[str, Any]], get_seeded: Get) -> None:
    used = next(order for order in orders if order["coupon_discount"] != "0.0000")
    check("order_coupon", get_seeded(f"/v2/orders/{used['id']}/coupons").json())


def test_statuses_and_counts(get_seeded: Get) -> None:
    check("order_status", get_seeded("/v2/order_statuses").json())
    check("orders_count_status", get_seeded("/v2/orders/count").json()["statuses"])


def test_customers(get_seeded: Get) -> None:
    plain = get_seeded("/v3/customers", limit=250).json()
    check("customer", plain["data"])
    assert "addresses" not in plain["data"][0]
    check("pagination", [plain["meta"]["pagination"]])
    check("cursor_pagination", [plain["meta"]["cursor_pagination"]])
    include = "addresses,storecredit,attributes,formfields"
    full = get_seeded("/v3/customers", limit=250, include=include).json()["data"]
    check("customer", full)
    check("customer_address", (x for one in full for x in one["addresses"]))
    assert set(full[0]) == set(documented("customer"))


def test_customer_addresses(get_seeded: Get) -> None:
    check("customer_address", get_seeded("/v3/customers/addresses").json()["data"])


def test_abandoned_cart_settings(get_seeded: Get) -> None:
    path = "/v3/abandoned-carts/settings"
    check("abandoned_cart_settings", [get_seeded(path).json()["data"]])
    check("channel_abandoned_cart_settings", [get_seeded(f"{path}/channels/2").json()["data"]])


def test_abandoned_cart_emails(get_seeded: Get) -> None:
    path = "/v3/marketing/abandoned-cart-emails"
    emails = get_seeded(path).json()["data"]
    check("abandoned_cart_email", emails)
    check("email_template", (email["template"] for email in emails))
    check("email_template", [get_seeded(f"{path}/default").json()])


def test_channels_sites_and_routes(get_seeded: Get) -> None:
    check("channel", get_seeded("/v3/channels").json()["data"])
    sites = get_seeded("/v3/sites").json()["data"]
    check("site", sites)
    check("site", [get_seeded("/v3/channels/2/site").json()["data"]])
    check("site_route", get_seeded(f"/v3/sites/{sites[-1]['id']}/routes").json()["data"])


def test_customer_groups(get_seeded: Get) -> None:
    check("customer_group", get_seeded("/v2/customer_groups").json())


def test_system_logs(get_seeded: Get) -> None:
    check("system_log", get_seeded("/v3/store/systemlogs").json()["data"])


def test_transactions(shop: Shop, get: Get, sandbox: Sandbox) -> None:
    placed, left = shop.add_order(11), shop.add_order()

    def transactions(order_id: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = get(f"/v3/orders/{order_id}/transactions").json()["data"]
        return found

    assert transactions(left) == []
    assert [each["status"] for each in transactions(placed)] == ["ok"]
    sandbox.faults.incomplete_transactions = True
    assert [each["status"] for each in transactions(left)] == ["error"]
    check("transaction", [*transactions(placed), *transactions(left)])
    assert get("/v3/orders/999999/transactions").status_code == 404


def test_carts(shop: Shop, get: Get) -> None:
    living = [x.cart_id for x in shop.carts.live(250) if shop.carts.get(x.cart_id)]
    include = "line_items.physical_items.options,line_items.digital_items.options"
    carts = [get(f"/v3/carts/{cart_id}", include=include).json()["data"] for cart_id in living]
    items = {
        kind: [line for cart in carts for line in cart["line_items"][f"{kind}s"]]
        for kind in ("physical_item", "digital_item", "gift_certificate", "custom_item")
    }
    check("cart", carts)
    check("cart_coupon", (x for cart in carts for x in cart["coupons"]))
    for kind, found in items.items():
        check(f"cart_{kind}", found)
    check("cart_line_coupon", (x for line in items["physical_item"] for x in line["coupons"]))
    check("cart_line_option", (x for line in items["physical_item"] for x in line["options"]))


def test_checkouts(shop: Shop, get: Get) -> None:
    living = [x.cart_id for x in shop.carts.live(250) if shop.carts.get(x.cart_id)]
    include = (
        "cart.line_items.physical_items.options,cart.line_items.digital_items.options,"
        "consignments.available_shipping_options"
    )
    found = [get(f"/v3/checkouts/{cart_id}", include=include).json()["data"] for cart_id in living]
    check("checkout", found)
    check("checkout_cart", (each["cart"] for each in found))
    for kind in ("physical_item", "digital_item"):
        lines = [line for each in found for line in each["cart"]["line_items"][f"{kind}s"]]
        check(f"checkout_{kind}", lines)
    consignments = [consignment for each in found for consignment in each["consignments"]]
    check("checkout_consignment", consignments)
    addresses = [each["address"] for each in consignments]
    check("checkout_address", [*addresses, *filter(None, (x["billing_address"] for x in found))])
    options = [each for x in consignments for each in x["available_shipping_options"]]
    chosen = [
        x["selected_shipping_option"] for x in consignments if "selected_shipping_option" in x
    ]
    check("shipping_option", options)
    check("shipping_option", chosen)


def test_a_coupon_and_a_gift_and_a_bundle_are_among_the_carts(seeded: Shop) -> None:
    found = [line for order_id in seeded.orders for line in seeded.lines(order_id)]
    assert {line["type"] for line in found} == {"physical", "digital", "giftcertificate"}
    custom = [x for x in found if x["type"] == "physical" and x["product_id"] == 0]
    assert custom
    assert {(x["variant_id"], x["sku"], x["upc"]) for x in custom} == {(0, "", "")}
    children = [x for x in found if x["is_bundled_product"]]
    assert children
    ids = {x["id"] for x in found}
    assert all(x["parent_order_product_id"] in ids for x in children)
    assert {x["total_inc_tax"] for x in children} == {"0.0000"}
    assert len(ids) == len(found)
