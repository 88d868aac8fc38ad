"""A stream of a few hard values, loaded by a loader and read back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tools.loaders.allowances import Row
    from tools.loaders.tables import Loader

STREAM = "probe"
KEY = ["store", "id"]
AMOUNTS = {
    "tenth": Decimal("0.1"),
    "largest": Decimal("99999999999.9999"),
    "longer": Decimal("12345678901234.5678"),
}
LARGEST_ID = 2**63 - 1
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HARD_TEXT = '5" nut, "A"\n\r\n\\N;\t\\ \'x\' | NULL 日本 🛒, '
NUL = "12 Main\0Street"
ADDRESS = {"city": "Oslo", "zip": None}
LINES = [{"amount": 0.5}]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "store": {"type": "string", "maxLength": 255},
        "id": {"type": "string", "maxLength": 255},
        "money": {"type": ["number", "null"]},
        "decimal": {
            "type": ["string", "null"],
            "format": "x-singer.decimal",
            "precision": 20,
            "scale": 4,
        },
        "order_id": {"type": ["integer", "null"]},
        "modified": {"type": ["string", "null"], "format": "date-time"},
        "is_guest": {"type": ["boolean", "null"]},
        "name": {"type": ["string", "null"]},
        "address": {
            "type": ["object", "null"],
            "properties": {
                "city": {"type": ["string", "null"]},
                "zip": {"type": ["string", "null"]},
            },
        },
        "lines": {
            "type": ["array", "null"],
            "items": {"type": "object", "properties": {"amount": {"type": ["number", "null"]}}},
        },
    },
}
_encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(frozen=True)
class Kept:
    """What a loader kept of the probe.

    Attributes:
        rows: by id.
        types: of the columns.
        nul: the text that had a NUL in it, as it was kept; None if the load failed of it.
    """

    rows: dict[str, list[Row]]
    types: dict[str, str]
    nul: str | None


def messages(*records: Row) -> str:
    """Return Singer messages of the probe with some records, each given what differs from null."""
    nothing = dict.fromkeys(SCHEMA["properties"]) | {"store": "example"}
    lines: list[Row] = [
        {"type": "SCHEMA", "stream": STREAM, "schema": SCHEMA, "key_properties": KEY}
    ]
    lines += [{"type": "RECORD", "stream": STREAM, "record": nothing | each} for each in records]
    lines += [{"type": "STATE", "value": {}}]
    return "".join(_encode(line).decode() + "\n" for line in lines)


def probed(loader: Loader) -> Kept:
    """Load the probe: all values, then a row again, then a text with a NUL.

    Raises:
        RuntimeError: if the loader could not load the first two.
    """
    for text in (messages(*_first_rows()), messages({"id": "again", "order_id": 2})):
        done = loader.load(text)
        if done.returncode:
            raise RuntimeError(f"{loader.name} did not load the probe: {done.stderr[-500:]}")
    types, rows = loader.types(STREAM), _by_id(loader)
    survived = loader.load(messages({"id": "nul", "name": NUL})).returncode == 0
    return Kept(rows, types, _by_id(loader)["nul"][0]["name"] if survived else None)


def _first_rows() -> list[Row]:
    values = {
        "id": "values",
        "order_id": LARGEST_ID,
        "modified": NOON.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "is_guest": False,
        "name": HARD_TEXT,
        "address": ADDRESS,
        "lines": LINES,
    }
    others: list[Row] = [
        {"id": "null"},
        {"id": "blank", "name": ""},
        {"id": "again", "order_id": 1},
    ]
    amounts = [
        {"id": name, "money": amount, "decimal": str(amount)} for name, amount in AMOUNTS.items()
    ]
    return [values, *others, *amounts]


def _by_id(loader: Loader) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in loader.rows(STREAM, SCHEMA):
        rows.setdefault(row["id"], []).append(row)
    return rows
