"""What the tap wrote, loaded by DuckDB alone: the tables are those that target-duckdb makes."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.support.harness import Clock
from tests.support.paths import ROOT
from tests.support.warehouse.engines import SCHEMA, DuckDB
from tests.support.warehouse.pipes import TAP, pipe
from tests.support.warehouse.story import change
from tests.support.warehouse.truth import COLUMNS, TABLES, kinds
from tools.sandbox import Sandbox, Shop

if TYPE_CHECKING:
    from pathlib import Path

LOAD = ROOT / "deploy/duckdb/load.sql"
DECIMAL = {
    "type": ["string", "null"],
    "format": "x-singer.decimal",
    "precision": 20,
    "scale": 4,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the load is called in, where it looks for the tap's output."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(file: Path) -> None:
    """Run the query, and then what it answers with, as the command line does."""
    [(statements,)] = duckdb.execute(LOAD.read_text()).fetchall()
    with duckdb.connect(file) as warehouse:
        warehouse.execute(statements)


def write(folder: Path, columns: dict[str, Any], **streams: list[dict[str, Any]]) -> None:
    """Write what a tap would, of streams with these columns and a key."""
    schema = {"properties": {"id": {"type": "string"}, **columns}}
    messages: list[dict[str, Any]] = []
    for stream, records in streams.items():
        of = {"stream": stream, "schema": schema, "key_properties": ["id"]}
        messages.append({"type": "SCHEMA", **of})
        messages += ({"type": "RECORD", "stream": stream, "record": each} for each in records)
        messages.append({"type": "STATE", "value": {"bookmarks": {stream: {"rows": len(records)}}}})
    (folder / "messages.jsonl").write_text("\n".join(map(json.dumps, messages)))


def test_tables_are_those_of_the_loader_upserts_included(folder: Path) -> None:
    loaders, alone = DuckDB(folder / "loader.duckdb"), DuckDB(folder / "alone.duckdb")
    clock = Clock()
    shop = Shop.seeded(carts=40, seed="alone", clock=clock, placed=20, customers=20)
    state, given = None, folder / "state.json"
    given.write_text("{}")
    loaders_folder = folder / "loader"
    loaders_folder.mkdir()
    with Sandbox(shop) as sandbox:
        config = folder / "config.json"
        config.write_text(json.dumps(sandbox.config()))
        for number in range(2):
            if number:
                change(shop, clock)
            with (folder / "messages.jsonl").open("w") as output:
                command: list[str | Path] = [TAP, "--config", config, "--state", given]
                subprocess.run(command, stdout=output, stderr=subprocess.PIPE, check=True)
            load(alone.path)
            state = pipe(sandbox.config(), loaders, loaders_folder, state)
            assert json.loads(given.read_text()) == state
    for table, key in TABLES.items():
        assert alone.column_types(table) == loaders.column_types(table)
        rows = [each.rows(table, kinds(COLUMNS[table])) for each in (alone, loaders)]
        keyed = [{tuple(row[name] for name in key): row for row in one} for one in rows]
        assert len(rows[0]) == len(keyed[0])
        assert keyed[0] == keyed[1]
        assert len(keyed[0]) > 9


def test_decimals_in_text_become_exact_ones(folder: Path) -> None:
    amounts: list[dict[str, Any]] = [
        {"id": "a", "n": "1234567890123456.7891"},
        {"id": "b", "n": None},
    ]
    write(folder, {"n": DECIMAL}, t=amounts)
    load(folder / "exact.duckdb")
    rows = DuckDB(folder / "exact.duckdb").query(f"select n from {SCHEMA}.t order by id")
    assert [row["n"] for row in rows] == [Decimal("1234567890123456.7891"), None]


def test_the_last_row_of_a_key_counts_and_a_new_column_is_added(folder: Path) -> None:
    number = {"n": {"type": ["integer", "null"]}}
    write(folder, number, t=[{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "a", "n": 3}])
    load(folder / "grown.duckdb")
    more = number | {"it's": {"type": "array"}}
    write(folder, more, t=[{"id": "b", "n": 4, "it's": ["'", None]}])
    load(folder / "grown.duckdb")
    rows = DuckDB(folder / "grown.duckdb").query(f"from {SCHEMA}.t order by id")
    assert rows == [
        {"id": "a", "n": 3, "it's": None},
        {"id": "b", "n": 4, "it's": '["\'",null]'},
    ]


def test_a_row_that_does_not_fit_changes_neither_tables_nor_state(folder: Path) -> None:
    number, one = {"n": {"type": "integer"}}, [{"id": "a", "n": 1}]
    write(folder, number, t=one, u=one)
    load(folder / "whole.duckdb")
    write(folder, number, t=[{"id": "a", "n": 2}], u=[{"id": "a", "n": 2}, {"id": "b", "n": "two"}])
    with pytest.raises(duckdb.Error):
        load(folder / "whole.duckdb")
    for table in ("t", "u"):
        assert DuckDB(folder / "whole.duckdb").query(f"from {SCHEMA}.{table}") == one
    assert json.loads((folder / "state.json").read_text()) == {"bookmarks": {"u": {"rows": 1}}}
