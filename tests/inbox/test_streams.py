"""The streams that read the inbox: carts as they live, whatever became of the events."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.bigcommerce.living_carts import LivingCarts
from tap_bigcommerce_carts.bigcommerce.session import Connection, StoreSession
from tap_bigcommerce_carts.errors import CatalogError, InboxError, OddAnswerError, RefusedError
from tap_bigcommerce_carts.http.session import Limits
from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.events import Event, parse
from tap_bigcommerce_carts.inbox.lives import CartEvent, Reading, life_of
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.personal_data import Treatment
from tap_bigcommerce_carts.streams.inbox_carts import (
    CART_FIELDS,
    LINE_FIELDS,
    CartKeeper,
    cart_rows,
    line_rows,
)
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import NOON, catalog_for, command, run
from tests.support.scripted import Answer, Script
from tools.sandbox import Fault
from tools.sandbox.shop.cart import custom_item, gift_certificate
from tools.sandbox.shop.currencies import STORE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.harness import Clock, Output
    from tools.sandbox import Request, Sandbox, Shop

SALT = "grain-of-salt-5b1f3a"
CARTS, LINES, LOG = "carts", "cart_line_items", "cart_events"


class Inbox:
    """Catches what a shop tells of its carts; a test may lose some of it, or mix it up."""

    def __init__(self, store: Sandbox, url: str) -> None:
        self.url = url
        self.wanted: Callable[[str], bool] = lambda _: True
        self._store = store
        self.storage = Storage(url)
        self._waiting: list[Event] | None = None
        store.shop.carts.listeners.append(self._take)

    def _take(self, scope: str, data: dict[str, Any], at: int) -> None:
        if not self.wanted(scope):
            return
        event = parse(msgspec.json.encode(self._store.webhooks.event(scope, data, at)))
        if self._waiting is None:
            self.storage.write([event])
        else:
            self._waiting.append(event)

    def wait(self) -> None:
        self._waiting = []

    def deliver(self, seed: int) -> None:
        """Write what waited, in disorder and some of it twice."""
        events, self._waiting = self._waiting or [], None
        dice = random.Random(seed)  # noqa: S311 - not for secrets
        events += dice.sample(events, len(events) // 5)
        dice.shuffle(events)
        self.storage.write(events)

    def close(self) -> None:
        self.storage.close()


@pytest.fixture
def inbox(store: Sandbox, inbox_url: str) -> Iterator[Inbox]:
    with closing(Inbox(store, inbox_url)) as made:
        yield made


@pytest.fixture
def read(config: dict[str, Any], inbox: Inbox) -> Callable[..., Output]:
    """Run the streams of the inbox."""

    def reading(state: dict[str, Any] | None = None, **more: Any) -> Output:
        streams = more.pop("streams", [CARTS, LINES, LOG])
        failing = more.pop("failing", False)
        given = {**config, "inbox_url": inbox.url, **more}
        catalog = catalog_for(streams, inbox_url=inbox.url)
        return run(given, state=state, catalog=catalog, failing=failing)

    return reading


def reads(store: Sandbox) -> list[str]:
    """The carts asked for, in order."""
    return [each.path for each in store.requests if each.path.rpartition("/")[0].endswith("carts")]


def by_id(out: Output) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in out.rows(CARTS)}


def test_tells_each_cart_as_it_is(
    shop: Shop, store: Sandbox, clock: Clock, read: Callable[..., Output]
) -> None:
    lines = [*gift_certificate(25, STORE), *custom_item("Engraving", 3, STORE)]
    left = shop.carts.fill(lines)
    shop.carts.type_email(left, "someone@example.org")
    clock.advance(hours=2)
    placed, emptied, active = (shop.carts.fill(2) for _ in range(3))
    token = shop.carts.abandon(left)
    shop.carts.reach_payment(placed)
    order = shop.carts.convert(placed)
    shop.carts.empty(emptied)
    clock.advance(minutes=1)
    out = read()
    rows = by_id(out)
    assert {row["status"] for row in rows.values()} == {
        "abandoned", "converted", "deleted", "active",
    }  # fmt: skip
    assert rows[left] | {"x": 0} == rows[left] | {
        "x": 0,
        "status": "abandoned",
        "email": "someone@example.org",
        "is_guest": True,
        "recovery_token": token,
        "cart_amount": 28,
        "items_total": 2,
        "line_item_count": 2,
        "order_id": None,
    }
    assert rows[placed]["order_id"] == order
    assert rows[placed]["converted_at"]
    assert rows[active]["status"] == "active"
    assert sorted(row["type"] for row in out.rows(LINES) if row["cart_id"] == left) == [
        "custom",
        "giftcertificate",
    ]
    current = {(row["cart_id"], row["cart_date_modified"]) for row in out.rows(LINES)}
    assert current == {(cart, rows[cart]["date_modified"]) for cart in (left, active)}
    # Carts that are over are not asked for, the others once.
    assert len(reads(store)) == len(set(reads(store))) == 2
    assert [row["sequence"] for row in out.rows(LOG)] == sorted(
        row["sequence"] for row in out.rows(LOG)
    )
    assert {row["order_id"] for row in out.rows(LOG)} == {None, order}


def test_a_second_run_tells_only_what_is_new(
    shop: Shop, store: Sandbox, clock: Clock, read: Callable[..., Output]
) -> None:
    first, second = shop.carts.fill(), shop.carts.fill(3)
    state = read().state
    store.clear()
    again = read(state)
    assert not again.tables
    assert again.state["bookmarks"].keys() == state["bookmarks"].keys()
    assert not reads(store)
    clock.advance(minutes=5)
    shop.carts.add(second)
    out = read(again.state)
    assert list(by_id(out)) == [second]
    assert len(out.rows(LINES)) == len(shop.carts.lines(second))
    assert len(reads(store)) == 1
    assert first not in str(out.rows(LOG))


def test_tells_that_a_cart_was_left_or_expired_without_an_event(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wanted = lambda scope: not scope.endswith("abandoned")
    cart = shop.carts.fill()
    out = read()
    assert by_id(out)[cart]["status"] == "active"
    left_at = clock.now + timedelta(hours=1)
    clock.advance(minutes=61)
    out = read(out.state)
    row = by_id(out)[cart]
    assert (row["status"], row["abandoned_at"]) == ("abandoned", f"{left_at:%Y-%m-%dT%H:%M:%SZ}")
    last_sign = f"{left_at - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert row["left_at"] == row["updated_time"] == last_sign
    assert row["first_received_at"]
    assert out.rows(LINES)[0]["cart_date_modified"] == row["date_modified"]
    clock.advance(days=30)
    out = read(out.state)
    row = by_id(out)[cart]
    assert (row["status"], row["abandoned_at"]) == ("expired", f"{left_at:%Y-%m-%dT%H:%M:%SZ}")
    # What the last reading knew is still told.
    assert row["cart_amount"]
    assert len(out.rows(LINES)) == len(shop.carts.lines(cart))
    clock.advance(days=1)
    assert not read(out.state).tables


def test_finds_a_conversion_whose_event_was_lost(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wanted = lambda scope: not scope.endswith("converted")
    cart = shop.carts.fill(2)
    out = read()
    shop.carts.reach_payment(cart)
    order = shop.carts.convert(cart)
    clock.advance(hours=2)
    row = by_id(read(out.state))[cart]
    assert (row["status"], row["order_id"]) == ("converted", order)
    assert row["cart_amount"]


def test_a_store_that_lists_all_orders_for_a_cart_is_not_asked_again(
    shop: Shop,
    store: Sandbox,
    inbox: Inbox,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where the filter counts for nothing, no answer tells that a cart was not bought."""
    inbox.wanted = lambda scope: not scope.endswith("deleted")
    for _ in range(3):
        shop.add_order()
    carts = [shop.carts.fill() for _ in range(3)]
    for cart in carts:
        shop.carts.empty(cart)
    store.faults.ignored = ("cart_id",)
    read(streams=[CARTS])
    asked = [request for request in store.requests if request.route == "/v2/orders"]
    assert len(asked) == 1
    (told,) = [each.message for each in caplog.records if "does not keep to" in each.message]
    assert "`cart_id`" in told


