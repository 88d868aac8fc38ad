"""What mends a warehouse: which dates are loaded again, what is deleted; and that it does so."""

from __future__ import annotations

import json
import subprocess
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import yaml
from rich.console import Console

from tap_bigcommerce_carts.errors import UnverifiedError
from tap_bigcommerce_carts.load.project import Project
from tap_bigcommerce_carts.load.stores import Secrets, Store
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.verify.check import Asked
from tap_bigcommerce_carts.verify.findings import Check, Checked, Fault, Mode
from tap_bigcommerce_carts.verify.one import Checking
from tap_bigcommerce_carts.verify.places import Place as Whereabouts
from tap_bigcommerce_carts.verify.repair import Repairing, plan
from tap_bigcommerce_carts.verify.shown import Outcome
from tap_bigcommerce_carts.verify.stores import Chosen
from tap_bigcommerce_carts.verify.tables.deletions import delete
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.documents.markdown import blocks
from tests.support.stores import Place, place, sandbox, token_of
from tests.support.warehouse import raw
from tests.support.warehouse.engines import SCHEMA, PostgreSQL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.verify.lines.again import LineReader
    from tests.support.warehouse.engines import Engine

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def check_of(*streams: Checked) -> Check:
    return Check("acme", Mode.KEYS, START + 90 * DAY, streams)


def blamed(*faults: tuple[Fault, str, datetime], stream: str = "orders") -> Checked:
    """A stream with some faults."""
    found = Checked(stream)
    for each in faults:
        found.blame(*each)
    return found


def test_days_near_each_other_are_loaded_together() -> None:
    orders = blamed(
        (Fault.MISSING, "1", START),
        (Fault.STALE, "2", START + HOUR),
        (Fault.AMOUNT, "3", START + DAY),
        (Fault.AMOUNT, "4", START + 10 * DAY),
    )
    carts = blamed((Fault.DATE, "9", START + 2 * DAY), stream="abandoned_carts")
    planned = plan(check_of(orders, carts))
    assert planned.loads == (
        Window(START, START + 2 * DAY),
        Window(START + 10 * DAY, START + 10 * DAY),
    )
    assert planned.spare == {}


def test_many_dates_far_apart_are_a_few_loads_whose_gaps_are_the_widest() -> None:
    faults = [(Fault.MISSING, str(number), START + number**2 * DAY) for number in range(4, 16)]
    planned = plan(check_of(blamed(*faults)))
    assert len(planned.loads) == 8
    assert planned.loads[0] == Window(START + 16 * DAY, START + 64 * DAY)
    for _, _, moment in faults:
        assert any(each.lower <= moment <= each.upper for each in planned.loads)


def test_only_what_loading_leaves_alone_is_deleted() -> None:
    orders = blamed((Fault.EXTRA, "7", START), (Fault.STATUS, "8", START))
    orders.day(START).equal = 8
    lines = blamed((Fault.DOUBLED_LINES, "5", START), stream="abandoned_cart_line_items")
    assert plan(check_of(orders, lines)).spare == {
        "orders": {"7": START},
        "abandoned_cart_line_items": {"5": START},
    }


def test_another_stores_rows_are_not_deleted() -> None:
    """With the settings of the wrong store nearly all rows look as if they did not belong."""
    orders = blamed(*((Fault.EXTRA, str(number), START) for number in range(101)))
    orders.day(START).equal = 400
    with pytest.raises(UnverifiedError, match="101 of 501 rows of orders are not the store's"):
        plan(check_of(orders))
    orders.day(START).equal = 500
    assert len(plan(check_of(orders)).spare["orders"]) == 101


def test_a_small_stores_rows_are_not_deleted_either() -> None:
    with pytest.raises(UnverifiedError, match="1 of 1 rows of customers are not the store's"):
        plan(check_of(blamed((Fault.EXTRA, "1", START), stream="customers")))


AT, BEFORE, AFTER = (datetime(2026, 3, day, tzinfo=UTC) for day in (2, 1, 3))
ROWS, LINES = f"{SCHEMA}.abandoned_carts", f"{SCHEMA}.abandoned_cart_line_items"


def line(cart: str, number: int, on: datetime = AT, store: str = "acme") -> dict[str, Any]:
    date = on.replace(tzinfo=None)
    return {"store": store, "id": number, "abandoned_cart_id": cart, "cart_date_modified": date}


def carts(*keys: str, on: datetime = AT, store: str = "acme") -> list[dict[str, Any]]:
    date = on.replace(tzinfo=None)
    return [{"store": store, "id": key, "date_modified": date} for key in keys]


