"""What is read of a warehouse: the same, whatever a loader made of the columns."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tap_bigcommerce_carts.errors import WarehouseError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.tap import INBOX_STREAMS, STREAMS
from tap_bigcommerce_carts.verify.tables import warehouse as module
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.warehouse import raw
from tests.support.warehouse.engines import SCHEMA, DuckDB, PostgreSQL

if TYPE_CHECKING:
    from pathlib import Path

    from tap_bigcommerce_carts.singer.stream import StoreStream
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tests.support.warehouse.engines import Engine

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)
MONTH = Window(MARCH, MARCH + 30 * DAY)


def order(number: int, at: datetime, store: str = "one", **more: Any) -> dict[str, Any]:
    return {"store": store, "id": number, "date_modified": at.replace(tzinfo=None), **more}


def table_of(warehouse: Warehouse, stream: str = "orders") -> Table:
    found = warehouse.table(stream)
    assert found
    return found


def test_rows_of_a_window_have_both_its_ends(engine: Engine) -> None:
    start, end = MARCH + HOUR, MARCH + 3 * DAY + HOUR
    raw.fill(
        engine,
        orders=[
            order(1, end + SECOND),
            order(2, end),
            order(4, start + 3 * HOUR, total_inc_tax="12.34"),
            order(10, start),
            order(3, start - SECOND),
            order(5, MARCH + DAY),
            order(6, MARCH + DAY - SECOND),
            order(7, start, store="two"),
        ],
    )
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        asked = table_of(warehouse).rows(
            "one", Window(start, end), ("id", "date_modified", "total_inc_tax")
        )
        assert sorted(asked) == [
            (2, end, None),
            (4, start + 3 * HOUR, Decimal("12.34")),
            (5, MARCH + DAY, None),
            (6, MARCH + DAY - SECOND, None),
            (10, start, None),
        ]


@pytest.mark.parametrize(
    ("number", "instant", "amount"),
    [
        ("bigint", "timestamp with time zone", "decimal(20, 4)"),
        ("decimal(38, 0)", "timestamp", "double precision"),
        ("text", "text", "text"),
    ],
)
def test_whatever_the_loader_made_of_a_column_it_is_read_alike(
    engine: Engine, number: str, instant: str, amount: str
) -> None:
    engine.empty()
    written = ["2026-03-01T23:59:59Z", "2026-03-02T00:00:00+00:00", "2026-03-02 12:00:00+00"]
    if instant == "timestamp":
        # A database that is told of a zone would have to be in it.
        written = [each[:19] for each in written]
    written.append("2026-04-01 00:00:00")
    values = [
        f"'one', '{id_}', '{at}', '10.10'" for id_, at in zip((10, 9, 100, 1), written, strict=True)
    ]
    columns = f"store text, id {number}, date_modified {instant}, total_inc_tax {amount}"
    statements = [
        f"create schema {SCHEMA}",
        f"create table {SCHEMA}.orders ({columns})",
        *(f"insert into {SCHEMA}.orders values ({each})" for each in values),
    ]
    if isinstance(engine, PostgreSQL):
        statements.insert(0, "set time zone 'America/New_York'")
    raw.change(engine, statements)
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        table = table_of(warehouse)
        asked = ("id", "date_modified", "total_inc_tax")
        found = sorted(table.rows("one", MONTH, asked))
        paid = Decimal("10.1")
        assert found == [
            (9, MARCH + DAY, paid),
            (10, MARCH + DAY - SECOND, paid),
            (100, MARCH + DAY + 12 * HOUR, paid),
        ]
        assert [type(each) for each in found[0]] == [int, datetime, Decimal]
        assert table.of_keys("one", [9, 100], ("id",)) == {9: (9,), 100: (100,)}
        assert table.is_inexact("total_inc_tax") is (amount == "double precision")
        # Days are cut where the window is, also where a date is text.
        half = Window(MARCH + DAY - SECOND, MARCH + DAY)
        assert sorted(each for each, *_ in table.rows("one", half, asked)) == [9, 10]


def test_names_may_be_in_upper_case(engine: Engine) -> None:
    engine.empty()
    raw.change(
        engine,
        [
            'create schema "RAW"',
            'create table "RAW"."ORDERS" ("STORE" text, "ID" bigint, "DATE_MODIFIED" timestamp)',
            """insert into "RAW"."ORDERS" values ('one', 7, '2026-03-01 10:00:00')""",
        ],
    )
    with Warehouse.at(raw.address(engine), "raw") as warehouse:
        table = table_of(warehouse)
        assert table.columns == {"store", "id", "date_modified"}
        assert list(table.rows("one", MONTH, ("id",))) == [(7,)]


def test_a_stream_map_may_give_the_table_another_name(engine: Engine) -> None:
    raw.fill(engine, orders=[order(1, MARCH)])
    raw.change(engine, [f"alter table {SCHEMA}.orders rename to sales"])
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        assert warehouse.table("orders") is None
        table = warehouse.table("orders", named="sales")
        assert table
        assert list(table.rows("one", MONTH, ("id",))) == [(1,)]


def test_keys_are_looked_up_however_many_they_are(engine: Engine) -> None:
    raw.fill(engine, orders=[order(each, MARCH, status_id=each % 3) for each in range(1, 1_203)])
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        found = table_of(warehouse).of_keys("one", range(2, 5_000), ("status_id",))
        assert found == {each: (each % 3,) for each in range(2, 1_203)}
        assert table_of(warehouse).of_keys("one", [], ("status_id",)) == {}


@pytest.mark.parametrize("made", ["numeric(38)", "double precision", "varchar(40)"])
def test_keys_are_found_in_a_column_of_any_type(engine: Engine, made: str) -> None:
    raw.fill(engine, orders=[order(1, MARCH), order(2, MARCH)])
    raw.change(engine, [f"alter table {SCHEMA}.orders alter column id type {made}"])
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        found = table_of(warehouse).of_keys("one", ["2", "3", "x", str(10**40)], ("store",))
        assert found == {2: ("one",)}


def test_rows_without_a_date_and_rows_under_one_key_are_told(engine: Engine) -> None:
    raw.fill(engine, orders=[order(1, MARCH), order(2, MARCH), order(3, MARCH)])
    raw.change(
        engine,
        [
            f"create table {SCHEMA}.kept as select * from {SCHEMA}.orders",
            f"drop table {SCHEMA}.orders",
            f"alter table {SCHEMA}.kept rename to orders",
            f"insert into {SCHEMA}.orders select * from {SCHEMA}.orders where id = 2",
            f"update {SCHEMA}.orders set date_modified = null where id = 3",
        ],
    )
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        table = table_of(warehouse)
        assert list(table.undated("one", ["id"])) == [(3,)]
        assert table.repeated("one", MONTH) == [2]
        assert table.repeated("one", Window(MARCH + DAY, MARCH + 2 * DAY)) == []


def test_a_row_that_stands_there_again_is_told(engine: Engine) -> None:
    def sold(number: int, cart: str | None, store: str = "one") -> dict[str, Any]:
        return order(number, MARCH, store, cart_id=cart, total_inc_tax="5.00")

    raw.fill(
        engine,
        orders=[
            sold(1, "a"),
            sold(2, "a"),
            sold(3, "b"),
            sold(4, None),
            sold(5, None),
            sold(6, "c"),
            sold(6, "c", store="two"),
        ],
    )
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        doubled = table_of(warehouse).doubles_of(
            "one", [1, 3, 4, 5, 6], ("cart_id", "total_inc_tax")
        )
        # A store that has two names has each row twice.
        assert doubled == {1: {2}}


def test_the_newest_row_of_a_store_is_told(engine: Engine) -> None:
    raw.fill(
        engine, orders=[order(1, MARCH + DAY), order(2, MARCH), order(3, MARCH + 2 * DAY, "two")]
    )
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        assert table_of(warehouse).newest("one") == MARCH + DAY
        assert table_of(warehouse).newest("three") is None
        assert list(table_of(warehouse).rows("three", MONTH, ("id",))) == []


def test_what_is_not_there_is_named(engine: Engine) -> None:
    raw.fill(engine, orders=[order(1, MARCH)])
    with pytest.raises(WarehouseError, match="no schema elsewhere"):
        opened(raw.address(engine), "elsewhere")
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        assert warehouse.table("customers") is None
        with pytest.raises(WarehouseError, match="orders has no column status_id"):
            list(table_of(warehouse).rows("one", MONTH, ("status_id",)))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("nowhere.duckdb", r"no DuckDB file nowhere\.duckdb"),
        ("host=db user=me password=s3cret", "address cannot be read"),
        ("me:s3cret@127.0.0.1/x", "address cannot be read"),
        ("postgresql://me:s3cret@127.0.0.1:1/x", "cannot be read: .*127.0.0.1"),
        ("postgresql://me:s3cret@127.0.0.1:port/x", "address cannot be read"),
        ("postgresql://me:s3@cret@127.0.0.1/x", "Write an @"),
        ("oracle+s3cret://me:s3cret@127.0.0.1/x", "no driver"),
        ("cockroachdb://me:s3cret@127.0.0.1/x", "no driver for cockroachdb"),
    ],
)
def test_an_address_that_leads_nowhere_is_a_sentence_without_password(
    address: str, words: str
) -> None:
    with pytest.raises(WarehouseError, match=words) as raised:
        opened(address)
    assert "s3cret" not in str(raised.value).replace("+s3cret", "")


def opened(address: str, schema: str = SCHEMA) -> None:
    with Warehouse.at(address, schema):
        pass


def test_a_wrong_password_is_not_repeated(postgres: str) -> None:
    address = postgres.replace("postgresql://postgres:@", "postgresql://nobody:s3cret@")
    with pytest.raises(WarehouseError) as raised:
        opened(address)
    assert "s3cret" not in str(raised.value)


def test_something_else_than_a_duckdb_file_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("carts " * 2_000)
    with pytest.raises(WarehouseError, match=r"cannot be read: .*not a valid DuckDB"):
        opened(str(file))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A DuckDB file with one order."""
    made = DuckDB(tmp_path / "warehouse.duckdb")
    raw.fill(made, orders=[order(1, MARCH)])
    return made.path


