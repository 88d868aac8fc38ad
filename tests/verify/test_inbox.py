"""The streams of the inbox beside its log: what is lost, what is late, and what only seems so."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, contextmanager
from copy import copy, deepcopy
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.tables import EVENTS, READINGS
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tap_bigcommerce_carts.singer.mapped_table import MappedTable
from tap_bigcommerce_carts.streams.cart_events import EVENT_FIELDS, EVENT_KEY
from tap_bigcommerce_carts.streams.inbox_carts import CART_FIELDS, CART_KEY
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tap_bigcommerce_carts.verify.inbox.streams import check_inbox
from tap_bigcommerce_carts.verify.state import positions_in
from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse
from tests.support.harness import NOON, Clock
from tests.support.shop_inbox import Inbox
from tests.support.verify.checking import Checking
from tests.support.warehouse.engines import SCHEMA, DuckDB

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_bigcommerce_carts.verify.findings import Checked

pytestmark = pytest.mark.slow

CARTS, LINES, LOG = (f"{SCHEMA}.{each}" for each in ("carts", "cart_line_items", "cart_events"))
STREAMS = ("carts", "cart_line_items", "cart_events")


class Caught(Checking):
    """A shop with an inbox, loaded and checked by turns."""

    inbox: Inbox

    def found(self, **more: Any) -> dict[str, dict[str, int]]:
        """Check the inbox; return what was found but equal rows, and what could not be checked."""
        return {each.stream: kinds for each in self.checked(**more) if (kinds := kinds_of(each))}

    def checked(
        self,
        start: timedelta = timedelta(days=90),
        maps: Any = None,
        *,
        with_state: bool = True,
        **settings: Any,
    ) -> list[Checked]:
        tap = TapBigCommerceCarts(config={**self.config, **settings})
        declared = {"carts": (CART_FIELDS, CART_KEY), "cart_events": (EVENT_FIELDS, EVENT_KEY)}
        mapped = {
            stream: MappedTable({"stream_maps": maps}, stream, *declared[stream])
            for stream in maps or ()
        }
        window = Window(NOON - start, self.loaded_at)
        positions = positions_in(self.state, STREAMS) if with_state else {}
        with (
            closing(tap.run),
            Warehouse.at(str(self.engine.path), SCHEMA) as warehouse,
        ):
            return check_inbox(
                warehouse, tap.run, dict.fromkeys(STREAMS, window), mapped, positions
            )

    def load(self, **settings: Any) -> None:
        # The receiver has the machine's clock, which is not the shop's.
        with self.inbox.storage.database.writing() as connection:
            connection.execute(sa.update(EVENTS).values(received_at=EVENTS.c.happened_at))
        super().load(**settings)
        self.loaded_at = self.clock() - timedelta(minutes=66)

    def events(self) -> list[Any]:
        with self.inbox.storage.database.reading() as connection:
            return list(connection.execute(sa.select(EVENTS).order_by(EVENTS.c.sequence)))


def kinds_of(checked: Checked) -> dict[str, int]:
    kinds: dict[str, int] = dict.fromkeys(checked.unverified, 0)
    for day in checked.days.values():
        for kind, count in (*day.explained.items(), *day.faults.items()):
            kinds[str(kind)] = kinds.get(str(kind), 0) + count
    return kinds


def equal(checked: list[Checked]) -> dict[str, int]:
    return {each.stream: sum(day.equal for day in each.days.values()) for each in checked}


@contextmanager
def living(folder: Path) -> Iterator[Caught]:
    """Sixty carts that lived for a month, and what became of them, loaded."""
    clock = Clock()
    shop = Shop(clock=clock)
    with Sandbox(shop) as store:
        store.quota = None
        with closing(Inbox(store, f"sqlite:///{folder / 'inbox.db'}")) as inbox:
            shop.carts.live(60, "verify")
            config = {
                **store.config(),
                "inbox_url": inbox.url,
                "retry_for": 20,
                "max_parallel_requests": 1,
            }
            made = Caught(store, DuckDB(folder / "warehouse.duckdb"), config)
            made.inbox = inbox
            made.load()
            clock.advance(hours=3)
            shop.carts.come_back(5)
            shop.carts.live(5, "and on", hours=1)
            clock.advance(hours=2)
            shop.carts.notice()
            clock.advance(hours=2)
            made.load()
            yield made


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caught]:
    with living(tmp_path_factory.mktemp("living")) as made:
        yield made


@pytest.fixture
def caught(loaded: Caught, tmp_path: Path) -> Caught:
    """A shop and its inbox, not to be changed, and a warehouse that may be."""
    copied = copy(loaded)
    copied.engine = DuckDB(Path(shutil.copy(loaded.engine.path, tmp_path)))
    return copied


@pytest.fixture
def going_on(tmp_path: Path) -> Iterator[Caught]:
    """The same, to be changed."""
    with living(tmp_path) as made:
        yield made


def count(caught: Caught, table: str) -> int:
    (row,) = caught.engine.query(f"select count(*) as n from {table}")
    return int(row["n"])


def test_an_inbox_as_it_was_loaded_is_proven(caught: Caught) -> None:
    checked = caught.checked()
    assert [kinds_of(each) for each in checked] == [{}, {}, {}]
    assert [each.stream for each in checked] == list(STREAMS)
    assert all(each.is_proven for each in checked)
    equals = equal(checked)
    assert equals["cart_events"] == count(caught, LOG) > 100
    assert equals["carts"] == count(caught, CARTS) > 50
    assert equals["cart_line_items"] > 50
    assert caught.found(with_state=False) == {}


def test_what_happens_after_a_load_is_no_fault(going_on: Caught) -> None:
    before = equal(going_on.checked())
    going_on.clock.advance(hours=30)
    going_on.shop.carts.come_back(10)
    going_on.shop.carts.live(10, "later", hours=1)
    going_on.clock.advance(hours=2)
    going_on.shop.carts.notice()
    found = going_on.found()
    assert found.keys() == {"carts", "cart_events"}
    assert {kind for kinds in found.values() for kind in kinds} == {"changed since"}
    after = going_on.checked()
    assert all(each.is_proven for each in after)
    assert equal(after)["cart_events"] == before["cart_events"]
    going_on.load()
    assert going_on.found() == {}


def test_dates_that_a_later_load_brought_are_looked_at(going_on: Caught) -> None:
    going_on.clock.advance(hours=24 * 9)
    going_on.shop.carts.live(5, "a week later", hours=1)
    going_on.clock.advance(hours=3)
    going_on.shop.carts.notice()
    going_on.load()
    told = {stream: going_on.state["bookmarks"][stream]["told_at"] for stream in STREAMS}
    assert len(set(told.values())) == 1, told
    older = deepcopy(going_on.state)
    # As earlier versions of the tap left it.
    older["bookmarks"]["cart_events"]["told_at"] = "2026-03-01T12:00:00Z"
    statements = [
        f"delete from {table} where {date} > timestamp '{NOON + timedelta(days=8):%Y-%m-%d}'"
        for table, date in ((CARTS, "date_modified"), (LOG, "happened_at"))
    ]
    going_on.change(*statements)
    for state in (going_on.state, older):
        carts, _, events = going_on.check(*STREAMS, state=state).streams
        for each in (carts, events):
            assert each.window
            assert going_on.clock() - each.window.upper < timedelta(hours=2)
            assert kinds_of(each)["missing"] >= 5, each.stream


def first(caught: Caught, query: str) -> Any:
    return next(iter(caught.engine.query(query)[0].values()))


DAMAGES = {
    f"delete from {CARTS} where id = $cart": {"carts": "missing", "cart_line_items": "wrong lines"},
    f"update {CARTS} set status = 'expired' where id = $cart": {"carts": "wrong status"},
    f"update {CARTS} set status = null where id = $cart": {"carts": "wrong status"},
    f"update {CARTS} set date_modified = date_modified - interval 1 hour where id = $cart": {
        "carts": "stale",
        "cart_line_items": "changed since, wrong lines",
    },
    f"update {CARTS} set date_modified = date_modified + interval 1 second where id = $cart": {
        "carts": "wrong date",
        "cart_line_items": "wrong lines",
    },
    f"insert into {CARTS} select * replace ('a-cart-of-nobody' as id, 0 as line_item_count, "
    f"0 as items_total) from {CARTS} "
    "where id = $cart": {"carts": "extra"},
    f"delete from {LINES} where cart_id = $cart": {"cart_line_items": "wrong lines"},
    f"delete from {LOG} where sequence = $event": {"cart_events": "gap in the sequence"},
    f"delete from {LOG} where sequence = $last": {"cart_events": "missing"},
    f"update {LOG} set happened_at = happened_at + interval 1 hour where sequence = $event": {
        "cart_events": "wrong date"
    },
    f"update {LOG} set scope = 'store/cart/deleted' where sequence = $event": {
        "cart_events": "wrong status"
    },
    f"update {LOG} set cart_id = 'another' where sequence = $event": {
        "cart_events": "wrong status"
    },
    f"insert into {LOG} select * replace (999999 as sequence) from {LOG} where sequence = $event": {
        "cart_events": "extra"
    },
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_wrong_is_found(caught: Caught, damage: str) -> None:
    cart = first(
        caught,
        f"select id from {CARTS} where status = 'abandoned' and line_item_count > 0 "
        f"and exists (select 1 from {LINES} where cart_id = {CARTS}.id) order by date_modified",
    )
    event = first(
        caught,
        f"select sequence from {LOG} where scope = 'store/cart/updated' "
        "order by sequence limit 1 offset 20",
    )
    last = first(
        caught,
        f"select max(sequence) from {LOG} where happened_at < "
        f"'{caught.loaded_at:%Y-%m-%d %H:%M:%S}'",
    )
    statements = [damage.replace("$cart", f"'{cart}'").replace("$event", str(event))]
    if "$last" in damage:
        statements.append(f"delete from {LOG} where sequence > $last")
    caught.change(*(each.replace("$last", str(last)) for each in statements))
    found = {stream: ", ".join(sorted(kinds)) for stream, kinds in caught.found().items()}
    assert found == DAMAGES[damage]


def test_what_was_pruned_cannot_be_checked(going_on: Caught) -> None:
    middle = going_on.events()[60]
    going_on.inbox.storage.prune(middle.received_at, unread=True)
    found = going_on.found()
    assert found.keys() == {"carts", "cart_events"}
    for kinds in found.values():
        (sentence,) = kinds
        assert "older than the inbox's log, which was pruned" in sentence
    assert not any(each.is_proven for each in going_on.checked() if each.stream in found)
    # One of the two is the right one, and no load would bring it back.
    doubled = f"select * replace (-sequence as sequence) from {LOG} where sequence = 1"
    going_on.change(f"insert into {LOG} {doubled}")
    assert going_on.found().keys() == found.keys()
    assert not any(each.faults for each in going_on.checked())
    going_on.change(f"delete from {LOG} where sequence < 0")
    # What came later is checked as before.
    assert equal(going_on.checked())["cart_events"] == len(going_on.events())


def test_what_settings_leave_out_is_explained(caught: Caught) -> None:
    caught.change(f"delete from {CARTS} where channel_id = 1", f"delete from {LINES}")
    kinds = caught.found(channel_ids=[2])["carts"]
    assert kinds.keys() == {"left out by channel_ids"}
    assert "missing" in caught.found()["carts"]


def test_what_a_stream_map_leaves_out_is_explained(caught: Caught) -> None:
    maps = {
        "carts": {"__filter__": "status != 'converted'"},
        "cart_events": {"__filter__": "'converted' not in scope"},
    }
    caught.change(
        f"delete from {CARTS} where status = 'converted'",
        f"delete from {LOG} where scope like '%converted'",
        f"delete from {LINES} where cart_id not in (select id from {CARTS})",
    )
    found = caught.found(maps=maps)
    assert found["carts"].keys() == found["cart_events"].keys() == {"left out by a stream map"}


def test_columns_and_tables_that_are_not_there_are_told(caught: Caught) -> None:
    caught.change(
        f"alter table {CARTS} drop status", f"drop table {LINES}", f"alter table {LOG} drop cart_id"
    )
    carts, lines, events = caught.checked()
    assert "carts.status is not in the warehouse" in carts.unverified[0]
    assert lines.unverified == ["The warehouse has no table of cart_line_items."]
    assert "cart_events.cart_id is not in the warehouse" in events.unverified[0]
    assert carts.window
    assert lines.window is None
    caught.change(f"alter table {LOG} drop happened_at")
    assert "without it its rows cannot be told apart" in caught.checked()[2].unverified[0]


def test_rows_that_are_there_twice_are_found(caught: Caught) -> None:
    caught.change(*(f"insert into {each} select * from {each} limit 3" for each in (CARTS, LOG)))
    carts, _, events = caught.checked()
    for each in (carts, events):
        assert kinds_of(each) == {"extra": 3}
        assert len(each.spare) == 3


def test_rows_without_a_key_or_a_date_are_told(caught: Caught) -> None:
    for table, key, date in ((CARTS, "id", "date_modified"), (LOG, "sequence", "happened_at")):
        caught.change(
            f"insert into {table} select * replace (null as {key}) from {table} limit 1",
            f"insert into {table} select * replace (null as {key}, null as {date}) from {table} "
            "limit 1",
        )
    carts, _, events = caught.checked()
    for each, key in ((carts, "id"), (events, "sequence")):
        assert not each.faults
        (sentence,) = each.unverified
        assert sentence.startswith(f"2 row(s) of {each.stream} have no readable {key}")


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([f"alter table {CARTS} drop line_item_count"], "line_item_count is not in the warehouse"),
        ([f"update {CARTS} set line_item_count = null"], "line_item_count is null of "),
        ([f"alter table {LINES} drop quantity"], "quantity is not in the warehouse"),
        ([f"update {LINES} set quantity = null"], "quantity is null in "),
        (
            [f"update {LINES} set quantity = null where id = (select max(id) from {LINES})"],
            "quantity is null in 1 row(s)",
        ),
    ],
)
def test_what_lines_cannot_be_counted_by_is_told(
    caught: Caught, statements: list[str], words: str
) -> None:
    caught.change(*statements)
    _, lines, _ = caught.checked()
    assert not lines.faults
    (sentence,) = lines.unverified
    assert words in sentence
    assert not lines.is_proven


def test_an_inbox_that_was_put_back_proves_nothing(caught: Caught) -> None:
    caught.state = deepcopy(caught.state)
    highest = caught.events()[-1].sequence
    bookmarks = caught.state["bookmarks"]
    bookmarks["carts"]["sequence"] = bookmarks["cart_events"]["replication_key_value"] = highest + 1
    caught.change(f"insert into {LOG} select * replace ({highest + 1} as sequence) from {LOG}")
    for with_state in (True, False):
        for each in caught.checked(with_state=with_state):
            if each.stream != "cart_line_items":
                assert not each.faults
                assert "put back to an older copy" in each.unverified[0]


def test_a_load_beside_a_check_is_no_fault(
    going_on: Caught, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = CartLog.with_new_events

    def beside(log: CartLog, *which: Any) -> Any:
        found = read(log, *which)
        monkeypatch.setattr(CartLog, "with_new_events", read)
        before = (going_on.state, going_on.loaded_at)
        going_on.clock.advance(hours=1)
        going_on.shop.carts.come_back(8)
        going_on.clock.advance(hours=3)
        going_on.load()
        going_on.state, going_on.loaded_at = before
        return found

    monkeypatch.setattr(CartLog, "with_new_events", beside)
    found = going_on.found()
    assert found["carts"].keys() == {"changed since"}
    assert {kind for kinds in found.values() for kind in kinds} == {"changed since"}


def test_a_check_writes_nothing_into_the_inbox(caught: Caught) -> None:
    def readings() -> list[Any]:
        with caught.inbox.storage.database.reading() as connection:
            return list(connection.execute(sa.select(READINGS).order_by(READINGS.c.cart_id)))

    before = readings()
    assert before
    with sqlite3.connect(caught.inbox.storage.database.engine.url.database or "") as database:
        (changes,) = database.execute("pragma data_version").fetchone()
        assert caught.found(personal_data="drop") == {}
        assert database.execute("pragma data_version").fetchone() == (changes,)
    assert readings() == before


def test_an_inbox_that_is_not_there_is_told(caught: Caught, tmp_path: Path) -> None:
    for each in caught.checked(inbox_url=f"sqlite:///{tmp_path / 'nowhere.db'}"):
        if each.stream != "cart_line_items":
            assert "does not exist" in each.unverified[0]
            assert each.window is None


def test_a_check_of_the_store_has_the_inbox_in_it(caught: Caught) -> None:
    statement = f"delete from {LOG} where sequence = (select min(sequence) from {LOG})"
    caught.change(statement)
    for state in (caught.state, {}):
        caught.state = state
        check = caught.check(*STREAMS)
        assert [each.stream for each in check.streams] == list(STREAMS)
        carts, lines, events = check.streams
        assert carts.window
        assert carts.is_proven
        assert lines.is_proven
        assert kinds_of(events) == {"gap in the sequence": 1}
