"""Carts from the inbox: how they live, and their lines, also of those left before payment.

https://developer.bigcommerce.com/docs/rest-management/carts
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.inbox.lifecycle import CHECKOUT, KEPT
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.fields import (
    LIST,
    TEXT,
    Exemption,
    any_text,
    boolean,
    group,
    identifier,
    instant,
    is_id,
    number,
    personal,
    personal_email,
    several,
    text,
)
from tap_bigcommerce_carts.rows.fields import (
    integer as whole,
)
from tap_bigcommerce_carts.rows.personal_data import Personal
from tap_bigcommerce_carts.rows.values import HIGHEST, integer, iso
from tap_bigcommerce_carts.singer.pages import InboxPosition, Page
from tap_bigcommerce_carts.streams.abandoned_carts import with_ids
from tap_bigcommerce_carts.streams.common_fields import CART_DATE_MODIFIED, IN_CATALOGUE, STORE
from tap_bigcommerce_carts.streams.from_inbox import InboxStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_bigcommerce_carts.inbox.lifecycle import Lifecycle
    from tap_bigcommerce_carts.rows.builder import Row
    from tap_bigcommerce_carts.rows.personal_data import Mask

# With the scope Checkouts: read-only. Nobody's address: what helps to see why a cart was left.
_CHECKOUT_FIELDS = tuple(
    replace(field, source=(CHECKOUT, field.name))
    for field in (
        text(
            "step",
            "The farthest step before payment that was ever read: `filled`, `email` (an e-mail "
            "address is known), `address`, `shipping` (chosen, or nothing is to be sent) or "
            "`payment` (an order was made). Null if no checkout was read, as without the scope.",
        ),
        text("shipping_country_code", "Country it would be sent to, ISO 3166-1 alpha-2."),
        whole(
            "shipping_options",
            "Shipping options that were offered for the address; 0: none. Of several consignments "
            "the fewest. Null if there was no address to send to.",
        ),
        text("shipping_option", "The shipping option that was chosen."),
        number("shipping_option_cost", "What it cost."),
        number("shipping_cost_total_ex_tax", "Shipping without tax."),
        number("shipping_cost_total_inc_tax", "Shipping with tax."),
        number("handling_cost_total_ex_tax", "Handling without tax."),
        number("handling_cost_total_inc_tax", "Handling with tax."),
        number("tax_total", "All taxes."),
        number(
            "coupon_discount",
            "Taken off by coupons: 0 if there is a code and it takes nothing off. Null without a "
            "code, and if no checkout was read.",
        ),
        number("grand_total", "What was to be paid, with shipping, handling and tax."),
    )
)

CART_KEY = ("store", "id")
CART_FIELDS = (
    STORE,
    text("id", "The cart, and its checkout; `orders.cart_id` once it is one.", key=True),
    text("status", "`active`, `abandoned`, `converted`, `deleted` or `expired`."),
    instant("date_modified", "When the cart last came to be as this row says.", key=True),
    instant("created_time", "When the cart was filled, as far as is known."),
    instant("updated_time", "The shopper's last sign: the cart's last change."),
    instant("left_at", "The shopper's last sign before the cart counted as abandoned."),
    instant(
        "abandoned_at",
        "When the cart was last left for so long that it counted as abandoned; kept when the "
        "shopper came back.",
    ),
    instant("converted_at", "When the cart became an order."),
    instant(
        "deleted_at",
        "When the cart was emptied; where that event was lost, when it was found gone.",
    ),
    instant("expired_at", "When BigCommerce let go of the cart: 30 days after its last change."),
    identifier("order_id", "The order the cart became."),
    identifier("customer_id", "The registered customer; null for a guest."),
    boolean("is_guest", "Whether the shopper was not signed in; null if the cart was never read."),
    personal_email(text("email", "E-mail address the shopper typed, also of guests.")),
    whole("channel_id", "Storefront the shopper used."),
    text("currency_code", "Currency of the amounts, ISO 4217.", source=("currency", "code")),
    boolean("tax_included", "Whether the amounts are with tax."),
    number("base_amount", "Sum of the lines' list prices."),
    number("discount_amount", "Discounts on the cart, coupons not counted."),
    number("manual_discount_amount", "Discounts given by staff."),
    number("cart_amount", "Sum of the lines after discounts and coupons."),
    # Personal, and masked when the cart is read.
    several("coupon_codes", "Coupon codes in the cart, as they were typed.", items=TEXT),
    several(
        "discounts",
        "Discounts on the cart.",
        any_text("id", "The discount."),
        number("discounted_amount", "Taken off."),
    ),
    whole("items_total", "Units in the cart: the sum of its lines' quantities."),
    whole("line_item_count", "Lines in the cart."),
    *_CHECKOUT_FIELDS,
    personal(text("recovery_token", "Token of the link back to the cart in the reminders.")),
    text("locale", "Language of the storefront the shopper used."),
    whole("version", "How often the cart was changed, as BigCommerce counts."),
    instant("first_event_at", "When the first event known happened."),
    instant("last_event_at", "When the last event known happened."),
    instant("first_received_at", "When the inbox first took an event of the cart."),
    whole("event_count", "Events known of the cart."),
    instant("read_at", "When the cart was last read or asked for; null if it never was."),
)

LINE_KEY = ("store", "cart_id", "id")
LINE_FIELDS = (
    STORE,
    text("cart_id", "The cart: `carts.id`.", key=True),
    CART_DATE_MODIFIED,
    text("id", "The line.", key=True),
    text("parent_id", "The line this one belongs to, if any."),
    text("type", "`physical`, `digital`, `giftcertificate` or `custom`."),
    identifier("product_id", "The product; null for a custom item or a gift certificate."),
    identifier("variant_id", "The variant; null for a custom item or a gift certificate."),
    text("sku", "Stock keeping unit."),
    personal(
        text(
            "name",
            "Product name. Personal where there is no product: what a custom item or a gift "
            "certificate is called.",
        ),
        IN_CATALOGUE,
    ),
    text("url", "The product's page."),
    text("image_url", "The product's picture."),
    whole("quantity", "Units."),
    boolean("taxable", "Whether tax is due."),
    number("original_price", "Unit price before sales and discounts."),
    number("list_price", "Unit price as listed."),
    number("sale_price", "Unit price after a sale."),
    number("extended_list_price", "Line total by list price."),
    number("extended_sale_price", "Line total by sale price."),
    number("discount_amount", "Discounts on the line."),
    number("coupon_amount", "Taken off the line by coupons."),
    number("amount", "Value of a gift certificate."),
    text("theme", "Look of a gift certificate."),
    group(
        "sender",
        "Who gives a gift certificate.",
        personal(text("name", "Name.")),
        personal_email(text("email", "E-mail address.")),
    ),
    group(
        "recipient",
        "Who gets a gift certificate.",
        personal(text("name", "Name.")),
        personal_email(text("email", "E-mail address.")),
    ),
    personal(text("message", "Message that goes with a gift certificate.")),
    boolean("is_require_shipping", "Whether the line is shipped."),
    boolean("is_mutable", "Whether the shopper may change the line."),
    boolean("added_by_promotion", "Whether a promotion added the line."),
    several(
        "discounts",
        "Discounts on the line.",
        any_text("id", "The discount."),
        number("discounted_amount", "Taken off."),
    ),
    several(
        "options",
        "Options the shopper chose. A value without a `value_id` was typed, and is personal.",
        text("name", "The option."),
        identifier("name_id", "The option's id.", source=("nameId",)),
        personal(text("value", "What was chosen, or typed."), Exemption(("value_id",), is_id)),
        identifier("value_id", "The choice's id.", source=("valueId",)),
    ),
)

LINE_KINDS = {
    "physical_items": "physical",
    "digital_items": "digital",
    "gift_certificates": "giftcertificate",
    "custom_items": "custom",
}


def cart_rows(lives: list[Lifecycle], rows: RowBuilder, mask: Mask | None = None) -> list[Row]:
    """Build the rows of a page of carts.

    Args:
        lives: the carts; what was read of them is masked already.
        rows: the stream's row builder.
        mask: masks personal data of their events; None to keep it.
    """
    tokens = [life.token if isinstance(life.token, str) else None for life in lives]
    documents = [_document(life) for life in lives]
    lines = [_lines(life) for life in lives]
    for kind in (kind for life in lives for kind in _odd_kinds(life)):
        rows.losses[f"line_items.{kind}", LIST.name] += 1
    return rows.build(
        documents,
        id=[life.cart_id for life in lives],
        status=[str(life.status) for life in lives],
        date_modified=[_instant(life.modified_at) for life in lives],
        updated_time=[_instant(life.active_at) for life in lives],
        left_at=[_instant(life.left_at) for life in lives],
        abandoned_at=[_instant(life.abandoned_at) for life in lives],
        converted_at=[_instant(life.converted_at) for life in lives],
        deleted_at=[_instant(life.deleted_at) for life in lives],
        expired_at=[_instant(life.expired_at) for life in lives],
        is_guest=[_is_guest(document) for document in documents],
        recovery_token=[mask(each, Personal.OTHER) if mask else each for each in tokens],
        coupon_codes=[_codes(document) for document in documents],
        items_total=[None if each is None else _sum(map(_units, each)) for each in lines],
        line_item_count=[None if each is None else len(each) for each in lines],
        first_event_at=[_instant(life.first_event_at) for life in lives],
        last_event_at=[_instant(life.last_event_at) for life in lives],
        first_received_at=[_instant(life.first_received_at) for life in lives],
        event_count=[life.events for life in lives],
        read_at=[_instant(life.reading.read_at if life.reading else None) for life in lives],
    )


def line_rows(lives: list[Lifecycle], rows: RowBuilder) -> list[Row]:
    """Build the rows of the lines of a page of carts, as they were last read.

    Args:
        lives: the carts; what was read of them is masked already.
        rows: the stream's row builder.
    """
    of = [(life, line) for life in lives for line in _lines(life) or ()]
    return rows.build(
        [line for _, line in of],
        cart_id=[life.cart_id for life, _ in of],
        cart_date_modified=[_instant(life.modified_at) for life, _ in of],
        quantity=[_units(line) for _, line in of],
    )


class Carts(InboxStream):
    """Carts from the inbox, however they ended."""

    name = "carts"
    fields = CART_FIELDS
    primary_keys = CART_KEY
    replication_key = "date_modified"

    @override
    def row_builder(self, constants: dict[str, Any]) -> RowBuilder:
        # Documents are masked when they are read.
        return RowBuilder(self.columns, None, constants)

    @override
    def read(self) -> Iterator[Page]:
        self.run.bigcommerce.learn_time()
        after = min(stream.resume() for stream in self.inbox_streams)
        upto = self.run.inbox.highest()
        reader = self.run.cart_reader(upto)
        for sequence, problem in reader.find_carts(after):
            self.skip(sequence, problem, "")
        unread = {cart for each in self.inbox_streams for cart in each.bookmark.unread}
        for lives in reader.failed_before(unread, after):
            yield self._page(lives)
        for lives in reader.with_new_events(after):
            yield self._page(lives, InboxPosition(lives[-1].sequence))
        yield Page([], settled=InboxPosition(upto))
        for lives in reader.timed_out(after, self._since(), unread):
            yield self._page(lives)
        yield Page([], settled=InboxPosition(upto, self.run.now))

    def _since(self) -> int:
        """Return the moment for which all streams were read before, in Unix seconds."""
        return int(min(each.bookmark.told_at for each in self.inbox_streams).timestamp())

    def _page(self, lives: list[Lifecycle], settled: InboxPosition | None = None) -> Page:
        """Make a page of carts, less those that cannot be read or are not asked for."""
        for life in lives:
            if life.problem:
                self._skip_cart(life, life.problem)
        lives = [life for life in lives if not life.problem and self._is_asked_for(life)]
        return Page(cart_rows(lives, self.rows, self.run.mask), lives, settled)

    def _skip_cart(self, life: Lifecycle, problem: str) -> None:
        """Go on without a cart that cannot be read; a later run asks for it by itself."""
        noted = [each.bookmark.note_unread(life.cart_id) for each in self.inbox_streams]
        if all(noted):
            self.skipped[life.cart_id] = problem
        else:
            self.skip(life.cart_id, problem, _instant(life.modified_at) or "")

    def _is_asked_for(self, life: Lifecycle) -> bool:
        chosen, channel = self.run.settings.channel_ids, channel_of(life)
        if chosen and channel is not None and channel not in chosen:
            return False
        return self.is_within(iso(datetime.fromtimestamp(life.modified_at, UTC)))


class CartLineItems(InboxStream):
    """Lines of those carts, as they were last read."""

    name = "cart_line_items"
    fields = LINE_FIELDS
    primary_keys = LINE_KEY
    replication_key = "cart_date_modified"
    parent_stream_type = Carts
    # Carts of the page that the shop has let go of.
    _over: frozenset[str] | set[str] = frozenset()

    @override
    def row_builder(self, constants: dict[str, Any]) -> RowBuilder:
        # As for carts.
        return RowBuilder(self.columns, None, constants)

    @override
    def rows_of(self, documents: list[Lifecycle]) -> list[Row]:
        kept_since = self.run.now.timestamp() - KEPT
        self._over = {life.cart_id for life in documents if life.last_event_at <= kept_since}
        return with_ids(self, line_rows(documents, self.rows), "cart_id")

    @override
    def skip(self, which: Any, problem: str, date: str) -> None:
        cart, _ = which
        if cart in self._over:
            # The shop let go of the cart: its line stays as it is.
            self.logger.warning("Left out: %s.", problem)
        elif self.bookmark.note_unread(cart):
            self.skipped[which] = problem
        else:
            super().skip(which, problem, date)


def _document(life: Lifecycle) -> dict[str, Any]:
    """Return a cart as it was last read, with what its events say of it."""
    read = (life.reading and life.reading.document) or {}
    known = {"order_id": life.order_id, "channel_id": channel_of(life)}
    created = read.get("created_time") or _instant(life.first_event_at)
    return {**read, **known, "created_time": created}


def channel_of(life: Lifecycle) -> int | None:
    """Return the storefront a cart is of, as far as that is known."""
    document = (life.reading and life.reading.document) or {}
    with suppress(ValueError):
        return integer(document.get("channel_id")) or life.channel_id
    return life.channel_id


def _lines(life: Lifecycle) -> list[dict[str, Any]] | None:
    """Return a cart's lines, all kinds, or None if the cart was never read."""
    if not (life.reading and life.reading.document):
        return None
    by_kind = life.reading.document.get("line_items")
    if not isinstance(by_kind, dict):
        return []
    lists = [(by_kind.get(key), kind) for key, kind in LINE_KINDS.items()]
    return [
        {**item, "type": kind}
        for items, kind in lists
        for item in (items if isinstance(items, list) else ())
        if isinstance(item, dict)
    ]


