"""Compares the streams that the store lists with their tables; streams of one list at once."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from tap_bigcommerce_carts.errors import UnverifiedError
from tap_bigcommerce_carts.model import Window
from tap_bigcommerce_carts.settings.schema import Source
from tap_bigcommerce_carts.verify.keys.comparison import blame_doubled, compare, has_rows
from tap_bigcommerce_carts.verify.keys.listing import (
    Staging,
    seconds,
    stage_api2cart,
    stage_customers,
    stage_orders,
)
from tap_bigcommerce_carts.verify.keys.loaded import STATUS, TOTAL, Loaded
from tap_bigcommerce_carts.verify.keys.second_look import SecondLook
from tap_bigcommerce_carts.verify.keys.store_side import (
    Api2CartAgain,
    CustomersAgain,
    OrdersAgain,
    Reach,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from tap_bigcommerce_carts.run import Run
    from tap_bigcommerce_carts.verify.check import OnProgress
    from tap_bigcommerce_carts.verify.findings import Checked
    from tap_bigcommerce_carts.verify.keys.listing import OnDate
    from tap_bigcommerce_carts.verify.keys.second_look import StoreSide
    from tap_bigcommerce_carts.verify.state import Bookmark

CARTS, CUSTOMERS, ORDERS = "abandoned_carts", "customers", "orders"
NEVER_READ = (
    "The STATE has no date of {}, as of a stream that was not yet read to its end: load again."
)
_DAY, _SECOND, _NONE = timedelta(days=1), timedelta(seconds=1), timedelta()


class Stream(NamedTuple):
    """A stream that is compared key by key.

    Attributes:
        checked: takes what is found.
        window: the dates that are settled.
        rows: the warehouse's rows.
        bookmark: up to where it was read, and with which settings.
        reach: what of it was read.
    """

    checked: Checked
    window: Window
    rows: Loaded
    bookmark: Bookmark
    reach: Reach


class SideBySide:
    """Compares streams by key.

    Args:
        run: settings and store.
        on_progress: told how far a list was read.
        each_by_itself: lets what cannot be read make some streams, by name, unverified.
    """

    def __init__(
        self,
        run: Run,
        on_progress: OnProgress,
        each_by_itself: Callable[..., AbstractContextManager[None]],
    ) -> None:
        self._run = run
        self._on_progress = on_progress
        self._each_by_itself = each_by_itself

    def compare(self, streams: list[Stream]) -> None:
        """Compare streams of one store, and note in each what was found.

        Raises:
            OutOfReachError: the store cannot be asked at all.
        """
        if self._run.settings.source is Source.API2CART:
            self._compare_api2cart(streams)
            return
        customers = [each for each in streams if each.checked.stream == CUSTOMERS]
        self._compare_orders([each for each in streams if each not in customers])
        self._compare_customers(customers)

    def _compare_orders(self, streams: list[Stream]) -> None:
        """One walk of all orders serves both: carts are those in status 0."""
        with closing(Staging()) as staging:
            if self._is_listed(streams, partial(stage_orders, self._run, staging)):
                for each in streams:
                    carts = each.checked.stream == CARTS
                    again = OrdersAgain(self._run, each.reach, carts=carts)
                    self._compare(each, staging, again, (STATUS, TOTAL), only_carts=carts)

    def _compare_customers(self, streams: list[Stream]) -> None:
        with closing(Staging()) as staging:
            if self._is_listed(streams, partial(stage_customers, self._run, staging)):
                for each in streams:
                    again = CustomersAgain(self._run, each.reach, staging.greatest())
                    self._compare(each, staging, again)

    def _compare_api2cart(self, streams: list[Stream]) -> None:
        """One reading of the abandoned carts serves both: customers are their owners."""
        with closing(Staging()) as carts, closing(Staging()) as owners:
            if self._is_listed(streams, partial(stage_api2cart, self._run, carts, owners)):
                for each in streams:
                    is_owners = each.checked.stream == CUSTOMERS
                    again = Api2CartAgain(
                        self._run, each.reach, each.window.lower, owners=is_owners
                    )
                    if is_owners:
                        self._compare(each, owners, again, latest_wins=True)
                    else:
                        self._compare(each, carts, again, (TOTAL,))

    def _is_listed(self, streams: list[Stream], stage: Callable[[Window, OnDate], None]) -> bool:
        """Read a list to its end, as far as some streams need it; return whether it could be."""
        if not streams:
            return False
        names = [each.checked.stream for each in streams]
        window = Window(
            min(each.window.lower for each in streams), max(each.window.upper for each in streams)
        )

        def told(reached: datetime) -> None:
            whole = max(window.upper - window.lower, _SECOND)
            self._on_progress(names[0], min((reached - window.lower) / whole, 1.0))

        with self._each_by_itself(*names):
            stage(window, told)
            self._on_progress(names[0], 1.0)
            return True
        return False

    def _compare(  # noqa: PLR0913 - what is compared, and how
        self,
        stream: Stream,
        staging: Staging,
        again: StoreSide,
        columns: tuple[str, ...] = (),
        *,
        only_carts: bool = False,
        latest_wins: bool = False,
    ) -> None:
        """Compare a stream's rows with what is listed, and look once more at what differs."""
        checked, window, bookmark = stream.checked, stream.window, stream.bookmark
        with self._each_by_itself(checked.stream):
            staging.next_stream()
            staging.add_loaded(stream.rows.items(window))
            compared = stream.rows.compared(columns, staging, only_carts=only_carts)
            if not bookmark.is_known and has_rows(staging, window, compared):
                checked.window = None
                raise UnverifiedError(NEVER_READ.format(checked.stream))
            for day in range((window.upper.date() - window.lower.date()).days + 1):
                checked.day(window.lower + day * _DAY)
            checked.unverified += stream.rows.unverified
            checked.notes += stream.rows.notes
            blame_doubled(staging, stream.rows.count, checked)
            compare(staging, window, compared, checked)
            look = SecondLook(
                window,
                compared,
                again,
                stream.rows,
                checked,
                first_load=seconds(bookmark.start) if bookmark.start else None,
                latest_wins=latest_wins,
            )
            look.judge(staging, bookmark.passed_by)
            if look.shift is not None:
                checked.notes.append(_about(look.shift, window, stream.rows.oldest()))


def _about(shift: timedelta, window: Window, oldest: datetime | None) -> str:
    """Say what dates of another time zone mean for the rows that were not looked at."""
    hours = f"{abs(shift) / timedelta(hours=1):g} hour(s) {'later' if shift > _NONE else 'earlier'}"
    said = f"Its dates are {hours} than the store's, as if of another time zone."
    if oldest is None or oldest >= window.lower:
        return said
    return (
        f"{said} Those before {window.lower.date()} were not looked at and are likely as wrong: "
        f"check and repair them too, with --from {(oldest - abs(shift)).date()}."
    )
