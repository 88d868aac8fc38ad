"""The same shop behind API2Cart's door: its abandoned carts under one call for all platforms."""

from .abandoned_list import warm
from .gateway import ROOT, Keys, crowded, enter
from .return_codes import GatewayError
from .switches import KINDS, Api2Cart

__all__ = ["KINDS", "ROOT", "Api2Cart", "GatewayError", "Keys", "crowded", "enter", "warm"]
