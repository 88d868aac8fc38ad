"""The store, asked again for single rows of a stream, as they are now."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_bigcommerce_carts.model import BEGINNING, Window
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.documents import value_of
from tap_bigcommerce_carts.rows.values import integer_or_none, moment
from tap_bigcommerce_carts.streams.abandoned_carts import CART_FIELDS, LINE_FIELDS, cart_rows
from tap_bigcommerce_carts.streams.customers import CUSTOMER_FIELDS, customer_rows
from tap_bigcommerce_carts.streams.orders import ORDER_FIELDS, order_rows
from tap_bigcommerce_carts.streams.through_api2cart import (
    API2CART_CARTS,
    API2CART_CUSTOMERS,
    customer_rows_of,
    owner_of,
)
from tap_bigcommerce_carts.streams.through_api2cart import cart_rows as api2cart_rows
from tap_bigcommerce_carts.verify.findings import Explained, Fault
from tap_bigcommerce_carts.verify.keys.listing import Item, seconds, written
from tap_bigcommerce_carts.verify.keys.second_look import Current, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_bigcommerce_carts.bigcommerce.customers import CustomerList
    from tap_bigcommerce_carts.bigcommerce.orders import OrderList
    from tap_bigcommerce_carts.model import Listed
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable

# Rows that are asked for again at once.
_AT_ONCE = 1_000
# Orders that are asked for one by one, where the list lacks them.
_MOST_ALONE = 1_000
# What was given an id last may be gone by now. Further beyond the newest one nobody can tell: the
# number that orders start with may have been raised. Older than the newest one by this, a row that
# has a greater id was never the store's.
_MOST_GONE, _OLDEST_GONE = 1_000, 7 * 86_400
# Of such a share of the rows it is not believed that they were deleted. A cart that is paid leaves
# API2Cart's list.
_SHARE, _SHARE_PAID = 0.2, 0.5


class Reach(NamedTuple):
    """What of a stream was read when its bookmark was made, beside its dates.

    Attributes:
        channels: the storefronts; empty for all.
        mapped: what its stream map makes of it.
    """

    channels: frozenset[int]
    mapped: MappedTable


class OrdersAgain:
    """Orders, or carts that are orders in status 0.

    Args:
        run: settings and store.
        reach: what of the stream was read.
        carts: whether the stream has carts.
    """

    at_once = _AT_ONCE
    most_gone = _SHARE

    def __init__(self, run: Run, reach: Reach, *, carts: bool) -> None:
        self._run = run
        self._reach = reach
        self._carts = carts
        fields = CART_FIELDS if carts else ORDER_FIELDS
        self._rows = RowBuilder(run.written(fields), run.mask, {"store": run.store_name})
        self._lines = RowBuilder(LINE_FIELDS)
        self._alone = _MOST_ALONE
        self._not_asked: set[str] = set()

    def current(self, keys: Sequence[str]) -> dict[str, Current]:
        """Return those of some orders that the store has."""
        ids = _numbers(keys)
        found = {row.id: self._current(row) for row in self._listed(ids)}
        # Archived orders may be in no list, and cost a request each.
        missed = [each for each in ids if each not in found]
        self._not_asked.update(map(str, missed[self._alone :]))
        missed = missed[: self._alone]
        self._alone -= len(missed)
        with ThreadPoolExecutor(self._run.settings.connection.limits.parallel) as pool:
            for row in filter(None, pool.map(self._orders.alone, missed)):
                archived = value_of(row.document, "is_deleted") is True
                found[row.id] = self._current(row)._replace(listed=not archived)
        return {str(key): current for key, current in found.items()}

    def absent(self, item: Item) -> Explained | Fault | Unknown:
        """Return what is the matter with an order that the store does not have."""
        return Unknown.NOT_ASKED if item.key in self._not_asked else _absent(item, self._newest)

    @property
    def _orders(self) -> OrderList:
        return self._run.bigcommerce.order_list

    def _listed(self, ids: list[int]) -> Iterator[Listed]:
        if self._carts and self._reach.mapped.filters:
            # A filter may look at what is counted of the lines.
            return self._run.bigcommerce.carts_of(ids, self._rows.document, self._lines.document)
        return self._run.bigcommerce.orders_of(ids, self._rows.document)

    def _current(self, row: Listed) -> Current:
        if row.problem:
            return Current(Item(str(row.id), None), problem=row.problem)
        (built,) = (cart_rows if self._carts else order_rows)([row], self._rows)
        item = Item(
            str(row.id), seconds(row.modified), built.status_id, *written(built.total_inc_tax)
        )
        chosen = frozenset(self._run.settings.channel_ids)
        return Current(
            item,
            ours=not chosen or built.channel_id in chosen,
            was_read=not self._reach.channels or built.channel_id in self._reach.channels,
            kept=self._reach.mapped.keeps(built),
        )

    @cached_property
    def _newest(self) -> Listed | None:
        return self._orders.newest()


class CustomersAgain:
    """Registered customers.

    Args:
        run: settings and store.
        reach: what of the stream was read.
        greatest: the greatest id that was listed.
    """

    at_once = _AT_ONCE
    most_gone = _SHARE

    def __init__(self, run: Run, reach: Reach, greatest: int) -> None:
        self._greatest = greatest
        self._run = run
        self._reach = reach
        self._rows = RowBuilder(CUSTOMER_FIELDS, run.mask, {"store": run.store_name})

    def current(self, keys: Sequence[str]) -> dict[str, Current]:
        """Return those of some customers that the store has."""
        found = self._customers.of_ids(_numbers(keys), whole=self._reach.mapped.filters)
        return {str(row.id): self._current(row) for row in found}

    def absent(self, item: Item) -> Explained | Fault | Unknown:
        """Return what is the matter with a customer that the store does not have."""
        newest = self._newest
        # Those who were imported have ids that do not go by the date they registered.
        number = max(self._greatest, newest.id if newest else 0)
        return _absent(item, newest and newest._replace(id=number))

    @property
    def _customers(self) -> CustomerList:
        return self._run.bigcommerce.customer_list

    def _current(self, row: Listed) -> Current:
        if row.problem:
            return Current(Item(str(row.id), None), problem=row.problem)
        kept = True
        if self._reach.mapped.filters:
            (built,) = customer_rows([row], self._rows)
            kept = self._reach.mapped.keeps(built)
        return Current(
            Item(str(row.id), seconds(row.modified)),
            ours=self._customers.shops_here(row.document),
            was_read=self._customers.shops_here(row.document, self._reach.channels),
            kept=kept,
        )

    @cached_property
    def _newest(self) -> Listed | None:
        return self._customers.newest()


class Api2CartAgain:
    """Abandoned carts through API2Cart, or their owners: listed once more, for want of another way.

    Args:
        run: settings and store.
        reach: what of the stream was read.
        start: the first date of the window.
        owners: whether the stream has the owners.
    """

    # All at once, since each time the whole list is read.
    at_once = 10**9
    most_gone = _SHARE_PAID

    def __init__(self, run: Run, reach: Reach, start: Any, *, owners: bool) -> None:
        self._run = run
        self._reach = reach
        self._start = start
        self._owners = owners
        fields = API2CART_CUSTOMERS if owners else API2CART_CARTS
        self._rows = RowBuilder(run.written(fields), run.mask, {"store": run.store_name})

    def current(self, keys: Sequence[str]) -> dict[str, Current]:
        """Return those of some rows that the list has now."""
        wanted = set(keys)
        found: dict[str, Current] = {}
        for page, _ in self._run.api2cart.abandoned_carts(Window(self._start, self._run.now)):
            for current in self._of_page(page):
                known = found.get(current.item.key)
                if current.item.key in wanted and _is_later(current.item, known):
                    found[current.item.key] = current
        return found

    def absent(self, item: Item) -> Explained:  # noqa: ARG002 - its ids show nothing
        """Return what is the matter with a row that the list lacks: its ids may be anything."""
        return Explained.DELETED

    def _of_page(self, page: list[Listed]) -> Iterator[Current]:
        for cart in page:
            if cart.problem:
                if not self._owners:
                    yield Current(Item(str(cart.id), None), problem=cart.problem)
                continue
            if self._owners:
                yield from self._owner(cart)
                continue
            (built,) = api2cart_rows([cart], self._rows)
            total = written(built.total_inc_tax)
            yield Current(
                Item(str(cart.id), seconds(cart.modified), None, *total),
                kept=self._reach.mapped.keeps(built),
            )

    def _owner(self, cart: Listed) -> Iterator[Current]:
        owner = owner_of(cart)
        if owner is not None:
            (built,) = customer_rows_of({owner: cart}, self._rows)
            yield Current(
                Item(str(owner), seconds(cart.modified)), kept=self._reach.mapped.keeps(built)
            )


def _is_later(item: Item, known: Current | None) -> bool:
    return known is None or (known.item.date or 0) < (item.date or 0)


def _numbers(keys: Iterable[str]) -> list[int]:
    """Return the keys that can be an id of BigCommerce."""
    return [number for key in keys if (number := _number(key)) is not None]


def _number(key: str) -> int | None:
    number = integer_or_none(key)
    return number if number is not None and number > 0 and str(number) == key else None


def _absent(item: Item, newest: Listed | None) -> Explained | Fault | Unknown:
    """Return whether a row that the store has not may have been deleted there.

    One that was deleted has an id that was given. That of the newest may be gone too, but no
    more than a few are given after the newest that is there, and none before it was.
    """
    number = _number(item.key)
    if number is None:
        return Fault.EXTRA
    if newest is None:
        return Unknown.NO_ROW
    if number <= newest.id:
        return Explained.DELETED
    if item.date is not None and item.date < _created(newest) - _OLDEST_GONE:
        return Fault.EXTRA
    return Explained.DELETED if number - newest.id <= _MOST_GONE else Unknown.BEYOND


def _created(row: Listed) -> int:
    try:
        return seconds(moment(value_of(row.document, "date_created")))
    except (AttributeError, TypeError, ValueError):
        return seconds(BEGINNING)
