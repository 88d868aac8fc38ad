"""The table of what each loader keeps, made from real loads."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tools.documents.paths import DOCS
from tools.documents.tables import around
from tools.loaders.plugins import loader_command
from tools.loaders.probe import (
    ADDRESS,
    AMOUNTS,
    HARD_TEXT,
    KEY,
    LARGEST_ID,
    LINES,
    NOON,
    NUL,
    SCHEMA,
    probed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tools.loaders.probe import Kept
    from tools.loaders.tables import Loader

DOCUMENT = DOCS / "loaders.md"
WITH_ACCOUNT = ("target-snowflake", "target-bigquery")
# What is told of their types, and the probe's column of it.
DECLARED = {
    "money": "money",
    "money, with `decimals: x-singer.decimal`": "decimal",
    "points in time": "modified",
    "true and false": "is_guest",
    "ids": "order_id",
    "text that is a key": "id",
    "text": "name",
    "objects": "address",
    "lists of objects": "lines",
}
_DECLARING = Path(__file__).with_name("declaring.py")
CHANGED = "changed"


def of_type(column: str) -> Callable[[Kept], str]:
    """Return what tells the type of a column."""
    return lambda kept: f"`{kept.types[column].partition('<')[0]}`"


def amount(name: str, column: str) -> Callable[[Kept], str]:
    """Return what tells whether an amount kept its digits, or what it is now."""

    def told(kept: Kept) -> str:
        found = kept.rows[name][0][column]
        exact = Decimal(repr(found) if isinstance(found, float) else found)
        return "whole" if exact == AMOUNTS[name] else f"{exact:,}"

    return told


def instant(kept: Kept) -> str:
    """Tell the type of a point in time, and in which zone it is."""
    found = kept.rows["values"][0]["modified"]
    if isinstance(found, datetime):
        in_utc = found == NOON.replace(tzinfo=None)
        return f"{of_type('modified')(kept)}, in UTC" if in_utc else CHANGED
    return "as written" if datetime.fromisoformat(found) == NOON else CHANGED


def nested(column: str, given: Any) -> Callable[[Kept], str]:
    """Return what tells in which form something nested is."""

    def told(kept: Kept) -> str:
        found = kept.rows["values"][0][column]
        if not isinstance(found, str):
            return of_type(column)(kept) if found == given else CHANGED
        try:
            return "JSON" if json.loads(found) == given else CHANGED
        except json.JSONDecodeError:
            return "as Python writes it"

    return told


def same(name: str, column: str, given: Any) -> Callable[[Kept], str]:
    """Return what tells whether a value was kept."""

    def told(kept: Kept) -> str:
        found = kept.rows[name][0][column]
        if found == given:
            return "kept"
        return "null" if found is None else CHANGED

    return told


def null(kept: Kept) -> str:
    """Tell whether null is null in every column, or what else it is."""
    row = {name: value for name, value in kept.rows["null"][0].items() if name not in KEY}
    other = ", ".join(f"`{name}` is {value!r}" for name, value in row.items() if value is not None)
    return other or "kept"


def nul(kept: Kept) -> str:
    """Tell what became of a text with a NUL in it."""
    if kept.nul is None:
        return "ends the load"
    return "kept" if kept.nul == NUL else f"`{kept.nul!r}`"


def again(kept: Kept) -> str:
    """Tell what a row does whose key is there."""
    return {1: "replaces it", 2: "is added"}[len(kept.rows["again"])]


# What is told, and how.
ROWS: dict[str, Callable[[Kept], str]] = {
    "money": of_type("money"),
    "· 0.1": amount("tenth", "money"),
    f"· {AMOUNTS['largest']:,}": amount("largest", "money"),
    f"· {AMOUNTS['longer']:,}": amount("longer", "money"),
    "money, with `decimals: x-singer.decimal`": of_type("decimal"),
    "· 0.1 ": amount("tenth", "decimal"),
    f"· {AMOUNTS['longer']:,} ": amount("longer", "decimal"),
    "points in time": instant,
    "true and false": of_type("is_guest"),
    "· false": same("values", "is_guest", given=False),
    "ids": of_type("order_id"),
    f"· {LARGEST_ID:,}": same("values", "order_id", LARGEST_ID),
    "text": of_type("name"),
    "· quotes, line breaks, backslashes, emoji": same("values", "name", HARD_TEXT),
    "· empty": same("blank", "name", ""),
    "· NUL, of which the tap writes none": nul,
    "null": null,
    "objects": nested("address", ADDRESS),
    "lists of objects": nested("lines", LINES),
    "a row whose key is there": again,
}


def table(loaders: Iterable[Loader]) -> str:
    """Load the probe by each loader, and write the table."""
    kept = {loader.name: probed(loader) for loader in loaders}
    lines = [f"| | {' | '.join(kept)} |", f"| --- |{' --- |' * len(kept)}"]
    for label, told in ROWS.items():
        cells = " | ".join(told(each).replace("|", "\\|") for each in kept.values())
        lines.append(f"| {label.strip()} | {cells} |")
    return "\n".join(lines)


def declared() -> str:
    """Ask the loaders that need an account for their types, and write the table."""
    types = {loader: _declared_by(loader) for loader in WITH_ACCOUNT}
    lines = [f"| | {' | '.join(types)} |", f"| --- |{' --- |' * len(types)}"]
    for label, column in DECLARED.items():
        cells = " | ".join(f"`{each[column]}`" for each in types.values())
        lines.append(f"| {label} | {cells} |")
    return "\n".join(lines)


def _declared_by(loader: str) -> dict[str, str]:
    command: list[str | Path] = [loader_command(loader).with_name("python"), _DECLARING, loader]
    asked = subprocess.run(  # noqa: S603 - our own program
        command, input=json.dumps(SCHEMA), capture_output=True, text=True, check=True
    )
    types: dict[str, str] = json.loads(asked.stdout)
    return types


def published(part: str) -> str:
    """Return a table as it stands in the document: `kept` or `declared`."""
    return around(part, DOCUMENT.read_text())[1].strip()


def publish(part: str, text: str) -> None:
    """Put a table into the document."""
    before, _, after = around(part, DOCUMENT.read_text())
    DOCUMENT.write_text(f"{before}{text}\n{after}")
