"""How BigCommerce responds: its routes, queries, documents and refusals."""

from tools.sandbox.bigcommerce import v2_routes, v3_routes  # noqa: F401 - they register their routes
from tools.sandbox.bigcommerce.gate import Gate
from tools.sandbox.bigcommerce.order_views import OrderShape, order_bytes
from tools.sandbox.bigcommerce.quirks import Faults
from tools.sandbox.bigcommerce.quota import Quota
from tools.sandbox.bigcommerce.routing import ALL_SCOPES, USUAL_SCOPES

__all__ = [
    "ALL_SCOPES",
    "USUAL_SCOPES",
    "Faults",
    "Gate",
    "OrderShape",
    "Quota",
    "order_bytes",
]
