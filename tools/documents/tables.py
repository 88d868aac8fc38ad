"""The parts of the documents that are written from the code, each between two marks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_bigcommerce_carts.doctor.probe.probing import QUESTIONS
from tap_bigcommerce_carts.settings.schema import SETTINGS
from tap_bigcommerce_carts.tap import INBOX_STREAMS
from tools.documents.definitions import words_for_analysts, words_for_managers
from tools.documents.hub import how_to_add
from tools.documents.paths import ANALYST, DATA_ENGINEER, MANAGER, PROBE, QUERIES, README
from tools.documents.streams import STREAMS, bookmark_of, key_of, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.singer.stream import StoreStream


# A greater maximum is no more than a guard against typing errors.
_MOST_TOLD = 3600


def settings_table() -> str:
    """Write the table of settings."""
    rows = ["| setting | type and default | meaning |", "| --- | --- | --- |"]
    for name, of in SETTINGS["properties"].items():
        kind = _kind(of)
        if of.get("secret"):
            kind += ", secret"
        if "default" in of:
            kind += f"; default `{of['default']}`"
        rows.append(f"| `{name}` | {kind} | {of['description']} |")
    return "\n".join(rows)


def _kind(of: dict[str, Any]) -> str:
    if "enum" in of:
        return " or ".join(f"`{value}`" for value in of["enum"] if value is not None)
    (kind,) = [each for each in of["type"] if each != "null"]
    words = {"string": "text", "integer": "whole number", "array": "list of whole numbers"}
    said: str = words.get(kind, kind)
    if "minimum" in of and of["maximum"] <= _MOST_TOLD:
        said += f" {of['minimum']} to {of['maximum']}"
    return said


def queries() -> str:
    """Write the example queries, each under its own first comment."""
    parts = []
    for file in sorted(QUERIES.glob("*.sql")):
        text = file.read_text()
        title = re.sub(r"^\d+_", "", file.stem).replace("_", " ")
        parts.append(f"**{title[0].upper()}{title[1:]}**\n\n```sql\n{text.strip()}\n```")
    return "\n\n".join(parts)


def streams_table() -> str:
    """Write the table of streams, with their keys and bookmarks."""
    rows = ["| stream | key | bookmark |", "| --- | --- | --- |"]
    for stream in STREAMS:
        key = ", ".join(f"`{column}`" for column in key_of(stream))
        rows.append(f"| `{name_of(stream)}` | {key} | {_bookmark(stream)} |")
    return "\n".join(rows)


def _bookmark(stream: type[StoreStream]) -> str:
    column = bookmark_of(stream)
    if column is None:
        return "read whole each time"
    if stream in INBOX_STREAMS and column != "sequence":
        return f"`{column}`, and the inbox's sequence"
    return f"`{column}`"


def questions_table() -> str:
    """Write the table of what a store is asked, with what rests on its answers."""
    rows = [
        "| question | what the tap assumes | and where it is not so |",
        "| --- | --- | --- |",
    ]
    rows += [
        f"| {each.asks} | {each.assumed} (`{each.rests}`) | {each.otherwise} |"
        for each in QUESTIONS
    ]
    return "\n".join(rows)


# Each part: the document it stands in, and what writes it.
PARTS = {
    "streams": (DATA_ENGINEER, streams_table),
    "settings": (DATA_ENGINEER, settings_table),
    "meltano": (README, how_to_add),
    "from the definition": (DATA_ENGINEER, how_to_add),
    "queries": (ANALYST, queries),
    "words": (ANALYST, words_for_analysts),
    "questions": (PROBE, questions_table),
    "numbers": (MANAGER, words_for_managers),
}


def part(name: str) -> str:
    """Return a part as it stands in its document, without its marks."""
    file, _ = PARTS[name]
    _, inside, _ = around(name, file.read_text())
    return inside.strip()


def files() -> dict[Path, str]:
    """Return the documents that have such parts, with every part as it has to be."""
    texts: dict[Path, str] = {}
    for name, (file, render) in PARTS.items():
        before, _, after = around(name, texts.get(file) or file.read_text())
        texts[file] = f"{before}{render()}\n{after}"
    return texts


def around(name: str, text: str) -> tuple[str, str, str]:
    """Return what stands before a part, in it and after it; its marks are not of it."""
    match = re.fullmatch(
        f"(.*<!-- {name}: begin -->\n)(.*)(<!-- {name}: end -->.*)", text, re.DOTALL
    )
    if match is None:
        raise LookupError(f"No document has the part {name} that is to be written into it")
    return match[1], match[2], match[3]
