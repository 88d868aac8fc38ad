"""A local store that behaves like BigCommerce's REST API, for trials, tests and benchmarks.

The same shop stands behind a second platform, which behaves like API2Cart.
"""

from .api2cart import Api2Cart
from .bigcommerce import ALL_SCOPES, USUAL_SCOPES, Faults, Quota
from .faults import KINDS, Fault
from .recorder import Request
from .server import Sandbox
from .shop import Carts, Shop
from .webhooks import Webhooks

__all__ = [
    "ALL_SCOPES",
    "KINDS",
    "USUAL_SCOPES",
    "Api2Cart",
    "Carts",
    "Fault",
    "Faults",
    "Quota",
    "Request",
    "Sandbox",
    "Shop",
    "Webhooks",
]
