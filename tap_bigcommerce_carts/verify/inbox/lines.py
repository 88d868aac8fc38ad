"""The lines of the inbox's carts, and what the two tables lack to count them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from tap_bigcommerce_carts.verify.lines.counts import CART_DATE
from tap_bigcommerce_carts.verify.lines.of_carts import INBOX, check_lines
from tap_bigcommerce_carts.verify.tables.table import parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable
    from tap_bigcommerce_carts.verify.findings import Checked
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse

_COUNT, _QUANTITY = "line_item_count", "quantity"


def compare_lines(
    warehouse: Warehouse, run: Run, window: Window, mapped: Mapping[str, MappedTable]
) -> Checked:
    """Check that each cart of the inbox has its lines, as far as that can be counted.

    Raises:
        StoreError: the log cannot be read.
        WarehouseError: the tables cannot be read.
    """
    checked = check_lines(warehouse, run.store_name, window, None, mapped, pair=INBOX)
    if checked.window is not None:
        checked.unverified += _uncounted(warehouse, run, window, mapped)
    return checked


def _uncounted(
    warehouse: Warehouse, run: Run, window: Window, mapped: Mapping[str, MappedTable]
) -> Iterator[str]:
    """Yield what is not there to count by, in sentences."""
    carts, lines = (
        warehouse.table(name, named=of.name if (of := mapped.get(name)) else None)
        for name in (INBOX.carts, INBOX.lines)
    )
    if carts is None or lines is None:
        return
    if _COUNT not in carts.columns:
        yield f"{carts.stream}.{_COUNT} is not in the warehouse: lines cannot be counted."
    else:
        counts = carts.rows(run.store_name, window, ("id", _COUNT))
        # That of a cart that was never read is null.
        without = (cart for cart, count in counts if cart is not None and count is None)
        if read := sum(
            bool(reading.document)
            for some in parts(without)
            for reading in run.inbox_as_it_is.readings.of(some).values()
        ):
            yield (
                f"{carts.stream}.{_COUNT} is null of {read} cart(s) that were read: their lines "
                "cannot be counted."
            )
    if _QUANTITY not in lines.columns:
        yield f"{lines.stream}.{_QUANTITY} is not in the warehouse: it is not compared."
        return
    null = sa.select(sa.func.count()).where(
        lines["store"] == run.store_name,
        lines.within(CART_DATE, window),
        lines[_QUANTITY].is_(None),
    )
    ((found,),) = warehouse.ask(null)
    if found:
        yield f"{lines.stream}.{_QUANTITY} is null in {found} row(s): it is not compared in these."
