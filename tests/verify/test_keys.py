"""Two sides beside each other, by key: what is equal, and what has to be looked at again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.findings import Checked, Fault
from tap_bigcommerce_carts.verify.keys.comparison import Compared, blame_doubled, compare
from tap_bigcommerce_carts.verify.keys.listing import Item, Staging, seconds, written
from tests.support.harness import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY = 86_400
LAST = seconds(NOON)
WINDOW = Window(NOON - timedelta(days=3), NOON)


@pytest.fixture
def staging() -> Iterator[Staging]:
    made = Staging()
    yield made
    made.close()


def item(key: str, date: int = LAST, status: int = 11, total: str = "9.5") -> Item:
    return Item(key, date, status, *written(Decimal(total)))


def suspects(staging: Staging) -> dict[str, int]:
    return dict(staging.db.execute("select key, date from suspects"))


def test_rows_in_which_nothing_differs_are_counted_by_day(staging: Staging) -> None:
    same = [item("1"), item("2", LAST - DAY), item("3", LAST - DAY)]
    staging.add_listed([*same, item("4"), item("5"), item("6"), item("7", LAST - 9 * DAY)])
    staging.add_loaded([*same, item("4", LAST - 1), item("5", total="9.51"), item("9", status=0)])
    checked = Checked("orders")
    compare(staging, WINDOW, Compared(status=True, total=True), checked)
    assert [day.equal for _, day in sorted(checked.days.items())] == [2, 1]
    assert suspects(staging) == dict.fromkeys("4569", LAST)


def test_of_a_row_that_moved_while_it_was_read_the_latest_counts(staging: Staging) -> None:
    staging.add_listed([item("1")])
    staging.add_listed([item("1", LAST - 5)])
    staging.add_loaded([item("1", LAST - 7), item("1"), item("1", LAST - 9)])
    checked = Checked("orders")
    # By now the warehouse has one: a load moved it from day to day.
    blame_doubled(staging, lambda _key: 1, checked)
    compare(staging, WINDOW, Compared(status=True, total=True), checked)
    assert not checked.faults
    assert not suspects(staging)


def test_rows_with_another_ones_key_are_extra(staging: Staging) -> None:
    staging.add_listed([item("1"), item("2")])
    staging.add_loaded([item("1"), item("1"), item("1"), item("2")])
    checked = Checked("orders")
    blame_doubled(staging, lambda _key: 3, checked)
    compare(staging, WINDOW, Compared(status=True, total=True), checked)
    assert checked.keys == {Fault.EXTRA: [("1", NOON, None, None)] * 2}
    assert sum(day.equal for day in checked.days.values()) == 2


@pytest.mark.parametrize(
    ("total", "exact", "rounded"),
    [
        ("84.0000", "84", "84"),
        ("0.0000", "0", "0"),
        ("-1.50", "-1.5", "-1.5"),
        ("1E+2", "100", "100"),
        ("12345678901234567890.1234", "12345678901234567890.1234", "1.23456789012346e+19"),
    ],
)
def test_an_amount_has_one_form(total: str, exact: str, rounded: str) -> None:
    assert written(Decimal(total)) == (exact, rounded)
    # What a DOUBLE keeps of it is the same, rounded.
    assert written(Decimal(repr(float(total))))[1] == rounded


def test_in_a_double_what_it_cannot_keep_is_not_compared(staging: Staging) -> None:
    exact = "1234567890123.4567"
    staging.add_listed([item("1", total=exact), item("2", total="0.3")])
    staging.add_loaded([item("1", total=repr(float(exact))), item("2", total="0.31")])
    compare(staging, WINDOW, Compared(total=True, inexact=True), checked := Checked("orders"))
    assert sum(day.equal for day in checked.days.values()) == 1
    assert set(suspects(staging)) == {"2"}