def deleted(
    engine: Engine, stream: str, keys: dict[str, datetime], read: LineReader | None = None
) -> list[str]:
    """Delete, and return of which keys something was."""
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        return sorted(delete(warehouse, {stream: keys}, "acme", {}, read).get(stream, {}))


def ids(engine: Engine, table: str) -> list[Any]:
    return [row["id"] for row in engine.query(f"select id from {table} order by id")]


def kept(engine: Engine) -> list[tuple[str, Any]]:
    """What was put aside."""
    rows = engine.query(f"select stream, key, deleted_row from {SCHEMA}.load_repairs order by key")
    return [(row["key"], json.loads(row["deleted_row"])["id"]) for row in rows]


def test_of_lines_only_those_are_deleted_that_the_store_does_not_have(engine: Engine) -> None:
    raw.fill(
        engine,
        abandoned_carts=[
            *carts("10", "11", "13", "14"),
            *carts("10", store="other"),
            *carts("15", on=AFTER),
        ],
        abandoned_cart_line_items=[
            # One of before, the store's, two strange ones, of which one is of a later date.
            *(line("10", number, on) for number, on in enumerate((BEFORE, AT, AT, AFTER))),
            line("11", 4),
            line("10", 5, store="other"),
            line("12", 6),
            # One is lost of a cart that was paid since.
            line("13", 7),
            line("13", 8),
            # A load brought these since the check.
            line("15", 9, AFTER),
            line("15", 10, AFTER),
        ],
    )
    asked: list[tuple[str, datetime]] = []

    def read(cart: str, on: datetime) -> dict[int, Any] | None:
        asked.append((cart, on))
        return {("10", AT): {1: None, 99: None}, ("12", AT): {}}.get((cart, on))

    keys = {"10": AFTER, "12": AT, "13": AT, "15": AT}
    assert deleted(engine, "abandoned_cart_line_items", keys, read) == ["10", "12"]
    assert asked == [("10", AT), ("12", AT), ("13", AT), ("15", AFTER)]
    assert ids(engine, LINES) == [0, 1, 4, 5, 7, 8, 9, 10]
    assert kept(engine) == [("10, 2", 2), ("10, 3", 3), ("12, 6", 6)]
    # There is nothing to do any more.
    assert deleted(engine, "abandoned_cart_line_items", keys, read) == []


def test_of_lines_that_are_twice_one_stays_though_the_store_is_not_asked(engine: Engine) -> None:
    raw.fill(
        engine,
        abandoned_carts=carts("10"),
        abandoned_cart_line_items=[line("10", 1), line("10", 1), line("10", 1), line("10", 2)],
    )
    assert deleted(engine, "abandoned_cart_line_items", {"10": AT}) == ["10"]
    assert ids(engine, LINES) == [1, 2]
    assert kept(engine) == [("10, 1", 1), ("10, 1", 1)]


def test_of_rows_with_one_key_the_latest_stays(engine: Engine) -> None:
    raw.fill(
        engine,
        abandoned_carts=[
            *carts("1", "1", "2", "3", "4"),
            *carts("1", on=AFTER),
            *carts("2", store="other"),
        ],
    )
    keys = {"1": AFTER, "2": AT, "4": BEFORE}
    # The fourth is not the one any more that was looked at.
    assert deleted(engine, "abandoned_carts", keys) == ["1", "2"]
    left = engine.query(f"select store, id, date_modified from {ROWS} order by id, store")
    assert [(row["store"], row["id"], row["date_modified"].day) for row in left] == [
        ("acme", "1", 3),
        ("other", "2", 2),
        ("acme", "3", 2),
        ("acme", "4", 2),
    ]
    assert kept(engine) == [("1", "1"), ("1", "1"), ("2", "2")]


def test_what_was_deleted_comes_back_as_the_document_says(postgres: str) -> None:
    engine = PostgreSQL(postgres)
    engine.empty()
    order = {"store": "acme", "id": 1, "total_inc_tax": Decimal("1.2000"), "is_deleted": False}
    raw.fill(engine, orders=[order])
    before = engine.query(f"select * from {SCHEMA}.orders")
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        assert delete(warehouse, {"orders": {"1": START}}, "acme", {}, None)
    assert not engine.query(f"select * from {SCHEMA}.orders")
    (repair,) = engine.query(f"select repair_id from {SCHEMA}.load_repairs")
    (block,) = (each for each in blocks("sql") if "load_repairs" in each.text)
    raw.change(engine, [block.text.replace("…", str(repair["repair_id"]))])
    assert engine.query(f"select * from {SCHEMA}.orders") == before


