"""Carts left at payment, and their lines.

An order in status 0 (Incomplete) is made when the shopper reaches the payment step. If the
payment does not follow, the order stays in that status: an abandoned cart. Carts left
before that step are not in BigCommerce's order list.
https://developer.bigcommerce.com/docs/rest-management/orders
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_bigcommerce_carts.rows.fields import (
    Exemption,
    boolean,
    group,
    guest,
    identifier,
    instant,
    integer,
    is_choice,
    number,
    personal,
    personal_email,
    several,
    text,
)
from tap_bigcommerce_carts.rows.values import iso
from tap_bigcommerce_carts.singer.pages import Page
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.common_fields import (
    CART_DATE_MODIFIED,
    CURRENCIES,
    FORM_FIELDS,
    IN_CATALOGUE,
    SHOPPER_EMAIL,
    STORE,
    TOTALS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder

CART_KEY = ("store", "id")
CART_FIELDS = (
    STORE,
    text("platform", "Where the cart was read: `bigcommerce` or `api2cart`."),
    text("id", "Id of the cart in this table: the order id as text, or API2Cart's id.", key=True),
    identifier(
        "order_id",
        "The order; it keeps this id when the shopper pays after all. Null from API2Cart.",
    ),
    text(
        "cart_id",
        "The cart in the shop, and its checkout: BigCommerce's UUID, or API2Cart's `basket_id`.",
    ),
    integer("channel_id", "Storefront the shopper used."),
    integer("status_id", "Order status; 0 is Incomplete."),
    text("status", "Order status in BigCommerce's words."),
    text("custom_status", "Order status in the merchant's own words."),
    instant("date_created", "When the shopper reached the payment step."),
    instant("date_modified", "When the order last changed.", key=True),
    identifier("customer_id", "The registered customer; null for a guest."),
    guest("is_guest", "Whether the shopper was not signed in.", source=("customer_id",)),
    SHOPPER_EMAIL,
    personal(
        text(
            "customer_first_name",
            "First name from the billing address.",
            source=("billing_address", "first_name"),
        )
    ),
    personal(
        text(
            "customer_last_name",
            "Last name from the billing address.",
            source=("billing_address", "last_name"),
        )
    ),
    personal(
        text(
            "customer_phone",
            "Phone number from the billing address.",
            source=("billing_address", "phone"),
        )
    ),
    group(
        "billing_address",
        "Address the shopper gave for the bill.",
        personal(text("first_name", "First name.")),
        personal(text("last_name", "Last name.")),
        personal(text("company", "Company.")),
        personal(text("street_1", "Street, first line.")),
        personal(text("street_2", "Street, second line.")),
        personal(text("city", "Town.")),
        personal(text("state", "State or province.")),
        personal(text("zip", "Postal code.")),
        text("country", "Country."),
        text("country_iso2", "Country, ISO 3166-1 alpha-2."),
        personal(text("phone", "Phone number.")),
        personal_email(text("email", "E-mail address.")),
        FORM_FIELDS,
    ),
    *TOTALS,
    number("base_shipping_cost", "Shipping as entered, before the tax setting is applied."),
    number("base_handling_cost", "Handling as entered, before the tax setting is applied."),
    number("handling_cost_ex_tax", "Handling without tax."),
    number("handling_cost_inc_tax", "Handling with tax."),
    number("handling_cost_tax", "Tax on handling."),
    number("base_wrapping_cost", "Gift wrapping as entered, before the tax setting is applied."),
    number("wrapping_cost_ex_tax", "Gift wrapping without tax."),
    number("wrapping_cost_inc_tax", "Gift wrapping with tax."),
    number("wrapping_cost_tax", "Tax on gift wrapping."),
    number("store_credit_amount", "Store credit the shopper meant to use."),
    number("gift_certificate_amount", "Gift certificates the shopper meant to use."),
    number("refunded_amount", "Refunded; 0 as long as nothing was paid."),
    boolean("is_tax_inclusive_pricing", "Whether prices were shown with tax."),
    integer("items_total", "Units in the cart: the sum of its lines' quantities."),
    integer("line_item_count", "Lines in the cart."),
    *CURRENCIES,
    text("payment_method", "Payment method chosen, if one was."),
    text("payment_status", "Payment status, if a payment was tried."),
    text("order_source", "Where the order was made, such as `www` or `checkout_api`."),
    text("external_source", "System that made the order, if not the shop itself."),
    text("external_id", "The order's id in that system."),
    boolean("order_is_digital", "Whether all items are downloads."),
    integer("shipping_address_count", "Shipping addresses on the order."),
    text("customer_locale", "Language of the storefront the shopper used."),
    text("geoip_country", "Country by the shopper's IP address."),
    text("geoip_country_iso2", "Country by the shopper's IP address, ISO 3166-1 alpha-2."),
    personal(text("ip_address", "The shopper's IP address (IPv4).")),
    personal(text("ip_address_v6", "The shopper's IP address (IPv6).")),
    boolean("is_email_opt_in", "Whether the shopper agreed to marketing e-mail."),
    personal(text("customer_message", "Note the shopper left with the order.")),
    personal(
        text("recovery_url", "Link back to the cart; from API2Cart, BigCommerce does not give it.")
    ),
    boolean("is_deleted", "Whether the order was archived."),
)

_CHOSEN = Exemption(("type",), is_choice)

LINE_KEY = ("store", "abandoned_cart_id", "id")
LINE_FIELDS = (
    STORE,
    text("abandoned_cart_id", "The cart: `abandoned_carts.id`.", key=True),
    CART_DATE_MODIFIED,
    integer("id", "The line.", key=True),
    identifier("product_id", "The product; null for a custom item or a gift certificate."),
    identifier("variant_id", "The variant; null for a custom item or a gift certificate."),
    text("sku", "Stock keeping unit."),
    text("upc", "Universal product code."),
    personal(
        text(
            "name",
            "Product name in the merchant's language. Personal where there is no product: what a "
            "custom item or a gift certificate is called.",
        ),
        IN_CATALOGUE,
    ),
    personal(
        text("name_customer", "Product name as the shopper saw it; personal as `name` is."),
        IN_CATALOGUE,
    ),
    text("brand", "Brand."),
    text("type", "`physical`, `digital` or `giftcertificate`."),
    integer("quantity", "Units."),
    number("base_price", "Unit price as entered, before the tax setting is applied."),
    number("price_ex_tax", "Unit price without tax."),
    number("price_inc_tax", "Unit price with tax."),
    number("price_tax", "Tax on one unit."),
    number("base_total", "Line total as entered, before the tax setting is applied."),
    number("total_ex_tax", "Line total without tax."),
    number("total_inc_tax", "Line total with tax."),
    number("total_tax", "Tax on the line."),
    number("discounted_total_inc_tax", "Line total with tax after discounts."),
    number("base_cost_price", "Cost to the merchant of one unit, as entered."),
    number("cost_price_ex_tax", "Cost to the merchant of one unit without tax."),
    number("cost_price_inc_tax", "Cost to the merchant of one unit with tax."),
    number("cost_price_tax", "Tax on the cost of one unit."),
    number("fixed_shipping_cost", "Fixed shipping cost of the product."),
    number("base_wrapping_cost", "Gift wrapping of the line as entered."),
    number("wrapping_cost_ex_tax", "Gift wrapping of the line without tax."),
    number("wrapping_cost_inc_tax", "Gift wrapping of the line with tax."),
    number("wrapping_cost_tax", "Tax on the gift wrapping of the line."),
    text("wrapping_name", "Kind of gift wrapping."),
    personal(text("wrapping_message", "Message that goes with the wrapping.")),
    number("weight", "Weight of one unit, in the store's unit."),
    text("weight_unit", "The unit of `weight`; null from BigCommerce, where the store has one."),
    boolean("is_refunded", "Whether the line was refunded."),
    integer("quantity_refunded", "Units refunded."),
    number("refund_amount", "Amount refunded."),
    several(
        "applied_discounts",
        "Discounts on the line.",
        text("id", "The discount: a number, or a word such as `manual-discount`."),
        number("amount", "Taken off."),
        personal(
            text("name", "Name of the discount; personal if there is a code."),
            Exemption(("code",), lambda code: not code),
        ),
        personal(text("code", "Coupon code, if one was used.")),
        text("target", "What it applies to: `order` or `product`."),
    ),
    several(
        "product_options",
        "Options the shopper chose. Values are personal unless `type` is of a kind with values to "
        "choose from: text, dates and files are the shopper's own.",
        identifier("id", "The choice."),
        identifier("option_id", "The option."),
        identifier("order_product_id", "The line."),
        identifier("product_option_id", "The option on the product."),
        text("name", "Internal name of the option."),
        text("display_name", "Name of the option."),
        personal(text("display_value", "What was chosen, or typed."), _CHOSEN),
        personal(text("value", "Internal value; for a file upload a JSON document."), _CHOSEN),
        text("type", "Kind of option, such as `Multiple choice`."),
        text("display_style", "How the option is shown."),
        number("price", "What the choice adds to the price; from API2Cart only."),
        number("weight", "What the choice adds to the weight; from API2Cart only."),
    ),
    identifier("parent_order_product_id", "For a part of a bundle: the bundle's line."),
    boolean("is_bundled_product", "Whether the line is a part of a bundle (price 0)."),
    identifier("gift_certificate_id", "The gift certificate, if the line is one."),
    identifier("option_set_id", "The product's set of options."),
    identifier("order_address_id", "Shipping address the line goes to."),
    identifier("order_pickup_method_id", "Pickup method, if the line is picked up."),
    text("event_name", "Name of the event the product is for."),
    text("event_date", "Date of the event the product is for."),
    text("external_id", "The line's id in an outside system."),
    number("discount_amount", "Discounts on the line; from API2Cart, which does not list them."),
    number("tax_percent", "Tax rate in percent; from API2Cart only."),
    number("tax_value_after_discount", "Tax after discounts; from API2Cart only."),
)


def cart_rows(carts: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of carts.

    Args:
        carts: the page's, each with all its lines.
        rows: the stream's row builder.
    """
    return rows.build(
        [cart.document for cart in carts],
        platform=["bigcommerce"] * len(carts),
        id=[str(cart.id) for cart in carts],
        order_id=[cart.id for cart in carts],
        date_modified=[iso(cart.modified) for cart in carts],
        line_item_count=[len(cart.lines) for cart in carts],
    )


