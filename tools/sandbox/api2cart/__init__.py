"""The same shop behind API2Cart's door: its abandoned carts under one call for all platforms."""

from .door import ROOT, Keys, crowded, enter
from .errors import GatewayError
from .listing import warm
from .switches import KINDS, Api2Cart

__all__ = ["KINDS", "ROOT", "Api2Cart", "GatewayError", "Keys", "crowded", "enter", "warm"]
