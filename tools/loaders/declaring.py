"""Asks a loader that needs an account which types it would declare; nothing is loaded.

    python declaring.py LOADER < SCHEMA      write the type of each column, as JSON

It runs in the loader's environment, and asks the loader's own code.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from google.cloud.bigquery import SchemaField


def in_snowflake(schema: dict[str, Any]) -> dict[str, str]:
    """Return the types of columns in Snowflake."""
    from target_snowflake.connector import SnowflakeConnector  # noqa: PLC0415

    connector = SnowflakeConnector({"timestamp_type": "TIMESTAMP_NTZ", "uuid_format": "native"})
    return {name: str(connector.to_sql_type(of)) for name, of in schema["properties"].items()}


def in_bigquery(schema: dict[str, Any]) -> dict[str, str]:
    """Return the types of columns in BigQuery, with a column for each field."""
    from target_bigquery.core import SchemaTranslator  # noqa: PLC0415

    def named(field: SchemaField) -> str:
        kind: str = field.field_type.upper()
        return f"ARRAY of {kind}" if field.mode == "REPEATED" else kind

    return {field.name: named(field) for field in SchemaTranslator(schema, {}).translated_schema}


if __name__ == "__main__":
    asked = {"target-snowflake": in_snowflake, "target-bigquery": in_bigquery}[sys.argv[1]]
    json.dump(asked(json.load(sys.stdin)), sys.stdout)
