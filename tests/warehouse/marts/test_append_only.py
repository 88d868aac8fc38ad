"""Where a loader only appends, the marts are those of one that writes over rows by their key."""

from operator import itemgetter
from random import Random
from typing import Any

from tests.support.warehouse import comebacks
from tests.support.warehouse.drawn import KEYS, Tables, date_of, moment, noted, read
from tests.support.warehouse.engines import Engine, Rows
from tests.support.warehouse.marts import SCHEMA, Dbt, everything
from tests.support.warehouse.raw import fill

AS_OF = "2026-03-20 12:00:00"
CART = {"store": "s", "id": "1", "order_id": 1, "date_modified": "2026-03-01 10:00:00"}
NOTES = {"_sdc_extracted_at": "2026-03-20 10:00:00", "_sdc_sequence": 1}
NONE: dict[str, Any] = dict.fromkeys(NOTES)


REMINDED, HOLDOUT = comebacks.of_every_mart(AS_OF)


def with_all_others(chance: Random) -> Tables:
    """Draw rows of all tables, those that no mart is made of too."""
    where = {"store": "s", "channel_id": 1}
    lines, settings, steps, channels, groups, logged = [], [], [], [], [], []
    for number in range(8):
        of = {"store": "s", "cart_id": "c1", "cart_date_modified": moment(chance)}
        lines.append(of | {"id": str(number % 2), "quantity": chance.randint(1, 9)})
        settings.append(where | {"enable_notification": chance.random() < 0.5})
        steps.append(where | {"id": number % 2, "sent_num": chance.randint(1, 9)})
        name = {"store": "s", "id": number % 2, "name": chance.choice(("Quay", "Lantern"))}
        channels.append(name | {"date_modified": moment(chance)})
        groups.append(name | {"is_default": chance.random() < 0.5})
        logged.append({"store": "s", "id": number % 5, "date_created": moment(chance)})
    tables = read(chance) | {
        "cart_line_items": lines,
        "abandoned_cart_settings": settings,
        "abandoned_cart_emails": steps,
        "channels": channels,
        "customer_groups": groups,
        "store_logs": logged,
    }
    return {table: rows + REMINDED.get(table, []) for table, rows in tables.items()}


ALL_KEYS = KEYS | {
    "cart_line_items": ("store", "cart_id", "id"),
    "abandoned_cart_settings": ("store", "channel_id"),
    "abandoned_cart_emails": ("store", "channel_id", "id"),
    "channels": ("store", "id"),
    "customer_groups": ("store", "id"),
    "store_logs": ("store", "id"),
    "cart_events": ("store", "sequence"),
}


def upserted(tables: Tables) -> Tables:
    """Return what is left where each row is written over the one with its key."""
    return {
        table: list({tuple(row[name] for name in ALL_KEYS[table]): row for row in rows}.values())
        for table, rows in tables.items()
    }


def versions(tables: Tables) -> Tables:
    """Return the rows of tables with dates in the order of these, one for each date of a key."""
    found: Tables = {}
    for table, key in KEYS.items():
        rows = sorted(tables[table], key=itemgetter(date_of(table)))
        found[table] = list(
            {(row[date_of(table)], *(row[k] for k in key)): row for row in rows}.values()
        )
    return found


def inbox_carts(rows: Rows) -> Rows:
    """Say of carts, in the order in which they were read, what their dates do not."""
    return [
        row
        | {
            "last_event_at": f"2026-03-{1 + number // 9:02} 09:00:00",
            "event_count": number // 3 % 3,
            "read_at": f"2026-03-19 1{number % 3}:00:00",
        }
        for number, row in enumerate(rows)
    ]


def built(dbt: Dbt, engine: Engine, tables: Tables, **variables: Any) -> dict[str, Any]:
    """Load rows and return what staging and marts make of them."""
    fill(engine, **tables)
    dbt(engine, "run", as_of=AS_OF, **variables)
    return everything(engine) | {table: staged(engine, table) for table in tables}


def staged(engine: Engine, table: str) -> Rows:
    """Return the rows of a table as staging has them."""
    rows = engine.query(f"select * from {SCHEMA}_staging.stg_bigcommerce__{table}")
    return sorted(rows, key=str)


def test_the_row_that_was_read_last_holds(engine: Engine, dbt: Dbt) -> None:
    tables = with_all_others(Random(17))  # noqa: S311 - an invented store
    expected = built(dbt, engine, upserted(tables), keep_newest=False, **HOLDOUT)
    assert [name for name, rows in expected.items() if not rows] == []
    assert built(dbt, engine, noted(tables), **HOLDOUT) == expected


def test_without_the_loaders_notes_the_row_of_the_latest_date_holds(
    engine: Engine, dbt: Dbt
) -> None:
    chance = Random(18)  # noqa: S311 - an invented store
    tables = read(chance)
    tables |= versions(tables) | {"carts": inbox_carts(tables["carts"])}
    expected = built(dbt, engine, upserted(tables), keep_newest=True)
    for rows in tables.values():
        chance.shuffle(rows)
    assert built(dbt, engine, tables) == expected


def test_where_notes_do_not_tell_the_date_does_then_the_other_columns(
    dbt: Dbt, engine: Engine
) -> None:
    before, after = (
        CART | {"total_inc_tax": 9},
        CART | {"total_inc_tax": 8, "date_modified": "2026-03-02 10:00:00"},
    )
    rows = [
        # Loaded before the loader noted anything.
        *(CART | NONE | {"total_inc_tax": value} for value in (40, 60, 50)),
        *(row | NONE | {"id": "2"} for row in (before, after)),
        *(after | NONE | {"id": "3"}, before | NOTES | {"id": "3"}),
        *(CART | NOTES | {"id": "4", "total_inc_tax": value} for value in (40, 60, 50)),
        *(row | NOTES | {"id": "5"} for row in (before, after)),
    ]
    for each in (rows, rows[::-1]):
        fill(engine, abandoned_carts=each)
        dbt(engine, "run", "--select", "stg_bigcommerce__abandoned_carts")
        found = {row["id"]: row["total_inc_tax"] for row in staged(engine, "abandoned_carts")}
        assert found == {"1": 60, "2": 8, "3": 9, "4": 60, "5": 8}


def test_of_two_rows_that_nothing_tells_apart_the_same_one_is_kept_each_time(
    dbt: Dbt, engine: Engine
) -> None:
    found = []
    for values in ((40, 50), (50, 40)):
        fill(engine, abandoned_carts=[CART | {"total_inc_tax": each} for each in values])
        dbt(engine, "run", "--select", "stg_bigcommerce__abandoned_carts")
        found.append(staged(engine, "abandoned_carts"))
    assert len(found[0]) == 1
    assert found[0] == found[1]
