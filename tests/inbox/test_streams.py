"""The streams that read the inbox: carts as they live, whatever became of the events."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tap_bigcommerce_carts.errors import CatalogError, InboxError, StateError
from tap_bigcommerce_carts.inbox.events import parse
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.sandbox.shop.cart import custom_item, gift_certificate
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.harness import catalog_for, command, run
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox, by_id, reads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tap_bigcommerce_carts.sandbox import Sandbox, Shop
    from tests.support.harness import Clock, Output

pytestmark = pytest.mark.slow


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


def test_a_bookmark_of_another_column_ends_lines_that_are_read_alone_in_a_sentence(
    shop: Shop, read: Callable[..., Output]
) -> None:
    """Nothing is read then of the carts, which nobody asked for."""
    shop.carts.fill(2)
    bookmark = {"replication_key": "id", "replication_key_value": "2026-03-01T00:00:00Z"}
    with pytest.raises(StateError, match=rf"{LINES} in the STATE is not of `cart_date_modified`"):
        read({"bookmarks": {LINES: bookmark}}, streams=[LINES])


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


def test_the_scope_of_the_carts_is_enough(
    shop: Shop, store: Sandbox, read: Callable[..., Output]
) -> None:
    """Also to learn the time, where no list is read."""
    cart = shop.carts.fill()
    store.scopes = {"store_cart_read_only"}
    out = read()
    assert (out.code, list(by_id(out))) == (0, [cart])
    refused = {request.route for request in store.requests if request.status != 200}
    assert refused == {"/v3/checkouts/{cart_id}"}


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
    engine = inbox.storage.database.engine
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
