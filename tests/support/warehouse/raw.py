"""Tables as a loader leaves them, written by hand, in either warehouse."""

from typing import Any

import duckdb
import psycopg

from tests.support.warehouse import truth
from tests.support.warehouse.engines import SCHEMA, DuckDB, Engine, PostgreSQL, Rows

INBOX = {
    "cart_events": {
        "text": "store scope cart_id line_item_id token hash",
        "whole": "sequence order_id coupon_id",
        "instant": "happened_at received_at",
    },
    "carts": {
        "text": """store id status email currency_code recovery_token locale step
            shipping_country_code shipping_option""",
        "whole": """order_id customer_id channel_id items_total line_item_count version event_count
            shipping_options""",
        "flag": "is_guest tax_included",
        "instant": """date_modified created_time updated_time left_at abandoned_at converted_at
            deleted_at expired_at first_event_at last_event_at first_received_at read_at""",
        "money": """base_amount discount_amount manual_discount_amount cart_amount
            shipping_option_cost shipping_cost_total_ex_tax shipping_cost_total_inc_tax
            handling_cost_total_ex_tax handling_cost_total_inc_tax tax_total coupon_discount
            grand_total""",
        "texts": "coupon_codes",
    },
    "cart_line_items": {
        "text": "store cart_id id sku name",
        "whole": "product_id variant_id quantity",
        "instant": "cart_date_modified",
        "money": "list_price",
    },
}
SAVER = {
    "abandoned_cart_settings": {
        "text": "store merchant_email_address",
        "whole": "channel_id",
        "flag": "enable_notification",
    },
    "abandoned_cart_emails": {
        "text": "store coupon_code subject",
        "whole": "channel_id id notify_at_minutes sent_num",
        "flag": "is_active",
    },
}
# What ids stand for, and what failed in the shop.
BESIDE = {
    "channels": {
        "text": "store name type platform status external_id site_url recovery_route",
        "whole": "id",
        "flag": "is_visible",
        "instant": "date_created date_modified",
    },
    "customer_groups": {
        "text": "store name",
        "whole": "id",
        "flag": "is_default is_group_for_guests",
    },
    "store_logs": {
        "text": "store type module summary message",
        "whole": "id severity",
        "instant": "date_created",
    },
}
# As `bigcommerce-carts verify` writes them.
CHECKS = {
    "load_checks": {
        "text": """check_id store stream mode explained_by_kind faults_by_kind unverified
            tap_version""",
        "day": "day",
        "instant": "checked_at window_start window_end",
        "whole": "rows_checked rows_equal rows_explained rows_at_fault",
    },
}
TABLES = {
    name: truth.kinds(spec)
    for name, spec in (truth.COLUMNS | INBOX | SAVER | BESIDE | CHECKS).items()
}
# What loaders note of a row, where they do.
NOTES = truth.kinds({"instant": "_sdc_extracted_at _sdc_batched_at", "whole": "_sdc_sequence"})


def fill(engine: Engine, **tables: Rows) -> None:
    """Write rows into tables with the loader's types, in place of all that was there.

    Columns that no row has are not there, as if they had been deselected.
    """
    engine.empty()
    change(engine, written(engine.types, **tables))


def written(types: dict[str, str], **tables: Rows) -> list[str]:
    """Write the statements that make tables with their rows.

    Args:
        types: the type of each kind of column.
        tables: the rows of each.
    """
    return [
        f"create schema {SCHEMA}",
        *(
            f"create table {SCHEMA}.{name} ({_columns(types, name, rows)})"
            for name, rows in tables.items()
        ),
        *(insertion(name, *rows) for name, rows in tables.items() if rows),
    ]


def change(engine: Engine, statements: list[str]) -> None:
    """Run statements in a warehouse."""
    script = "; ".join(statements)
    if not script:
        return
    if isinstance(engine, PostgreSQL):
        with psycopg.connect(engine.address) as connection:
            connection.execute(script.encode())
        return
    assert isinstance(engine, DuckDB)
    with duckdb.connect() as memory:
        # In the form that the loader's older DuckDB writes.
        memory.execute(f"attach '{engine.path}' as w (storage_version 'v1.0.0'); use w")
        memory.execute(script)
        # Nothing is left in a log that the older one would have to read.
        memory.execute("checkpoint w")


def insertion(table: str, *rows: dict[str, Any]) -> str:
    """Write the statement that adds rows."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    values = ", ".join(f"({', '.join(_literal(row.get(name)) for name in names)})" for row in rows)
    return f"insert into {SCHEMA}.{table} ({', '.join(names)}) values {values}"


def _columns(types: dict[str, str], table: str, rows: Rows) -> str:
    named = {name for row in rows for name in row}
    kinds = TABLES[table] | NOTES
    return ", ".join(f"{name} {types[kind]}" for name, kind in kinds.items() if name in named)


def _literal(value: Any) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def address(engine: Engine) -> str:
    """Return where a warehouse is, as a user says it."""
    return engine.address if isinstance(engine, PostgreSQL) else str(engine.where()["path"])
