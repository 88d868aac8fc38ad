"""The page's data: what the marts say, as columns of whole numbers that JavaScript adds exactly.

A *cell* is a storefront and a currency of a store. Every row names its cell, and what it counts is
of that cell and its days alone, so that any choice of cells and days adds up. Amounts are in units
of 1/10,000; days are counted from 1 January 1970.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from math import gcd
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.errors import OutputError
from tap_bigcommerce_carts.report.marts import NOT_SETTLED, PERIODS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_bigcommerce_carts.report.marts import Marts, Rows

Column = list[int | str | None]
Key = tuple[str, int | None, str | None]

PLACES = 4
MOST = 2**53 - 1  # JavaScript's Number.MAX_SAFE_INTEGER
SHOWN = 10  # products
_EPOCH = date(1970, 1, 1).toordinal()
_AMOUNTS = {
    *("value", "value_recovered", "value_lost", "value_open", "value_converted", "came_in"),
    *("expected_value", "expected_low", "expected_high", "share"),
    *("expected_share_error", "expected_spread", "largest_value"),
}
_WHOLE = {"rate_mailed", "rate_held_out", "lift", "lift_low", "lift_high", "holdout_share"}
_TABLES = (
    *("days", "converted", "recoveries", "funnel", "steps", "curve", "products", "variants"),
    *("groups", "countries", "hours", "prices", "returning", "coupons"),
    *("extra_costs", "extra_shares", "recoverable", "to_remind"),
)


def document(marts: Marts) -> dict[str, Any]:
    """Return what the page's script reads, ready to be written as JSON.

    Raises:
        OutputError: an amount is too large for JavaScript to add exactly.

    Args:
        marts: what was read of a warehouse.

    Returns:
        `stores` and `cells`, which the tables name by their places, and each table's columns.
    """
    stores = [row["store"] for row in marts.stores]
    cells = _cells(marts, stores)
    places = {cell: place for place, cell in enumerate(cells)}
    found = dict(marts.found)
    shown = _often_left(found.get("products", []))
    for name in ("products", "variants"):
        if name in found:
            found[name] = [row for row in found[name] if (row["store"], row["product_id"]) in shown]
    return {
        "today": _day(marts.today),
        "settled": _day(marts.settled),
        "lost_after_days": int(marts.rules["lost_after_days"]),
        "stores": [_store(row, marts) for row in marts.stores],
        "cells": {
            "store": [stores.index(store) for store, _, _ in cells],
            "channel": [None if channel is None else str(channel) for _, channel, _ in cells],
            "currency": [currency for _, _, currency in cells],
        },
        "channels": {
            f"{stores.index(row['store'])}/{row['channel_id']}": row["name"]
            for row in found.get("channels", [])
        },
        "products": {
            f"{stores.index(row['store'])}/{row['product_id']}": [row["name"], row["sku"]]
            for row in found.get("product_names", [])
            if (row["store"], row["product_id"]) in shown
        },
        "variants": {
            f"{stores.index(row['store'])}/{row['product_id']}/{row['variant_id']}": row["sku"]
            for row in found.get("variant_names", [])
            if (row["store"], row["product_id"]) in shown
        },
        "tables": {name: _table(name, found[name], places) for name in _TABLES if name in found},
        "problems": _of_stores(found.get("problems"), stores),
        "lift": _of_stores(found.get("lift"), stores),
    }


def _cells(marts: Marts, stores: list[str]) -> list[Key]:
    found = {
        _key(row) for name in _TABLES for row in marts.found.get(name, []) if row["store"] in stores
    }
    return sorted(found, key=lambda cell: [str(part) for part in cell])


def _key(row: Mapping[str, Any]) -> Key:
    return row["store"], row["channel_id"], row["currency_code"]


def _store(row: dict[str, Any], marts: Marts) -> dict[str, Any]:
    """Return what the page says of a store, and the first day that anything is known of it."""
    moments = [row[name] for name in ("first_abandoned_at", "first_order_at") if row[name]]
    days = [each["day"] for each in marts.found["days"] if each["store"] == row["store"]]
    first = min((moment.date() for moment in moments), default=marts.today)
    return {
        "name": row["store"],
        "currency": row["store_currency_code"],
        "has_orders": bool(row["has_orders"]),
        # Comparisons begin where both carts and orders may.
        "known": _day(first),
        "first": _day(min(days, default=first)),
    }


def _table(name: str, rows: Rows, places: Mapping[Key, int]) -> dict[str, Any]:
    """Return rows as columns; texts of the column `label` are named by their place in `labels`."""
    rows = [row for row in rows if _key(row) in places]
    columns = [each for each in (rows[0] if rows else ()) if each not in _NAMED]
    table: dict[str, Any] = {each: [_number(each, row[each]) for row in rows] for each in columns}
    for column in columns:
        _check(f"{name}.{column}", table[column])
    labels = table.get("label", [])
    if any(isinstance(label, str) for label in labels):
        table["labels"] = sorted({label for label in labels if label is not None})
        of = {label: place for place, label in enumerate(table["labels"])} | {None: None}
        table["label"] = [of[label] for label in labels]
    labelled = {"labels": table.pop("labels")} if "labels" in table else {}
    cells = {"cell": [places[_key(row)] for row in rows]}
    return {name: packed(column) for name, column in (cells | table).items()} | labelled


def packed(column: list[Any]) -> dict[str, Any]:
    """Return a column in less room: what numbers have in common once, or runs of one number.

    Args:
        column: numbers or texts, None where one is not known.

    Returns:
        `text`; or `runs`, each value followed by how often it comes; or `of`, which count in steps
        of `by` from `from`.
    """
    if any(isinstance(value, str) for value in column):
        return {"text": column}
    known = [value for value in column if value is not None]
    least = min(known, default=0)
    step = gcd(*(value - least for value in known)) or 1
    runs = [(value, len(list(same))) for value, same in groupby(column)]
    if len(known) == len(column) and len(runs) * 4 < len(column):
        return {"runs": [number for run in runs for number in run]}
    return {
        "from": least,
        "by": step,
        "of": [None if value is None else (value - least) // step for value in column],
    }


_NAMED = ("store", "channel_id", "currency_code")


def _of_stores(rows: Rows | None, stores: list[str]) -> list[dict[str, Any]] | None:
    if rows is None:
        return None
    return [
        {name: _number(name, value) for name, value in row.items() if name != "store"}
        | {"store": stores.index(row["store"])}
        for row in rows
        if row["store"] in stores
    ]


def _number(column: str, value: Any) -> Any:
    """Return a value as the script reads it: amounts in units of 1/10,000, else whole numbers."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return _day(value)
    if column in _AMOUNTS:
        return int(Decimal(value).scaleb(PLACES).to_integral_value(ROUND_HALF_UP))
    if column in _WHOLE:
        return float(value)
    return int(value)


