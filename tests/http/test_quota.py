"""The request quota is spent without running into its end."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.http.quota import Pacer
from tap_bigcommerce_carts.sandbox import Quota
from tests.support.harness import NOON, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

pytestmark = pytest.mark.slow


class Time:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def headers(left: Any, reset_ms: Any = 30_000, quota: Any = 150) -> dict[str, str]:
    return {
        "X-Rate-Limit-Requests-Left": str(left),
        "X-Rate-Limit-Requests-Quota": str(quota),
        "X-Rate-Limit-Time-Window-Ms": "30000",
        "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
    }


@pytest.fixture
def time() -> Time:
    return Time()


def pacer(time: Time, reserve: float = 0.0) -> Pacer:
    return Pacer(reserve, clock=time, sleep=time.sleep)


def free_requests(paced: Pacer, time: Time, most: int = 1000) -> int:
    """How many requests may go before the first wait."""
    for count in range(most):
        paced.acquire()
        if time.slept:
            return count
    return most


def test_nothing_is_waited_for_before_the_first_answer(time: Time) -> None:
    assert free_requests(pacer(time), time) == 1000


@pytest.mark.parametrize(
    ("reserve", "left", "free"),
    [
        (0.0, 150, 150),
        (0.0, 1, 1),
        (0.0, 0, 0),
        (0.1, 150, 135),
        (0.1, 20, 5),
        (0.1, 15, 0),
        (0.1, 3, 0),
        (0.5, 150, 75),
        (0.9, 150, 15),
    ],
)
def test_the_reserve_is_left_to_others(time: Time, reserve: float, left: int, free: int) -> None:
    """A share of the whole quota stays, however much of it others have used."""
    paced = pacer(time, reserve)
    paced.observe(headers(left))
    assert free_requests(paced, time) == free
    assert time.slept == [30.0]


def test_the_reset_is_in_milliseconds(time: Time) -> None:
    """1500 is a second and a half, not 25 minutes."""
    paced = pacer(time)
    paced.observe(headers(0, reset_ms=1500))
    paced.acquire()
    assert time.slept == [pytest.approx(1.5)]


def test_only_the_rest_of_the_window_is_waited_for(time: Time) -> None:
    paced = pacer(time)
    paced.observe(headers(0, reset_ms=9000))
    time.now += 6
    paced.acquire()
    assert time.slept == [pytest.approx(3.0)]


def test_after_its_window_a_spent_quota_is_no_obstacle(time: Time) -> None:
    paced = pacer(time)
    paced.observe(headers(0, reset_ms=9000))
    time.now += 9
    paced.acquire()
    assert time.slept == []


def test_an_answer_of_the_new_window_brings_the_new_count(time: Time) -> None:
    paced = pacer(time)
    paced.observe(headers(0, reset_ms=2000))
    paced.acquire()
    paced.observe(headers(40, reset_ms=30_000))
    time.slept.clear()
    assert free_requests(paced, time) == 40


def test_answers_that_overtake_each_other_never_raise_the_count(time: Time) -> None:
    """The answer with more left was sent earlier; believing it would overspend."""
    paced = pacer(time)
    paced.observe(headers(3, reset_ms=20_000))
    paced.observe(headers(9, reset_ms=20_100))
    assert free_requests(paced, time) == 3


def test_what_was_sent_since_is_not_given_back(time: Time) -> None:
    """Of 10 left 4 are on their way; the answer to one of them, from before, says 9 still."""
    paced = pacer(time)
    paced.observe(headers(10))
    for _ in range(4):
        paced.acquire()
    paced.observe(headers(9))
    assert free_requests(paced, time) == 6


def test_others_spending_the_quota_is_noticed(time: Time) -> None:
    """The quota belongs to all apps of the store, so the store's count is believed."""
    paced = pacer(time)
    paced.observe(headers(100))
    paced.observe(headers(2))
    assert free_requests(paced, time) == 2


@pytest.mark.parametrize("reserve", [0.0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("quota", [1, 2, 3])
def test_a_tiny_quota_still_lets_requests_through(time: Time, quota: int, reserve: float) -> None:
    """Whatever the reserve, every window has room for one request."""
    paced = pacer(time, reserve)
    for _ in range(5):
        paced.observe(headers(quota, reset_ms=1000, quota=quota))
        paced.acquire()
        time.now += 1.0
    assert time.slept == []


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"X-Rate-Limit-Requests-Left": "0"},
        {"X-Rate-Limit-Requests-Left": "0", "X-Rate-Limit-Time-Reset-Ms": "30000"},
        headers("", reset_ms="", quota=""),
        headers("none"),
        headers("-1"),
        headers("0.5"),
        headers("²"),
        headers(0, reset_ms="soon"),
        headers(0, reset_ms="-5"),
        headers(0, reset_ms=86_400_000),
        headers(0, reset_ms="9" * 400),
        headers(0, quota=0),
        headers(0, quota="many"),
    ],
)
def test_missing_and_absurd_headers_are_no_reason_to_wait(time: Time, odd: dict[str, str]) -> None:
    """A store without a limit may send none; a day's wait is a mistake of theirs."""
    paced = pacer(time)
    paced.observe(odd)
    assert free_requests(paced, time, most=50) == 50


