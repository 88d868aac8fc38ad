"""What differs is looked at again, while the shop goes on and a load runs beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.verify.checking import Checking, found, shop_of_ten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Request

pytestmark = pytest.mark.slow

DAY_OLDER = (
    "update bigcommerce.orders set date_modified = date_modified - interval 1 day where id = 4"
)
MENDED = DAY_OLDER.replace("- interval", "+ interval")
ANYTHING = "update bigcommerce.orders set total_inc_tax = total_inc_tax + 1 where id = 4"


@pytest.fixture
def living(tmp_path: Path) -> Iterator[Checking]:
    """A shop of one's own."""
    with shop_of_ten(tmp_path) as made:
        yield made


def at_second_look(living: Checking, happen: Callable[[int], None]) -> None:
    """Let something happen whenever orders are asked for by id; it is told how often before."""
    looks = 0

    def watch(_number: int, request: Request) -> None:
        nonlocal looks
        if "min_id" in request.query:
            happen(looks)
            looks += 1

    living.store.before(watch)


def test_what_a_load_mends_meanwhile_is_no_fault(living: Checking) -> None:
    living.change(DAY_OLDER)
    at_second_look(living, lambda look: None if look else living.change(MENDED))
    check = living.check("orders")
    assert found(check) == {}
    assert check.is_proven


def test_what_is_changed_and_loaded_between_two_looks_is_no_fault(living: Checking) -> None:
    living.change(DAY_OLDER)

    def happen(look: int) -> None:
        if not look:
            living.clock.advance(hours=1)
            living.shop.touch(4)
        elif look == 1:
            # What the first answer did not have yet.
            living.clock.advance(hours=1)
            living.shop.touch(4)
        living.change(
            f"update bigcommerce.orders set date_modified = '{living.clock.now:%F %T}' where id = 4"
        )

    at_second_look(living, happen)
    check = living.check("orders")
    assert found(check) == {"orders": {"changed since": 1}}
    assert check.is_proven


def test_a_row_that_never_rests_is_unverified(living: Checking) -> None:
    living.change(DAY_OLDER)
    at_second_look(living, lambda _look: living.change(ANYTHING))
    check = living.check("orders")
    (orders,) = check.streams
    assert found(check) == {}
    assert "1 row(s) changed in the warehouse each time" in orders.unverified[0]


def test_a_fault_that_stays_is_a_fault(living: Checking) -> None:
    living.change(DAY_OLDER)
    at_second_look(living, lambda _look: living.shop.touch(6))
    assert found(living.check("orders")) == {"orders": {"stale": 1}}


@pytest.mark.parametrize("ignored", ["min_id", "max_id", "sort"])
def test_a_list_that_does_not_keep_to_ids_is_unverified(living: Checking, ignored: str) -> None:
    """Or the orders come one by one, where the list has none of them."""
    living.change(DAY_OLDER)
    living.store.faults.ignored = {ignored}
    (orders,) = living.check("orders").streams
    assert orders.faults + len(orders.unverified) == 1
