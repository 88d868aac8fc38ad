"""Stream maps: what fits is applied, what does not is refused before the first request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import MapExpressionError

from tests.support.harness import (
    DEFAULT_STREAMS,
    catalog_for,
    command,
    run,
    sole_error,
)
from tests.support.planting import EARLIER, MARK

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop


CARTS = ("abandoned_carts", "abandoned_cart_line_items")


NO_KEY = (
    "Invalid key properties for 'orders': [store,id]. Property 'store' was not detected in schema."
)


@pytest.mark.parametrize(
    ("maps", "sentence"),
    [
        ({"orders": {"x": "1 +"}}, "Failed to parse expression 1 +."),
        ({"orders": 5}, "`stream_maps` must be an object."),
        ({"orders": {"__else__": None}}, NO_KEY),
    ],
)
def test_a_stream_map_that_cannot_be(
    config: dict[str, Any], tmp_path: Path, maps: Any, sentence: str
) -> None:
    output = command({**config, "stream_maps": maps}, folder=tmp_path)
    assert sole_error(output) == sentence


def test_a_stream_map_that_does_not_fit_is_a_sentence(shop: Shop, config: dict[str, Any]) -> None:
    """Amounts are decimals: the first thing anyone writes multiplies one with a float."""
    shop.add_order(modified=EARLIER)
    maps = {"orders": {"half": "total_inc_tax * 0.5"}}
    with pytest.raises(MapExpressionError, match=r"orders.*float"):
        run({**config, "stream_maps": maps}, streams=["orders"])


@pytest.mark.parametrize(
    "maps",
    [
        {"orders": {"half": "float(total_inc_tax) / 2"}},
        {"orders": {"__alias__": "sales"}},
        {"orders": {"total_tax": None}},
        {"sales": {"__source__": "orders"}},
    ],
)
def test_a_map_of_a_stream_that_is_not_selected_is_refused(
    store: Sandbox, config: dict[str, Any], tmp_path: Path, maps: dict[str, Any]
) -> None:
    catalog = catalog_for(["customers"])
    line = sole_error(command({**config, "stream_maps": maps}, folder=tmp_path, catalog=catalog))
    assert "`stream_maps`" in line
    assert "orders" in line
    assert "select" in line
    assert not store.requests


@pytest.mark.parametrize(
    ("maps", "wrong", "meant"),
    [
        ({"custommers": {"email": None}}, "custommers", "customers"),
        ({"abandoned_cart": {"customer_email": None}}, "abandoned_cart", "abandoned_carts"),
        ({"Orders": {"customer_email": None}}, "Orders", "orders"),
        # Nothing would be left out either.
        ({"custommers": None}, "custommers", "customers"),
        ({"people": {"__source__": "custommers"}}, "custommers", "customers"),
        # What a map makes has no map of its own.
        ({"orders": {"__alias__": "sales"}, "sales": {"x": None}}, "sales", None),
        ({"custom*s_": {"email": None}}, "custom*s_", None),
        ({"*_carts_*": {"customer_email": None}}, "*_carts_*", None),
        ({"x": {"__source__": "order[!s]"}}, "order[!s]", None),
    ],
)
def test_a_map_of_a_stream_that_does_not_exist_is_refused_with_the_name_meant(  # noqa: PLR0913, PLR0917
    store: Sandbox,
    config: dict[str, Any],
    tmp_path: Path,
    maps: dict[str, Any],
    wrong: str,
    meant: str | None,
) -> None:
    """What it was to mask would be loaded."""
    line = sole_error(command({**config, "stream_maps": maps}, folder=tmp_path))
    assert f"`{wrong}`" in line
    assert "`stream_maps`" in line
    if meant:
        assert f"did you mean `{meant}`?" in line
    assert not store.requests


def test_a_map_of_streams_that_exist_is_taken(shop: Shop, config: dict[str, Any]) -> None:
    """By name, by pattern, under another name, and all others left out."""
    order = shop.add_order(modified=EARLIER)
    shop.add_customer()
    maps = {
        "orders": {"__alias__": "sales", "source": "'shop'"},
        "[c]ustom*": {"notes": None},
        "lost": {
            "__source__": "abandoned_carts",
            "store": "store",
            "id": "id",
            "of": "platform",
            "__else__": None,
        },
        "__else__": None,
    }
    output = run({**config, "stream_maps": maps}, streams=DEFAULT_STREAMS)
    assert output.ids("sales") == [order]
    assert [set(row) for row in output.rows("lost")] == [{"store", "id", "of"}]
    (customer,) = output.rows("customers")
    assert "notes" not in customer
    assert output.rows("abandoned_carts") == []


def test_a_column_taken_out_that_is_not_there_is_refused(
    store: Sandbox, config: dict[str, Any], tmp_path: Path
) -> None:
    """Columns can be added under any name, but what is not there cannot be masked."""
    maps = {"orders": {"custommer_email": None, "upc": None}, "abandoned_cart*": {"upc": None}}
    line = sole_error(command({**config, "stream_maps": maps}, folder=tmp_path))
    assert "`stream_maps`" in line
    assert "`custommer_email`" in line
    assert "did you mean `customer_email`?" in line
    assert line.count("`upc`") == 1
    assert not store.requests


@pytest.mark.parametrize("pattern", ["*", "abandoned_cart*"])
def test_a_map_of_all_streams_is_for_those_that_are_selected(
    shop: Shop, config: dict[str, Any], pattern: str
) -> None:
    shop.add_order(modified=EARLIER, lines=2)
    maps = {pattern: {"source": "'bigcommerce'"}, "orders": None}
    for streams in (CARTS, CARTS[:1], CARTS[1:]):
        output = run({**config, "stream_maps": maps}, streams=streams)
        assert set(output.tables) == set(streams)
        for stream in streams:
            assert all(row["source"] == "bigcommerce" for row in output.rows(stream))


@pytest.mark.parametrize("road", ["bigcommerce", "api2cart"])
@pytest.mark.parametrize(
    "rule",
    [
        "float(customer_email) > 5",
        "geoip_country > 5",
        '"x" in geoip_country',
        'customer_message["city"] == "x"',
        "total_inc_tax * 0.5 > 5",
    ],
)
def test_a_filter_of_carts_that_does_not_fit_is_a_sentence(
    shop: Shop, store: Sandbox, tmp_path: Path, road: str, rule: str
) -> None:
    """It is asked for each cart, before the lines: what it stumbles over is the shopper's."""
    shop.add_order(
        modified=EARLIER,
        geoip_country="",
        customer_message="",
        billing_address={"email": f"{MARK}@example.org"},
    )
    config = store.config() if road == "bigcommerce" else store.api2cart_config()
    maps = {"abandoned_carts": {"__filter__": rule}}
    catalog = catalog_for(CARTS, road)
    output = command({**config, "stream_maps": maps}, folder=tmp_path, catalog=catalog)
    assert "A stream map of abandoned_carts does not fit a row" in sole_error(output)
    assert MARK not in output.log
