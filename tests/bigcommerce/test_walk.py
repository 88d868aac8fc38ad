"""The walk by itself: no HTTP, no Singer, a list in memory that changes between requests."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_bigcommerce_carts.bigcommerce.parallel_windows import ParallelWindows
from tap_bigcommerce_carts.bigcommerce.walk import Walk
from tap_bigcommerce_carts.errors import HeavyRequestError, StoreError
from tap_bigcommerce_carts.model import Window
from tests.support.changing_list import END, START, Exclusive, Memory, flat, walked

if TYPE_CHECKING:
    from tap_bigcommerce_carts.bigcommerce.pagination import ListPage
    from tap_bigcommerce_carts.model import Listed


@given(
    st.dictionaries(st.integers(1, 40), st.integers(0, 8)),
    st.integers(1, 6),
    st.dictionaries(st.integers(1, 20), st.integers(1, 40)),
    st.sampled_from([(Memory, 0), (Memory, 1), (Exclusive, 1)]),
)
def test_what_stays_is_read_once_and_nothing_is_given_out_before_what_is_older(
    rows: dict[int, int], size: int, leaves: dict[int, int], kind: tuple[type[Memory], int]
) -> None:
    """Whenever rows leave: a bookmark moved by a page is true of all that came before it."""
    memory = kind[0](dict(rows))
    memory.change = lambda request: memory.rows.pop(leaves.get(request, 0), None) and None
    read = flat(walked(memory, size, kind[1]))
    assert [row.modified for row in read] == sorted(row.modified for row in read)
    assert len({row.id for row in read}) == len(read)
    assert set(memory.rows) <= {row.id for row in read}


@pytest.mark.parametrize("a_second", [1, 5, 20, 24, 25, 26, 60])
def test_a_margin_costs_one_second_where_the_bound_is_seen_to_be_included(a_second: int) -> None:
    """However many rows share a second, as after an import: one is read twice, forth and back."""
    rows = {number: number // a_second for number in range(3000)}
    without, within = Memory(rows), Memory(rows)
    assert len(flat(walked(without, 25))) == len(flat(walked(within, 25, margin=1))) == len(rows)
    assert len(within.requests) <= len(without.requests) + 1 + 2 * ceil(a_second / 25)


@given(st.dictionaries(st.integers(1, 60), st.integers(0, 5000)), st.integers(1, 6))
def test_windows_side_by_side_give_the_same_rows_in_the_same_order(
    rows: dict[int, int], size: int
) -> None:
    memory = Memory(rows)
    walk = Walk(memory.fetch, size, "order")
    windows = ParallelWindows(walk, size, lambda: 3, lambda: True, worth_it=0)
    side_by_side = flat(windows.pages(Window(START, END)))
    assert [(row.id, row.modified) for row in side_by_side] == [
        (row.id, row.modified) for row in flat(walked(Memory(rows), size))
    ]


@pytest.mark.parametrize(
    ("slow", "side_by_side"),
    [({2}, False), ({7, 50}, False), (set(range(101)), True)],
)
def test_one_slow_answer_is_no_slow_store(
    monkeypatch: pytest.MonkeyPatch, slow: set[int], *, side_by_side: bool
) -> None:
    now = [0.0]
    monkeypatch.setattr(
        "tap_bigcommerce_carts.bigcommerce.parallel_windows.monotonic", lambda: now[0]
    )

    def answer(request: int) -> None:
        now[0] += 1.0 if request in slow else 0.01

    memory = Memory({number: number * 7 for number in range(1, 901)}, answer)
    windows = ParallelWindows(Walk(memory.fetch, 10, "order"), 10, lambda: 3, lambda: True)
    assert len(flat(windows.pages(Window(START, END)))) == 900
    assert (len(memory.requests) > 101) is side_by_side


def test_a_store_that_is_overloaded_is_read_one_page_at_a_time() -> None:
    memory = Memory({number: number * 7 for number in range(1, 101)})
    windows = ParallelWindows(
        Walk(memory.fetch, 10, "order"), 10, lambda: 1, lambda: True, worth_it=0
    )
    assert len(flat(windows.pages(Window(START, END)))) == 100
    assert len(memory.requests) == 12


@pytest.mark.parametrize("parallel", [1, 3])
def test_what_was_read_before_a_fault_is_given_out(parallel: int) -> None:
    memory = Memory({number: number * 7 for number in range(1, 1001)})
    gone = START + timedelta(seconds=5_000)

    def fetch(lower: datetime, upper: datetime, *, number: int, size: int) -> ListPage:
        if lower > gone:
            raise StoreError("The store is gone.")
        return memory.fetch(lower, upper, number=number, size=size)

    walk = Walk(fetch, 10, "order")
    windows = ParallelWindows(walk, 10, lambda: parallel, lambda: True, worth_it=0)
    read: list[Listed] = []
    with pytest.raises(StoreError, match="gone"):
        read.extend(row for page in windows.pages(Window(START, END)) for row in page)
    ids = [row.id for row in read]
    assert ids == list(range(1, len(ids) + 1))
    # A request that starts no later brings each of these.
    assert len(ids) >= 5_000 // 7


def test_a_page_that_keeps_failing_is_halved_and_grows_back() -> None:
    memory = Memory({number: number for number in range(1, 400)})

    def too_much(request: int) -> None:
        if request < 20 and memory.requests[-1][1] > 10:
            raise HeavyRequestError("too much")

    memory.change = too_much
    read: list[Any] = flat(walked(memory, 40))
    assert len(read) == 399
    sizes = [size for _, size in memory.requests]
    assert sizes[:4] == [40, 20, 10, 10]
    assert sizes[-1] == 40


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_second_fuller_than_a_page_is_read_whole(size: int) -> None:
    rows = dict.fromkeys(range(1, 12), 5) | {20: 3, 21: 7, 22: 7}
    assert sorted(row.id for row in flat(walked(Memory(rows), size))) == sorted(rows)
