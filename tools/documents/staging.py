"""dbt's staging models and their YAML: names, types and meaning of the streams' fields.

What staging says beyond the fields is all here: that rates need more places than money, and that
keys are tested.
"""

from __future__ import annotations

from textwrap import indent, wrap
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.rows.fields import RATE
from tools.documents.paths import STAGING
from tools.documents.streams import BY, STREAMS, bookmark_of, key_of, meaning, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.singer.stream import StoreStream

# The type of a staged column (`staged_column` in transform/macros/staged.sql), by its JSON type.
_TYPES = {
    "string": "text",
    "integer": "whole",
    "number": "money",
    "boolean": "flag",
    "object": "json",
    "array": "json",
}
# What grows from one version of a row to the next, where that is not the bookmark alone: the date
# of a cart in the inbox goes back when an event comes late, and channels are read whole.
_GROWS = {
    "carts": ("last_event_at", "event_count", "read_at", "date_modified"),
    "channels": ("date_modified",),
}
_SUFFIX = " Names and types only."
_LONGEST_LINE = 100
_HEAD = f"""\
# {BY}

version: 2

sources:
  - name: bigcommerce_carts
    description: >-
      What tap-bigcommerce-carts loads. A table that is not there is taken for an empty one.
    database: "{{{{ var('source_database') or target.database or '' }}}}"
    schema: "{{{{ var('source_schema') }}}}"
    tables:
"""


def files() -> dict[Path, str]:
    """Return the staging model of each stream, and their YAML."""
    models = {STAGING / f"{_model(stream)}.sql": _sql(stream) for stream in STREAMS}
    return {**models, STAGING / "staging.yml": _yaml()}


def _model(stream: type[StoreStream]) -> str:
    return f"stg_bigcommerce__{name_of(stream)}"


def _sql(stream: type[StoreStream]) -> str:
    columns = "".join(f"    ('{field.name}', '{_type(field)}'),\n" for field in stream.fields)
    key = ", ".join(f"'{column}'" for column in key_of(stream))
    bookmark = bookmark_of(stream)
    grows = _GROWS.get(name_of(stream), (bookmark,) if bookmark else ())
    said = f", grows=[{', '.join(map(repr, grows))}]" if grows else ""
    return (
        f"-- {meaning(stream)}\n-- {BY}\n\n"
        f"{{{{ bigcommerce_carts.staged('{name_of(stream)}', [\n{columns}]"
        f", key=[{key}]{said}) }}}}\n"
    )


def _type(field: Field) -> str:
    if field.kind.schema.get("format") == "date-time":
        return "instant"
    return "rate" if field.kind is RATE else _TYPES[field.kind.schema["type"]]


def _yaml() -> str:
    tables = "".join(indent(_table(stream), " " * 6) for stream in STREAMS)
    models = "".join(indent(_described_model(stream), " " * 2) for stream in STREAMS)
    return f"{_HEAD}{tables}\nmodels:\n{models}"


def _table(stream: type[StoreStream]) -> str:
    name = name_of(stream)
    return (
        f"- name: {name}\n"
        f"  identifier: \"{{{{ var('table_prefix') }}}}{name}\"\n"
        f"{_description(meaning(stream), 8)}"
    )


def _described_model(stream: type[StoreStream]) -> str:
    columns = "".join(indent(_column(field), " " * 4) for field in stream.fields)
    return (
        f"- name: {_model(stream)}\n"
        f"{_description(meaning(stream) + _SUFFIX, 4)}"
        "  data_tests:\n"
        "    - unique_together:\n"
        "        arguments:\n"
        f"          columns: [{', '.join(key_of(stream))}]\n"
        f"  columns:\n{columns}"
    )


def _column(field: Field) -> str:
    tests = "  data_tests: [not_null]\n" if field.key else ""
    return f"- name: {field.name}\n{_description(field.description, 8)}{tests}"


def _description(text: str, margin: int) -> str:
    """Return an entry's description: folded if it is long or would not be plain YAML.

    Args:
        text: the description.
        margin: the column of the file that `description` will begin in.
    """
    line = f"description: {text}"
    is_plain = text[0].isalpha() and ": " not in text and " #" not in text
    if is_plain and margin + len(line) <= _LONGEST_LINE:
        return f"  {line}\n"
    folded = wrap(text, _LONGEST_LINE - margin - 2, break_on_hyphens=False)
    return "  description: >-\n" + "".join(f"    {each}\n" for each in folded)