def test_a_table_of_another_name_is_found_by_its_stream_map(engine: Engine) -> None:
    raw.fill(engine, orders=[{"store": "acme", "id": 1}])
    raw.change(engine, [f"alter table {SCHEMA}.orders rename to sales"])
    maps = {"stream_maps": {"orders": {"__alias__": "sales"}}}
    with Warehouse.at(raw.address(engine), SCHEMA) as warehouse:
        delete(warehouse, {"orders": {"1": START}}, "acme", maps)
    assert not engine.query(f"select 1 from {SCHEMA}.sales")


def planned(engine: Engine, check: Check, **chosen: Any) -> tuple[Outcome, str]:
    """Plan the repair of a store; return what came of it, and what was said."""
    settings = {"store_hash": "abc", "access_token": "x", "store_name": "acme"}
    where = Whereabouts(raw.address(engine), SCHEMA, "target-duckdb")
    said = Console(file=StringIO(), width=200)
    repairing = Repairing(Checking(where, Asked()), Project(Path()), None, do=False)
    store = Chosen(Store("acme", settings), **chosen)
    outcome = repairing.repair(store, Outcome("acme", check), said)
    assert isinstance(said.file, StringIO)
    return outcome, said.file.getvalue()


def test_nothing_is_loaded_into_a_warehouse_that_lacks_a_table(engine: Engine) -> None:
    """The loader would make it, and the next check be content with what was loaded."""
    raw.fill(engine, orders=[{"store": "acme", "id": 1}])
    check = check_of(blamed((Fault.STATUS, "1", START)))
    state: dict[str, Any] = {
        "bookmarks": {"orders": {}, "customers": {}, "abandoned_cart_settings": {}}
    }
    outcome, said = planned(engine, check, state=state)
    assert outcome.failure is not None
    assert outcome.failure.startswith("The warehouse has no table of customers: load all first")
    assert said == ""
    outcome, _ = planned(engine, check_of(*check.streams, Checked("abandoned_carts")), state={})
    assert outcome.failure is not None
    assert "no table of abandoned_carts" in outcome.failure


def test_a_plan_says_the_commands_that_load(engine: Engine) -> None:
    raw.fill(engine, orders=[{"store": "acme", "id": 1}])
    check = check_of(blamed((Fault.STATUS, "1", START)))
    _, said = planned(engine, check, secrets=Secrets())
    bounds = ("2026-03-01T12:00:00Z", "2026-03-01T12:00:01Z")
    dates = "--from {} --to {}".format(*bounds)
    assert f"  bigcommerce-carts load acme {dates} --full-refresh\n" in said
    _, said = planned(engine, check)
    variables = "TAP_BIGCOMMERCE_CARTS_START_DATE={} TAP_BIGCOMMERCE_CARTS_END_DATE={}"
    run = "meltano run --full-refresh --state-id-suffix=acme.repair tap-bigcommerce-carts"
    assert f"  {variables.format(*bounds)} {run} target-duckdb\n" in said


# All in a few days, so that a load or two will do.
DAMAGES = """
    create temp table some_orders as select * from bigcommerce.orders
        where date_modified between '2026-02-10' and '2026-02-24';
    create temp table some_carts as select * from bigcommerce.abandoned_carts
        where date_modified between '2026-02-10' and '2026-02-24';
    delete from bigcommerce.orders where id in
        (select id from some_orders order by id desc limit 2);
    insert into bigcommerce.orders
        select (jsonb_populate_record(o, '{"id": 900001}')).* from bigcommerce.orders as o
        where id = (select min(id) from some_orders);
    update bigcommerce.abandoned_carts set total_inc_tax = total_inc_tax + 0.01
        where id = (select min(id) from some_carts);
    insert into bigcommerce.abandoned_cart_line_items
        select (jsonb_populate_record(l, '{"id": 900001}')).*
        from bigcommerce.abandoned_cart_line_items as l
        where abandoned_cart_id = (select max(id) from some_carts) limit 1;
    delete from bigcommerce.abandoned_cart_line_items
        where abandoned_cart_id = (select min(id) from some_carts)
"""
SETTLED = "date_modified between '2026-02-10' and '2026-02-24'"
TABLES = ("orders", "abandoned_carts", "abandoned_cart_line_items", "customers")
STREAMS = "orders,abandoned_carts,abandoned_cart_line_items"


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Place]:
    """A store that Meltano loaded into PostgreSQL."""
    with ExitStack() as stack:
        made = place(tmp_path_factory.mktemp("shops"), postgres)
        made.shops["acme"] = stack.enter_context(sandbox("acme", 40))
        made.variables["STORE_ACME_ACCESS_TOKEN"] = token_of("acme")
        made.write({"acme": {}})
        done = made.run("acme")
        assert done.code == 0, done.log
        yield made


