"""Abandoned Cart Saver: the store's settings and its e-mail steps.

https://developer.bigcommerce.com/docs/rest-management/abandoned-carts
https://developer.bigcommerce.com/docs/rest-management/abandoned-cart-emails
"""

from collections.abc import Iterable
from typing import Any

from tap_bigcommerce_carts.sandbox.shop.records import Document

SETTINGS: Document = {
    "enable_notification": True,
    "email_customer_until_cart_is_recovered": True,
    "marketing_emails_require_customer_consent": False,
    "email_merchant_when_cart_is_converted": True,
    "email_merchant_when_cart_is_abandoned": True,
    "merchant_email_address": "owner@example.com",
    "merchant_abandoned_cart_email_frequency_type": "digest",
    "merchant_abandoned_cart_digest_email_frequency": 10,
}
INHERIT: Document = dict.fromkeys(SETTINGS)


def template(subject: str) -> Document:
    """Return an e-mail template with a link back to the checkout."""
    link = "<a href=\"{{ notification.checkout_link }}\">{{lang 'back'}}</a>"
    return {
        "subject": subject,
        "body": "{{lang 'greeting'}} " + link,
        "translations": [
            {"locale": "en", "keys": {"greeting": "Hello again", "back": "Your cart"}},
            {"locale": "de", "keys": {"greeting": "Hallo", "back": "Zum Warenkorb"}},
        ],
    }


def email(email_id: int, minutes: int, sent: int, **fields: Any) -> Document:
    """Return one e-mail step.

    Args:
        email_id: its id.
        minutes: how long after the cart was left.
        sent: how often it was.
        fields: others, verbatim.
    """
    return {
        "id": email_id,
        "notify_at_minutes": minutes,
        "coupon_code": "",
        "template": template(f"Still thinking it over? ({email_id})"),
        "is_active": True,
        "sent_num": sent,
        **fields,
    }


class Emails:
    """Settings for the store and its channels, and the e-mail steps; change them at will.

    Attributes:
        settings: the store's own.
        channel_settings: by channel id; a null value means the store's own counts.
        steps: the store's e-mails.
        channel_steps: e-mails of a channel that has its own; others use the store's.
        default: the template that a new e-mail starts from.
    """

    def __init__(self, channels: Iterable[int]) -> None:
        self.settings = dict(SETTINGS)
        self.channel_settings = {channel: dict(INHERIT) for channel in channels}
        self.channel_settings.get(2, {})["enable_notification"] = False
        self.steps = [
            email(1, 60, 412),
            email(2, 1440, 268, coupon_code="COMEBACK5"),
            email(3, 4320, 97, coupon_code="COMEBACK10", is_active=False),
        ]
        self.channel_steps = {1017: [email(4, 120, 31)]}
        self.default = template("Your cart is waiting")

    def listed(self, channel_id: int | None) -> list[Document]:
        """Return the e-mails that count for a channel, or the store's."""
        return self.channel_steps.get(channel_id or 0, self.steps)

    def find(self, email_id: int) -> Document | None:
        """Return one e-mail step wherever it belongs."""
        steps = [*self.steps, *(x for own in self.channel_steps.values() for x in own)]
        return next((step for step in steps if step["id"] == email_id), None)
