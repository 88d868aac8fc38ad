"""BATCH files hold what RECORD messages would: mapped, flattened, less what is deselected."""

from __future__ import annotations

import gzip
import json
import os
from collections import Counter
from contextlib import redirect_stdout
from datetime import timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from fsspec import filesystem
from singer_sdk.exceptions import MapExpressionError

from tap_bigcommerce_carts.errors import OutputError
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, Output, catalog_for, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

pytestmark = pytest.mark.slow

CARTS = ("abandoned_carts", "abandoned_cart_line_items")
STREAMS = (*CARTS, "customers")
ROADS = ("bigcommerce", "api2cart")

each_road = pytest.mark.parametrize("road", ROADS)


def settings(store: Sandbox, road: str) -> dict[str, Any]:
    given = store.config() if road == "bigcommerce" else store.api2cart_config()
    return {**given, "store_name": "shop", "page_size": 4, "retry_for": 20}


def in_batches(
    config: dict[str, Any], folder: Path, size: int = 5, compression: str | None = "gzip"
) -> dict[str, Any]:
    batch = {
        "encoding": {"format": "jsonl"} | ({"compression": compression} if compression else {}),
        "storage": {"root": folder.as_uri()},
        "batch_size": size,
    }
    return {**config, "batch_config": batch}


def files(output: Output, stream: str) -> list[list[dict[str, Any]]]:
    """The rows of each of a stream's BATCH files, read as its message says."""
    found = []
    for message in output.messages:
        if message["type"] == "BATCH" and message["stream"] == stream:
            (location,) = message["manifest"]
            content = path_of(location).read_bytes()
            if message["encoding"].get("compression") == "gzip":
                content = gzip.decompress(content)
            found.append([json.loads(line) for line in content.decode().splitlines()])
    return found


def path_of(location: str) -> Path:
    return Path(url2pathname(urlsplit(location).path))


def rows(output: Output, stream: str) -> list[dict[str, Any]]:
    """The rows of a stream's BATCH files."""
    return [row for file in files(output, stream) for row in file]


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
            tap.run.close()
    lists = [request for request in store.requests if request.path.endswith("/v2/orders")]
    assert len(lists) < 10
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize("compression", ["gzip", "none", None])
def test_files_are_written_as_their_message_declares(
    shop: Shop, store: Sandbox, tmp_path: Path, compression: str | None
) -> None:
    """A target opens them by what the message says, not by their name."""
    fill(shop, 6)
    config = settings(store, "bigcommerce")
    records = run(config, streams=STREAMS)
    batches = run(in_batches(config, tmp_path, compression=compression), streams=STREAMS)
    for stream, expected in records.tables.items():
        assert plain(rows(batches, stream)) == plain(expected)
    zipped = [file.read_bytes()[:2] == b"\x1f\x8b" for file in tmp_path.iterdir()]
    assert zipped == [compression == "gzip"] * len(zipped)
    endings = {"".join(file.suffixes) for file in tmp_path.iterdir()}
    assert endings == {".json.gz" if compression == "gzip" else ".json"}


@each_road
def test_files_are_as_long_as_is_set_however_long_pages_are(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str
) -> None:
    """Pages of 4 carts with 8 lines; the last file before carts are told of may be shorter."""
    fill(shop, 18)
    config = {**settings(store, road), "max_parallel_requests": 1}
    output = run(in_batches(config, tmp_path, size=10), streams=CARTS)
    assert [len(file) for file in files(output, "abandoned_carts")] == [10, 8]
    lengths = [len(file) for file in files(output, "abandoned_cart_line_items")]
    assert sum(lengths) == 36
    assert lengths.count(10) == 3
    assert len(lengths) <= 5
    whole = run(in_batches(config, tmp_path, size=1000), streams=CARTS)
    assert [len(file) for file in files(whole, "abandoned_carts")] == [18]
    assert [len(file) for file in files(whole, "abandoned_cart_line_items")] == [36]


