"""Airbyte's messages as Singer's, so that the same loaders take them.

`python -m tools.benchmarks.warehouse_translated CATALOG`: standard input to standard output, with
the catalog that the source was given. A record becomes its id and one JSON value, as in the raw
tables of Airbyte's own destinations: this source's catalog does not say what columns there are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "data": {"type": ["object", "null"], "properties": {}},
    },
}


class _Id(msgspec.Struct):
    id: int


class _Record(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _Message(msgspec.Struct):
    type: str
    record: _Record | None = None


def translated(lines: Iterable[bytes], catalog: dict[str, Any]) -> Iterator[bytes]:
    """Yield a SCHEMA for each stream, and a RECORD for each record; at last an empty STATE.

    Args:
        lines: Airbyte's messages.
        catalog: what the source was asked to read.
    """
    encode = msgspec.json.Encoder().encode
    for each in catalog["streams"]:
        said = {"stream": each["stream"]["name"], "schema": _SCHEMA, "key_properties": ["id"]}
        yield encode({"type": "SCHEMA", **said}) + b"\n"
    decode, id_of = msgspec.json.Decoder(_Message).decode, msgspec.json.Decoder(_Id).decode
    for line in lines:
        message = decode(line)
        if found := message.record:
            row = {"id": id_of(found.data).id, "data": found.data}
            yield encode({"type": "RECORD", "stream": found.stream, "record": row}) + b"\n"
    yield encode({"type": "STATE", "value": {}}) + b"\n"


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text())
    sys.stdout.buffer.writelines(translated(sys.stdin.buffer, asked))
