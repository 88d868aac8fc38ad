"""What the documents say of the loaders, measured with them."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.warehouse.engines import SCHEMA, Engine
from tools.loaders.plugins import loader_command

LIST = {"type": ["array", "null"], "items": {"type": "object", "properties": {}}}


def fed(engine: Engine, folder: Path, kinds: dict[str, Any], *records: str) -> int:
    """Give a loader a stream of its own, `t`, with a key; return the loader's exit code."""
    properties = {"id": {"type": "string", "maxLength": 8}, **kinds}
    schema = {"type": "object", "properties": properties}
    message = {"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": ["id"]}
    lines = [json.dumps(message)]
    lines += [f'{{"type": "RECORD", "stream": "t", "record": {each}}}' for each in records]
    config = folder / "loader.json"
    config.write_text(json.dumps(engine.config()))
    command: list[str | Path] = [loader_command(engine.loader), "--config", config]
    text = "\n".join(lines) + "\n"
    done = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
    return done.returncode


def test_amounts_of_fifteen_digits_arrive_whole_and_longer_ones_do_not(
    engine: Engine, tmp_path: Path
) -> None:
    engine.empty()
    amounts = {"a": "99999999999.9999", "b": "-0.0001", "c": "1234567890123456.7890"}
    records = [f'{{"id": "{key}", "n": {amount}}}' for key, amount in amounts.items()]
    assert fed(engine, tmp_path, {"n": {"type": ["number", "null"]}}, *records) == 0
    rows = engine.query(f"select id, cast(n as decimal(24, 4)) as n from {SCHEMA}.t")
    kept = {row["id"]: row["n"] for row in rows}
    assert (kept["a"], kept["b"]) == (Decimal("99999999999.9999"), Decimal("-0.0001"))
    assert kept["c"] != Decimal(amounts["c"])
    assert abs(kept["c"] - Decimal(amounts["c"])) < 1


def test_flattening_that_is_switched_on_later(engine: Engine, tmp_path: Path) -> None:
    """It makes text of lists: target-postgres has no way from a list column to text."""
    engine.empty()
    assert fed(engine, tmp_path, {"lines": LIST}, '{"id": "a", "lines": [{}]}') == 0
    flat = {"lines": {"type": ["string", "null"]}}, '{"id": "b", "lines": "[{}]"}'
    goes_on = fed(engine, tmp_path, *flat) == 0
    assert goes_on == (engine.loader == "target-duckdb")
    engine.empty()
    assert fed(engine, tmp_path, *flat) == 0
