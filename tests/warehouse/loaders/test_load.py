"""Two real warehouses after real loads: every column, every value, twice over."""

import pytest

from tests.support.warehouse.engines import SCHEMA
from tests.support.warehouse.story import HOSTILE, Story
from tests.support.warehouse.truth import COLUMNS, TABLES, kinds

each_table = pytest.mark.parametrize("table", TABLES)


@each_table
def test_every_column_has_the_type_its_loader_keeps_most_in(story: Story, table: str) -> None:
    expected = {name: story.engine.types[kind] for name, kind in kinds(COLUMNS[table]).items()}
    assert story.engine.column_types(table) == expected


@each_table
def test_every_value_is_the_shops(story: Story, table: str) -> None:
    found = story.engine.rows(table, kinds(COLUMNS[table]))
    by_key = {tuple(row[column] for column in TABLES[table]): row for row in found}
    expected = story.truth.tables[table]
    assert len(found) == len(by_key)
    assert by_key.keys() == expected.keys()
    for key, row in expected.items():
        assert by_key[key] == row


@each_table
def test_keys_are_unique_and_never_null(story: Story, table: str) -> None:
    key = ", ".join(TABLES[table])
    missing = " or ".join(f"{column} is null" for column in TABLES[table])
    twice = f"select {key} from {SCHEMA}.{table} group by {key} having count(*) > 1"
    assert story.engine.query(twice) == []
    empty = f"select {key} from {SCHEMA}.{table} where {missing}"
    assert story.engine.query(empty) == []


@each_table
def test_loading_again_from_the_state_changes_nothing(story: Story, table: str) -> None:
    assert story.checksums[0][table] != story.checksums[1][table]
    assert story.checksums[2][table] == story.checksums[1][table]


@each_table
def test_loading_everything_again_changes_nothing(story: Story, table: str) -> None:
    assert story.checksums[3][table] == story.checksums[1][table]


def test_the_confirmed_state_makes_the_next_run_incremental(story: Story) -> None:
    lowest = [
        min(query["min_date_modified"] for query in queries if "min_date_modified" in query)
        for queries in story.requests
    ]
    assert lowest[0] < "2026-01"
    assert "2026-03" < lowest[1] < lowest[2]
    assert lowest[3] == lowest[0]


def test_lines_taken_out_stay_as_history_and_current_lines_are_found(story: Story) -> None:
    cart = story.picked["shrunk"]
    current = story.engine.query(
        f"select l.id from {SCHEMA}.abandoned_carts c "
        f"join {SCHEMA}.abandoned_cart_line_items l on l.store = c.store "
        "and l.abandoned_cart_id = c.id and l.cart_date_modified = c.date_modified "
        f"where c.id = '{cart}'"
    )
    ever = story.engine.query(
        f"select id from {SCHEMA}.abandoned_cart_line_items where abandoned_cart_id = '{cart}'"
    )
    assert len(current) == 1
    assert len(ever) > 1


def test_a_recovered_cart_stays_and_its_order_tells(story: Story) -> None:
    (row,) = story.engine.query(
        f"select c.status_id as before, o.status_id as after from {SCHEMA}.abandoned_carts c "
        f"join {SCHEMA}.orders o on o.store = c.store and o.id = c.order_id "
        f"where c.order_id = {story.picked['converted']}"
    )
    assert row == {"before": 0, "after": 11}


def test_a_cart_still_in_use_is_an_order_and_no_abandoned_cart(story: Story) -> None:
    fresh = story.picked["fresh"]
    orders = f"select id from {SCHEMA}.orders where id = {fresh}"
    carts = f"select id from {SCHEMA}.abandoned_carts where order_id = {fresh}"
    assert story.engine.query(orders) == [{"id": fresh}]
    assert story.engine.query(carts) == []


def test_text_arrives_to_the_letter(story: Story) -> None:
    new = story.picked["new"]
    (row,) = story.engine.query(
        f"select customer_message from {SCHEMA}.abandoned_carts where order_id = {new}"
    )
    assert row == {"customer_message": HOSTILE}