def test_between_two_questions_a_load_can_write(file: Path) -> None:
    with Warehouse.at(str(file), SCHEMA) as warehouse:
        table = table_of(warehouse)
        assert list(table.rows("one", MONTH, ("id",))) == [(1,)]
        with duckdb.connect(file) as loader:
            loader.execute(f"update {SCHEMA}.orders set id = 2")
        assert list(table.rows("one", MONTH, ("id",))) == [(2,)]


HOLD = """
import duckdb, sys
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("patience", [30, 0])
def test_a_file_that_a_load_has_open_is_waited_for_and_then_told(
    file: Path, patience: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", patience)
    command = [sys.executable, "-c", HOLD, str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as load:
        assert load.stdin
        assert load.stdout
        load.stdout.readline()
        monkeypatch.setattr("time.sleep", lambda _: load.communicate())
        if patience:
            opened(str(file))
        else:
            with pytest.raises(WarehouseError, match="is open elsewhere, as by a load"):
                opened(str(file))
            load.communicate()


@pytest.mark.parametrize(
    "stream", dict.fromkeys(sum(STREAMS.values(), INBOX_STREAMS)), ids=lambda each: each.name
)
def test_every_stream_has_a_key(file: Path, stream: type[StoreStream]) -> None:
    with Warehouse.at(str(file), SCHEMA) as warehouse:
        table = warehouse.table(vars(stream)["name"], named="orders")
        assert table
        assert ("store", *table.key) == vars(stream)["primary_keys"]
