"""The inbox's log: what BigCommerce told of carts, event by event.

https://developer.bigcommerce.com/docs/integrations/webhooks/events
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import identifier, instant, integer, personal, text
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.pages import InboxPosition, Page
from tap_bigcommerce_carts.streams.common_fields import STORE
from tap_bigcommerce_carts.streams.from_inbox import InboxStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.inbox.cart_log import LoggedEvent
    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

_EVENTS_PER_PAGE = 1_000

EVENT_KEY = ("store", "sequence")
EVENT_FIELDS = (
    STORE,
    integer("sequence", "The event's number in the inbox, in the order they came.", key=True),
    text("scope", "What happened, such as `store/cart/updated`."),
    text("cart_id", "The cart: `carts.id`."),
    instant(
        "happened_at",
        "When it happened, as BigCommerce says; when it came, if it is dated over a day later.",
    ),
    instant("received_at", "When the inbox first took it."),
    identifier("order_id", "The order a cart became.", source=("orderId",)),
    text("line_item_id", "The line that was changed."),
    identifier("coupon_id", "The coupon that was applied.", source=("couponId",)),
    personal(text("token", "Token of the link back to the cart in the reminders.")),
    text("hash", "The same for each sending of one event."),
)


def event_rows(events: list[LoggedEvent], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of events.

    Args:
        events: the page's, of the inbox's log.
        rows: the stream's row builder.
    """
    data = [event.data for event in events]
    return rows.build(
        data,
        sequence=[event.sequence for event in events],
        scope=[event.scope for event in events],
        cart_id=[event.cart_id for event in events],
        happened_at=[_instant(event.happened_at) for event in events],
        received_at=[_instant(event.received_at) for event in events],
        line_item_id=[_line(each) for each in data],
        hash=[event.hash for event in events],
    )


class CartEvents(InboxStream):
    """The inbox's log, event by event."""

    name = "cart_events"
    fields = EVENT_FIELDS
    primary_keys = EVENT_KEY
    replication_key = "sequence"

    @override
    def read(self) -> Iterator[Page]:
        after, log = self.resume(), self.run.inbox
        # Before it is looked how far the log goes: what comes later is for the next run.
        moment, upto = self.bookmark.moment, log.highest()
        while events := log.events(after, upto, _EVENTS_PER_PAGE):
            after = events[-1].sequence
            asked_for = [each for each in events if self._is_asked_for(each)]
            yield Page(event_rows(asked_for, self.rows), settled=InboxPosition(after))
        yield Page([], settled=InboxPosition(after, moment))

    def _is_asked_for(self, event: LoggedEvent) -> bool:
        return self.is_within(_instant(event.happened_at))


def _line(data: dict[str, Any]) -> str | None:
    found = data.get("id") if data.get("type") == "cart_line_item" else None
    return found if isinstance(found, str) else None


def _instant(seconds: int) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))
