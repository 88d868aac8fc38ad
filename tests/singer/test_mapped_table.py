"""What stream maps make of a stream's table, without a run of the tap."""

from __future__ import annotations

from typing import Any

import pytest

from tap_bigcommerce_carts.errors import SettingsError
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.streams.orders import ORDER_FIELDS, ORDER_KEY

COLUMNS = {each.name for each in ORDER_FIELDS}


def mapped(maps: Any = None, **config: Any) -> MappedTable:
    return MappedTable({"stream_maps": maps, **config}, "orders", ORDER_FIELDS, ORDER_KEY)


def row(**fields: Any) -> Any:
    (built,) = RowBuilder(ORDER_FIELDS, constants={"store": "abc123"}).build([fields])
    return built


@pytest.mark.parametrize(
    "maps", [None, {}, {"customers": None}, {"copy": {"__source__": "orders", "status": None}}]
)
def test_without_a_map_of_its_own_a_table_is_as_it_was_read(maps: Any) -> None:
    table = mapped(maps)
    assert (table.name, table.is_written, table.filters) == ("orders", True, False)
    assert table.altered == frozenset()
    assert table.keeps(row(id=1))


def test_what_is_changed_or_left_out_is_altered() -> None:
    maps = {"orders": {"status": "status.upper()", "cart_id": None, "id": "id", "more": "'x'"}}
    assert mapped(maps).altered == {"status", "cart_id"}


def test_of_else_null_only_what_is_named_and_the_key_is_written() -> None:
    maps = {"orders": {"__else__": None, "status_id": "status_id", "id": "id", "store": "store"}}
    assert mapped(maps).altered == COLUMNS - {"store", "id", "status_id"}


@pytest.mark.parametrize("pattern", ["orders", "ord*", "*"])
def test_an_alias_names_the_table(pattern: str) -> None:
    table = mapped({pattern: {"__alias__": "sales"}})
    assert (table.name, table.altered) == ("sales", frozenset())


def test_a_stream_that_is_left_out_has_no_table() -> None:
    assert not mapped({"orders": None}).is_written
    assert not mapped({"__else__": None, "customers": {}}).is_written


def test_a_filter_is_asked_with_a_whole_row() -> None:
    config = {"stream_map_config": {"least": 5}}
    table = mapped({"orders": {"__filter__": "id >= config['least']"}}, **config)
    assert table.filters
    assert [table.keeps(row(id=number)) for number in (4, 5)] == [False, True]


@pytest.mark.parametrize("rule", ["total_inc_tax * 1.5 > 2", "nonesuch == 1"])
def test_a_filter_that_does_not_fit_is_told_without_a_value(rule: str) -> None:
    table = mapped({"orders": {"__filter__": rule}})
    with pytest.raises(SettingsError, match="orders does not fit a row") as caught:
        table.keeps(row(id=1, total_inc_tax="98.7654"))
    assert "98" not in str(caught.value)


def test_a_map_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(SettingsError, match="`stream_maps`"):
        mapped({"orders": {"__filter__": "id =="}})


def test_flattening_leaves_plain_columns_as_they_are() -> None:
    table = mapped(flattening_enabled=True, flattening_max_depth=1)
    assert table.altered == frozenset()


def test_the_settings_stay_as_they_were_given() -> None:
    maps: dict[str, Any] = {"__else__": None, "orders": {"__alias__": "sales"}}
    mapped(maps)
    assert maps == {"__else__": None, "orders": {"__alias__": "sales"}}
