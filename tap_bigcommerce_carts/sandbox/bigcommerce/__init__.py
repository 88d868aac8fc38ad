"""How BigCommerce responds: its routes, queries, documents and refusals."""

from tap_bigcommerce_carts.sandbox.bigcommerce import v2_routes, v3_routes  # noqa: F401 - they register their routes
from tap_bigcommerce_carts.sandbox.bigcommerce.gate import Gate
from tap_bigcommerce_carts.sandbox.bigcommerce.order_views import OrderShape, order_bytes
from tap_bigcommerce_carts.sandbox.bigcommerce.quirks import Faults
from tap_bigcommerce_carts.sandbox.bigcommerce.quota import Quota
from tap_bigcommerce_carts.sandbox.bigcommerce.routing import ALL_SCOPES, USUAL_SCOPES

__all__ = [
    "ALL_SCOPES",
    "USUAL_SCOPES",
    "Faults",
    "Gate",
    "OrderShape",
    "Quota",
    "order_bytes",
]
