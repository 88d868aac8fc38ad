"""The streams of the cart inbox beside its log, which is the truth of what became of each cart."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.errors import (
    OutOfReachError,
    SettingsError,
    StoreError,
    UnverifiedError,
    WarehouseError,
)
from tap_bigcommerce_carts.verify.findings import Checked
from tap_bigcommerce_carts.verify.inbox.carts import compare_carts
from tap_bigcommerce_carts.verify.inbox.events import compare_events
from tap_bigcommerce_carts.verify.inbox.lines import compare_lines
from tap_bigcommerce_carts.verify.inbox.log import Logged
from tap_bigcommerce_carts.verify.lines.of_carts import NO_MAPS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_bigcommerce_carts.model import Window
    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.singer.mapped_table import MappedTable
    from tap_bigcommerce_carts.verify.state import Position
    from tap_bigcommerce_carts.verify.tables.warehouse import Warehouse


def check_inbox(
    warehouse: Warehouse,
    run: Run,
    windows: Mapping[str, Window],
    mapped: Mapping[str, MappedTable] = NO_MAPS,
    positions: Mapping[str, Position] = MappingProxyType({}),
) -> list[Checked]:
    """Compare the streams of the cart inbox with its log.

    Events that came after the last load are not in the warehouse yet. Those that were pruned are
    not in the log any more, and what they said cannot be checked.

    Args:
        warehouse: where the rows are.
        run: settings, store and inbox.
        windows: of each stream to look at the dates: of carts their last change, of events when
            they happened.
        mapped: what stream maps make of the streams.
        positions: what the STATE says of the streams, if there is one; without it all is taken as
            loaded that came before the newest event of the warehouse.

    Returns:
        What was found of carts, of their lines, and of events. What cannot be checked says why,
        and the others go on.

    Raises:
        OutOfReachError: the store cannot be asked for its time.
    """

    def beside(checked: Checked) -> Logged:
        return Logged.beside(warehouse, run, checked, mapped, positions)

    def carts(checked: Checked) -> Checked:
        compare_carts(beside(checked))
        return checked

    def events(checked: Checked) -> Checked:
        compare_events(beside(checked))
        return checked

    def lines(checked: Checked) -> Checked:
        return compare_lines(warehouse, run, windows[checked.stream], mapped)

    run.bigcommerce.learn_time()
    checks = {"carts": carts, "cart_line_items": lines, "cart_events": events}
    return [
        _checked(stream, windows[stream], compare)
        for stream, compare in checks.items()
        if stream in windows
    ]


def _checked(stream: str, window: Window, compare: Callable[[Checked], Checked]) -> Checked:
    """Check a stream by itself: what stops it does not stop the others."""
    checked = Checked(stream, window)
    try:
        return compare(checked)
    except OutOfReachError:
        raise
    except (StoreError, SettingsError, UnverifiedError, WarehouseError) as error:
        checked.unverified.append(str(error))
        if not checked.days:
            checked.window = None
    return checked