@pytest.mark.parametrize("reserve", [0.0, 0.1])
@pytest.mark.parametrize("huge", ["7000000", "9" * 30, "9" * 400])
def test_a_quota_without_end_is_taken_for_what_it_is(time: Time, huge: str, reserve: float) -> None:
    paced = pacer(time, reserve)
    paced.observe(headers(huge, quota=huge))
    assert free_requests(paced, time, most=50) == 50


def test_spaces_around_a_header_do_not_matter(time: Time) -> None:
    paced = pacer(time)
    paced.observe(headers(" 2 ", reset_ms=" 5000 "))
    assert free_requests(paced, time) == 2
    assert time.slept == [pytest.approx(5.0)]


def test_threads_do_not_overspend_together() -> None:
    """Twenty threads, ten requests left: ten go, ten wait."""
    waiting, gone, go_on = threading.Semaphore(0), threading.Semaphore(0), threading.Event()
    now = [1000.0]

    def sleep(_seconds: float) -> None:
        waiting.release()
        assert go_on.wait(10)

    paced = Pacer(0.0, clock=lambda: now[0], sleep=sleep)
    paced.observe(headers(10))

    def request() -> None:
        paced.acquire()
        gone.release()

    threads = [threading.Thread(target=request) for _ in range(20)]
    for each in threads:
        each.start()
    assert all(waiting.acquire(timeout=10) for _ in range(10))
    assert all(gone.acquire(timeout=10) for _ in range(10))
    assert not gone.acquire(blocking=False)
    assert not waiting.acquire(blocking=False)
    # The window ends, and all of them go.
    now[0] += 31
    go_on.set()
    for each in threads:
        each.join(10)
    assert all(gone.acquire(timeout=10) for _ in range(10))


# With the sandbox's own quota, which runs in real time


@pytest.mark.parametrize("parallel", [1, 10])
def test_a_run_of_many_pages_sees_no_429(
    shop: Shop, store: Sandbox, config: dict[str, Any], parallel: int
) -> None:
    """Twice the quota is needed and no request is refused: the headers are read in time."""
    store.faults.lower_headers = parallel > 1
    ids = [
        shop.add_order(modified=NOON - timedelta(hours=20) + timedelta(minutes=n))
        for n in range(60)
    ]
    store.faults.empty_line_items = set(ids[::3])
    store.quota = Quota(30, 700)
    output = run(
        {**config, "page_size": 3, "max_parallel_requests": parallel},
        streams=("abandoned_carts", "abandoned_cart_line_items"),
    )
    assert len(output.ids("abandoned_carts")) == 60
    assert len(store.requests) > 45
    assert [each.status for each in store.requests if each.status == 429] == []


def test_the_reserve_is_kept_for_the_stores_other_apps(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """With half of the quota reserved, no window sees more than half of it used by us."""
    for n in range(9):
        shop.add_order(modified=NOON - timedelta(hours=20) + timedelta(minutes=n))
    quota = Quota(20, 500)
    store.quota = quota
    lefts: list[int] = []

    def note(_number: int, _request: object) -> None:
        lefts.append(int(quota.headers()["X-Rate-Limit-Requests-Left"]))

    store.before(note)
    run({**config, "page_size": 1, "rate_limit_reserve": 0.5}, streams=["orders"])
    assert len(lefts) > 20
    # What is left when a request comes, that request included; three can be under way at once.
    assert min(lefts) >= 10 - 3


def test_429_comes_although_the_headers_promised_more(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    """Other apps spend the same quota: an unforeseen 429 is waited out, and nothing is lost."""
    ids = [
        shop.add_order(modified=NOON - timedelta(hours=20) + timedelta(minutes=n)) for n in range(6)
    ]
    store.faults.script = [None, "429", None, "429", "429"]
    store.faults.reset_ms = 20
    output = run({**config, "page_size": 2}, streams=["orders"])
    assert output.ids("orders") == ids
    assert [each.fault for each in store.requests].count("429") == 3
