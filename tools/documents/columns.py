"""The page about columns: every table of the tap, with name, type and meaning of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.documents.paths import COLUMNS
from tools.documents.streams import BY, STREAMS, key_of, meaning, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.singer.stream import StoreStream

_HEAD = f"""\
<!-- {BY} -->

# Columns

What each table of the tap holds, by the name and type it has in the catalog; a dot leads into an object, `[]` into the objects of a list. What the marts make of them is in [For the BI analyst](analyst.md).
"""  # noqa: E501 - a paragraph is a line, as in the other documents


def files() -> dict[Path, str]:
    """Return the page."""
    return {COLUMNS: "\n".join((_HEAD, *map(_section, STREAMS)))}


def _section(stream: type[StoreStream]) -> str:
    key = ", ".join(f"`{column}`" for column in key_of(stream))
    rows = "\n".join(_rows(stream.fields, ""))
    return (
        f"## {name_of(stream)}\n\n{meaning(stream)} Key: {key}.\n\n"
        f"| column | type | meaning |\n| --- | --- | --- |\n{rows}\n"
    )


def _rows(fields: tuple[Field, ...], within: str) -> Iterator[str]:
    for field in fields:
        kind = field.kind.schema.get("format") or field.kind.schema["type"]
        yield f"| `{within}{field.name}` | {kind} | {field.description} |"
        step = "[]." if kind == "array" else "."
        yield from _rows(field.fields, f"{within}{field.name}{step}")
