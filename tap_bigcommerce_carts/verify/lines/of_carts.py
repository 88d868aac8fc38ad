"""Whether each cart has its lines: those of its date, all of them, and none twice.

The lines of a cart are those with its own date; older ones are history. How many there should be
is on the cart. What they say is seen where some are read again.
"""

from __future__ import annotations

import zlib
from collections import Counter
from contextlib import closing
from types import MappingProxyType
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tap_bigcommerce_carts.errors import OutOfReachError, StoreError
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.verify.findings import Checked, Explained, Fault
from tap_bigcommerce_carts.verify.lines.again import LinesAgain
from tap_bigcommerce_carts.verify.lines.counts import CART_DATE, LineCounts, Pair, platform_in
from tap_bigcommerce_carts.verify.tables.table import parts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable
    from tap_bigcommerce_carts.verify.lines.again import LineReader
    from tap_bigcommerce_carts.verify.lines.counts import Counted
    from tap_bigcommerce_carts.verify.tables.table import Table
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

# More digits than an id of BigCommerce can have.
_TOO_LONG = 19
# Carts whose lines are read again: of those that seem right, and of those that do not add up.
_SAMPLE = _MOST_ODD = 25
_KEYLESS = "{} row(s) of {lines} name no cart, or have no id: what they are cannot be told."
_UNCOUNTED = (
    "{carts}.line_item_count is null or not there, as when it is deselected: of {:,} carts it is "
    "not known how many lines they should have."
)
_UNPLACED = (
    "{:,} carts have lines, but are not in the warehouse as of their date, and without the store's "
    "orders it is not known whether they were paid before they were loaded."
)


ABANDONED = Pair(
    "abandoned_carts",
    "abandoned_cart_line_items",
    "abandoned_cart_id",
    "parent_order_product_id",
    is_summed=False,
)
INBOX = Pair("carts", "cart_line_items", "cart_id", "parent_id", is_summed=True)
NO_MAPS: Mapping[str, MappedTable] = MappingProxyType({})


def check_lines(  # noqa: PLR0913 - where, what, and by what
    warehouse: Warehouse,
    store: str,
    window: Window,
    sample: LineReader | None,
    mapped: Mapping[str, MappedTable] = NO_MAPS,
    *,
    pair: Pair = ABANDONED,
    source: Source = Source.BIGCOMMERCE,
) -> Checked:
    """Check that each cart of a window has its lines.

    Args:
        warehouse: where they are.
        store: value of the column `store`.
        window: the carts' dates.
        sample: reads lines again, to compare what they say; None to only count them.
        mapped: what stream maps make of the two streams.
        pair: which carts, and which lines.
        source: where the carts were read; those that were read elsewhere are not looked at.

    Returns:
        What was found: of carts whose lines are right the lines are counted, of others the cart.

    Raises:
        WarehouseError: the warehouse cannot be read, or a table lacks a column without which
            lines cannot be told apart.
    """
    maps = {name: mapped.get(name) for name in (pair.carts, pair.lines)}
    tables = {
        name: warehouse.table(name, named=of.name if of else None) for name, of in maps.items()
    }
    carts, lines = tables.values()
    unverified = [f"The warehouse has no table of {name}." for name in tables if not tables[name]]
    unverified += [why for name, of in maps.items() if of and (why := _hidden(pair, name, of))]
    if unverified or not (carts and lines):
        return Checked(pair.lines, unverified=unverified)
    of_carts, of_lines = maps.values()
    check = _LineCheck(
        warehouse,
        carts,
        lines,
        store,
        pair,
        source,
        are_filtered=bool(of_carts and of_carts.filters),
        altered=of_lines.altered if of_lines else frozenset(),
    )
    check.count(window)
    if sample:
        check.read_again(sample)
    return check.checked


def _hidden(pair: Pair, stream: str, mapped: MappedTable) -> str | None:
    """Return why a stream map leaves nothing to count, if it does."""
    needed = {"store", "id", "date_modified", "line_item_count"}
    if pair.is_summed:
        needed |= {"items_total"}
    if stream == pair.lines:
        if mapped.filters:
            return f"`stream_maps` leaves out rows of {stream}, so that they cannot be counted."
        needed = {"store", pair.cart, "id", CART_DATE}
        needed |= {"quantity"} if pair.is_summed else set()
    if altered := sorted(needed & mapped.altered):
        return (
            f"`stream_maps` changes {', '.join(altered)} of {stream}, without which lines cannot "
            "be counted."
        )
    return None


