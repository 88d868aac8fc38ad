"""What the warehouse must hold, worked out from the shop's own documents.

Nothing here is the tap's: which columns there are, of what type, and how a document's value
becomes a column's is written down a second time, so that both have to be right.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

from tap_bigcommerce_carts.sandbox import Shop

Row = dict[str, Any]
Table = dict[tuple[Any, ...], Row]

IDLE = timedelta(minutes=60)
TABLES = {
    "abandoned_carts": ("store", "id"),
    "abandoned_cart_line_items": ("store", "abandoned_cart_id", "id"),
    "customers": ("store", "id"),
    "orders": ("store", "id"),
}

_TOTALS = """
    subtotal_ex_tax subtotal_inc_tax subtotal_tax shipping_cost_ex_tax shipping_cost_inc_tax
    shipping_cost_tax discount_amount coupon_discount total_ex_tax total_inc_tax total_tax
    refunded_amount
"""
_RATES = "currency_exchange_rate store_default_to_transactional_exchange_rate"
_CURRENCIES = "currency_code default_currency_code store_default_currency_code"

COLUMNS: dict[str, dict[str, str]] = {
    "abandoned_carts": {
        "text": f"""store platform id cart_id status custom_status customer_email
            customer_first_name customer_last_name customer_phone payment_method payment_status
            order_source external_source external_id customer_locale geoip_country
            geoip_country_iso2 ip_address ip_address_v6 customer_message recovery_url
            {_CURRENCIES}""",
        "whole": "channel_id status_id items_total line_item_count shipping_address_count",
        "id": "order_id customer_id currency_id default_currency_id",
        "flag": "is_guest is_tax_inclusive_pricing order_is_digital is_email_opt_in is_deleted",
        "instant": "date_created date_modified",
        "money": f"""{_TOTALS} base_shipping_cost base_handling_cost handling_cost_ex_tax
            handling_cost_inc_tax handling_cost_tax base_wrapping_cost wrapping_cost_ex_tax
            wrapping_cost_inc_tax wrapping_cost_tax store_credit_amount
            gift_certificate_amount""",
        "rate": _RATES,
        "object": "billing_address",
    },
    "abandoned_cart_line_items": {
        "text": """store abandoned_cart_id sku upc name name_customer brand type wrapping_name
            wrapping_message event_name event_date external_id weight_unit""",
        "whole": "id quantity quantity_refunded",
        "id": """product_id variant_id parent_order_product_id gift_certificate_id option_set_id
            order_address_id order_pickup_method_id""",
        "flag": "is_refunded is_bundled_product",
        "instant": "cart_date_modified",
        "money": """base_price price_ex_tax price_inc_tax price_tax base_total total_ex_tax
            total_inc_tax total_tax discounted_total_inc_tax base_cost_price cost_price_ex_tax
            cost_price_inc_tax cost_price_tax fixed_shipping_cost base_wrapping_cost
            wrapping_cost_ex_tax wrapping_cost_inc_tax wrapping_cost_tax weight refund_amount
            discount_amount tax_percent tax_value_after_discount""",
        "objects": "applied_discounts product_options",
    },
    "customers": {
        "text": """store email first_name last_name company phone tax_exempt_category
            registration_ip_address notes""",
        "whole": "id origin_channel_id address_count",
        "id": "customer_group_id",
        "flag": "accepts_product_review_abandoned_cart_emails",
        "instant": "date_created date_modified",
        "wholes": "channel_ids",
        "objects": "addresses form_fields",
    },
    "orders": {
        "text": f"""store cart_id customer_email status payment_status payment_method order_source
            customer_locale geoip_country_iso2 {_CURRENCIES}""",
        "whole": "id status_id channel_id items_total",
        "id": "customer_id currency_id default_currency_id",
        "flag": "is_tax_inclusive_pricing is_email_opt_in is_deleted",
        "instant": "date_created date_modified date_shipped",
        "money": f"""{_TOTALS} handling_cost_ex_tax handling_cost_inc_tax wrapping_cost_inc_tax
            store_credit_amount gift_certificate_amount""",
        "rate": _RATES,
    },
}

_PARTS: dict[str, dict[str, str]] = {
    "billing_address": {
        "text": """first_name last_name company street_1 street_2 city state zip country
            country_iso2 phone email""",
        "objects": "form_fields",
    },
    "applied_discounts": {"text": "id name code target", "money": "amount"},
    "product_options": {
        "text": "name display_name display_value value type display_style",
        "id": "id option_id order_product_id product_option_id",
        "money": "price weight",
    },
    "addresses": {
        "text": """first_name last_name company address1 address2 city state_or_province
            postal_code country country_code phone address_type""",
        "id": "id",
        "objects": "form_fields",
    },
    "form_fields": {"text": "name value"},
}


def kinds(spec: dict[str, str]) -> dict[str, str]:
    """Return the kind of each column."""
    return {name: kind for kind, names in spec.items() for name in names.split()}


class Truth:
    """What loads so far must have left in the warehouse: what was seen, as last seen."""

    def __init__(self, store: str) -> None:
        self.store = store
        self.tables: dict[str, Table] = {name: {} for name in TABLES}

    def see(self, shop: Shop) -> None:
        """Note what a load at this moment must find."""
        for order_id, order in shop.orders.items():
            self._keep("orders", order)
            idle = shop.now() - shop.modified(order_id) >= IDLE
            if order["status_id"] == 0 and idle:
                self._see_cart(shop, order_id)
        for customer_id, customer in shop.customers.items():
            # The list embeds ten addresses at most; the warehouse has to have them all.
            addresses = [
                address | {"form_fields": []}
                for address in shop.customer_records[customer_id].content.addresses
            ]
            self._keep("customers", customer | {"addresses": addresses})

    def _see_cart(self, shop: Shop, order_id: int) -> None:
        order, lines = shop.orders[order_id], shop.lines(order_id)
        more = {
            "id": str(order_id),
            "order_id": order_id,
            "platform": "bigcommerce",
            "is_guest": not order["customer_id"],
            "line_item_count": len(lines),
            "recovery_url": None,
        }
        for name in ("first_name", "last_name", "phone"):
            more[f"customer_{name}"] = order["billing_address"][name]
        self._keep("abandoned_carts", order | more)
        cart = {
            "abandoned_cart_id": str(order_id),
            "cart_date_modified": order["date_modified"],
        }
        for line in lines:
            self._keep("abandoned_cart_line_items", line | cart)

    def _keep(self, table: str, document: Row) -> None:
        address = document.get("billing_address", {})
        known = {"customer_email": address.get("email")} | document | {"store": self.store}
        row = _read(COLUMNS[table], known)
        self.tables[table][tuple(row[column] for column in TABLES[table])] = row


def _read(spec: dict[str, str], document: Row) -> Row:
    return {name: _value(name, kind, document.get(name)) for name, kind in kinds(spec).items()}


def _value(name: str, kind: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    if kind == "object":
        return _read(_PARTS[name], value)
    if kind == "objects":
        return [_read(_PARTS[name], item) for item in value]
    return _READ[kind](value)


def _instant(value: str) -> datetime:
    iso = value[:4].isdigit()
    moment = datetime.fromisoformat(value) if iso else parsedate_to_datetime(value)
    return moment.astimezone(UTC).replace(tzinfo=None)


_READ: dict[str, Callable[[Any], Any]] = {
    "text": str,
    "whole": int,
    "id": lambda value: int(value) or None,
    "flag": bool,
    "instant": _instant,
    "money": lambda value: Decimal(str(value)),
    "rate": lambda value: Decimal(str(value)),
    "wholes": list,
}