def line_rows(carts: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of the lines of a page of carts.

    Args:
        carts: the page's, each with all its lines.
        rows: the stream's row builder.
    """
    of = [
        (str(cart.id), modified, line)
        for cart, modified in [(cart, iso(cart.modified)) for cart in carts]
        for line in cart.lines
    ]
    return rows.build(
        [line for _, _, line in of],
        abandoned_cart_id=[cart for cart, _, _ in of],
        cart_date_modified=[modified for _, modified, _ in of],
    )


class AbandonedCarts(StoreStream):
    """Carts left at payment, one row per order in status Incomplete."""

    name = "abandoned_carts"
    fields = CART_FIELDS
    primary_keys = CART_KEY
    replication_key = "date_modified"
    only_idle = True

    @override
    def read(self) -> Iterator[Page]:
        documents = self.rows.document, self._lines.rows.document
        for page in self.run.bigcommerce.abandoned_carts(self.window, *documents):
            carts = self.readable(page)
            yield Page(cart_rows(carts, self.rows), carts)

    @property
    def _lines(self) -> AbandonedCartLineItems:
        """The child stream, selected or not."""
        return next(each for each in self.child_streams if isinstance(each, AbandonedCartLineItems))


class AbandonedCartLineItems(StoreStream):
    """Lines of those carts, as they stood at `cart_date_modified`."""

    name = "abandoned_cart_line_items"
    fields = LINE_FIELDS
    primary_keys = LINE_KEY
    replication_key = "cart_date_modified"
    parent_stream_type = AbandonedCarts
    only_idle = True

    @override
    def rows_of(self, documents: list[Listed]) -> list[Row]:
        return with_ids(self, line_rows(documents, self.rows), "abandoned_cart_id")


def with_ids(stream: StoreStream, lines: list[Row], cart_column: str) -> list[Row]:
    """Skip lines without an id.

    Args:
        stream: the lines' stream.
        lines: rows of a page of carts.
        cart_column: where a line says which cart it is of.

    Returns:
        The other lines.
    """
    for place, line in enumerate(lines):
        if line.id is None:
            cart = getattr(line, cart_column)
            problem = f"a line of cart {cart} has no readable `id`"
            stream.skip((cart, place), problem, line.cart_date_modified)
    return [line for line in lines if line.id is not None]
