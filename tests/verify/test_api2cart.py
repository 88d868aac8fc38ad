"""A store behind API2Cart beside its warehouse, by the one list that there is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import NOON, Clock
from tests.support.verify.checking import Checking, equal, found, keys
from tests.support.warehouse.engines import DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

STREAMS = ("abandoned_carts", "customers")


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Checking]:
    """A shop of twelve carts, two for each of five customers, all of it settled."""
    shop = Shop(clock=Clock())
    for turn in range(12):
        modified = NOON - timedelta(days=20 - turn)
        shop.add_order(0, modified, id=1 + turn, customer_id=turn % 6)
    shop.add_order(0, NOON - timedelta(hours=2), customer_id=9)
    with Sandbox(shop) as store:
        config = {**store.api2cart_config(), "retry_for": 20}
        made = Checking(store, DuckDB(tmp_path / "warehouse.duckdb"), config)
        made.load()
        yield made


def test_a_warehouse_as_it_was_loaded_is_proven(living: Checking) -> None:
    check = living.check(*STREAMS)
    assert [each.unverified for each in check.streams] == [[], []]
    assert equal(check) == {"abandoned_carts": 12, "customers": 5}
    assert found(check) == {}
    assert check.is_proven


def test_what_goes_on_after_a_load_is_explained(living: Checking) -> None:
    living.clock.advance(hours=1)
    living.shop.convert(3)
    living.shop.edit_cart(12)
    living.shop.convert(11)
    check = living.check(*STREAMS)
    assert found(check) == {
        "abandoned_carts": {"deleted": 2, "changed since": 1},
        "customers": {"changed since": 2},
    }
    assert check.is_proven


def test_a_shop_that_lists_none_of_its_carts_is_not_believed(living: Checking) -> None:
    with Sandbox(Shop(clock=living.clock)) as other:
        settings = {
            **other.api2cart_config(),
            "store_name": living.state["bookmarks"]["customers"]["store_name"],
        }
        check = living.check(*STREAMS, **settings)
    assert found(check) == {}
    assert all("are a large share" in each.unverified[0] for each in check.streams)


def test_owners_of_another_time_zone_are_unverified(living: Checking) -> None:
    """One whose cart was paid is dated by an older one; but not all of them by the same hours."""
    living.change(
        "update bigcommerce.customers set date_modified = date_modified + interval 2 hour"
    )
    (customers,) = living.check("customers").streams
    assert not customers.faults
    assert "all by 2 h" in customers.unverified[0]


def test_without_a_state_the_newest_row_of_this_platform_counts(living: Checking) -> None:
    living.change(
        "insert into bigcommerce.abandoned_carts select * replace ('bigcommerce' as platform, "
        "'912' as id, date_modified + interval 30 day as date_modified) "
        "from bigcommerce.abandoned_carts where id = '12'"
    )
    living.clock.advance(days=40)
    living.shop.add_order(0, NOON + timedelta(days=1), id=500)
    living.state = {}
    assert found(living.check("abandoned_carts")) == {}


DAMAGES = {
    "delete from bigcommerce.abandoned_carts where id = '5'": ("missing", "5"),
    "delete from bigcommerce.customers where id = 2": ("missing", "2"),
    "update bigcommerce.abandoned_carts set total_inc_tax = total_inc_tax + 0.01 where id = '5'": (
        "wrong amount",
        "5",
    ),
    "update bigcommerce.abandoned_carts set date_modified = date_modified - interval 1 day "
    "where id = '5'": ("stale", "5"),
    "update bigcommerce.customers set date_modified = date_modified - interval 1 day "
    "where id = 2": ("stale", "2"),
    "insert into bigcommerce.abandoned_carts select * replace ('55' as id) "
    "from bigcommerce.abandoned_carts where id = '5'": ("extra", "55"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_is_found_and_named(living: Checking, damage: str) -> None:
    living.change(damage)
    kind, key = DAMAGES[damage]
    assert keys(living.check(*STREAMS)) == {kind: [key]}
