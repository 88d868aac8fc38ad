"""A catalog as it is given: its selection is kept to, and what is no catalog is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.errors import CatalogError
from tests.support.harness import (
    assert_valid,
    catalog_entry,
    catalog_for,
    command,
    refused,
    run,
    sole_error,
)
from tests.support.planting import EARLIER

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


NOT_JSON = "The file given with --catalog is not JSON."
NO_CATALOG = "The file given with --catalog is not a Singer catalog. Make one with --discover."


@pytest.mark.parametrize(
    ("catalog", "sentence"),
    [
        *((text, NOT_JSON) for text in ("{", "")),
        *((text, NO_CATALOG) for text in ("[]", "5", '"text"', "{}", "true")),
        *(
            (f'{{"streams": {text}}}', NO_CATALOG)
            for text in ("5", "{}", "null", "[5]", "[{}]", '["orders"]')
        ),
        ('{"streams": [{"tap_stream_id": "orders", "schema": 5}]}', NO_CATALOG),
        ('{"streams": [{"tap_stream_id": "orders", "schema": {}, "metadata": [5]}]}', NO_CATALOG),
    ],
)
def test_what_is_no_catalog_is_refused(
    shop: Shop, config: dict[str, Any], catalog: str, sentence: str
) -> None:
    """A file that is none would leave out data without a word."""
    shop.add_order(modified=EARLIER)
    assert refused(config, CatalogError, catalog=catalog) == sentence


@pytest.mark.parametrize(("catalog", "sentence"), [("[]", NO_CATALOG), ("{", NOT_JSON)])
def test_what_is_no_catalog_ends_the_command_in_one_line(
    config: dict[str, Any], tmp_path: Path, catalog: str, sentence: str
) -> None:
    file = tmp_path / "given.json"
    file.write_text(catalog)
    assert sole_error(command(config, "--catalog", str(file), folder=tmp_path)) == sentence


def test_a_catalog_that_selects_an_unknown_stream(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Its data would be missing: the run does not begin."""
    catalog = catalog_for(["orders"])
    strange = json.loads(json.dumps(catalog["streams"][0]))
    strange["tap_stream_id"] = strange["stream"] = "wishlists"
    strange["metadata"][0]["metadata"] = {}
    for each in strange["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["selected"] = True
    catalog["streams"].append(strange)
    line = sole_error(command(config, folder=tmp_path, catalog=catalog))
    assert "wishlists" in line
    assert "orders" in line
    assert store.requests == []


def test_an_unknown_stream_that_is_not_selected_does_no_harm(
    shop: Shop, config: dict[str, Any]
) -> None:
    catalog = catalog_for(["orders"])
    strange = json.loads(json.dumps(catalog["streams"][0]))
    strange["tap_stream_id"] = strange["stream"] = "wishlists"
    for each in strange["metadata"]:
        if not each["breadcrumb"]:
            each["metadata"]["selected"] = False
    catalog["streams"].append(strange)
    order = shop.add_order(modified=EARLIER)
    assert run(config, catalog=catalog).ids("orders") == [order]


def test_a_catalog_with_another_replication_key_is_refused(config: dict[str, Any]) -> None:
    catalog = catalog_for(["orders"])
    catalog_entry(catalog, "orders")["replication_key"] = "date_created"
    with pytest.raises(CatalogError, match="date_created"):
        run(config, catalog=catalog)


def test_a_catalog_of_an_older_version_lacks_columns(shop: Shop, config: dict[str, Any]) -> None:
    """Rows have the columns the catalog knows, so that they fit the schema written."""
    shop.add_order(modified=EARLIER)
    catalog = catalog_for(CARTS)
    for stream, columns in (
        ("abandoned_carts", ["recovery_url", "billing_address"]),
        ("abandoned_cart_line_items", ["product_options", "sku"]),
    ):
        older = catalog_entry(catalog, stream)
        for column in columns:
            del older["schema"]["properties"][column]
            older["metadata"] = [
                each for each in older["metadata"] if each["breadcrumb"][1:2] != [column]
            ]
    output = run(config, catalog=catalog)
    for stream in CARTS:
        (row,) = output.rows(stream)
        assert set(row) == set(catalog_entry(catalog, stream)["schema"]["properties"])
    assert_valid(output)


def test_deselected_columns_are_not_written(shop: Shop, config: dict[str, Any]) -> None:
    """Keys and the replication key stay, whatever is asked."""
    shop.add_order(modified=EARLIER)
    catalog = catalog_for(["orders", *CARTS])
    out = {"customer_email", "total_inc_tax", "billing_address", "sku", "status"}
    for stream in catalog["streams"]:
        for each in stream["metadata"]:
            if each["breadcrumb"][1:] and each["breadcrumb"][1] in out:
                each["metadata"]["selected"] = False
    output = run(config, catalog=catalog)
    for stream in ("orders", *CARTS):
        (row,) = output.rows(stream)
        assert not out & set(row)
        assert {"store", "id"} <= set(row)
    assert output.bookmark("orders") == "2026-03-03T07:00:00Z"
    assert_valid(output)
