"""Registered customers. Guests have no customer record; they are on the cart row.

https://developer.bigcommerce.com/docs/rest-management/customers
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import (
    INTEGER,
    boolean,
    identifier,
    instant,
    integer,
    personal,
    personal_email,
    several,
    text,
)
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import FORM_FIELDS, STORE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

CUSTOMER_KEY = ("store", "id")
CUSTOMER_FIELDS = (
    STORE,
    integer("id", "The customer.", key=True),
    personal_email(text("email", "E-mail address.")),
    personal(text("first_name", "First name.")),
    personal(text("last_name", "Last name.")),
    personal(text("company", "Company.")),
    personal(text("phone", "Phone number.")),
    identifier("customer_group_id", "Customer group; null for none."),
    integer("origin_channel_id", "Storefront the customer registered on."),
    several("channel_ids", "Storefronts the customer may sign in to; null for all.", items=INTEGER),
    boolean(
        "accepts_product_review_abandoned_cart_emails",
        "Whether the customer agreed to reminders of abandoned carts.",
    ),
    instant("date_created", "When the customer registered."),
    instant("date_modified", "When the customer record last changed.", key=True),
    text("tax_exempt_category", "Tax exemption, if any."),
    personal(text("registration_ip_address", "IP address at registration.")),
    personal(text("notes", "Staff's notes on the customer.")),
    FORM_FIELDS,
    integer("address_count", "Addresses in the customer's address book."),
    several(
        "addresses",
        "The customer's address book.",
        identifier("id", "The address."),
        personal(text("first_name", "First name.")),
        personal(text("last_name", "Last name.")),
        personal(text("company", "Company.")),
        personal(text("address1", "Street, first line.")),
        personal(text("address2", "Street, second line.")),
        personal(text("city", "Town.")),
        personal(text("state_or_province", "State or province.")),
        personal(text("postal_code", "Postal code.")),
        text("country", "Country."),
        text("country_code", "Country, ISO 3166-1 alpha-2."),
        personal(text("phone", "Phone number.")),
        text("address_type", "`residential` or `commercial`."),
        FORM_FIELDS,
    ),
)


def customer_rows(customers: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of customers.

    Args:
        customers: the page's, each with all its addresses.
        rows: the stream's row builder.
    """
    return rows.build(
        [customer.document for customer in customers],
        id=[customer.id for customer in customers],
        date_modified=[iso(customer.modified) for customer in customers],
    )


class Customers(StoreStream):
    """Registered customers."""

    name = "customers"
    fields = CUSTOMER_FIELDS
    primary_keys = CUSTOMER_KEY
    replication_key = "date_modified"

    @override
    def read(self) -> Iterator[Page]:
        for page in self.run.bigcommerce.customers(self.window):
            yield Page(customer_rows(self.readable(page), self.rows))
