"""The same shop through API2Cart: its abandoned carts by one call for all platforms."""

from .gateway import ROOT, Keys, crowded, respond
from .return_codes import GatewayError
from .switches import KINDS, Api2Cart

__all__ = ["KINDS", "ROOT", "Api2Cart", "GatewayError", "Keys", "crowded", "respond"]
