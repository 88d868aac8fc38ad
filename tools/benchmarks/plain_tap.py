"""The tap everyone would write first with the Singer SDK: what this project is measured against.

The list is read by page number, the lines with one request per cart. Nothing in it is slow on
purpose: sessions are reused, pages are as large as they may be, the child keeps no state of
its own. Run it like any tap: `python -m tools.benchmarks.plain_tap --config FILE`.
"""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import PageNumberPaginator

if TYPE_CHECKING:
    from collections.abc import Iterable

    import requests

PAGE_SIZE = 250
ORDER = {
    th.IntegerType: "id customer_id channel_id status_id items_total shipping_address_count",
    th.BooleanType: "is_deleted is_email_opt_in is_tax_inclusive_pricing order_is_digital",
    th.DateTimeType: "date_created date_modified",
    th.StringType: "cart_id status custom_status payment_method payment_status order_source "
    "subtotal_ex_tax subtotal_inc_tax subtotal_tax base_shipping_cost shipping_cost_ex_tax "
    "shipping_cost_inc_tax shipping_cost_tax base_handling_cost handling_cost_ex_tax "
    "handling_cost_inc_tax handling_cost_tax base_wrapping_cost wrapping_cost_ex_tax "
    "wrapping_cost_inc_tax wrapping_cost_tax total_ex_tax total_inc_tax total_tax "
    "discount_amount coupon_discount store_credit_amount gift_certificate_amount "
    "refunded_amount currency_code currency_exchange_rate default_currency_code "
    "store_default_currency_code store_default_to_transactional_exchange_rate "
    "customer_locale customer_message staff_notes geoip_country geoip_country_iso2 "
    "ip_address ip_address_v6 external_source external_id tax_provider_id",
}
LINE = {
    th.IntegerType: "id order_id product_id variant_id quantity quantity_refunded "
    "order_address_id parent_order_product_id option_set_id",
    th.BooleanType: "is_refunded is_bundled_product",
    th.StringType: "sku upc name name_customer brand type base_price price_ex_tax price_inc_tax "
    "price_tax base_total total_ex_tax total_inc_tax total_tax base_cost_price "
    "cost_price_ex_tax cost_price_inc_tax cost_price_tax fixed_shipping_cost "
    "base_wrapping_cost wrapping_cost_ex_tax wrapping_cost_inc_tax wrapping_cost_tax "
    "wrapping_name wrapping_message weight refund_amount event_name event_date external_id",
}
ADDRESS = {
    th.StringType: "first_name last_name company street_1 street_2 city state zip country "
    "country_iso2 phone email",
}


def properties(names: dict[Any, str]) -> list[th.Property[Any]]:
    """Declare properties from their names by type."""
    return [th.Property(name, kind) for kind, some in names.items() for name in some.split()]


class PlainStream(RESTStream[int]):
    """A V2 list, read by page number until a page is short."""

    @property
    def url_base(self) -> str:
        """The store's part of the API."""
        return f"{self.config['api_url']}/stores/{self.config['store_hash']}/v2"

    @property
    def http_headers(self) -> dict[str, str]:
        """The token, and JSON instead of XML."""
        return {"X-Auth-Token": self.config["access_token"], "Accept": "application/json"}

    def get_new_paginator(self) -> PageNumberPaginator:
        """Count pages from 1."""
        return Pages(1)

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:  # noqa: ARG002
        """Ask for one page."""
        return {"page": next_page_token, "limit": PAGE_SIZE}

    def parse_response(self, response: requests.Response) -> Iterable[dict[str, Any]]:
        """Read a list; an empty one has no body."""
        yield from rows(response)


class Pages(PageNumberPaginator):
    """Ends with the first page that is not full."""

    def has_more(self, response: requests.Response) -> bool:
        """Return whether the page was full."""
        return len(rows(response)) == PAGE_SIZE


def rows(response: requests.Response) -> list[dict[str, Any]]:
    """Decode a V2 list."""
    found: list[dict[str, Any]] = response.json() if response.content else []
    return found


class Orders(PlainStream):
    """Orders in status 0 (Incomplete)."""

    name = "orders"
    path = "/orders"
    primary_keys = ("id",)
    replication_key = "date_modified"
    is_sorted = True
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        *properties(ORDER),
        th.Property("billing_address", th.ObjectType(*properties(ADDRESS))),
    ).to_dict()

    def get_url_params(self, context: Any, next_page_token: int | None) -> dict[str, Any]:
        """Ask for one page of abandoned carts, oldest change first."""
        page = super().get_url_params(context, next_page_token)
        return {**page, "status_id": 0, "sort": "date_modified:asc"}

    def post_process(self, row: dict[str, Any], context: Any = None) -> dict[str, Any]:  # noqa: ARG002
        """Write dates as targets read them."""
        for name in ("date_created", "date_modified"):
            row[name] = parsedate_to_datetime(row[name]).isoformat()
        return row

    def get_child_context(self, record: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG002
        """Hand each order to the stream of lines."""
        return {"order_id": record["id"]}


class Lines(PlainStream):
    """The lines of one order."""

    name = "order_products"
    path = "/orders/{order_id}/products"
    parent_stream_type = Orders
    primary_keys = ("order_id", "id")
    state_partitioning_keys: ClassVar[list[str]] = []
    schema: ClassVar[dict[str, Any]] = th.PropertiesList(
        *properties(LINE),
        th.Property("applied_discounts", th.ArrayType(th.ObjectType(additional_properties=True))),
        th.Property("product_options", th.ArrayType(th.ObjectType(additional_properties=True))),
    ).to_dict()


class PlainTap(Tap):
    """Two streams."""

    name = "plain-tap"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("api_url", th.StringType, required=True),
        th.Property("store_hash", th.StringType, required=True),
        th.Property("access_token", th.StringType, required=True),
    ).to_dict()

    def discover_streams(self) -> list[PlainStream]:
        """Offer orders and their lines."""
        return [Orders(self), Lines(self)]


if __name__ == "__main__":
    PlainTap.cli()
