"""The quick look: counts a day, of the store and of the warehouse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import pytest

from tap_bigcommerce_carts.sandbox.bigcommerce.routing import ORDERS
from tap_bigcommerce_carts.verify.check import Asked
from tap_bigcommerce_carts.verify.counts import count_store
from tap_bigcommerce_carts.verify.findings import Check, Explained, Fault, Mode
from tap_bigcommerce_carts.verify.one import run_of
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.harness import NOON
from tests.support.verify.shops import Loaded, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
BOUNDS: tuple[Literal["min_date_modified", "max_date_modified"], ...] = (
    "min_date_modified",
    "max_date_modified",
)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LAST = datetime(2026, 3, 2, tzinfo=UTC)
FIRST = datetime(2026, 2, 20, tzinfo=UTC)
# Rows of some days before the last that is settled.
SETTLED = "date_modified between '2026-02-22' and '2026-03-02'"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Loaded]:
    """A shop that was loaded."""
    with loaded(tmp_path, carts=150, placed=150) as made:
        yield made


def counted(shop: Loaded, start: datetime = FIRST, **more: Any) -> Check:
    """Count a shop and its warehouse."""
    run = run_of(shop.settings | more.pop("settings", {}))
    asked = Asked(Mode.QUICK, start=start, state=shop.state, **more)
    try:
        with Warehouse.at(str(shop.file), "bigcommerce") as warehouse:
            return count_store(run, warehouse, asked, lambda _stream, _share: None)
    finally:
        run.close()


def kinds(check: Check) -> dict[str, dict[str, int]]:
    """All that differs, by stream and kind."""
    found: dict[str, dict[str, int]] = {}
    for each in check.streams:
        of = found.setdefault(each.stream, {})
        for day in each.days.values():
            for kind, count in [*day.explained.items(), *day.faults.items()]:
                of[kind.value] = of.get(kind.value, 0) + count
    return found


def damage(shop: Loaded, sql: str) -> None:
    """Change the warehouse."""
    with duckdb.connect(shop.file) as connection:
        connection.execute(sql)


def test_counts_agree_where_nothing_is_wrong(shop: Loaded) -> None:
    check = counted(shop)
    assert check.is_proven
    assert kinds(check) == {"abandoned_carts": {}, "orders": {}}
    carts, orders = ({day: of.equal for day, of in each.days.items()} for each in check.streams)
    assert sum(orders.values()) > sum(carts.values()) > 9
    assert [str(day) for day in orders][:11] == [
        *(f"2026-02-{day}" for day in range(20, 29)),
        *(f"2026-03-0{day}" for day in (1, 2)),
    ]


def test_carts_that_the_store_counts_only_if_asked_for_are_counted(shop: Loaded) -> None:
    shop.sandbox.faults.incomplete_uncounted = True
    assert kinds(counted(shop)) == {"abandoned_carts": {}, "orders": {}}


def test_bounds_without_their_own_second_are_no_fault(shop: Loaded) -> None:
    made = shop.sandbox.shop
    settled = [key for key, of in made.order_records.items() if of.modified < LAST]
    for key, at in zip(settled[:2], (LAST - DAY, LAST - SECOND), strict=False):
        made.touch(key, at)
        damage(
            shop,
            f"update bigcommerce.orders set date_modified = '{at:%Y-%m-%d %H:%M:%S}' "
            f"where id = {key};"
            f"update bigcommerce.abandoned_carts set date_modified = '{at:%Y-%m-%d %H:%M:%S}' "
            f"where order_id = {key}",
        )
    assert not any(kinds(counted(shop)).values())
    for bounds in (BOUNDS[:1], BOUNDS[1:], BOUNDS):
        shop.sandbox.faults.exclusive_order_dates = bounds
        assert not any(kinds(counted(shop)).values())


def test_rows_that_are_not_there_are_missing_on_their_day(shop: Loaded) -> None:
    one = f"(select min(id) from bigcommerce.orders where {SETTLED})"
    with duckdb.connect(shop.file) as connection:
        ((on,),) = connection.execute(
            f"delete from bigcommerce.orders where id in {one} returning date_modified"
        ).fetchall()
    check = counted(shop)
    assert kinds(check) == {"abandoned_carts": {}, "orders": {Fault.MISSING: 1}}
    (found,) = [(day, of) for day, of in check.streams[1].days.items() if of.faults]
    assert found[0] == on.date()
    assert found[1].first
    assert found[1].last
    assert found[1].first <= on.replace(tzinfo=UTC) <= found[1].last


def test_rows_that_the_store_does_not_count_are_extra(shop: Loaded) -> None:
    damage(
        shop,
        "insert into bigcommerce.orders by name select * replace (id + 900000 as id) "
        f"from bigcommerce.orders where {SETTLED} limit 2",
    )
    assert kinds(counted(shop))["orders"] == {Fault.EXTRA: 2}


def test_what_changed_since_is_no_fault(shop: Loaded) -> None:
    orders = shop.sandbox.shop.orders
    settled = [
        key for key, of in shop.sandbox.shop.order_records.items() if FIRST < of.modified < LAST
    ]
    cart = next(key for key in settled if orders[key]["status_id"] == 0)
    placed = next(key for key in settled if orders[key]["status_id"] != 0)
    shop.clock.advance(hours=1)
    shop.sandbox.shop.convert(cart)
    shop.sandbox.shop.touch(placed)
    assert kinds(counted(shop)) == {
        "abandoned_carts": {Explained.CHANGED: 1},
        "orders": {Explained.CHANGED: 2},
    }


def test_a_cart_that_is_known_to_have_come_back_is_not_counted(shop: Loaded) -> None:
    damage(
        shop,
        "update bigcommerce.orders set status_id = 11 where id in "
        f"(select min(order_id) from bigcommerce.abandoned_carts where {SETTLED})",
    )
    assert kinds(counted(shop))["abandoned_carts"] == {Fault.MISSING: 1}


def test_one_channel_is_counted_by_the_store_and_several_one_by_one(shop: Loaded) -> None:
    shop.sandbox.clear()
    counted(shop, settings={"channel_ids": [1, 2]}, start=NOON - timedelta(days=3))
    asked = {
        each.query.get("channel_id") for each in shop.sandbox.requests if "/count" in each.path
    }
    assert asked == {"1", "2"}


def test_what_cannot_be_counted_is_said(shop: Loaded) -> None:
    check = counted(shop, streams=("orders", "customers"))
    assert not check.is_proven
    assert [each.unverified for each in check.streams] == [
        [],
        ["It cannot be counted: leave out --quick."],
    ]
    damage(shop, "drop table bigcommerce.orders")
    (orders,) = counted(shop, streams=("orders",)).streams
    assert orders.unverified == ["The warehouse has no table orders."]


def test_a_token_without_the_scope_is_said(shop: Loaded) -> None:
    shop.sandbox.scopes -= {ORDERS}
    check = counted(shop)
    assert all("Orders: read-only" in each.unverified[0] for each in check.streams)


def test_api2cart_has_no_counts(shop: Loaded) -> None:
    check = counted(shop, settings=shop.sandbox.api2cart_config())
    assert [each.unverified for each in check.streams] == 2 * [
        ["API2Cart has no counts by date: leave out --quick."]
    ]
