"""A store beside its warehouse: what is equal, what is explained, and what is a fault."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.verify.keys import store_side
from tap_bigcommerce_carts.verify.keys.listing import Staging
from tests.support.harness import NOON
from tests.support.verify.checking import Checking, equal, found, keys, shop_of_ten
from tests.support.warehouse.engines import DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checking]:
    """The shop as it was loaded; nothing happens in it."""
    with shop_of_ten(tmp_path_factory.mktemp("loaded")) as made:
        yield made


@pytest.fixture
def checking(loaded: Checking, tmp_path: Path) -> Checking:
    """The same, with a warehouse of one's own to be damaged."""
    return replace(loaded, engine=DuckDB(Path(shutil.copy(loaded.engine.path, tmp_path))))


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Checking]:
    """A shop of one's own, to go on."""
    with shop_of_ten(tmp_path) as made:
        yield made


def test_a_warehouse_as_it_was_loaded_is_proven(checking: Checking) -> None:
    check = checking.check()
    assert [each.unverified for each in check.streams] == [[], [], []]
    assert found(check) == {}
    assert equal(check) == {"orders": 20, "abandoned_carts": 10, "customers": 5}
    assert check.is_proven


def test_the_lines_of_the_carts_are_checked_with_them(checking: Checking) -> None:
    lines = "abandoned_cart_line_items"
    check = checking.check("abandoned_carts", lines)
    assert equal(check) == {"abandoned_carts": 10, lines: 10}
    assert check.is_proven
    checking.change(f"delete from bigcommerce.{lines} where abandoned_cart_id = '5'")
    assert found(checking.check("abandoned_carts", lines)) == {lines: {"wrong lines": 1}}


def test_what_goes_on_after_a_load_is_explained(living: Checking) -> None:
    shop = living.shop
    living.clock.advance(hours=1)
    shop.convert(1)
    shop.touch(3)
    shop.edit_cart(5)
    shop.archive(2)
    shop.touch(4)
    shop.remove(7)
    shop.remove(8)
    shop.touch_customer(1)
    living.store.faults.list_archived = False
    check = living.check()
    assert found(check) == {
        "orders": {"changed since": 4, "archived": 1, "deleted": 2},
        "abandoned_carts": {"changed since": 2, "converted": 1, "deleted": 1},
        "customers": {"changed since": 1},
    }
    assert check.is_proven


def test_a_cart_that_was_paid_within_the_window_stays_as_it_was_left(living: Checking) -> None:
    living.clock.advance(hours=1)
    living.shop.convert(1)
    for _ in range(2):
        living.clock.advance(hours=5)
        living.shop.add_order(0)
        living.shop.add_order(11)
    living.clock.advance(hours=2)
    living.load()
    check = living.check()
    assert found(check) == {"abandoned_carts": {"converted": 1}}
    assert check.is_proven


