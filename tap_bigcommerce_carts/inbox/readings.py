"""The last reading of each cart of one store: what the inbox keeps of it for when it is gone."""

from __future__ import annotations

import logging
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec
import sqlalchemy as sa

from tap_bigcommerce_carts.inbox.lifecycle import Reading
from tap_bigcommerce_carts.inbox.tables import READINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_bigcommerce_carts.inbox.database import Database

_PER_PAGE = 250
logger = logging.getLogger(__name__)


class Readings:
    """The readings of one store's carts.

    Args:
        database: the inbox's.
        store: the store's hash.
    """

    def __init__(self, database: Database, store: str) -> None:
        self._database = database
        self._store = store
        self._warned_of_busy = False

    def check(self) -> None:
        """Check that readings can be written: better now than after hundreds of carts were read.

        Raises:
            StorageError: they cannot.
        """
        with self._database.writing() as connection:
            connection.execute(sa.delete(READINGS).where(sa.false()))

    def of(self, carts: Collection[str]) -> dict[str, Reading]:
        """Return the last readings of some carts by their id, as far as there are any."""
        found = self._database.rows(
            sa.select(READINGS.c.cart_id, READINGS.c.reading).where(
                READINGS.c.store == self._store, READINGS.c.cart_id.in_(carts)
            )
        )
        read = {cart: _decoded(reading) for cart, reading in found}
        return {cart: reading for cart, reading in read.items() if reading}

    def save(self, readings: Mapping[str, tuple[int, Reading]]) -> None:
        """Save readings of carts, each in the place of an older one.

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
        if rows:
            self._database.upsert(READINGS, rows)

    def remask(self, treated: str, renewed: Callable[[Reading], Reading]) -> int:
        """Treat the personal data of readings that were saved under other settings as that of now.

        Args:
            treated: how it is treated now.
            renewed: returns a reading, treated so.

        Returns:
            How many readings there were of that kind.

        Raises:
            StorageError: they could not be read or written.
        """
        count, last = 0, ""
        others = (
            sa.select(READINGS.c.cart_id, READINGS.c.active_at, READINGS.c.reading)
            .where(self._treated_otherwise(treated))
            .order_by(READINGS.c.cart_id)
            .limit(_PER_PAGE)
        )
        while page := self._database.rows(others.where(READINGS.c.cart_id > last)):
            found = {row.cart_id: (row.active_at, _decoded(row.reading)) for row in page}
            self.save(
                {
                    # Of one that cannot be read nothing is left but that there was one.
                    cart: (active_at, renewed(reading or Reading(active_at)))
                    for cart, (active_at, reading) in found.items()
                }
            )
            count, last = count + len(page), page[-1].cart_id
        # Also if it were none: another run may have found the database busy.
        if not self._database.fold() and not self._warned_of_busy:
            self._warned_of_busy = True
            logger.warning(
                "The inbox is being read by somebody else, so that personal data as it was before "
                "may still be in the file that ends in -wal: the next run tries again."
            )
        return count

    def count_of_others(self, treated: str) -> int:
        """Return how many readings `remask` would treat anew.

        Args:
            treated: as for `remask`.

        Raises:
            StorageError: they could not be read.
        """
        others = sa.select(sa.func.count()).where(self._treated_otherwise(treated))
        ((count,),) = self._database.rows(others)
        return int(count)

    def _treated_otherwise(self, treated: str) -> sa.ColumnElement[bool]:
        # JSON inside of a text or of the document cannot end so.
        end = f'"treated":"{treated}"}}'
        return sa.and_(
            READINGS.c.store == self._store, ~READINGS.c.reading.endswith(end, autoescape=True)
        )


def _decoded(written: str) -> Reading | None:
    """Return the saved reading of a cart; None if it cannot be read."""
    with suppress(ValueError, RecursionError):
        return _decoder.decode(written)
    return None


_decoder = msgspec.json.Decoder(Reading, float_hook=Decimal)
_encoder = msgspec.json.Encoder(decimal_format="number")