def contents(shops: Place) -> dict[str, list[Any]]:
    """All rows of the warehouse."""
    return {
        name: sorted(shops.rows(f"select t::text from bigcommerce.{name} as t")) for name in TABLES
    }


@pytest.mark.slow
def test_a_store_of_the_file_is_checked_with_what_meltano_knows_and_repaired(
    shops: Place,
) -> None:
    arguments = ("--store=acme", "--from=2026-02-09", f"--streams={STREAMS}")
    right = contents(shops)
    proven = shops.verify(*arguments)
    assert proven.code == 0, proven.out + proven.log
    assert "stands in for the bookmark" not in proven.out
    with psycopg.connect(shops.warehouse) as connection:
        for statement in DAMAGES.split(";"):
            connection.execute(statement.encode())
    damaged = contents(shops)

    planned = shops.verify(*arguments, "--repair")
    assert planned.code == 1, planned.log
    assert "  bigcommerce-carts load acme --from 20" in planned.out
    assert "With --yes this is done." in planned.out
    assert contents(shops) == damaged

    repaired = shops.verify(*arguments, "--repair", "--yes", "--format=json")
    assert repaired.code == 0, repaired.out + repaired.log
    assert contents(shops) == right
    (store,) = json.loads(repaired.out)["stores"]
    assert [each["done"] for each in store["repairs"]] == [True]
    deleted = {each["stream"]: each["keys"] for each in store["repairs"][0]["deleted"]}
    assert deleted["orders"] == ["900001"]
    # Of the cart that lost its lines none is spare.
    assert len(deleted["abandoned_cart_line_items"]) == 1
    assert token_of("acme") not in repaired.out + repaired.log
    states = subprocess.run(
        [shops.environment["BIGCOMMERCE_CARTS_MELTANO"], "state", "list"],
        cwd=shops.folder,
        env=shops.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [each.partition("target-postgres:")[2] for each in states] == ["acme", "acme.repair"]


@pytest.mark.slow
def test_the_warehouse_is_the_one_that_meltano_yml_tells_the_loader_of(shops: Place) -> None:
    """With no variable and no option, for a store of the file and for one without."""
    file = shops.folder / "meltano.yml"
    before = file.read_text()
    project = yaml.safe_load(before)
    (loader,) = (
        each for each in project["plugins"]["loaders"] if each["name"] == "target-postgres"
    )
    loader["config"] = {"sqlalchemy_url": shops.variables["TARGET_POSTGRES_SQLALCHEMY_URL"]}
    file.write_text(yaml.safe_dump(project))
    told = shops.variables.pop("TARGET_POSTGRES_SQLALCHEMY_URL")
    try:
        of_file = shops.verify("--store=acme", "--from=2026-02-09", f"--streams={STREAMS}")
        # The project tells target-duckdb of a file, too.
        two = shops.verify("--from=2026-02-09")
    finally:
        shops.variables["TARGET_POSTGRES_SQLALCHEMY_URL"] = told
        file.write_text(before)
    assert of_file.code == 0, of_file.out + of_file.log
    assert two.code == 2
    assert "two are named" in two.log


@pytest.mark.slow
def test_a_duckdb_file_is_repaired_with_settings_of_a_file_by_the_loaders_older_duckdb(
    shops: Place,
) -> None:
    file = shops.folder / "warehouse.duckdb"
    shops.variables["TARGET_DUCKDB_PATH"] = str(file)
    assert shops.run("acme", "--loader=target-duckdb").code == 0
    settings = {"store_name": "acme", "start_date": "2025-01-01", **shops.shops["acme"].config()}
    (shops.folder / "config.json").write_text(json.dumps(settings))
    everything = "select t::text from bigcommerce.{} as t order by 1"
    with duckdb.connect(file) as connection:
        right = [connection.sql(everything.format(name)).fetchall() for name in TABLES]
        connection.execute(
            f"""
            delete from bigcommerce.abandoned_carts where id in (
                select id from bigcommerce.abandoned_carts where {SETTLED} limit 2
            );
            insert into bigcommerce.orders select * replace (900001 as id)
            from bigcommerce.orders where {SETTLED} limit 1;
            """
        )
    arguments = (f"--warehouse={file}", "--config=config.json", f"--streams={STREAMS}")
    repaired = shops.verify(*arguments, "--from=2026-02-09", "--repair", "--yes")
    assert repaired.code == 0, repaired.out + repaired.log
    assert "acme, orders: delete the row(s)" in repaired.out
    assert "but the latest, 900001 (1)" in repaired.out
    with duckdb.connect(file) as connection:
        assert [connection.sql(everything.format(name)).fetchall() for name in TABLES] == right
