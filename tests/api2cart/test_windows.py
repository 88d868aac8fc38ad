"""A long list without order is read in windows: each cart once, and a bookmark that never lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_bigcommerce_carts.api2cart import windows
from tap_bigcommerce_carts.api2cart.windows import Windows
from tap_bigcommerce_carts.model import BEGINNING, Window
from tap_bigcommerce_carts.model import Listed as Cart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

PAGE = 3
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def cart(number: int, modified: datetime) -> Cart:
    return Cart(str(number), modified, {})


class Listed:
    """A list in a given order, which can ignore the dates it is asked for."""

    def __init__(self, carts: list[Cart], *, filtered: bool = True) -> None:
        self.carts = carts
        self.filtered = filtered
        self.calls = 0

    def found(self, lower: datetime, upper: datetime) -> list[Cart]:
        return [each for each in self.carts if not self.filtered or lower <= each.modified <= upper]

    def any(self, lower: datetime, upper: datetime) -> bool:
        self.calls += 1
        return bool(self.found(lower, upper))

    def pages(self, lower: datetime, upper: datetime) -> Iterator[tuple[list[Cart], bool]]:
        found = self.found(lower, upper)
        for start in range(0, max(len(found), 1), PAGE):
            self.calls += 1
            yield found[start : start + PAGE], start + PAGE >= len(found)


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "_PAGES_AIMED_AT", 2)
    monkeypatch.setattr(windows, "_MOST_PAGES", 4)
    monkeypatch.setattr(windows, "_NARROWEST", timedelta(seconds=1))


def read_and_check(source: Listed, window: Window) -> None:
    """Read everything; whenever it is said that all up to a date is there, look."""
    expected = {
        (each.id, each.modified)
        for each in source.carts
        if window.lower <= each.modified <= window.upper
    }
    seen: list[tuple[int | str, datetime]] = []
    before = BEGINNING
    for carts, settled in Windows(source, PAGE).pages(window):
        seen += [(each.id, each.modified) for each in carts]
        if settled:
            assert before <= settled <= window.upper
            assert {each for each in expected if each[1] <= settled} <= set(seen)
            before = settled
    assert sorted(seen, key=str) == sorted(expected, key=str)
    if expected:
        assert before == max(modified for _, modified in expected)


SECONDS = st.one_of(st.integers(0, 40), st.integers(0, 10**5), st.integers(0, 10**8))
DAYS = st.integers(0, 1000).map(lambda days: days * 86_400)


@given(st.lists(SECONDS, max_size=60), st.randoms(use_true_random=False))
def test_each_cart_comes_once_and_the_bookmark_never_lies(
    seconds: list[int], random: Random
) -> None:
    read_shuffled(seconds, random, filtered=True)


@given(st.lists(DAYS, max_size=60), st.randoms(use_true_random=False))
def test_and_where_the_shop_does_not_keep_to_dates(seconds: list[int], random: Random) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(windows, "_NARROWEST", timedelta(days=1))
        read_shuffled(seconds, random, filtered=False)


def read_shuffled(seconds: list[int], random: Random, *, filtered: bool) -> None:
    carts = [cart(number, NOON - timedelta(seconds=each)) for number, each in enumerate(seconds)]
    random.shuffle(carts)
    lower = min((each.modified for each in carts), default=NOON) if len(carts) % 2 else BEGINNING
    read_and_check(Listed(carts, filtered=filtered), Window(lower, NOON - timedelta(seconds=5)))


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("count", [0, 1, PAGE, 4 * PAGE, 4 * PAGE + 1, 300])
def test_in_any_order_and_number(order: str, count: int) -> None:
    carts = [cart(number, NOON - timedelta(minutes=number)) for number in range(count)]
    source = Listed(carts if order == "descending" else carts[::-1])
    read_and_check(source, Window(BEGINNING, NOON))
    if count <= 4 * PAGE:
        assert source.calls == max(-(-count // PAGE), 1)


def test_a_second_with_more_carts_than_a_window_takes_is_read_to_its_end() -> None:
    read_and_check(Listed([cart(number, NOON) for number in range(100)]), Window(BEGINNING, NOON))


def test_a_shop_that_does_not_keep_to_dates_is_read_once_and_whole() -> None:
    carts = [cart(number, NOON - timedelta(days=number)) for number in range(100)]
    source = Listed(carts, filtered=False)
    read_and_check(source, Window(NOON - timedelta(days=50), NOON))
    # Seen when its dates were first cut: until then some pages, and where history begins.
    assert source.calls <= -(-100 // PAGE) + 4 + 1 + 15


@pytest.mark.parametrize("count", [4 * PAGE - 1, 4 * PAGE])
def test_pages_that_are_read_twice_do_not_make_a_window_long(count: int) -> None:
    """By number the pages come forth and back; what counts is how many carts there are."""

    class Twice(Listed):
        def pages(self, lower: datetime, upper: datetime) -> Iterator[tuple[list[Cart], bool]]:
            yield from ((page, False) for page, _ in super().pages(lower, upper))
            yield from super().pages(lower, upper)

    carts = [cart(number, NOON - timedelta(minutes=number)) for number in range(count)]
    source = Twice(carts)
    read_and_check(source, Window(BEGINNING, NOON))
    assert source.calls == 2 * -(-count // PAGE)
