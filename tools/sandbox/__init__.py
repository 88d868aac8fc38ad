"""A local store that behaves like BigCommerce's REST API, for trials, tests and benchmarks.

The same shop has a second door, which behaves like API2Cart.
"""

from .api2cart import Api2Cart
from .bigcommerce.quota import Quota
from .bigcommerce.routes import ALL_SCOPES, USUAL_SCOPES
from .faults import KINDS, Fault, Faults
from .recorder import Request
from .server import Sandbox
from .shop.living_carts import Carts
from .shop.shop import Shop
from .webhooks.sender import Webhooks

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
