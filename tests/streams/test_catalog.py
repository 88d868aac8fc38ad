"""The catalog: what a warehouse is told of streams, keys, columns and types."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import DEFAULT_STREAMS, NOON, command, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.sandbox import Shop

SNAPSHOT = Path(__file__).with_name("catalog.json")
STREAMS = {
    "abandoned_carts": (["store", "id"], "date_modified"),
    "abandoned_cart_line_items": (["store", "abandoned_cart_id", "id"], "cart_date_modified"),
    "customers": (["store", "id"], "date_modified"),
    "orders": (["store", "id"], "date_modified"),
    "abandoned_cart_settings": (["store", "channel_id"], None),
    "abandoned_cart_emails": (["store", "channel_id", "id"], None),
    "channels": (["store", "id"], None),
    "customer_groups": (["store", "id"], None),
    "store_logs": (["store", "id"], "id"),
}
# What the tables promise to have at least.
CART_COLUMNS = """
    store platform id order_id cart_id channel_id status_id status date_created date_modified
    customer_id is_guest customer_email customer_first_name customer_last_name customer_phone
    billing_address subtotal_ex_tax subtotal_inc_tax subtotal_tax shipping_cost_ex_tax
    shipping_cost_inc_tax shipping_cost_tax discount_amount coupon_discount total_ex_tax
    total_inc_tax total_tax items_total line_item_count currency_code currency_exchange_rate
    default_currency_code store_default_currency_code store_default_to_transactional_exchange_rate
    payment_method order_source customer_locale geoip_country_iso2 ip_address is_email_opt_in
    recovery_url is_deleted
""".split()
LINE_COLUMNS = """
    store abandoned_cart_id cart_date_modified id product_id variant_id sku upc name brand type
    quantity base_price price_ex_tax price_inc_tax price_tax base_total total_ex_tax total_inc_tax
    total_tax applied_discounts product_options parent_order_product_id is_bundled_product
    gift_certificate_id
""".split()
ORDER_COLUMNS = """
    store id cart_id customer_id status_id status date_created date_modified subtotal_ex_tax
    total_ex_tax total_inc_tax currency_code default_currency_code channel_id payment_status
    items_total is_deleted payment_method order_source geoip_country_iso2 customer_locale
    is_email_opt_in is_tax_inclusive_pricing handling_cost_inc_tax handling_cost_ex_tax
    wrapping_cost_inc_tax store_credit_amount gift_certificate_amount
""".split()
CUSTOMER_COLUMNS = """
    store id email first_name last_name phone customer_group_id origin_channel_id channel_ids
    accepts_product_review_abandoned_cart_emails addresses date_created date_modified
""".split()


@pytest.fixture
def catalog() -> dict[str, Any]:
    return json.loads(TapBigCommerceCarts(config={}, validate_config=False).catalog_json_text)  # type: ignore[no-any-return]


def entries(catalog: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def test_the_catalog_is_as_it_was(catalog: dict[str, Any]) -> None:
    """A changed schema is a change for every warehouse: it must show, here and in the changelog.

    After a change that is meant: `make documents`.
    """
    assert entries(catalog) == entries(json.loads(SNAPSHOT.read_text()))


def test_discovery_needs_no_settings(tmp_path: Path) -> None:
    output = command("{}", "--discover", folder=tmp_path)
    assert output.code == 0


def test_streams_keys_and_replication_keys(catalog: dict[str, Any]) -> None:
    found = {
        name: (entry["key_properties"], entry.get("replication_key"))
        for name, entry in entries(catalog).items()
    }
    assert found == STREAMS


def test_the_streams_that_need_scopes_of_their_own_are_not_selected(
    catalog: dict[str, Any],
) -> None:
    selected = {
        name
        for name, entry in entries(catalog).items()
        for each in entry["metadata"]
        if not each["breadcrumb"] and each["metadata"]["selected-by-default"]
    }
    assert selected == set(DEFAULT_STREAMS)


@pytest.mark.parametrize(
    ("stream", "columns"),
    [
        ("abandoned_carts", CART_COLUMNS),
        ("abandoned_cart_line_items", LINE_COLUMNS),
        ("orders", ORDER_COLUMNS),
        ("customers", CUSTOMER_COLUMNS),
    ],
)
def test_the_promised_columns_are_there(
    catalog: dict[str, Any], stream: str, columns: list[str]
) -> None:
    assert not set(columns) - set(entries(catalog)[stream]["schema"]["properties"])


def test_every_field_is_described_and_every_key_is_required(catalog: dict[str, Any]) -> None:
    for name, entry in entries(catalog).items():
        for path, schema in properties(entry["schema"]):
            assert schema.get("description", "").endswith("."), f"{name}.{path}"
        keys = {*entry["key_properties"], entry.get("replication_key")} - {None}
        for column, schema in entry["schema"]["properties"].items():
            assert ("null" not in schema["type"]) == (column in keys), f"{name}.{column}"


def test_money_is_a_number_and_instants_are_dates(catalog: dict[str, Any]) -> None:
    for name, entry in entries(catalog).items():
        for column, schema in entry["schema"]["properties"].items():
            if column.endswith(("_tax", "_cost", "_amount", "_total", "_price")):
                kind = "integer" if column == "items_total" else "number"
                assert kind in schema["type"], f"{name}.{column}"
            if column.startswith("date_") or column.endswith("_date_modified"):
                assert schema["format"] == "date-time", f"{name}.{column}"


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from properties(inner, f"{path}{name}.")
        yield from properties(inner.get("items", {}), f"{path}{name}.")


def test_flattened_rows_have_the_columns_of_the_flattened_schema(
    shop: Shop, config: dict[str, Any]
) -> None:
    shop.add_order(modified=NOON - timedelta(hours=5))
    flat = {**config, "flattening_enabled": True, "flattening_max_depth": 1}
    output = run(flat, streams=["abandoned_carts"])
    [schema] = [each["schema"] for each in output.messages if each["type"] == "SCHEMA"]
    [row] = output.rows("abandoned_carts")
    assert "billing_address__city" in row
    assert set(row) == set(schema["properties"])


@pytest.mark.parametrize("source", ["bigcommerce", "api2cart"])
def test_keys_are_short_enough_to_be_keys_in_any_warehouse(source: str) -> None:
    """MySQL's index takes 3,072 bytes, at four a character; text without end it refuses."""
    config = {"source": source} | ({"inbox_url": "sqlite:///x"} if source == "bigcommerce" else {})
    tap = TapBigCommerceCarts(config=config, validate_config=False)
    assert tap.streams
    for name, stream in tap.streams.items():
        properties_of = stream.schema["properties"]
        texts = [key for key in stream.primary_keys if "string" in properties_of[key]["type"]]
        assert "store" in texts
        assert sum(4 * properties_of[key]["maxLength"] for key in texts) <= 3072 - 8, name
