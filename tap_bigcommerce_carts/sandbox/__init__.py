"""A local store that behaves like BigCommerce's REST API, for trials, tests and benchmarks.

The same shop stands behind a second platform, which behaves like API2Cart. What may know what:

* `shop/` is the store itself, its carts and what happens to them; it knows nobody.
* `bigcommerce/` and `api2cart/` serve it, each with its own queries, documents and refusals.
* `webhooks/` keeps BigCommerce's hooks and sends events to them.
* `server.py` knows all of them; `control.py` lets other processes look at it and change it.
* `serving.py` makes one of what `cli.py` was asked for; `greeting.py` says where it is.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tap_bigcommerce_carts.sandbox.api2cart import Api2Cart
    from tap_bigcommerce_carts.sandbox.bigcommerce import ALL_SCOPES, USUAL_SCOPES, Faults, Quota
    from tap_bigcommerce_carts.sandbox.faults import KINDS, Fault
    from tap_bigcommerce_carts.sandbox.recorder import Request
    from tap_bigcommerce_carts.sandbox.server import Sandbox
    from tap_bigcommerce_carts.sandbox.shop import Carts, Shop
    from tap_bigcommerce_carts.sandbox.webhooks import Webhooks

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

_PLACES = {
    "api2cart": ("Api2Cart",),
    "bigcommerce": ("ALL_SCOPES", "USUAL_SCOPES", "Faults", "Quota"),
    "faults": ("KINDS", "Fault"),
    "recorder": ("Request",),
    "server": ("Sandbox",),
    "shop": ("Carts", "Shop"),
    "webhooks": ("Webhooks",),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, and no sooner.

    `bigcommerce-carts` reads the options in `cli.py` at each start, also where the sandbox's
    packages are not installed.
    """
    for place, names in _PLACES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{place}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
