"""The table that keeps what checks found, and that it leaves the file to the loader."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from tap_bigcommerce_carts.errors import WarehouseError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.findings import Check, Checked, Explained, Fault, Mode
from tap_bigcommerce_carts.verify.tables.load_checks import append
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.paths import ROOT
from tests.support.receivers import fresh_database
from tests.support.warehouse import raw
from tests.support.warehouse.engines import SCHEMA, DuckDB, PostgreSQL
from tools.loaders.plugins import loader_command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.warehouse.engines import Engine, Rows

MARCH = datetime(2026, 3, 1, 10, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)
ORDER = {"store": "one", "id": 1, "date_modified": MARCH.replace(tzinfo=None)}


def found() -> Check:
    """A check of one stream on three days, of which one had no rows, and of one that failed."""
    orders = Checked("orders", Window(MARCH, MARCH + 2 * DAY))
    orders.day(MARCH).equal += 7
    orders.explain(Explained.CONVERTED, MARCH, 2)
    orders.explain(Explained.CHANGED, MARCH)
    orders.blame(Fault.MISSING, "5", MARCH + 2 * DAY)
    # Known is which dates were to be read, and no more.
    window = Window(MARCH, MARCH + 2 * DAY)
    unread = Checked("customers", window, unverified=["It may not be read.", "Nor written."])
    return Check("one", Mode.DEEP, MARCH + 5 * DAY, (orders, unread))


def keep(engine: Engine, check: Check | None = None) -> None:
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        append(warehouse, check or found())


def kept(engine: Engine) -> Rows:
    return engine.query(f"select * from {SCHEMA}.load_checks order by stream, day")


def test_a_check_is_a_row_for_each_day_of_a_stream(engine: Engine) -> None:
    raw.fill(engine, orders=[ORDER])
    keep(engine)
    rows = kept(engine)
    (check_id,) = {row.pop("check_id") for row in rows}
    assert check_id
    shared: dict[str, Any] = {
        "store": "one",
        "checked_at": (MARCH + 5 * DAY).replace(tzinfo=None),
        "mode": "deep",
        "tap_version": version("tap-bigcommerce-carts"),
    }
    window = {
        "stream": "orders",
        "window_start": MARCH.replace(tzinfo=None),
        "window_end": (MARCH + 2 * DAY).replace(tzinfo=None),
        "unverified": None,
    }
    names = "rows_checked rows_equal rows_explained rows_at_fault explained_by_kind faults_by_kind"

    def counts(*values: Any) -> dict[str, Any]:
        return dict(zip(names.split(), values, strict=True))

    explained = '{"changed since": 1, "converted": 2}'
    assert rows == [
        {
            **shared,
            **counts(*[None] * 6),
            "stream": "customers",
            "day": date(2026, 3, 6),
            "window_start": None,
            "window_end": None,
            "unverified": "It may not be read. Nor written.",
        },
        {**shared, **window, "day": date(2026, 3, 1), **counts(10, 7, 3, 0, explained, "{}")},
        {**shared, **window, "day": date(2026, 3, 2), **counts(0, 0, 0, 0, "{}", "{}")},
        {**shared, **window, "day": date(2026, 3, 3), **counts(1, 0, 0, 1, "{}", '{"missing": 1}')},
    ]


def test_columns_have_types_that_every_warehouse_has(engine: Engine) -> None:
    raw.fill(engine, orders=[ORDER])
    keep(engine)
    types = engine.column_types("load_checks")
    texts = "check_id store stream mode explained_by_kind faults_by_kind unverified tap_version"
    assert {types[each].upper() for each in texts.split()} <= {"TEXT", "VARCHAR"}
    instants = "checked_at window_start window_end"
    assert {types[each].upper() for each in instants.split()} == {"TIMESTAMP"}
    numbers = {each for each, kind in types.items() if kind.upper() in {"BIGINT", "INT8"}}
    assert numbers == set("rows_checked rows_equal rows_explained rows_at_fault".split())
    assert types["day"].upper() == "DATE"


def test_a_later_check_is_added(engine: Engine) -> None:
    raw.fill(engine, orders=[ORDER])
    keep(engine)
    keep(engine)
    rows = kept(engine)
    assert len(rows) == 8
    assert len({row["check_id"] for row in rows}) == 2


def test_who_may_only_read_is_told_so(postgres: str) -> None:
    server = PostgreSQL(fresh_database(postgres))
    raw.fill(server, orders=[ORDER])
    reader = PostgreSQL(as_reader(server))
    with Warehouse.at(raw.address(reader), SCHEMA) as warehouse:
        assert warehouse.table("orders")
        with pytest.raises(
            WarehouseError, match=r"bigcommerce\.load_checks cannot be written: perm"
        ):
            append(warehouse, found())
    keep(server)
    with pytest.raises(WarehouseError, match="permission denied for table load_checks"):
        keep(reader)
    raw.change(server, [f"grant select, insert on {SCHEMA}.load_checks to reader"])
    keep(reader)
    assert len(kept(server)) == 8


def as_reader(server: PostgreSQL) -> str:
    """Make a user who may read what is loaded, and nothing else; return their address."""
    with psycopg.connect(server.address) as connection:
        connection.execute(
            "do $$ begin create role reader login; exception when duplicate_object then end $$"
        )
        connection.execute(f"grant usage on schema {SCHEMA} to reader".encode())
        connection.execute(f"grant select on all tables in schema {SCHEMA} to reader".encode())
    return re.sub(r"//[^@]*@", "//reader@", server.address)


def test_what_stands_in_its_place_is_told(tmp_path: Path) -> None:
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    raw.fill(engine, orders=[ORDER])
    raw.change(engine, [f"create view {SCHEMA}.load_checks as select 1 as one"])
    with pytest.raises(WarehouseError, match=r"bigcommerce\.load_checks cannot be written"):
        keep(engine)


def test_while_a_question_is_open_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_bigcommerce_carts.verify.tables.warehouse._PATIENCE", 0)
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    raw.fill(engine, orders=[ORDER])
    with (
        Warehouse.at(raw.address(engine), SCHEMA) as warehouse,
        warehouse.reading(),
        pytest.raises(WarehouseError, match="is open elsewhere"),
    ):
        append(warehouse, found())


# A check that is killed when what it found is committed, before the file is closed.
KILLED = """
import os, sys
import sqlalchemy as sa
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.verify.test_load_checks import append, found

