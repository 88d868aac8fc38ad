"""A scope that the token lacks: its streams are left out, and no other."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.harness import (
    DEFAULT_STREAMS,
    catalog_for,
    command,
    error_lines,
    run,
)
from tests.support.planting import EARLIER

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


def test_a_lacking_scope_leaves_out_its_streams_and_no_other(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """One line names stream and scope; the others are read; the code is not 0."""
    cart = shop.add_order(modified=EARLIER)
    shop.add_customer()
    store.scopes -= {"store_v2_customers_read_only"}
    output = command(config, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    (line,) = [each for each in error_lines(output) if "scope" in each]
    assert "customers" in line
    assert "Customers: read-only" in line
    assert output.ids("orders") == [cart]
    assert output.ids("abandoned_carts") == [str(cart)]
    assert output.bookmark("orders") == "2026-03-03T07:00:00Z"
    assert output.bookmark("customers") is None


def test_every_stream_that_was_not_read_is_named(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """The lines come with the carts' request: without it they are missing too."""
    shop.add_order(modified=EARLIER)
    customer = shop.add_customer()
    store.scopes -= {"store_v2_orders_read_only"}
    output = command(config, folder=tmp_path)
    assert output.code == 1
    told = " ".join(error_lines(output))
    assert "Orders: read-only" in told
    for stream in ("abandoned_carts", "abandoned_cart_line_items", "orders"):
        assert re.search(rf"\b{stream}\b", told), stream
    assert output.ids("customers") == [customer]


def test_only_selected_streams_are_named(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    shop.add_order(modified=EARLIER)
    store.scopes -= {"store_v2_orders_read_only"}
    output = command(config, folder=tmp_path, catalog=catalog_for(["abandoned_cart_line_items"]))
    assert output.code == 1
    told = " ".join(error_lines(output))
    assert "abandoned_cart_line_items" in told
    assert not re.search(r"\babandoned_carts\b", told)


def test_no_scope_at_all_hints_at_hash_and_token(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """A token that was made for another store gets 403 everywhere."""
    store.scopes = set()
    output = command(config, folder=tmp_path)
    assert output.code == 1
    assert "Traceback" not in output.log
    told = " ".join(error_lines(output))
    assert "`store_hash`" in told
    assert "token" in told
    assert all(output.rows(stream) == [] for stream in DEFAULT_STREAMS)


@pytest.mark.parametrize("lacking", ["store_v2_information_read_only"])
@pytest.mark.usefixtures("every_scope")
def test_the_saver_streams_name_their_scope(
    shop: Shop, store: Sandbox, config: dict[str, Any], tmp_path: Path, lacking: str
) -> None:
    order = shop.add_order(modified=EARLIER)
    store.scopes -= {lacking}
    catalog = catalog_for(["orders", "abandoned_cart_settings", "abandoned_cart_emails"])
    output = command(config, folder=tmp_path, catalog=catalog)
    assert output.code == 1
    lines = [each for each in error_lines(output) if "Information & settings: read-only" in each]
    assert len(lines) == 2
    assert output.ids("orders") == [order]


@pytest.mark.usefixtures("every_scope")
def test_without_the_channels_scope_the_stores_own_settings_are_read(
    store: Sandbox, config: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    store.scopes -= {"store_channel_settings_read_only"}
    output = run(config, streams=["abandoned_cart_settings"])
    assert [row["channel_id"] for row in output.rows("abandoned_cart_settings")] == [0]
    assert "Channel settings: read-only" in caplog.text


def test_a_scope_taken_away_in_the_middle_leaves_a_good_state(
    shop: Shop, store: Sandbox, config: dict[str, Any]
) -> None:
    ids = [shop.add_order(modified=EARLIER + timedelta(minutes=n)) for n in range(9)]

    def take(number: int, _request: object) -> None:
        if number == 4:
            store.scopes.discard("store_v2_orders_read_only")

    store.before(take)
    settings = {**config, "page_size": 2}
    first = run(settings, streams=CARTS)
    assert first.code == 1
    assert 0 < len(first.ids("abandoned_carts")) < 9
    store.before(None)
    store.scopes.add("store_v2_orders_read_only")
    second = run(settings, state=first.state, streams=CARTS)
    seen = {*first.ids("abandoned_carts"), *second.ids("abandoned_carts")}
    assert seen == {str(each) for each in ids}
