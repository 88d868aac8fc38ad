"""Parquet files of a stream's records: a column has the same type in all of them."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import IO, TYPE_CHECKING, Any

import msgspec
from singer_sdk.contrib.msgspec import encoder

if TYPE_CHECKING:
    import pyarrow as pa

# The widest decimal that readers take; 28 digits before the point, as many after it as rates have.
_DIGITS, _PLACES = 38, 10


def write_parquet(
    file: IO[bytes], records: list[Any], schema: dict[str, Any], compression: str | None
) -> None:
    """Write records into a file.

    Args:
        file: opened to be written.
        records: dicts or structs.
        schema: the stream's JSON schema. A column with a value that does not fit it, such as an
            amount of more places or what a stream map made, has the type of its values instead.
        compression: Parquet's own; None for its default.
    """
    # Packages of their own, which the check of the settings looked for.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    # What is a decimal stays one; what is written as text becomes text.
    rows = msgspec.to_builtins(records, builtin_types=(Decimal,), enc_hook=str)
    table = pa.table(
        {
            name: _column([row.get(name) for row in rows], of)
            for name, of in schema["properties"].items()
        }
    )
    parquet.write_table(table, file, **({"compression": compression} if compression else {}))


def _column(values: list[Any], schema: dict[str, Any]) -> pa.Array:
    """Return a column of the type declared; of its values' own, or text, where one does not fit."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    # All other numbers have a description; one without is what a stream map made by `float(…)`.
    is_float = "number" in schema.get("type", ()) and "description" not in schema
    declared = pa.float64() if is_float else _type(schema)
    exact = list(map(_exact, values))
    for tried, kind in ((values, declared), (exact, declared), (values, None), (exact, None)):
        try:
            return pa.array(tried, kind)
        except (pa.ArrowException, OverflowError):
            continue
    return pa.array(
        [
            each if each is None or type(each) is str else encoder.encode(each).decode()
            for each in exact
        ],
        pa.string(),
    )


def _exact(value: Any) -> Any:
    """Return a float as the decimal that JSON would hold, null where JSON has no number."""
    if type(value) is float:
        return Decimal(repr(value)) if isfinite(value) else None
    return value


def _fields(schema: dict[str, Any]) -> list[tuple[str, pa.DataType]]:
    return [(name, _type(of)) for name, of in schema["properties"].items()]


def _type(schema: dict[str, Any]) -> pa.DataType:
    """Return Arrow's type of what JSON schema says; text of what it leaves open."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    kinds = schema.get("type", ())
    if "object" in kinds and schema.get("properties"):
        return pa.struct(_fields(schema))
    if "array" in kinds:
        return pa.list_(_type(schema.get("items", {})))
    if "number" in kinds:
        return pa.decimal128(_DIGITS, _PLACES)
    if "integer" in kinds:
        return pa.int64()
    return pa.bool_() if "boolean" in kinds else pa.string()
