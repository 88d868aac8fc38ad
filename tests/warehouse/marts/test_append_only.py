"""Where a loader only appends, the marts are those of one that writes over rows by their key."""

from operator import itemgetter
from random import Random
from typing import Any

from tests.support.warehouse.drawn import EVENT, KEYS, Tables, date_of, noted, put, read
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt, everything
from tests.support.warehouse.raw import fill

AS_OF = "2026-03-20 12:00:00"


def upserted(tables: Tables) -> Tables:
    """Return what is left where each row is written over the one with its key."""
    kept: Tables = {table: [] for table in KEYS}
    for table in KEYS:
        for row in tables[table]:
            put(kept, table, row)
    return kept | {"cart_events": [EVENT]}


def in_order_of_dates(tables: Tables) -> Tables:
    """Sort rows by date, those left out of which the date does not say which is newer."""
    versions: dict[Any, dict[str, Any]] = {}
    found: Tables = {table: [] for table in KEYS}
    for table in KEYS:
        for row in sorted(tables[table], key=itemgetter(date_of(table))):
            version = (table, row[date_of(table)], *(row[name] for name in KEYS[table]))
            if versions.setdefault(version, row) == row:
                found[table].append(row)
    return found | {"cart_events": tables["cart_events"]}


def built(dbt: Dbt, engine: Engine, tables: Tables, **variables: Any) -> dict[str, Any]:
    """Load rows and return what staging and marts make of them."""
    fill(engine, **tables)
    dbt(engine, "run", as_of=AS_OF, **variables)
    return everything(engine) | {table: staged(engine, table) for table in tables}


def staged(engine: Engine, table: str) -> Rows:
    """Return the rows of a table in staging."""
    return sorted(engine.query(f"select * from {SCHEMA}_staging.stg_bigcommerce__{table}"), key=str)


def test_the_row_that_was_read_last_holds(engine: Engine, dbt: Dbt) -> None:
    tables = read(Random(17))  # noqa: S311 - an invented store
    expected = built(dbt, engine, upserted(tables), keep_newest=False)
    assert all(expected.values())
    assert built(dbt, engine, noted(tables)) == expected


def test_without_the_loaders_notes_the_row_of_the_latest_date_holds(
    engine: Engine, dbt: Dbt
) -> None:
    tables = in_order_of_dates(read(Random(18)))  # noqa: S311 - an invented store
    expected = built(dbt, engine, upserted(tables), keep_newest=True)
    assert built(dbt, engine, tables) == expected


def test_of_two_rows_that_nothing_tells_apart_the_same_one_is_kept_each_time(
    dbt: Dbt, engine: Engine
) -> None:
    cart = {"store": "s", "id": "1", "order_id": 1, "date_modified": "2026-03-01 10:00:00"}
    both = [cart | {"total_inc_tax": 40}, cart | {"total_inc_tax": 50}]
    kept = []
    for rows in (both, both[::-1]):
        fill(engine, abandoned_carts=rows)
        dbt(engine, "run", "--select", "stg_bigcommerce__abandoned_carts")
        kept.append(staged(engine, "abandoned_carts"))
    assert len(kept[0]) == 1
    assert kept[0] == kept[1]
