"""Two loads of a shop that changes between them, through every loader: every cell is the tap's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import DEFAULT_STREAMS, Clock, read_messages
from tests.support.paths import ROOT
from tests.support.receivers import fresh_database
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox
from tests.support.warehouse.story import change
from tools.loaders.allowances import kept_rows
from tools.loaders.tables import (
    CSV,
    LOADERS,
    DuckDB,
    JSONLines,
    Loader,
    PostgreSQL,
    every_loader,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TAP = Path(sys.executable).with_name("tap-bigcommerce-carts")
# A file of texts has no place for what is nested: there the tap makes columns of it.
FLAT = {"flattening_enabled": True, "flattening_max_depth": 1}
# By which staging finds the newest row, where a loader only appends. JSON Lines are as the tap's.
NOTES = set(re.findall(r"'(_sdc_\w+)'", (ROOT / "transform/macros/newest.sql").read_text()))


@dataclass
class Runs:
    """What two runs of the tap wrote, the second one after the shop had changed."""

    texts: list[str] = field(default_factory=list)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    schemas: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)

    def go_on(self, settings: dict[str, Any], folder: Path) -> None:
        """Run the tap from where it was."""
        config, state = folder / "config.json", folder / "state.json"
        config.write_text(json.dumps(settings))
        state.write_text(json.dumps(self.state))
        command: list[str | Path] = [TAP, "--config", config, "--state", state]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        self.texts.append(done.stdout)
        for message in read_messages(done.stdout):
            match message["type"]:
                case "RECORD":
                    self.records[message["stream"]].append(message["record"])
                case "SCHEMA":
                    self.schemas[message["stream"]] = message["schema"]
                    self.keys[message["stream"]] = message["key_properties"]
                case "STATE":
                    self.state = message["value"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Runs]:
    """What the tap wrote, as it is and flattened."""
    clock = Clock()
    shop = Shop.seeded(carts=40, seed="every loader", clock=clock, placed=30, customers=20)
    made = {"nested": Runs(), "flat": Runs()}
    folder = tmp_path_factory.mktemp("runs")
    url = f"sqlite:///{folder / 'inbox.db'}"
    with Sandbox(shop) as sandbox, closing(Inbox(sandbox, url)):
        settings = sandbox.config() | {"inbox_url": url}
        for number in range(2):
            if number:
                change(shop, clock)
                clock.advance(hours=6)
                shop.carts.notice()
            shop.carts.live(20, number, hours=6)
            made["nested"].go_on(settings, folder)
            made["flat"].go_on(settings | FLAT, folder)
    return made


@pytest.fixture(scope="module")
def loaders(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[list[Loader]]:
    with every_loader(tmp_path_factory.mktemp("loaders"), fresh_database(postgres)) as there:
        yield there


@pytest.mark.parametrize("kind", LOADERS, ids=lambda kind: kind.name)
def test_every_cell_is_what_the_tap_wrote(
    kind: type[Loader], loaders: list[Loader], runs: dict[str, Runs]
) -> None:
    (loader,) = (each for each in loaders if isinstance(each, kind))
    read = runs["flat" if kind is CSV else "nested"]
    for text in read.texts:
        done = loader.load(text)
        assert done.returncode == 0, done.stderr
    for table, key in read.keys.items():
        if loader.allowed.appends and kind is not JSONLines:
            assert loader.types(table).keys() >= NOTES
        schema = read.schemas[table]
        found: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
        for row in loader.rows(table, schema):
            found[tuple(row[name] for name in key)].append(row)
        expected = kept_rows(read.records[table], schema, key, loader.allowed)
        assert found.keys() == expected.keys()
        for under, rows in expected.items():
            assert in_any_order(found[under]) == in_any_order(rows)


def in_any_order(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True, default=str))


def test_the_second_run_changes_rows_of_the_first(runs: dict[str, Runs]) -> None:
    """Else nothing above would tell an upsert from an addition."""
    read = runs["nested"]
    assert read.keys.keys() == {*DEFAULT_STREAMS, CARTS, LINES, LOG}
    for table, key in read.keys.items():
        # What happened stays as it is.
        if table == LOG:
            continue
        rows = read.records[table]
        assert len({tuple(row[name] for name in key) for row in rows}) < len(rows)


def test_what_is_not_allowed_for_is_noticed(runs: dict[str, Runs]) -> None:
    (table, key), schema = ("orders", ["store", "id"]), runs["nested"].schemas["orders"]
    records = runs["nested"].records[table]
    exact = kept_rows(records, schema, key, PostgreSQL.allowed)
    assert exact != kept_rows(records, schema, key, DuckDB.allowed)
    assert exact != kept_rows(records, schema, key, JSONLines.allowed)
