"""Whatever a shop does while it is checked, it is not blamed; and what is wrong is found still.

A shop is drawn from its seed alone: that of a failure is told.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.verify.findings import MOST_KEYS, Fault
from tap_bigcommerce_carts.verify.keys.second_look import Unknown
from tests.support.verify.checks import checked
from tests.support.verify.damages import CARTS, ORDERS, found
from tests.support.verify.mishaps import mishaps
from tests.support.verify.random_shops import RandomShop, loaded
from tests.support.warehouse.engines import DuckDB
from tests.support.world import BEFORE_ALL, bookmark

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.verify.findings import Check, Checked

pytestmark = pytest.mark.slow

SHOPS = 2_000 if os.environ.get("LONG") == "1" else 200
AT_ONCE = 10


def equal(check: Check) -> int:
    """How many rows were compared and found equal."""
    return sum(day.equal for each in check.streams for day in each.days.values())


def told(check: Check) -> set[tuple[str, Fault, str]]:
    """What is wrong, as a check tells it, whose counts say the same."""
    keys = {
        (each.stream, fault, row.key)
        for each in check.streams
        for fault, some in each.keys.items()
        for row in some
    }
    counted: Counter[tuple[str, Fault]] = Counter()
    for (stream, fault, _), count in found(check).items():
        counted[stream, fault] += count
    named = Counter(key[:2] for key in keys)
    assert {each: min(count, MOST_KEYS) for each, count in counted.items()} == named
    return keys


def lost(shop: RandomShop) -> set[tuple[str, Fault, str]]:
    """What a check may say of orders that no load finds, or only one that starts anew.

    A shop here may give an order the id of one that was removed; then its date is the wrong one.
    """
    streams = (ORDERS,) if bookmark(shop.world.state, CARTS) > BEFORE_ALL else (ORDERS, CARTS)
    return {
        (stream, fault, str(key))
        for stream in streams
        for fault in (Fault.MISSING, Fault.STALE, Fault.DATE)
        for key in shop.lost
    }


def may_be(checked: Checked) -> bool:
    """Whether what is unverified of a stream is: a small shop may delete much, or all it has."""
    kept = any(day.equal for day in checked.days.values())
    reasons = (Unknown.SHARE,) if kept else (Unknown.SHARE, Unknown.NO_ROW)
    return checked.window is None or all(
        any(reason in why for reason in reasons) for why in checked.unverified
    )


@pytest.mark.parametrize("first", range(0, SHOPS, AT_ONCE))
def test_no_shop_is_blamed_for_what_it_does_meanwhile(first: int, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    compared = 0
    with loaded(range(first, first + AT_ONCE), warehouse.path) as shops:
        for shop in shops:
            with shop.changing():
                check = checked(shop.settings, warehouse, shop.world.state)
            assert told(check) <= lost(shop), f"seed {shop.seed}"
            assert all(map(may_be, check.streams)), f"seed {shop.seed}"
            compared += equal(check)
    assert compared > 100


@pytest.mark.parametrize("first", range(SHOPS, SHOPS + SHOPS // 4, AT_ONCE))
def test_exactly_what_is_damaged_is_found(first: int, tmp_path: Path) -> None:
    """What the shop itself changed since need not be found any more."""
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    damaged = 0
    with loaded(range(first, first + AT_ONCE), warehouse.path) as shops:
        for shop in shops:
            done = mishaps(shop, warehouse)
            shop.world.changed.clear()
            with shop.changing():
                check = checked(shop.settings, warehouse, shop.world.state)
            damages = {each[:3] for each in done}
            assert told(check) <= damages | lost(shop), f"seed {shop.seed}"
            still = {each[:3] for each in done if each.of not in shop.world.changed}
            assert still <= told(check), f"seed {shop.seed}"
            damaged += len(still)
    assert damaged > AT_ONCE / 2
