"""Are API2Cart's keys right, is the store connected, and are there abandoned carts?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended
    from tests.support.harness import Clock

JSON = "--format=json"
KEYS, CARTS = "API2Cart keys", "abandoned carts"


def test_keys_that_are_right_are_fine_and_carts_are_counted(
    store: Sandbox, clock: Clock, doctor: Callable[..., Ended]
) -> None:
    config = {**store.api2cart_config(), "page_size": 3}
    ended = doctor(JSON, config=config)
    assert ended.code == 0
    assert (ended.verdicts()[KEYS], ended.verdicts()["clock"]) == ("fine", "fine")
    assert ended.verdicts()[CARTS] == "note"
    for hours in range(2, 4):
        store.shop.add_order(modified=clock() - timedelta(hours=hours))
    assert "lists 2." in doctor(JSON, config=config).said(CARTS)
    for hours in range(4, 9):
        store.shop.add_order(modified=clock() - timedelta(hours=hours))
    store.clear()
    ended = doctor(JSON, config=config)
    assert (ended.verdicts()[CARTS], len(store.requests)) == ("fine", 2)
    assert "lists at least 3." in ended.said(CARTS)
    # Nothing that BigCommerce alone has.
    assert not [name for name in ended.verdicts() if name.startswith(("scope", "inbox"))]
    assert not any(each in ended.out for each in (store.keys.api_key, store.keys.store_key))


@pytest.mark.parametrize("name", ["api2cart_api_key", "api2cart_store_key"])
def test_a_key_that_nobody_knows_is_a_fault_that_names_the_setting(
    store: Sandbox, doctor: Callable[..., Ended], name: str
) -> None:
    ended = doctor(JSON, config={**store.api2cart_config(), name: "a-key-of-nobody"})
    assert (ended.code, ended.verdicts()["API2Cart"]) == (1, "fault")
    assert f"`{name}`" in ended.said("API2Cart")
    assert "a-key-of-nobody" not in ended.out


def test_a_quota_that_is_spent_is_not_known_to_stay_so(
    store: Sandbox, doctor: Callable[..., Ended], sleeps: list[float]
) -> None:
    store.api2cart.calls_left = 0
    ended = doctor(JSON, config=store.api2cart_config())
    assert (ended.code, ended.verdicts()["API2Cart"]) == (3, "not known")
    assert "monthly quota" in ended.said("API2Cart")
    assert sum(sleeps) < 20


def test_a_clock_that_is_off_is_told(
    store: Sandbox, clock: Clock, doctor: Callable[..., Ended]
) -> None:
    clock.now += timedelta(hours=3)
    ended = doctor(JSON, config=store.api2cart_config())
    assert (ended.code, ended.verdicts()["clock"]) == (1, "fault")
