"""API2Cart's door to the shop: keys, carts, filters, selectors and pages."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop

Call = Callable[..., dict[str, Any]]
Walk = Callable[..., list[list[str]]]

EVERYTHING = "{return_code,return_message,pagination,result{order{*}}}"
KEYS = {"x-api-key": "sandbox-api-key", "x-store-key": "sandbox-store-key"}
LIST = "order.abandoned.list.json"


@pytest.fixture
def call(sandbox: Sandbox) -> Call:
    """Call a method with the right keys; amounts are exact decimals."""

    def read(method: str = LIST, **query: Any) -> dict[str, Any]:
        url = f"{sandbox.url}/v1.1/{method}"
        response = requests.get(url, params=query, headers=KEYS, timeout=10)
        assert response.status_code == 200
        answer: dict[str, Any] = json.loads(response.text, parse_float=Decimal)
        return answer

    return read


@pytest.fixture
def walk(call: Call) -> Walk:
    """Read a list by cursors; gives the ids of each page."""

    def read(**query: Any) -> list[list[str]]:
        pages = []
        while query:
            answer = call(**{"response_fields": EVERYTHING} | query)
            pages.append(ids(answer))
            following = answer["pagination"]["next"]
            query = {"page_cursor": unquote(following)} if following else {}
        return pages

    return read


def ids(answer: dict[str, Any]) -> list[str]:
    assert answer["return_code"] == 0, answer["return_message"]
    return [cart["id"] for cart in answer["result"]["order"]]


def only_cart(answer: dict[str, Any]) -> dict[str, Any]:
    (cart,) = answer["result"]["order"]
    found: dict[str, Any] = cart
    return found


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Keys and methods


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 2),
        ({"x-store-key": "sandbox-store-key"}, 2),
        ({**KEYS, "x-api-key": "wrong"}, 2),
        ({"x-api-key": "sandbox-api-key"}, 4),
        ({**KEYS, "x-store-key": "wrong"}, 4),
        (KEYS, 0),
    ],
)
@pytest.mark.parametrize("method", [LIST, "cart.info.json"])
def test_keys(method: str, headers: dict[str, str], code: int, sandbox: Sandbox) -> None:
    response = requests.get(f"{sandbox.url}/v1.1/{method}", headers=headers, timeout=10)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    answer = response.json()
    assert answer["return_code"] == code
    if code:
        assert answer["return_message"]
        assert answer["result"] == {}
        assert "pagination" not in answer
    (request,) = sandbox.requests
    assert (request.token_ok, request.return_code) == (code == 0, code)


def test_keys_in_the_query_only_if_switched_on(sandbox: Sandbox) -> None:
    query = {"api_key": "sandbox-api-key", "store_key": "sandbox-store-key"}
    url = f"{sandbox.url}/v1.1/cart.info.json"
    assert requests.get(url, params=query, timeout=10).json()["return_code"] == 2
    sandbox.api2cart.keys_in_query = True
    assert requests.get(url, params=query, timeout=10).json()["return_code"] == 0


def test_other_keys(shop: Shop) -> None:
    with Sandbox(shop, api_key="one", store_key="two") as served:
        headers = {"x-api-key": "one", "x-store-key": "two"}
        url = f"{served.url}/v1.1/cart.info.json"
        assert requests.get(url, headers=headers, timeout=10).json()["return_code"] == 0


def test_requests_are_recorded_without_keys(call: Call, sandbox: Sandbox) -> None:
    call(count=3)
    (request,) = sandbox.requests
    assert (request.route, request.query) == (f"/v1.1/{LIST}", {"count": "3"})
    assert "sandbox-api-key" not in repr(request)
    assert "sandbox-store-key" not in repr(request)
    counts = requests.get(f"{sandbox.url}/_sandbox/requests", timeout=10).json()
    assert counts == {f"/v1.1/{LIST}": {"200": 1}}


def test_unknown_methods(call: Call, sandbox: Sandbox) -> None:
    assert call("cart.list.json")["return_code"] == 3
    url = f"{sandbox.url}/v1.1/{LIST}"
    assert requests.post(url, headers=KEYS, timeout=10).json()["return_code"] == 3


def test_info(call: Call, sandbox: Sandbox) -> None:
    result = call("cart.info.json")["result"]
    assert result["cart_name"] == "BigcommerceApi"
    assert result["url"] == "https://shop.example.com"
    assert (result["version"], result["db_prefix"]) == ("1.0", None)
    assert [store["store_id"] for store in result["stores_info"]] == ["1", "2", "1017"]
    some = call("cart.info.json", response_fields="{result{url}}")
    assert some == {
        "return_code": 0,
        "return_message": "",
        "result": {"url": "https://shop.example.com"},
    }
    response = requests.get(f"{sandbox.url}/v1.1/cart.info.json", headers=KEYS, timeout=10)
    assert response.headers["Date"] == "Tue, 03 Mar 2026 12:00:00 GMT"
    assert not [name for name in response.headers if name.lower().startswith("x-")]


# Carts


def test_a_cart(call: Call, shop: Shop) -> None:
    line = shop.line(price="10.10", quantity=3, sku="S-1", upc="0001", name="Socks")
    line["product_options"] = [
        {"id": 5, "option_id": 7, "display_name": "Size", "display_value": "M", "type": "Radio"}
    ]
    line["applied_discounts"] = [
        {"id": "one", "amount": "1.1000"},
        {"id": "two", "amount": "0.2000"},
    ]
    key = shop.add_order(
        modified=at("2026-03-02T10:00:00"),
        created=at("2026-03-02T09:00:00"),
        lines=[line],
        customer_id=12,
        currency_code="USD",
        cart_id="abc-1",
    )
    cart = only_cart(call(response_fields="{*}"))
    address = shop.orders[key]["billing_address"]
    assert cart["id"] == str(key)
    assert cart["basket_id"] == "abc-1"
    assert cart["basket_url"].startswith("https://shop.example.com/cart?")
    date = r"Y-m-d\TH:i:sO"
    assert cart["created_at"] == {"value": "2026-03-02T09:00:00+0000", "format": date}
    assert cart["modified_at"] == {"value": "2026-03-02T10:00:00+0000", "format": date}
    assert cart["customer"] == {
        "id": "12",
        "email": address["email"],
        "first_name": address["first_name"],
        "last_name": address["last_name"],
        "phone": address["phone"],
    }
    assert cart["currency"] == {
        "id": "2",
        "name": "US Dollar",
        "iso3": "USD",
        "symbol_left": "$",
        "symbol_right": "",
        "rate": Decimal("1.0842"),
        "avail": True,
        "default": False,
    }
    assert cart["totals"] == {
        "total": Decimal("35.06"),
        "subtotal": Decimal("30.3"),
        "shipping": 0,
        "tax": Decimal("6.06"),
        "discount": Decimal("1.3"),
    }
    assert cart["order_products"] == [
        {
            "order_product_id": str(shop.lines(key)[0]["id"]),
            "product_id": "101",
            "variant_id": "10100",
            "parent_order_product_id": None,
            "model": "S-1",
            "name": "Socks",
            "price": Decimal("10.1"),
            "price_inc_tax": Decimal("12.12"),
            "quantity": 3,
            "discount_amount": Decimal("1.3"),
            "total_price": Decimal("36.36"),
            "tax_percent": 20,
            "tax_value": Decimal("2.02"),
            "tax_value_after_discount": Decimal("1.9478"),
            "options": [
                {
                    "option_id": "7",
                    "name": "Size",
                    "value": "M",
                    "price": 0,
                    "weight": None,
                    "type": "Radio",
                    "product_option_value_id": "5",
                }
            ],
            "weight": Decimal("0.2"),
            "weight_unit": "kg",
            "barcode": "0001",
        }
    ]


def test_amounts_are_exact_numbers(call: Call, shop: Shop) -> None:
    shop.add_order(total_inc_tax="123456789012345.6789", discount_amount="30.0000")
    totals = only_cart(call())["totals"]
    assert totals["total"] == Decimal("123456789012345.6789")
    assert (totals["discount"], type(totals["discount"])) == (30, int)


def test_guests_and_carts_without_email_or_basket(call: Call, shop: Shop) -> None:
    key = shop.add_order(cart_id="")
    address = shop.orders[key]["billing_address"]
    shop.set(key, billing_address={**address, "email": ""})
    cart = only_cart(call(params="force_all"))
    assert (cart["customer"]["id"], cart["customer"]["email"]) == ("0", "")
    assert (cart["basket_id"], cart["basket_url"]) == (None, None)
    shop.leave_out(key, "billing_address", "cart_id", "default_currency_id")
    assert only_cart(call(params="force_all"))["customer"]["phone"] is None


def test_only_incomplete_orders_are_carts(call: Call, shop: Shop) -> None:
    one, two = shop.add_order(lines=60), shop.add_order()
    shop.add_order(status_id=11)
    answer = call(params="force_all")
    assert ids(answer) == [str(one), str(two)]
    assert len(answer["result"]["order"][0]["order_products"]) == 60
    shop.convert(one)
    shop.edit_cart(two)
    cart = only_cart(call(params="force_all"))
    assert (cart["id"], len(cart["order_products"])) == (str(two), 2)


def test_parts_of_a_bundle_name_their_line(call: Call, shop: Shop) -> None:
    shop.add_order(lines=[shop.line(id=70), shop.line(id=71, parent_order_product_id=70)])
    products = only_cart(call())["order_products"]
    assert [each["parent_order_product_id"] for each in products] == [None, "70"]


# Selectors


def test_without_a_selector_there_is_neither_id_nor_date(call: Call, shop: Shop) -> None:
    shop.add_order()
    answer = call()
    assert set(answer) == {"return_code", "return_message", "pagination", "result"}
    assert set(only_cart(answer)) == {"customer", "totals", "order_products"}
    assert set(only_cart(call(params="totals,id"))) == {"totals", "id"}
    assert "modified_at" in only_cart(call(params="force_all"))


def test_response_fields(call: Call, shop: Shop) -> None:
    shop.add_order(lines=2)
    everything = call(response_fields="{*}")
    assert call(response_fields=EVERYTHING) == everything
    cart = only_cart(everything)
    fields = "{result{order{id, customer{email},totals{*},order_products{name,price}}}}"
    answer = call(response_fields=fields)
    assert set(answer) == {"return_code", "return_message", "result"}
    assert only_cart(answer) == {
        "id": cart["id"],
        "customer": {"email": cart["customer"]["email"]},
        "totals": cart["totals"],
        "order_products": [
            {name: line[name] for name in ("name", "price")} for line in cart["order_products"]
        ],
    }
    assert call(response_fields="{pagination{next}}") == {
        "return_code": 0,
        "return_message": "",
        "pagination": {"next": None},
    }
    named = call(response_fields="{result{order{*,customer{id}}}}")
    assert only_cart(named) == cart | {"customer": {"id": "0"}}


@pytest.mark.parametrize(
    "query",
    [
        *(
            {"response_fields": text}
            for text in ("", "id", "{", "{}", "{a", "{a,}", "{a}}", "{a b}")
        ),
        *({"response_fields": text} for text in ("{a{b}", "{-}", "{,a}", "{{a}}")),
        {"params": "customer,nothing"},
        {"start": "-1"},
        {"start": "one"},
        {"start": ""},
        {"start": "9" * 30},
        {"count": "-5"},
        {"count": "0"},
        {"count": "251"},
        {"count": "2.5"},
        {"skip_empty_email": "perhaps"},
        {"created_from": "notadate"},
        {"created_to": "2026-03-03"},
        {"modified_from": "2026-13-03 10:00:00"},
        {"modified_to": "2026-03-03T10:00:00 0000"},
        {"page_cursor": "abc"},
        {"page_cursor": "+//+AAAA"},
        {"page_cursor": "\N{SNOWMAN}"},
        {"sort": "id"},
    ],
    ids=str,
)
def test_bad_parameters(query: dict[str, str], call: Call) -> None:
    answer = call(**query)
    assert (answer["return_code"], answer["result"]) == (109, {})
    assert next(iter(query)) in answer["return_message"]


def test_the_words_of_bad_parameters(call: Call) -> None:
    message = call(start="-1")["return_message"]
    assert "'start'" in message
    assert "unsigned integer" in message
    message = call(created_from="notadate")["return_message"]
    assert "'created_from'" in message
    assert r"'Y-m-d\TH:i:sO' ISO_8601" in message


# Filters


def test_dates_are_inclusive_in_both_forms(call: Call, shop: Shop) -> None:
    days = [at(f"2026-03-0{day}T10:00:00") for day in (1, 2, 3)]
    keys = [str(shop.add_order(modified=day, created=day)) for day in days]
    for name in ("created", "modified"):
        for text in ("2026-03-02 10:00:00", "2026-03-02T10:00:00+0000", "2026-03-02T05:00:00-0500"):
            late = call(params="force_all", **{f"{name}_from": text})
            early = call(params="force_all", **{f"{name}_to": text})
            assert (ids(late), ids(early)) == (keys[1:], keys[:2])
    window = {"modified_from": "2026-03-01 10:00:01", "modified_to": "2026-03-03T09:59:59+00:00"}
    assert ids(call(params="force_all", **window)) == [keys[1]]
    shop.add_order(modified=days[2], created=at("2026-02-01T10:00:00"))
    assert len(ids(call(params="force_all", created_from="2026-03-03 10:00:00"))) == 1


def test_a_date_without_zone_is_read_in_the_platforms(
    call: Call, sandbox: Sandbox, shop: Shop
) -> None:
    shop.add_order(modified=at("2026-03-02T10:00:00"))
    query = {"params": "force_all", "modified_to": "2026-03-02 05:00:00"}
    assert ids(call(**query)) == []
    sandbox.api2cart.input_offset = "-0500"
    assert len(ids(call(**query))) == 1


def test_customers(call: Call, shop: Shop) -> None:
    guest, known = shop.add_order(), shop.add_order(customer_id=12, channel_id=2)
    nobody = shop.add_order()
    shop.set(nobody, billing_address={**shop.orders[nobody]["billing_address"], "email": ""})
    email = shop.orders[guest]["billing_address"]["email"]
    everything = {"params": "force_all"}
    assert ids(call(**everything, customer_id="12")) == [str(known)]
    assert ids(call(**everything, customer_email=email.upper())) == [str(guest)]
    assert ids(call(**everything, store_id="2")) == [str(known)]
    assert ids(call(**everything, skip_empty_email="true")) == [str(guest), str(known)]
    assert len(ids(call(**everything, skip_empty_email="0"))) == 3


# Pages


def test_start_and_count(call: Call, shop: Shop) -> None:
    keys = [str(shop.add_order()) for _ in range(12)]
    everything = {"params": "force_all"}
    assert ids(call(**everything)) == keys[:10]
    assert ids(call(**everything, count=250)) == keys
    assert ids(call(**everything, start=10)) == keys[10:]
    assert ids(call(**everything, start=2, count=3)) == keys[2:5]
    assert call(**everything, start=12)["result"] == {"order": []}


def test_cursors_carry_count_and_filters(
    call: Call, walk: Walk, sandbox: Sandbox, shop: Shop
) -> None:
    keys = [str(shop.add_order(customer_id=7)) for _ in range(5)]
    shop.add_order()
    assert walk(count=2, customer_id="7") == [keys[:2], keys[2:4], keys[4:]]
    assert [set(request.query) for request in sandbox.requests] == [
        {"count", "customer_id", "response_fields"},
        {"page_cursor", "response_fields"},
        {"page_cursor", "response_fields"},
    ]
    assert walk(count=5, customer_id="7") == [keys]
    first = call(count=2)["pagination"]
    assert first["previous"] is None
    second = call(page_cursor=unquote(first["next"]))["pagination"]
    back = call(page_cursor=unquote(second["previous"]), params="force_all")
    assert ids(back) == keys[:2]
    assert back["pagination"]["previous"] is None


def test_a_cursor_is_encoded_already(call: Call, shop: Shop) -> None:
    for count in range(1, 6):
        shop.add_order()
        shop.add_order()
        cursor = call(count=count)["pagination"]["next"]
        assert re.fullmatch(r"(\w|%2F|%2B|%3D)+", cursor)
        assert cursor.startswith("%2B%2F%2F%2B")
        assert cursor.endswith("%3D%3D")


def test_a_cursor_forgets_the_selector(call: Call, shop: Shop) -> None:
    shop.add_order()
    shop.add_order()
    cursor = unquote(call(count=1, params="force_all")["pagination"]["next"])
    assert "id" not in only_cart(call(page_cursor=cursor))
    assert "id" in only_cart(call(page_cursor=cursor, params="force_all"))


def test_strict_cursors(call: Call, sandbox: Sandbox, shop: Shop) -> None:
    for _ in range(2):
        shop.add_order()
    cursor = call(count=1)["pagination"]["next"]
    beside: dict[str, Any] = {
        "count": 1,
        "start": 0,
        "customer_id": "9",
        "modified_from": "2026-01-01 00:00:00",
    }
    assert call(page_cursor=cursor)["return_code"] == 109
    for name, value in beside.items():
        answer = call(page_cursor=unquote(cursor), **{name: value})
        assert answer["return_code"] == 109
        assert name in answer["return_message"]
    sandbox.api2cart.strict_cursors = False
    assert len(call(page_cursor=cursor)["result"]["order"]) == 1
    assert len(call(page_cursor=unquote(cursor), **beside)["result"]["order"]) == 1


def test_ten_thousand_carts_by_cursors(now: datetime) -> None:
    shop = Shop.seeded(carts=10_000, placed=100, clock=lambda: now)
    fields = "{pagination,result{order{id}}}"
    found: list[str] = []
    with Sandbox(shop) as served, requests.Session() as session:
        session.headers.update(KEYS)
        query: dict[str, Any] = {"count": 250}
        while query:
            url = f"{served.url}/v1.1/{LIST}"
            selected = query | {"response_fields": fields}
            answer = session.get(url, params=selected, timeout=10).json()
            found += ids(answer)
            following = answer["pagination"]["next"]
            query = {"page_cursor": unquote(following)} if following else {}
        assert len(served.requests) == 40
    assert len(found) == len(set(found)) == 10_000