DAMAGES = {
    "delete from bigcommerce.orders where id = 4": ("missing", "4"),
    "delete from bigcommerce.abandoned_carts where id = '5'": ("missing", "5"),
    "delete from bigcommerce.customers where id = 2": ("missing", "2"),
    "update bigcommerce.orders set date_modified = date_modified - interval 1 day where id = 4": (
        "stale",
        "4",
    ),
    "update bigcommerce.orders set date_modified = date_modified + interval 1 day where id = 4": (
        "wrong date",
        "4",
    ),
    "update bigcommerce.customers set date_modified = null where id = 2": ("wrong date", "2"),
    "update bigcommerce.orders set date_modified = date_modified + interval 400 day where id = 4": (
        "wrong date",
        "4",
    ),
    "update bigcommerce.orders set status_id = 0 where id = 4": ("wrong status", "4"),
    "update bigcommerce.abandoned_carts set status_id = 11 where id = '5'": ("wrong status", "5"),
    "update bigcommerce.orders set status_id = null where id = 4": ("wrong status", "4"),
    "update bigcommerce.orders set total_inc_tax = total_inc_tax + 0.01 where id = 4": (
        "wrong amount",
        "4",
    ),
    "update bigcommerce.abandoned_carts set total_inc_tax = null where id = '5'": (
        "wrong amount",
        "5",
    ),
    "insert into bigcommerce.orders select * replace (999999 as id) from bigcommerce.orders "
    "where id = 4": ("extra", "999999"),
    "insert into bigcommerce.orders select * replace (23 as id) from bigcommerce.orders "
    "where id = 4": ("extra", "23"),
    "insert into bigcommerce.orders select * replace (5000 as id, null as cart_id) "
    "from bigcommerce.orders where id = 4": ("extra", "5000"),
    "insert into bigcommerce.abandoned_carts select * replace ('5x' as id, null as cart_id) "
    "from bigcommerce.abandoned_carts where id = '5'": ("extra", "(a key that is no id)"),
    "insert into bigcommerce.customers select * replace (77 as id) from bigcommerce.customers "
    "where id = 2": ("extra", "77"),
    "insert into bigcommerce.orders select * from bigcommerce.orders where id = 4": ("extra", "4"),
    "insert into bigcommerce.orders select * replace (date_modified - interval 900 day as "
    "date_modified) from bigcommerce.orders where id = 4": ("extra", "4"),
    "insert into bigcommerce.orders select * replace (null as date_modified) "
    "from bigcommerce.orders where id = 4": ("extra", "4"),
    "insert into bigcommerce.orders select * replace (null as date_modified, 999999 as id) "
    "from bigcommerce.orders where id = 4": ("extra", "999999"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_found_and_named(checking: Checking, damage: str) -> None:
    checking.change(damage)
    check = checking.check()
    kind, key = DAMAGES[damage]
    assert keys(check) == {kind: [key]}
    assert sum(each.faults for each in check.streams) == 1
    assert not check.is_proven


def test_a_truncated_key_is_a_cart_missing_and_one_that_never_was(checking: Checking) -> None:
    checking.change("update bigcommerce.abandoned_carts set id = '01' where id = '11'")
    assert keys(checking.check()) == {"missing": ["11"], "extra": ["01"]}


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("orders", "null"),
        ("orders", "170141183460469231731687303715884105727::hugeint"),
        ("customers", "null"),
        ("abandoned_carts", "null"),
    ],
)
def test_a_row_without_a_readable_id_is_unverified(
    checking: Checking, table: str, key: str
) -> None:
    checking.change(
        f"alter table bigcommerce.{table} alter id type "
        f"{'varchar' if table == 'abandoned_carts' else 'hugeint'}",
        f"insert into bigcommerce.{table} select * replace ({key} as id) from bigcommerce.{table} "
        "limit 1",
    )
    (checked,) = checking.check(table).streams
    assert not found(checking.check(table))
    assert "1 row(s) of" in checked.unverified[0]
    assert "no `id`" in checked.unverified[0]


@pytest.mark.parametrize("shift", ["+ interval 2 hour", "- interval 330 minute"])
def test_a_shift_by_a_time_zone_is_called_so(checking: Checking, shift: str) -> None:
    checking.change(f"update bigcommerce.orders set date_modified = date_modified {shift}")
    check = checking.check()
    assert set(keys(check)) == {"time zone"}
    assert found(check)["orders"]["time zone"] >= 19


def test_rows_of_other_stores_and_platforms_are_left_alone(checking: Checking) -> None:
    checking.change(
        "insert into bigcommerce.orders select * replace ('other' as store, 4711 as id) "
        "from bigcommerce.orders",
        "insert into bigcommerce.abandoned_carts select * replace ('api2cart' as platform, "
        "'a-' || id as id) from bigcommerce.abandoned_carts",
    )
    assert checking.check().is_proven


def test_a_store_under_two_names_may_delete_rows(living: Checking) -> None:
    living.change(
        *(
            f"insert into bigcommerce.{table} select * replace ('former' as store) "
            f"from bigcommerce.{table}"
            for table in ("orders", "abandoned_carts", "customers")
        )
    )
    living.shop.remove(7)
    living.shop.remove(8)
    check = living.check()
    assert found(check) == {"orders": {"deleted": 2}, "abandoned_carts": {"deleted": 1}}
    assert check.is_proven


def test_a_customer_of_another_platform_is_not_extra(checking: Checking) -> None:
    checking.change(
        "insert into bigcommerce.customers select * replace (5000 as id, null as date_created, "
        "'x@example.com' as email) from bigcommerce.customers where id = 2"
    )
    (customers,) = checking.check("customers").streams
    assert not customers.faults
    assert "read through API2Cart" in customers.unverified[0]


def test_of_two_rows_of_what_is_deleted_none_is_extra(living: Checking) -> None:
    """One of them was the store's; to delete both would lose it."""
    living.change(
        "delete from bigcommerce.orders where id = 6",
        "insert into bigcommerce.orders select * replace (6 as id) from bigcommerce.orders "
        "where id = 8",
    )
    living.shop.remove(6)
    living.shop.remove(8)
    (orders,) = living.check("orders").streams
    assert not orders.faults
    (sentence,) = orders.unverified
    assert "2 row(s)" in sentence
    assert "double under another key" in sentence


