"""The same shop through API2Cart: its abandoned carts by one call for all platforms."""

from tap_bigcommerce_carts.sandbox.api2cart.gateway import ROOT, Keys, crowded, respond
from tap_bigcommerce_carts.sandbox.api2cart.return_codes import GatewayError
from tap_bigcommerce_carts.sandbox.api2cart.switches import KINDS, Api2Cart

__all__ = ["KINDS", "ROOT", "Api2Cart", "GatewayError", "Keys", "crowded", "respond"]
