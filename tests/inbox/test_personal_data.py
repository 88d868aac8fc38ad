"""Personal data in what comes from the inbox, and in the inbox itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.cart_log import CartLog
from tap_bigcommerce_carts.inbox.tables import EVENTS
from tap_bigcommerce_carts.sandbox.shop.cart import custom_item, gift_certificate
from tap_bigcommerce_carts.sandbox.shop.currencies import STORE
from tests.support.shop_inbox import CARTS, LINES, LOG, Inbox, by_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_bigcommerce_carts.sandbox import Shop
    from tests.support.harness import Clock, Output

SALT = "grain-of-salt-5b1f3a"

TYPED = ("someone@example.org", "Engraved for Ada", "A Friend", "friend@example.org", "For Ada")


def written(out: Output, *tables: str) -> str:
    return json.dumps([out.rows(table) for table in tables], default=str)


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
        assert "SPRING10" in repr(log.readings.of([cart]))
    read(streams=[LOG], **more)
    with closing(CartLog(inbox.url, "sandbox1")) as log:
        readings = repr(log.readings.of([cart]))
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
        log.database.reading() as glance,
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
