"""Windows side by side take no longer than page after page: on a clock that only answers move."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tap_bigcommerce_carts.bigcommerce import parallel_windows
from tap_bigcommerce_carts.bigcommerce.parallel_windows import ParallelWindows
from tap_bigcommerce_carts.bigcommerce.walk import Walk
from tap_bigcommerce_carts.model import Window
from tests.support.changing_list import START, Memory, flat

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

DAY = 86_400


class Clock:
    """A clock that an answer moves on by one, and what reads several windows by it at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def answer(self, _number: int) -> None:
        self.now += 1

    def pool(self, _count: int) -> Executor:
        return Pool(self)


class Pool(Executor):
    """Does at once what it is given, and lets that have taken its time beside other things."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        begun = self.clock.now
        done = Done(self.clock, fn(*args, **kwargs), self.clock.now)
        self.clock.now = begun
        return done


class Done(Future[Any]):
    """What will be there at a time."""

    def __init__(self, clock: Clock, found: Any, at: float) -> None:
        super().__init__()
        self.clock, self.found, self.at = clock, found, at

    def done(self) -> bool:
        return self.at <= self.clock.now

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - as the base class has it
        self.clock.now = max(self.clock.now, self.at)
        return self.found


def read(seconds: list[int], size: int, parallel: int, quiet: int = 0) -> tuple[float, int]:
    """Read rows of these seconds, and the quiet time after them; gives time and requests."""
    clock = Clock()
    memory = Memory(dict(enumerate(seconds, start=1)), clock.answer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel_windows, "monotonic", lambda: clock.now)
        walk = Walk(memory.fetch, size, "order")
        reader = ParallelWindows(walk, size, lambda: parallel, lambda: True, pool=clock.pool)
        end = START + timedelta(seconds=max(seconds, default=0) + quiet)
        assert len(flat(reader.pages(Window(START, end)))) == len(seconds)
    return clock.now, len(memory.requests)


# Rows so many seconds apart, after a gap.
BURSTS = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 3600, 30 * DAY, 365 * DAY]),
        st.integers(1, 60),
        st.sampled_from([0, 1, 60, 3600, DAY]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@example(
    [(0, 32, 60), (3600, 23, 0), (30 * DAY, 23, 0), (0, 46, 1), (0, 25, 3600)], 25, 10, 365 * DAY
)
@example(
    [
        (3600, 45, DAY),
        (365 * DAY, 46, 1),
        (3600, 56, 1),
        (3600, 2, 60),
        (30 * DAY, 46, 0),
        (3600, 21, 1),
        (1, 14, 1),
        (30 * DAY, 44, 0),
    ],
    10,
    2,
    0,
)
# What is left of a window that held more than was thought takes its time, too.
@example(
    [
        (365 * DAY, 38, DAY),
        (30 * DAY, 16, 1),
        (0, 59, 3600),
        (365 * DAY, 34, 0),
        (30 * DAY, 49, 3600),
        (365 * DAY, 5, 60),
    ],
    25,
    10,
    365 * DAY,
)
@given(BURSTS, st.sampled_from([5, 10, 25]), st.integers(2, 10), st.sampled_from([0, 365 * DAY]))
def test_side_by_side_takes_no_longer_than_page_after_page(
    bursts: list[tuple[int, int, int]], size: int, parallel: int, quiet: int
) -> None:
    steps = [step for gap, count, apart in bursts for step in (gap, *[apart] * count)]
    seconds = list(accumulate(steps))
    alone, _ = read(seconds, size, 1, quiet)
    beside, _ = read(seconds, size, parallel, quiet)
    assert beside <= alone + 1


@pytest.mark.parametrize(
    ("count", "apart", "quiet", "requests", "time"),
    [
        # Carts of a year ago, and of a month ago: measured before with 21 and 23 requests.
        (251, 60, 365 * DAY, 5, 3),
        (1_000, 60, 30 * DAY, 8, 6),
        # A long history of 41 pages: a tenth more requests, in less than half the time.
        (10_000, 600, 0, 45, 19),
        (10_000, 600, 365 * DAY, 46, 18),
    ],
)
def test_quiet_time_costs_few_windows(
    count: int, apart: int, quiet: int, requests: int, time: int
) -> None:
    assert read(list(range(0, count * apart, apart)), 250, 3, quiet) == (time, requests)


STEADY = [number * 700 for number in range(1, 8001)]
# Forty carts between 8 and 20 o'clock, and four at night.
DAY_AND_NIGHT = [
    day * 86_400 + 28_800 + second
    for day in range(180)
    for second in (*range(0, 43_200, 1_080), *range(43_200, 86_400, 10_800))
]


# An import: all in one second.
IMPORTED_FIRST = [*[60] * 600, *(60 + number * 700 for number in range(1, 8001))]
IMPORTED_LATER = [*STEADY[:4000], *[STEADY[4000]] * 600, *STEADY[4001:]]


@pytest.mark.parametrize(
    ("seconds", "size", "pages"),
    [
        ([number * 7 for number in range(1, 1001)], 10, 1.25 * 1000 / 9),
        (STEADY, 50, 1.2 * 8000 / 49),
        (DAY_AND_NIGHT, 50, 1.2 * len(DAY_AND_NIGHT) / 49),
        # The crowded second is read by number, forth and back.
        (IMPORTED_FIRST, 50, 1.2 * 8000 / 49 + 25),
        (IMPORTED_LATER, 50, 1.2 * 8000 / 49 + 25),
    ],
    ids=["short", "steady", "day and night", "an import first", "an import later"],
)
def test_side_by_side_costs_few_requests_more(seconds: list[int], size: int, pages: float) -> None:
    _, requests = read(sorted(seconds), size, 3)
    assert requests <= pages
