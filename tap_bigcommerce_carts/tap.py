"""The tap: its settings and the list of its streams."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_bigcommerce_carts.run import Run
from tap_bigcommerce_carts.settings.schema import SETTINGS, Source
from tap_bigcommerce_carts.singer.tap import StoreTap
from tap_bigcommerce_carts.streams.abandoned_cart_saver import (
    AbandonedCartEmails,
    AbandonedCartSettings,
)
from tap_bigcommerce_carts.streams.abandoned_carts import AbandonedCartLineItems, AbandonedCarts
from tap_bigcommerce_carts.streams.cart_events import CartEvents
from tap_bigcommerce_carts.streams.customers import Customers
from tap_bigcommerce_carts.streams.inbox_carts import CartLineItems, Carts
from tap_bigcommerce_carts.streams.kept_carts import CartKeeper
from tap_bigcommerce_carts.streams.names import Channels, CustomerGroups
from tap_bigcommerce_carts.streams.orders import Orders
from tap_bigcommerce_carts.streams.store_logs import StoreLogs
from tap_bigcommerce_carts.streams.through_api2cart import (
    Api2CartCarts,
    Api2CartCustomers,
    Api2CartLineItems,
)

if TYPE_CHECKING:
    from singer_sdk import Stream

    from tap_bigcommerce_carts.singer.stream import StoreStream

STREAMS: dict[Source, tuple[type[StoreStream], ...]] = {
    Source.BIGCOMMERCE: (
        AbandonedCarts,
        AbandonedCartLineItems,
        Customers,
        Orders,
        AbandonedCartSettings,
        AbandonedCartEmails,
        Channels,
        CustomerGroups,
        StoreLogs,
    ),
    Source.API2CART: (Api2CartCarts, Api2CartLineItems, Api2CartCustomers),
}
# Offered when there is an inbox.
INBOX_STREAMS: tuple[type[StoreStream], ...] = (Carts, CartLineItems, CartEvents)


class TapBigCommerceCarts(StoreTap):
    """Abandoned carts of BigCommerce stores, their lines, their owners and what became of them."""

    name = "tap-bigcommerce-carts"
    # A copy, since the SDK adds its own settings to it.
    config_jsonschema: ClassVar[dict[str, Any]] = deepcopy(SETTINGS)
    known_streams = frozenset(
        str(vars(stream)["name"])
        for streams in (*STREAMS.values(), INBOX_STREAMS)
        for stream in streams
    )

    @override
    def make_run(self) -> Run:
        return Run(self._config, self.config_jsonschema, CartKeeper)

    @override
    def discover_streams(self) -> list[Stream]:
        offered = STREAMS[self._source]
        if self._source is Source.BIGCOMMERCE and self.config.get("inbox_url"):
            offered += INBOX_STREAMS
        return [stream(self, self.run) for stream in offered]

    @property
    @override
    def why_missing(self) -> str:
        if self._source is Source.API2CART:
            return (
                "which API2Cart does not give. Deselect it, or read the store with `source: "
                "bigcommerce`."
            )
        return "which come from the cart inbox: set `inbox_url` to its database, or deselect them."

    @property
    def _source(self) -> Source:
        """Where carts are read; BigCommerce as long as nothing usable is said."""
        try:
            return Source(self.config.get("source") or Source.BIGCOMMERCE)
        except ValueError:
            return Source.BIGCOMMERCE
