"""What a loader may make of a value, by name: all else it has to keep as the tap wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Row = dict[str, Any]
Schema = dict[str, Any]


@dataclass(frozen=True)
class Allowances:
    """What may become of a row, told in the documents.

    Attributes:
        appends: a row stays beside the one of the same key that came before it.
        doubles: a number is the double next to it.
        timestamps: a date-time is a point in time, not text.
        members: an object has every member of its schema, null where it had none; a list of
            objects that was null is empty.
        blanks: null is written as nothing, as an empty text is.
    """

    appends: bool = False
    doubles: bool = False
    timestamps: bool = False
    members: bool = False
    blanks: bool = False


def kind_of(schema: Schema) -> str:
    """Return what a column holds: `date-time` or one of JSON's types."""
    given = schema.get("type", "string")
    kinds = [given] if isinstance(given, str) else [each for each in given if each != "null"]
    return "date-time" if schema.get("format") == "date-time" else str(kinds[0])


def as_kept(value: Any, schema: Schema, allowed: Allowances) -> Any:
    """Return what a value the tap wrote is in a loader's table.

    Args:
        value: as JSON has it, with numbers as Decimal.
        schema: the JSON schema of the column.
        allowed: of the loader.
    """
    kind = kind_of(schema)
    if value is None or (value == "" and allowed.blanks):
        empty = allowed.members and kind == "array" and kind_of(schema["items"]) == "object"
        return [] if empty else None
    if kind == "number" and allowed.doubles:
        return float(value)
    if kind == "date-time" and allowed.timestamps:
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
    if kind == "object" and allowed.members:
        parts: Schema = schema["properties"]
        return value | {name: as_kept(value.get(name), parts[name], allowed) for name in parts}
    if kind == "array" and allowed.members:
        return [as_kept(each, schema["items"], allowed) for each in value]
    return value


def kept_rows(
    records: list[Row], schema: Schema, key: list[str], allowed: Allowances
) -> dict[tuple[Any, ...], list[Row]]:
    """Return what a table has to hold after a loader was given these records, by key.

    Args:
        records: all that were written of a stream, in order.
        schema: of the stream.
        key: its columns.
        allowed: of the loader.
    """
    rows: dict[tuple[Any, ...], list[Row]] = {}
    for record in records:
        row = {
            name: as_kept(record.get(name), of, allowed)
            for name, of in schema["properties"].items()
        }
        under = tuple(record[name] for name in key)
        rows[under] = [*rows.get(under, []), row] if allowed.appends else [row]
    return rows


def parsed(text: str, schema: Schema) -> Any:
    """Return the value that stands as text in a file that has nothing but text."""
    if not text:
        return None
    match kind_of(schema):
        case "number" | "integer":
            return Decimal(text)
        case "boolean":
            return {"True": True, "False": False}[text]
        case "date-time":
            return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
    return text
