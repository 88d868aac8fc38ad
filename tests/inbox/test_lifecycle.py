"""What became of a cart, worked out from events and a reading alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
from msgspec import structs

from tap_bigcommerce_carts.inbox.lifecycle import (
    KEPT,
    CartEvent,
    Lifecycle,
    Reading,
    Status,
    lifecycle_of,
)

HOUR = 3600
NOW = 1_772_550_000
FILLED = NOW - 10 * HOUR


def event(kind: str, at: int, **data: object) -> CartEvent:
    return CartEvent(at, f"store/cart/{kind}", at, at, data)


def life(*events: CartEvent, reading: Reading | None = None, now: int = NOW) -> Lifecycle:
    return lifecycle_of("c", events, reading, now=now, idle=HOUR)


@pytest.mark.parametrize(
    ("ends", "status", "abandoned_at"),
    [
        ([], Status.ABANDONED, FILLED + 60 + HOUR),
        ([("abandoned", 2 * HOUR)], Status.ABANDONED, FILLED + 2 * HOUR),
        ([("updated", 10 * HOUR - 60)], Status.ACTIVE, FILLED + 60 + HOUR),
        ([("converted", 1800)], Status.CONVERTED, None),
        ([("abandoned", HOUR + 60), ("converted", 5 * HOUR)], Status.CONVERTED, FILLED + HOUR + 60),
        ([("deleted", 1800), ("updated", 1800)], Status.DELETED, None),
        ([("deleted", 1800), ("converted", 1800)], Status.CONVERTED, None),
    ],
)
def test_the_order_in_which_events_came_changes_nothing(
    ends: list[tuple[str, int]], status: Status, abandoned_at: int | None
) -> None:
    events = [event("created", FILLED), event("updated", FILLED + 60)]
    events += [event(kind, FILLED + after) for kind, after in ends]
    for order in permutations(events):
        told = life(*order)
        assert (told.status, told.abandoned_at) == (status, abandoned_at)
        # The shopper's last sign was the change a minute after the cart was filled.
        assert told.left_at == (abandoned_at and FILLED + 60)


def test_events_can_be_received_long_after_they_happened() -> None:
    late = [replace(event("created", FILLED), received_at=NOW), event("updated", FILLED + 60)]
    assert life(late[0]).first_received_at == NOW
    assert life(*late).first_received_at == FILLED + 60
    assert life(*late).first_event_at == FILLED


def test_a_cart_that_gives_a_sign_after_it_was_found_gone_lives() -> None:
    """It had not reached the server that was asked, or the answer was wrong."""
    gone = Reading(FILLED + 60, gone_at=FILLED + 60)
    filled = event("created", FILLED)
    assert life(filled, reading=gone).status is Status.DELETED
    assert life(filled, event("updated", FILLED + 90), reading=gone).status is Status.ABANDONED
    left = event("abandoned", FILLED + HOUR)
    assert life(filled, left, reading=gone).status is Status.ABANDONED


def test_a_cart_found_gone_after_its_time_has_expired_then() -> None:
    told = life(event("created", NOW - KEPT - HOUR), reading=Reading(NOW, gone_at=NOW))
    assert (told.status, told.expired_at) == (Status.EXPIRED, NOW - HOUR)
    # A bounded run goes by when it expired, not by when that was noticed.
    assert told.modified_at == NOW - HOUR


def test_a_cart_said_to_be_deleted_is_dated_by_that() -> None:
    at = FILLED + 1800
    deleted = event("created", FILLED), event("deleted", at)
    assert life(*deleted, reading=Reading(NOW, gone_at=at)).modified_at == at


def test_what_is_told_later_is_not_dated_earlier() -> None:
    gone = Reading(NOW, gone_at=NOW)
    before = life(event("created", FILLED), reading=gone)
    after = life(event("created", FILLED), event("converted", FILLED + 60), reading=gone)
    assert (before.status, after.status) == (Status.DELETED, Status.CONVERTED)
    assert after.modified_at >= before.modified_at


EMPTY = {"line_items": {"physical_items": [], "custom_items": []}, "base_amount": 0}


def read(**changed: object) -> Reading:
    return Reading(NOW - HOUR, {**EMPTY, **changed})


def test_a_cart_with_nothing_in_it_was_emptied_not_abandoned() -> None:
    filled, left = event("created", FILLED), event("abandoned", FILLED + HOUR)
    told = life(filled, left, reading=read())
    assert (told.status, told.deleted_at, told.is_emptied) == (Status.DELETED, FILLED, True)
    # Filled again since.
    again = life(filled, event("lineItem/created", NOW - 60), reading=read())
    assert (again.status, again.is_emptied) == (Status.ACTIVE, False)
    # Paid, which only another event tells.
    assert life(filled, event("converted", NOW - 60), reading=read()).status is Status.CONVERTED
    # Gone since, after its time: it was emptied all the same.
    gone = structs.replace(read(), read_at=NOW, gone_at=NOW)
    assert life(event("created", NOW - KEPT - HOUR), reading=gone).status is Status.DELETED


@pytest.mark.parametrize(
    "changed",
    [
        {"line_items": {"physical_items": [], "digital_items": [{"id": "1"}]}},
        {"line_items": {"physical_items": True}},
        {"line_items": {}},
        {"line_items": None},
        {"line_items": []},
        {"base_amount": 84},
        {"base_amount": {}},
    ],
)
def test_a_cart_that_may_hold_something_was_not_emptied(changed: dict[str, object]) -> None:
    told = life(event("created", FILLED), reading=read(**changed))
    assert (told.status, told.is_emptied) == (Status.ABANDONED, False)


def test_a_change_in_the_far_future_dates_nothing() -> None:
    told = life(event("created", FILLED), reading=read(updated_time="6325-01-01T00:00:00Z"))
    assert told.modified_at == FILLED
