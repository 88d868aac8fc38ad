"""Random damage to the warehouse of a random shop, and what must be found of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.verify.findings import Fault
from tests.support.verify.damages import BEYOND, CARTS, CUSTOMERS, LINES, ORDERS
from tests.support.warehouse.engines import SCHEMA
from tests.support.warehouse.raw import change
from tests.support.world import bookmark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.verify.random_shops import RandomShop
    from tests.support.warehouse.engines import Engine
    from tests.support.world import Truth

_STREAMS = (CARTS, LINES, ORDERS, CUSTOMERS)


class Mishap(NamedTuple):
    """What must be found.

    Attributes:
        stream: in which table.
        fault: what kind.
        key: of which row.
        of: the order or customer at the store.
    """

    stream: str
    fault: Fault
    key: str
    of: tuple[str, int]


# What is done to a row, `{at}` being the condition for it.
_GONE = (Fault.MISSING, ("delete from {table} where {at}",))
_OLDER = (
    Fault.STALE,
    ("update {table} set date_modified = date_modified - interval '{days} days' where {at}",),
)
_NEWER = (
    Fault.DATE,
    ("update {table} set date_modified = date_modified + interval '1 second' where {at}",),
)
_DEARER = (Fault.AMOUNT, ("update {table} set total_inc_tax = total_inc_tax + 0.01 where {at}",))
_UNKNOWN = (Fault.AMOUNT, ("update {table} set total_inc_tax = null where {at}",))
_LATE = (Fault.STATUS, ("update {table} set status_id = 99 where {at}",))
_DOUBLED = (
    Fault.EXTRA,
    (
        "create temp table second as select * from {table} where {at}",
        "update second set id = {other}",
        "insert into {table} select * from second",
        "drop table second",
    ),
)
_WAYS = {
    ORDERS: (_GONE, _OLDER, _NEWER, _DEARER, _UNKNOWN, _LATE, _DOUBLED),
    CARTS: (_GONE, _OLDER, _NEWER, _DEARER, _UNKNOWN, _DOUBLED),
    CUSTOMERS: (_GONE, _OLDER, _DOUBLED),
}


def mishaps(shop: RandomShop, warehouse: Engine) -> list[Mishap]:
    """Damage some of a shop's settled rows, each in one way."""
    truth = shop.world.truth()
    done, statements = [], []
    sound = [*_sound(shop, truth, warehouse)]
    for stream, key in shop.dice.sample(sound, min(len(sound), shop.dice.randint(0, 4))):
        fault, ways = shop.dice.choice(_WAYS[stream])
        other = BEYOND + key if fault is Fault.EXTRA else key
        statements += [
            way.format(
                table=f"{SCHEMA}.{stream}",
                at=f"store = '{shop.sandbox.store_hash}' and id = '{key}'",
                other=f"'{other}'",
                days=shop.dice.randint(1, 9),
            )
            for way in ways
        ]
        of = "customer" if stream == CUSTOMERS else "order"
        done.append(Mishap(stream, fault, str(other), (of, key)))
        if stream == CARTS and fault is not Fault.AMOUNT and truth.lines[key]:
            # Its lines are not those of its date any more, or it has none.
            done.append(Mishap(LINES, Fault.LINES, str(other), (of, key)))
    change(warehouse, statements)
    return done


def _sound(shop: RandomShop, truth: Truth, warehouse: Engine) -> Iterator[tuple[str, int]]:
    """Yield the rows that are settled, and as the store has them."""
    end = min(bookmark(shop.world.state, stream) for stream in _STREAMS)
    if end == datetime.min.replace(tzinfo=UTC):
        return
    end -= shop.world.idle + shop.world.lookback + timedelta(seconds=1)
    for stream in _WAYS:
        status = "null" if stream == CUSTOMERS else "status_id"
        for row in warehouse.query(
            f"select id, date_modified, {status} as status from {SCHEMA}.{stream} "
            f"where store = '{shop.sandbox.store_hash}' order by id"
        ):
            key, date = int(row["id"]), row["date_modified"].replace(tzinfo=UTC)
            if date > end:
                continue
            if stream == CUSTOMERS:
                same = truth.customers.get(key) == date
            else:
                same = truth.orders.get(key, ())[:2] == (date, row["status"])
            if same:
                yield stream, key