@each_road
@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_a_state_covers_no_cart_whose_lines_are_in_no_file_yet(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str, size: int
) -> None:
    """At each STATE: files told of before hold the carts up to the bookmark, and their lines."""
    fill(shop, 18)
    config = settings(store, road)
    output = run(in_batches(config, tmp_path, size=size), streams=STREAMS)
    lines: Counter[str] = Counter()
    expected = {row["id"]: 2 for row in rows(output, "abandoned_carts")}
    dates = {row["id"]: row["date_modified"] for row in rows(output, "abandoned_carts")}
    carts: set[str] = set()
    for message in output.messages:
        stream = message.get("stream")
        if message["type"] == "BATCH" and stream in CARTS:
            (location,) = message["manifest"]
            with gzip.open(path_of(location), "rt") as file:
                found = [json.loads(line) for line in file]
            if stream == "abandoned_carts":
                carts |= {row["id"] for row in found}
            else:
                lines.update(row["abandoned_cart_id"] for row in found)
        if message["type"] == "STATE":
            bookmarks = message["value"]["bookmarks"]
            reached = bookmarks.get("abandoned_carts", {}).get("replication_key_value", "")
            covered = {cart for cart, date in dates.items() if date <= reached}
            assert covered <= carts
            assert {cart: lines[cart] for cart in covered} == dict.fromkeys(covered, 2)
    assert lines == expected


def test_what_was_read_before_a_fault_is_in_files(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    """Else a store that always fails at the same place would never be loaded up to it."""
    fill(shop, 8)
    broken = shop.add_order(modified=NOON - timedelta(hours=2))
    shop.order_records[broken].keep().document["products"] = None
    shop.order_records[broken].keep().document["date_modified"] = "no date"
    config = {**settings(store, "bigcommerce"), "max_parallel_requests": 1}
    output = run(in_batches(config, tmp_path, size=1000), streams=CARTS, failing=True)
    records = run(config, streams=CARTS, failing=True)
    assert output.code == records.code == 1
    for stream in CARTS:
        assert records.rows(stream)
        assert plain(rows(output, stream)) == plain(records.rows(stream))
        assert output.bookmark(stream) == records.bookmark(stream) is not None


def test_a_stream_that_is_not_selected_is_in_no_file(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    fill(shop, 3)
    output = run(in_batches(settings(store, "bigcommerce"), tmp_path), streams=CARTS[1:])
    told = {each["stream"] for each in output.messages if each["type"] in {"BATCH", "SCHEMA"}}
    assert told == {"abandoned_cart_line_items"}
    assert len(rows(output, "abandoned_cart_line_items")) == 6
    # Carts selected later are filled from the start.
    assert output.bookmark("abandoned_carts") is None


@pytest.mark.parametrize(("folders", "files_"), [(0o777, 0o600), (0o2770, 0o640)])
def test_files_are_for_their_owner_alone_or_the_group_of_a_setgid_folder(
    shop: Shop, store: Sandbox, tmp_path: Path, folders: int, files_: int
) -> None:
    """Whatever the umask."""
    fill(shop, 2)
    for umask in (0o000, 0o022, 0o077):
        folder = tmp_path / f"{umask}"
        folder.mkdir()
        folder.chmod(folders)
        before = os.umask(umask)
        try:
            run(in_batches(settings(store, "bigcommerce"), folder), streams=CARTS)
        finally:
            os.umask(before)
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {files_}


def test_a_root_without_a_scheme_and_a_prefix_are_taken(
    shop: Shop, store: Sandbox, tmp_path: Path
) -> None:
    """A folder that is not there yet is made."""
    fill(shop, 2)
    config = in_batches(settings(store, "bigcommerce"), tmp_path)
    config["batch_config"]["storage"] = {"root": str(tmp_path / "a" / "b c"), "prefix": "cart-"}
    output = run(config, streams=CARTS)
    assert len(rows(output, "abandoned_carts")) == 2
    assert all(file.name.startswith("cart-") for file in (tmp_path / "a" / "b c").iterdir())


def test_files_can_go_to_other_storage(shop: Shop, store: Sandbox) -> None:
    """Any file system of fsspec; here the one in memory."""
    fill(shop, 2)
    config = in_batches(settings(store, "bigcommerce"), Path("/"))
    config["batch_config"]["storage"] = {"root": "memory://carts"}
    output = run(config, streams=CARTS[:1])
    (message,) = [each for each in output.messages if each["type"] == "BATCH"]
    (location,) = message["manifest"]
    content = filesystem("memory").cat(location.removeprefix("memory://"))
    assert len(gzip.decompress(content).splitlines()) == 2
