"""Every order in every status, narrow: the denominator, and what became of the carts.

https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import boolean, identifier, instant, integer, number, text
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import CURRENCIES, SHOPPER_EMAIL, STORE, TOTALS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

ORDER_KEY = ("store", "id")
ORDER_FIELDS = (
    STORE,
    integer("id", "The order.", key=True),
    text("cart_id", "The cart it was made from; null for orders made by staff or by an API."),
    identifier("customer_id", "The registered customer; null for a guest."),
    SHOPPER_EMAIL,
    integer("status_id", "Order status; 0 is Incomplete, which is not a sale."),
    text("status", "Order status in BigCommerce's words."),
    instant("date_created", "When the order was made, which may be before it was paid."),
    instant("date_modified", "When the order last changed.", key=True),
    instant("date_shipped", "When the order was shipped."),
    *TOTALS,
    number("handling_cost_ex_tax", "Handling without tax."),
    number("handling_cost_inc_tax", "Handling with tax."),
    number("wrapping_cost_inc_tax", "Gift wrapping with tax."),
    number("store_credit_amount", "Paid with store credit."),
    number("gift_certificate_amount", "Paid with gift certificates."),
    number("refunded_amount", "Refunded so far."),
    boolean("is_tax_inclusive_pricing", "Whether prices were shown with tax."),
    *CURRENCIES,
    integer("channel_id", "Storefront the shopper used."),
    text("payment_method", "Payment method, in the words shown to the shopper."),
    text("payment_status", "Payment status."),
    text("order_source", "Where the order was made, such as `www` or `checkout_api`."),
    integer("items_total", "Units in the order: the sum of its lines' quantities."),
    text("customer_locale", "Language of the storefront the shopper used."),
    text("geoip_country_iso2", "Country by the shopper's IP address, ISO 3166-1 alpha-2."),
    boolean("is_email_opt_in", "Whether the shopper agreed to marketing e-mail."),
    boolean("is_deleted", "Whether the order was archived."),
)


def order_rows(orders: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of orders.

    Args:
        orders: the page's, each with a readable id and date.
        rows: the stream's row builder.
    """
    return rows.build(
        [order.document for order in orders],
        id=[order.id for order in orders],
        date_modified=[iso(order.modified) for order in orders],
    )


class Orders(StoreStream):
    """Every order in every status."""

    name = "orders"
    fields = ORDER_FIELDS
    primary_keys = ORDER_KEY
    replication_key = "date_modified"

    @override
    def read(self) -> Iterator[Page]:
        for page in self.run.bigcommerce.orders(self.window, self.rows.document):
            yield Page(order_rows(self.readable(page), self.rows))
