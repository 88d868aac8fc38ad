"""Rows drawn at random, with values of few, so that keys and dates meet."""

from random import Random
from typing import Any

from tests.support.warehouse.engines import Rows

Tables = dict[str, Rows]

EVENT = {
    "store": "s",
    "sequence": 1,
    "cart_id": "c1",
    "happened_at": "2026-03-01 08:00:00",
    "received_at": "2026-03-01 08:00:01",
}
CODES = ("EUR", "USD", None)


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
        row |= {"customer_group_id": chance.choice((3, None)), "date_modified": moment(chance)}
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


def date_of(table: str) -> str:
    """Return the column that holds the date of a row's version."""
    return "cart_date_modified" if table.endswith("line_items") else "date_modified"


def put(tables: Tables, table: str, row: dict[str, Any]) -> None:
    """Write a row in place of the one with its key, as a loader does."""
    key = [row[name] for name in KEYS[table]]
    tables[table] = [x for x in tables[table] if [x[name] for name in KEYS[table]] != key] + [row]


def date_as_cart(chance: Random, tables: Tables, line: dict[str, Any]) -> None:
    """Let most lines be current ones of a cart that is there."""
    if tables["abandoned_carts"] and chance.random() < 0.9:
        cart = chance.choice(tables["abandoned_carts"])
        line |= {"store": cart["store"], "abandoned_cart_id": cart["id"]}
        line["cart_date_modified"] = cart["date_modified"]


def read(chance: Random) -> Tables:
    """Draw rows as a tap reads them in the course of time: the same key again and again."""
    tables: Tables = {table: [] for table in KEYS}
    for table in KEYS:
        for _ in range(60):
            row = drawn(chance, table)
            if table == "abandoned_cart_line_items":
                date_as_cart(chance, tables, row)
            tables[table].append(row)
    # What the look-back reads again is the same.
    again = {table: rows + rows[-5:] for table, rows in tables.items()}
    return again | {"cart_events": [EVENT, EVENT]}


def noted(tables: Tables) -> Tables:
    """Add what a loader notes: when a row was read, and in which order it came."""
    return {
        table: [
            row
            | {
                # A batch at a time, so that the order within it is all that tells some rows apart.
                "_sdc_extracted_at": f"2026-03-20 {number // 600:02}:{number // 10 % 60:02}:00",
                "_sdc_sequence": 1_774_000_000_000 + number,
                # By a clock that ran backwards: it is asked last.
                "_sdc_batched_at": f"2026-03-21 12:00:{59 - number % 10}",
            }
            for number, row in enumerate(rows)
        ]
        for table, rows in tables.items()
    }


def changed(chance: Random, tables: Tables, table: str) -> None:
    """Change one row at random: a new one, one taken out, or another value in one."""
    deed, rows = chance.choice(("put", "take out", "set", "set")), tables[table]
    if deed == "put" or not rows:
        row = drawn(chance, table)
        if table == "abandoned_cart_line_items":
            date_as_cart(chance, tables, row)
        put(tables, table, row)
    elif deed == "take out":
        rows.remove(chance.choice(rows))
    else:
        row = chance.choice(rows)
        free = [name for name in row if name not in KEYS[table]]
        name = chance.choice(free)
        put(tables, table, row | {name: drawn(chance, table)[name]})


def change_each(chance: Random, tables: Tables, changes: int) -> None:
    """Change rows of each table at random."""
    for table in KEYS:
        for _ in range(changes):
            changed(chance, tables, table)
