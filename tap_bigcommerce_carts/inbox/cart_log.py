"""The inbox as the tap reads it: the events of one store, cart by cart, and what is kept of carts.

Everything is asked for by the page, in short transactions: receivers go on writing meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from tap_bigcommerce_carts.inbox.database import Database
from tap_bigcommerce_carts.inbox.errors import StorageError
from tap_bigcommerce_carts.inbox.lives import CartEvent, Reading
from tap_bigcommerce_carts.inbox.tables import EVENTS, READINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_MINE = EVENTS.c.store == sa.bindparam("store")


class CartLog(Database):
    """One store's events, and the last reading of each cart.

    Args:
        url: the inbox's database, as SQLAlchemy writes it.
        store: the store's hash.

    Raises:
        InboxError: it cannot be opened or written, or is no inbox.
    """

    def __init__(self, url: str, store: str) -> None:
        super().__init__(url, create=False)
        self._store = store
        try:
            # Better now than after hundreds of carts were read.
            with self._writing() as connection:
                connection.execute(sa.delete(READINGS).where(sa.false()))
        except StorageError:
            self.close()
            raise

    def highest(self) -> int:
        """Give the highest sequence of all stores' events; 0 if there are none."""
        (found,) = self._rows(sa.select(sa.func.max(EVENTS.c.sequence)))
        return found[0] or 0

    def events(self, after: int, upto: int, limit: int) -> list[Any]:
        """Read the next events after a sequence, and up to one."""
        return self._rows(
            sa.select(EVENTS)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .order_by(EVENTS.c.sequence)
            .limit(limit)
        )

    def touched(self, after: int, upto: int, limit: int) -> list[tuple[str, int]]:
        """List the next carts that have events, each at its last one: id and sequence."""
        later = EVENTS.alias("later")
        newer = sa.exists().where(
            later.c.store == EVENTS.c.store,
            later.c.cart_id == EVENTS.c.cart_id,
            later.c.sequence > EVENTS.c.sequence,
            later.c.sequence <= upto,
        )
        found = self._rows(
            sa.select(EVENTS.c.cart_id, EVENTS.c.sequence)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .where(EVENTS.c.cart_id.is_not(None), ~newer)
            .order_by(EVENTS.c.sequence)
            .limit(limit)
        )
        return [(cart, sequence) for cart, sequence in found]

    def left(self, spans: Iterable[tuple[int, int]], after: str, limit: int) -> list[str]:
        """List carts that something happened to in one of some spans of time, by their id.

        Args:
            spans: from a moment, not included, to another, included, in Unix seconds.
            after: the last id of the page before.
            limit: how many.
        """
        asked = [
            sa.select(table.c.cart_id).where(
                table.c.store == sa.bindparam("store"),
                when > start,
                when <= end,
                table.c.cart_id > after,
            )
            for table, when in (
                (EVENTS, EVENTS.c.happened_at),
                (READINGS, READINGS.c.active_at),
            )
            for start, end in spans
        ]
        carts = sa.union(*asked).subquery()
        found = self._rows(sa.select(carts.c.cart_id).order_by(carts.c.cart_id).limit(limit))
        return [cart for (cart,) in found]

    def events_of(self, carts: Collection[str], upto: int) -> Mapping[str, list[CartEvent]]:
        """Read all events of some carts up to a sequence."""
        found: defaultdict[str, list[CartEvent]] = defaultdict(list)
        columns = (EVENTS.c.cart_id, EVENTS.c.sequence, EVENTS.c.scope, EVENTS.c.happened_at)
        for cart, sequence, scope, happened_at, data in self._rows(
            sa.select(*columns, EVENTS.c.data)
            .where(_MINE, EVENTS.c.cart_id.in_(carts), EVENTS.c.sequence <= upto)
            .order_by(EVENTS.c.sequence)
        ):
            event = CartEvent(sequence, scope, happened_at, msgspec.json.decode(data))
            found[cart].append(event)
        return found

    def readings_of(self, carts: Collection[str]) -> dict[str, Reading]:
        """Give the last readings of some carts, as far as there are any."""
        found = self._rows(
            sa.select(READINGS.c.cart_id, READINGS.c.reading).where(
                READINGS.c.store == sa.bindparam("store"), READINGS.c.cart_id.in_(carts)
            )
        )
        return {cart: _decoder.decode(reading) for cart, reading in found}

    def keep(self, readings: Mapping[str, tuple[int, Reading]]) -> None:
        """Keep readings of carts in the place of older ones.

        Args:
            readings: by the cart's id: when it last changed, in Unix seconds, and the reading.

        Raises:
            StorageError: they could not be written.
        """
        rows = [
            {
                "store": self._store,
                "cart_id": cart,
                "active_at": active_at,
                "reading": _encoder.encode(reading).decode(),
            }
            for cart, (active_at, reading) in readings.items()
        ]
        dialect = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(READINGS)
        changed = {name: insert.excluded[name] for name in ("active_at", "reading")}
        if rows:
            with self._writing() as connection:
                connection.execute(
                    insert.on_conflict_do_update(index_elements=["store", "cart_id"], set_=changed),
                    rows,
                )

    def nameless(self, after: int, upto: int) -> list[tuple[int, str]]:
        """List events that hold a token but no cart: sequence and token."""
        found = self._rows(
            sa.select(EVENTS.c.sequence, EVENTS.c.data)
            .where(_MINE, EVENTS.c.sequence > after, EVENTS.c.sequence <= upto)
            .where(EVENTS.c.cart_id.is_(None))
        )
        tokens = [(sequence, msgspec.json.decode(data).get("token")) for sequence, data in found]
        return [(sequence, token) for sequence, token in tokens if isinstance(token, str) and token]

    def assign(self, sequence: int, cart: str) -> None:
        """Note which cart an event is about.

        Raises:
            StorageError: it could not be written.
        """
        with self._writing() as connection:
            connection.execute(
                sa.update(EVENTS).where(EVENTS.c.sequence == sequence).values(cart_id=cart)
            )

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self._reading() as connection:
            return list(connection.execute(query, {"store": self._store}))


_decoder = msgspec.json.Decoder(Reading, float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
