"""How long is waited before a request is sent again."""

from __future__ import annotations

import random

import pytest

from tests.support.asking import HTML, ask
from tests.support.scripted import Answer, Sleeps


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Rate-Limit-Time-Reset-Ms": "1500"}, 1.5),
        ({"x-rate-limit-time-reset-ms": "1500"}, 1.5),
        ({"X-Retry-After": "7"}, 7.0),
        ({"Retry-After": "3"}, 3.0),
        ({"retry-after": "3"}, 3.0),
        ({"X-Rate-Limit-Time-Reset-Ms": "250", "Retry-After": "9"}, 0.25),
        # Never longer than a minute at once.
        ({"X-Rate-Limit-Time-Reset-Ms": "86400000"}, 60.0),
        ({"Retry-After": "99999999999"}, 60.0),
    ],
)
def test_429_is_waited_out_as_long_as_the_store_asks(
    sleeps: Sleeps, headers: dict[str, str], expected: float
) -> None:
    """Milliseconds in one header, seconds in the others; upper or lower case."""
    answer, seen = ask(Answer(429, "", headers), Answer(200, []), retry_for=600)
    assert answer == []
    assert len(seen) == 2
    assert sleeps == [pytest.approx(expected)]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Retry-After": "soon"},
        {"Retry-After": "-5"},
        {"Retry-After": "Tue, 03 Mar 2026 14:05:09 GMT"},
        {"X-Rate-Limit-Time-Reset-Ms": ""},
        {"X-Rate-Limit-Time-Reset-Ms": "1.5"},
    ],
)
def test_429_without_a_usable_header_waits_longer_each_time(
    sleeps: Sleeps, headers: dict[str, str]
) -> None:
    """The platform is overloaded: 0.5 to 1 s, then twice as much, and so on."""
    fault = Answer(429, "", headers)
    answer, _ = ask(fault, fault, fault, fault, Answer(200, []))
    assert answer == []
    for turn, wait in enumerate(sleeps):
        assert 0.5 * 2**turn <= wait <= 2**turn
    assert len(sleeps) == 4


@pytest.mark.parametrize(
    "headers", [{"X-Rate-Limit-Time-Reset-Ms": "0"}, {"Retry-After": "0"}, {"X-Retry-After": "0"}]
)
def test_429_that_asks_for_no_wait_is_not_hammered(sleeps: Sleeps, headers: dict[str, str]) -> None:
    """Ten times "come back at once" must not become requests without a pause."""
    answer, _ = ask(*[Answer(429, "", headers)] * 10, Answer(200, []))
    assert answer == []
    assert sum(sleeps) > 0.5


def test_a_faults_rate_headers_are_no_reason_to_wait_for_the_window(sleeps: Sleeps) -> None:
    """They come with every answer; only a 429 is about the quota."""
    headers = {
        "X-Rate-Limit-Time-Reset-Ms": "29000",
        "X-Rate-Limit-Requests-Left": "149",
        "X-Rate-Limit-Requests-Quota": "150",
    }
    answer, _ = ask(Answer(500, HTML, headers), Answer(200, []))
    assert answer == []
    assert sleeps[0] <= 1


def test_503_with_retry_after_is_waited_out(sleeps: Sleeps) -> None:
    answer, _ = ask(Answer(503, "", {"Retry-After": "4"}), Answer(200, []))
    assert answer == []
    assert sleeps == [4.0]


def test_waits_are_spread_between_parallel_requests(
    sleeps: Sleeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests that fail together do not come back together."""
    drawn = iter([0.5, 0.625, 0.75])
    monkeypatch.setattr(random, "uniform", lambda _low, _high: next(drawn))
    fault = Answer(500, "")
    ask(fault, fault, fault, Answer(200, []))
    assert sleeps == [0.5, 1.25, 3.0]
