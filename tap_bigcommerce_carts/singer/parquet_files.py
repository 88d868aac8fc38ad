"""Parquet files of a stream's records: a column has the same type in all of them."""

from __future__ import annotations

from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import msgspec

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
        schema: the stream's JSON schema. Of values that do not fit it, such as an amount of more
            places or what a stream map made, the file has the types instead.
        compression: Parquet's own; None for its default.
    """
    # Packages of their own, which the check of the settings looked for.
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    # What is a decimal stays one; what is written as text becomes text.
    rows = msgspec.to_builtins(records, builtin_types=(Decimal,), enc_hook=str)
    try:
        table = pa.Table.from_pylist(rows, schema=pa.schema(_fields(schema)))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        table = pa.Table.from_pylist(rows)
    parquet.write_table(table, file, **({"compression": compression} if compression else {}))


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
