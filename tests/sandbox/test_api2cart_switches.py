"""API2Cart's door when it behaves otherwise: other platforms' forms, failures, limits."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from time import sleep
from typing import Any
from urllib.parse import unquote

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Api2Cart, Fault, Request, Sandbox, Shop
from tap_bigcommerce_carts.sandbox.api2cart import KINDS

Read = Callable[..., requests.Response]
Call = Callable[..., dict[str, Any]]

KEYS = {"x-api-key": "sandbox-api-key", "x-store-key": "sandbox-store-key"}


@pytest.fixture
def read(sandbox: Sandbox) -> Read:
    """Ask for everything of the list, with the right keys."""

    def get(**query: Any) -> requests.Response:
        url = f"{sandbox.url}/v1.1/order.abandoned.list.json"
        return requests.get(url, params={"params": "force_all"} | query, headers=KEYS, timeout=10)

    return get


@pytest.fixture
def call(read: Read) -> Call:
    """Ask for everything of the list; gives the document."""

    def get(**query: Any) -> dict[str, Any]:
        answer: dict[str, Any] = read(**query).json()
        return answer

    return get


@pytest.fixture
def switches(sandbox: Sandbox) -> Api2Cart:
    return sandbox.api2cart


def ids(answer: dict[str, Any]) -> list[str]:
    return [cart["id"] for cart in answer["result"]["order"]]


def walked(call: Call, count: int) -> list[str]:
    answer = call(count=count)
    found = ids(answer)
    while following := answer["pagination"]["next"]:
        answer = call(page_cursor=unquote(following))
        found += ids(answer)
    return found


# Lists


def test_order(call: Call, switches: Api2Cart, shop: Shop) -> None:
    keys = [str(shop.add_order()) for _ in range(9)]
    assert walked(call, 2) == keys
    switches.order = "descending"
    assert walked(call, 2) == keys[::-1]
    switches.order = "shuffled"
    found = walked(call, 2)
    assert sorted(found) == sorted(keys)
    assert found not in (keys, keys[::-1])
    assert ids(call(start=0)) == found


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_cursors_by_row_or_place(order: Any, call: Call, switches: Api2Cart, shop: Shop) -> None:
    """A cart that leaves the list pushes another one past a cursor by place."""
    keys = [shop.add_order() for _ in range(6)]
    switches.order = order
    for by, missed in (("row", 0), ("place", 1)):
        switches.cursors_by = "row" if by == "row" else "place"
        every = walked(call, 2)
        first = call(count=2)
        shop.convert(int(ids(first)[0]))
        second = call(page_cursor=unquote(first["pagination"]["next"]))
        assert ids(second) == every[2 + missed : 4 + missed]
    assert len(ids(call())) == len(keys) - 2


def test_without_cursors(call: Call, switches: Api2Cart, shop: Shop) -> None:
    keys = [str(shop.add_order()) for _ in range(3)]
    cursor = unquote(call(count=2)["pagination"]["next"])
    switches.cursors = False
    answer = call(count=2)
    assert answer["pagination"] == {"previous": None, "next": None}
    assert ids(answer) + ids(call(count=2, start=2)) == keys
    assert call(page_cursor=cursor)["return_code"] == 109


def test_without_offsets(call: Call, switches: Api2Cart) -> None:
    switches.offsets = False
    assert call(start=0)["return_code"] == 109
    assert call()["return_code"] == 0


def test_ignored_filters(call: Call, switches: Api2Cart, shop: Shop) -> None:
    for _ in range(2):
        shop.add_order()
    query = {"modified_to": "2026-01-01 00:00:00", "count": 1}
    assert ids(call(**query)) == []
    switches.ignored_filters = {"modified_from", "modified_to"}
    answer = call(**query)
    assert len(ids(answer)) == 1
    assert len(ids(call(page_cursor=unquote(answer["pagination"]["next"])))) == 1


def test_the_largest_count(call: Call, switches: Api2Cart) -> None:
    switches.most_per_page, switches.over_count_code = 100, 111
    assert call(count=100)["return_code"] == 0
    assert call(count=101)["return_code"] == 111


# Other forms of a cart


def first(call: Call) -> dict[str, Any]:
    cart: dict[str, Any] = call()["result"]["order"][0]
    return cart


def test_dates(call: Call, switches: Api2Cart, shop: Shop) -> None:
    moment = datetime.fromisoformat("2026-03-02T03:00:00Z")
    shop.add_order(modified=moment, created=moment)
    switches.date_offset = "-0530"
    assert first(call)["modified_at"]["value"] == "2026-03-01T21:30:00-0530"
    switches.date_offset = "+0200"
    assert first(call)["modified_at"]["value"] == "2026-03-02T05:00:00+0200"
    switches.date_format = "Y-m-d H:i:s"
    plain = {"value": "2026-03-02 05:00:00", "format": "Y-m-d H:i:s"}
    assert first(call)["created_at"] == plain
    switches.null_dates = ["modified_at"]
    cart = first(call)
    assert (cart["created_at"], cart["modified_at"]) == (plain, None)
    switches.null_date_values = ["created_at"]
    assert first(call)["created_at"] == plain | {"value": None}


def test_integer_ids(call: Call, switches: Api2Cart, shop: Shop) -> None:
    options = [{"id": 5, "option_id": 7, "display_name": "Size", "display_value": "10"}]
    key = shop.add_order(lines=[shop.line(product_options=options)])
    switches.integer_ids = True
    cart = first(call)
    (product,) = cart["order_products"]
    assert (cart["id"], cart["customer"]["id"], cart["currency"]["id"]) == (key, 0, 1)
    assert product["order_product_id"] == shop.lines(key)[0]["id"]
    assert product["options"][0]["product_option_value_id"] == 5
    assert product["options"][0]["value"] == "10"


def test_money_as_text(call: Call, switches: Api2Cart, shop: Shop) -> None:
    shop.add_order(lines=[shop.line(price="12.30")])
    switches.money_as_text = True
    cart = first(call)
    assert (cart["totals"]["subtotal"], cart["order_products"][0]["price"]) == ("12.3", "12.3")


def test_lists_for_objects(call: Call, switches: Api2Cart, shop: Shop) -> None:
    switches.lists_for_objects = True
    assert call()["result"] == []
    assert call(start=-1)["result"] == []
    key = shop.add_order()
    cart = first(call)
    assert cart["additional_fields"] == cart["customer"]["custom_fields"] == []
    switches.empty_emails = {key}
    assert first(call)["customer"] == []


def test_missing_keys(call: Call, switches: Api2Cart, shop: Shop) -> None:
    switches.missing_keys = True
    assert call()["result"] == {}
    shop.add_order(cart_id="")
    answer = call()
    cart = first(call)
    assert answer["pagination"] == {}
    assert not {"basket_id", "basket_url"} & set(cart)
    assert not {"parent_order_product_id", "options", "barcode"} & set(cart["order_products"][0])
    assert cart["totals"]["shipping"] == 0


def test_empty_emails(call: Call, switches: Api2Cart, shop: Shop) -> None:
    one, two = shop.add_order(), shop.add_order()
    switches.empty_emails = {one}
    emails = [cart["customer"]["email"] for cart in call()["result"]["order"]]
    assert emails == ["", shop.orders[two]["billing_address"]["email"]]
    assert ids(call(skip_empty_email="true")) == [str(two)]
    switches.empty_emails = True
    assert ids(call(skip_empty_email="true")) == []


def test_guests_and_links(call: Call, switches: Api2Cart, shop: Shop) -> None:
    shop.add_order()
    switches.guest_id = ""
    switches.null_basket_url = True
    cart = first(call)
    assert (cart["customer"]["id"], cart["basket_url"]) == ("", None)
    assert cart["basket_id"]


# Failures


@pytest.mark.parametrize("code", [1, 7, 9, 10, 107, 110, 6, 113])
def test_return_codes(code: int, read: Read, switches: Api2Cart, sandbox: Sandbox) -> None:
    switches.script = [f"code_{code}", None]
    failed = read()
    assert failed.status_code == 200
    assert failed.json()["return_code"] == code
    assert failed.json()["return_message"]
    assert failed.json()["result"] == ([] if code == 107 else {})
    assert read().json()["return_code"] == 0
    assert [request.fault for request in sandbox.requests] == [f"code_{code}", None]
    assert [request.return_code for request in sandbox.requests] == [code, 0]


def test_broken_answers(
    read: Read, switches: Api2Cart, shop: Shop, sandbox: Sandbox, waits: list[float]
) -> None:
    shop.add_order()
    switches.script = ["502_html", "cut_json", Fault("slow", seconds=0.05), "reset"]
    page = read()
    assert (page.status_code, page.headers["Content-Type"]) == (502, "text/html")
    cut = read()
    assert cut.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(cut.text)
    assert read().json()["return_code"] == 0
    assert waits == [0.05]
    with pytest.raises(requests.ConnectionError):
        read()
    assert [request.status for request in sandbox.requests] == [502, 200, 200, 0]


def test_random_failures_are_repeatable(read: Read, sandbox: Sandbox) -> None:
    found = []
    for seed in (1, 1, 2):
        sandbox.api2cart = Api2Cart(rate=0.4, seed=seed)
        sandbox.clear()
        for _ in range(40):
            with suppress(requests.RequestException):
                read()
        found.append([request.fault for request in sandbox.requests])
    assert found[0] == found[1]
    assert found[0] != found[2]
    assert {*found[0], *found[2]} == {None, *KINDS} - {"slow"}


def test_each_door_fails_on_its_own(read: Read, sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/stores/sandbox1/v2/time"
    token = {"X-Auth-Token": sandbox.token}
    sandbox.faults.rate = 1.0
    assert read().json()["return_code"] == 0
    sandbox.faults.rate, sandbox.api2cart.rate = 0.0, 1.0
    assert requests.get(url, headers=token, timeout=10).status_code == 200


def test_hooks(read: Read, sandbox: Sandbox, shop: Shop) -> None:
    def hook(number: int, request: Request) -> str | None:
        assert request.path.startswith("/v1.1/")
        shop.add_order()
        return "code_9" if number == 1 else None

    sandbox.before(hook)
    assert read().json()["return_code"] == 9
    assert len(read().json()["result"]["order"]) == 2


# Limits


def test_the_months_quota(call: Call, switches: Api2Cart) -> None:
    switches.calls_left = 2
    assert [call()["return_code"] for _ in range(4)] == [0, 0, 10, 10]


def test_calls_at_once(call: Call, switches: Api2Cart, sandbox: Sandbox) -> None:
    call()
    assert switches.most_at_once == 1
    sandbox.clear()
    sandbox.latency = 2.0
    with ThreadPoolExecutor(5) as pool:
        under_way = [pool.submit(call) for _ in range(5)]
        while len(sandbox.requests) < 5:
            sleep(0.01)
        assert switches.most_at_once == 5
        assert call()["return_code"] == 7
        switches.most_per_account = 5
        assert call()["return_code"] == 10
        assert [each.result()["return_code"] for each in under_way] == [0] * 5
    assert switches.most_at_once == 6
    sandbox.latency = 0.0
    sandbox.clear()
    assert switches.most_at_once == 0
    assert call()["return_code"] == 0
    assert switches.most_at_once == 1


def test_control_by_other_processes(call: Call, sandbox: Sandbox, shop: Shop) -> None:
    shop.add_order()
    control = f"{sandbox.url}/_sandbox/api2cart"
    call()
    values = {"integer_ids": True, "null_dates": ["created_at"], "kinds": ["code_9"], "rate": 0}
    answer = requests.post(control, json=values, timeout=10)
    assert answer.json() == {"ok": True, "most_at_once": 1}
    cart = first(call)
    assert isinstance(cart["id"], int)
    assert cart["created_at"] is None
    assert requests.post(control, json={"_at_once": 3}, timeout=10).status_code == 400
    requests.post(control, json={"rate": 1}, timeout=10)
    assert call()["return_code"] == 9


def test_changed_carts_are_served_anew(call: Call, shop: Shop) -> None:
    key = shop.add_order()
    before = first(call)["totals"]["total"]
    shop.edit_cart(key)
    assert first(call)["totals"]["total"] > before
