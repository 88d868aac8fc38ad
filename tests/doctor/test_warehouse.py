"""Can the warehouse be read and written, what was loaded there, and are there marts?"""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest

from tests.support.receivers import fresh_database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox
    from tests.support.examining import Ended

pytestmark = pytest.mark.slow
JSON = "--format=json"
WAREHOUSE, WRITING, TABLES, MARTS = "warehouse", "warehouse writing", "tables", "marts"
LOADED = (
    "create schema bigcommerce",
    "create table bigcommerce.orders (store text, id bigint, date_modified timestamp)",
    "insert into bigcommerce.orders values ('sandbox1', 1, '2026-02-01 10:00:00')",
    "insert into bigcommerce.orders values ('another', 2, '2026-02-03 10:00:00')",
)
MADE = ("create schema analytics", "create table analytics.cart_outcomes (cart_key text)")
HELD = """
import sys, duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def examine(store: Sandbox, doctor: Callable[..., Ended]) -> Callable[..., Ended]:
    """Examine a warehouse."""

    def examined(warehouse: object, *more: str, **settings: Any) -> Ended:
        config = {**store.config(), **settings}
        return doctor(JSON, f"--warehouse={warehouse}", *more, config=config)

    return examined


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file that was loaded."""
    made = tmp_path / "warehouse.duckdb"
    with duckdb.connect(made) as connection:
        for each in LOADED:
            connection.execute(each)
    return made


def test_a_file_that_was_loaded_is_read_and_stays_as_it_is(
    file: Path, examine: Callable[..., Ended]
) -> None:
    before = file.read_bytes()
    ended = examine(file)
    assert file.read_bytes() == before
    assert list(file.parent.glob("*.wal")) == []
    assert ended.verdicts()[WAREHOUSE] == ended.verdicts()[WRITING] == "fine"
    # The newest of this store.
    assert "`orders`; the newest change that was loaded is of 2026-02-01 10:00 (UTC)" in (
        ended.said(TABLES)
    )
    assert ended.verdicts()[MARTS] == "note"
    assert "no row of this store" in examine(file, store_name="nobody").said(TABLES)
    with duckdb.connect(file) as connection:
        connection.execute("alter table bigcommerce.orders add column _sdc_batched_at timestamp")
        connection.execute("update bigcommerce.orders set _sdc_batched_at = '2026-02-07 01:02:03'")
        for each in MADE:
            connection.execute(each)
    ended = examine(file)
    assert "the newest load was at 2026-02-07 01:02" in ended.said(TABLES)
    assert ended.verdicts()[MARTS] == "fine"
    assert "analytics" in ended.said(MARTS)
    assert ended.code == 0


def test_a_file_that_is_not_there_is_made_by_the_first_load(
    tmp_path: Path, examine: Callable[..., Ended]
) -> None:
    ended = examine(tmp_path / "new.duckdb")
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (0, "note")
    assert not (tmp_path / "new.duckdb").exists()
    ended = examine(tmp_path / "nowhere" / "new.duckdb")
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")
    assert str(tmp_path) not in ended.out


