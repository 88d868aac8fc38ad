"""Carts and their lines: that each has those of its date, and that they say what the store says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.streams.abandoned_carts import (
    CART_FIELDS,
    CART_KEY,
    LINE_FIELDS,
    LINE_KEY,
)
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.lines.again import line_reader
from tap_bigcommerce_carts.verify.lines.of_carts import INBOX, check_lines
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.harness import NOON, Clock
from tests.support.verify.checking import Checking
from tests.support.warehouse import raw
from tests.support.warehouse.engines import SCHEMA, DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.verify.findings import Checked
    from tests.support.warehouse.engines import Engine

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = {"store": "one", "id": 99, "status_id": 0, "date_modified": "2026-03-09 10:00:00"}
WINDOW = Window(MARCH - DAY, MARCH + 30 * DAY)
CARTS, LINES = f"{SCHEMA}.abandoned_carts", f"{SCHEMA}.abandoned_cart_line_items"


def found(checked: Checked) -> dict[str, int]:
    """Return what was found but equal rows: how many of each kind."""
    kinds: dict[str, int] = {}
    for day in checked.days.values():
        for kind, count in (*day.explained.items(), *day.faults.items()):
            kinds[str(kind)] = kinds.get(str(kind), 0) + count
    return kinds


def equal(checked: Checked) -> int:
    return sum(day.equal for day in checked.days.values())


def blamed(checked: Checked) -> set[str]:
    return {row.key for rows in checked.keys.values() for row in rows}


def fill(engine: Engine, **more: Any) -> None:
    """Five carts on five days, of one, two, … lines, of which two lines have a history."""
    carts, lines = [], []
    for cart in range(1, 6):
        at = (MARCH + cart * DAY).replace(tzinfo=None)
        shared = {"store": "one", "abandoned_cart_id": str(cart), "quantity": 2}
        own = [{**shared, "cart_date_modified": at, "id": 10 * cart + each} for each in range(cart)]
        lines += own
        if cart < 3:
            lines.append({**own[0], "cart_date_modified": at - DAY, "id": 10 * cart + 9})
        carts.append(
            {
                "store": "one",
                "id": str(cart),
                "date_modified": at,
                "line_item_count": cart,
                "items_total": 2 * cart,
            }
        )
    tables = {"orders": [ORDER], "abandoned_carts": carts, "abandoned_cart_line_items": lines}
    raw.fill(engine, **(tables | more))


def check(engine: Engine, window: Window = WINDOW, store: str = "one") -> Checked:
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        return check_lines(warehouse, store, window, None)


def test_carts_with_all_their_lines_are_proven(engine: Engine) -> None:
    fill(engine)
    checked = check(engine)
    assert checked.is_proven
    assert found(checked) == {}
    assert equal(checked) == 15
    assert {str(each): day.equal for each, day in checked.days.items()} == {
        f"2026-03-0{cart + 1}": cart for cart in range(1, 6)
    }
    half = check(engine, Window(MARCH + 2 * DAY, MARCH + 3 * DAY))
    assert equal(half) == 5
    assert equal(check(engine, store="two")) == 0


def test_rows_without_a_key_are_told(engine: Engine) -> None:
    fill(engine)
    columns = "store, cart_date_modified, quantity"
    raw.change(
        engine,
        [
            f"insert into {LINES} ({columns}, id) select {columns}, 99 from {LINES} where id = 31",
            (
                f"insert into {LINES} ({columns}, abandoned_cart_id) "
                f"select {columns}, '7' from {LINES} where id in (31, 32)"
            ),
        ],
    )
    checked = check(engine)
    assert "3 row(s) of abandoned_cart_line_items name no cart" in checked.unverified[0]
    assert "doubled lines" not in found(checked)
    assert "(a key that is no id)" not in blamed(checked)


DAMAGES = {
    "a line is lost": (f"delete from {LINES} where id = 31", "wrong lines", "3"),
    "all lines are lost": (
        f"delete from {LINES} where abandoned_cart_id = '3'",
        "wrong lines",
        "3",
    ),
    "a line of before is current": (
        f"update {LINES} set cart_date_modified = '2026-03-03' where id = 29",
        "wrong lines",
        "2",
    ),
    "a line stands there under another id": (
        raw.insertion(
            "abandoned_cart_line_items",
            {
                "store": "one",
                "abandoned_cart_id": "3",
                "cart_date_modified": MARCH + 3 * DAY,
                "id": 9,
            },
        ),
        "wrong lines",
        "3",
    ),
    "a line stands there twice": (
        f"insert into {LINES} select * from {LINES} where id = 31",
        "doubled lines",
        "3",
    ),
    "a line stands there in the place of another": (
        f"update {LINES} set id = 30 where id = 31",
        "doubled lines",
        "3",
    ),
    "a cart is lost": (f"delete from {CARTS} where id = '4'", "wrong lines", "4"),
    "a cart's date is not the one of its lines": (
        f"update {CARTS} set date_modified = '2026-03-04 00:00:01' where id = '3'",
        "wrong lines",
        "3",
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_lines_that_are_not_as_they_should_be_are_found(engine: Engine, damage: str) -> None:
    statement, fault, cart = DAMAGES[damage]
    fill(engine)
    raw.change(engine, [statement])
    checked = check(engine)
    assert found(checked) == {fault: 1}
    assert blamed(checked) == {cart}
    assert not checked.is_proven
    assert equal(checked) == 15 - int(cart)


@pytest.mark.parametrize(
    ("statement", "judged"),
    [
        (f"update {CARTS} set line_item_count = null where id = '3'", 12),
        (f"update {CARTS} set line_item_count = null", 0),
        (f"alter table {CARTS} drop column line_item_count", 0),
    ],
)
def test_where_it_is_not_known_how_many_lines_there_should_be_nothing_is_proven(
    engine: Engine, statement: str, judged: int
) -> None:
    fill(engine)
    raw.change(engine, [statement])
    checked = check(engine)
    assert found(checked) == {}
    assert equal(checked) == judged
    assert "abandoned_carts.line_item_count is null or not there" in checked.unverified[0]
    # What needs no count is seen all the same.
    raw.change(engine, [f"insert into {LINES} select * from {LINES} where id = 31"])
    assert found(check(engine)) == {"doubled lines": 1}


def test_carts_that_were_read_elsewhere_are_not_looked_at(engine: Engine) -> None:
    fill(engine)
    raw.change(
        engine,
        [
            f"alter table {CARTS} add column platform varchar(20)",
            f"update {CARTS} set platform = 'bigcommerce' where id <> '1'",
            f"update {CARTS} set platform = 'api2cart', line_item_count = 7 where id in ('3', '4')",
            f"update {LINES} set cart_date_modified = '2026-03-20' where id = 40",
        ],
    )
    checked = check(engine)
    assert checked.is_proven
    assert found(checked) == {}
    assert equal(checked) == 8
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        through = check_lines(warehouse, "one", WINDOW, None, source=Source.API2CART)
    assert blamed(through) == {"3", "4"}


@pytest.mark.parametrize("statement", ["drop table {}", "delete from {}"])
def test_what_became_of_a_cart_is_not_known_without_orders(engine: Engine, statement: str) -> None:
    fill(engine)
    raw.change(
        engine, [f"delete from {CARTS} where id = '4'", statement.format(f"{SCHEMA}.orders")]
    )
    checked = check(engine)
    assert found(checked) == {}
    assert checked.unverified[0].startswith("1 carts have lines, but are not in the warehouse")


def test_a_cart_whose_lines_are_newer_is_being_loaded(engine: Engine) -> None:
    fill(engine)
    # Later than what is settled.
    raw.change(
        engine,
        [f"update {LINES} set cart_date_modified = '2026-05-01' where abandoned_cart_id = '3'"],
    )
    checked = check(engine)
    assert found(checked) == {"changed since": 1}
    assert checked.is_proven


def test_lines_of_a_cart_that_was_paid_before_it_was_loaded_are_explained(engine: Engine) -> None:
    """A load that was broken off wrote them; the next one found no cart any more."""
    order = {"store": "one", "id": 4, "status_id": 11, "date_modified": "2026-03-09 10:00:00"}
    fill(engine, orders=[order])
    raw.change(engine, [f"delete from {CARTS} where id = '4'"])
    assert found(check(engine)) == {"converted": 1}
    raw.change(engine, [f"update {SCHEMA}.orders set status_id = 0"])
    assert found(check(engine)) == {"wrong lines": 1}


@pytest.mark.parametrize("stream", ["abandoned_carts", "abandoned_cart_line_items"])
def test_without_a_table_nothing_is_proven(engine: Engine, stream: str) -> None:
    fill(engine)
    raw.change(engine, [f"drop table {SCHEMA}.{stream}"])
    checked = check(engine)
    assert checked.unverified == [f"The warehouse has no table of {stream}."]
    assert checked.window is None


def test_stream_maps_are_known(engine: Engine) -> None:
    def mapped(**maps: Any) -> Checked:
        tables = {
            name: MappedTable({"stream_maps": {name: given}}, name, fields, key)
            for name, (fields, key) in DECLARED.items()
            if (given := maps.get(name.rpartition("_")[2]))
        }
        with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
            return check_lines(warehouse, "one", WINDOW, None, tables)

    fill(engine)
    raw.change(engine, [f"alter table {LINES} rename to goods"])
    goods = {"__alias__": "goods"}
    assert equal(mapped(items=goods)) == 15
    changed = mapped(items={**goods, "sku": None, "id": "id + 1"})
    assert "`stream_maps` changes id of abandoned_cart_line_items" in changed.unverified[0]
    fewer = mapped(items={**goods, "__filter__": "quantity > 1"})
    assert "leaves out rows" in fewer.unverified[0]
    raw.change(engine, [f"delete from {CARTS} where id = '4'"])
    without = mapped(items=goods, carts={"__filter__": "items_total < 8"})
    assert found(without) == {"left out by a stream map": 1}
    assert without.is_proven


DECLARED = {
    "abandoned_carts": (CART_FIELDS, CART_KEY),
    "abandoned_cart_line_items": (LINE_FIELDS, LINE_KEY),
}


def test_units_need_not_be_there_to_count_lines(engine: Engine) -> None:
    fill(engine)
    raw.change(
        engine,
        [
            f"alter table {LINES} drop column quantity",
            f"alter table {CARTS} drop column items_total",
        ],
    )
    assert equal(check(engine)) == 15


def test_many_carts_are_judged_a_few_at_a_time(engine: Engine) -> None:
    at = MARCH.replace(tzinfo=None)
    carts = [
        {"store": "one", "id": str(each), "date_modified": at, "line_item_count": 1}
        for each in range(1_300)
    ]
    lines = [
        {"store": "one", "abandoned_cart_id": str(each), "cart_date_modified": at, "id": each}
        for each in range(1_500)
        if each % 13
    ]
    raw.fill(engine, orders=[ORDER], abandoned_carts=carts, abandoned_cart_line_items=lines)
    checked = check(engine)
    astray = len([each for each in range(1_300, 1_500) if each % 13])
    assert found(checked) == {"wrong lines": 100 + astray}
    assert equal(checked) == 1_200


def test_carts_of_the_inbox_have_lines_too(engine: Engine) -> None:
    at = MARCH.replace(tzinfo=None)
    # Read, never read, one line short, and with other units.
    ids = {"1": 2, "2": None, "3": 2, "4": 1}
    raw.fill(
        engine,
        carts=[
            {
                "store": "one",
                "id": cart,
                "date_modified": at,
                "line_item_count": count,
                "items_total": count and 3 * count,
            }
            for cart, count in ids.items()
        ],
    )
    columns = "store text, cart_id text, cart_date_modified timestamp, id text, quantity bigint"
    lines = [("1", "a", 3), ("1", "b", 3), ("3", "a", 6), ("4", "a", 4)]
    values = ", ".join(f"('one', '{cart}', '{at}', '{line}', {n})" for cart, line, n in lines)
    raw.change(
        engine,
        [
            f"create table {SCHEMA}.cart_line_items ({columns})",
            f"insert into {SCHEMA}.cart_line_items values {values}",
        ],
    )
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        checked = check_lines(warehouse, "one", WINDOW, None, pair=INBOX)
    assert found(checked) == {"wrong lines": 2}
    assert blamed(checked) == {"3", "4"}
    assert equal(checked) == 2


# What the lines say


@pytest.fixture
def checking(tmp_path: Path) -> Iterator[Checking]:
    """A shop of thirty carts, loaded."""
    shop = Shop(clock=Clock())
    for turn in range(30):
        shop.add_order(0, NOON - timedelta(days=20) + turn * timedelta(hours=12), id=1 + turn)
    with Sandbox(shop) as store:
        store.quota = None
        made = Checking(store, DuckDB(tmp_path / "warehouse.duckdb"), store.config())
        made.load()
        yield made


def deep(checking: Checking) -> Checked:
    tap = TapBigCommerceCarts(config=checking.config)
    try:
        with Warehouse.at(str(checking.engine.path), SCHEMA) as warehouse:
            window = Window(NOON - timedelta(days=30), NOON)
            reader = line_reader(tap.run)
            return check_lines(warehouse, tap.run.store_name, window, reader)
    finally:
        tap.run.close()


@pytest.mark.slow
def test_lines_are_as_the_store_has_them(checking: Checking) -> None:
    before = len(checking.store.requests)
    checked = deep(checking)
    assert checked.is_proven
    assert found(checked) == {}
    assert equal(checked) == sum(len(checking.shop.lines(each)) for each in range(1, 31))
    # Two requests for each cart of the sample.
    assert len(checking.store.requests) - before == 50


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ("total_inc_tax = total_inc_tax + 0.01", "wrong amount"),
        ("total_inc_tax = null", "wrong amount"),
        ("quantity = quantity + 1", "wrong lines"),
        ("sku = 'another'", "wrong lines"),
        ("product_id = product_id + 1", "wrong lines"),
        ("id = id + 1000000", "wrong lines"),
    ],
)
def test_what_a_line_says_is_compared(checking: Checking, values: str, fault: str) -> None:
    checking.change(f"update {LINES} set {values}")
    checked = deep(checking)
    assert found(checked) == {fault: 25}


@pytest.mark.slow
def test_lines_that_changed_since_are_right_as_they_were(checking: Checking) -> None:
    checking.clock.advance(minutes=5)
    for each in range(1, 31, 3):
        checking.shop.edit_cart(each)
        checking.shop.convert(each + 1)
    checking.shop.remove(3)
    assert deep(checking).is_proven


@pytest.mark.slow
def test_a_column_that_is_not_there_is_not_proven(checking: Checking) -> None:
    checking.change(f"alter table {LINES} drop sku")
    assert deep(checking).unverified == [
        "abandoned_cart_line_items.sku is not in the warehouse: it is not compared."
    ]


@pytest.mark.slow
def test_carts_that_do_not_add_up_are_all_read_again(checking: Checking) -> None:
    checking.change(f"update {CARTS} set items_total = items_total + 1 where id::int < 4")
    # As the store has it, it adds up: what is wrong is not in the lines.
    checked = deep(checking)
    assert found(checked) == {}
    checking.change(f"update {LINES} set quantity = quantity + 1 where abandoned_cart_id = '2'")
    assert blamed(deep(checking)) == {"2"}
    checking.change(f"update {CARTS} set items_total = items_total + 7")
    checked = deep(checking)
    assert "The lines of 30 carts have other quantities" in checked.unverified[0]


@pytest.mark.slow
def test_a_store_that_does_not_answer_leaves_it_unproven(checking: Checking) -> None:
    checking.store.scopes.clear()
    checked = deep(checking)
    assert "Not all of the sample could be read again: " in checked.unverified[0]
    assert equal(checked) == 30
