"""What the tap wrote, loaded by DuckDB alone: the tables are those that target-duckdb makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.paths import ROOT
from tests.support.warehouse.engines import SCHEMA, DuckDB
from tests.support.warehouse.pipes import TAP, pipe
from tests.support.warehouse.story import change
from tests.support.warehouse.truth import COLUMNS, TABLES, kinds
from tools.loaders.plugins import loader_command

LOAD = ROOT / "deploy/duckdb/load.sql"
[COMMAND] = re.findall(r"^duckdb -.*$", (ROOT / "docs/loaders.md").read_text(), re.MULTILINE)
DECIMAL = {
    "type": ["string", "null"],
    "format": "x-singer.decimal",
    "precision": 20,
    "scale": 4,
}


class LoadError(Exception):
    """What the command line says when it ends with another exit code than 0."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that the load is called in, where it looks for the tap's output."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    return tmp_path


def load(file: Path) -> None:
    """Run the command line that the document names, with DuckDB's own."""
    command = COMMAND.replace("load.sql", f"{LOAD}").replace("warehouse.duckdb", f"{file}")
    done = subprocess.run(["/bin/sh", "-c", command], check=False, capture_output=True, text=True)
    if done.returncode:
        raise LoadError(done.stderr)


def write(
    folder: Path,
    columns: dict[str, Any],
    *others: dict[str, Any],
    key: tuple[str, ...] = ("id",),
    **streams: list[dict[str, Any]],
) -> None:
    """Write what a tap would, of streams with these columns and a key, after other messages."""
    schema = {"properties": {"id": {"type": "string"}, **columns}}
    messages = list(others)
    for stream, records in streams.items():
        of = {"stream": stream, "schema": schema, "key_properties": key}
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
        load(loaders.path)
        assert sorted(map(str, loaders.rows(table, kinds(COLUMNS[table])))) == sorted(
            map(str, rows[1])
        )


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
    with pytest.raises(LoadError):
        load(folder / "whole.duckdb")
    for table in ("t", "u"):
        assert DuckDB(folder / "whole.duckdb").query(f"from {SCHEMA}.{table}") == one
    assert json.loads((folder / "state.json").read_text()) == {"bookmarks": {"u": {"rows": 1}}}


@pytest.mark.parametrize(
    "python",
    [Path(sys.executable), loader_command("target-duckdb").with_name("python")],
    ids=["newest", "loader"],
)
def test_other_duckdbs_go_on_with_the_file(folder: Path, python: Path) -> None:
    number = {"n": {"type": "integer"}}
    write(folder, number, t=[{"id": "a", "n": 1}, {"id": "b", "n": 1}])
    load(folder / "t.duckdb")
    write(folder, number, t=[{"id": "b", "n": 2}])
    script = (
        "import duckdb, sys; statements = duckdb.execute(open(sys.argv[1]).read()).fetchone()[0]; "
        "file = duckdb.connect('t.duckdb'); file.execute(statements); "
        "print(file.execute('select id, n from bigcommerce.t order by id').fetchall())"
    )
    done = subprocess.run([python, "-c", script, LOAD], capture_output=True, text=True, check=True)
    assert done.stdout == "[('a', 1), ('b', 2)]\n"


NUMBER, TEXT = {"type": ["number", "null"]}, {"type": ["string", "null"]}
WHOLE = {"type": ["integer", "null"]}
RATE = DECIMAL | {"scale": 10}


def refusal(folder: Path, file: str = "t.duckdb") -> str:
    """Return the one line that a load ends with, after a look that the STATE stayed."""
    state = folder / "state.json"
    before = state.read_text() if state.exists() else None
    with pytest.raises(LoadError) as refused:
        load(folder / file)
    assert (state.read_text() if state.exists() else None) == before
    return str(refused.value).strip()


def test_a_rate_keeps_its_ten_places(folder: Path) -> None:
    write(folder, {"n": RATE}, t=[{"id": "a", "n": "0.1234567891"}])
    load(folder / "rates.duckdb")
    rows = DuckDB(folder / "rates.duckdb").query(f"select n from {SCHEMA}.t")
    assert rows == [{"n": Decimal("0.1234567891")}]


def test_the_last_schema_of_a_run_counts(folder: Path) -> None:
    first = {"type": "SCHEMA", "stream": "t", "schema": {"properties": {"id": TEXT}}}
    rows = [{"id": "a", "n": 1}, {"id": "b", "n": 1}]
    write(folder, {"n": WHOLE}, first | {"key_properties": ["n"]}, t=rows)
    load(folder / "t.duckdb")
    assert DuckDB(folder / "t.duckdb").query(f"from {SCHEMA}.t order by id") == rows


