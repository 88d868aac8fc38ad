"""What the lines of single carts say, beside what the store says of them now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from tap_bigcommerce_carts.bigcommerce.line_items import adds_up, distinct
from tap_bigcommerce_carts.bigcommerce.orders import INCOMPLETE
from tap_bigcommerce_carts.bigcommerce.pagination import v2_page
from tap_bigcommerce_carts.bigcommerce.scopes import ORDERS
from tap_bigcommerce_carts.errors import NotFoundError
from tap_bigcommerce_carts.model import Api2CartConnection, Listed, Window
from tap_bigcommerce_carts.rows.builder import RowBuilder
from tap_bigcommerce_carts.rows.values import integer_or_none, moment
from tap_bigcommerce_carts.streams.abandoned_carts import LINE_FIELDS, line_rows
from tap_bigcommerce_carts.streams.through_api2cart import API2CART_LINES
from tap_bigcommerce_carts.streams.through_api2cart import line_rows as api2cart_rows
from tap_bigcommerce_carts.verify.findings import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from tap_bigcommerce_carts.rows.fields import Field
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.verify.tables.table import Table

_TOTAL = "total_inc_tax"


class Line(NamedTuple):
    """What is compared of a line, by the names of its columns."""

    product_id: int | None
    sku: str | None
    quantity: int | None
    total_inc_tax: Decimal | None


# Called with a cart and its date. Returns the cart's lines by their ids, or None if the store has
# it no more as it was then; raises a StoreError if it cannot be read.
LineReader: TypeAlias = Callable[[str, datetime], Mapping[int, Line] | None]
_Read: TypeAlias = Callable[[Listed], dict[int, Line]]


def line_reader(run: Run) -> LineReader:
    """Return what reads the lines of abandoned carts again, each cart by itself.

    Args:
        run: settings and store.
    """
    if isinstance(run.settings.connection, Api2CartConnection):
        return partial(_read_api2cart, run, _rows_of(run, API2CART_LINES, api2cart_rows))
    return partial(_read, run, _rows_of(run, LINE_FIELDS, line_rows))


def _rows_of(run: Run, fields: tuple[Field, ...], build: Callable[..., list[Any]]) -> _Read:
    """Return what makes of a listed cart its lines, as they are loaded."""
    rows = RowBuilder(run.written(fields), run.mask, {"store": run.store_name})

    def read(cart: Listed) -> dict[int, Line]:
        return {
            row.id: Line(*(getattr(row, column) for column in Line._fields))
            for row in build([cart], rows)
        }

    return read


class LinesAgain:
    """The lines of single carts in the warehouse, compared with the store's.

    Args:
        lines: their table.
        cart: its column that says which cart a line is of.
        altered: columns that are not written as they were read.

    Attributes:
        unverified: what is not compared, in sentences.
    """

    def __init__(self, lines: Table, cart: str, altered: frozenset[str]) -> None:
        self.unverified: list[str] = []
        self._lines = lines
        self._cart = cart
        self._compared: list[str] = []
        for column in Line._fields:
            name = f"{lines.stream}.{column}"
            if column in altered:
                self.unverified.append(f"`stream_maps` changes {name}: it is not compared.")
            elif column not in lines.columns:
                self.unverified.append(f"{name} is not in the warehouse: it is not compared.")
            else:
                self._compared.append(column)

    def faults(
        self, store: str, carts: Mapping[str, datetime], read: LineReader
    ) -> Iterator[tuple[str, Fault]]:
        """Yield those of some carts whose lines are wrong, and what is.

        Args:
            store: value of the column `store`.
            carts: the carts, with their dates.
            read: reads the store's lines.

        Raises:
            StoreError: the store's lines cannot be read.
            WarehouseError: those of the warehouse cannot.
        """
        columns = (self._cart, "cart_date_modified", "id", *self._compared)
        ours: dict[str, dict[int, list[Any]]] = {cart: {} for cart in carts}
        for cart, date, number, *values in self._lines.where(store, self._cart, carts, columns):
            if date == carts[cart]:
                ours[cart][number] = values
        for cart, modified in carts.items():
            fault = self._fault(ours[cart], read(cart, modified))
            # It may have been changed while it was read.
            if fault and self._fault(ours[cart], read(cart, modified)):
                yield cart, fault

    def _fault(
        self, ours: Mapping[int, list[Any]], theirs: Mapping[int, Line] | None
    ) -> Fault | None:
        # Where it has other lines by now, those that were loaded are of its date.
        return None if theirs is None else self._difference(ours, theirs)

    def _difference(
        self, ours: Mapping[int, list[Any]], theirs: Mapping[int, Line]
    ) -> Fault | None:
        if ours.keys() != theirs.keys():
            return Fault.LINES
        differing = {
            column
            for number, values in ours.items()
            for column, value in zip(self._compared, values, strict=True)
            if not self._is_same(column, value, getattr(theirs[number], column))
        }
        if not differing:
            return None
        return Fault.AMOUNT if differing == {_TOTAL} else Fault.LINES

    def _is_same(self, column: str, ours: Any, theirs: Any) -> bool:
        if column == _TOTAL and self._lines.is_inexact(column) and None not in (ours, theirs):
            return float(ours) == float(theirs)
        return bool(ours == theirs)


def _read(run: Run, lines_of: _Read, cart: str, modified: datetime) -> dict[int, Line] | None:
    """Read the lines of an order in status 0 from where they stand alone."""
    path, session = f"/v2/orders/{cart}", run.bigcommerce.session
    try:
        order = session.get(path, scope=ORDERS)
        if not isinstance(order, dict) or not _is_as_it_was(order, modified):
            return None
        documents = session.all_pages(
            f"{path}/products",
            {},
            v2_page,
            scope=ORDERS,
            is_whole=lambda lines: adds_up(order, distinct(lines)),
        )
    except NotFoundError:
        return None
    return lines_of(Listed(cart, modified, order, lines=distinct(documents)))


def _is_as_it_was(order: dict[str, Any], modified: datetime) -> bool:
    try:
        same = moment(str(order.get("date_modified"))) == modified
    except ValueError:
        return False
    return same and integer_or_none(order.get("status_id")) == INCOMPLETE


def _read_api2cart(
    run: Run, lines_of: _Read, cart: str, modified: datetime
) -> dict[int, Line] | None:
    """Read the lines of a cart from the list of those that changed in its second."""
    for page, _ in run.api2cart.abandoned_carts(Window(modified, modified)):
        for listed in page:
            if str(listed.id) == cart and listed.modified == modified and not listed.problem:
                return lines_of(listed)
    return None
