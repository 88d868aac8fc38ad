"""The same tables from API2Cart: where each column stands in its documents, and what it lacks.

Columns that are not named here are null: API2Cart does not give them.
https://docs.api2cart.com, method `order.abandoned.list`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_bigcommerce_carts.model import BEGINNING
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.fields import INSTANT, LIST, Exemption, Field, is_choice
from tap_bigcommerce_carts.rows.php_dates import dates
from tap_bigcommerce_carts.rows.values import integer, iso
from tap_bigcommerce_carts.singer.pages import Page, Settled
from tap_bigcommerce_carts.singer.stream import StoreStream
from tap_bigcommerce_carts.streams.abandoned_carts import (
    CART_FIELDS,
    CART_KEY,
    LINE_FIELDS,
    LINE_KEY,
)
from tap_bigcommerce_carts.streams.customers import CUSTOMER_FIELDS, CUSTOMER_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk import Tap

    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.rows.builder import Row, RowBuilder
    from tap_bigcommerce_carts.run import Run

# Column: where it stands. What API2Cart calls an option's name and value is what the shopper
# saw; whether its prices hold tax is not documented, and read as its names say.
CART_SOURCES = {
    "cart_id": "basket_id",
    "date_created": "created_at",
    "customer_id": "customer.id",
    "customer_email": "customer.email",
    "customer_first_name": "customer.first_name",
    "customer_last_name": "customer.last_name",
    "customer_phone": "customer.phone",
    "subtotal_ex_tax": "totals.subtotal",
    "shipping_cost_ex_tax": "totals.shipping",
    "discount_amount": "totals.discount",
    "total_inc_tax": "totals.total",
    "total_tax": "totals.tax",
    "default_currency_id": "currency.id",
    "default_currency_code": "currency.iso3",
    "store_default_to_transactional_exchange_rate": "currency.rate",
    "recovery_url": "basket_url",
}
LINE_SOURCES = {
    "product_id": "product_id",
    "variant_id": "variant_id",
    "sku": "model",
    "upc": "barcode",
    "name": "name",
    "quantity": "quantity",
    "price_ex_tax": "price",
    "price_inc_tax": "price_inc_tax",
    "price_tax": "tax_value",
    "total_inc_tax": "total_price",
    "weight": "weight",
    "weight_unit": "weight_unit",
    "product_options": "options",
    "parent_order_product_id": "parent_order_product_id",
    "discount_amount": "discount_amount",
    "tax_percent": "tax_percent",
    "tax_value_after_discount": "tax_value_after_discount",
}
OPTION_SOURCES = {
    "id": "product_option_value_id",
    "option_id": "option_id",
    "display_name": "name",
    "display_value": "value",
    "type": "type",
    "price": "price",
    "weight": "weight",
}
CUSTOMER_SOURCES = {each: each for each in ("email", "first_name", "last_name", "phone")}
# A key that no document has.
_NOWHERE = ("_",)


def sourced(fields: tuple[Field, ...], sources: Mapping[str, str]) -> tuple[Field, ...]:
    """Declare the same columns, read from where they stand in API2Cart's documents.

    Args:
        fields: the columns as they are for BigCommerce.
        sources: by column, the path in API2Cart's documents, keys parted by dots; others are null.

    Returns:
        The columns with the same names, types and marks.
    """
    return tuple(_sourced(field, sources) for field in fields)


def _sourced(field: Field, sources: Mapping[str, str]) -> Field:
    source = sources.get(field.name)
    if source is None:
        return replace(field, source=_NOWHERE)
    moved = replace(field, source=tuple(source.split(".")))
    if moved.kind is INSTANT:
        return replace(moved, kind=replace(INSTANT, read=dates))
    if moved.kind is LIST:
        return replace(moved, fields=sourced(moved.fields, OPTION_SOURCES))
    if moved.exempt and moved.exempt.applies is is_choice:
        # Not every platform says an option's kind.
        return replace(moved, exempt=Exemption(("type", "id"), is_choice))
    return moved


API2CART_CARTS = sourced(CART_FIELDS, CART_SOURCES)
API2CART_LINES = sourced(LINE_FIELDS, LINE_SOURCES)
API2CART_CUSTOMERS = sourced(CUSTOMER_FIELDS, CUSTOMER_SOURCES)


def cart_rows(carts: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of a page of carts.

    Args:
        carts: the page's, each with all its lines.
        rows: the stream's row builder.
    """
    return rows.build(
        [cart.document for cart in carts],
        platform=["api2cart"] * len(carts),
        id=[cart.id for cart in carts],
        date_modified=[iso(cart.modified) for cart in carts],
        is_guest=[_owner(cart) is None for cart in carts],
        items_total=[_units(cart) for cart in carts],
        line_item_count=[len(cart.lines) for cart in carts],
        store_default_currency_code=[_default_currency(cart) for cart in carts],
    )