class _LineCheck:
    """The check of a store's lines."""

    def __init__(  # noqa: PLR0913, PLR0917 - what is compared
        self,
        warehouse: Warehouse,
        carts: Table,
        lines: Table,
        store: str,
        pair: Pair,
        source: Source,
        *,
        are_filtered: bool,
        altered: frozenset[str],
    ) -> None:
        self.warehouse = warehouse
        self.carts = carts
        self.lines = lines
        self.store = store
        self.pair = pair
        self.source = source
        self.are_filtered = are_filtered
        self.altered = altered
        self.checked = Checked(pair.lines)
        # Those to be read again: by lot, and of those that do not add up the first, and the rest.
        self._drawn: dict[int, Counted] = {}
        self._odd: list[Counted] = []
        self._more = 0
        # Carts that cannot be judged, by the reason.
        self._unknown: Counter[str] = Counter()

    def count(self, window: Window) -> None:
        """Count the lines of each cart of a window."""
        self.checked.window = window
        with self.warehouse.held(), closing(LineCounts(self.pair)) as counts:
            counts.add_carts(self.carts, self.store, window, self.source)
            counts.add_lines(self.lines, self.store, window, self.warehouse)
            for some in parts(counts.carts()):
                self._judge(some)
            for astray in parts(counts.astray()):
                self._judge_astray(dict(astray))
        if keyless := self._keyless(window):
            self._unknown[_KEYLESS] += keyless
        for why, count in self._unknown.items():
            self.checked.unverified.append(why.format(count, **self.pair._asdict()))

    def _keyless(self, window: Window) -> int:
        """Count the lines of a window that name no cart, or have no id."""
        query = sa.select(sa.func.count()).where(
            self.lines["store"] == self.store,
            self.lines.within(CART_DATE, window),
            sa.or_(self.lines[self.pair.cart].is_(None), self.lines["id"].is_(None)),
        )
        ((count,),) = self.warehouse.ask(query)
        return int(count)

    def _judge(self, carts: list[Counted]) -> None:
        faults = {cart.id: fault for cart in carts if (fault := self._fault_of(cart))}
        ahead = self._ahead([cart for cart in carts if cart.id in faults])
        for cart in carts:
            if cart.id in ahead:
                self.checked.explain(Explained.CHANGED, cart.modified)
            elif cart.id in faults:
                self.checked.blame(faults[cart.id], cart.id, cart.modified)
            elif cart.expected is None and self.pair is not INBOX:
                self._unknown[_UNCOUNTED] += 1
            else:
                self.checked.day(cart.modified).equal += cart.lines
                self._draw(cart)

    def _fault_of(self, cart: Counted) -> Fault | None:
        if cart.lines > cart.ids:
            return Fault.DOUBLED_LINES
        if cart.expected is None:
            # Of the inbox one that was never read, and has none.
            return None
        is_right = cart.lines == cart.expected and (cart.adds_up or not self.pair.is_summed)
        return None if is_right else Fault.LINES

    def _ahead(self, carts: list[Counted]) -> set[str]:
        """Return those carts whose lines are newer than themselves: a load is under way.

        It writes lines first. One that was broken off goes on there with the next.
        """
        dates = {cart.id: cart.modified for cart in carts}
        columns = (self.pair.cart, CART_DATE)
        found = self.lines.where(self.store, self.pair.cart, dates, columns)
        return {cart for cart, date in found if date and date > dates[cart]}

    def _judge_astray(self, carts: dict[str, datetime]) -> None:
        """Judge carts with lines that are newer than they are, as far as they are in the window."""
        columns = ("id", "date_modified", *platform_in(self.carts))
        current = {
            cart
            for cart, date, *platform in self.carts.where(self.store, "id", carts, columns)
            if (date and date >= carts[cart]) or {*platform} - {None, self.source}
        }
        placed = self._placed(carts)
        for cart, date in carts.items():
            if cart in current:
                # These lines are history, since it changed after the window; or read elsewhere.
                continue
            if self.are_filtered:
                self.checked.explain(Explained.STREAM_MAP, date)
            elif placed is None:
                self._unknown[_UNPLACED] += 1
            elif cart in placed:
                self.checked.explain(Explained.CONVERTED, date)
            else:
                self.checked.blame(Fault.LINES, cart, date)

    def _placed(self, carts: dict[str, datetime]) -> set[str] | None:
        """Return those carts that are orders by now; None if that is not known.

        Where a load was broken off after their lines, the carts were not there to be loaded again.
        """
        if self.pair is INBOX:
            return set()
        orders = self.warehouse.table("orders")
        needed = ("id", "status_id", "date_modified")
        if orders is None or not orders.columns.issuperset(needed):
            return None
        if orders.newest(self.store) is None:
            return None
        ids = [int(cart) for cart in carts if cart.isdecimal() and len(cart) < _TOO_LONG]
        found = orders.where(self.store, "id", ids, needed)
        return {
            str(order)
            for order, status, date in found
            if status and date and date >= carts[str(order)]
        }

    def _draw(self, cart: Counted) -> None:
        """Keep a cart in mind to be read again: some by lot, and those that do not add up."""
        if not cart.adds_up:
            self._more += len(self._odd) == _MOST_ODD
            self._odd += [cart] if len(self._odd) < _MOST_ODD else []
            return
        # Others for another window, but none by chance.
        self._drawn[zlib.crc32(f"{cart.id} {self.checked.window}".encode())] = cart
        if len(self._drawn) > _SAMPLE:
            del self._drawn[max(self._drawn)]

    def read_again(self, sample: LineReader) -> None:
        """Compare what the lines of some carts say with what the store says."""
        again = LinesAgain(self.lines, self.pair.cart, self.altered)
        self.checked.unverified += again.unverified
        carts = {cart.id: cart for cart in (*self._drawn.values(), *self._odd)}
        dates = {cart.id: cart.modified for cart in carts.values()}
        try:
            for cart, fault in again.faults(self.store, dates, sample):
                self.checked.day(dates[cart]).equal -= carts[cart].lines
                self.checked.blame(fault, cart, dates[cart])
        except OutOfReachError:
            raise
        except StoreError as error:
            self.checked.unverified.append(f"Not all of the sample could be read again: {error}")
        if self._more:
            self.checked.unverified.append(
                f"The lines of {self._more + _MOST_ODD} carts have other quantities than "
                f"`items_total`; those of {_MOST_ODD} of them were read again."
            )
