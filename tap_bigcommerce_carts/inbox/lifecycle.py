"""What became of a cart: its events and its last reading, in whatever order they came.

Events come in any order, twice, late, or never. So a cart's state is never carried from one
event to the next: it is worked out anew from all that is known of the cart.
https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from tap_bigcommerce_carts.rows.values import decimal, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# BigCommerce keeps a cart for 30 days after its last change.
KEPT = 30 * 24 * 3600
# Where a cart that was read has what is kept of its checkout.
CHECKOUT = "checkout"
_DAY = 24 * 3600
_CHANNEL = re.compile(r"store/channel/(\d+)/")


class Status(StrEnum):
    """What has become of a cart."""

    ACTIVE = "active"
    ABANDONED = "abandoned"
    CONVERTED = "converted"
    DELETED = "deleted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CartEvent:
    """An event as a cart's life needs it; times in Unix seconds."""

    sequence: int
    scope: str
    happened_at: int
    received_at: int
    data: dict[str, Any]

    @property
    def kind(self) -> str:
        """What happened, such as `created` or `lineItem/updated`."""
        return self.scope.partition("/cart/")[2]


class Reading(msgspec.Struct, frozen=True, omit_defaults=True):
    """What BigCommerce said of a cart when it was asked; times in Unix seconds.

    Attributes:
        read_at: when the cart was last read, or asked for.
        document: the cart, as long as it was there, and under `CHECKOUT` how far it came.
        gone_at: when it was found gone; of a cart that was said to be deleted, when that was.
        order_id: the order it became, if that was found while its event was not.
        ordered_at: when that order was made.
        treated: how personal data in the document was treated; "" if it is as it came.
    """

    read_at: int
    document: dict[str, Any] | None = None
    gone_at: int | None = None
    order_id: int | None = None
    ordered_at: int | None = None
    # The last one: `Readings.remask` looks at how the JSON ends.
    treated: str = ""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """All that is known of a cart; times in Unix seconds.

    Attributes:
        sequence: of the last event.
        first_received_at: when the first event was received, which may be long after it happened.
        active_at: the shopper's last sign.
        left_at: the shopper's last sign before `abandoned_at`.
        abandoned_at: when the cart was last left for so long that it counted as abandoned.
        modified_at: when the cart last came to be as it is here.
        is_emptied: whether the cart was there when it was last read, with nothing in it.
        problem: why it could not be read at the shop, if so: then this is what was known before.
    """

    cart_id: str
    status: Status
    sequence: int
    events: int
    first_event_at: int
    last_event_at: int
    first_received_at: int
    active_at: int
    modified_at: int
    left_at: int | None
    abandoned_at: int | None
    converted_at: int | None
    deleted_at: int | None
    expired_at: int | None
    order_id: int | None
    token: str | None
    channel_id: int | None
    is_emptied: bool
    reading: Reading | None
    problem: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether the cart is no more, so that there is nothing to read."""
        return self.status not in {Status.ACTIVE, Status.ABANDONED}


def lifecycle_of(
    cart_id: str, events: Sequence[CartEvent], reading: Reading | None, *, now: int, idle: int
) -> Lifecycle:
    """Return what became of a cart.

    Args:
        cart_id: the cart.
        events: all its events, in any order; at least one.
        reading: its last reading, if there was one.
        now: the moment for which it is worked out, in Unix seconds.
        idle: seconds without a sign of the shopper after which a cart counts as abandoned.

    Returns:
        The lifecycle, which does not depend on the order of the events.
    """
    signs = _signs(events, reading)
    converted = _last(events, "converted")
    order_id = _of(events, "orderId")
    converted_at = converted.happened_at if converted else None
    if reading and converted_at is None and reading.order_id is not None:
        # The event was lost. The order was made when the shopper reached the payment.
        order_id, converted_at = reading.order_id, reading.ordered_at or reading.read_at
    deleted_at, expired_at = _end(events, reading, signs[-1], converted_at)
    ended_at = converted_at or deleted_at or expired_at
    left_at, abandoned_at = _left(events, signs, ended_at, now=now, idle=idle)
    times = [each.happened_at for each in events]
    # What was emitted when the cart was found gone must not seem newer than what is emitted now.
    found = _found_gone(reading, signs[-1], events)
    known = (max(times), signs[-1], converted_at, deleted_at, expired_at, abandoned_at, *found)
    return Lifecycle(
        cart_id=cart_id,
        status=_status(converted_at, deleted_at, expired_at, abandoned_at, signs[-1]),
        sequence=max(each.sequence for each in events),
        events=len(events),
        first_event_at=min(times),
        last_event_at=max(times),
        first_received_at=min(each.received_at for each in events),
        active_at=signs[-1],
        left_at=left_at,
        modified_at=min(now, max(each for each in known if each is not None)),
        abandoned_at=abandoned_at,
        converted_at=converted_at,
        deleted_at=deleted_at,
        expired_at=expired_at,
        order_id=order_id,
        token=_of(events, "token"),
        channel_id=_channel(events),
        is_emptied=deleted_at is not None and _is_emptied(reading, signs[-1]),
        reading=reading,
    )


def changed_at(reading: Reading | None) -> int | None:
    """Return when a cart that was read had last changed; None if it does not say."""
    try:
        changed = int(moment(((reading and reading.document) or {})["updated_time"]).timestamp())
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    # Clocks differ, but not by so much.
    return changed if reading and changed <= reading.read_at + _DAY else None


def is_empty(document: dict[str, Any] | None) -> bool:
    """Return whether a cart has nothing in it: no lines of any kind, and no value."""
    lines = (document or {}).get("line_items")
    if not isinstance(lines, dict) or not lines or any(lines.values()):
        return False
    with suppress(ValueError):
        return not decimal((document or {}).get("base_amount"))
    return False


def _is_emptied(reading: Reading | None, active_at: int) -> bool:
    """Return whether a cart was empty when last seen, and had no events since."""
    if reading is None or not is_empty(reading.document):
        return False
    return active_at <= max(reading.read_at, changed_at(reading) or 0)


def _signs(events: Iterable[CartEvent], reading: Reading | None) -> list[int]:
    """Return when the shopper gave a sign, oldest first; never empty."""
    signs = {each.happened_at for each in events if each.kind not in _NO_SIGN}
    changed = changed_at(reading)
    if changed is not None:
        signs.add(changed)
    return sorted(signs) or [min(each.happened_at for each in events)]


def _end(
    events: Sequence[CartEvent], reading: Reading | None, active_at: int, converted_at: int | None
) -> tuple[int | None, int | None]:
    """Return when the cart was deleted, and when it expired: at most one of the two."""
    if converted_at is not None:
        return None, None
    if deleted := _last(events, "deleted"):
        return deleted.happened_at, None
    if _is_emptied(reading, active_at):
        return active_at, None
    return _found_gone(reading, active_at, events)


def _found_gone(
    reading: Reading | None, active_at: int, events: Iterable[CartEvent]
) -> tuple[int | None, int | None]:
    """Return when a cart that was found gone was deleted or expired; neither if it was not."""
    if reading is None or reading.gone_at is None:
        return None, None
    left = _last(events, "abandoned")
    if max(active_at, left.happened_at if left else 0) > reading.gone_at:
        # It was not there yet when it was asked for.
        return None, None
    if reading.gone_at - active_at >= KEPT:
        return None, active_at + KEPT
    # The event was lost: all that is known is that the cart was gone by then.
    return reading.gone_at, None


def _left(
    events: Sequence[CartEvent], signs: list[int], ended_at: int | None, *, now: int, idle: int
) -> tuple[int | None, int | None]:
    """Return when the cart was last left for long, and when it came to count as abandoned.

    BigCommerce's event says it; where that was lost, or comes later than the merchant's own
    measure, so does the time between two signs.
    """
    said = [each.happened_at for each in events if each.kind == "abandoned"]
    moments = [sign for sign in signs if ended_at is None or sign < ended_at] or signs[:1]
    for left, back in reversed(list(pairwise([*moments, ended_at or now]))):
        between = [each for each in said if left <= each <= back]
        if between:
            return left, min(between)
        if back - left >= idle:
            return left, left + idle
    earliest = min(said, default=None)
    return earliest, earliest


def _status(
    converted_at: int | None,
    deleted_at: int | None,
    expired_at: int | None,
    abandoned_at: int | None,
    active_at: int,
) -> Status:
    if converted_at is not None:
        return Status.CONVERTED
    if deleted_at is not None:
        return Status.DELETED
    if expired_at is not None:
        return Status.EXPIRED
    if abandoned_at is not None and abandoned_at >= active_at:
        return Status.ABANDONED
    return Status.ACTIVE


def _last(events: Iterable[CartEvent], kind: str) -> CartEvent | None:
    found = (each for each in events if each.kind == kind)
    return max(found, key=lambda each: each.happened_at, default=None)


def _of(events: Iterable[CartEvent], key: str) -> Any:
    """Return the newest value under a key of an event."""
    found = [(each.happened_at, each.data[key]) for each in events if each.data.get(key)]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _channel(events: Iterable[CartEvent]) -> int | None:
    for each in events:
        if match := _CHANNEL.match(each.scope):
            return int(match[1])
    return None


# What BigCommerce does by itself, or what ends the cart.
_NO_SIGN = {"abandoned", "converted", "deleted"}