def _day(day: date) -> int:
    return day.toordinal() - _EPOCH


def _check(name: str, values: Iterable[Any]) -> None:
    if sum(abs(value) for value in values if isinstance(value, int)) > MOST:
        raise OutputError(
            f"The amounts of {name} are too large for a page to add exactly: all together must "
            f"stay below {MOST // 10**PLACES:,}."
        )


def _often_left(rows: Rows) -> set[tuple[str, int]]:
    """Return the products that are among the most often left for some choice of the page's."""
    sums: dict[tuple[Any, ...], Counter[int]] = {}
    units: dict[tuple[Any, ...], Counter[int]] = {}
    for row in rows:
        periods = [days for days in PERIODS if row["span"] != NOT_SETTLED and row["span"] <= days]
        for period in (*periods, None):
            for channel in {row["channel_id"], "all"}:
                for currency in {row["currency_code"], "all"}:
                    choice = (row["store"], channel, currency, period)
                    sums.setdefault(choice, Counter())[row["product_id"]] += int(row["carts"])
                    units.setdefault(choice, Counter())[row["product_id"]] += int(row["units"] or 0)
    found = set()
    for choice, carts in sums.items():
        ranked = sorted(((n, units[choice][product]) for product, n in carts.items()), reverse=True)
        least = ranked[:SHOWN][-1]
        found |= {
            (choice[0], product)
            for product, n in carts.items()
            if (n, units[choice][product]) >= least
        }
    return found
