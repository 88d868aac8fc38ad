"""What each setting does in a run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tap_bigcommerce_carts.errors import SettingsError, StoreError
from tap_bigcommerce_carts.sandbox import Fault, Sandbox, Shop
from tests.support.harness import ALL_STREAMS, NOON, run

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def queries(store: Sandbox, path: str, **fields: str) -> list[dict[str, str]]:
    return [
        each.query
        for each in store.requests
        if each.path.endswith(path) and all(each.query.get(n) == v for n, v in fields.items())
    ]


@pytest.mark.parametrize("size", [1, 7, 250, 5.0])
def test_page_size_is_the_limit_asked_for(
    shop: Shop, store: Sandbox, config: dict[str, Any], size: float
) -> None:
    """5.0 is a whole number too, and is sent as one."""
    shop.add_order(modified=NOON - timedelta(hours=5))
    shop.add_customer(modified=NOON - timedelta(hours=5))
    run({**config, "page_size": size})
    for path in ("/v2/orders", "/v3/customers"):
        assert {each["limit"] for each in queries(store, path, page="1")} == {str(int(size))}


def test_one_channel_is_filtered_by_the_store(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    ours = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.add_order(modified=NOON - timedelta(hours=4), channel_id=1)
    output = run({**config, "channel_ids": [2]})
    assert {each["channel_id"] for each in queries(store, "/v2/orders")} == {"2"}
    assert output.ids("orders") == [ours]
    assert output.ids("abandoned_carts") == [str(ours)]
    assert {row["abandoned_cart_id"] for row in output.rows("abandoned_cart_line_items")} == {
        str(ours)
    }


def test_of_several_channels_the_rows_are_picked(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """The list takes one channel only, so it is not filtered there; no page is cut short by it."""
    ids = [
        shop.add_order(
            modified=NOON - timedelta(hours=9, minutes=-n), channel_id=(1, 2, 1017)[n % 3]
        )
        for n in range(12)
    ]
    output = run({**config, "channel_ids": [2, 1017], "page_size": 2})
    assert all("channel_id" not in each for each in queries(store, "/v2/orders"))
    expected = [each for n, each in enumerate(ids) if n % 3]
    assert output.ids("orders") == expected
    assert output.ids("abandoned_carts") == [str(each) for each in expected]


@pytest.mark.parametrize("channels", [None, []])
def test_without_channels_all_are_read(
    shop: Shop, config: dict[str, Any], channels: list[int] | None
) -> None:
    ids = [shop.add_order(modified=NOON - timedelta(hours=5), channel_id=n) for n in (1, 2, 1017)]
    assert run({**config, "channel_ids": channels}).ids("orders") == ids


@pytest.mark.parametrize("written", ["2", 2.0, "2.0000"])
def test_a_channel_written_in_another_form_is_still_ours(
    shop: Shop, config: dict[str, Any], written: Any
) -> None:
    """Ids come as text at times: such a row must not vanish in silence."""
    order = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.order_records[order].keep().document["channel_id"] = written
    output = run({**config, "channel_ids": [2, 3]})
    assert output.ids("orders") == [order]
    assert output.rows("orders")[0]["channel_id"] == 2


@pytest.mark.parametrize("written", [[], {}, [2], None, True, "shop"])
def test_a_channel_that_is_no_id_does_not_break_the_run(
    shop: Shop, config: dict[str, Any], written: Any
) -> None:
    order = shop.add_order(modified=NOON - timedelta(hours=5), channel_id=2)
    shop.order_records[order].keep().document["channel_id"] = written
    customer = shop.add_customer(origin_channel_id=written, channel_ids=[written])
    ours = shop.add_order(modified=NOON - timedelta(hours=4), channel_id=2)
    output = run({**config, "channel_ids": [2, 3]})
    assert ours in output.ids("orders")
    assert set(output.ids("customers")) <= {customer}


def test_customers_of_other_storefronts_are_left_out(shop: Shop, config: dict[str, Any]) -> None:
    """Null means that the customer may sign in everywhere."""
    everywhere = shop.add_customer(channel_ids=None, origin_channel_id=1)
    here = shop.add_customer(channel_ids=[1, 2], origin_channel_id=1)
    born_here = shop.add_customer(channel_ids=[1], origin_channel_id=2)
    shop.add_customer(channel_ids=[1], origin_channel_id=1)
    output = run({**config, "channel_ids": [2]}, streams=["customers"])
    assert sorted(output.ids("customers")) == [everywhere, here, born_here]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Lantern & Quay", "Lantern & Quay"), (None, "sandbox1"), (" ", "sandbox1")],
)
@pytest.mark.usefixtures("every_scope")
def test_store_name_is_the_column_store_of_every_stream(
    shop: Shop, config: dict[str, Any], name: str | None, expected: str
) -> None:
    shop.add_order(modified=NOON - timedelta(hours=5))
    shop.add_customer()
    shop.log.add(NOON)
    output = run({**config, "store_name": name}, streams=ALL_STREAMS)
    for stream in ALL_STREAMS:
        assert {row["store"] for row in output.rows(stream)} == {expected}


@pytest.mark.parametrize("most", [1, 2, 5])
def test_never_more_requests_under_way_than_allowed(
    shop: Shop, store: Sandbox, config: dict[str, Any], most: int
) -> None:
    for n in range(20):
        shop.add_order(modified=NOON - timedelta(hours=9, minutes=-n))
    store.faults.empty_line_items = True
    store.latency = 0.01
    output = run({**config, "max_parallel_requests": most, "page_size": 7}, streams=CARTS)
    assert len(output.ids("abandoned_carts")) == 20
    busiest = max(each.in_flight for each in store.requests)
    assert busiest <= most
    # And what is allowed is used.
    assert most == 1 or busiest > 1


def test_request_timeout_gives_a_slow_answer_up(
    shop: Shop,
    store: Sandbox,
    config: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    store.faults.script = [Fault("slow", seconds=1.4)]
    output = run({**config, "request_timeout": 1}, streams=["orders"])
    assert output.ids("orders") == [order]
    assert "within 1 s (`request_timeout`)" in caplog.text


def test_retry_for_zero_means_one_request(store: Sandbox, config: dict[str, Any]) -> None:
    store.faults.rate = 1.0
    store.faults.kinds = ("500_html",)
    with pytest.raises(StoreError, match=r"500.*`retry_for`"):
        run({**config, "retry_for": 0, "page_size": 1}, streams=["orders"])
    assert len(store.requests) == 1


@pytest.mark.parametrize("end", ["", "/", "//", " "])
def test_api_url_is_where_requests_go(
    shop: Shop, store: Sandbox, config: dict[str, Any], end: str
) -> None:
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    output = run({**config, "api_url": store.url + end}, streams=["orders"])
    assert output.ids("orders") == [order]
    assert all(each.path.startswith("/stores/sandbox1/v2/") for each in store.requests)


@pytest.mark.parametrize(
    ("given", "wire"),
    [
        ("2026-03-01", "2026-02-28T23:59:59%2B00:00"),
        ("2026-03-01T09:30:00Z", "2026-03-01T09:29:59%2B00:00"),
        ("2026-03-01T09:30:00-05:00", "2026-03-01T14:29:59%2B00:00"),
        ("2026-03-01T09:30:00.987654Z", "2026-03-01T09:29:59%2B00:00"),
    ],
)
def test_start_date_has_time_and_offset_on_the_wire(
    store: Sandbox, config: dict[str, Any], given: str, wire: str
) -> None:
    """V2 refuses a date alone, and V3 fractions of a second; a second more is asked for."""
    run({**config, "start_date": given})
    targets = [each.target for each in store.requests if each.path.endswith("/v2/orders")]
    assert targets
    assert all(f"min_date_modified={wire}&" in each for each in targets)
    for each in store.requests:
        for name, value in each.query.items():
            if "date_modified" in name:
                assert datetime.fromisoformat(value).utcoffset() == timedelta()
                assert len(value) == len("2026-03-01T00:00:00+00:00")


def test_versions_are_asked_by_their_own_names(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """V3 knows no `min_date_modified`, V2 no `date_modified:min`; the bare name is equality."""
    shop.add_customer()
    run(config)
    for each in store.requests:
        names = set(each.query)
        assert "date_modified" not in names
        if "/v3/" in each.path:
            assert not names & {"min_date_modified", "max_date_modified"}
        else:
            assert not {name for name in names if ":" in name}
        assert "," not in each.query.get("status_id", "")


@pytest.mark.parametrize("name", ["start_date", "end_date"])
@pytest.mark.parametrize("given", ["0001-01-01", "1969-12-31", "9999-12-31"])
def test_the_ends_of_the_calendar_are_dates_too(
    shop: Shop, config: dict[str, Any], name: str, given: str
) -> None:
    """Before any shop, or after every one: nothing breaks on it."""
    order = shop.add_order(modified=NOON - timedelta(hours=5))
    customer = shop.add_customer(modified=NOON - timedelta(hours=5))
    if (name, given) == ("start_date", "9999-12-31"):
        with pytest.raises(SettingsError, match="future"):
            run({**config, name: given})
        return
    output = run({**config, name: given})
    there = (name == "start_date") == (given < "2026")
    assert output.ids("orders") == ([order] if there else [])
    assert output.ids("customers") == ([customer] if there else [])


def test_the_idle_time_and_the_look_back_are_on_the_wire(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    last = shop.add_order(modified=NOON - timedelta(hours=10))
    first = run(config, streams=CARTS)
    idle, _active = (shop.add_order(modified=NOON - timedelta(minutes=m)) for m in (90, 89))
    store.clear()
    settings = {**config, "abandoned_after_minutes": 90, "lookback_seconds": 3600}
    second = run(settings, state=first.state, streams=CARTS)
    assert second.ids(CARTS[0]) == [str(last), str(idle)]
    (query,) = queries(store, "/v2/orders", status_id="0")
    # And a second more, since no document says whether the bound is included.
    assert query["min_date_modified"] == "2026-03-03T00:59:59+00:00"


def test_a_bookmark_of_a_day_and_a_half_ago_is_read_up_to_now(
    shop: Shop, config: dict[str, Any]
) -> None:
    """No counting in whole days: a customer changed two hours ago is there."""
    customer = shop.add_customer(modified=NOON - timedelta(hours=2))
    mark = (NOON - timedelta(hours=36)).strftime("%Y-%m-%dT%H:%M:%SZ")
    bookmark = {"replication_key": "date_modified", "replication_key_value": mark}
    output = run(config, state={"bookmarks": {"customers": bookmark}}, streams=["customers"])
    assert output.ids("customers") == [customer]
