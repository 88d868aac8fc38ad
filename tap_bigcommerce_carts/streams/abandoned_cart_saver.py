"""How the store tries to win carts back: the Abandoned Cart Saver's settings and e-mail steps.

https://developer.bigcommerce.com/docs/rest-management/abandoned-carts
https://developer.bigcommerce.com/docs/rest-management/abandoned-cart-emails
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import (
    boolean,
    integer,
    personal_email,
    several,
    text,
)
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

_CHANNEL = integer("channel_id", "Storefront; 0 for the store as a whole.", key=True)

SETTINGS_KEY = ("store", "channel_id")
SETTINGS_FIELDS = (
    STORE,
    _CHANNEL,
    boolean(
        "enable_notification", "Whether reminders are sent. Null on a storefront: as the store."
    ),
    boolean(
        "email_customer_until_cart_is_recovered",
        "Whether further steps are sent until the cart is recovered.",
    ),
    boolean(
        "marketing_emails_require_customer_consent",
        "Whether only shoppers who agreed are reminded.",
    ),
    boolean(
        "email_merchant_when_cart_is_converted",
        "Whether the merchant is told of a recovered cart.",
    ),
    boolean(
        "email_merchant_when_cart_is_abandoned",
        "Whether the merchant is told of an abandoned cart.",
    ),
    personal_email(text("merchant_email_address", "Where the merchant is told.")),
    text(
        "merchant_abandoned_cart_email_frequency_type",
        "`individual`, or `digest` for one message about several carts.",
    ),
    integer(
        "merchant_abandoned_cart_digest_email_frequency",
        "Abandoned carts that make up a digest.",
    ),
)

EMAILS_KEY = ("store", "channel_id", "id")
EMAILS_FIELDS = (
    STORE,
    _CHANNEL,
    integer("id", "The step.", key=True),
    boolean("is_active", "Whether the step is sent."),
    integer("notify_at_minutes", "Minutes after abandonment at which it is sent."),
    text("coupon_code", "Coupon offered, if any."),
    integer("sent_num", "How often it was sent."),
    text("subject", "Subject line, with its placeholders.", source=("template", "subject")),
    several(
        "translations",
        "Languages the step is translated to.",
        text("locale", "Language code."),
        source=("template", "translations"),
    ),
)


def channel_row(channel_id: int, document: dict[str, Any], rows: RowBuilder) -> Row:
    """Build the row of a channel's settings, or of one of its e-mail steps.

    Args:
        channel_id: the storefront; 0 for the store as a whole.
        document: as the store gave it.
        rows: the stream's row builder.
    """
    return rows.build([document], channel_id=[channel_id])[0]


class AbandonedCartSettings(StoreStream):
    """The Abandoned Cart Saver's settings, of the store and of each storefront."""

    name = "abandoned_cart_settings"
    fields = SETTINGS_FIELDS
    primary_keys = SETTINGS_KEY
    selected_by_default = False

    @override
    def read(self) -> Iterator[Page]:
        for channel_id, document in self.run.bigcommerce.abandoned_cart_settings():
            yield Page([channel_row(channel_id, document, self.rows)])


class AbandonedCartEmails(StoreStream):
    """The Abandoned Cart Saver's e-mail steps, of the store and of each storefront."""

    name = "abandoned_cart_emails"
    fields = EMAILS_FIELDS
    primary_keys = EMAILS_KEY
    selected_by_default = False

    @override
    def read(self) -> Iterator[Page]:
        steps = self.run.bigcommerce.abandoned_cart_emails()
        for place, (channel_id, document) in enumerate(steps):
            row = channel_row(channel_id, document, self.rows)
            if row.id is None:
                problem = f"a reminder e-mail of channel {channel_id} has no readable `id`"
                self.skip(place, problem, "")
            else:
                yield Page([row])