with Warehouse.at(sys.argv[1], "bigcommerce") as warehouse:
    sa.event.listen(sa.pool.Pool, "checkin", lambda *_: os._exit(9))
    append(warehouse, found())
"""


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["", "before it closes the file"])
def test_the_loader_and_dbt_go_on_with_a_file_that_a_check_wrote(
    tmp_path: Path, killed: str
) -> None:
    engine = DuckDB(tmp_path / "warehouse.duckdb")
    log = tmp_path / "warehouse.duckdb.wal"
    load(engine, tmp_path, range(1, 3_000))
    if killed:
        command = [sys.executable, "-c", KILLED, str(engine.path)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
        assert log.exists()
    else:
        keep(engine)
        assert not log.exists()
    load(engine, tmp_path, range(2_000, 4_000))
    with_dbt = ROOT / ".meltano/utilities/dbt-duckdb/venv/bin/python"
    ask = f"import duckdb; c = duckdb.connect({str(engine.path)!r}); print(c.sql({COUNT!r}))"
    counted = subprocess.run([with_dbt, "-c", ask], check=True, capture_output=True, text=True)
    assert re.findall(r"\d+", counted.stdout)[-2:] == ["3999", "4"]
    # And back again.
    keep(engine)
    assert engine.query(COUNT) == [{"orders": 3999, "checks": 8}]


COUNT = f"""
    select (select count(distinct id) from {SCHEMA}.orders)::int as orders,
        (select count(*) from {SCHEMA}.load_checks)::int as checks
"""


def load(engine: DuckDB, folder: Path, ids: range) -> None:
    """Load orders as Meltano does, with the loader and the DuckDB that are pinned for it."""
    fields = {
        "store": {"type": "string"},
        "id": {"type": "integer"},
        "date_modified": {"type": "string", "format": "date-time"},
        "total_inc_tax": {"type": "number"},
    }
    schema = {"properties": fields}
    given = [{"type": "SCHEMA", "stream": "orders", "schema": schema, "key_properties": KEY}]
    given += [
        {
            "type": "RECORD",
            "stream": "orders",
            "record": dict(zip(fields, ("one", each, "2026-03-01T10:00:00Z", 1.25), strict=True)),
        }
        for each in ids
    ]
    config = folder / "loader.json"
    config.write_text(json.dumps(engine.config()))
    lines = "\n".join(map(json.dumps, given))
    loaded = subprocess.run(
        [loader_command(engine.loader), "--config", config],
        input=lines,
        text=True,
        capture_output=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr


KEY = ["store", "id"]
