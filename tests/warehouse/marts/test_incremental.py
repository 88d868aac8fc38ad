"""Building on what is there gives the tables that a full refresh does, whatever changed."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.support.warehouse.engines import SCHEMA as RAW
from tests.support.warehouse.engines import DuckDB, Rows
from tests.support.warehouse.marts import MARTS, SCHEMA, Dbt
from tests.support.warehouse.raw import change, fill, insertion

INCREMENTAL = ("cart_outcomes", "cart_outcome_lines")
AS_OF = "2026-03-20 12:00:00"
CODES = ("EUR", "USD", None)
Tables = dict[str, Rows]


def moment(chance: Random) -> str:
    """Draw a moment of few, so that dates meet."""
    return f"2026-03-{chance.randint(1, 18):02} {chance.choice((8, 12)):02}:00:00"


def drawn(chance: Random, table: str) -> dict[str, Any]:
    """Draw a row, with keys of few, so that rows meet."""
    number = chance.randint(1, 12)
    cart = chance.choice([None, *(f"c{each}" for each in range(8))])
    row: dict[str, Any] = {"store": chance.choice(("s", "t"))}
    money = {
        "total_inc_tax": chance.randint(1, 900) / 4,
        "default_currency_code": chance.choice(CODES),
        "store_default_currency_code": chance.choice(CODES),
        "store_default_to_transactional_exchange_rate": chance.choice((1, 1.25, 1.6, None)),
    }
    dates = {"date_created": moment(chance), "date_modified": moment(chance)}
    who = {
        "customer_id": chance.choice((1, 2, None)),
        "customer_email": chance.choice(("a@example.com", "b@example.com", None)),
    }
    if table == "abandoned_carts":
        row |= {"id": str(number), "order_id": number, "cart_id": cart, "platform": "bigcommerce"}
        return row | money | dates | who | {"channel_id": chance.choice((1, 2))}
    if table == "orders":
        status = {"status_id": chance.choice((0, 5, 11)), "is_deleted": chance.random() < 0.1}
        return row | {"id": number, "cart_id": cart} | money | dates | who | status
    if table == "customers":
        word = chance.choice((True, False, None))
        row |= {"id": chance.randint(1, 2), "email": who["customer_email"]}
        row |= {"customer_group_id": chance.choice((3, None))}
        return row | {"accepts_product_review_abandoned_cart_emails": word}
    if table == "carts":
        row |= {"id": f"c{number % 8}", "date_modified": moment(chance), "order_id": number}
        return row | {
            "status": chance.choice(("active", "abandoned", "converted")),
            "email": who["customer_email"],
        }
    line: dict[str, Any] = {"abandoned_cart_id": str(number)}
    line["cart_date_modified"] = moment(chance)
    line |= {"id": chance.randint(1, 3), "product_id": chance.choice((7, None)), "quantity": 1}
    return row | line | {"name": chance.choice(("Mug", "Cap")), "total_inc_tax": number}


KEYS = {
    "abandoned_carts": ("store", "id"),
    "abandoned_cart_line_items": ("store", "abandoned_cart_id", "id"),
    "customers": ("store", "id"),
    "orders": ("store", "id"),
    "carts": ("store", "id"),
}


def put(tables: Tables, table: str, row: dict[str, Any]) -> None:
    """Write a row in place of the one with its key, as a loader does."""
    key = [row[name] for name in KEYS[table]]
    tables[table] = [x for x in tables[table] if [x[name] for name in KEYS[table]] != key] + [row]


def changed(chance: Random, tables: Tables, table: str) -> None:
    """Change one row at random: a new one, one taken out, or another value in one."""
    deed, rows = chance.choice(("put", "take out", "set", "set")), tables[table]
    if deed == "put" or not rows:
        row = drawn(chance, table)
        if table == "abandoned_cart_line_items":
            _date_as_cart(chance, tables, row)
        put(tables, table, row)
    elif deed == "take out":
        rows.remove(chance.choice(rows))
    else:
        row = chance.choice(rows)
        free = [name for name in row if name not in KEYS[table]]
        name = chance.choice(free)
        put(tables, table, row | {name: drawn(chance, table)[name]})


def _date_as_cart(chance: Random, tables: Tables, line: dict[str, Any]) -> None:
    """Let most lines be current ones of a cart that is there."""
    if tables["abandoned_carts"] and chance.random() < 0.9:
        cart = chance.choice(tables["abandoned_carts"])
        line |= {"store": cart["store"], "abandoned_cart_id": cart["id"]}
        line["cart_date_modified"] = cart["date_modified"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DuckDB:
    """Return a warehouse with nothing in it."""
    return DuckDB(tmp_path_factory.mktemp("incremental") / "warehouse.duckdb")


def build(dbt: Dbt, warehouse: DuckDB, *more: str) -> Tables:
    """Build the incremental marts and what they stand on; return them in order."""
    dbt(warehouse, "run", "--select", "+cart_outcome_lines", *more, as_of=AS_OF)
    return {
        mart: sorted(
            warehouse.query(f"select * from {SCHEMA}.{mart}"),
            key=lambda row: [str(row[name]) for name in MARTS[mart].split()],
        )
        for mart in INCREMENTAL
    }


def load(warehouse: DuckDB, tables: Tables) -> None:
    """Bring the raw tables to these rows."""
    script = [f"delete from {RAW}.{table}" for table in tables]
    script += [insertion(table, row) for table, rows in tables.items() for row in rows]
    change(warehouse, script)


def test_a_line_that_is_gone_goes(dbt: Dbt, tmp_path: Path) -> None:
    warehouse = DuckDB(tmp_path / "warehouse.duckdb")
    chance = Random(1)  # noqa: S311 - an invented store
    cart = drawn(chance, "abandoned_carts") | {"id": "1", "date_modified": AS_OF}
    line = drawn(chance, "abandoned_cart_line_items") | {"abandoned_cart_id": "1"}
    line |= {"store": cart["store"], "cart_date_modified": AS_OF, "id": 1}
    deleted, dated_later = line | {"id": 2}, line | {"id": 3}
    fill(warehouse, abandoned_carts=[cart], abandoned_cart_line_items=[line, deleted, dated_later])
    assert [row["line_id"] for row in build(dbt, warehouse)["cart_outcome_lines"]] == [1, 2, 3]
    dated_later |= {"cart_date_modified": "2026-03-20 13:00:00"}
    load(warehouse, {"abandoned_cart_line_items": [line, dated_later]})
    assert [row["line_id"] for row in build(dbt, warehouse)["cart_outcome_lines"]] == [1]


def test_any_change_of_any_table_gives_what_a_full_refresh_gives(
    dbt: Dbt, warehouse: DuckDB
) -> None:
    chance = Random(39)  # noqa: S311 - invented stores
    tables: Tables = {table: [] for table in KEYS}
    for table in KEYS:
        for _ in range(25):
            changed(chance, tables, table)
    fill(warehouse, **tables)
    assert all(build(dbt, warehouse).values())
    for _ in range(3):
        for table in KEYS:
            for _ in range(6):
                changed(chance, tables, table)
        load(warehouse, tables)
        incremental = build(dbt, warehouse)
        assert incremental == build(dbt, warehouse, "--full-refresh")


def test_a_table_that_an_older_version_made_gets_its_new_columns(
    dbt: Dbt, warehouse: DuckDB
) -> None:
    whole = build(dbt, warehouse, "--full-refresh")
    change(warehouse, [f"alter table {SCHEMA}.cart_outcomes drop column recovered_order_value"])
    assert build(dbt, warehouse) == whole
