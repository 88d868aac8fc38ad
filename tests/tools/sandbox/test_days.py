"""Days that pass: shoppers come back within hours and days, and life goes on beside them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.support.harness import Clock as Moved
from tools.sandbox import Sandbox, Shop
from tools.sandbox.shop import Clock

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)


def test_a_week_of_life(now: datetime) -> None:
    clock = Moved(now)
    shop = Shop.seeded(carts=600, placed=600, clock=clock)
    before = {key: (shop.modified(key), order["status_id"]) for key, order in shop.orders.items()}
    clock.advance(days=7)
    done = shop.live(recover=8, new=50, edit=5, placed=100, hours=168)
    assert done == {"recover": 8, "new": 50, "edit": 5, "placed": 100}
    moved = {key for key in before if shop.modified(key) != before[key][0]}
    back = {key for key in moved if shop.orders[key]["status_id"] != 0}
    assert len(back) == 8
    assert len(moved) == 13
    away = [shop.modified(key) - before[key][0] for key in back]
    assert all(HOUR <= each <= WEEK for each in away)
    assert {before[key][1] for key in moved} == {0}
    new = set(shop.orders) - set(before)
    assert Counter(shop.orders[key]["status_id"] == 0 for key in new) == {True: 50, False: 100}
    for key in moved | new:
        assert now < shop.modified(key) <= clock()
        if shop.orders[key]["status_id"] == 0:
            assert shop.modified(key) < clock() - HOUR
    moments = [shop.modified(key) for key in sorted(new)]
    assert moments == sorted(moments)
    days = {moment.date() for moment in moments}
    assert len(days) >= 7, "not all on one day"


def test_nobody_comes_back_to_a_shop_without_carts(now: datetime) -> None:
    shop = Shop.seeded(carts=0, clock=lambda: now)
    assert shop.live(recover=3, edit=2, hours=24) == dict.fromkeys(
        ("recover", "new", "edit", "placed"), 0
    )


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


def test_carts_of_the_inbox_come_back_in_the_days_that_passed(now: datetime) -> None:
    clock = Moved(now)
    shop = Shop.seeded(carts=0, customers=5, clock=clock)
    shop.carts.live(300)
    clock.advance(days=7)
    shop.carts.notice()
    left = {each.cart_id: each.updated for each in shop.carts.truths()}
    events: list[int] = []
    shop.carts.listeners.append(lambda _scope, _data, moment: events.append(moment))
    truths = shop.carts.come_back(8, hours=168)
    assert [each.outcome for each in truths] == ["came_back"] * 8
    assert events == sorted(events)
    for each in truths:
        assert each.order_id
        assert now <= shop.modified(each.order_id) <= clock()
        assert HOUR <= shop.modified(each.order_id) - left[each.cart_id] <= WEEK


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


@pytest.mark.parametrize("body", [{"days": 1}, {"years": 1}])
def test_a_clock_that_stands_still_cannot_be_let_go_on(
    sandbox: Sandbox, body: dict[str, int]
) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/clock", json=body, timeout=10)
    assert answer.status_code == 400
