"""How many abandoned carts are there, and since when?"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

JSON = "--format=json"
ASKED = "abandoned carts"


@pytest.mark.parametrize("uncounted", [False, True])
def test_they_are_counted_and_the_oldest_is_dated(
    store: Sandbox, doctor: Callable[..., Ended], *, uncounted: bool
) -> None:
    store.faults.incomplete_uncounted = uncounted
    created = [datetime(2026, month, 7, 10, tzinfo=UTC) for month in (5, 2, 9)]
    for each in created:
        store.shop.add_order(created=each)
    store.shop.add_order(status_id=11, created=datetime(2026, 1, 2, tzinfo=UTC))
    ended = doctor(JSON, config=store.config())
    assert ended.verdicts()[ASKED] == "fine"
    said = ended.said(ASKED)
    assert "counts 3 orders in status Incomplete, the oldest of 2026-02-07" in said
    assert "a hint" in said


def test_a_store_without_any_is_no_fault(store: Sandbox, doctor: Callable[..., Ended]) -> None:
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()[ASKED]) == (0, "note")


def test_without_the_scope_nothing_is_said_twice(
    store: Sandbox, doctor: Callable[..., Ended]
) -> None:
    store.scopes.clear()
    ended = doctor(JSON, config=store.config())
    assert ended.verdicts()[ASKED] == "not checked"
