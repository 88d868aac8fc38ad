"""Flattened rows with decimals as text, through loaders: no value is lost, lists are JSON."""

from __future__ import annotations

import json
import subprocess
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock, Output, read_messages
from tests.support.receivers import fresh_database
from tests.support.warehouse.pipes import TAP
from tests.support.warehouse.truth import TABLES
from tools.loaders.allowances import kept_rows
from tools.loaders.tables import DuckDB, JSONLines, Loader, PostgreSQL

if TYPE_CHECKING:
    from pathlib import Path

FLAT = {
    "flattening_enabled": True,
    "flattening_max_depth": 1,
    "decimals": "x-singer.decimal",
}
_exact = partial(json.loads, parse_float=Decimal)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Output, Output]:
    """What the tap writes as it is, and flattened."""
    shop = Shop.seeded(carts=25, seed="flat", clock=Clock(), placed=15, customers=10)
    made = []
    with Sandbox(shop) as sandbox:
        for more in ({}, FLAT):
            config = tmp_path_factory.mktemp("tap") / "config.json"
            config.write_text(json.dumps({**sandbox.config(), **more}))
            done = subprocess.run(
                [TAP, "--config", config], capture_output=True, text=True, check=True
            )
            made.append(Output(read_messages(done.stdout), text=done.stdout))
    nested, flat = made
    return nested, flat


@pytest.fixture(params=[DuckDB, PostgreSQL, JSONLines], ids=lambda kind: str(kind.name))
def loader(request: pytest.FixtureRequest, tmp_path: Path) -> Loader:
    if request.param is PostgreSQL:
        return PostgreSQL(tmp_path, fresh_database(request.getfixturevalue("postgres")))
    made: Loader = request.param(tmp_path)
    return made


def schema_of(output: Output, table: str) -> dict[str, Any]:
    (found,) = {
        json.dumps(each["schema"])
        for each in output.messages
        if each["type"] == "SCHEMA" and each["stream"] == table
    }
    schema: dict[str, Any] = json.loads(found)
    return schema


def with_numbers(row: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """A row with its decimals as such, whether a loader keeps them as text or not."""
    return {
        name: Decimal(value) if value is not None and name in decimals_in(schema) else value
        for name, value in row.items()
    }


def decimals_in(schema: dict[str, Any]) -> set[str]:
    return {
        name for name, of in schema["properties"].items() if of.get("format") == "x-singer.decimal"
    }


def test_lists_are_json_and_no_value_is_lost(runs: tuple[Output, Output]) -> None:
    nested, flat = runs
    lists = 0
    for table in TABLES:
        schema = schema_of(flat, table)
        for row, same in zip(nested.rows(table), flat.rows(table), strict=True):
            expected: dict[str, Any] = {}
            for name, value in row.items():
                if isinstance(value, dict):
                    expected |= {f"{name}__{inner}": each for inner, each in value.items()}
                else:
                    expected[name] = value
            found = with_numbers(same, schema)
            for name, value in expected.items():
                if isinstance(value, list):
                    assert isinstance(found[name], str)
                    found[name] = _exact(found[name])
                    lists += bool(value)
            # Of an object inside a flattened one depth 1 makes JSON text as well.
            assert {name: found[name] for name in expected} == expected
    assert lists > 20


def test_every_cell_is_what_the_tap_wrote(loader: Loader, runs: tuple[Output, Output]) -> None:
    _, flat = runs
    done = loader.load(flat.text)
    assert done.returncode == 0, done.stderr
    for table, key in TABLES.items():
        schema = schema_of(flat, table)
        found = {
            tuple(row[name] for name in key): with_numbers(row, schema)
            for row in loader.rows(table, schema)
        }
        expected = kept_rows(flat.rows(table), schema, list(key), loader.allowed)
        assert found.keys() == expected.keys()
        for under, (row,) in expected.items():
            assert found[under] == with_numbers(row, schema)
