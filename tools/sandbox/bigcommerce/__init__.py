"""How BigCommerce responds: its routes, queries, documents and refusals."""

from . import v2_routes, v3_routes  # noqa: F401 - they register their routes
from .gate import Gate
from .order_views import OrderShape, order_bytes
from .quirks import Faults
from .quota import Quota
from .routing import ALL_SCOPES, USUAL_SCOPES

__all__ = [
    "ALL_SCOPES",
    "USUAL_SCOPES",
    "Faults",
    "Gate",
    "OrderShape",
    "Quota",
    "order_bytes",
]
