"""What the settings leave out is explained, and what they change is not compared."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import NOON
from tests.support.verify.checking import Checking, equal, found, shop_of_ten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Checking]:
    """A shop of one's own."""
    with shop_of_ten(tmp_path) as made:
        yield made


def again(living: Checking, **settings: Any) -> None:
    """Load a shop from its beginning, with other settings."""
    living.engine.path.unlink()
    living.state = {}
    living.config |= settings
    living.load()


def test_what_a_filter_leaves_out_is_explained(living: Checking) -> None:
    maps = {
        "abandoned_carts": {"__filter__": "line_item_count == 0 or order_id % 4 == 1"},
        "orders": {"__filter__": "status_id == 11"},
        "customers": {"__filter__": "address_count == 1 and id != 3"},
    }
    again(living, stream_maps=maps)
    check = living.check()
    assert found(check) == {
        "orders": {"left out by a stream map": 10},
        "abandoned_carts": {"left out by a stream map": 5},
        "customers": {"left out by a stream map": 1},
    }
    assert check.is_proven
    living.change("delete from bigcommerce.abandoned_carts where id = '5'")
    assert found(living.check())["abandoned_carts"] == {
        "left out by a stream map": 5,
        "missing": 1,
    }


def test_an_alias_names_the_table_and_what_a_map_changes_is_not_compared(living: Checking) -> None:
    maps = {
        "orders": {"__alias__": "sales", "total_inc_tax": "float(total_inc_tax) * 2"},
        "abandoned_carts": {"__else__": None, "store": "store", "id": "id"},
        "customers": {"email": "md5(email)"},
    }
    again(living, stream_maps=maps)
    check = living.check()
    orders, carts, customers = check.streams
    assert orders.unverified == [
        "`stream_maps` changes orders.total_inc_tax, so that it is not compared."
    ]
    assert not orders.faults
    assert customers.is_proven
    # The map leaves out the date, by which rows are found.
    assert "date_modified" in carts.unverified[0]
    living.change("update bigcommerce.sales set status_id = 0 where id = 4")
    assert found(living.check())["orders"] == {"wrong status": 1}


def test_a_stream_that_a_map_leaves_out_is_unverified(living: Checking) -> None:
    again(living, stream_maps={"customers": None})
    *_, customers = living.check().streams
    assert "`stream_maps` leaves out customers" in customers.unverified[0]


def test_rows_of_other_storefronts_are_explained(living: Checking) -> None:
    """First all are loaded, then only those of one; and the other way."""
    check = living.check("orders", channel_ids=[1])
    assert found(check) == {"orders": {"left out by channel_ids": 10}}
    assert equal(check) == {"orders": 10}
    assert check.is_proven
    again(living, channel_ids=[1])
    assert living.check("orders").is_proven
    del living.config["channel_ids"]
    assert found(living.check("orders")) == {"orders": {"left out by channel_ids": 10}}


def test_a_history_before_the_first_load_is_explained(living: Checking) -> None:
    again(living, start_date=(NOON - timedelta(days=15)).isoformat())
    assert living.check().is_proven
    assert equal(living.check())["orders"] == 10
    del living.config["start_date"]
    check = living.check()
    assert found(check) == {
        "orders": {"before the first load": 10},
        "abandoned_carts": {"before the first load": 5},
    }
    assert check.is_proven


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_masked_personal_data_is_no_fault(living: Checking, how: str) -> None:
    salt = {"personal_data_salt": "grain-of-salt-5b1f3a"} if how == "hash" else {}
    again(living, personal_data=how, **salt)
    assert living.check().is_proven


def test_without_a_state_the_newest_row_stands_in_for_it(living: Checking) -> None:
    check = living.check(state={}, store_name="sandbox1")
    assert check.streams[0].unverified
    living.change("delete from bigcommerce.orders where id > 18")
    living.state = {}
    check = living.check()
    orders = check.streams[0]
    assert "newest row stands in for the bookmark" in orders.notes[0]
    # The newest itself is not settled.
    assert equal(check)["orders"] == 17
    assert not orders.faults


