"""Columns that more than one stream has, so that they mean the same everywhere."""

from __future__ import annotations

from tap_bigcommerce_carts.rows.fields import (
    Exemption,
    Field,
    any_text,
    identifier,
    instant,
    is_id,
    number,
    personal,
    personal_email,
    rate,
    several,
    text,
)

STORE = text(
    "store",
    "Which store the row is from: the setting `store_name`, by default the store hash.",
    key=True,
)

CART_DATE_MODIFIED = instant(
    "cart_date_modified",
    "The cart's `date_modified` when it had this line. The current lines of a cart are those "
    "with the cart's own `date_modified`; others are history.",
    key=True,
)

# What is in no catalogue was named by whoever put it in: a custom item, a gift certificate.
IN_CATALOGUE = Exemption(("product_id",), is_id)

FORM_FIELDS = several(
    "form_fields",
    "Extra questions of the shop's form, with the shopper's answers.",
    text("name", "The question."),
    personal(any_text("value", "The answer; several answers as JSON text.")),
)

CURRENCIES: tuple[Field, ...] = (
    identifier("currency_id", "Id of the currency that prices were shown in."),
    text("currency_code", "Currency that prices were shown in, ISO 4217."),
    rate("currency_exchange_rate", "Rate between the shown and the transactional currency."),
    identifier("default_currency_id", "Id of the transactional currency."),
    text(
        "default_currency_code",
        "Transactional currency: the one the amounts of this row are in, ISO 4217.",
    ),
    text("store_default_currency_code", "The store's own currency, ISO 4217."),
    rate(
        "store_default_to_transactional_exchange_rate",
        "Rate from the store's own currency to the transactional one; divide by it to convert "
        "an amount of this row into the store's currency.",
    ),
)

TOTALS: tuple[Field, ...] = (
    number("subtotal_ex_tax", "Price of all items without tax."),
    number("subtotal_inc_tax", "Price of all items with tax."),
    number("subtotal_tax", "Tax on the items."),
    number("shipping_cost_ex_tax", "Shipping without tax."),
    number("shipping_cost_inc_tax", "Shipping with tax."),
    number("shipping_cost_tax", "Tax on shipping."),
    number("discount_amount", "Discounts taken off, coupons not counted."),
    number("coupon_discount", "Taken off by coupons."),
    number("total_ex_tax", "Grand total without tax."),
    number("total_inc_tax", "Grand total with tax."),
    number("total_tax", "Tax in the grand total."),
)

SHOPPER_EMAIL = personal_email(
    text(
        "customer_email",
        "E-mail address the shopper gave with the billing address, also of guests.",
        source=("billing_address", "email"),
    )
)
