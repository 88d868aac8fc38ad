"""From the shop's webhooks to the warehouse: a real receiver, real loaders, some events lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from tap_bigcommerce_carts.inbox.receiver.authenticity import SECRET_HEADER
from tap_bigcommerce_carts.sandbox import Sandbox, Shop
from tests.support.harness import Clock
from tests.support.receivers import SECRET, Receiver
from tests.support.warehouse.engines import SCHEMA, Engine
from tests.support.warehouse.pipes import pipe

HOUR = timedelta(hours=1)


@pytest.fixture
def inbox_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'inbox.db'}"


@pytest.fixture
def store(inbox_url: str) -> Iterator[Sandbox]:
    """A shop whose webhooks reach an inbox, most of them, in disorder and some twice."""
    clock = Clock()
    secrets = f"abc123={'x' * 16},sandbox1={SECRET}"
    receiver = Receiver(inbox_url, "--store-hash", "sandbox1", CART_INBOX_SECRETS=secrets)
    with Sandbox(Shop(clock=clock)) as sandbox:
        sandbox.quota = None
        hooks = sandbox.webhooks
        hooks.https_only, hooks.speed, hooks.senders = False, 1000, 2
        hooks.duplicates, hooks.shuffled, hooks.lost = 0.1, 0.2, 0.03
        hook = {
            "scope": "store/cart/*",
            "destination": f"{receiver.url}/webhooks",
            "headers": {SECRET_HEADER: SECRET},
        }
        requests.post(
            f"{sandbox.base}/v3/hooks",
            json=hook,
            headers={"X-Auth-Token": sandbox.token},
            timeout=30,
        ).raise_for_status()
        yield sandbox
    receiver.stop()


def test_carts_in_the_warehouse_are_those_of_the_shop(
    store: Sandbox, inbox_url: str, engine: Engine, tmp_path: Path
) -> None:
    settings = {**store.config(), "inbox_url": inbox_url}
    state = None
    store.shop.carts.ends_empty = False
    empty = store.shop.carts.fill(2)
    store.shop.carts.empty(empty)
    store.shop.carts.ends_empty = True
    for seed in range(2):
        store.shop.carts.live(150, seed, hours=6)
        assert store.webhooks.wait(60)
        state = pipe(settings, engine, tmp_path, state)
        assert isinstance(store.shop.clock, Clock)
        store.shop.clock.advance(hours=6)
        store.shop.carts.notice()
        assert store.webhooks.wait(60)
        state = pipe(settings, engine, tmp_path, state)
    [row] = engine.query(
        f"select status, items_total, line_item_count from {SCHEMA}.carts where id = '{empty}'"
    )
    assert row == {"status": "deleted", "items_total": 0, "line_item_count": 0}
    now = store.shop.clock()
    expected = {}
    for truth in store.shop.carts.truths():
        left = truth.status == "active" and truth.updated <= now - HOUR
        expected[truth.cart_id] = ("abandoned" if left else truth.status, truth.order_id)
    expected[empty] = ("deleted", None)
    found = {
        row["id"]: (row["status"], row["order_id"])
        for row in engine.query(f"select id, status, order_id from {SCHEMA}.carts")
    }
    converted = {cart for cart, (status, _) in expected.items() if status == "converted"}
    assert found.keys() == expected.keys()
    assert {cart: status for cart, (status, _) in found.items()} == {
        cart: status for cart, (status, _) in expected.items()
    }
    assert {cart: found[cart][1] for cart in converted} == {
        cart: expected[cart][1] for cart in converted
    }
    orphans = (
        f"select count(*) as n from {SCHEMA}.carts c where c.line_item_count is not null and "
        f"c.line_item_count <> (select count(*) from {SCHEMA}.cart_line_items l "
        "where l.cart_id = c.id and l.cart_date_modified = c.date_modified)"
    )
    assert engine.query(orphans)[0]["n"] == 0