def test_finds_a_conversion_that_was_told_of_as_deleted(
    shop: Shop, store: Sandbox, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wanted = lambda scope: not scope.endswith("converted")
    cart = shop.carts.fill()
    out = read()
    order = shop.carts.convert(cart)
    clock.advance(minutes=1)
    body = store.webhooks.event(
        "store/cart/deleted", {"type": "cart", "id": cart}, int(clock.now.timestamp())
    )
    with closing(Storage(inbox.url)) as storage:
        storage.write([parse(msgspec.json.encode(body))])
    clock.advance(minutes=1)
    row = by_id(read(out.state))[cart]
    assert (row["status"], row["order_id"]) == ("converted", order)


def test_what_is_told_later_is_not_dated_earlier(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    cart = shop.carts.fill()
    inbox.wait()
    shop.carts.empty(cart)
    clock.advance(minutes=10)
    found_gone = read()
    inbox.deliver(1)
    told = by_id(read(found_gone.state))[cart]
    assert told["status"] == "deleted"
    assert told["date_modified"] >= by_id(found_gone)[cart]["date_modified"]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_events_does_not_matter(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output], seed: int
) -> None:
    inbox.wait()
    truths = {truth.cart_id: truth for truth in shop.carts.live(60, seed)}
    inbox.deliver(seed)
    rows = by_id(read())
    assert rows.keys() == truths.keys()
    for cart, truth in truths.items():
        row = rows[cart]
        # Whoever went away from the payment is not noticed by BigCommerce's event.
        left = truth.status == "active" and truth.updated <= clock.now - timedelta(hours=1)
        assert row["status"] == ("abandoned" if left else truth.status)
        assert row["order_id"] == (truth.order_id if row["status"] == "converted" else None)
        if row["read_at"] and row["cart_amount"] is not None:
            assert float(row["cart_amount"]) == truth.cart_amount
            assert row["items_total"] == truth.quantity


def test_a_token_alone_leads_to_its_cart(
    shop: Shop, clock: Clock, store: Sandbox, inbox: Inbox, read: Callable[..., Output]
) -> None:
    store.scopes |= {"store_v2_information_read_only"}
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    clock.advance(hours=2)
    token = shop.carts.abandon(cart)
    with closing(Storage(inbox.url)) as storage:
        for number, each in enumerate((token, "0" * 32, "no-token")):
            body = store.webhooks.event("store/cart/abandoned", {"token": each}, 1_772_550_000)
            storage.write([parse(msgspec.json.encode(body | {"hash": f"abc{number}"}))])
    rows = by_id(read())
    assert list(rows) == [cart]
    assert rows[cart]["recovery_token"] == token


def test_without_its_scope_a_token_alone_is_passed_over(
    shop: Shop,
    store: Sandbox,
    inbox: Inbox,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What leads from a token to a cart is under another scope than the carts: one warning."""
    cart = shop.carts.fill()
    with closing(Storage(inbox.url)) as storage:
        for number, token in enumerate(("0" * 32, "1" * 32)):
            body = store.webhooks.event("store/cart/abandoned", {"token": token}, 1_772_550_000)
            storage.write([parse(msgspec.json.encode(body | {"hash": f"abc{number}"}))])
    out = read()
    assert (out.code, list(by_id(out))) == (0, [cart])
    (told,) = [each.message for each in caplog.records if "recovery token" in each.message]
    assert "Information & settings: read-only" in told


def test_lines_selected_later_are_filled_from_the_start(
    shop: Shop, read: Callable[..., Output]
) -> None:
    cart = shop.carts.fill(2)
    out = read(streams=[CARTS])
    assert not out.rows(LINES)
    later = read(out.state, streams=[CARTS, LINES])
    assert len(later.rows(LINES)) == len(shop.carts.lines(cart))


def test_another_inbox_is_read_from_its_beginning(
    shop: Shop, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    cart = shop.carts.fill()
    state = read().state
    for bookmark in state["bookmarks"].values():
        bookmark["inbox"] = "another"
    assert list(by_id(read(state))) == [cart]
    assert "of another inbox" in caplog.text


def test_dates_and_storefronts_bound_what_is_read(
    shop: Shop, clock: Clock, read: Callable[..., Output]
) -> None:
    start = clock.now
    first = shop.carts.fill()
    clock.advance(days=2)
    second, elsewhere = shop.carts.fill(), shop.carts.fill(channel_id=2)
    day = f"{start + timedelta(days=1):%Y-%m-%d}"
    assert by_id(read(start_date=day)).keys() == {second, elsewhere}
    assert by_id(read(channel_ids=[2])).keys() == {elsewhere}
    bounded = read(end_date=day)
    assert by_id(bounded).keys() == {first}
    # What was left out comes when the bound is lifted.
    assert by_id(read(bounded.state)).keys() >= {second, elsewhere}


TYPED = ("someone@example.org", "Engraved for Ada", "A Friend", "friend@example.org", "For Ada")


def typing_shopper(shop: Shop, clock: Clock) -> tuple[str, str]:
    """Let a shopper type wherever one can; gives the cart and the token of its link."""
    (mug, *_) = shop.carts.lines(shop.carts.fill())
    engraved = replace(mug, kind="physical_items", typed=(("Engraving", "Engraved for Ada"),))
    lines = [engraved, *gift_certificate(25, STORE), *custom_item("For Ada", 3, STORE)]
    cart = shop.carts.fill(lines)
    shop.carts.type_email(cart, "someone@example.org")
    shop.carts.apply_coupon(cart, "SPRING10")
    clock.advance(hours=2)
    return cart, shop.carts.abandon(cart)


def written(out: Output, *tables: str) -> str:
    return json.dumps([out.rows(table) for table in tables], default=str)


@pytest.mark.parametrize("how", ["hash", "drop"])
def test_personal_data_is_treated(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output], how: str
) -> None:
    """Also what a run before it kept in clear, and of a cart that is gone since."""
    cart, token = typing_shopper(shop, clock)
    kept = read()
    for word in (*TYPED, "SPRING10", token):
        assert word in written(kept, CARTS, LINES, LOG), word
    shop.carts.convert(cart)
    clock.advance(minutes=1)
    more = {"personal_data": how, "personal_data_salt": SALT}
    with closing(CartLog(inbox.url, "sandbox1")) as log:
        assert "SPRING10" in repr(log.readings_of([cart]))
    read(streams=[LOG], **more)
    with closing(CartLog(inbox.url, "sandbox1")) as log:
        readings = repr(log.readings_of([cart]))
    for word in (*TYPED, "SPRING10"):
        assert word not in readings, word
    told = read(kept.state, **more)
    row = by_id(told)[cart]
    assert row["status"] == "converted"
    assert row["email"] == (hash_of("someone@example.org") if how == "hash" else None)
    assert row["coupon_codes"] == ([hash_of("SPRING10")] if how == "hash" else None)
    everything = written(told, CARTS, LINES, LOG)
    for word in (*TYPED, "SPRING10", token):
        assert word not in everything, word
    names = {line["name"] for line in told.rows(LINES) if line["cart_id"] == cart}
    assert len(names) == 3 - (how == "drop")
    # Once is enough, and nothing is hashed twice.
    again = by_id(read(**more))[cart]
    assert again["email"] == row["email"]
    if inbox.url.startswith("sqlite"):
        # As long as a receiver has it open, and when none has.
        for _ in range(2):
            content = files_of(inbox.url)
            for word in (*TYPED, "SPRING10"):
                assert word.encode() not in content, word
            inbox.close()


def files_of(url: str) -> bytes:
    """What stands in all files of a database of SQLite."""
    file = Path(url.removeprefix("sqlite:///"))
    return b"".join(each.read_bytes() for each in sorted(file.parent.glob(file.name + "*")))


@pytest.mark.parametrize("inbox_url", ["sqlite"], indirect=True)
def test_personal_data_that_somebody_reads_is_removed_by_the_next_run(  # noqa: PLR0913, PLR0917 - what it takes to see it
    shop: Shop,
    clock: Clock,
    inbox: Inbox,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tap_bigcommerce_carts.inbox.database._WAIT", 0)
    typing_shopper(shop, clock)
    read()
    with (
        closing(CartLog(inbox.url, "sandbox1")) as log,
        log._reading() as glance,  # noqa: SLF001 - somebody's glance
    ):
        glance.execute(sa.select(EVENTS.c.sequence)).first()
        read(personal_data="drop")
        assert b"SPRING10" in files_of(inbox.url)
    assert caplog.text.count("the next run tries again") == 1
    read(personal_data="drop")
    assert b"SPRING10" not in files_of(inbox.url)
    assert caplog.text.count("the next run tries again") == 1


def hash_of(text: str) -> str:
    return hmac.new(SALT.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_the_scope_of_the_carts_is_enough(
    shop: Shop, store: Sandbox, read: Callable[..., Output]
) -> None:
    """Also to learn the time, where no list is read."""
    cart = shop.carts.fill()
    store.scopes = {"store_cart_read_only"}
    out = read()
    assert (out.code, list(by_id(out))) == (0, [cart])
    assert {request.status for request in store.requests} == {200}


def test_a_missing_scope_leaves_the_carts_out(
    shop: Shop, store: Sandbox, read: Callable[..., Output]
) -> None:
    shop.carts.fill()
    store.scopes.discard("store_cart_read_only")
    out = read(streams=[CARTS, LINES])
    assert out.code == 1
    assert not out.tables


def test_streams_need_an_inbox(config: dict[str, Any], tmp_path: Path) -> None:
    assert CARTS not in TapBigCommerceCarts(config=config).streams
    catalog = catalog_for([CARTS], inbox_url="sqlite:///x")
    with pytest.raises(CatalogError, match="set `inbox_url`"):
        run(config, catalog=catalog)
    missing = f"sqlite:///{tmp_path / 'none.db'}"
    with pytest.raises(InboxError, match="`inbox_url`: The inbox's database file does not"):
        run({**config, "inbox_url": missing}, catalog=catalog)
    other = tmp_path / "other.db"
    other.touch()
    with pytest.raises(InboxError, match="`inbox_url`: This database is not an inbox"):
        run({**config, "inbox_url": f"sqlite:///{other}"}, catalog=catalog)
    told = command(
        {**config, "inbox_url": "sqlite:///none/of/it.db"}, folder=tmp_path, catalog=catalog
    )
    assert told.code == 1
    assert "Traceback" not in told.log


def test_an_inbox_that_cannot_be_written_is_told_of_before_anything_is_read(
    shop: Shop, store: Sandbox, config: dict[str, Any], inbox: Inbox
) -> None:
    shop.carts.fill()
    engine = inbox.storage._engine  # noqa: SLF001 - there is no door for this
    # Also for root, which a file's mode does not stop.
    statements = ["DROP TABLE cart_inbox_readings", "CREATE VIEW cart_inbox_readings AS SELECT 1"]
    if engine.dialect.name == "postgresql":
        name = engine.url.database
        statements = [f"ALTER DATABASE {name} SET default_transaction_read_only = on"]
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    catalog = catalog_for([CARTS], inbox_url=inbox.url)
    with pytest.raises(InboxError, match=r"`inbox_url`: The inbox cannot be written: "):
        run({**config, "inbox_url": inbox.url}, catalog=catalog)
    assert not reads(store)


def test_each_cart_is_read_once_however_many_events(
    shop: Shop, store: Sandbox, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wait()
    carts = [shop.carts.fill() for _ in range(300)]
    for cart in carts:
        clock.advance(seconds=1)
        shop.carts.add(cart)
    inbox.deliver(1)
    out = read(streams=[CARTS, LINES])
    assert sorted(by_id(out)) == sorted(carts)
    assert len(out.rows(CARTS)) == 300
    assert len(reads(store)) == 300


def test_a_run_that_fails_goes_on_where_it_was(
    shop: Shop, store: Sandbox, config: dict[str, Any], inbox: Inbox, clock: Clock
) -> None:
    inbox.wait()
    carts = [shop.carts.fill() for _ in range(600)]
    inbox.deliver(2)
    given = {**config, "inbox_url": inbox.url, "max_parallel_requests": 1}
    catalog = catalog_for([CARTS, LINES], inbox_url=inbox.url)
    token, seen = store.token, 0

    def revoke(_: int, request: Any) -> None:
        nonlocal seen
        seen += "/v3/carts/" in request.path
        if seen > 400:
            store.token = "revoked"  # noqa: S105 - opens nothing

    store.before(revoke)
    first = run(given, catalog=catalog, failing=True)
    store.before(None)
    store.token = token
    assert first.code == 1
    clock.advance(minutes=1)
    second = run(given, state=first.state, catalog=catalog)
    assert sorted(first.ids(CARTS) + second.ids(CARTS)) == sorted(carts)
    assert first.ids(CARTS)
    for out in (first, second):
        assert {row["cart_id"] for row in out.rows(LINES)} >= set(out.ids(CARTS))


def test_tables_of_the_first_version_are_brought_up_to_date(inbox_url: str, shop: Shop) -> None:
    del shop
    with closing(Storage(inbox_url)) as storage, storage._engine.begin() as connection:  # noqa: SLF001 - there is no door for this
        for statement in (
            "DROP TABLE cart_inbox_readings",
            "DROP TABLE cart_inbox_readers",
            "DROP INDEX cart_inbox_events_happened",
            "DROP TABLE cart_inbox_schema",
            "CREATE TABLE cart_inbox_schema (version INTEGER PRIMARY KEY)",
            "INSERT INTO cart_inbox_schema VALUES (1)",
        ):
            connection.exec_driver_sql(statement)
    with pytest.raises(InboxError, match="start its newer"):
        _ = TapBigCommerceCarts(
            config={"store_hash": "abc123", "access_token": "x", "inbox_url": inbox_url}
        ).inbox
    with closing(Storage(inbox_url)) as storage:
        identity = storage.identity
    with closing(CartLog(inbox_url, "abc123")) as log:
        assert log.identity == identity != ""
        assert not log.readings_of(["x"])
        log.note_read("carts", 1)
        with log._reading() as connection:  # noqa: SLF001 - as above
            assert "cart_inbox_events_happened" in {
                index["name"] for index in sa.inspect(connection).get_indexes(EVENTS.name)
            }


def test_only_what_was_loaded_is_pruned(
    shop: Shop, inbox: Inbox, read: Callable[..., Output]
) -> None:
    far_ahead = 2**40
    shop.carts.fill()
    carts, log = (read(streams=streams) for streams in ([CARTS, LINES], [LOG]))
    many = inbox.storage.count()
    # A run that has begun is not loaded yet: that is known when its STATE comes back.
    assert inbox.storage.prune(far_ahead).removed == 0
    shop.carts.fill()
    more = inbox.storage.count() - many
    read(carts.state, streams=[CARTS, LINES])
    assert inbox.storage.prune(far_ahead).removed == 0, "the log was not read so far"
    read(log.state, streams=[LOG])
    assert inbox.storage.prune(far_ahead).removed == many
    assert inbox.storage.count() == more


def keep(inbox: Inbox, scope: str, data: Any, **columns: Any) -> None:
    """Put an event into the database as it is, as an older receiver may have."""
    at = int(NOON.timestamp())
    row: dict[str, Any] = {
        "store": "sandbox1",
        "hash": str(uuid4()),
        "scope": scope,
        "cart_id": None,
    }
    text = data if isinstance(data, str) else json.dumps(data)
    row |= {"happened_at": at, "received_at": at, "data": text, **columns}
    with inbox.storage._engine.begin() as connection:  # noqa: SLF001 - there is no door for this
        connection.execute(sa.insert(EVENTS).values(**row))


ELSEWHERE = "../../../OTHERSTORE/v3/customers?limit=1&x="


def test_the_access_token_goes_nowhere_that_an_event_says(
    shop: Shop, store: Sandbox, inbox: Inbox, read: Callable[..., Output]
) -> None:
    cart = shop.carts.fill()
    keep(inbox, "store/order/created", {"token": ELSEWHERE})
    keep(inbox, "store/order/created", {"token": "0" * 32})
    keep(inbox, "store/cart/abandoned", {"token": ELSEWHERE})
    keep(inbox, "store/cart/abandoned", {"token": ".."})
    keep(inbox, "store/cart/updated", {}, cart_id=ELSEWHERE)
    keep(inbox, "store/cart/updated", {}, cart_id="..")
    keep(inbox, "store/order/created", {}, cart_id="not-a-cart")
    rows = by_id(read())
    assert rows[cart]["read_at"]
    asked = [each.path for each in store.requests if "/v3/" in each.path]
    # The list of hooks tells the time.
    assert asked.pop(0) == "/stores/sandbox1/v3/hooks"
    assert asked == [f"/stores/sandbox1/v3/carts/{cart}"]
    assert set(rows) == {cart}


@pytest.mark.parametrize("said", [ELSEWHERE, "..", "a/b", 7, None, ["x"], {"x": 1}, ""])
def test_a_cart_that_a_token_leads_to_is_checked(said: Any) -> None:
    with Script(Answer(body={"data": {"cart_id": said}})).serving() as server:
        assert carts_of(server.url).of_token("0" * 32) is None


def test_a_token_is_quoted() -> None:
    script = Script(Answer(body={"data": {"cart_id": "cart-1"}}))
    with script.serving() as server:
        assert carts_of(server.url).of_token("a_b-C") == "cart-1"
        assert carts_of(server.url).of_token("a%2e%2e") is None
    assert [path for _, path, _ in script.seen] == ["/stores/abc123/v3/abandoned-carts/a_b-C"]


def carts_of(url: str) -> LivingCarts:
    return LivingCarts(StoreSession(Connection(url, "abc123", "token", Limits(retry_for=0))))


ODD_CARTS = [
    Answer(422, {"status": 422, "title": "Not a UUID."}),
    Answer(400, {"status": 400, "title": "Bad request."}),
    Answer(200, {"data": []}),
    Answer(200, {"data": None}),
    Answer(200, []),
    Answer(200, {"data": {"id": "another-cart", "email": "someone@example.org"}}),
]


@pytest.mark.parametrize("odd", ODD_CARTS, ids=lambda each: json.dumps(each.body))
def test_an_answer_that_is_not_the_cart_is_told_from_what_ends_a_run(odd: Answer) -> None:
    with Script(odd).serving() as server, pytest.raises((RefusedError, OddAnswerError)):
        carts_of(server.url).read("odd")


def test_what_is_no_cart_by_its_id_is_passed_over(
    shop: Shop, inbox: Inbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    cart = shop.carts.fill()
    forging = "x\nERROR forged\x1b[2J someone@example.org"
    for odd in ("x" * 101, forging, "", "../../x"):
        keep(inbox, "store/cart/updated", {"type": "cart", "id": odd}, cart_id=odd)
    rows = by_id(read())
    assert rows.keys() == {cart}
    assert caplog.text.count("carts whose id is none") == 1
    assert "someone@example.org" not in caplog.text


def test_an_event_that_is_nested_or_broken_stops_nothing(
    shop: Shop, inbox: Inbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    cart = shop.carts.fill()
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    for data in (
        {"orderId": deep, "other": deep},
        {"token": {"a": 1}, "couponId": 7},
        {"orderId": 1e300},
        {"orderId": None},
        ["no", "object"],
        None,
    ):
        keep(inbox, "store/cart/updated", data, cart_id=cart)
    keep(inbox, "store/cart/updated", '{"id": "cut', cart_id=cart)
    keep(inbox, "store/cart/updated", "[" * 100_000, cart_id=cart)
    keep(inbox, "store/cart/abandoned", {"token": deep})
    keep(inbox, "store/cart/abandoned", "\x01")
    out = read()
    assert by_id(out)[cart]["event_count"] >= 7
    log = [row for row in out.rows(LOG) if row["cart_id"] == cart]
    assert [row["coupon_id"] for row in log if row["coupon_id"]] == [7]
    assert caplog.text.count("holds what cannot be read") == 9
    assert by_id(read())[cart]["status"] == "active"


@pytest.mark.parametrize(
    ("columns", "when"),
    [
        ({"happened_at": -9 * 10**18}, NOON),
        ({"happened_at": -1}, NOON),
        ({"happened_at": 9 * 10**18}, NOON),
        (
            {"happened_at": -9 * 10**18, "received_at": -9 * 10**18},
            datetime(1970, 1, 1, tzinfo=UTC),
        ),
        ({"received_at": 9 * 10**18}, NOON),
    ],
)
def test_an_event_at_no_time_stops_nothing(
    shop: Shop,
    inbox: Inbox,
    read: Callable[..., Output],
    columns: dict[str, int],
    when: datetime,
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    data = {"type": "cart", "id": cart}
    keep(inbox, "store/cart/created", data, cart_id=cart, **columns)
    out = read()
    (told,) = out.rows(LOG)
    assert told["happened_at"] == f"{when:%Y-%m-%dT%H:%M:%SZ}"
    assert by_id(out)[cart]["status"] == "active"
    assert by_id(read(out.state, personal_data="drop")) == {}


def test_an_event_from_the_future_is_dated_by_when_it_came(
    shop: Shop,
    clock: Clock,
    inbox: Inbox,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    came = int(clock.now.timestamp())
    data = {"type": "cart", "id": cart}
    keep(inbox, "store/cart/created", data, cart_id=cart, happened_at=2**37 - 1, received_at=came)
    out = read()
    assert by_id(out)[cart]["date_modified"] == "2026-03-03T12:00:00Z"
    assert out.rows(LOG)[0]["happened_at"] == "2026-03-03T12:00:00Z"
    assert "dated more than a day after it came" in caplog.text
    # It was left an hour after it came.
    clock.advance(minutes=61)
    assert by_id(read(out.state))[cart]["abandoned_at"] == "2026-03-03T13:00:00Z"


def test_an_event_of_a_clock_ahead_dates_no_row_past_the_store(
    shop: Shop, clock: Clock, inbox: Inbox, read: Callable[..., Output]
) -> None:
    inbox.wanted = lambda _: False
    cart = shop.carts.fill()
    came = int(clock.now.timestamp())
    data = {"type": "cart", "id": cart}
    keep(
        inbox, "store/cart/updated", data, cart_id=cart, happened_at=came + 72000, received_at=came
    )
    out = read()
    assert by_id(out)[cart]["date_modified"] == "2026-03-03T12:00:00Z"
    assert out.state["bookmarks"][CARTS]["replication_key_value"] == "2026-03-03T12:00:00Z"
    clock.advance(minutes=61)
    assert by_id(read(out.state))[cart]["abandoned_at"] == "2026-03-03T13:00:00Z"


def test_an_empty_cart_was_emptied(
    shop: Shop, store: Sandbox, clock: Clock, read: Callable[..., Output]
) -> None:
    shop.carts.ends_empty = False
    cart = shop.carts.fill(2)
    first = read()
    clock.advance(minutes=10)
    shop.carts.empty(cart)
    clock.advance(hours=2)
    out = read(first.state)
    row = by_id(out)[cart]
    assert (row["status"], row["deleted_at"]) == ("deleted", "2026-03-03T12:10:00Z")
    assert (row["items_total"], row["line_item_count"], row["abandoned_at"]) == (0, 0, None)
    assert not out.rows(LINES)
    # Nothing more is asked of it, until somebody fills it again.
    clock.advance(days=31)
    store.clear()
    quiet = read(out.state)
    assert not quiet.tables
    assert not reads(store)


def test_an_empty_cart_that_is_filled_again_lives(
    shop: Shop, clock: Clock, read: Callable[..., Output]
) -> None:
    shop.carts.ends_empty = False
    cart = shop.carts.fill()
    shop.carts.empty(cart)
    out = read()
    assert by_id(out)[cart]["status"] == "deleted"
    clock.advance(minutes=5)
    shop.carts.add(cart)
    row = by_id(read(out.state))[cart]
    assert (row["status"], row["deleted_at"]) == ("active", None)


@pytest.mark.parametrize(
    ("lines", "told", "units"),
    [
        ({"physical_items": 3}, 1, 0),
        ({"physical_items": "x", "custom_items": [{"id": "a", "quantity": 2}, 7]}, 2, 2),
        ({"physical_items": {"id": "a", "quantity": "4"}, "digital_items": {}}, 0, 4),
        (5, 4, 0),
        (None, 0, 0),
    ],
)
def test_lines_that_are_none_are_told(lines: Any, told: int, units: int) -> None:
    document = CartKeeper(Treatment.KEEP, "").kept({"line_items": lines, "base_amount": 3})
    at = int(NOON.timestamp())
    reading = Reading(at, document)
    event = CartEvent(1, "store/cart/updated", at, at, {})
    life = life_of("c", [event], reading, now=at, idle=3600)
    rows = RowBuilder(CART_FIELDS, None, {"store": "s"})
    [row] = cart_rows([life], rows)
    assert (sum(rows.losses.values()), row.items_total) == (told, units)
    assert len(line_rows([life], RowBuilder(LINE_FIELDS, None, {"store": "s"}))) == bool(units)


def test_a_line_whose_id_is_too_long_for_a_key_is_not_written_under_half_of_it() -> None:
    lines = {"physical_items": [{"id": "a" * 256, "quantity": 1}]}
    document = CartKeeper(Treatment.KEEP, "").kept({"line_items": lines})
    at = int(NOON.timestamp())
    event = CartEvent(1, "store/cart/updated", at, at, {})
    life = life_of("c", [event], Reading(at, document), now=at, idle=3600)
    [row] = line_rows([life], RowBuilder(LINE_FIELDS, None, {"store": "s"}))
    # Without an id a line is passed by.
    assert row.id is None


@pytest.mark.usefixtures("sleeps")
@pytest.mark.parametrize("fault", ["500_html", "422"])
def test_a_cart_that_never_answers_is_passed_by(  # noqa: PLR0913, PLR0917
    shop: Shop,
    store: Sandbox,
    clock: Clock,
    read: Callable[..., Output],
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """The others are told once; the cart is asked for again by itself, until it is over."""
    first, bad, last = (shop.carts.fill(2) for _ in range(3))
    clock.advance(minutes=5)

    def strike(_number: int, request: Request) -> Fault | None:
        return Fault(fault) if request.path.endswith(f"/carts/{bad}") else None

    store.before(strike)
    output = read(failing=True, retry_for=5)
    assert output.code == 1
    assert set(by_id(output)) == {first, last}
    assert {row["cart_id"] for row in output.rows(LINES)} == {first, last}
    assert bad in {row["cart_id"] for row in output.rows(LOG)}
    (line,) = [each.getMessage() for each in caplog.records if each.levelname == "ERROR"]
    assert f"{CARTS}, {LINES}: 1 passed by: cart {bad} cannot be read" in line
    for name in (CARTS, LINES):
        assert output.state["bookmarks"][name]["passed_by"] == [bad]
    again = read(output.state, failing=True, retry_for=5)
    assert again.code == 1
    assert again.rows(CARTS) == again.rows(LINES) == []
    now, clock.now = clock.now, clock.now + timedelta(days=31)
    given_up = read(again.state, retry_for=5)
    assert given_up.code == 0
    assert by_id(given_up)[bad]["read_at"] is None
    assert "passed_by" not in given_up.state["bookmarks"][CARTS]
    assert f"Cart {bad} is told by what was known of it before" in caplog.text
    clock.now = now
    store.before(None)
    healed = read(again.state)
    assert healed.code == 0
    assert set(by_id(healed)) == {bad}
    assert "passed_by" not in healed.state["bookmarks"][LINES]
    assert bad in {row["cart_id"] for row in healed.rows(LINES)}
    after = read(healed.state)
    assert after.rows(CARTS) == []


def test_a_line_without_an_id_holds_nothing_back(
    shop: Shop, clock: Clock, read: Callable[..., Output], monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = shop.carts.fill(2)
    answered = LivingCarts.read

    def without_id(carts: LivingCarts, cart_id: str, *, brief: bool = False) -> Any:
        found = answered(carts, cart_id, brief=brief)
        if found:
            next(lines for lines in found["line_items"].values() if lines)[0]["id"] = ""
        return found

    monkeypatch.setattr(LivingCarts, "read", without_id)
    output = read(failing=True)
    assert output.code == 1
    assert len(output.rows(LINES)) == 1
    assert output.state["bookmarks"][LINES]["passed_by"] == [cart]
    again = read(output.state, failing=True)
    assert again.code == 1
    clock.advance(minutes=60 * 24 * 31)
    given_up = read(again.state)
    assert given_up.code == 0
    assert "passed_by" not in given_up.state["bookmarks"][LINES]


@pytest.mark.usefixtures("sleeps")
def test_when_no_cart_answers_the_others_are_not_asked_for(
    shop: Shop, store: Sandbox, read: Callable[..., Output], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(60):
        shop.carts.fill(1)
    store.faults.only, store.faults.kinds, store.faults.rate = "/v3/carts", ("500_html",), 1.0
    output = read(failing=True, retry_for=5)
    assert output.code == 1
    assert len({row["cart_id"] for row in output.rows(LOG)}) == 60
    assert output.rows(CARTS) == []
    assert len(set(reads(store))) < 20
    assert "10 times in a row" in caplog.text
