"""The tables through API2Cart: the same as BigCommerce's own, and no row lost on that road."""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import CatalogError, StoreError
from tap_bigcommerce_carts.model import Listed
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.api2cart.cart_shapes import cart_view
from tap_bigcommerce_carts.streams.through_api2cart import (
    API2CART_LINES,
    CART_SOURCES,
    LINE_SOURCES,
    OPTION_SOURCES,
    line_rows,
)
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, Clock, Output, catalog_for, run

if TYPE_CHECKING:
    from datetime import datetime

    from tap_bigcommerce_carts.sandbox import Request

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
STREAMS = (*CARTS, "customers")
LIST = "/v1.1/order.abandoned.list.json"
# What both roads can know of a cart and of a line, besides what API2Cart's documents hold.
COMPUTED = ("id", "date_modified", "is_guest", "items_total", "line_item_count")
LINE_COMPUTED = ("abandoned_cart_id", "cart_date_modified", "id")
# API2Cart has these of a line that BigCommerce gives in another form.
NOT_IN_BIGCOMMERCE = {"weight_unit", "discount_amount", "tax_percent", "tax_value_after_discount"}


def ago(**by: float) -> datetime:
    return NOON - timedelta(**by)


@pytest.fixture
def config(store: Sandbox) -> dict[str, Any]:
    """Settings that read the sandbox through API2Cart."""
    return {**store.api2cart_config(), "retry_for": 20}


def calls(store: Sandbox) -> list[Request]:
    return [request for request in store.requests if request.path == LIST]


def fill(shop: Shop, count: int, **more: Any) -> list[str]:
    """Add carts, seven seconds apart, the last a day ago; gives their ids."""
    first = ago(days=1, seconds=7 * count)
    return [
        str(shop.add_order(modified=first + timedelta(seconds=7 * turn), lines=2, **more))
        for turn in range(count)
    ]


