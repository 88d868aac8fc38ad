"""What the documents say of the loaders, measured with them."""

import json
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.warehouse.engines import SCHEMA, Engine, PostgreSQL
from tests.support.warehouse.pipes import pipe
from tools.loaders.plugins import loader_command

WHOLE = {"type": ["integer", "null"]}
AS_NUMBER = {"type": ["number", "null"]}
AS_TEXT = {
    "type": ["string", "null"],
    "format": "x-singer.decimal",
    "precision": 20,
    "scale": 4,
}
TEXTS = (
    '{"id": "a", "n": "99999999999.9999", "beside": 1}',
    '{"id": "b", "n": "-0.0001", "beside": 1}',
    '{"id": "c", "n": null, "beside": 1}',
)
NUMBERS = tuple(
    each.replace('"n": "', '"n": ').replace('", "beside"', ', "beside"') for each in TEXTS
)
LIST = {"type": ["array", "null"], "items": {"type": "object", "properties": {}}}


def fed(engine: Engine, folder: Path, kinds: dict[str, Any], *records: str, **settings: Any) -> int:
    """Give a loader a stream of its own, `t`, with a key; return the loader's exit code."""
    properties = {"id": {"type": "string", "maxLength": 8}, **kinds}
    schema = {"type": "object", "properties": properties}
    message = {"type": "SCHEMA", "stream": "t", "schema": schema, "key_properties": ["id"]}
    lines = [json.dumps(message)]
    lines += [f'{{"type": "RECORD", "stream": "t", "record": {each}}}' for each in records]
    config = folder / "loader.json"
    config.write_text(json.dumps({**engine.config(), **settings}))
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
    assert fed(engine, tmp_path, {"n": AS_NUMBER}, *records) == 0
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


def test_decimals_as_text_arrive_in_the_type_that_the_loader_has_for_them(
    engine: Engine, tmp_path: Path
) -> None:
    engine.empty()
    assert fed(engine, tmp_path, {"n": AS_TEXT, "beside": WHOLE}, *TEXTS) == 0
    found = {row["id"]: row["n"] for row in engine.query(f"select id, n from {SCHEMA}.t")}
    if engine.loader == "target-duckdb":
        assert engine.column_types("t")["n"] == "VARCHAR"
        assert found == {"a": "99999999999.9999", "b": "-0.0001", "c": None}
        return
    (of,) = engine.query(
        "select numeric_precision, numeric_scale from information_schema.columns "
        f"where table_schema = '{SCHEMA}' and table_name = 't' and column_name = 'n'"
    )
    assert of == {"numeric_precision": 20, "numeric_scale": 4}
    assert found == {"a": Decimal("99999999999.9999"), "b": Decimal("-0.0001"), "c": None}


def test_postgres_keeps_every_digit_without_copy(postgres: str, tmp_path: Path) -> None:
    engine = PostgreSQL(postgres)
    engine.empty()
    amount = "1234567890123456.7891"
    record = f'{{"id": "a", "number": {amount}, "text": "{amount}"}}'
    kinds = {"number": AS_NUMBER, "text": AS_TEXT}
    assert fed(engine, tmp_path, kinds, record, use_copy=False) == 0
    (row,) = engine.query(f"select number, text from {SCHEMA}.t")
    assert row == {"number": Decimal(amount), "text": Decimal(amount)}


@pytest.mark.parametrize("way", ["to text", "to numbers"])
def test_decimals_whose_kind_changes_on_a_table_that_is_there(
    engine: Engine, tmp_path: Path, way: str
) -> None:
    """PostgreSQL's column stays; DuckDB's loader begins another, empty in the rows before."""
    engine.empty()
    number, text = (
        ({"n": AS_NUMBER, "beside": WHOLE}, NUMBERS),
        ({"n": AS_TEXT, "beside": WHOLE}, TEXTS),
    )
    first, second = (number, text) if way == "to text" else (text, number)
    assert fed(engine, tmp_path, first[0], *first[1]) == 0
    assert fed(engine, tmp_path, second[0], '{"id": "d", "n": null, "beside": 1}') == 0
    amounts = f"select cast(n as decimal(20, 4)) as n from {SCHEMA}.t order by id"
    expected = [Decimal("99999999999.9999"), Decimal("-0.0001"), None, None]
    kept = [row["n"] for row in engine.query(amounts)]
    columns = set(engine.column_types("t"))
    if engine.loader == "target-postgres":
        assert (kept, columns) == (expected, {"id", "n", "beside"})
        return
    assert kept == [None] * 4
    (before,) = columns - {"id", "n", "beside"}
    assert [row["n"] for row in engine.query(amounts.replace("(n ", f"({before} "))] == expected
    # Read again, as the tap does when `decimals` is another.
    assert fed(engine, tmp_path, second[0], *second[1]) == 0
    assert [row["n"] for row in engine.query(amounts)] == expected


def test_a_key_without_bounds_goes_on_with_them(engine: Engine, tmp_path: Path) -> None:
    """As tables that an older version of the tap began."""
    engine.empty()
    unbounded = {"id": {"type": "string"}, "beside": WHOLE}
    assert fed(engine, tmp_path, unbounded, '{"id": "a", "beside": 1}') == 0
    before = engine.column_types("t")
    records = '{"id": "a", "beside": 2}', '{"id": "b", "beside": 2}'
    assert fed(engine, tmp_path, {"beside": WHOLE}, *records) == 0
    assert engine.column_types("t") == before
    found = engine.query(f"select id, beside from {SCHEMA}.t order by id")
    assert found == [{"id": "a", "beside": 2}, {"id": "b", "beside": 2}]


def test_a_nul_in_a_text_stops_no_load(engine: Engine, tmp_path: Path) -> None:
    """PostgreSQL takes none; its loader does not look for them, for the tap lets none through."""
    engine.empty()
    clock = Clock()
    shop = Shop(clock=clock)
    option = {"display_name": "Engr\0aving", "display_value": "A\0B", "type": "text"}
    shop.add_order(customer_message="\0", lines=[shop.line(name="Cu\0p", product_options=[option])])
    clock.advance(hours=2)
    with Sandbox(shop) as sandbox:
        pipe(sandbox.config(), engine, tmp_path, None)
    lines = f"select name, cast(product_options as varchar) as options from {SCHEMA}"
    (line,) = engine.query(f"{lines}.abandoned_cart_line_items")
    assert line["name"] == "Cup"
    assert "Engraving" in line["options"]
    assert "AB" in line["options"]
