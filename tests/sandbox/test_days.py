"""Days that pass: how long shoppers are away, and a clock that can be let go on."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.sandbox.shop import Clock
from tests.support.patience import until

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def away_before_another_order(shop: Shop) -> list[timedelta]:
    """Return how long shoppers were away who paid with another order of their cart."""
    left = {order["cart_id"]: key for key, order in shop.orders.items() if not order["status_id"]}
    return [
        shop.modified(key) - shop.modified(left[order["cart_id"]])
        for key, order in shop.orders.items()
        if order["status_id"] and order["cart_id"] in left
    ]


def test_who_paid_with_another_order_was_away_for_hours_or_days(seeded: Shop) -> None:
    away = away_before_another_order(seeded)
    assert len(away) > 20
    assert min(away) >= HOUR
    assert sorted(away)[len(away) // 2] < timedelta(days=3)


def test_so_it_is_in_a_small_shop(now: datetime) -> None:
    """Where the last cart left before an order may be weeks old."""
    shops = [Shop.seeded(carts=40, seed=seed, clock=lambda: now) for seed in range(20)]
    away = [each for shop in shops for each in away_before_another_order(shop)]
    assert away
    assert max(away) <= WEEK


def test_the_clock_goes_on_when_told_to_and_never_ahead() -> None:
    clock = Clock(WEEK)
    with Sandbox(Shop(clock=clock)) as sandbox:
        cart_id = sandbox.shop.carts.fill()

        def go(**body: int) -> requests.Response:
            return requests.post(f"{sandbox.url}/_sandbox/clock", json=body, timeout=10)

        assert go(days=3).status_code == 200
        assert clock.behind == timedelta(days=4)
        assert sandbox.shop.carts.truth(cart_id).status == "abandoned"
        assert go(days=5).status_code == 400
        assert go(days=-1).status_code == 400
        assert clock.behind == timedelta(days=4)
        assert clock().tzinfo is UTC


def test_the_clock_goes_on_until_a_moment_and_never_back() -> None:
    clock = Clock(WEEK)
    with Sandbox(Shop(clock=clock)) as sandbox:

        def until(moment: datetime) -> requests.Response:
            body = {"until": f"{moment:%Y-%m-%dT%H:%M:%SZ}"}
            return requests.post(f"{sandbox.url}/_sandbox/clock", json=body, timeout=10)

        later = clock() + timedelta(days=2)
        assert until(later).ok
        assert timedelta(days=4.9) < clock.behind <= timedelta(days=5, seconds=1)
        behind = clock.behind
        assert until(later - timedelta(days=1)).ok
        assert clock.behind == behind
        assert until(later + WEEK).status_code == 400


def test_a_fast_clock_catches_up_and_never_gets_ahead() -> None:
    begin = datetime.now(UTC) - WEEK
    clock = Clock(WEEK, speed=1e7)
    moments = [clock()]

    def caught_up() -> bool:
        moments.append(clock())
        return not clock.behind

    until(caught_up, "a week of the clock's")
    assert moments == sorted(moments)
    assert begin <= moments[0] < moments[-1]
    assert clock() <= datetime.now(UTC)
    with pytest.raises(ValueError, match="at most"):
        clock.go(timedelta(seconds=1))


@pytest.mark.parametrize("body", [{"days": 1}, {"years": 1}])
def test_a_clock_that_stands_still_cannot_be_let_go_on(
    sandbox: Sandbox, body: dict[str, int]
) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/clock", json=body, timeout=10)
    assert answer.status_code == 400
