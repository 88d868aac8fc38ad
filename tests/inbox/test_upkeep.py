"""Tables of an older version are brought up to date; only what was loaded is pruned."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.errors import InboxError
from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.receiver.storage import Storage
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tap_bigcommerce_carts.tap import TapBigCommerceCarts
from tests.support.receivers import logged
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.harness import Output


def test_tables_of_the_first_version_are_brought_up_to_date(inbox_url: str, shop: Shop) -> None:
    del shop
    with closing(Storage(inbox_url)) as storage, storage.database.engine.begin() as connection:
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
        ).run.inbox
    with closing(Storage(inbox_url)) as storage:
        identity = storage.database.identity
    with closing(CartLog(inbox_url, "abc123")) as log:
        assert log.identity == identity != ""
        assert not log.readings.of(["x"])
        log.checkpoint("carts", 1)
        with log.database.reading() as connection:
            assert "cart_inbox_events_happened" in {
                index["name"] for index in sa.inspect(connection).get_indexes(EVENTS.name)
            }


def test_only_what_was_loaded_is_pruned(
    shop: Shop, inbox: Inbox, read: Callable[..., Output]
) -> None:
    far_ahead = 2**40
    shop.carts.fill()
    carts, log = (read(streams=streams) for streams in ([CARTS, LINES], [LOG]))
    many = len(logged(inbox.storage))
    # A run that has begun is not loaded yet: that is known when its STATE comes back.
    assert inbox.storage.prune(far_ahead).removed == 0
    shop.carts.fill()
    more = len(logged(inbox.storage)) - many
    read(carts.state, streams=[CARTS, LINES])
    assert inbox.storage.prune(far_ahead).removed == 0, "the log was not read so far"
    read(log.state, streams=[LOG])
    assert inbox.storage.prune(far_ahead).removed == many
    assert len(logged(inbox.storage)) == more
