"""What checks found, kept in the warehouse: up to when its tables are known to be complete.

A row per store, stream and day, appended by each check to the table `load_checks`, which stands
beside the loader's own.
"""

from __future__ import annotations

import json
from datetime import UTC
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import sqlalchemy as sa

from tap_bigcommerce_carts.verify.tables.warehouse import make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_bigcommerce_carts.verify.findings import Check, Day
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

NAME = "load_checks"
_COLUMNS = {
    "check_id": sa.Text,
    "store": sa.Text,
    "stream": sa.Text,
    "day": sa.Date,
    # Without a zone, in UTC, as loaders have it.
    "checked_at": sa.DateTime,
    "window_start": sa.DateTime,
    "window_end": sa.DateTime,
    "mode": sa.Text,
    "rows_checked": sa.BigInteger,
    "rows_equal": sa.BigInteger,
    "rows_explained": sa.BigInteger,
    "rows_at_fault": sa.BigInteger,
    "explained_by_kind": sa.Text,
    "faults_by_kind": sa.Text,
    "unverified": sa.Text,
    "tap_version": sa.Text,
}


def append(warehouse: Warehouse, check: Check) -> None:
    """Append what a check found to the table `load_checks`, which is made if it is not there.

    Args:
        warehouse: where the rows are that were checked.
        check: what was found.

    Raises:
        WarehouseError: it cannot be written; whatever else was found is true all the same.
    """
    columns: list[sa.Column[Any]] = [sa.Column(name, kind) for name, kind in _COLUMNS.items()]
    table = sa.Table(NAME, sa.MetaData(), *columns, schema=warehouse.schema)
    with warehouse.writing(NAME) as connection:
        make(connection, table)
        connection.execute(sa.insert(table), list(_rows(check)))


def _rows(check: Check) -> Iterator[dict[str, Any]]:
    shared = {
        **dict.fromkeys(_COLUMNS),
        "check_id": str(uuid4()),
        "store": check.store,
        "checked_at": _without_zone(check.at),
        "mode": check.mode.value,
        "tap_version": version("tap-bigcommerce-carts"),
    }
    for checked in check.streams:
        of_stream: dict[str, Any] = {
            "stream": checked.stream,
            "unverified": " ".join(checked.unverified) or None,
        }
        if checked.window is None or not checked.was_looked_at:
            yield {**shared, **of_stream, "day": check.at.date()}
            continue
        of_stream |= {
            "window_start": _without_zone(checked.window.lower),
            "window_end": _without_zone(checked.window.upper),
        }
        for date, day in checked.every_day():
            yield {**shared, **of_stream, "day": date, **_counts(day)}


def _counts(day: Day) -> dict[str, Any]:
    return {
        "rows_checked": day.checked,
        "rows_equal": day.equal,
        "rows_explained": day.explained.total(),
        "rows_at_fault": day.faults.total(),
        "explained_by_kind": json.dumps(day.explained, sort_keys=True),
        "faults_by_kind": json.dumps(day.faults, sort_keys=True),
    }


def _without_zone(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None)
