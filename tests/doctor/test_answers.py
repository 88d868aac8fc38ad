"""What any answer of the store tells: its time, and what is left of the quota."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tap_bigcommerce_carts.doctor.answers import check_clock
from tap_bigcommerce_carts.sandbox import Quota

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended
    from tests.support.harness import Clock

JSON = "--format=json"
AT = datetime(2026, 3, 3, 12, tzinfo=UTC)


def test_a_clock_that_agrees_is_fine(store: Sandbox, doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, config=store.config())
    assert ended.verdicts()["clock"] == "fine"


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (timedelta(minutes=-2, seconds=-30), "note: 2 minutes ahead of the store's"),
        (timedelta(hours=5), "fault: 5 hours behind the store's"),
        (timedelta(days=-3), "fault: 3 days ahead of the store's"),
    ],
)
def test_one_that_does_not_is_told_with_what_that_does(by: timedelta, told: str) -> None:
    verdict, _, words = told.partition(": ")
    found = check_clock(AT, AT + by, AT)
    assert found.verdict == verdict
    assert words in found.said
    assert "no row is lost" in found.said
    assert ("signed webhooks" in found.said) is (verdict == "fault")
    assert "timedatectl" in found.todo


def test_a_sandbox_that_lags_behind_is_as_it_should_be(
    store: Sandbox, clock: Clock, doctor: Callable[..., Ended]
) -> None:
    """The default one begins a week ago."""
    clock.now += timedelta(days=-7)
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()["clock"]) == (0, "note")
    assert "sandbox" in ended.said("clock")
    assert "timedatectl" not in ended.said("clock")


@pytest.mark.parametrize(
    ("asked", "answered", "verdict"),
    [
        # A slow answer says no more than that its time was somewhere in between.
        (timedelta(seconds=-90), timedelta(seconds=90), "fine"),
        (timedelta(seconds=60), timedelta(seconds=61), "fine"),
        (timedelta(seconds=62), timedelta(seconds=63), "note"),
        (timedelta(seconds=-62), timedelta(seconds=-61), "note"),
        (timedelta(seconds=302), timedelta(seconds=302), "fault"),
    ],
)
def test_how_far_it_is_off_is_never_made_greater_than_it_is(
    asked: timedelta, answered: timedelta, verdict: str
) -> None:
    assert check_clock(AT + asked, AT, AT + answered).verdict == verdict


def test_the_quota_is_told_with_what_is_kept_for_others(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.quota = Quota(400, 30_000)
    ended = doctor(JSON, config={**store.config(), "rate_limit_reserve": 0.25})
    assert ended.verdicts()["quota"] == "fine"
    # What a scope is lacking for does not count.
    left = 400 - sum(each.status != 403 for each in store.requests)
    said = ended.said("quota")
    assert f"400 requests in 30 s, of which {left} are left" in said
    assert "`rate_limit_reserve` (0.25) keeps 100 for other apps" in said


def test_a_quota_that_others_use_up_is_kept_to_and_told(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.quota = Quota(5, 200)
    ended = doctor(JSON, config={**store.config(), "rate_limit_reserve": 0.6})
    assert ended.verdicts()["quota"] == "note"
    assert "So did this command, " in ended.said("quota")
    assert all(each.status != 429 for each in store.requests)
    assert ended.verdicts()["abandoned carts"] in ("fine", "note")
    assert ended.code == 0


def test_a_store_that_tells_neither_time_nor_quota_is_no_fault(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.faults.no_date = store.faults.no_rate_headers = True
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()["clock"], ended.verdicts()["quota"]) == (0, "note", "note")