def by_id(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> dict[Any, dict[str, Any]]:
    return {
        (row.get("abandoned_cart_id"), row["id"]): {name: row[name] for name in columns}
        for row in rows
    }


# The same tables


def test_the_streams_have_the_schemas_and_keys_of_bigcommerces() -> None:
    def found(source: str) -> dict[str, Any]:
        tap = TapBigCommerceCarts(config={"source": source}, validate_config=False)
        return {each["tap_stream_id"]: each for each in tap.catalog_dict["streams"]}

    ours, theirs = found("api2cart"), found("bigcommerce")
    assert set(ours) == set(STREAMS)
    for name, entry in ours.items():
        for part in ("schema", "key_properties", "replication_key"):
            assert entry[part] == theirs[name][part]


def test_the_same_carts_through_both_roads_give_the_same_rows() -> None:
    shop = Shop.seeded(carts=300, seed="both roads", clock=Clock(), placed=40, customers=50)
    with Sandbox(shop) as store:
        store.quota = None
        one = run({**store.config(), "store_name": "shop"}, streams=CARTS)
        two = run({**store.api2cart_config(), "store_name": "shop"}, streams=CARTS)
    columns = ("store", *COMPUTED, *(set(CART_SOURCES) - {"recovery_url"}))
    expected = by_id(one.rows(CARTS[0]), columns)
    assert by_id(two.rows(CARTS[0]), columns) == expected
    assert len(expected) == 300
    columns = ("store", *LINE_COMPUTED, *(set(LINE_SOURCES) - NOT_IN_BIGCOMMERCE))
    columns = tuple(name for name in columns if name != "product_options")
    expected = by_id(one.rows(CARTS[1]), columns)
    assert by_id(two.rows(CARTS[1]), columns) == expected
    assert options(two) == options(one)
    assert any(options(one).values())


def options(output: Output) -> dict[Any, Any]:
    names = set(OPTION_SOURCES) - {"price", "weight"}
    return {
        (row["abandoned_cart_id"], row["id"]): [
            {name: each[name] for name in names} for each in row["product_options"] or []
        ]
        for row in output.rows(CARTS[1])
    }


def test_what_api2cart_alone_gives_is_there_and_what_it_does_not_is_null(
    shop: Shop, config: dict[str, Any]
) -> None:
    shop.add_order(modified=ago(hours=5), currency_code="EUR", customer_id=7)
    output = run(config, streams=STREAMS)
    [cart] = output.rows("abandoned_carts")
    assert cart["platform"] == "api2cart"
    assert cart["store"] == "https://shop.example.com"
    assert cart["recovery_url"].startswith("https://shop.example.com/")
    assert (cart["order_id"], cart["status_id"], cart["ip_address"]) == (None, None, None)
    assert cart["store_default_currency_code"] == cart["default_currency_code"] == "EUR"
    [line] = output.rows("abandoned_cart_line_items")
    assert line["weight_unit"] == "kg"
    assert isinstance(line["tax_percent"], Decimal | int)
    [customer] = output.rows("customers")
    assert customer["id"] == 7
    assert customer["email"] == cart["customer_email"]
    assert customer["date_modified"] == cart["date_modified"]


def test_streams_of_bigcommerce_alone_are_refused_with_the_reason(config: dict[str, Any]) -> None:
    with pytest.raises(CatalogError, match=r"orders.*API2Cart.*source: bigcommerce"):
        run(config, catalog=catalog_for(["orders"]))


def test_personal_data_is_treated_alike(shop: Shop, config: dict[str, Any]) -> None:
    shop.add_order(modified=ago(hours=5), customer_id=7)
    hashed = {**config, "personal_data": "hash", "personal_data_salt": "grain-of-salt-5b1f3a"}
    output = run(hashed, streams=STREAMS)
    for row in (*output.rows("abandoned_carts"), *output.rows("customers")):
        email = row.get("customer_email") or row["email"]
        assert len(email) == 64
    assert "@" not in str(output.tables)


# Paging


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
@pytest.mark.parametrize("count", [0, 1, 249, 251, 760])
def test_carts_with_lines_and_customers_cost_a_call_per_page(
    shop: Shop, store: Sandbox, config: dict[str, Any], count: int, order: Any
) -> None:
    store.api2cart.order = order
    ids = fill(shop, count)
    output = run(config, streams=STREAMS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert len(output.rows("abandoned_cart_line_items")) == 2 * count
    # A lone page of less than 250 may have been cut, until a second call says that it was not.
    assert len(calls(store)) == max(ceil(count / 250), 1) + (count == 249)
    assert Counter(request.path for request in store.requests)["/v1.1/cart.info.json"] == 1


def test_where_there_are_no_cursors_pages_go_by_number(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    store.api2cart.cursors = False
    ids = fill(shop, 25)
    output = run({**config, "page_size": 10}, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert all("page_cursor" not in request.query for request in calls(store))


@pytest.mark.parametrize("count", [10, 25, 250])
def test_where_there_are_cursors_alone_a_page_without_one_is_the_last(
    shop: Shop, store: Sandbox, config: dict[str, Any], count: int
) -> None:
    store.api2cart.offsets = False
    ids = fill(shop, count)
    output = run(config, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert len(calls(store)) == 2


@pytest.mark.parametrize(("count", "most"), [(10, 250), (230, 10), (230, 25), (300, 250)])
def test_where_a_platform_ignores_start_and_has_no_cursors_its_list_is_read_by_dates(
    shop: Shop, store: Sandbox, config: dict[str, Any], count: int, most: int
) -> None:
    store.api2cart.cursors = False
    store.api2cart.ignored_filters = ("start",)
    store.api2cart.most_per_page, store.api2cart.over_count_code = most, 0
    ids = fill(shop, count)
    output = run(config, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert len(calls(store)) <= 3 + 4 * count // min(count, most)


def test_where_that_is_not_possible_the_run_stops_and_says_so(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    store.api2cart.cursors = False
    store.api2cart.ignored_filters = ("start", "modified_from", "modified_to")
    store.api2cart.most_per_page, store.api2cart.over_count_code = 10, 0
    fill(shop, 30)
    with pytest.raises(StoreError, match=r"ignores `start`"):
        run(config, streams=CARTS)
    assert len(calls(store)) < 10


def test_by_number_a_cart_that_leaves_the_list_costs_no_other_cart(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """A cart that changes while the list is read moves those behind it to an earlier page."""
    store.api2cart.cursors = False
    ids = fill(shop, 25)
    done: list[int] = []

    def touch(_number: int, request: Request) -> None:
        if request.query.get("start") == "10" and not done:
            done.append(1)
            shop.touch(int(ids[0]))

    store.before(touch)
    output = run({**config, "page_size": 10}, streams=CARTS)
    assert done
    assert set(ids[1:]) <= set(output.ids("abandoned_carts"))


@pytest.mark.parametrize("how", ["strict", "lenient"])
def test_the_selection_and_nothing_else_goes_with_a_cursor(
    shop: Shop, store: Sandbox, config: dict[str, Any], how: str
) -> None:
    store.api2cart.strict_cursors = how == "strict"
    fill(shop, 25)
    run({**config, "page_size": 10}, streams=CARTS)
    following = [request.query for request in calls(store) if "page_cursor" in request.query]
    assert len(following) == 2
    assert all(set(query) == {"page_cursor", "response_fields"} for query in following)


# Incremental


def test_a_second_run_reads_from_the_bookmark_on(
    shop: Shop, store: Sandbox, config: dict[str, Any], clock: Clock
) -> None:
    config = {**config, "lookback_seconds": 30}
    fill(shop, 30)
    first = run(config, streams=STREAMS)
    store.clear()
    again = run(config, streams=STREAMS, state=first.state)
    assert again.bookmark("abandoned_carts") == first.bookmark("abandoned_carts")
    assert len(calls(store)) == 1
    late = shop.add_order(modified=ago(hours=3), customer_id=9)
    clock.advance(minutes=5)
    second = run(config, streams=STREAMS, state=first.state)
    assert str(late) in second.ids("abandoned_carts")
    assert second.ids("customers")[-1] == 9
    assert len(second.ids("abandoned_carts")) < 31
    for stream in STREAMS:
        assert second.bookmark(stream) is not None


def test_a_run_that_stops_in_the_middle_keeps_what_it_finished_and_no_more(
    shop: Shop, store: Sandbox, config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_bigcommerce_carts.api2cart.windows._PAGES_AIMED_AT", 2)
    monkeypatch.setattr("tap_bigcommerce_carts.api2cart.windows._MOST_PAGES", 4)
    store.api2cart.order = "descending"
    ids = [str(shop.add_order(modified=ago(days=400 - turn))) for turn in range(300)]
    config = {**config, "page_size": 10, "retry_for": 0}
    seen: set[str] = set()
    state: dict[str, Any] = {}
    bookmarks: list[str] = []
    for stop in (30, 20, None):
        store.clear()
        store.before(lambda number, _, stop=stop: "code_9" if number == stop else None)  # type: ignore[misc]
        output = run(config, streams=CARTS, state=state, failing=True)
        assert output.code == (stop is not None)
        seen |= set(output.ids("abandoned_carts"))
        state = output.state or state
        bookmark = output.bookmark("abandoned_carts") or ""
        bookmarks.append(bookmark)
        assert {each for each in ids if modified(shop, each) <= bookmark} <= seen
    assert seen == set(ids)
    assert bookmarks == sorted(bookmarks)
    assert len(set(bookmarks)) > 1


def modified(shop: Shop, cart: str) -> str:
    return shop.modified(int(cart)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_lines_selected_later_are_filled_from_the_start(shop: Shop, config: dict[str, Any]) -> None:
    fill(shop, 12)
    first = run(config, streams=["abandoned_carts"])
    second = run(config, streams=CARTS, state=first.state)
    assert len(second.rows("abandoned_cart_line_items")) == 24


def test_carts_selected_later_are_filled_from_the_start(shop: Shop, config: dict[str, Any]) -> None:
    ids = fill(shop, 12)
    first = run(config, streams=["abandoned_cart_line_items"])
    assert first.bookmark("abandoned_carts") is None
    later = {**config, "lookback_seconds": 0}
    second = run(later, streams=CARTS, state=first.state)
    assert sorted(second.ids("abandoned_carts")) == sorted(ids)


def test_no_state_covers_a_cart_whose_lines_and_owner_were_not_written(
    shop: Shop, config: dict[str, Any]
) -> None:
    fill(shop, 40, customer_id=3)
    output = run({**config, "page_size": 7}, streams=STREAMS)
    lines, owned = 0, False
    for message in output.messages:
        if message["type"] == "RECORD":
            lines += message["stream"] == "abandoned_cart_line_items"
            owned |= message["stream"] == "customers"
        elif message["type"] == "STATE":
            bookmarks = message["value"]["bookmarks"]
            if "replication_key_value" in bookmarks.get("abandoned_carts", {}):
                assert (lines, owned) == (80, True)


# Faults and strange forms


@pytest.mark.parametrize("seed", [1, 2])
def test_with_15_percent_faults_every_row_is_there(
    shop: Shop, store: Sandbox, config: dict[str, Any], sleeps: list[float], seed: int
) -> None:
    ids = fill(shop, 300)
    store.api2cart.rate, store.api2cart.seed = 0.15, seed
    store.api2cart.kinds = (*store.api2cart.kinds, "slow")
    output = run({**config, "page_size": 5, "retry_for": 600}, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert len(output.rows("abandoned_cart_line_items")) == 600
    assert sleeps


@pytest.mark.parametrize(
    "forms",
    [
        {"integer_ids": True, "money_as_text": True, "lists_for_objects": True},
        {"missing_keys": True, "empty_emails": True, "null_basket_url": True, "guest_id": ""},
        {"date_format": "Y-m-d H:i:s", "null_dates": ("created_at",)},
        {"date_offset": "-0500", "null_date_values": ("created_at",)},
    ],
)
def test_what_platforms_write_in_other_forms_is_read_the_same(
    forms: dict[str, Any],
) -> None:
    shop = Shop.seeded(carts=60, seed="forms", clock=Clock(), placed=0, customers=20)
    with Sandbox(shop) as store:
        config = store.api2cart_config()
        plain = run(config, streams=CARTS)
        for name, value in forms.items():
            setattr(store.api2cart, name, value)
        odd = run(config, streams=CARTS)
    missing = {"customer_email", "customer_first_name", "customer_last_name", "customer_phone"}
    missing |= {"recovery_url", "date_created"}
    for stream in CARTS:
        columns = tuple(set(plain.rows(stream)[0]) - missing)
        for row in (*odd.rows(stream), *plain.rows(stream)):
            # No options at all, or an empty list of them.
            row["product_options"] = row.get("product_options") or None
        assert by_id(odd.rows(stream), columns) == by_id(plain.rows(stream), columns)


@pytest.mark.parametrize(
    ("ids", "parents", "told", "told_parents"),
    [
        (["55", "56", "2"], [None, "55", "55"], [55, 56, 2], [None, 55, 55]),
        (["55", None, "2"], [None, "55", "2"], [1, 2, 3], [None, 1, 3]),
        (["55", "", "55"], [None, "55", "0"], [1, 2, 3], [None, None, None]),
        ([None, "x", 0], [1, "x", "7"], [1, 2, 3], [None, None, None]),
    ],
)
def test_a_part_points_at_its_bundle_also_where_lines_are_numbered_by_place(
    ids: list[Any], parents: list[Any], told: list[int], told_parents: list[int | None]
) -> None:
    lines: list[Any] = [
        {"order_product_id": number, "parent_order_product_id": parent}
        for number, parent in zip(ids, parents, strict=True)
    ]
    empty = Listed("8", NOON, {})
    rows = line_rows([empty, Listed("9", NOON, {}, lines=lines), empty], RowBuilder(API2CART_LINES))
    assert [row.id for row in rows] == told
    assert [row.parent_order_product_id for row in rows] == told_parents


@pytest.mark.parametrize("options", [{}, [], None, ""])
def test_no_options_are_no_option(options: Any) -> None:
    rows = RowBuilder(API2CART_LINES)
    [row] = line_rows([Listed("9", NOON, {}, lines=[{"options": options}])], rows)
    assert not row.product_options
    assert not rows.losses


ODD_IDS: list[Any] = ["", " ", None, True, [], "9" * 256]
SPOILT: list[dict[str, Any]] = [
    *({"id": odd} for odd in ODD_IDS),
    *({"modified_at": date} for date in (None, {}, {"value": "soon", "format": "Y"})),
    *({"order_products": lines} for lines in (5, [5], "text", {"a": 1})),
]


@pytest.mark.parametrize("changed", SPOILT, ids=str)
def test_a_cart_that_cannot_be_kept_is_passed_by(
    shop: Shop,
    config: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, Any],
) -> None:
    """The others are read, the exit code is 1, and the bookmark waits for it."""
    good = fill(shop, 5)
    bad = good.pop(2)

    def view(*of: Any) -> dict[str, Any]:
        served = cart_view(*of)
        return {**served, **changed} if str(served["id"]) == bad else served

    with monkeypatch.context() as patch:
        patch.setattr("tap_bigcommerce_carts.sandbox.api2cart.cart_shapes.cart_view", view)
        output = run({**config, "page_size": 2}, streams=CARTS, failing=True)
    assert output.code == 1
    assert sorted(output.ids("abandoned_carts")) == sorted(good)
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert "1 passed by" in line
    shop.order_records[int(bad)].keep()
    healed = run(config, state=output.state, streams=CARTS)
    assert healed.code == 0
    assert bad in healed.ids("abandoned_carts")
    assert bad in {row["abandoned_cart_id"] for row in healed.rows("abandoned_cart_line_items")}
    assert healed.bookmark("abandoned_carts") == max(
        row["date_modified"] for row in healed.rows("abandoned_carts")
    )


@pytest.mark.parametrize("how", ["null_dates", "null_date_values"])
def test_carts_without_any_date_are_told_in_one_sentence(
    shop: Shop, store: Sandbox, config: dict[str, Any], how: str
) -> None:
    fill(shop, 3)
    setattr(store.api2cart, how, ("modified_at",))
    with pytest.raises(StoreError, match=r"3 passed by.*no readable `modified_at`"):
        run(config, streams=CARTS)


@pytest.mark.parametrize("ignored", [("modified_from",), ("modified_from", "modified_to")])
def test_a_platform_that_ignores_dates_costs_no_row(
    shop: Shop, store: Sandbox, config: dict[str, Any], ignored: tuple[str, ...]
) -> None:
    store.api2cart.ignored_filters = ignored
    ids = fill(shop, 30)
    late = str(shop.add_order(modified=ago(minutes=5)))
    output = run({**config, "page_size": 10}, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)
    assert late not in output.ids("abandoned_carts")


@pytest.mark.parametrize("zone", ["-1200", "-0500", "+0200", "+1400"])
@pytest.mark.parametrize("gap", [{"minutes": 20}, {"days": 9}])
def test_dates_that_the_platform_reads_in_its_own_zone_cost_no_row(
    shop: Shop, store: Sandbox, config: dict[str, Any], zone: str, gap: dict[str, int]
) -> None:
    store.api2cart.plain_dates = True
    store.api2cart.input_offset = zone
    upper = ago(hours=2)
    ids = [str(shop.add_order(modified=upper - turn * timedelta(**gap))) for turn in range(120)]
    # So small that the history is cut into windows.
    config = {**config, "page_size": 2, "lookback_seconds": 0}
    first = run(config, streams=CARTS)
    assert sorted(first.ids("abandoned_carts")) == sorted(ids)
    late = str(shop.add_order(modified=ago(hours=1)))
    second = run(config, streams=CARTS, state=first.state)
    assert late in second.ids("abandoned_carts")
    assert len(second.ids("abandoned_carts")) <= 2


def test_a_used_up_quota_ends_the_run_and_is_named(
    shop: Shop, store: Sandbox, config: dict[str, Any], sleeps: list[float]
) -> None:
    fill(shop, 30)
    store.api2cart.calls_left = 2
    with pytest.raises(StoreError, match="monthly quota"):
        run({**config, "page_size": 10}, streams=CARTS)
    assert sleeps


def test_a_shop_that_cannot_be_asked_its_name_is_asked_once(
    store: Sandbox, config: dict[str, Any]
) -> None:
    store.before(lambda *_: "code_3")
    with pytest.raises(StoreError, match="return code 3"):
        run(config, streams=CARTS)
    assert len(store.requests) == 1


@pytest.mark.parametrize("key", ["api2cart_api_key", "api2cart_store_key"])
def test_a_wrong_key_ends_the_run_and_names_the_setting(
    config: dict[str, Any], key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(StoreError, match=f"`{key}`") as caught:
        run({**config, key: "wrong-key-nobody-may-see"}, streams=CARTS)
    assert "nobody-may-see" not in f"{caught.value} {caplog.text}"


def test_never_more_than_five_calls_at_once(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    fill(shop, 100)
    run({**config, "page_size": 5, "max_parallel_requests": 10}, streams=STREAMS)
    assert 1 <= store.api2cart.most_at_once <= 5


def test_the_newest_cart_of_an_owner_is_the_one_that_counts(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    store.api2cart.order = "shuffled"
    for turn in range(40):
        shop.add_order(modified=ago(hours=50 - turn), customer_id=1 + turn % 3)
    output = run({**config, "page_size": 4}, streams=STREAMS)
    newest = {row["id"]: row["date_modified"] for row in output.rows("customers")}
    expected: dict[int, str] = {}
    for row in sorted(output.rows("abandoned_carts"), key=lambda row: row["date_modified"]):
        expected[row["customer_id"]] = row["date_modified"]
    assert newest == expected


@pytest.mark.parametrize("most", [10, 25, 48, 100, 111])
def test_a_platform_that_gives_fewer_than_asked_for_costs_no_row(
    shop: Shop, store: Sandbox, config: dict[str, Any], most: int
) -> None:
    """Without cursors and without an error, a short page looks like the last one."""
    store.api2cart.cursors = False
    store.api2cart.most_per_page, store.api2cart.over_count_code = most, 0
    ids = fill(shop, 230)
    output = run(config, streams=CARTS)
    assert sorted(output.ids("abandoned_carts")) == sorted(ids)


@pytest.mark.parametrize("code", [109, 111])
def test_a_platform_that_refuses_as_many_names_the_setting(
    shop: Shop, store: Sandbox, config: dict[str, Any], code: int
) -> None:
    store.api2cart.most_per_page, store.api2cart.over_count_code = 100, code
    fill(shop, 3)
    with pytest.raises(StoreError, match=r"Lower `page_size`\.$"):
        run(config, streams=CARTS)


def test_no_message_repeats_what_the_shops_platform_says_of_a_shopper(
    shop: Shop, config: dict[str, Any], store: Sandbox, sleeps: list[float], caplog: Any
) -> None:
    """Code 107 brings the platform's own text, whatever that may hold."""
    fill(shop, 3)
    store.before(lambda _, request: "code_107" if request.path == LIST else None)
    with pytest.raises(StoreError) as caught:
        run(config, streams=CARTS)
    assert "107" in str(caught.value)
    assert "shopper@example.org" not in f"{caught.value} {caplog.text}"
    assert sleeps


def test_the_way_back_to_a_shoppers_cart_is_personal(shop: Shop, config: dict[str, Any]) -> None:
    shop.add_order(modified=ago(hours=5))
    [cart] = run({**config, "personal_data": "drop"}, streams=CARTS).rows("abandoned_carts")
    assert cart["recovery_url"] is None


@pytest.mark.parametrize("first", ["bigcommerce", "api2cart"])
def test_a_bookmark_of_another_source_covers_nothing(
    shop: Shop, store: Sandbox, caplog: pytest.LogCaptureFixture, first: str
) -> None:
    # A second run starts a little before the last of them.
    for turn in range(6):
        at = NOON - timedelta(hours=30 - turn)
        shop.add_customer(modified=at)
        shop.add_order(modified=at, customer_id=turn + 1)
    roads = {"bigcommerce": store.config(), "api2cart": store.api2cart_config()}
    streams = ("abandoned_carts", "customers")
    before = run({**roads.pop(first), "store_name": "shop"}, streams=streams)
    (other,) = roads.values()
    after = run({**other, "store_name": "shop"}, streams=streams, state=before.state)
    assert len(after.rows("abandoned_carts")) == len(after.rows("customers")) == 6
    assert "`source`" in caplog.text
    again = run({**other, "store_name": "shop"}, streams=streams, state=after.state)
    assert len(again.rows("abandoned_carts")) == 1
