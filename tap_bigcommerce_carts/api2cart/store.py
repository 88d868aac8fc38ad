"""The way in to one store through API2Cart: its abandoned carts, in windows of dates."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tap_bigcommerce_carts.api2cart.abandoned_list import AbandonedList
from tap_bigcommerce_carts.api2cart.session import Api2CartSession
from tap_bigcommerce_carts.api2cart.windows import WindowPage, Windows
from tap_bigcommerce_carts.errors import StoreError
from tap_bigcommerce_carts.http.prefetch import read_ahead
from tap_bigcommerce_carts.model import CLOCK_UNKNOWN
from tap_bigcommerce_carts.rows.values import LONGEST_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_bigcommerce_carts.model import Api2CartConnection, Window


class Api2CartStore:
    """Reads one store that is connected to API2Cart.

    Args:
        connection: which store, by whose account.
        page_size: how many carts a page asks for, 1 to 250.

    Attributes:
        session: the conversation with API2Cart.
    """

    def __init__(self, connection: Api2CartConnection, page_size: int = 250) -> None:
        self.session = Api2CartSession(connection)
        self._page_size = page_size

    @cached_property
    def name(self) -> str:
        """What API2Cart calls the shop: its address, or its id."""
        if self._shop is None or len(self._shop) > LONGEST_KEY:
            raise StoreError(
                "API2Cart does not tell the shop's address, or one that is too long for a key. Set "
                "`store_name`."
            )
        return self._shop

    def clock(self) -> datetime:
        """Return API2Cart's clock; also the check that both keys are right."""
        _ = self._shop
        return self.session.clock or CLOCK_UNKNOWN

    def abandoned_carts(self, window: Window) -> Iterator[WindowPage]:
        """Yield the abandoned carts modified in a window, each once, in no order."""
        source = AbandonedList(self.session, self._page_size)
        return read_ahead(Windows(source, self._page_size).pages(window))

    @cached_property
    def _shop(self) -> str | None:
        return self.session.store()