def test_a_file_that_is_open_elsewhere_is_not_known(
    file: Path, examine: Callable[..., Ended]
) -> None:
    """A load may have it; it is not waited for."""
    command = [sys.executable, "-c", HELD, str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "held\n"
        ended = examine(file)
        other.communicate()
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (3, "not known")
    assert WRITING not in ended.verdicts()


def test_what_is_no_database_is_a_fault(tmp_path: Path, examine: Callable[..., Ended]) -> None:
    file = tmp_path / "warehouse.duckdb"
    file.write_text("no database\n" * 1000)
    ended = examine(file)
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")
    ended = examine("snowflake://somebody:a-password-c0ffee@account/database")
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")
    assert "a-password-c0ffee" not in ended.out
    ended = examine("postgresql://somebody:a-password-c0ffee@127.0.0.1:9/database")
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")
    assert "a-password-c0ffee" not in ended.out
    assert "somebody" not in ended.out


def test_where_none_is_named_none_is_looked_for(
    store: Sandbox, doctor: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    assert doctor(JSON, config=store.config()).verdicts()[WAREHOUSE] == "not checked"
    monkeypatch.setenv("TARGET_DUCKDB_PATH", str(file))
    assert doctor(JSON, config=store.config()).verdicts()[WAREHOUSE] == "fine"
    monkeypatch.setenv("TARGET_POSTGRES_HOST", "127.0.0.1")
    monkeypatch.setenv("TARGET_POSTGRES_DATABASE", "warehouse")
    ended = doctor(JSON, config=store.config())
    assert ended.verdicts()[WAREHOUSE] == "not checked"
    assert "--loader" in ended.said(WAREHOUSE)
    monkeypatch.setenv("TARGET_POSTGRES_PORT", "five")
    ended = doctor(JSON, config=store.config())
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")


def test_a_role_of_postgres_without_rights_is_told_which_it_lacks(
    postgres: str, examine: Callable[..., Ended]
) -> None:
    address = fresh_database(postgres)

    def change(*statements: str) -> None:
        with psycopg.connect(address) as connection:
            for each in statements:
                connection.execute(each.encode())

    change("do $$ begin create role loader login; exception when duplicate_object then end $$")
    loader = re.sub(r"//[^@]*@", "//loader@", address)
    # It may make no schema; then none of its tables; then write none that is there.
    ended = examine(loader)
    assert (ended.code, ended.verdicts()[WRITING]) == (1, "fault")
    assert ended.verdicts()[TABLES] == "note"
    assert "permission denied for database" in ended.said(WRITING)
    change(*LOADED, "grant usage on schema bigcommerce to loader")
    ended = examine(loader)
    assert (ended.code, ended.verdicts()[WAREHOUSE]) == (1, "fault")
    assert "permission denied for table orders" in ended.out
    change("grant select on bigcommerce.orders to loader")
    ended = examine(loader)
    assert ended.verdicts()[TABLES] == "fine"
    assert "permission denied for schema bigcommerce" in ended.said(WRITING)
    change("grant create on schema bigcommerce to loader")
    ended = examine(loader)
    assert "permission denied for table orders" in ended.said(WRITING)
    change("grant all on bigcommerce.orders to loader")
    ended = examine(loader)
    assert (ended.code, ended.verdicts()[WRITING]) == (0, "fine")
    with psycopg.connect(address) as connection:
        asked = "select count(*) from pg_tables where tablename like 'doctor%'"
        assert connection.execute(asked).fetchone() == (0,)


def test_a_time_with_a_zone_is_told_in_utc(postgres: str, examine: Callable[..., Ended]) -> None:
    address = fresh_database(postgres)
    with psycopg.connect(address) as connection:
        for each in LOADED:
            connection.execute(each.replace("modified timestamp", "modified timestamptz").encode())
        connection.execute(
            "do $$ begin execute format('alter database %I set timezone to %L', "
            "current_database(), 'America/New_York'); end $$"
        )
        connection.execute("update bigcommerce.orders set date_modified = '2026-02-01 23:30Z'")
    assert "2026-02-01 23:30 (UTC)" in examine(address).said(TABLES)


def test_a_table_that_a_load_holds_is_not_waited_for(
    postgres: str, examine: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tap_bigcommerce_carts.doctor.warehouse._PATIENCE", 1)
    address = fresh_database(postgres)
    with psycopg.connect(address) as connection:
        for each in LOADED:
            connection.execute(each.encode())
    with psycopg.connect(address) as connection:
        connection.execute("lock table bigcommerce.orders in access exclusive mode")
        ended = examine(address)
    assert (ended.code, ended.verdicts()[WRITING]) == (3, "not known")
    assert "not found out within 1 s" in ended.said(TABLES)
    assert ended.verdicts()[MARTS] == "note"


def test_a_schema_that_is_not_there_is_made_and_taken_back(
    postgres: str, examine: Callable[..., Ended]
) -> None:
    address = fresh_database(postgres)
    ended = examine(address, "--schema=landing")
    assert (ended.code, ended.verdicts()[WRITING]) == (0, "fine")
    assert "landing" in ended.said(WRITING)
    with psycopg.connect(address) as connection:
        asked = "select count(*) from pg_namespace where nspname = 'landing'"
        assert connection.execute(asked).fetchone() == (0,)