def test_numbers_beyond_sixteen_digits_are_loaded_as_doubles(folder: Path) -> None:
    write(folder, {"n": NUMBER}, t=[{"id": "a", "n": 12345678901234567890.5}])
    load(folder / "t.duckdb")
    assert DuckDB(folder / "t.duckdb").query(f"select n from {SCHEMA}.t") == [
        {"n": 12345678901234567890.5}
    ]


@pytest.mark.parametrize("kind", ["BATCH", "ACTIVATE_VERSION", None])
def test_a_message_that_it_cannot_read_is_refused(folder: Path, kind: str | None) -> None:
    write(folder, {}, {"type": kind, "stream": "t", "manifest": ["file:///a"]}, t=[{"id": "a"}])
    assert f"a message of type {kind or 'null'}, which" in refusal(folder)


def test_rows_without_a_schema_are_refused(folder: Path) -> None:
    write(folder, {}, {"type": "RECORD", "stream": "u", "record": {"id": "a"}}, t=[{"id": "a"}])
    assert "rows of the stream u without its SCHEMA" in refusal(folder)


def test_a_stream_without_a_key_is_refused(folder: Path) -> None:
    write(folder, {}, key=(), t=[{"id": "a"}])
    assert "The stream t has no key" in refusal(folder)


def test_streams_whose_names_differ_in_capitals_only_are_refused(folder: Path) -> None:
    write(folder, {}, t=[{"id": "a"}], T=[{"id": "b"}])
    assert "The streams T and t have one name in DuckDB" in refusal(folder)


@pytest.mark.parametrize("messages", [None, '{"type": "RECORD", "stream'])
def test_a_file_that_is_missing_or_torn_ends_with_another_exit_code(
    folder: Path, messages: str | None
) -> None:
    if messages:
        (folder / "messages.jsonl").write_text(messages)
    assert "messages.jsonl" in refusal(folder)
    assert not (folder / "t.duckdb").exists()


@pytest.mark.parametrize(
    ("there", "now", "value"),
    [
        (NUMBER, DECIMAL, "1234567890123456.7891"),
        (DECIMAL, NUMBER, 0.123456),
        (DECIMAL, RATE, "0.1234567891"),
        (WHOLE, NUMBER, 1.75),
        (TEXT, WHOLE, 1),
    ],
)
def test_a_column_that_is_there_with_another_type_is_refused(
    folder: Path, there: dict[str, Any], now: dict[str, Any], value: Any
) -> None:
    rows = [{"id": "a", "n": None}]
    write(folder, {"n": there}, T=rows)
    load(folder / "t.duckdb")
    write(folder, {"N": now}, t=[{"id": "b", "N": value}])
    assert "The column n of the table bigcommerce.T is " in refusal(folder)
    assert DuckDB(folder / "t.duckdb").query(f"from {SCHEMA}.t") == rows


def test_a_table_with_another_key_is_refused(folder: Path) -> None:
    rows = [{"id": "a", "order": "1"}]
    write(folder, {"order": TEXT}, key=("id",), t=rows)
    load(folder / "t.duckdb")
    write(folder, {"order": TEXT}, key=("id", "order"), t=[{"id": "a", "order": "2"}])
    assert "bigcommerce.t is (id), and of the stream (id, order)" in refusal(folder)
    assert DuckDB(folder / "t.duckdb").query(f"from {SCHEMA}.t") == rows


def test_a_key_may_be_named_as_something_in_sql_is(folder: Path) -> None:
    write(folder, {"order": TEXT}, key=("order", "id"), t=[{"id": "a", "order": "1"}] * 2)
    load(folder / "t.duckdb")
    load(folder / "t.duckdb")
    assert DuckDB(folder / "t.duckdb").query(f"from {SCHEMA}.t") == [{"id": "a", "order": "1"}]


def test_an_empty_text_is_not_null_and_an_amount_in_an_object_is_a_double(folder: Path) -> None:
    write(folder, {"n": TEXT, "o": {"type": "object"}}, t=[{"id": "a", "n": "", "o": {"x": 1}}])
    messages = folder / "messages.jsonl"
    messages.write_text(messages.read_text().replace('"x": 1', '"x": 1234567890123456789.12'))
    load(folder / "t.duckdb")
    assert DuckDB(folder / "t.duckdb").query(f"select n, o from {SCHEMA}.t") == [
        {"n": "", "o": '{"x":1234567890123456800.0}'}
    ]