def test_a_stream_that_was_never_read_is_unverified(living: Checking) -> None:
    """As its scope was missing; what the others' date says does not hold for it."""
    for stream in ("customers", "abandoned_carts"):
        del living.state["bookmarks"][stream]["replication_key_value"]
    living.change("delete from bigcommerce.customers", "delete from bigcommerce.abandoned_carts")
    orders, carts, customers = living.check().streams
    assert orders.is_proven
    for each in (carts, customers):
        assert not each.faults
        assert f"The STATE has no date of {each.stream}" in each.unverified[0]


def test_a_stream_that_has_no_row_is_proven(living: Checking) -> None:
    del living.state["bookmarks"]["abandoned_carts"]["replication_key_value"]
    for number in range(1, 22, 2):
        living.shop.remove(number)
    living.change("delete from bigcommerce.abandoned_carts")
    (carts,) = living.check("abandoned_carts").streams
    assert carts.is_proven


def test_streams_of_the_state_that_cannot_be_looked_at_are_named(living: Checking) -> None:
    living.state["bookmarks"] |= {
        "carts": {"sequence": 5, "told_at": "2026-03-03T11:00:00Z", "replication_key": "sequence"},
        "abandoned_cart_settings": {},
        "store_logs": {"replication_key": "id", "replication_key_value": 7},
    }
    check = living.check_of(None)
    *others, carts = check.streams
    assert carts.stream == "carts"
    assert "without `inbox_url`" in carts.unverified[0]
    assert all(each.is_proven for each in others)
    # Of the store, and not of one of its other streams.
    assert check.unchecked == ("abandoned_cart_settings", "store_logs")
    assert not check.is_proven


@pytest.mark.parametrize("other", [{"source": "api2cart"}, {"store_name": "elsewhere"}])
def test_what_was_read_from_elsewhere_before_is_not_this_load_s(
    living: Checking, other: dict[str, str]
) -> None:
    """A store that changed its source keeps the bookmarks of streams that it has no more."""
    for stream in ("carts", "abandoned_cart_settings"):
        living.state["bookmarks"][stream] = {"sequence": 5} | other
    check = living.check_of(None)
    assert "carts" not in {each.stream for each in check.streams}
    assert check.unchecked == ()
    assert check.is_proven


def test_a_state_of_another_store_says_nothing(living: Checking) -> None:
    for stream in living.state["bookmarks"].values():
        stream["store_name"] = "another"
    orders, *_ = living.check().streams
    assert orders.unverified == ["The STATE's bookmark of orders is of another store."]


def test_a_row_that_was_passed_by_is_unverified(living: Checking) -> None:
    """It is in no list, has no date, and an old version of it may be in the table."""
    living.state["bookmarks"]["orders"]["passed_by"] = [4, 99]
    living.change("delete from bigcommerce.orders where id = 4")
    (orders,) = living.check("orders").streams
    assert not orders.faults
    (sentence,) = orders.unverified
    assert "2 row(s) of the store cannot be read" in sentence
    assert "4 was passed by when it was loaded" in sentence


def test_a_row_that_cannot_be_read_any_more_is_unverified(living: Checking) -> None:
    living.shop.set(4, date_modified=None)
    living.store.faults.undated_left_out = True
    (orders,) = living.check("orders").streams
    assert not orders.faults
    assert "order 4 has no readable `date_modified`" in orders.unverified[0]


def test_a_row_that_cannot_be_read_is_unverified(living: Checking) -> None:
    living.shop.set(4, date_modified="yesterday")
    orders, carts, _ = living.check().streams
    assert not orders.faults
    assert "order 4 has no readable `date_modified`" in orders.unverified[0]
    # It is no cart.
    assert carts.is_proven
    living.shop.set(5, date_modified="yesterday")
    orders, carts, _ = living.check().streams
    assert not carts.faults
    assert "order 5 has no readable `date_modified`" in carts.unverified[0]
