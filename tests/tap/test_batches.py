"""BATCH files hold what RECORD messages would: mapped, flattened, less what is deselected."""

from __future__ import annotations

import gzip
import json
from contextlib import redirect_stdout
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from singer_sdk.exceptions import MapExpressionError

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.writer import OutputError
from tests.harness import NOON, Output, catalog_for, run

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox import Sandbox, Shop

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
STREAMS = (*CARTS, "customers")
ROADS = ("bigcommerce", "api2cart")

each_road = pytest.mark.parametrize("road", ROADS)


def settings(store: Sandbox, road: str) -> dict[str, Any]:
    given = store.config() if road == "bigcommerce" else store.api2cart_config()
    return {**given, "store_name": "shop", "page_size": 4, "retry_for": 20}


def in_batches(config: dict[str, Any], folder: Path, size: int = 5) -> dict[str, Any]:
    batch = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": folder.as_uri()},
        "batch_size": size,
    }
    return {**config, "batch_config": batch}


def rows(output: Output, stream: str) -> list[dict[str, Any]]:
    """The rows of a stream's BATCH files."""
    found = []
    for message in output.messages:
        if message["type"] == "BATCH" and message["stream"] == stream:
            for location in message["manifest"]:
                with gzip.open(url2pathname(urlsplit(location).path), "rt") as file:
                    found += [json.loads(line) for line in file]
    return found


def plain(found: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, default=float, sort_keys=True) for row in found)


def fill(shop: Shop, count: int) -> None:
    shop.add_customer(modified=NOON - timedelta(hours=30))
    for turn in range(count):
        shop.add_order(modified=NOON - timedelta(hours=30 - turn), lines=2, customer_id=turn % 4)


@each_road
@pytest.mark.parametrize(
    "more",
    [
        {},
        {
            "stream_maps": {
                "abandoned_carts": {
                    "customer_email": "md5(customer_email)",
                    "ip_address": None,
                    "__filter__": "customer_id is None",
                },
                "customers": {"__alias__": "owners", "email": None},
            }
        },
        {"flattening_enabled": True, "flattening_max_depth": 1},
    ],
    ids=["plain", "maps", "flattened"],
)
def test_files_hold_what_records_would(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str, more: dict[str, Any]
) -> None:
    fill(shop, 18)
    config = {**settings(store, road), **more}
    records = run(config, streams=STREAMS)
    batches = run(in_batches(config, tmp_path), streams=STREAMS)
    assert set(records.tables)
    for stream, expected in records.tables.items():
        assert plain(rows(batches, stream)) == plain(expected)


@each_road
def test_files_lack_what_is_deselected_inside_an_object(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str
) -> None:
    fill(shop, 6)
    catalog = catalog_for(CARTS, road)
    for entry in catalog["streams"]:
        for each in entry["metadata"]:
            if each["breadcrumb"][-1:] in (["city"], ["display_value"], ["sku"]):
                each["metadata"]["selected"] = False
    config = settings(store, road)
    records = run(config, catalog=catalog)
    batches = run(in_batches(config, tmp_path), catalog=catalog)
    for stream in CARTS:
        assert plain(rows(batches, stream)) == plain(records.rows(stream))
        assert all("sku" not in row for row in rows(batches, stream))
        assert all(
            "city" not in (row.get("billing_address") or {}) for row in rows(batches, stream)
        )


@each_road
@pytest.mark.parametrize("size", [3, 5, 18, 1000])
def test_bookmarks_end_where_those_of_records_do(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str, size: int
) -> None:
    fill(shop, 18)
    config = settings(store, road)
    for streams in (STREAMS, CARTS[1:], CARTS[:1]):
        records = run(config, streams=streams)
        batches = run(in_batches(config, tmp_path, size), streams=streams)
        for stream in streams:
            assert batches.bookmark(stream) is not None
            assert batches.bookmark(stream) == records.bookmark(stream)


def test_a_map_that_copies_a_stream_cannot_be_had_in_files(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    fill(shop, 2)
    maps = {"copy_of_carts": {"__source__": "abandoned_carts"}}
    config = {**settings(store, "bigcommerce"), "stream_maps": maps}
    with pytest.raises(MapExpressionError, match="batch_config"):
        run(in_batches(config, tmp_path), streams=CARTS)


def test_a_trial_run_reads_no_more_than_it_needs(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    fill(shop, 40)
    config = in_batches(settings(store, "bigcommerce"), tmp_path, size=2)
    with redirect_stdout(TextIOWrapper(BytesIO())):
        tap = TapBigCommerceCarts(config=config, catalog=catalog_for(["abandoned_carts"]))
        try:
            assert tap.run_sync_dry_run(dry_run_record_limit=1)
        finally:
            tap.close()
    lists = [request for request in store.requests if request.path.endswith("/v2/orders")]
    assert len(lists) < 10


def test_a_folder_that_vanishes_is_told_in_a_sentence(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    """What was right at the beginning may not be so at the end: the disk, the folder."""
    fill(shop, 4)
    folder = tmp_path / "batches"

    def occupy(*_: object) -> None:
        folder.touch()

    store.before(occupy)
    with pytest.raises(OutputError, match=r"abandoned_carts.*`batch_config\.storage`"):
        run(in_batches(settings(store, "bigcommerce"), folder), streams=CARTS[:1])