def _odd_kinds(life: Lifecycle) -> Iterator[str]:
    """Yield the kinds of lines that no lines can be read of."""
    document = (life.reading and life.reading.document) or {}
    by_kind = document.get("line_items")
    kinds = (
        by_kind if isinstance(by_kind, dict) else {key: by_kind for key in LINE_KINDS if by_kind}
    )
    for key in LINE_KINDS:
        items = kinds.get(key)
        strange = not isinstance(items, list) or not all(isinstance(item, dict) for item in items)
        if items and strange:
            yield key


def _sum(units: Iterable[int]) -> int | None:
    """Return the sum, or None if that is more than a column holds."""
    total = sum(units)
    return total if total <= HIGHEST else None


def _units(line: dict[str, Any]) -> int:
    """Count the units of a line; a gift certificate is one."""
    with suppress(ValueError):
        return integer(line.get("quantity", 1)) or 0
    return 0


def _is_guest(document: dict[str, Any]) -> bool | None:
    if "customer_id" not in document:
        return None
    with suppress(ValueError):
        return not integer(document["customer_id"])
    return None


def _codes(document: dict[str, Any]) -> list[str] | None:
    coupons = document.get("coupons")
    if not isinstance(coupons, list):
        return None
    codes = [each.get("code") for each in coupons if isinstance(each, dict)]
    known = [code for code in codes if isinstance(code, str) and code]
    # Codes that may not be read are not the same as no codes.
    return known if known or not coupons else None


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else iso(datetime.fromtimestamp(seconds, UTC))
