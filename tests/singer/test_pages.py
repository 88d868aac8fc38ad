"""A page is written in one order: the children's rows, the stream's own, then the bookmark."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, read_messages, run

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox import Sandbox, Shop

CARTS, LINES = "abandoned_carts", "abandoned_cart_line_items"


def fill(shop: Shop, count: int) -> None:
    for turn in range(count):
        shop.add_order(modified=NOON - timedelta(hours=30 - turn), lines=2)


def test_lines_of_a_page_come_before_its_carts(shop: Shop, config: dict[str, Any]) -> None:
    fill(shop, 6)
    output = run({**config, "page_size": 3}, streams=[CARTS, LINES])
    written = [each["stream"] for each in output.messages if each["type"] == "RECORD"]
    pages = [(stream, len(list(rows))) for stream, rows in groupby(written)]
    assert [stream for stream, _ in pages] == [LINES, CARTS] * (len(pages) // 2)
    assert len(pages) > 2
    lines, carts = pages[::2], pages[1::2]
    assert [count for _, count in lines] == [2 * count for _, count in carts]
    assert sum(count for _, count in carts) == 6


def test_the_schemas_of_a_parent_and_its_children_come_once_and_first(
    shop: Shop, config: dict[str, Any]
) -> None:
    fill(shop, 6)
    output = run({**config, "page_size": 2}, streams=[CARTS, LINES])
    kinds = [(each["type"], each.get("stream")) for each in output.messages]
    first_row = kinds.index(("RECORD", LINES))
    schemas = [stream for kind, stream in kinds if kind == "SCHEMA"]
    assert schemas == [stream for kind, stream in kinds[:first_row] if kind == "SCHEMA"]
    assert schemas == [CARTS, LINES]


def test_a_trial_run_writes_one_row_of_each_stream_however_many_pages_there_are(
    shop: Shop, store: Sandbox
) -> None:
    """Also of streams that are fed by the pages of another."""
    fill(shop, 6)
    for config in (store.config(), store.api2cart_config()):
        written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(written):
            tap = TapBigCommerceCarts(config={**config, "store_name": "shop", "page_size": 2})
            try:
                assert tap.run_connection_test()
            finally:
                tap.run.close()
        written.seek(0)
        rows = [each["stream"] for each in read_messages(written.read()) if "record" in each]
        assert {CARTS, LINES} <= set(rows)
        assert len(rows) == len(set(rows))