def test_orders_after_the_starting_number_was_raised_may_be_deleted(living: Checking) -> None:
    living.shop.add_order(11, NOON - timedelta(hours=1), id=5000)
    living.shop.add_order(0, NOON - timedelta(hours=1), id=5001)
    living.clock.advance(hours=3)
    living.load()
    living.shop.remove(5000)
    living.shop.remove(5001)
    living.clock.advance(hours=3)
    for stream in ("orders", "abandoned_carts"):
        living.state["bookmarks"][stream]["replication_key_value"] = "2026-03-03T16:00:00Z"
    check = living.check("orders", "abandoned_carts")
    assert found(check) == {}
    assert [len(each.unverified) for each in check.streams] == [1, 1]
    assert "far beyond the newest" in check.streams[0].unverified[0]


@pytest.mark.parametrize("orders_there", [0, 3])
def test_a_store_that_deleted_most_of_its_rows_is_not_believed(
    checking: Checking, orders_there: int
) -> None:
    other = Shop(clock=checking.clock)
    for turn in range(orders_there):
        other.add_order(11, NOON - timedelta(days=300 + turn), id=1_000 + turn)
    with Sandbox(other) as store:
        store.quota = None
        settings: dict[str, Any] = {**store.config(), "store_name": checking.store.store_hash}
        check = checking.check(**settings)
    assert found(check) == ({"orders": {"missing": orders_there}} if orders_there else {})
    assert all(
        "look whether these are the settings" in each.unverified[0] for each in check.streams
    )


def test_of_more_than_are_asked_for_it_is_not_known_whether_they_are_deleted(
    living: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_side, "_MOST_ALONE", 1)
    living.shop.remove(6)
    living.shop.remove(8)
    check = living.check("orders")
    assert found(check) == {"orders": {"deleted": 1}}
    assert "were not asked for one by one" in check.streams[0].unverified[0]


@pytest.mark.parametrize("column", ["status_id", "total_inc_tax"])
@pytest.mark.parametrize("change", ["update {} set {} = null", "alter table {} drop column {}"])
def test_a_column_that_is_not_there_is_unverified(
    checking: Checking, column: str, change: str
) -> None:
    checking.change(change.format("bigcommerce.orders", column))
    check = checking.check("orders")
    (orders,) = check.streams
    assert not orders.faults
    (sentence,) = orders.unverified
    assert f"orders.{column}" in sentence
    assert not check.is_proven


def test_a_table_that_is_not_there_leaves_the_others_checked(checking: Checking) -> None:
    checking.change("drop table bigcommerce.orders")
    orders, carts, customers = checking.check().streams
    assert orders.unverified == ["The warehouse has no table orders."]
    assert carts.is_proven
    assert customers.is_proven


def test_a_missing_scope_leaves_the_others_checked(living: Checking) -> None:
    living.store.scopes = {each for each in living.store.scopes if "customers" not in each}
    orders, carts, customers = living.check().streams
    assert "Customers: read-only" in customers.unverified[0]
    assert orders.is_proven
    assert carts.is_proven


def test_where_everything_differs_it_costs_no_more_than_twice_the_list(living: Checking) -> None:
    living.change("delete from bigcommerce.orders", "delete from bigcommerce.customers")
    living.store.clear()
    check = living.check("orders", "customers", page_size=5)
    assert found(check) == {"orders": {"missing": 20}, "customers": {"missing": 5}}
    asked = [each.route for each in living.store.requests]
    # A page that is not full may not be the last; one more row is asked for at the start.
    assert asked.count("/v2/orders") <= 2 * (20 // 5 + 2)
    assert asked.count("/v3/customers") <= 2 * (5 // 5 + 1)
    assert not {"/v2/orders/{id}"} & set(asked)


def test_a_full_disk_is_told_in_a_sentence(
    checking: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_staging: Staging, _items: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Staging, "add_loaded", fail)
    (orders,) = checking.check("orders").streams
    (sentence,) = orders.unverified
    assert "database or disk is full" in sentence
    assert "SQLITE_TMPDIR" in sentence


def test_an_empty_table_lacks_every_row(checking: Checking) -> None:
    checking.change("delete from bigcommerce.orders")
    assert found(checking.check()) == {"orders": {"missing": 20}}