def line_rows(carts: list[Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of the lines of a page of carts.

    Args:
        carts: the page's, each with all its lines.
        rows: the stream's row builder.
    """
    numbers = [own_numbers(cart) for cart in carts]
    built = rows.build(
        [line for cart in carts for line in cart.lines],
        abandoned_cart_id=[cart.id for cart in carts for _ in cart.lines],
        cart_date_modified=[iso(cart.modified) for cart in carts for _ in cart.lines],
        id=[number for own in numbers for number in line_numbers(own)],
    )
    lines = iter(built)
    for own in numbers:
        for row in islice(lines, len(own)):
            if row.parent_order_product_id and not _are_distinct(own):
                row.parent_order_product_id = _place(row.parent_order_product_id, own)
    return built


def customer_rows_of(owners: Mapping[int, Listed], rows: RowBuilder) -> list[Row]:
    """Build the rows of some owners of carts.

    Args:
        owners: the latest cart of each, by the owner's id.
        rows: the stream's row builder.
    """
    return rows.build(
        [_customer(cart) for cart in owners.values()],
        id=list(owners),
        date_modified=[iso(cart.modified) for cart in owners.values()],
    )


def own_numbers(cart: Listed) -> list[int | None]:
    """Read each line's own id; None where it has none that can be read."""
    return [_number(value_of(line, "order_product_id")) or None for line in cart.lines]


def line_numbers(own: list[int | None]) -> list[int | None]:
    """Return each line's id, or its place in the cart if not all lines have an id of their own."""
    return own if _are_distinct(own) else list(range(1, len(own) + 1))


def _are_distinct(own: list[int | None]) -> bool:
    return None not in own and len(set(own)) == len(own)


def _place(number: int, own: list[int | None]) -> int | None:
    """Return the place of the line with this id, or None if not just one has it."""
    return own.index(number) + 1 if own.count(number) == 1 else None


def _number(value: Any) -> int | None:
    try:
        return integer(value)
    except ValueError:
        return None


def _customer(cart: Listed) -> dict[str, Any]:
    found = value_of(cart.document, "customer")
    return found if isinstance(found, dict) else {}


def owner_of(cart: Listed) -> int | None:
    """Return the key in `customers` of a cart's owner; None for a guest, or where it has none."""
    return _number(_owner(cart)) or None


def _owner(cart: Listed) -> Any:
    """Return the id of the cart's owner, as it came, or None for a guest."""
    owner = _customer(cart).get("id")
    return None if owner in (None, "", 0, "0") else owner


def _units(cart: Listed) -> int | None:
    """Return the sum of the lines' quantities, or None if one is not known."""
    units = [_number(value_of(line, "quantity")) for line in cart.lines]
    known = [each for each in units if each is not None]
    return sum(known) if len(known) == len(units) else None


def _default_currency(cart: Listed) -> str | None:
    """Return the store's own currency, if the cart is in it."""
    currency = value_of(cart.document, "currency")
    if isinstance(currency, dict) and currency.get("default") is True:
        code = currency.get("iso3")
        return code if isinstance(code, str) and code else None
    return None


class Api2CartCarts(StoreStream):
    """Abandoned carts as API2Cart lists them, in no order."""

    name = "abandoned_carts"
    fields = API2CART_CARTS
    primary_keys = CART_KEY
    replication_key = "date_modified"
    in_order = False
    only_idle = True

    @override
    def read(self) -> Iterator[Page]:
        for given, settled in self.run.api2cart.abandoned_carts(self.window()):
            carts = self.readable(given)
            yield Page(cart_rows(carts, self.rows), carts, settled)


class Api2CartLineItems(StoreStream):
    """The lines of abandoned carts as API2Cart lists them."""

    name = "abandoned_cart_line_items"
    fields = API2CART_LINES
    primary_keys = LINE_KEY
    replication_key = "cart_date_modified"
    parent_stream_type = Api2CartCarts
    in_order = False
    only_idle = True

    @override
    def rows_of(self, documents: list[Listed]) -> list[Row]:
        return line_rows(documents, self.rows)


class Api2CartCustomers(StoreStream):
    """Who owns an abandoned cart; as on the latest of their carts."""

    name = "customers"
    fields = API2CART_CUSTOMERS
    primary_keys = CUSTOMER_KEY
    replication_key = "date_modified"
    parent_stream_type = Api2CartCarts
    in_order = False
    only_idle = True

    def __init__(self, tap: Tap, run: Run) -> None:
        super().__init__(tap, run)
        # The date of the cart that each customer was given from, where an older one may follow.
        self._given: dict[int, datetime] = {}
        self._unnumbered = 0

    @override
    def rows_of(self, documents: list[Listed]) -> list[Row]:
        owners: dict[int, Listed] = {}
        for cart in documents:
            number = self._number(cart)
            if number and cart.modified > self._given.get(number, BEGINNING):
                owners[number] = cart
                self._given[number] = cart.modified
        return customer_rows_of(owners, self.rows)

    def _number(self, cart: Listed) -> int | None:
        owner = _owner(cart)
        try:
            return integer(owner)
        except ValueError:
            self._unnumbered += 1
            return None

    @override
    def settle(self, settled: Settled) -> None:
        super().settle(settled)
        if isinstance(settled, datetime):
            # Whatever follows is later.
            self._given = {key: given for key, given in self._given.items() if given > settled}
        if self._unnumbered:
            self.logger.warning(
                "%d cart(s) have an owner whose id is not a number: such owners are on their "
                "carts, not in customers.",
                self._unnumbered,
            )
            self._unnumbered = 0
