"""The inbox's tables, and how those of an older version become those of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa

from tap_bigcommerce_carts.errors import InboxError

if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 3

_tables = sa.MetaData()
SCHEMA = sa.Table(
    "cart_inbox_schema",
    _tables,
    sa.Column("version", sa.Integer, primary_key=True),
    # Distinguishes this inbox from any other, whose sequences mean other events.
    sa.Column("inbox", sa.Text),
)
EVENTS = sa.Table(
    "cart_inbox_events",
    _tables,
    sa.Column(
        "sequence",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("cart_id", sa.Text),
    sa.Column("happened_at", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("data", sa.Text, nullable=False),
    sa.UniqueConstraint("store", "hash", name="cart_inbox_events_once"),
    sa.Index("cart_inbox_events_cart", "store", "cart_id", "sequence"),
    sa.Index("cart_inbox_events_received", "received_at"),
    # A sequence is never given twice, also after all was pruned.
    sqlite_autoincrement=True,
)
_HAPPENED = sa.Index("cart_inbox_events_happened", EVENTS.c.store, EVENTS.c.happened_at)
# The last reading of each cart: all there is to know of it once it is gone.
READINGS = sa.Table(
    "cart_inbox_readings",
    _tables,
    sa.Column("store", sa.Text, primary_key=True),
    sa.Column("cart_id", sa.Text, primary_key=True),
    sa.Column("active_at", sa.BigInteger, nullable=False),
    sa.Column("reading", sa.Text, nullable=False),
    sa.Index("cart_inbox_readings_active", "store", "active_at"),
)
# How far each stream of the tap has read each store's events, as the STATE said that it was given:
# what is before is loaded for certain, and may be pruned.
READERS = sa.Table(
    "cart_inbox_readers",
    _tables,
    sa.Column("store", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
)


def prepare(connection: sa.Connection, *, create: bool) -> str:
    """Make the tables, or bring them to this version; return the inbox's own name.

    Args:
        connection: in a transaction that nobody else prepares tables in.
        create: whether tables may be made and changed; else they must be as they should.

    Raises:
        InboxError: there are none, or of a version that cannot be used.
    """
    if not sa.inspect(connection).has_table(SCHEMA.name):
        if not create:
            raise InboxError("This database is not an inbox: it has no cart_inbox_schema.")
        _tables.create_all(connection)
        connection.execute(sa.insert(SCHEMA).values(version=VERSION, inbox=uuid4().hex))
    version = connection.scalar(sa.select(sa.func.max(SCHEMA.c.version))) or 0
    if version > VERSION:
        raise InboxError(
            f"The inbox's tables are of version {version}, this program knows {VERSION}: "
            "install its newer version."
        )
    if version < VERSION and not create:
        raise InboxError(
            f"The inbox's tables are of version {version}, this program needs {VERSION}: start "
            "its newer `bigcommerce-carts inbox serve` once, which brings them up to date."
        )
    for step in range(version + 1, VERSION + 1):
        _STEPS[step](connection)
        connection.execute(sa.update(SCHEMA).values(version=step))
    return connection.scalar(sa.select(SCHEMA.c.inbox)) or ""


def _to_2(connection: sa.Connection) -> None:
    """Add what the tap reads carts with: the inbox's name, readings, and events by their time."""
    connection.exec_driver_sql(f"ALTER TABLE {SCHEMA.name} ADD COLUMN inbox TEXT")
    connection.execute(sa.update(SCHEMA).values(inbox=uuid4().hex))
    READINGS.create(connection)
    _HAPPENED.create(connection)


def _to_3(connection: sa.Connection) -> None:
    """Add how far the tap has read."""
    READERS.create(connection)


_STEPS: dict[int, Callable[[sa.Connection], None]] = {2: _to_2, 3: _to_3}
